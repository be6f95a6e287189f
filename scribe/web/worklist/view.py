"""The worklist: what state each consultation is in, how long it waits, and what to do about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from scribe.store.records import HELD, DeliveryState, EncounterRecord, Problem, Stage
from scribe.store.worklist import WorklistLine
from scribe.web.labels import SEOUL, Consenting, consenting, patient_bar, time_of_day
from scribe.web.worklist.departments import department_name

StateKey = Literal[
    "recording",
    "recognizing",
    "review",
    "waiting",
    "signed",
    "delivered",
    "parked",
    "unnumbered",
    "problem",
    "withdrawn",
    "cancelled",
]

SEEN_FOR = timedelta(seconds=150)
"""A device says once a minute that it records; where it has been silent for so long, it no longer does."""


class Progress(Protocol):
    """How far a consultation has come, as encounter records and standings know it."""

    @property
    def stage(self) -> Stage: ...

    @property
    def problem(self) -> Problem | None: ...

    @property
    def capture_destroyed(self) -> bool: ...

    @property
    def note_version(self) -> int | None: ...

    @property
    def delivery(self) -> DeliveryState | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state as the worklist shows it; ``kind`` is its style, ``hint`` says what to do."""

    key: StateKey
    label: str
    kind: str
    action: str
    hint: str = ""


RECORDING = State(key="recording", label="녹음 중", kind="recording", action="보기")
WAITING = State(key="waiting", label="대기", kind="waiting", action="보기")
RECOGNIZING = State(key="recognizing", label="받아쓰는 중", kind="busy", action="보기")
REVIEW = State(key="review", label="검토 필요", kind="attention", action="검토하기")
SIGNED = State(key="signed", label="서명됨", kind="signed", action="기록 보기")
DELIVERED = State(key="delivered", label="전달됨", kind="done", action="기록 보기")
WITHDRAWN = State(
    key="withdrawn", label="동의 철회", kind="held", action="보기",
    hint="환자가 녹음 동의를 철회했습니다. 녹음과 초안은 파기되었습니다.",
)  # fmt: skip
_PARKED = State(key="parked", label="전달 보류", kind="held", action="확인하기")
_UNNUMBERED = State(key="unnumbered", label="번호 대기", kind="attention", action="번호 입력")
_PROBLEM = State(key="problem", label="문제", kind="held", action="확인하기")
_CANCELLED = State(key="cancelled", label="취소됨", kind="waiting", action="보기")


def _with_hint(state: State, hint: str) -> State:
    return State(key=state.key, label=state.label, kind=state.kind, action=state.action, hint=hint)


_STOPPED: dict[Problem, State] = {
    "nothing_said": _with_hint(_PROBLEM, "녹음에서 알아들은 말이 없습니다. 마이크를 확인하고 다시 녹음하세요."),
    "recognition_failed": _with_hint(
        _PROBLEM,
        "음성 인식이 끝나지 못했습니다. 녹음은 보관되어 있습니다. 전산 담당자에게 인식 모델 확인을 요청하세요.",
    ),
    "drafting_failed": _with_hint(
        _PROBLEM, "초안을 쓰지 못했습니다. 녹음과 대화는 보관되어 있습니다. 전산 담당자에게 알려 주세요."
    ),
    "delivery_rejected": _with_hint(_PARKED, "병원 시스템이 받지 않았습니다. 사유를 보고 다시 보내세요."),
    "delivery_parked": _with_hint(_PARKED, "병원 시스템에 전달하지 못했습니다. 사유를 보고 다시 보내세요."),
    "delivery_unnumbered": _with_hint(
        _UNNUMBERED, "병원의 내원번호나 등록번호가 없어 아직 보내지 않았습니다. 번호를 입력하면 바로 보냅니다."
    ),
    "merged": _with_hint(_CANCELLED, "같은 내원의 다른 진료와 합쳤습니다."),
    "visit_cancelled": _with_hint(_CANCELLED, "병원에서 접수를 취소했습니다."),
    "closed": _with_hint(_CANCELLED, "녹음하지 않고 닫았습니다."),
}
_BY_STAGE: dict[Stage, State] = {"new": WAITING, "drafted": REVIEW, "signed": SIGNED, "delivered": DELIVERED}

STATES: tuple[State, ...] = (
    RECORDING, REVIEW, _PROBLEM, _PARKED, _UNNUMBERED, RECOGNIZING, WAITING, SIGNED, DELIVERED, WITHDRAWN, _CANCELLED,
)  # fmt: skip
"""In the order of the list: what somebody has to do first, what is over last."""
_RANKS: dict[StateKey, int] = {state.key: place for place, state in enumerate(STATES)}


def is_recording(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a device records the consultation now, where it said so last at ``seen_at``."""
    return seen_at is not None and now - seen_at < SEEN_FOR


def state_of(record: Progress) -> State:
    """The state of a consultation that nobody records at the moment; what stops the work comes first."""
    if record.problem is not None:
        return _STOPPED[record.problem]
    if record.capture_destroyed and record.note_version is None:
        return WITHDRAWN
    if record.delivery in HELD:
        return _STOPPED["delivery_rejected" if record.delivery == "rejected" else "delivery_parked"]
    return _BY_STAGE.get(record.stage, RECOGNIZING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A consultation in the list; ``rank`` and ``order`` are its place in the order of things to do.

    ``links`` are what else there is of it, by name; ``doubt_href`` leads to where somebody has to say whether it is a
    visit that the hospital told of.  ``since``, if anything, is when it came into its state, ``elapsed`` that the time
    since then is a wait.
    """

    id: str
    href: str
    links: tuple[tuple[str, str], ...]
    doubt_href: str
    day: str
    time: str
    date: str
    start: float
    name: str
    sex_and_age: str
    registration: str
    setting: str
    physician: str
    department: str
    department_name: str
    state: State
    open_items: int | None
    consent: Consenting
    note: str
    since: str
    elapsed: bool
    ago: str
    rank: int
    order: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice of state with the number of consultations in it; an empty key is all of them."""

    key: str
    label: str
    count: int
    current: bool


def rows(lines: Iterable[WorklistLine], now: datetime, *, reviews: bool) -> tuple[Row, ...]:
    """The consultations in the order of things to do: in review those that wait longest first.

    ``reviews``: the viewer may open what was said; else a row leads to the consultation's details alone.
    """
    return tuple(sorted((_row(line, now, reviews) for line in lines), key=lambda row: (row.rank, row.order, row.id)))


def filters(shown: Iterable[Row], state: str) -> tuple[Filter, ...]:
    """All states, those without a consultation left out unless chosen."""
    counts = Counter(row.state.key for row in shown)
    everything = Filter(key="", label="전체", count=sum(counts.values()), current=state == "")
    chosen = (Filter(key=one.key, label=one.label, count=counts[one.key], current=state == one.key) for one in STATES)
    return (everything, *chosen)


def elapsed(since: datetime, now: datetime) -> str:
    """``방금``, ``12분``, ``3시간``, ``2일``."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return "방금"
    if minutes < 60:
        return f"{minutes}분"
    return f"{minutes // 60}시간" if minutes < 24 * 60 else f"{minutes // (24 * 60)}일"


def _row(line: WorklistLine, now: datetime, reviews: bool) -> Row:
    record = line.record
    bar = patient_bar(record.encounter)
    start = record.encounter.start.astimezone(SEOUL)
    state = RECORDING if is_recording(line.recording_seen_at, now) else state_of(record)
    since, waits = _since(line, state)
    practitioner = record.encounter.practitioner or line.physician
    department = practitioner.department or ""
    over = state.key in {"signed", "delivered"}
    moment = (since or record.encounter.start).timestamp()
    visit_href = f"/encounters/{record.id}/visit{'#numbers' if state.key == 'unnumbered' else ''}"
    return Row(
        id=record.id,
        href=f"/encounters/{record.id}" if reviews and _has_page(state) else visit_href,
        links=_links(record, state, reviews),
        doubt_href=f"/encounters/{record.id}/visit#same" if line.in_doubt else "",
        day=start.date().isoformat(),
        time=time_of_day(start),
        date=f"{start.month}월 {start.day}일",
        start=start.timestamp(),
        name=bar.name,
        sex_and_age=bar.sex_and_age,
        registration=bar.registration,
        setting=bar.setting,
        physician=line.physician.name,
        department=department,
        department_name=department_name(department),
        state=state,
        open_items=line.open_items if state == REVIEW else None,
        consent=consenting(line.consent),
        note=_note(record),
        since=since.isoformat() if since else "",
        elapsed=waits,
        ago=_ago(since, now, waits),
        rank=_RANKS[state.key],
        order=-moment if over else moment,
    )


def _since(line: WorklistLine, state: State) -> tuple[datetime | None, bool]:
    if state == RECORDING:
        return line.recording_since, True
    if state in (WAITING, WITHDRAWN) or state.key == "cancelled":
        return None, False
    if state == REVIEW:
        return line.ready_at, True
    if state.key in {"signed", "delivered", "parked", "unnumbered"}:
        return line.signed_at, False
    return line.recorded_at, True


def _ago(since: datetime | None, now: datetime, waits: bool) -> str:
    if since is None:
        return ""
    text = elapsed(since, now)
    return text if text == "방금" else f"{text}째" if waits else f"{text} 전"


def _has_page(state: State) -> bool:
    return state.key not in {"waiting", "recording", "withdrawn", "cancelled", "unnumbered"}


def _links(record: EncounterRecord, state: State, reviews: bool) -> tuple[tuple[str, str], ...]:
    """Beside the row's own: the patient summary and the record of what is signed, and what is known of the visit."""
    base = f"/encounters/{record.id}"
    found: list[tuple[str, str]] = []
    if reviews and record.note_version is not None:
        found.append(("안내문", f"{base}/summary"))
        if state.key == "unnumbered":
            found.append(("기록", f"{base}/note"))
    if reviews and _has_page(state):
        found.append(("진료 정보", f"{base}/visit"))
    return tuple(found)


def _note(record: EncounterRecord) -> str:
    """What stands beside the state once the record was signed."""
    if record.retracted:
        return "취소된 기록"
    if record.amending and record.note_version is not None:
        return f"제{record.note_version + 1}판 작성 중 · 제{record.note_version}판 유효"
    return ""
