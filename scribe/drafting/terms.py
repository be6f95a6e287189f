"""Finds the lexicon's terms in an utterance: nouns and abbreviations as words, predicates by their lemmas."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import ahocorasick

from scribe.drafting import lexicon
from scribe.drafting.fuzzy import HeardIndex, SoundIndex
from scribe.drafting.lexicon import AnyRow, Table
from scribe.drafting.morphology import ENDINGS, PARTICLES, VERBAL, Analyser, Morpheme
from scribe.drafting.predicates import Match, PhraseBook

How = Literal["exact", "predicate", "fuzzy"]

_FUZZY = frozenset({Table.MEDICINES, Table.DIAGNOSES, Table.TESTS, Table.PROCEDURES, Table.SYMPTOMS})
_UNSPOKEN = frozenset(" \t\n\u00a0-‐‑·")
_COUNTERS = frozenset("배")  # "세 배로 늘었어요"
_NUMERAL_BEFORE = re.compile(r"(한|두|세|네|몇|[일이삼사오육칠팔구십백]|\d)\s+$")
_CLEAR_PARTICLES = frozenset({"이", "가", "은", "는", "을", "를", "도", "만"})
_RUNS = """이 가 은 는 을 를 도 만 에 의 로 랑 와 과 나 요 으로 이나 이랑 하고 에서 에는 에도 까지 부터 마다 처럼 보다
이요 은요 는요 도요 만요 이고 이에요 예요 입니다 인데 인데요 이라 라고 이라고 이랑은 하고는 이나요 인가 인가요
이죠 죠 이네요 네요 이신 이세요 이란 란 이었 이었어요 였어요 같은 때문에 씨 님"""
_PARTICLE_RUNS = frozenset(_RUNS.split())
_NO_NOUNS = VERBAL | PARTICLES | ENDINGS | {"MAG", "MAJ", "IC", "NP"}
_OTHER_WORD_SUFFIXES = frozenset("염암증균통술과병계기제막액관선골력학률법")


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
    """All terms of the bundled lexicons and of a hospital's own rows; make it with ``load``."""

    def __init__(self, rows: Sequence[AnyRow]) -> None:
        self._nouns: defaultdict[str, list[tuple[AnyRow, str]]] = defaultdict(list)
        self._phrases: defaultdict[str, list[AnyRow]] = defaultdict(list)
        for row in rows:
            for noun in dict.fromkeys(row.nouns):
                self._nouns[_squeeze(noun)[0]].append((row, noun))
            for phrase in row.phrases:
                self._phrases[phrase].append(row)
        self.analyser = Analyser(whole_words(noun for entries in self._nouns.values() for _, noun in entries))
        self._book = PhraseBook(self.analyser, self._phrases, lexicon.phrase_keys())
        self._automaton = ahocorasick.Automaton()
        for key in self._nouns:
            self._automaton.add_word(key, key)
        self._automaton.make_automaton()

    @staticmethod
    @lru_cache(maxsize=4)
    def load(extra: tuple[AnyRow, ...] = ()) -> "TermIndex":
        """The bundled lexicons with ``extra`` rows, which replace bundled rows of the same table and term."""
        rows = {(row.table, row.term): row for row in (*lexicon.all_rows(), *extra)}
        return TermIndex(tuple(rows.values()))

    def morphemes(self, text: str) -> tuple[Morpheme, ...]:
        """The morphemes of ``text`` by the analyser that knows the lexicon's words (cached)."""
        return self.analyser.morphemes(text)

    def find(self, text: str, *, fuzzy: bool = False) -> list[Mention]:
        """The mentions in ``text`` (NFC), in order of their start.

        Within a table the longest match wins; mentions of different tables may overlap.  With ``fuzzy``,
        words that no other mention covers are also matched by sound.
        """
        found = [*self._find_nouns(text), *self._find_phrases(text)]
        if fuzzy:
            found += self._find_sounds(text, found)
        kept = _longest_in_table(found)
        return sorted(_mark_nested(kept), key=lambda mention: (mention.start, -mention.end, mention.table))

    def misheard_medicines(self, text: str) -> list[Mention]:
        """Guesses at the medicines that a recogniser wrote otherwise ("아세트와 민호펜"), each for the physician to
        confirm."""
        guesses: list[Mention] = []
        for guess in self._heard.find(text):
            rows = [row for row, noun in self._nouns[_squeeze(guess.word)[0]] if row.table is Table.MEDICINES]
            surface = text[guess.start : guess.end]
            guesses += [
                Mention(row, guess.start, guess.end, surface, guess.word, "fuzzy", guess.score) for row in rows[:1]
            ]
        return guesses

    def cues(self, text: str, phrases: tuple[str, ...]) -> list[Match]:
        """Where any of ``phrases`` (dictionary form: "깨끗하다", "수포음이 들리다") occur in ``text``."""
        return _cue_book(self, phrases).find(text)

    def _find_nouns(self, text: str) -> list["_Found"]:
        squeezed, origin = _squeeze(text)
        morphemes = self.morphemes(text)
        starts = {morpheme.start: morpheme for morpheme in reversed(morphemes)}
        ends = {morpheme.end: morpheme for morpheme in morphemes}
        found = []
        for last, key in self._automaton.iter(squeezed):
            start, end = origin[last - len(key) + 1], origin[last] + 1
            surface = text[start:end]
            if not _is_word(text, start, end, starts, ends) or _is_split(key, surface):
                continue
            for row, noun in self._nouns[key]:
                found.append(_Found(Mention(row, start, end, surface, noun, "exact"), ((start, end),)))
        return found

    def _find_sounds(self, text: str, found: Sequence["_Found"]) -> list["_Found"]:
        guesses = []
        for guess in self._sounds.find(text):
            if any(f.mention.start < guess.end and guess.start < f.mention.end for f in found):
                continue
            surface = text[guess.start : guess.end]
            for row, noun in self._nouns[_squeeze(guess.word)[0]]:
                mention = Mention(row, guess.start, guess.end, surface, noun, "fuzzy", guess.score)
                guesses.append(_Found(mention, ((guess.start, guess.end),)))
        return guesses

    @cached_property
    def _sounds(self) -> SoundIndex:
        return SoundIndex(noun for entries in self._nouns.values() for row, noun in entries if row.table in _FUZZY)

    @cached_property
    def _heard(self) -> HeardIndex:
        medicines = ((noun, row) for entries in self._nouns.values() for row, noun in entries)
        return HeardIndex({noun: row.term for noun, row in medicines if row.table is Table.MEDICINES})

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


@lru_cache(maxsize=512)
def _cue_book(index: TermIndex, phrases: tuple[str, ...]) -> PhraseBook:
    return PhraseBook(index.analyser, phrases, lexicon.phrase_keys())


def _squeeze(text: str) -> tuple[str, list[int]]:
    """``text`` in lower case without spaces and hyphens, and the place of each character in ``text``."""
    kept = [(char.lower(), i) for i, char in enumerate(text) if char not in _UNSPOKEN]
    kept = [(char if len(char) == 1 else original, i) for char, i in kept for original in (text[i],)]
    return "".join(char for char, _ in kept), [i for _, i in kept]


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def whole_words(nouns: Iterable[str]) -> list[str]:
    """Nouns that the analyser must not cut: Hangul without spaces, two syllables or more."""
    return [noun for noun in nouns if len(noun) > 1 and all(map(_is_hangul, noun))]


def _is_word(text: str, start: int, end: int, starts: dict[int, Morpheme], ends: dict[int, Morpheme]) -> bool:
    if end - start == 1:
        return _is_lone_syllable(text, start, starts)
    here = starts.get(start)
    if here is not None and here.end == end and here.tag in _NO_NOUNS:
        return False
    return _starts_word(text, start, starts, ends) and _ends_word(text, end, starts, ends)


def _is_lone_syllable(text: str, start: int, starts: dict[int, Morpheme]) -> bool:
    """배, 눈, 열 and the like are words only where the analyser says noun or a clear particle follows."""
    if start and (_is_hangul(text[start - 1]) or _is_latin(text[start - 1])):
        return False
    if text[start] in _COUNTERS and _NUMERAL_BEFORE.search(text[:start]):
        return False
    here = starts.get(start)
    if here is not None and here.end == start + 1 and here.tag in ("NNG", "NNP"):
        return True
    after = text[start + 1 : start + 3]
    return after[:1] in _CLEAR_PARTICLES and not (len(after) > 1 and _is_hangul(after[1]))


def _starts_word(text: str, start: int, starts: dict[int, Morpheme], ends: dict[int, Morpheme]) -> bool:
    if start == 0:
        return True
    before, here = text[start - 1], text[start]
    if _is_latin(here):
        return not _is_latin(before)
    if not _is_hangul(before):
        return True
    previous = ends.get(start)
    if start not in starts or previous is None:
        return False
    if previous.tag in ("NNG", "NNP", "XR"):
        return previous.end - previous.start > 1
    return previous.tag != "XPN"


def _ends_word(text: str, end: int, starts: dict[int, Morpheme], ends: dict[int, Morpheme]) -> bool:
    if end == len(text):
        return True
    if _is_latin(text[end - 1]):
        return not _is_latin(text[end])
    if not _is_hangul(text[end]) or _hangul_run(text, end) in _PARTICLE_RUNS:
        return True
    following = starts.get(end)
    if end not in ends or following is None:
        return False
    is_noun = following.tag in ("NNG", "NNP", "XSN", "NNB")
    return not (is_noun and following.form in _OTHER_WORD_SUFFIXES)


def _hangul_run(text: str, start: int) -> str:
    end = start
    while end < len(text) and _is_hangul(text[end]):
        end += 1
    return text[start:end]


def _is_split(key: str, surface: str) -> bool:
    """Whether a word of two syllables is only put together across a space ("약 두 통")."""
    return len(key) <= 2 and len(surface) > len(key)


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
        marked.append(_nest(mention) if inside else mention)
    return marked


def _nest(m: Mention) -> Mention:
    return Mention(m.row, m.start, m.end, m.surface, m.form, m.how, m.score, True, m.negated)
