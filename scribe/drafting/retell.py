"""A signed patient summary told in the other language: from the signed entries, never by translating sentences.

A sentence is told anew only where the same entries compose, word for word, the sentence that was signed.  What a
physician wrote in their own words stays as it is and is marked, for the reader to see and for the physician to approve.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import get_args

from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.entries import Advice, Diagnosis, Entry, MedicationOrder, ReturnPrecaution
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary
from scribe.drafting import english_summary, patient_words
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.grid import medicine
from scribe.drafting.lines import Reader, What
from scribe.drafting.patient import CHILD_YEARS
from scribe.drafting.readability import readability
from scribe.drafting.written import written


@dataclass(frozen=True, slots=True)
class _Writer:
    titles: Mapping[str, str]
    sentence: Callable[[What, Sequence[Entry], Reader], str]
    notice: Callable[[Practitioner | None], str]


_WRITERS = {
    "ko": _Writer(patient_words.TITLES, patient_words.sentence, patient_words.notice),
    "en": _Writer(english_summary.TITLES, english_summary.sentence, english_summary.notice),
}
_AS_SAID = re.compile(r"\s*\([^()]*\)$")
"""The patient's own words behind the name of a signed entry; the sentences are composed without them."""
_KINDS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """``summary`` in the language asked for; ``untold`` are the ids of the statements, and the entries of the rows of
    the medicine grid, that stand in it as they were signed, in ``original``."""

    summary: PatientSummary
    original: str
    untold: frozenset[str]


@cache
def prepare() -> None:
    """Load the lexicons that telling needs: seconds the first time, nothing afterwards.

    Who is to retell where others wait, as within a transaction, calls this before.
    """
    reader = Reader(is_child=False)
    samples: tuple[tuple[What, Entry], ...] = (
        ("advice", Advice(id="", name="물을 자주 드시기", evidence=())),
        ("warning", ReturnPrecaution(id="", name="숨이 차면 즉시 내원", evidence=())),
        ("diagnosis", Diagnosis(id="", name="고혈압", certainty="confirmed", evidence=())),
        ("medicine", MedicationOrder(id="", name="아세트아미노펜", action="start", evidence=())),
    )
    for writer in _WRITERS.values():
        for what, entry in samples:
            writer.sentence(what, (entry,), reader)


def retell(summary: PatientSummary, entries: Sequence[Entry], encounter: Encounter, language: str) -> Retold:
    """``summary`` in ``language``: the same statements (ids, entries, evidence, support) and rows.

    The same language gives the summary itself.  Raises UnknownLanguageError for another than "ko" and "en".
    """
    if language not in _WRITERS or summary.language not in _WRITERS:
        raise UnknownLanguageError(language=language if language not in _WRITERS else summary.language)
    if language == summary.language:
        return Retold(summary=summary, original=language, untold=frozenset())
    teller = _Teller(summary.language, language, entries, _reader(encounter))
    sections = tuple(map(teller.section, summary.sections))
    rows = tuple(map(teller.row, summary.medicines))
    notice = _WRITERS[language].notice(encounter.practitioner)
    told = replace(
        summary,
        language=language,
        sections=sections,
        medicines=rows,
        readability=readability(sections) if language == "ko" else None,
        notice=notice if summary.notice is not None else None,
    )
    return Retold(summary=told, original=summary.language, untold=frozenset(teller.untold))


def _reader(encounter: Encounter) -> Reader:
    patient = encounter.patient
    is_child = patient is not None and patient.age_on(encounter.start.date()) < CHILD_YEARS
    return Reader(is_child=is_child, setting=encounter.setting)


class _Teller:
    """Finds what a signed sentence was composed as, and says the same in the other language."""

    def __init__(self, original: str, language: str, entries: Sequence[Entry], reader: Reader) -> None:
        self._original, self._language = _WRITERS[original], _WRITERS[language]
        self._to_english = language == "en"
        self._entries = {entry.id: entry for entry in entries}
        plain = written(entries)
        self._readings = (
            {entry.id: replace(entry, name=_AS_SAID.sub("", entry.name)) for entry in plain},
            {entry.id: entry for entry in plain},
            self._entries,
        )
        self._reader = reader
        self.untold: set[str] = set()

    def section(self, section: Section) -> Section:
        title = self._language.titles.get(section.code)
        return replace(
            section, title=title or section.title, statements=tuple(map(self._statement, section.statements))
        )

    def row(self, row: Medicine) -> Medicine:
        """The row of the grid, where the order still gives the row that was signed."""
        order = self._entries.get(row.entry)
        if isinstance(order, MedicationOrder):
            for is_confirmed in (True, False):
                korean = medicine(order, is_confirmed=is_confirmed)
                if korean is None:
                    continue
                english = english_summary.medicine_row(korean)
                signed, told = (korean, english) if self._to_english else (english, korean)
                if signed == row:
                    return told
        self.untold.add(row.entry)
        return row

    def _statement(self, statement: Statement) -> Statement:
        found = self._composed_as(statement)
        if found is None:
            self.untold.add(statement.id)
            return statement
        return replace(statement, text=self._language.sentence(*found, self._reader))

    def _composed_as(self, statement: Statement) -> tuple[What, tuple[Entry, ...]] | None:
        for told in self._candidates(statement):
            for what in _KINDS:
                if self._says(what, told) == statement.text and self._language.sentence(what, told, self._reader):
                    return what, told
        return None

    def _candidates(self, statement: Statement) -> Iterator[tuple[Entry, ...]]:
        """The entries the sentence may name: all it rests on, or the first few where lines that say the same were
        joined into it."""
        for entries in self._readings:
            known = tuple(entries[name] for name in statement.entries if name in entries)
            for count in range(len(known), 0, -1):
                yield known[:count]

    def _says(self, what: What, told: tuple[Entry, ...]) -> str:
        return self._original.sentence(what, told, self._reader)
