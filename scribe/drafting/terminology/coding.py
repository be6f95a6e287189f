"""The hospital's codes on what was read: the insurance code of a product, the local code of an order."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scribe.domain.entries import (
    Code,
    Diagnosis,
    Dose,
    Entry,
    MedicationOrder,
    MedicationStatement,
    Procedure,
    TestOrder,
)
from scribe.drafting.terminology.records import (
    EDI_MEDICATION_SYSTEM,
    EDI_PROCEDURE_SYSTEM,
    Item,
    Kind,
    Source,
)
from scribe.drafting.terminology.store import HospitalTerms
from scribe.drafting.words import folded

_AMOUNT = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>mg|g|ug|mL|[iI][uU]|%)")
_IN_MG = {"mg": 1.0, "g": 1000.0, "ug": 0.001}
_LEAVES_OPEN = (re.compile("상세불명(?:의?\\s?(?:부분|부위))?$"), re.compile("상세불명"))
_SPOKEN = re.compile(r"\s*\([^)]*\)$")


def coded(entries: Iterable[Entry], terms: HospitalTerms | None) -> tuple[Entry, ...]:
    """The entries with the hospital's codes where exactly one fits; a code is never guessed between two products."""
    if terms is None:
        return tuple(entries)
    return tuple(_coded(entry, terms) for entry in entries)


def _coded(entry: Entry, terms: HospitalTerms) -> Entry:
    if isinstance(entry, Diagnosis):
        return _diagnosis(entry, terms)
    code: Code | None = None
    if isinstance(entry, MedicationOrder):
        code = _product(entry.name, entry.dose, terms)
    elif isinstance(entry, MedicationStatement):
        code = _product(entry.name, _dose(entry.dose), terms)
    elif isinstance(entry, TestOrder):
        code = _order(entry.name, Kind.TEST, terms)
    elif isinstance(entry, Procedure):
        code = _order(entry.name, Kind.PROCEDURE, terms)
    return replace(entry, code=code) if code is not None else entry


def _diagnosis(entry: Diagnosis, terms: HospitalTerms) -> Diagnosis:
    """The official name beside the code, as the hospital's master writes it.

    Below a category that may not be billed stands the one code that leaves open what the category leaves open.
    """
    if entry.code is None:
        return entry
    official = [item for item in terms.with_code(Kind.DIAGNOSIS, entry.code.code) if item.is_complete]
    if not official:
        below = [item for item in terms.under(Kind.DIAGNOSIS, entry.code.code) if item.is_complete]
        open_ones = [[item for item in below if shape.search(item.name)] for shape in _LEAVES_OPEN]
        official = next((items for items in open_ones if len(items) == 1), [])
    if not official:
        return entry
    return replace(entry, code=replace(entry.code, code=official[0].code, display=official[0].name))


def _product(name: str, dose: Dose | None, terms: HospitalTerms) -> Code | None:
    """The one product of that name (or, in the formulary, of that ingredient) and strength."""
    named = [item for _, item in terms.named(folded(name)) if item.kind is Kind.MEDICINE]
    if not named:
        named = [item for item in terms.of_term(Kind.MEDICINE, name) if item.source is Source.FORMULARY]
    stocked = [item for item in named if item.source is Source.FORMULARY] or named
    if dose is not None and dose.unit in _IN_MG and len(_codes(stocked)) > 1:
        stocked = [item for item in stocked if _has_strength(item, dose)]
    codes = _codes(stocked)
    return codes[0] if len(codes) == 1 else None


def _codes(items: Sequence[Item]) -> list[Code]:
    return list(dict.fromkeys(_code(item, EDI_MEDICATION_SYSTEM) for item in items))


def _code(item: Item, insurance: str) -> Code:
    if item.edi:
        return Code(system=insurance, code=item.edi, display=item.name)
    return Code(system=item.system, code=item.code, display=item.name)


def _has_strength(item: Item, dose: Dose) -> bool:
    found = _AMOUNT.match(item.strength)
    if found is None or found["unit"] not in _IN_MG:
        return False
    return abs(float(found["value"]) * _IN_MG[found["unit"]] - dose.value * _IN_MG[dose.unit]) < 1e-6


def _dose(text: str | None) -> Dose | None:
    found = _AMOUNT.match(text or "")
    return Dose(value=float(found["value"]), unit=found["unit"]) if found else None


def _order(name: str, kind: Kind, terms: HospitalTerms) -> Code | None:
    plain = _SPOKEN.sub("", name)
    items = list(terms.of_term(kind, plain)) or [item for _, item in terms.named(folded(plain)) if item.kind is kind]
    codes = list(dict.fromkeys(_code(item, EDI_PROCEDURE_SYSTEM) for item in items))
    return codes[0] if len(codes) == 1 else None
