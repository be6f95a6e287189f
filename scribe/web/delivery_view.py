"""The list of what has not arrived, as its page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from hl7_bridge.problems import JUDGEMENTS
from scribe.delivery_text import STATES, subject_of
from scribe.store.records import DestinationChange, OutboxRecord
from scribe.web.labels import moment

_MESSAGES = {judgement.code: judgement.message for judgement in JUDGEMENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A delivery; ``href`` leads to the record where the viewer may read it, ``decide`` to both sides of a change."""

    id: str
    href: str | None
    destination: str
    what: str
    decide: str | None
    label: str
    kind: str
    since: str
    attempts: int
    reason: str
    held: bool
    changed: bool


def rows(items: Iterable[OutboxRecord], *, links: bool) -> tuple[Row, ...]:
    """Those that wait for a person first."""
    ordered = sorted(items, key=lambda row: (not row.held, row.queued_at))
    return tuple(_row(row, links) for row in ordered)


def failing_lines(changes: Iterable[DestinationChange]) -> tuple[str, ...]:
    """Since when a destination fails, and why."""
    return tuple(_failing(change) for change in changes)


def _failing(change: DestinationChange) -> str:
    return f"{change.destination}: {moment(change.at)}부터 전달되지 않습니다. {_message(change.problem)}"


def _row(row: OutboxRecord, links: bool) -> Row:
    return Row(
        id=row.id,
        href=_note(row) if links else None,
        destination=row.destination,
        what=subject_of(row),
        decide=f"/encounters/{row.encounter_id}/deliveries/{row.id}/changed" if links else None,
        label=f"{row.behind}판 대기" if row.behind else STATES[row.state],
        kind="held" if row.held else "attention",
        since=moment(row.queued_at),
        attempts=row.attempts,
        reason=_message(row.problem),
        held=row.held,
        changed=row.problem == "changed",
    )


def _note(row: OutboxRecord) -> str:
    note = f"/encounters/{row.encounter_id}/note"
    return note if row.action == "retract" else f"{note}?version={row.version}"


def _message(code: str | None) -> str:
    return "" if code is None else _MESSAGES.get(code, f"사유 코드: {code}")
