"""The page of the audit log for the hospital's IT: what is asked of it, and its records in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from scribe.domain.encounter import Identifier
from scribe.store.permissions import Role
from scribe.store.trail_pages import MOST_DAYS, TrailCheck, TrailLine, TrailQuery
from scribe.web.account_view import ROLES
from scribe.web.labels import SEOUL, moment, time_of_day
from scribe.web.worklist.page import Day

PAGE_SIZE = 50

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "read": "열람", "list": "목록 보기", "find": "찾기", "watch": "상태 보기",
        "create": "만듦", "update": "고침", "delete": "지움", "destroy": "파기", "prune": "정리",
        "sign": "서명", "approve": "승인", "withdraw": "승인 거둠", "withhold": "일부 제외", "abandon": "그만둠",
        "close": "닫음", "reopen": "다시 엶", "record": "녹음 시작·끝", "merge": "합침", "refused": "거부됨",
        "end": "끝냄", "disable": "사용 중지", "enable": "다시 사용", "unlock": "잠금 풀기", "use": "사용",
        "claim": "보내기 시작", "release": "보내기 멈춤", "replay": "다시 보내기", "overwrite": "덮어쓰기",
        "set_aside": "보내지 않기", "hasten": "서둘러 보내기", "send": "보내기", "look_up": "받았는지 확인",
        "verify": "검증",
        "number": "번호 넣기", "doubt": "대조 요청", "join": "진료와 연결",
        "same_visit": "같은 진료로 확인", "other_visit": "다른 진료로 확인",
    }
)  # fmt: skip
"""What was done; a word for each that the store writes (a test sees to it)."""
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "encounter": "진료", "encounter_key": "진료의 암호 열쇠", "patient": "환자 정보", "patient_news": "환자 소식",
        "visit": "접수", "admission_message": "접수 메시지", "consent": "녹음 동의", "recording": "녹음",
        "visit_doubt": "같은 진료인지 물음", "rewriting": "문장 다시 쓰기",
        "transcript": "대화", "draft": "초안", "signed_note": "서명한 기록",
        "amendment": "정정", "retraction": "기록 취소",
        "patient_summary": "환자 안내문", "patient_link": "안내문 주소", "upload": "녹음 올리기",
        "outbox": "전달", "outbox_attempt": "전달 시도", "destination": "보낼 곳", "reconciliation": "전달 대조",
        "account": "계정", "session": "로그인", "signing_key": "서명 열쇠", "device": "녹음 장치",
        "device_invitation": "장치 등록 코드", "preference": "화면 설정", "style_rule": "문장 규칙",
        "style_observation": "문장 습관", "edit_share": "초안 품질",
        "permission": "권한 밖의 일", "audit": "접속 기록",
        "audit_record": "접속 기록", "delivery": "전달",
    }
)  # fmt: skip
"""What it was done to; as above."""
_WHOLE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("create", "session"): "로그인", ("end", "session"): "로그아웃", ("verify", "audit"): "접속 기록 전체 확인",
        ("destroy", "encounter_key"): "녹음과 대화 파기",
    }
)  # fmt: skip
"""Acts whose two words do not make a phrase."""
_OPENING = frozenset({"read", "list", "find"})
_QUIET = frozenset({"watch", "use", "refused"})
_CHANGING = frozenset(ACTIONS) - _OPENING - _QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A kind of act to choose; empty sets are everything."""

    key: str
    label: str
    actions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()


ACTS: tuple[Act, ...] = (
    Act(key="", label="모든 행위"),
    Act(key="opened", label="열람", actions=_OPENING),
    Act(key="changed", label="작성·변경", actions=_CHANGING),
    Act(
        key="signed", label="서명·정정·취소", actions=_CHANGING,
        subjects=frozenset({"signed_note", "amendment", "retraction"}),
    ),
    Act(key="handed", label="환자 안내문", subjects=frozenset({"patient_summary", "patient_link"})),
    Act(key="sent", label="전달", subjects=frozenset({"outbox", "outbox_attempt", "destination", "reconciliation"})),
    Act(key="session", label="로그인", subjects=frozenset({"session"})),
    Act(
        key="kept", label="계정·장치·열쇠",
        subjects=frozenset({"account", "signing_key", "device", "device_invitation"}),
    ),
    Act(key="refused", label="거부된 시도", actions=frozenset({"refused"})),
    Act(key="log", label="접속 기록 열람", subjects=frozenset({"audit"})),
)  # fmt: skip
WHO = (("people", "직원 모두"), ("", "직원과 프로그램"), ("program", "프로그램만"))
"""Before the accounts, which are chosen by their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAsked:
    """What the page was asked for: days in Seoul, both included; ``who`` as in :data:`WHO` or an account's id."""

    since: date
    until: date
    who: str = "people"
    act: str = ""
    number: str = ""
    before: int | None = None

    @classmethod
    def of(cls, now: datetime, since: date | None, until: date | None, **more: object) -> "AuditAsked":
        """As typed: today by default, turned around where the days are, and no more than a month of them."""
        first, last = sorted((since or until or Day.of(now).date, until or since or Day.of(now).date))
        first = max(first, last - timedelta(days=MOST_DAYS - 1))
        return cls(since=first, until=last, **more)  # type: ignore[arg-type]

    def query(self, system: str) -> TrailQuery:
        act = next((one for one in ACTS if one.key == self.act), ACTS[0])
        kinds = {key for key, _ in WHO}
        return TrailQuery(
            start=Day(self.since).start,
            end=Day(self.until).end,
            account_id="" if self.who in kinds else self.who,
            role=self.who if self.who in kinds else "",
            actions=act.actions,
            subjects=act.subjects,
            patient=Identifier(system=system, value=self.number) if self.number else None,
            before=self.before,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record in words; ``which`` tells rows apart without telling of a patient."""

    sequence: int
    day: str
    time: str
    stamp: str
    who: str
    role: str
    what: str
    which: str
    refused: bool
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """What is known of the whole log; ``kind`` is the style of its line."""

    kind: str
    text: str


def rows(lines: tuple[TrailLine, ...]) -> tuple[Row, ...]:
    return tuple(_row(line) for line in lines)


def check_view(check: TrailCheck | None) -> CheckView:
    """The line about the chain, as it was verified last."""
    if check is None:
        return CheckView(kind="info", text="접속 기록이 바뀌지 않았는지 아직 확인하지 않았습니다.")
    at = moment(check.at)
    if check.broken is not None:
        text = f"{at} 확인: {check.broken:,}번 기록에서 어긋났습니다. 데이터베이스가 바뀌었을 수 있습니다."
        return CheckView(kind="broken", text=text)
    return CheckView(kind="intact", text=f"{at} 확인: 처음부터 {check.records:,}번까지 바뀌거나 빠진 기록이 없습니다.")


def _row(line: TrailLine) -> Row:
    record = line.record
    local = record.at.astimezone(SEOUL)
    role: Role | None = next((role for role in ROLES if role == record.role), None)
    return Row(
        sequence=record.sequence,
        day=f"{local.month}월 {local.day}일",
        time=f"{time_of_day(record.at)}:{local.second:02}",
        stamp=record.at.isoformat(),
        who=line.name or "프로그램",
        role=ROLES[role] if role and line.name else "",
        what=_WHOLE.get((record.action, record.subject))
        or f"{_subject(record.subject)} {ACTIONS.get(record.action, record.action)}",
        which=_which(line),
        refused=record.action == "refused",
        intact=line.intact,
    )


def _subject(name: str) -> str:
    """What is refused is named as its error names it, ``signed note``."""
    return SUBJECTS.get(name.replace(" ", "_"), name)


def _which(line: TrailLine) -> str:
    """Of whom or of what: an account by its name, a consultation by the end of its id, a list by its length."""
    record = line.record
    if line.about:
        return line.about
    if record.encounter_id is not None:
        return f"진료 {record.encounter_id[-12:]}"
    _, parted, count = record.subject_id.rpartition(" ")
    return f"{count}건" if parted and count.isdecimal() else ""
