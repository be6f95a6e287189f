"""The medicine grid: rows for the patient, held against the order that the hospital system receives."""

from scribe.domain.entries import MedicationOrder
from scribe.domain.note import Draft, Flag
from scribe.domain.summary import Medicine
from scribe.drafting.restate import GRID_ENTRY, GRID_OUT_OF_STEP, row_agrees
from scribe.web.review.edits.errors import MissingPieceError
from scribe.web.review.edits.flags import with_flag, without_open
from scribe.web.review.edits.pieces import clean, optional, with_medicines
from scribe.web.review.edits.requests import ChangeMedicine, MedicineEdit


def apply(draft: Draft, edit: MedicineEdit) -> Draft:
    """With the row as given, or without it; a row that contradicts its order raises a conflict."""
    row = _row(draft, edit.row)
    if isinstance(edit, ChangeMedicine):
        return _change(draft, edit, row)
    medicines = draft.patient_summary.medicines
    return with_medicines(draft, medicines[: edit.row] + medicines[edit.row + 1 :])


def _change(draft: Draft, edit: ChangeMedicine, old: Medicine) -> Draft:
    new = Medicine(
        entry=old.entry,
        name=clean(edit.name),
        morning=optional(edit.morning),
        noon=optional(edit.noon),
        evening=optional(edit.evening),
        bedtime=optional(edit.bedtime),
        relation_to_meal=optional(edit.relation_to_meal),
        days=edit.days,
    )
    if new == old:
        return draft
    medicines = draft.patient_summary.medicines
    changed = with_medicines(draft, (*medicines[: edit.row], new, *medicines[edit.row + 1 :]))
    order = next((entry for entry in draft.entries if entry.id == old.entry), None)
    if not isinstance(order, MedicationOrder) or row_agrees(new, order):
        return without_open(changed, lambda flag: flag.rule == GRID_ENTRY and flag.entries == (old.entry,))
    return with_flag(changed, Flag(kind="conflict", rule=GRID_ENTRY, text=GRID_OUT_OF_STEP, entries=(order.id,)))


def _row(draft: Draft, row: int) -> Medicine:
    if row >= len(draft.patient_summary.medicines):
        raise MissingPieceError(piece="medicine row", id=row)
    return draft.patient_summary.medicines[row]
