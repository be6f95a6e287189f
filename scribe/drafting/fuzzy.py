"""Misrecognised words ("노바스끄", "메트폴민") matched to the lexicon by Hangul jamo.

A match is a guess: it carries its score and must be shown to the physician, never taken over in silence.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

MOST_DISTANCE = 0.25  # normalised Levenshtein distance over jamo
FEWEST_SYLLABLES = 3  # two-syllable words have too many neighbours
_TRAILING_PARTICLES = (
    *("이에요", "에서", "이나", "이랑", "하고", "까지", "부터", "은요", "는요"),
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
