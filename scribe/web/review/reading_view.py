"""How hard the patient summary reads, as the review page tells it."""

from dataclasses import dataclass, replace

from scribe.domain.note import Draft
from scribe.domain.summary import Readability
from scribe.drafting.lay import lay_terms
from scribe.drafting.readability import readability

EASY_GRADE = 6.0
"""Health texts for the public are to be read by a sixth-grader (US National Institutes of Health, AMA)."""


@dataclass(frozen=True, slots=True)
class HardWord:
    """A hard word and what could stand there; ``plain`` is "" where the lexicon knows no plain word."""

    term: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """The measure in words: ``level`` as Koreans name school years, and what would make it easier."""

    level: str
    easy: bool
    sentence_words: float
    longest_words: int
    hard: tuple[HardWord, ...]


def measured(draft: Draft) -> Draft:
    """With the reading measure of the summary as it reads now; summaries in other languages than Korean have none."""
    summary = draft.patient_summary
    if summary.language != "ko" or summary.readability is None:
        return draft
    now = readability(summary.sections)
    return draft if now == summary.readability else replace(draft, patient_summary=replace(summary, readability=now))


def reading_view(told: Readability | None) -> ReadingView | None:
    """None where nothing was measured."""
    if told is None or told.grade is None:
        return None
    known = lay_terms()
    return ReadingView(
        level=school_year(told.grade),
        easy=told.grade <= EASY_GRADE,
        sentence_words=told.mean_sentence_eojeol,
        longest_words=told.longest_sentence_eojeol,
        hard=tuple(HardWord(term, known[term].plain or known[term].note) for term in told.difficult_terms),
    )


def school_year(grade: float) -> str:
    """A grade of reading as the school year that reads it, 초등 2학년."""
    year = max(1, round(grade))
    if year <= 6:
        return f"초등 {year}학년"
    return f"중학 {year - 6}학년" if year <= 9 else f"고등 {min(year - 9, 3)}학년"
