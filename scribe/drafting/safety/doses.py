"""Doses outside the usual range of the lexicon; a child's by weight, where a weight was said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Dose, Entry, MedicationOrder, MedicationStatement, Vital
from scribe.domain.note import Flag
from scribe.drafting.phrases import dose_text, number
from scribe.drafting.safety.drugs import Drug, ordered_drugs, taken_drugs
from scribe.drafting.tables import read_cells

_COLUMNS = (
    "ingredient",
    "route",
    "unit",
    "single_low",
    "single_high",
    "daily_high",
    "child_low",
    "child_high",
    "source",
)
_ADULT_YEARS = 15
_IN_MG = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
_INJECTED = frozenset({"intravenous", "intramuscular", "subcutaneous"})
_SLACK = 1.001


@dataclass(frozen=True, slots=True)
class DoseRange:
    """The usual range of an ingredient by one route ("oral" or "injection").

    ``single_low`` to ``single_high`` are one adult dose and ``daily_high`` an adult's highest day, in ``unit``;
    ``child_low`` to ``child_high`` a child's day in ``unit`` per kilogram.  None where the table gives none.
    """

    ingredient: str
    route: str
    unit: str
    single_low: float | None
    single_high: float | None
    daily_high: float | None
    child_low: float | None
    child_high: float | None
    source: str


@cache
def dose_ranges() -> dict[tuple[str, str], DoseRange]:
    """The table ``dose_ranges.tsv`` by ingredient and route.  Raises LexiconError."""
    found: dict[tuple[str, str], DoseRange] = {}
    for _, (ingredient, route, unit, *numbers, source) in read_cells("dose_ranges", _COLUMNS, unique=False):
        low, high, daily, child_low, child_high = (float(cell) if cell else None for cell in numbers)
        found[ingredient, route] = DoseRange(ingredient, route, unit, low, high, daily, child_low, child_high, source)
    return found


def dose_flags(entries: Sequence[Entry], encounter: Encounter) -> Iterator[Flag]:
    """A question for each dose, ordered or taken already, that the table calls unusual; silent where it knows none."""
    years = encounter.patient.age_on(encounter.start.date()) if encounter.patient else None
    weight = next((e for e in reversed(entries) if isinstance(e, Vital) and e.name == "체중" and e.unit == "kg"), None)
    for drug in (*ordered_drugs(entries), *taken_drugs(entries)):
        dose = _dose(drug.entry)
        usual = dose_ranges().get((drug.row.ingredient, _way(drug)))
        amount = _amount(dose.value, dose.unit, usual.unit) if usual and dose else None
        if usual is None or dose is None or amount is None:
            continue
        told = _Told(drug.entry.id, f"{drug.entry.name} {dose_text(dose)}", amount, _times(drug.entry))
        if years is not None and years < _ADULT_YEARS:
            yield from _child(told, usual, weight)
        else:
            yield from _adult(told, usual)


@dataclass(frozen=True, slots=True)
class _Told:
    """One dose as ordered or taken: ``amount`` in the unit of the table, how often a day where that was said."""

    entry: str
    words: str
    amount: float
    times: float | None


def _dose(entry: MedicationOrder | MedicationStatement) -> Dose | None:
    if isinstance(entry, MedicationOrder):
        return entry.dose
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(\S+)", entry.dose or "")
    return Dose(value=float(found[1]), unit=found[2]) if found else None


def _times(entry: MedicationOrder | MedicationStatement) -> float | None:
    return entry.times_per_day if isinstance(entry, MedicationOrder) else None


def _way(drug: Drug) -> str:
    route = (drug.entry.route if isinstance(drug.entry, MedicationOrder) else None) or drug.row.route
    return "injection" if route in _INJECTED else route or "oral"


def _amount(value: float, unit: str, wanted: str) -> float | None:
    """The amount in ``wanted``; None where the units have nothing in common (a tablet is no milligram)."""
    if unit == wanted:
        return value
    if unit in _IN_MG and wanted in _IN_MG:
        return value * _IN_MG[unit] / _IN_MG[wanted]
    return None


def _adult(told: _Told, usual: DoseRange) -> Iterator[Flag]:
    low, high, daily = usual.single_low, usual.single_high, usual.daily_high
    if high is not None and told.amount > high * _SLACK:
        yield _unusual(told, f"1회 통상 최대량 {number(high)} {usual.unit}보다 많습니다")
    elif low is not None and told.amount < low / _SLACK:
        yield _unusual(told, f"1회 통상 최소량 {number(low)} {usual.unit}보다 적습니다")
    elif daily is not None and told.times and told.amount * told.times > daily * _SLACK:
        day = f"하루 {number(told.amount * told.times)} {usual.unit}"
        yield _unusual(told, f"{day}으로, 하루 통상 최대량 {number(daily)} {usual.unit}보다 많습니다")


def _child(told: _Told, usual: DoseRange, weight: Vital | None) -> Iterator[Flag]:
    high, low = usual.child_high, usual.child_low
    if weight is None or high is None or not told.times:
        if usual.single_high is not None and told.amount > usual.single_high * _SLACK:
            yield _unusual(told, f"어른의 1회 통상 최대량 {number(usual.single_high)} {usual.unit}보다 많습니다")
        return
    each = told.amount * told.times / weight.value
    day = f"체중 {number(weight.value)} kg에 하루 {number(round(each, 1))} {usual.unit}/kg"
    if each > high * _SLACK:
        yield _unusual(told, f"{day}으로, 통상 최대량 {number(high)} {usual.unit}/kg보다 많습니다", weight.id)
    elif low is not None and each < low / _SLACK:
        yield _unusual(told, f"{day}으로, 통상 최소량 {number(low)} {usual.unit}/kg보다 적습니다", weight.id)


def _unusual(told: _Told, why: str, *more: str) -> Flag:
    text = f"확인 필요: {told.words} – {why}. 용량이 맞습니까?"
    return Flag(kind="conflict", rule="dose_range", text=text, entries=(told.entry, *more))
