"""What of a greedy hypothesis can have been said: a small Whisper loops where it hears only a second or two.

In live text a true repetition lost is a smaller evil than a loop shown for good; the final transcript is recognised
with more context and guarded by :mod:`models.guards`.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from scribe.domain.transcript import Word

_SECONDS_PER_SYLLABLE = 0.045
"""Half of what quick speech takes (11 syllables a second)."""
_LETTERS_PER_SYLLABLE = 3
"""In Latin script."""
_LONGEST_PHRASE = 6
_LEAST_LETTERS = 3


def plausible(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words without what follows two that are squeezed into no time, and no phrase twice in a row."""
    return _once(_in_time(words))


def bare(text: str) -> str:
    """Letters and numbers only, in lower case: marks change from one hypothesis to the next without meaning."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN") or folded


def _in_time(words: Sequence[Word]) -> Sequence[Word]:
    for index, (word, following) in enumerate(pairwise(words)):
        if _squeezed(word) and _squeezed(following):
            return words[:index]
    return words[:-1] if words and _squeezed(words[-1]) else words


def _squeezed(word: Word) -> bool:
    return word.end - word.start < _SECONDS_PER_SYLLABLE * _syllables(word.text)


def _syllables(text: str) -> float:
    letters = bare(text)
    latin = sum(c.isascii() and c.isalpha() for c in letters)
    return len(letters) - latin + latin / _LETTERS_PER_SYLLABLE


def _once(words: Sequence[Word]) -> tuple[Word, ...]:
    out: list[Word] = []
    for word in words:
        out.append(word)
        for length in range(1, min(_LONGEST_PHRASE, len(out) // 2) + 1):
            last = [bare(w.text) for w in out[-length:]]
            if last == [bare(w.text) for w in out[-2 * length : -length]] and len("".join(last)) >= _LEAST_LETTERS:
                del out[-length:]
                break
    return tuple(out)
