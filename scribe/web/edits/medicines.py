"""The medicine grid: rows for the patient, held against the order that the hospital system receives."""

from scribe.domain.entries import MedicationOrder
from scribe.domain.note import Draft, Flag
from scribe.domain.summary import Medicine
from scribe.web.edits.errors import MissingPieceError
from scribe.web.edits.flags import with_flag
from scribe.web.edits.meaning import numbers
from scribe.web.edits.pieces import clean, optional, with_medicines
from scribe.web.edits.requests import ChangeMedicine, MedicineEdit
from scribe.web.labels import number, unit

_GRID_OUT_OF_STEP = "환자 복약표와 처방 항목이 다릅니다. 어느 쪽이 맞는지 확인하세요."


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
    if not isinstance(order, MedicationOrder) or _grid_agrees(new, order):
        return changed
    return with_flag(changed, Flag(kind="conflict", text=_GRID_OUT_OF_STEP, entries=(order.id,)))


def _grid_agrees(medicine: Medicine, order: MedicationOrder) -> bool:
    slots = [slot for slot in (medicine.morning, medicine.noon, medicine.evening, medicine.bedtime) if slot]
    times = order.times_per_day is None or order.times_per_day == len(slots)
    days = order.duration_days is None or order.duration_days == medicine.days
    return times and days and all(_slot_agrees(slot, order) for slot in slots) and order.name in medicine.name


def _slot_agrees(slot: str, order: MedicationOrder) -> bool:
    """True where ``slot`` gives the ordered dose, or counts in another unit ("1정" of 500 mg)."""
    if order.dose is None or unit(order.dose.unit) not in slot:
        return True
    return number(order.dose.value) in numbers(slot)


def _row(draft: Draft, row: int) -> Medicine:
    if row >= len(draft.patient_summary.medicines):
        raise MissingPieceError(piece="medicine row", id=row)
    return draft.patient_summary.medicines[row]
