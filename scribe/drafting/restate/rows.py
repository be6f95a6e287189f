"""The patient's medicine grid beside its orders."""

from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import MedicationOrder
from scribe.domain.note import Draft, Flag
from scribe.domain.summary import Medicine
from scribe.drafting.phrases import unit_text
from scribe.drafting.restate.meaning import numbers

GRID_ENTRY = "grid_entry"
"""The rule of a flag that asks which holds, the patient's row or its order."""
GRID_OUT_OF_STEP = "환자 복약표와 처방 항목이 서로 다릅니다. 어느 쪽이 맞습니까?"


def row_agrees(row: Medicine, order: MedicationOrder) -> bool:
    """Whether the patient is told what was ordered, as far as the order says it."""
    slots = [slot for slot in (row.morning, row.noon, row.evening, row.bedtime) if slot]
    times = order.times_per_day is None or order.times_per_day == len(slots)
    days = order.duration_days is None or order.duration_days == row.days
    return times and days and all(_dose_agrees(slot, order) for slot in slots) and order.name in row.name


def with_grid(draft: Draft, before: Sequence[Medicine], after: Sequence[Medicine]) -> Draft:
    """Rows as drafted follow their order; one changed by hand stays, questioned where it no longer fits the order."""
    old, new = ({row.entry: row for row in rows} for rows in (before, after))
    orders = {entry.id: entry for entry in draft.entries if isinstance(entry, MedicationOrder)}
    rows: list[Medicine] = []
    disputed: list[str] = []
    for row in draft.patient_summary.medicines:
        order = orders.get(row.entry)
        if row == old.get(row.entry):
            rows += [new[row.entry]] if row.entry in new else []
        elif order is not None:
            rows.append(row)
            disputed += [] if old.get(order.id) == new.get(order.id) or row_agrees(row, order) else [order.id]
    shown = {row.entry for row in draft.patient_summary.medicines}
    for place, row in enumerate(after):
        if row.entry not in shown and row.entry not in old:
            rows.insert(min(place, len(rows)), row)
    left = replace(draft, patient_summary=replace(draft.patient_summary, medicines=tuple(rows)))
    asked = (Flag(kind="conflict", rule=GRID_ENTRY, text=GRID_OUT_OF_STEP, entries=(order,)) for order in disputed)
    return replace(left, flags=(*left.flags, *(flag for flag in asked if flag not in left.flags)))


def _dose_agrees(slot: str, order: MedicationOrder) -> bool:
    """True where ``slot`` gives the ordered dose, or counts in another unit ("1정" of 500 mg)."""
    if order.dose is None or unit_text(order.dose.unit).strip() not in slot:
        return True
    return f"{order.dose.value:g}" in numbers(slot)
