"""Which of our own terms a hospital's item means: its ingredient, its test, its disease."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from scribe.drafting.lexicon import (
    AllergenRow,
    AnyRow,
    DiagnosisRow,
    MedicineRow,
    ProcedureRow,
    TestRow,
    all_rows,
    rows,
)
from scribe.drafting.terminology.records import Kind
from scribe.drafting.words import folded
from scribe.terminology.products import ingredients

_ROWS: dict[Kind, type[AnyRow]] = {
    Kind.DIAGNOSIS: DiagnosisRow,
    Kind.MEDICINE: MedicineRow,
    Kind.TEST: TestRow,
    Kind.PROCEDURE: ProcedureRow,
}


def term_named(kind: Kind, names: Iterable[str]) -> str:
    """Our preferred term of the first of ``names`` that we know, empty where we know none."""
    known = _by_surface(kind)
    return next((known[folded(name)] for name in names if folded(name) in known), "")


def medicine_term(korean: str, english: str, atc: str) -> str:
    """Our ingredient term: by its Korean or English name without the salt, a combination by all its parts, else by an
    ATC code that only one of our rows has; empty where we know none."""
    spoken, written = ingredients(korean, english)
    for names in (spoken, written):
        if names:
            found = _by_parts().get(frozenset(map(folded, names)), "")
            if found:
                return found
    same = _by_atc().get(atc, ()) if len(atc) == 7 else ()
    return same[0] if len(same) == 1 else ""


@cache
def _by_surface(kind: Kind) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows(_ROWS[kind]):
        for noun in row.nouns:
            found.setdefault(folded(noun), row.term)
    return found


@cache
def _by_parts() -> dict[frozenset[str], str]:
    found: dict[frozenset[str], str] = {}
    for row in rows(MedicineRow):
        for parts in ingredients(row.ingredient, row.english.replace(" and ", ", ")):
            if parts:
                found.setdefault(frozenset(map(folded, parts)), row.term)
    return found


@cache
def _by_atc() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(MedicineRow):
        found[row.atc].append(row.term)
    return {atc: tuple(terms) for atc, terms in found.items() if atc}


def surfaces_of_others(kind: Kind) -> frozenset[str]:
    """The folded surfaces of our other tables: a hospital's name that is one of them is never taken for its own kind.

    Allergens do not count: they are medicines too.
    """
    return _surfaces_outside(kind)


@cache
def _surfaces_outside(kind: Kind) -> frozenset[str]:
    others = (row for row in all_rows() if not isinstance(row, _ROWS[kind] | AllergenRow))
    return frozenset(folded(noun) for row in others for noun in row.nouns)
