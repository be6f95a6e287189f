"""Finds the lexicon's terms in an utterance: nouns and abbreviations as words, predicates by their lemmas."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

import ahocorasick

from scribe.drafting import lexicon
from scribe.drafting.fuzzy import AS_MEDICINE, FEWEST_SYLLABLES, Guess, HeardIndex
from scribe.drafting.lexicon import AnyRow, Table
from scribe.drafting.morphology import Analyser, Morpheme
from scribe.drafting.predicates import Match, PhraseBook
from scribe.drafting.terminology.finding import find_names
from scribe.drafting.terminology.records import Source
from scribe.drafting.terminology.rows import rows_named
from scribe.drafting.terminology.store import HospitalTerms, in_use
from scribe.drafting.words import folded, is_split, is_word, read_aloud, squeeze, whole_words

How = Literal["exact", "predicate", "fuzzy"]

_MEDICINES = frozenset({Table.MEDICINES})
_FEWEST_SYLLABLES_OF_OTHERS = 4  # shorter names of diseases and symptoms sound like words of every day
_FUZZY = frozenset({Table.MEDICINES, Table.DIAGNOSES, Table.TESTS, Table.PROCEDURES, Table.SYMPTOMS})


@dataclass(frozen=True, slots=True)
class Mention:
    """A term of the lexicon in a text.

    ``start`` and ``end`` are code points of the text, for a predicate from its first content word to its
    last ending with any negation; ``form`` is the lexicon's surface or phrase that was found; ``nested``
    that the mention lies inside a longer one ("혈압" in "혈압약"); ``negated`` that a predicate is negated
    within its own clause ("숨이 안 차요").  ``score`` is 1 unless ``how`` is "fuzzy".
    """

    row: AnyRow
    start: int
    end: int
    surface: str
    form: str
    how: How
    score: float = 1.0
    nested: bool = False
    negated: bool = False

    @property
    def table(self) -> Table:
        return self.row.table


class TermIndex:
    """All terms of the bundled lexicons and of a hospital's own; make it with ``load``."""

    hospital: HospitalTerms | None = None

    def __init__(self, rows: Sequence[AnyRow]) -> None:
        self._rows = {(row.table, row.term): row for row in rows}
        self._nouns: defaultdict[str, list[tuple[AnyRow, str]]] = defaultdict(list)
        self._phrases: defaultdict[str, list[AnyRow]] = defaultdict(list)
        for row in rows:
            for noun in dict.fromkeys(row.nouns):
                self._nouns[folded(noun)].append((row, noun))
            for phrase in row.phrases:
                self._phrases[phrase].append(row)
        self._add_readings()
        self.analyser = Analyser(whole_words(noun for entries in self._nouns.values() for _, noun in entries))
        self._book = PhraseBook(self.analyser, self._phrases, lexicon.phrase_keys())
        self._automaton = ahocorasick.Automaton()
        for key in self._nouns:
            self._automaton.add_word(key, key)
        self._automaton.make_automaton()

    def _add_readings(self) -> None:
        """Abbreviations as they are read aloud, where no row has the reading for something else."""
        listed = set(self._nouns)
        entries = [entry for found in self._nouns.values() for entry in found]
        for row, noun in entries:
            for reading in read_aloud(noun):
                if reading not in listed:
                    self._nouns[reading].append((row, reading))

    @staticmethod
    def load(extra: tuple[AnyRow, ...] = ()) -> "TermIndex":
        """The bundled lexicons with ``extra`` rows, which replace bundled rows of the same table and term.

        The terms of the hospital that are in use (``terminology.use``) stand over both.
        """
        return _index_of(extra, in_use())

    def morphemes(self, text: str) -> tuple[Morpheme, ...]:
        """The morphemes of ``text`` by the analyser that knows the lexicon's words (cached)."""
        return self.analyser.morphemes(text)

    def find(self, text: str, *, fuzzy: bool = False) -> list[Mention]:
        """The mentions in ``text`` (NFC), in order of their start.

        Within a table the longest match wins; mentions of different tables may overlap.  With ``fuzzy``,
        words that no other mention covers are also matched by sound.
        """
        found = [*self._find_nouns(text), *self._find_phrases(text)]
        if self.hospital is not None:
            found = list(self._with_hospital(self.hospital, text, found))
        if fuzzy:
            found += self._find_sounds(text, found)
        kept = _longest_in_table(found)
        return sorted(_mark_nested(kept), key=lambda mention: (mention.start, -mention.end, mention.table))

    def misheard_medicines(self, text: str) -> list[Mention]:
        """Guesses at the medicines that a recogniser wrote otherwise ("아세트와 민호펜"), each for the physician to
        confirm."""
        return [mention for guess in self._heard_in(text, self._medicines) for mention in self._guessed(text, guess)]

    def misheard_names(self, text: str) -> list[Mention]:
        """Guesses at diseases, symptoms, tests and procedures that were written otherwise ("감상선 기능 저하증"), each
        for the physician to confirm."""
        return [mention for guess in self._heard_in(text, self._others) for mention in self._guessed(text, guess)]

    def _heard_in(self, text: str, index: HeardIndex) -> list[Guess]:
        unknown = [(here.start, here.end) for here in self.morphemes(text) if not here.is_known]

        def is_unknown(start: int, end: int) -> bool:
            return any(first < end and start < last for first, last in unknown)

        def is_medicine(start: int, end: int) -> bool:
            del start
            return index is self._medicines and bool(AS_MEDICINE.match(text, end))

        return index.find(text, is_unknown, is_medicine)

    def _guessed(self, text: str, guess: Guess) -> Iterator[Mention]:
        """The first row of each table that the guessed word names."""
        rows = {row.table: row for row, _ in reversed(self._nouns.get(folded(guess.word), [])) if row.table in _FUZZY}
        if self.hospital is not None:
            rows |= {row.table: row for row, _ in rows_named(self.hospital, folded(guess.word), self._row)}
        surface = text[guess.start : guess.end]
        for row in rows.values():
            yield Mention(row, guess.start, guess.end, surface, guess.word, "fuzzy", guess.score)

    def cues(self, text: str, phrases: tuple[str, ...]) -> list[Match]:
        """Where any of ``phrases`` (dictionary form: "깨끗하다", "수포음이 들리다") occur in ``text``."""
        return _cue_book(self, phrases).find(text)

    def _find_nouns(self, text: str) -> list["_Found"]:
        squeezed, origin = squeeze(text)
        morphemes = self.morphemes(text)
        starts = {morpheme.start: morpheme for morpheme in reversed(morphemes)}
        ends = {morpheme.end: morpheme for morpheme in morphemes}
        found = []
        for last, key in self._automaton.iter(squeezed):
            start, end = origin[last - len(key) + 1], origin[last] + 1
            surface = text[start:end]
            if not is_word(text, start, end, starts, ends) or is_split(key, surface):
                continue
            for row, noun in self._nouns[key]:
                found.append(_Found(Mention(row, start, end, surface, noun, "exact"), ((start, end),)))
        return found

    def _with_hospital(self, hospital: HospitalTerms, text: str, found: Sequence["_Found"]) -> Iterator["_Found"]:
        """What was found, under the hospital's names and codes, and the names that only the hospital has."""
        taken = set()
        for one in found:
            taken.add((one.mention.table, one.parts))
            yield _Found(self._hospitals(hospital, one.mention), one.parts) if one.mention.how == "exact" else one
        for hit in find_names(hospital, text, *squeeze(text)):
            parts = ((hit.start, hit.end),)
            for row, name in rows_named(hospital, hit.key, self._row):
                if (row.table, parts) not in taken:
                    yield _Found(Mention(row, hit.start, hit.end, text[hit.start : hit.end], name, "exact"), parts)

    def _hospitals(self, hospital: HospitalTerms, mention: Mention) -> Mention:
        rows = rows_named(hospital, folded(mention.surface), self._row)
        return next((replace(mention, row=row) for row, _ in rows if row.table is mention.table), mention)

    def _row(self, table: Table, term: str) -> AnyRow | None:
        return self._rows.get((table, term))

    def _find_sounds(self, text: str, found: Sequence["_Found"]) -> Iterator["_Found"]:
        for mention in (*self.misheard_medicines(text), *self.misheard_names(text)):
            if not any(f.mention.start < mention.end and mention.start < f.mention.end for f in found):
                yield _Found(mention, ((mention.start, mention.end),))

    @cached_property
    def _medicines(self) -> HeardIndex:
        """Ours, and those of the hospital's formulary: a national master's have too many neighbours to guess at."""
        own = self.hospital.spoken_of(Source.FORMULARY) if self.hospital is not None else ()
        names = {name.replace(" ", ""): term for name, term in own}
        return HeardIndex(dict(self._meanings(_MEDICINES, FEWEST_SYLLABLES)) | names)

    @cached_property
    def _others(self) -> HeardIndex:
        return HeardIndex(dict(self._meanings(_FUZZY - _MEDICINES, _FEWEST_SYLLABLES_OF_OTHERS)))

    def _meanings(self, tables: frozenset[Table], fewest: int) -> Iterator[tuple[str, str]]:
        for entries in self._nouns.values():
            for row, noun in entries:
                if row.table in tables and len(noun) >= fewest:
                    yield noun.replace(" ", ""), row.term

    def _find_phrases(self, text: str) -> list["_Found"]:
        found = []
        for match in self._book.find(text):
            surface = text[match.start : match.end]
            for row in self._phrases[match.phrase]:
                mention = Mention(
                    row, match.start, match.end, surface, match.phrase, "predicate", negated=match.negated
                )
                found.append(_Found(mention, match.parts))
        return found


@dataclass(frozen=True, slots=True)
class _Found:
    mention: Mention
    parts: tuple[tuple[int, int], ...]

    def length(self) -> int:
        return sum(end - start for start, end in self.parts)

    def covers(self, other: "_Found") -> bool:
        """Whether every part of ``other`` lies in a part of this one, or in its noun phrase."""
        return all(any(s <= start and end <= e for s, e in self.parts) for start, end in other.parts)


@lru_cache(maxsize=4)
def _ours(extra: tuple[AnyRow, ...]) -> TermIndex:
    rows = {(row.table, row.term): row for row in (*lexicon.all_rows(), *extra)}
    return TermIndex(tuple(rows.values()))


@lru_cache(maxsize=4)
def _index_of(extra: tuple[AnyRow, ...], hospital: HospitalTerms | None) -> TermIndex:
    index = copy(_ours(extra))
    index.hospital = hospital
    index.__dict__.pop("_medicines", None)
    return index


@lru_cache(maxsize=512)
def _cue_book(index: TermIndex, phrases: tuple[str, ...]) -> PhraseBook:
    return PhraseBook(index.analyser, phrases, lexicon.phrase_keys())


def _longest_in_table(found: list[_Found]) -> list[Mention]:
    """Drops a mention that a better one of the same table makes needless.

    That is one whose words are all part of a longer one, or which shares a word with one of the same row;
    of equally long ones the closer together is better.
    """
    kept: list[_Found] = []
    for candidate in sorted(found, key=lambda f: (-f.length(), f.mention.end - f.mention.start, f.mention.start)):
        if not any(_makes_needless(better, candidate) for better in kept):
            kept.append(candidate)
    return [k.mention for k in kept]


def _makes_needless(better: _Found, other: _Found) -> bool:
    if better.mention.row == other.mention.row:
        return better.covers(other) or not set(better.parts).isdisjoint(other.parts)
    same_table = better.mention.table is other.mention.table
    return same_table and better.covers(other) and better.length() > other.length()


def _mark_nested(mentions: list[Mention]) -> list[Mention]:
    exact = [m for m in mentions if m.how == "exact"]
    marked = []
    for mention in mentions:
        size = mention.end - mention.start
        inside = any(o.start <= mention.start and mention.end <= o.end and o.end - o.start > size for o in exact)
        marked.append(replace(mention, nested=True) if inside else mention)
    return marked
