"""A hospital's items as rows of our lexicons: its names and codes over what we know of the same thing."""

from collections.abc import Callable
from dataclasses import replace

from scribe.drafting.lexicon import AnyRow, DiagnosisRow, MedicineRow, ProcedureRow, Table, TestRow
from scribe.drafting.terminology.records import Item, Kind, Name, Use
from scribe.drafting.terminology.store import HospitalTerms

TABLES = {
    Kind.DIAGNOSIS: Table.DIAGNOSES,
    Kind.MEDICINE: Table.MEDICINES,
    Kind.TEST: Table.TESTS,
    Kind.PROCEDURE: Table.PROCEDURES,
}
Ours = Callable[[Table, str], AnyRow | None]


def rows_named(terms: HospitalTerms, key: str, ours: Ours) -> tuple[tuple[AnyRow, str], ...]:
    """The rows that a name heard in dialogue stands for, one a table, each with the name as the file writes it."""
    found: dict[Kind, tuple[Name, Item]] = {}
    for name, item in terms.named(key):
        if name.use is not Use.LOOKUP and item.is_complete:
            found.setdefault(item.kind, (name, item))
    return tuple((_row(item, name.text, ours), name.text) for name, item in found.values())


def _row(item: Item, name: str, ours: Ours) -> AnyRow:
    known = ours(TABLES[item.kind], item.term)
    if item.kind is Kind.DIAGNOSIS:
        return _diagnosis(item, known)
    if item.kind is Kind.MEDICINE:
        return _medicine(item, name, known)
    if known is not None:
        return known
    return TestRow(item.name) if item.kind is Kind.TEST else ProcedureRow(item.name)


def _diagnosis(item: Item, known: AnyRow | None) -> DiagnosisRow:
    if isinstance(known, DiagnosisRow):
        return replace(known, term=item.name, kcd=item.code)
    return DiagnosisRow(item.name, kcd=item.code)


def _medicine(item: Item, name: str, known: AnyRow | None) -> MedicineRow:
    strengths = (item.strength,) if item.strength else ()
    if isinstance(known, MedicineRow):
        added = tuple(strength for strength in strengths if strength not in known.strengths)
        return replace(known, brands=tuple(dict.fromkeys((*known.brands, name))), strengths=known.strengths + added)
    return MedicineRow(
        item.term,
        english=item.english,
        brands=(name,) if name != item.term else (),
        atc=item.atc,
        strengths=strengths,
        form=item.form,
        route=item.route,
    )
