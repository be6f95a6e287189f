"""The plain-language summary that the patient takes home."""

from dataclasses import dataclass

from scribe.domain.statement import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """One row of the medicine grid: how much to take when; ``days`` of supply.

    ``to_confirm`` says, in words for the patient, what of this row the dialogue left open; None where nothing is.
    """

    entry: str
    name: str
    morning: str | None = None
    noon: str | None = None
    evening: str | None = None
    bedtime: str | None = None
    relation_to_meal: str | None = None
    days: int | None = None
    to_confirm: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readability:
    """How hard the summary reads.

    ``mean_sentence_eojeol`` is spaced words a sentence, ``difficult_terms`` the medical terms left without a
    plain explanation and ``difficult_share`` their share of all words; ``mean_eojeol_syllables`` and
    ``mean_sentence_syllables`` count written syllables; ``grade`` is the project's own school-grade estimate,
    defined in :mod:`scribe.drafting.readability`.
    """

    sentences: int
    mean_sentence_eojeol: float
    longest_sentence_eojeol: int
    difficult_terms: tuple[str, ...] = ()
    grade: float | None = None
    mean_eojeol_syllables: float | None = None
    mean_sentence_syllables: float | None = None
    difficult_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSummary:
    """Sections of plain sentences, and the medicines as a grid.

    ``notice`` stands below them: that a machine wrote the summary, and who reviews it.  It rests on no words of the
    dialogue and is therefore no statement.
    """

    language: str
    sections: tuple[Section, ...]
    medicines: tuple[Medicine, ...] = ()
    readability: Readability | None = None
    notice: str | None = None
