"""The list of what has not arrived, as its page shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hl7_bridge.problems import JUDGEMENTS
from scribe.delivery_text import STATES, subject_of
from scribe.store.outbox import UNNUMBERED
from scribe.store.records import DeliveryState, DestinationChange, OutboxRecord
from scribe.web.labels import destination_name, moment
from scribe.web.worklist.view import elapsed

_NEXT: dict[DeliveryState, str] = {
    "waiting": "차례가 되면 자동으로 보냅니다.",
    "claimed": "지금 보내고 있습니다.",
    "sent_outcome_unknown": "병원 시스템이 받았는지 자동으로 확인하고 있습니다.",
}
_AFTER_FAILURE = "자동으로 다시 보냅니다. 바로 할 일은 없습니다."
_BEHIND = "앞선 판이 전달되면 자동으로 보냅니다."
_HELD = "사유를 확인하고 다시 보내거나, 보내지 않기로 정하세요."
_NUMBERS = "의사나 원무과가 진료 정보에 번호를 입력하면 자동으로 보냅니다."
_CHANGED = "병원 시스템에서 누군가 기록을 바꾸었습니다. 어느 쪽을 남길지 정하세요."
_MESSAGES = {judgement.code: judgement.message for judgement in JUDGEMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A delivery; ``href`` leads to the record where the viewer may read it, ``decide`` to both sides of a change,
    ``numbers`` to where the missing number is entered.

    ``patient`` is empty for those who look after deliveries without seeing patients.
    """

    id: str
    href: str | None
    patient: str
    number: str
    destination: str
    what: str
    decide: str | None
    numbers: str | None
    label: str
    kind: str
    since: str
    at: str
    ago: str
    attempts: int
    reason: str
    todo: str
    held: bool
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice of deliveries, with how many there are."""

    key: str
    label: str
    count: int
    current: bool


Patients = Mapping[str, tuple[str, str]]
"""Name and registration number by the id of the consultation."""


def rows(items: Iterable[OutboxRecord], now: datetime, *, links: bool, patients: Patients) -> tuple[Row, ...]:
    """Those that wait for a person first, the longest under way before the others."""
    ordered = sorted(items, key=lambda row: (not row.held, row.queued_at))
    return tuple(_row(row, now, links, patients) for row in ordered)


def filters(shown: Iterable[Row], chosen: str) -> tuple[Filter, ...]:
    """All, those that wait for a person, those under way."""
    held = [row.held for row in shown]
    counts = {"": len(held), "held": sum(held), "moving": len(held) - sum(held)}
    labels = {"": "전체", "held": "확인 필요", "moving": "보내는 중"}
    return tuple(
        Filter(key=key, label=label, count=counts[key], current=key == chosen) for key, label in labels.items()
    )


def failing_lines(changes: Iterable[DestinationChange]) -> tuple[str, ...]:
    """Since when a destination fails, and why."""
    return tuple(_failing(change) for change in changes)


def _failing(change: DestinationChange) -> str:
    name = destination_name(change.destination)
    return f"{name}: {moment(change.at)}부터 전달되지 않습니다. {_message(change.problem)}"


def _row(row: OutboxRecord, now: datetime, links: bool, patients: Patients) -> Row:
    patient, number = patients.get(row.encounter_id, ("", ""))
    ago = elapsed(row.queued_at, now)
    return Row(
        id=row.id,
        href=_note(row) if links else None,
        patient=patient,
        number=number,
        destination=row.destination,
        what=subject_of(row),
        decide=f"/encounters/{row.encounter_id}/deliveries/{row.id}/changed" if links else None,
        numbers=f"/encounters/{row.encounter_id}/visit#numbers" if links and _unnumbered(row) else None,
        label=f"{row.behind}판 대기" if row.behind else "번호 대기" if _unnumbered(row) else STATES[row.state],
        kind="held" if row.held else "attention" if row.problem else "busy",
        since=row.queued_at.isoformat(),
        at=moment(row.queued_at),
        ago=ago if ago == "방금" else f"{ago}째",
        attempts=row.attempts,
        reason=_message(row.problem),
        todo=_todo(row),
        held=row.held,
        changed=row.problem == "changed",
    )


def _todo(row: OutboxRecord) -> str:
    if _unnumbered(row):
        return _NUMBERS
    if row.held:
        return _CHANGED if row.problem == "changed" else _HELD
    if row.behind:
        return _BEHIND
    return _AFTER_FAILURE if row.problem and row.state == "waiting" else _NEXT[row.state]


def _unnumbered(row: OutboxRecord) -> bool:
    return row.held and row.problem in UNNUMBERED


def _note(row: OutboxRecord) -> str:
    note = f"/encounters/{row.encounter_id}/note"
    return note if row.action == "retract" else f"{note}?version={row.version}"


def _message(code: str | None) -> str:
    return "" if code is None else _MESSAGES.get(code, f"사유 코드: {code}")
