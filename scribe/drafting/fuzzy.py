"""Misrecognised words ("노바스끄", "메트폴민") matched to the lexicon by Hangul jamo.

A match is a guess: it carries its score and must be shown to the physician, never taken over in silence.
"""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

MOST_DISTANCE = 0.25  # normalised Levenshtein distance over jamo
FEWEST_SYLLABLES = 3  # two-syllable words have too many neighbours
FEWEST_SYLLABLES_HEARD = 4
MOST_DISTANCE_HEARD = (
    0.2  # over sounds: "아세트와 민호펜" is 0.15 from 아세트아미노펜, "팩소펜아닌" 0.17 from 펙소페나딘
)
_MARGIN = 0.08  # to the next word of another meaning
_TRAILING_PARTICLES = (
    *("이라고", "라고", "으로", "이에요", "에서", "이나", "이랑", "하고", "까지", "부터", "은요", "는요"),
    *("은", "는", "이", "가", "을", "를", "도", "만", "랑", "와", "과", "요", "에", "로"),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """``surface`` of the text (code points ``start`` to ``end``) sounds like ``word``; ``score`` is 0.75 to 1."""

    word: str
    start: int
    end: int
    score: float


class SoundIndex:
    """The words that fuzzy matching may propose; shorter ones are left out."""

    def __init__(self, words: Iterable[str]) -> None:
        long_enough = (word for word in dict.fromkeys(words) if len(word) >= FEWEST_SYLLABLES)
        self._words = [word for word in long_enough if all("가" <= char <= "힣" for char in word)]
        self._sounds = [jamo(word) for word in self._words]

    def find(self, text: str) -> Iterator[Guess]:
        """The nearest word for each stretch of Hangul that is near enough to one, without equal ones."""
        for start, stretch in _stretches(text):
            guess = max((self._guess(start, form) for form in _forms(stretch)), key=_score, default=None)
            if guess is not None and guess.score < 1:
                yield guess

    def _guess(self, start: int, form: str) -> Guess | None:
        best = process.extractOne(
            jamo(form),
            self._sounds,
            scorer=Levenshtein.normalized_distance,
            processor=None,
            score_cutoff=MOST_DISTANCE,
        )
        if best is None:
            return None
        return Guess(self._words[best[2]], start, start + len(form), 1 - best[1])


class HeardIndex:
    """Long words (four syllables and more) as a recogniser breaks them: misheard, and cut by one space.

    ``words`` maps each word to what it means; a stretch that is as near to a word of another meaning gives no guess.
    """

    def __init__(self, words: Mapping[str, Hashable]) -> None:
        spoken = [word for word in words if len(word) >= FEWEST_SYLLABLES_HEARD and _is_spoken(word)]
        self._meaning = words
        self._by_first: dict[str, list[str]] = {}
        for word in spoken:
            self._by_first.setdefault(_first(sounds(word)), []).append(word)
        self._sounds = {first: [sounds(word) for word in found] for first, found in self._by_first.items()}

    def find(self, text: str) -> list[Guess]:
        """The guesses, the nearest first of those that overlap; exact words are none."""
        words = [match.span() for match in _WORD.finditer(text)]
        spans = [*words, *((a, d) for (a, b), (c, d) in pairwise(words) if text[b:c] == " ")]
        guesses = [guess for start, end in spans for guess in self._guesses(text, start, end)]
        kept: list[Guess] = []
        for guess in sorted(guesses, key=lambda guess: -guess.score):
            if not any(guess.start < other.end and other.start < guess.end for other in kept):
                kept.append(guess)
        return [guess for guess in kept if guess.score < 1]

    def _guesses(self, text: str, start: int, end: int) -> Iterator[Guess]:
        for form in _heard_forms(text[start:end]):
            spoken = sounds(form)
            first = _first(spoken)
            near = process.extract(
                spoken,
                self._sounds.get(first, ()),
                scorer=Levenshtein.normalized_distance,
                processor=None,
                score_cutoff=MOST_DISTANCE_HEARD,
                limit=5,
            )
            if not near:
                continue
            word = self._by_first[first][near[0][2]]
            others = [n for n in near if self._meaning[self._by_first[first][n[2]]] != self._meaning[word]]
            if not others or others[0][1] - near[0][1] >= _MARGIN:
                yield Guess(word, start, start + len(form), 1 - near[0][1])


_WORD = re.compile("[가-힣]+")
_SILENT = "ᄋ"
# final consonants as the initial ones that sound the same
_AS_INITIAL = {chr(final): initial for final, initial in zip(
    (0x11A8, 0x11AB, 0x11AE, 0x11AF, 0x11B7, 0x11B8, 0x11BA, 0x11BD, 0x11BE, 0x11BF, 0x11C0, 0x11C1, 0x11C2),
    "ᄀᄂᄃᄅᄆᄇᄉᄌᄎᄏᄐᄑᄒ", strict=True)}  # fmt: skip


def sounds(text: str) -> str:
    """The consonants and vowels as heard: a final one like an initial one, without spaces and silent ㅇ."""
    return "".join(_AS_INITIAL.get(char, char) for char in jamo(text) if char not in (" ", _SILENT))


def _first(spoken: str) -> str:
    """Alike for ㄱ ㅋ ㄲ and so on, which recognisers confuse; vowels at the start are one class."""
    for alike in ("ᄀᄏᄁ", "ᄃᄐᄄ", "ᄇᄑᄈ", "ᄌᄎᄍ", "ᄉᄊ"):
        if spoken[:1] in alike:
            return alike
    return spoken[:1] if "ᄀ" <= spoken[:1] <= "ᄒ" else ""


def _heard_forms(stretch: str) -> Iterator[str]:
    for form in (stretch, *(stretch.removesuffix(p) for p in _TRAILING_PARTICLES if stretch.endswith(p))):
        if len(form.replace(" ", "")) >= FEWEST_SYLLABLES_HEARD:
            yield form


def _is_spoken(word: str) -> bool:
    return all("가" <= char <= "힣" for char in word)


def jamo(text: str) -> str:
    """The consonants and vowels that make up ``text``."""
    return unicodedata.normalize("NFD", text)


def _score(guess: Guess | None) -> float:
    return guess.score if guess else 0.0


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in range(len(text) + 1):
        if end == len(text) or not "가" <= text[end] <= "힣":
            if end - start >= FEWEST_SYLLABLES:
                yield start, text[start:end]
            start = end + 1


def _forms(stretch: str) -> Iterator[str]:
    yield stretch
    for particle in _TRAILING_PARTICLES:
        stem = stretch.removesuffix(particle)
        if stem != stretch and len(stem) >= FEWEST_SYLLABLES:
            yield stem
