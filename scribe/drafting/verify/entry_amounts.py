"""The numbers that an entry holds, in its typed fields and in its texts."""

from dataclasses import replace

from scribe.domain.entries import Entry, FollowUp, LabResult, MedicationOrder, Symptom, Vital
from scribe.drafting.verify.amounts import Amount, find_amounts

_TEXTLESS = ("id", "evidence", "kind", "code", "confidence", "author", "duration_iso", "unit")
_UNITS = {"/min": "rate", "[iU]": "U", "{iU}": "U", "ug": "ug"}


def entry_amounts(entry: Entry) -> tuple[Amount, ...]:
    """Every amount of the entry; a value that stands in a field and in a text is there twice."""
    texts = [getattr(entry, name) for name in entry.__dataclass_fields__ if name not in _TEXTLESS]
    said = [amount for text in texts if isinstance(text, str) for amount in find_amounts(text)]
    if isinstance(entry, Symptom) and entry.duration and entry.onset:
        said += find_amounts(entry.duration)
    return (*(replace(amount, standing="said") for amount in said), *_typed(entry))


def _typed(entry: Entry) -> list[Amount]:
    if isinstance(entry, Vital):
        return [_amount(entry.value, entry.unit)]
    if isinstance(entry, LabResult):
        return [] if isinstance(entry.value, str) else [_amount(entry.value, entry.unit)]
    if isinstance(entry, FollowUp):
        return [] if entry.in_days is None else [_amount(entry.in_days, "d")]
    if isinstance(entry, MedicationOrder):
        dose = [_amount(entry.dose.value, entry.dose.unit)] if entry.dose else []
        times = [_amount(entry.times_per_day, "times")] if entry.times_per_day else []
        days = [_amount(entry.duration_days, "d")] if entry.duration_days else []
        return [*dose, *times, *days]
    return []


def _amount(value: float, unit: str | None) -> Amount:
    return Amount(0, 0, float(value), _UNITS.get(unit or "", unit))
