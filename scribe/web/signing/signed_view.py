"""Where a signed version stands on its way to the hospital's systems, each by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scribe.delivery_text import delivery_of as problem_of
from scribe.delivery_text import problem_lines, subject_of
from scribe.domain.note import SignedNote
from scribe.store.outbox import UNNUMBERED
from scribe.store.records import CLEARED, AttemptOutcome, AttemptRecord, DeliveryState, OutboxRecord
from scribe.web.labels import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as the page shows it; ``moving`` means that it may change by itself soon."""

    label: str
    kind: str
    hint: str
    moving: bool = False
    held: tuple["HeldDelivery", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDelivery:
    """A delivery that a person can send again: where to, and what the receiver said, line by line.

    ``changed`` where sending again would replace what somebody else changed there.
    """

    id: str
    destination: str
    lines: tuple[str, ...]
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One attempt, in words."""

    number: int
    at: str
    what: str
    outcome: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationDelivery:
    """A version, or the retraction of all of them, on its way to one destination.

    ``unnumbered``: it goes once the consultation has its numbers.  ``next_try`` is when it is tried again by itself;
    ``reason`` why somebody gave it up.
    """

    id: str
    destination: str
    system: str
    title: str
    shown: Delivery
    lines: tuple[str, ...] = ()
    reason: str = ""
    next_try: str = ""
    attempts: tuple[AttemptLine, ...] = field(default=())
    held: bool = False
    changed: bool = False
    unnumbered: bool = False


_NOT_SENT = Delivery(label="전달 안 함", kind="signed", hint="연결된 병원 시스템이 없어 이 서비스에만 보관됩니다.")
_SHOWN: Mapping[DeliveryState, Delivery] = {
    "waiting": Delivery(label="전달 대기", kind="attention", hint="곧 병원 시스템으로 보냅니다.", moving=True),
    "claimed": Delivery(label="전달 중", kind="attention", hint="병원 시스템으로 보내고 있습니다.", moving=True),
    "sent_outcome_unknown": Delivery(
        label="결과 확인 중",
        kind="attention",
        hint="보냈지만 아직 답을 받지 못했습니다. 같은 기록이 두 번 들어가지 않게 확인하며 다시 시도합니다.",
        moving=True,
    ),
    "accepted": Delivery(label="전달됨", kind="done", hint="병원 시스템이 기록을 받았습니다."),
    "rejected": Delivery(
        label="보류 · 거부됨", kind="held", hint="병원 시스템이 기록을 받지 않았습니다. 전산 담당자에게 알려 주세요."
    ),
    "parked": Delivery(
        label="보류", kind="held", hint="여러 번 시도했지만 전달하지 못했습니다. 전산 담당자에게 알려 주세요."
    ),
    "set_aside": Delivery(
        label="전달 제외", kind="signed", hint="사유를 남기고 보내지 않기로 했습니다. 기록은 이 서비스에 보관됩니다."
    ),
}
_NUMBERS = Delivery(
    label="번호 대기",
    kind="attention",
    hint="서명한 기록이 병원의 번호를 기다리고 있습니다. 번호를 입력하면 바로 보냅니다.",
)
_RETRACTION: Mapping[DeliveryState, Delivery] = {
    "waiting": Delivery(label="취소 대기", kind="attention", hint="곧 병원 시스템에 취소를 알립니다.", moving=True),
    "claimed": Delivery(label="취소 중", kind="attention", hint="병원 시스템에 취소를 알리고 있습니다.", moving=True),
    "sent_outcome_unknown": Delivery(
        label="취소 확인 중",
        kind="attention",
        hint="취소를 보냈지만 아직 답을 받지 못했습니다. 확인하며 다시 시도합니다.",
        moving=True,
    ),
    "accepted": Delivery(
        label="취소됨",
        kind="done",
        hint="병원 시스템의 기록이 ‘잘못 입력됨’으로 바뀌었습니다. 지워지지는 않습니다.",
    ),
    "rejected": Delivery(
        label="취소 거부됨", kind="held", hint="병원 시스템이 취소를 받지 않았습니다. 전산 담당자에게 알려 주세요."
    ),
    "parked": Delivery(
        label="취소 보류", kind="held", hint="여러 번 시도했지만 취소하지 못했습니다. 전산 담당자에게 알려 주세요."
    ),
    "set_aside": Delivery(label="취소 제외", kind="signed", hint="사유를 남기고 취소를 보내지 않기로 했습니다."),
}
_URGENCY: tuple[DeliveryState, ...] = (
    "rejected", "parked", "sent_outcome_unknown", "claimed", "waiting", "set_aside", "accepted",
)  # fmt: skip
_OUTCOMES: Mapping[AttemptOutcome, str] = {
    "accepted": "받음",
    "rejected": "거부",
    "not_sent": "보내지 못함",
    "outcome_unknown": "답 없음 · 결과 모름",
    "broken": "프로그램 오류",
}
_UNFINISHED = "답을 못 받고 끝남"


def delivery_of(outbox: Iterable[OutboxRecord], note: SignedNote) -> Delivery:
    """The delivery of this version; where it has several destinations, the one that needs the most attention.

    Once the note is retracted, the retraction's.
    """
    ours = [row for row in outbox if row.note_id == note.note_id]
    retractions = [row for row in ours if row.action == "retract"]
    rows = retractions or [row for row in ours if row.version == note.version]
    if not rows:
        return _NOT_SENT
    row = min(rows, key=lambda row: _URGENCY.index(row.state))
    held = tuple(_held(item) for item in rows if item.held)
    return replace(_shown(row), held=held)


def destinations_of(
    outbox: Iterable[OutboxRecord],
    note: SignedNote,
    *,
    attempts: Callable[[str], Sequence[AttemptRecord]],
    system: Callable[[str], str],
    now: datetime,
) -> tuple[DestinationDelivery, ...]:
    """Every destination of this version, and the retraction where there is one; ``attempts`` are those of a delivery,
    ``system`` is what kind of system a destination is."""
    rows = [row for row in outbox if row.note_id == note.note_id]
    wanted = [row for row in rows if row.action == "retract"] + [
        row for row in rows if row.action == "deliver" and row.version == note.version
    ]
    return tuple(_destination(row, attempts(row.id), system(row.destination), now) for row in wanted)


def _destination(
    row: OutboxRecord, attempts: Sequence[AttemptRecord], system: str, now: datetime
) -> DestinationDelivery:
    waits = row.state in {"waiting", "sent_outcome_unknown"} and row.attempts > 0 and row.due_at > now
    return DestinationDelivery(
        id=row.id,
        destination=row.destination,
        system=system,
        title=subject_of(row),
        shown=_shown(row),
        lines=() if row.state in CLEARED else _lines(row),
        reason=row.reason or "",
        next_try=moment(row.due_at) if waits and row.worker is None else "",
        attempts=tuple(_attempt(one) for one in reversed(attempts)),
        held=row.held,
        changed=row.problem == "changed",
        unnumbered=_unnumbered(row),
    )


def _unnumbered(row: OutboxRecord) -> bool:
    return row.held and row.problem in UNNUMBERED


def _shown(row: OutboxRecord) -> Delivery:
    if _unnumbered(row):
        return _NUMBERS
    if row.behind is None:
        return (_RETRACTION if row.action == "retract" else _SHOWN)[row.state]
    hint = f"앞선 {row.behind}판이 병원 시스템에 전달되면 이어서 보냅니다."
    return Delivery(label="앞 판 대기", kind="attention", hint=hint, moving=True)


def _attempt(one: AttemptRecord) -> AttemptLine:
    return AttemptLine(
        number=one.number,
        at=moment(one.started_at),
        what="보냄" if one.kind == "send" else "조회",
        outcome=_UNFINISHED if one.outcome is None else _OUTCOMES[one.outcome],
        problem=one.problem or "",
    )


def _held(row: OutboxRecord) -> HeldDelivery:
    lines = _lines(row) or (f"사유 코드: {row.problem or '-'}",)
    return HeldDelivery(id=row.id, destination=row.destination, lines=lines, changed=row.problem == "changed")


def _lines(row: OutboxRecord) -> tuple[str, ...]:
    return problem_lines(problem_of(row.outcome))
