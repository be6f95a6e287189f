"""The codes that our lexicons know: LOINC of results, ATC of medicines, kind and ATC of allergens.

They are added to what was read where the hospital's own terms gave none; nothing that was said is changed by them.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final, get_args

from scribe.domain.entries import (
    ATC_SYSTEM,
    LOINC_SYSTEM,
    Allergy,
    AllergyCategory,
    Code,
    Entry,
    LabResult,
    MedicationOrder,
)
from scribe.drafting.lexicon import AllergenRow, TestRow, rows
from scribe.drafting.safety.drugs import medicine_row
from scribe.drafting.words import folded

_KINDS: Final[dict[str, AllergyCategory]] = {
    "drug": "medication",
    **{kind: kind for kind in get_args(AllergyCategory)},
}
_NARROWER: Final = frozenset({"간염검사", "여성호르몬검사", "임신반응검사"})
"""Tests whose LOINC code names one analyte of several that the name may mean."""
_SUBSTANCE_LENGTH: Final = 7
"""An ATC code of a substance; shorter ones are of groups."""


def with_known_codes(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries with the codes of their terms; an entry whose term is in no lexicon stays as it is."""
    return tuple(_coded(entry) for entry in entries)


def _coded(entry: Entry) -> Entry:
    match entry:
        case LabResult(code=None):
            return _result(entry)
        case MedicationOrder(ingredient=None):
            return _order(entry)
        case Allergy(status="present"):
            return _allergy(entry)
        case _:
            return entry


def _result(entry: LabResult) -> LabResult:
    """By the whole name, with or without its brackets; not where the unit is another ("호중구 85 %" is no count)."""
    row = _tests().get(folded(entry.name)) or _tests().get(folded(entry.name.partition("(")[0]))
    if row is None or (entry.unit is not None and entry.unit != row.unit):
        return entry
    return replace(entry, code=Code(system=LOINC_SYSTEM, code=row.loinc))


def _order(entry: MedicationOrder) -> MedicationOrder:
    row = medicine_row(entry.name)
    if row is None or len(row.atc) != _SUBSTANCE_LENGTH:
        return entry
    return replace(entry, ingredient=Code(system=ATC_SYSTEM, code=row.atc, display=row.ingredient))


def _allergy(entry: Allergy) -> Allergy:
    allergen, medicine = _allergens().get(folded(entry.name)), medicine_row(entry.name)
    category = _KINDS.get(allergen.kind) if allergen else "medication" if medicine else None
    atc = (medicine.atc if medicine else "") or (allergen.atc if allergen else "")
    code = entry.code or (Code(system=ATC_SYSTEM, code=atc) if atc else None)
    return replace(entry, code=code, category=entry.category or category)


@cache
def _tests() -> dict[str, TestRow]:
    """Single analytes by every name; the code of a panel, or one narrower than its name, would say too much."""
    single = (row for row in rows(TestRow) if row.loinc and row.unit and row.category == "lab")
    return {folded(noun): row for row in single if row.term not in _NARROWER for noun in row.nouns}


@cache
def _allergens() -> dict[str, AllergenRow]:
    return {folded(noun): row for row in rows(AllergenRow) for noun in row.nouns}
