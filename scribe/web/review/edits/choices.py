"""Which holds where two sides of a draft differ: the sentence or its entry, the patient's row or its order."""

from dataclasses import replace

from scribe.domain.entries import Entry, MedicationOrder
from scribe.domain.note import Decision, Draft, Flag
from scribe.domain.statement import Statement
from scribe.domain.summary import Medicine
from scribe.drafting.grid import medicine
from scribe.drafting.restate import (
    GRID_ENTRY,
    STATEMENT_ENTRY,
    Basis,
    put,
    restated,
    settled_by,
    with_entries,
    wording,
)
from scribe.drafting.restate.reading_back import read_back
from scribe.web.review.draft_view import Part
from scribe.web.review.edits.entry_requests import (
    EntryFromStatement,
    GridFromOrder,
    OrderFromGrid,
    StatementFromEntries,
)
from scribe.web.review.edits.errors import MissingPieceError, NothingReadError
from scribe.web.review.edits.pieces import find, with_medicines

Choice = EntryFromStatement | StatementFromEntries | GridFromOrder | OrderFromGrid

_TIMES = ("morning", "noon", "evening", "bedtime")
_NAMES = {"morning": "아침", "noon": "점심", "evening": "저녁", "bedtime": "자기 전"}


def apply(draft: Draft, edit: Choice, basis: Basis) -> Draft:
    """The draft with one side as the other says, the question about the two settled."""
    match edit:
        case EntryFromStatement():
            return _entry_follows(draft, edit, basis)
        case StatementFromEntries():
            return _statement_follows(draft, edit, basis)
        case GridFromOrder():
            return _grid_follows(draft, edit.entry)
        case OrderFromGrid():
            return _order_follows(draft, edit.entry, basis)


def proposal(draft: Draft, part: Part, statement: Statement, entry: Entry, basis: Basis) -> Entry | None:
    """What ``entry`` would be if it followed the sentence; None where the sentence cannot be read so."""
    composed = wording(draft, draft.entries, confirmed=frozenset(), templates=basis.templates).of(part, (entry.id,))
    return read_back(entry, composed.text, statement.text, draft.encounter) if composed is not None else None


def _entry_follows(draft: Draft, edit: EntryFromStatement, basis: Basis) -> Draft:
    statement = find(draft, edit.part, edit.statement)
    entry = next((one for one in draft.entries if one.id == edit.entry), None)
    if entry is None:
        raise MissingPieceError(piece="entry", id=edit.entry)
    read = proposal(draft, edit.part, statement, entry, basis)
    if read is None:
        raise NothingReadError
    new = replace(read, author="physician", confidence=None, evidence=())
    entries = tuple(new if one.id == new.id else one for one in draft.entries)
    decided = settled_by(draft, lambda flag: _asks(flag, statement.id), "statement")
    return with_entries(decided, entries, basis, frozenset({new.id}))


def _statement_follows(draft: Draft, edit: StatementFromEntries, basis: Basis) -> Draft:
    statement = find(draft, edit.part, edit.statement)
    composed = wording(draft, draft.entries, confirmed=frozenset(), templates=basis.templates).of(
        edit.part, statement.entries
    )
    if composed is None:
        raise NothingReadError
    decided = settled_by(draft, lambda flag: _asks(flag, statement.id), "entry")
    return put(decided, edit.part, restated(decided, statement, composed, basis))


def _grid_follows(draft: Draft, entry: str) -> Draft:
    order, _ = _order_and_row(draft, entry)
    row = medicine(order)
    rows = tuple(row if one.entry == entry else one for one in draft.patient_summary.medicines)
    return _grid_settled(with_medicines(draft, tuple(one for one in rows if one is not None)), entry, "entry")


def _order_follows(draft: Draft, entry: str, basis: Basis) -> Draft:
    order, row = _order_and_row(draft, entry)
    slots = [slot for slot in _TIMES if getattr(row, slot)]
    when = "·".join(_NAMES[slot] for slot in slots)
    words = (f"1일 {len(slots)}회" if slots else "", when if slots and len(slots) != 3 else "", row.relation_to_meal)
    new = replace(
        order,
        frequency=" ".join(word for word in words if word) or order.frequency,
        times_per_day=float(len(slots)) if slots else order.times_per_day,
        duration_days=row.days,
        author="physician",
        confidence=None,
        evidence=(),
    )
    decided = _grid_settled(draft, entry, "statement")
    return with_entries(
        decided, tuple(new if one is order else one for one in draft.entries), basis, frozenset({entry})
    )


def _order_and_row(draft: Draft, entry: str) -> tuple[MedicationOrder, Medicine]:
    order = next((one for one in draft.entries if one.id == entry), None)
    row = next((one for one in draft.patient_summary.medicines if one.entry == entry), None)
    if not isinstance(order, MedicationOrder) or row is None:
        raise MissingPieceError(piece="medicine row", id=entry)
    return order, row


def _grid_settled(draft: Draft, entry: str, decision: Decision) -> Draft:
    return settled_by(draft, lambda flag: flag.rule == GRID_ENTRY and flag.entries == (entry,), decision)


def _asks(flag: Flag, statement: str) -> bool:
    return flag.rule == STATEMENT_ENTRY and flag.statements == (statement,)
