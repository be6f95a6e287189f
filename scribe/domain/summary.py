"""The plain-language summary that the patient takes home."""

from dataclasses import dataclass

from scribe.domain.statement import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """One row of the medicine grid: how much to take when; ``days`` of supply."""

    entry: str
    name: str
    morning: str | None = None
    noon: str | None = None
    evening: str | None = None
    bedtime: str | None = None
    relation_to_meal: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readability:
    """How hard the summary reads.

    ``mean_sentence_eojeol`` is spaced words a sentence, ``difficult_terms`` the medical terms left without a
    plain explanation; ``grade`` is the project's own school-grade estimate, documented in ``docs/``.
    """

    sentences: int
    mean_sentence_eojeol: float
    longest_sentence_eojeol: int
    difficult_terms: tuple[str, ...] = ()
    grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSummary:
    """Sections of plain sentences, and the medicines as a grid."""

    language: str
    sections: tuple[Section, ...]
    medicines: tuple[Medicine, ...] = ()
    readability: Readability | None = None
