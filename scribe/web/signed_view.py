"""Where a signed version stands on its way to the hospital system."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scribe.delivery_text import delivery_of as problem_of
from scribe.delivery_text import problem_lines
from scribe.domain.note import SignedNote
from scribe.store.records import DeliveryState, OutboxRecord


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


_NOT_SENT = Delivery(label="전달 안 함", kind="signed", hint="연결된 병원 시스템이 없어 이 서비스에만 보관됩니다.")
_SHOWN: dict[DeliveryState, Delivery] = {
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
_URGENCY: tuple[DeliveryState, ...] = (
    "rejected", "parked", "sent_outcome_unknown", "claimed", "waiting", "set_aside", "accepted",
)  # fmt: skip


def delivery_of(outbox: Iterable[OutboxRecord], note: SignedNote) -> Delivery:
    """The delivery of this version; where it has several destinations, the one that needs the most attention."""
    rows = [row for row in outbox if row.note_id == note.note_id and row.version == note.version]
    if not rows:
        return _NOT_SENT
    row = min(rows, key=lambda row: _URGENCY.index(row.state))
    if row.behind is not None:
        hint = f"앞선 {row.behind}판이 병원 시스템에 전달되면 이어서 보냅니다."
        return Delivery(label="앞 판 대기", kind="attention", hint=hint, moving=True)
    held = tuple(_held(item) for item in rows if item.held)
    return replace(_SHOWN[row.state], held=held)


def _held(row: OutboxRecord) -> HeldDelivery:
    lines = problem_lines(problem_of(row.outcome)) or (f"사유 코드: {row.problem or '-'}",)
    return HeldDelivery(id=row.id, destination=row.destination, lines=lines, changed=row.problem == "changed")
