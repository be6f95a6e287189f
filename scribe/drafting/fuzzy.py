"""Misrecognised words ("노바스끄", "메트폴민", "아세트와 민호펜") matched to the lexicon by their sound.

A match is a guess: it carries its score and must be shown to the physician, never taken over in silence.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from scribe.drafting.phonetics import spelled

FEWEST_SYLLABLES = 3  # two-syllable words have too many neighbours
# the largest normalised distance of the sounds by the word's syllables: of a word that nobody knows, and of stretches
# whose every word is known ("민호펜" is none, "아닌" is).  By rule-made mishearings of all medicine names against
# ordinary sentences: see docs/terminology.md
_UNKNOWN = {3: 0.1, 4: 0.17, 5: 0.2}
_KNOWN = {3: 0.0, 4: 0.09, 5: 0.15}
# where a dose, a form or taking follows at once
_UNKNOWN_AS_MEDICINE = {3: 0.15, 4: 0.17, 5: 0.2}
_KNOWN_AS_MEDICINE = {3: 0.09, 4: 0.13, 5: 0.16}
_LIMITS = {
    (True, False): _UNKNOWN,
    (False, False): _KNOWN,
    (True, True): _UNKNOWN_AS_MEDICINE,
    (False, True): _KNOWN_AS_MEDICINE,
}
_LONG = 5
_MARGIN = 0.035  # to the next word of another meaning: half a sound in seven
_NEAREST = 8
_TRAILING = (
    *(
        "이라고",
        "라고",
        "으로",
        "이에요",
        "에서",
        "이나",
        "이랑",
        "하고",
        "까지",
        "부터",
        "은요",
        "는요",
        "이요",
        "이죠",
    ),
    *("은", "는", "이", "가", "을", "를", "도", "만", "랑", "와", "과", "요", "에", "로", "정", "캡슐", "시럽", "약"),
)
_WORD = re.compile("[가-힣]+")
AS_MEDICINE = re.compile(
    r"(?:정|캡슐|시럽|연고|크림|패치|주사|약)?(?:[을를은는도이가요]|하고|이?랑)?\s*"
    r"(?:(?:하루|매일|아침|저녁|자기 전|식후|식전)[가-힣]*\s)?"
    r"(?:[\d영공일이삼사오육칠팔구십백천만점반./]+\s?(?:밀리|미리|mg|그[램람]|마이크로|단위|퍼센트|%|씨씨|정|알|캡슐|포)|"
    r"(?:한|두|세|반|네)\s?(?:알|정|캡슐|포|번)|먹|드시|드세|드셔|드릴|복용|처방|바르|발라|맞으|맞고|추가|시작|"
    r"증량|감량|끊|늘리|줄이)"
)
"""What follows a medicine: its form, a dose, how often it is taken, that it is taken, ordered, changed or stopped."""


@dataclass(frozen=True, slots=True)
class Guess:
    """``word`` is what the text at code points ``start`` to ``end`` sounds like; ``score`` is 0.78 to 1 (the same)."""

    word: str
    start: int
    end: int
    score: float


Asked = Callable[[int, int], bool]
"""A question about a stretch of the text: whether it holds a word that neither Korean nor the lexicon has, whether what
follows speaks of a medicine."""


def _never(start: int, end: int) -> bool:
    del start, end
    return False


class HeardIndex:
    """Words (three syllables and more) as a recogniser writes them: misheard, or cut by a space or two.

    ``words`` maps each word to what it means; a stretch that is as near to a word of another meaning gives no guess.
    """

    def __init__(self, words: Mapping[str, Hashable]) -> None:
        self._meaning = {
            word: meaning for word, meaning in words.items() if len(word) >= FEWEST_SYLLABLES and _WORD.fullmatch(word)
        }
        self._words: defaultdict[str, list[str]] = defaultdict(list)
        self._sounds: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._meaning:
            sounds_like = spelled(word)
            for bucket in _buckets(sounds_like):
                self._words[bucket].append(word)
                self._sounds[bucket].append(sounds_like)

    def find(self, text: str, is_unknown: Asked, is_medicine: Asked = _never) -> list[Guess]:
        """The guesses, the nearest first of those that overlap; words of the index as they stand are none."""
        words = [match.span() for match in _WORD.finditer(text)]
        spans = [*words, *_joined(text, words)]
        guesses = [guess for start, end in spans for guess in self._guesses(text, start, end, is_unknown, is_medicine)]
        kept: list[Guess] = []
        for guess in sorted(guesses, key=lambda guess: (-guess.score, guess.start - guess.end)):
            if not any(guess.start < other.end and other.start < guess.end for other in kept):
                kept.append(guess)
        return [guess for guess in kept if text[guess.start : guess.end].replace(" ", "") != guess.word]

    def _guesses(self, text: str, start: int, end: int, is_unknown: Asked, is_medicine: Asked) -> Iterator[Guess]:
        for form in _forms(text[start:end]):
            last = start + len(form)
            limits = _LIMITS[is_unknown(start, last), is_medicine(start, last)]
            guess = self._nearest(form, limits[min(len(form.replace(" ", "")), _LONG)])
            if guess is not None:
                yield Guess(guess[0], start, last, 1 - guess[1])

    def _nearest(self, form: str, limit: float) -> tuple[str, float] | None:
        """The word that ``form`` sounds like, with its distance; None where none is near, or two are."""
        sounds_like = spelled(form)
        bucket = sounds_like[:1]
        near = process.extract(
            sounds_like,
            self._sounds.get(bucket, ()),
            scorer=Levenshtein.normalized_distance,
            processor=None,
            score_cutoff=limit + _MARGIN,
            limit=_NEAREST,
        )
        if not near or near[0][1] > limit:
            return None
        words = self._words[bucket]
        word, distance = words[near[0][2]], near[0][1]
        others = [other for _, other, at in near if self._meaning[words[at]] != self._meaning[word]]
        return None if others and others[0] - distance < _MARGIN else (word, distance)


_ALIKE = ("nl", "haouie")
"""What begins alike to a recogniser: ㄴ and ㄹ; vowels, with or without ㅎ."""


def _joined(text: str, words: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Two and three words with single spaces between them."""
    for (start, _), (second, end) in pairwise(words):
        if text[start:end].count(" ") == 1 and text[second - 1] == " ":
            yield start, end
    for (start, _), _, (third, end) in zip(words, words[1:], words[2:], strict=False):
        if text[start:end].count(" ") == 2 and text[third - 1] == " ":
            yield start, end


def _buckets(sounds_like: str) -> str:
    """The first symbols under which a word is looked for."""
    first = sounds_like[:1]
    return next((alike for alike in _ALIKE if first in alike), first)


def _forms(stretch: str) -> Iterator[str]:
    """The stretch, and what is left of it without a particle or a dosage form."""
    for form in (stretch, *(stretch.removesuffix(ending) for ending in _TRAILING if stretch.endswith(ending))):
        if len(form.replace(" ", "")) >= FEWEST_SYLLABLES:
            yield form.rstrip()


_SILENT = "ᄋ"
# final consonants as the initial ones that sound the same
_AS_INITIAL = {chr(final): initial for final, initial in zip(
    (0x11A8, 0x11AB, 0x11AE, 0x11AF, 0x11B7, 0x11B8, 0x11BA, 0x11BD, 0x11BE, 0x11BF, 0x11C0, 0x11C1, 0x11C2),
    "ᄀᄂᄃᄅᄆᄇᄉᄌᄎᄏᄐᄑᄒ", strict=True)}  # fmt: skip


def sounds(text: str) -> str:
    """The consonants and vowels as written: a final one like an initial one, without spaces and silent ㅇ."""
    return "".join(_AS_INITIAL.get(char, char) for char in jamo(text) if char not in (" ", _SILENT))


def jamo(text: str) -> str:
    """The consonants and vowels that make up ``text``."""
    return unicodedata.normalize("NFD", text)
