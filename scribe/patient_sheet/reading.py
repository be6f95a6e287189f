"""How hard a sheet reads, and what would make it easier."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.statement import Section, Statement
from scribe.drafting.lay import lay_terms
from scribe.drafting.readability import readability, sentences
from scribe.patient_sheet.sheet import Sheet

_EASY_GRADE = 6.0
"""Health texts for the public are to be read by a sixth-grader (US National Institutes of Health, AMA)."""
_LONG = {"ko": 15, "en": 20}
"""From so many words on a sentence is one to shorten (plain-language guidance: 15 to 20)."""
_VOWELS = re.compile(r"[aeiouy]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


@dataclass(frozen=True, slots=True)
class Difficult:
    """A hard word of the sheet and what could stand there; ``plain`` is "" where no plain word is known."""

    term: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The measure of one sheet; ``grade`` is a school grade, None where there is nothing to read.

    Korean: the project's own estimate (:mod:`scribe.drafting.readability`); English: Flesch–Kincaid.
    """

    grade: float | None
    sentences: int
    longest: str
    longest_words: int
    difficult: tuple[Difficult, ...]
    is_easy: bool
    is_long: bool


def measure(sheet: Sheet) -> Reading:
    """The measure of all sentences of the sheet that stand in its language."""
    texts = [line.text for part in sheet.parts for line in part.lines if line.language == sheet.language]
    told = [sentence for text in texts for sentence in sentences(text)]
    longest = max(told, key=lambda sentence: len(sentence.split()), default="")
    grade = _korean_grade(texts) if sheet.language == "ko" else _flesch_kincaid(told)
    words = len(longest.split())
    return Reading(
        grade=grade,
        sentences=len(told),
        longest=longest,
        longest_words=words,
        difficult=_difficult(texts) if sheet.language == "ko" else (),
        is_easy=grade is not None and grade <= _EASY_GRADE,
        is_long=words >= _LONG[sheet.language],
    )


def _sections(texts: Iterable[str]) -> tuple[Section, ...]:
    return (Section(code="", title="", statements=tuple(Statement(id="", text=text) for text in texts)),)


def _korean_grade(texts: list[str]) -> float | None:
    return readability(_sections(texts)).grade


def _difficult(texts: list[str]) -> tuple[Difficult, ...]:
    known = lay_terms()
    return tuple(
        Difficult(term, known[term].plain or known[term].note) for term in readability(_sections(texts)).difficult_terms
    )


def _flesch_kincaid(told: list[str]) -> float | None:
    """0.39 × words a sentence + 11.8 × syllables a word − 15.59 (Kincaid and others, 1975), no less than 1."""
    words = [word for sentence in told for word in _WORD.findall(sentence)]
    if not words:
        return None
    syllables = sum(map(_syllables, words))
    return round(max(1.0, 0.39 * len(words) / len(told) + 11.8 * syllables / len(words) - 15.59), 1)


def _syllables(word: str) -> int:
    lower = word.lower()
    count = len(_VOWELS.findall(lower))
    silent = lower.endswith("e") and not lower.endswith("le") and count > 1
    return max(1, count - silent)
