"""The curated lexicons: typed rows read from the tables in ``lexicon/``.

A table is a UTF-8 file in NFC, tab-separated, with a header line; lists are separated by ``|``; lines that
start with ``#`` are comments.  ``docs/lexicon.md`` says what each column means and how rows are chosen.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Protocol, TypeVar, cast, get_args, get_origin

from scribe.domain.errors import ScribeError

LEXICON_FOLDER = Path(__file__).parent / "lexicon"


class LexiconError(ScribeError):
    """{path}, line {line}: {problem}."""

    path: str
    line: int
    problem: str


class Table(StrEnum):
    """The tables; each value is also the file's stem."""

    SYMPTOMS = "symptoms"
    DIAGNOSES = "diagnoses"
    MEDICINES = "medicines"
    DRUG_CLASSES = "drug_classes"
    TESTS = "tests"
    VITALS = "vitals"
    PROCEDURES = "procedures"
    ALLERGENS = "allergens"
    BODY_SITES = "body_sites"
    DEPARTMENTS = "departments"
    EXAMS = "exams"
    HISTORIES = "histories"
    ADVICE = "advice"
    RELATIVES = "relatives"
    RED_FLAGS = "red_flags"


class Row(Protocol):
    """One line of a table.

    ``nouns`` are the surfaces that are found as words, the preferred term first; ``phrases`` the predicate
    phrases in dictionary form ("속이 울렁거리다") that are found whatever their endings.
    """

    table: ClassVar[Table]

    @property
    def term(self) -> str: ...
    @property
    def nouns(self) -> tuple[str, ...]: ...
    @property
    def phrases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class SymptomRow:
    """A symptom or finding; ``body_site`` is the default site; ``kcd`` a KCD-8 code or empty."""

    table: ClassVar[Table] = Table.SYMPTOMS
    term: str
    synonyms: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    body_site: str = ""
    kcd: str = ""

    @property
    def nouns(self) -> tuple[str, ...]:
        return (self.term, *self.synonyms)

    @property
    def phrases(self) -> tuple[str, ...]:
        return self.predicates


class _NamedRow:
    """A row whose surfaces are its term and synonyms, without predicate phrases."""

    __slots__ = ()
    term: str
    synonyms: tuple[str, ...]

    @property
    def nouns(self) -> tuple[str, ...]:
        return (self.term, *self.synonyms)

    @property
    def phrases(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class DiagnosisRow(_NamedRow):
    """A disease with its KCD-8 code; ``lay`` explains it to a patient in at most 25 characters."""

    table: ClassVar[Table] = Table.DIAGNOSES
    term: str
    synonyms: tuple[str, ...] = ()
    kcd: str = ""
    category: str = ""
    lay: str = ""


@dataclass(frozen=True, slots=True)
class MedicineRow:
    """An active ingredient (or fixed combination) with the brands it is known by in Korea."""

    table: ClassVar[Table] = Table.MEDICINES
    ingredient: str
    english: str = ""
    brands: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    atc: str = ""
    drug_class: str = ""
    strengths: tuple[str, ...] = ()
    form: str = ""
    route: str = ""

    @property
    def term(self) -> str:
        return self.ingredient

    @property
    def nouns(self) -> tuple[str, ...]:
        english = (self.english,) if self.english else ()
        return (self.ingredient, *english, *self.brands, *self.synonyms)

    @property
    def phrases(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class DrugClassRow(_NamedRow):
    """A class of medicines as spoken; ``implies`` is the disease that taking it suggests, or empty."""

    table: ClassVar[Table] = Table.DRUG_CLASSES
    term: str
    synonyms: tuple[str, ...] = ()
    implies: str = ""


@dataclass(frozen=True, slots=True)
class TestRow(_NamedRow):
    """A test; ``unit`` in UCUM; ``low`` and ``high`` bound the usual adult reference interval."""

    table: ClassVar[Table] = Table.TESTS
    __test__: ClassVar[bool] = False
    term: str
    synonyms: tuple[str, ...] = ()
    category: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    loinc: str = ""


@dataclass(frozen=True, slots=True)
class VitalRow(_NamedRow):
    """A vital sign; a value outside the plausible bounds is a mishearing, not a measurement."""

    table: ClassVar[Table] = Table.VITALS
    term: str
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    loinc: str = ""
    plausible_low: float | None = None
    plausible_high: float | None = None


@dataclass(frozen=True, slots=True)
class ProcedureRow(_NamedRow):
    """An operation, a treatment done to the patient, an anaesthesia or a rehabilitation measure."""

    table: ClassVar[Table] = Table.PROCEDURES
    term: str
    synonyms: tuple[str, ...] = ()
    category: str = ""


@dataclass(frozen=True, slots=True)
class AllergenRow(_NamedRow):
    """What people are allergic to; ``atc`` (a prefix where it is a class) for drugs."""

    table: ClassVar[Table] = Table.ALLERGENS
    term: str
    synonyms: tuple[str, ...] = ()
    atc: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class BodySiteRow(_NamedRow):
    """A part of the body; ``laterality`` where left and right are told apart."""

    table: ClassVar[Table] = Table.BODY_SITES
    term: str
    synonyms: tuple[str, ...] = ()
    laterality: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentRow(_NamedRow):
    """A hospital department; ``hira`` is the HIRA medical department code or empty."""

    table: ClassVar[Table] = Table.DEPARTMENTS
    term: str
    synonyms: tuple[str, ...] = ()
    hira: str = ""


@dataclass(frozen=True, slots=True)
class ExamRow(_NamedRow):
    """A part of the physical examination with the cues (dictionary form) of a normal and an abnormal finding.

    The cues are no terms of their own: look for them with ``TermIndex.cues`` near a mention of the exam.
    """

    table: ClassVar[Table] = Table.EXAMS
    term: str
    synonyms: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    abnormal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """An item of the medical, surgical, social, obstetric or immunisation history."""

    table: ClassVar[Table] = Table.HISTORIES
    term: str
    synonyms: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    category: str = ""

    @property
    def nouns(self) -> tuple[str, ...]:
        return (self.term, *self.synonyms)

    @property
    def phrases(self) -> tuple[str, ...]:
        return self.predicates


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """Something that physicians advise; ``lay`` is the sentence for the patient (해요체)."""

    table: ClassVar[Table] = Table.ADVICE
    term: str
    cues: tuple[str, ...] = ()
    lay: str = ""

    @property
    def nouns(self) -> tuple[str, ...]:
        return (self.term,)

    @property
    def phrases(self) -> tuple[str, ...]:
        return self.cues


@dataclass(frozen=True, slots=True)
class RelativeRow(_NamedRow):
    """A relative or companion of the patient."""

    table: ClassVar[Table] = Table.RELATIVES
    term: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RedFlagRow:
    """A danger sign: every condition of ``all_of`` and, where there are any, one of ``any_of`` holds.

    A condition is ``kind:name`` (``symptom:흉통``, ``diagnosis:I21*``, ``exam:경부 강직``) or a comparison
    of a vital sign (``vital:산소포화도<94``); ``&`` inside a condition joins several.  ``source`` names the
    guideline or textbook rule.
    """

    table: ClassVar[Table] = Table.RED_FLAGS
    term: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    source: str = ""

    @property
    def nouns(self) -> tuple[str, ...]:
        return ()

    @property
    def phrases(self) -> tuple[str, ...]:
        return ()


AnyRow = (
    SymptomRow
    | DiagnosisRow
    | MedicineRow
    | DrugClassRow
    | TestRow
    | VitalRow
    | ProcedureRow
    | AllergenRow
    | BodySiteRow
    | DepartmentRow
    | ExamRow
    | HistoryRow
    | AdviceRow
    | RelativeRow
    | RedFlagRow
)
ROW_TYPES: dict[Table, type[AnyRow]] = {row.table: row for row in get_args(AnyRow)}
_HEADER_NAMES = {"drug_class": "class"}  # a Python keyword

R = TypeVar("R", bound=AnyRow)


def header(row_type: type[AnyRow]) -> tuple[str, ...]:
    """The column names of a table's file, in order."""
    return tuple(_HEADER_NAMES.get(field.name, field.name) for field in fields(row_type))


def read_table(table: Table, path: Path) -> tuple[AnyRow, ...]:
    """Reads one table file.

    Raises LexiconError at the first line that is not NFC, has the wrong columns, an empty term or a value
    of the wrong type.
    """
    row_type = ROW_TYPES[table]
    columns = header(row_type)
    return tuple(_parse_row(row_type, columns, cells, path, number) for number, cells in _lines(path, columns))


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    seen_header = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if not unicodedata.is_normalized("NFC", line):
            raise LexiconError(path=path.name, line=number, problem="the text is not in Unicode NFC")
        cells = line.split("\t")
        if not seen_header:
            if tuple(cells) != columns:
                problem = f"the header must read {' '.join(columns)}"
                raise LexiconError(path=path.name, line=number, problem=problem)
            seen_header = True
            continue
        if len(cells) != len(columns):
            problem = f"{len(cells)} columns where the header has {len(columns)}"
            raise LexiconError(path=path.name, line=number, problem=problem)
        yield number, cells
    if not seen_header:
        raise LexiconError(path=path.name, line=1, problem="the header line is missing")


def _parse_row(row_type: type[AnyRow], columns: tuple[str, ...], cells: list[str], path: Path, number: int) -> AnyRow:
    values = []
    for field, column, cell in zip(fields(row_type), columns, cells, strict=True):
        try:
            values.append(_parse_cell(field.type, cell))
        except ValueError as error:
            problem = f"column {column} holds {cell!r}: {error}"
            raise LexiconError(path=path.name, line=number, problem=problem) from None
    if not values[0]:
        raise LexiconError(path=path.name, line=number, problem="the first column is empty")
    return cast("Callable[..., AnyRow]", row_type)(*values)


def _parse_cell(kind: object, cell: str) -> str | bool | float | tuple[str, ...] | None:
    if kind is str:
        return cell.strip()
    if kind is bool:
        if cell not in ("yes", "no"):
            raise ValueError("write yes or no")
        return cell == "yes"
    if get_origin(kind) is tuple:
        return tuple(part for part in (piece.strip() for piece in cell.split("|")) if part)
    return float(cell) if cell else None


@cache
def _bundled(table: Table) -> tuple[AnyRow, ...]:
    return read_table(table, LEXICON_FOLDER / f"{table.value}.tsv")


def rows(row_type: type[R]) -> tuple[R, ...]:
    """All rows of the bundled table of ``row_type``, in the file's order."""
    return cast(tuple[R, ...], _bundled(row_type.table))


def by_term(row_type: type[R]) -> dict[str, R]:
    """The bundled rows of ``row_type`` by preferred term."""
    return {row.term: row for row in rows(row_type)}


def all_rows() -> tuple[AnyRow, ...]:
    """The rows of all bundled tables."""
    return tuple(row for table in Table for row in _bundled(table))


PHRASE_KEYS_FILE = LEXICON_FOLDER / "phrase_keys.tsv"


@cache
def phrase_keys() -> Mapping[str, tuple[str, ...]]:
    """The keys of the bundled phrases, compiled beforehand by ``lexicon_lint --write`` to load fast.

    A phrase that is missing here is compiled when the index is made.
    """
    if not PHRASE_KEYS_FILE.exists():
        return MappingProxyType({})
    lines = PHRASE_KEYS_FILE.read_text(encoding="utf-8").splitlines()
    cells = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return MappingProxyType({phrase: tuple(keys.split("|")) for phrase, keys in cells})
