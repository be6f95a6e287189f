"""Korean morphology: one Kiwi analyser that knows the lexicon's words, with its tags evened out."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from kiwipiepy import Kiwi

VERBAL = frozenset({"VV", "VA", "VX", "VCN", "XSV", "XSA"})
PARTICLES = frozenset({"JKS", "JKC", "JKG", "JKO", "JKB", "JKV", "JKQ", "JX", "JC"})
ENDINGS = frozenset({"EP", "EF", "EC", "ETN", "ETM"})
NOUNS = frozenset({"NNG", "NNP", "SL", "XR"})


class Morpheme(NamedTuple):
    """A morpheme in dictionary form at code points ``start`` to ``end`` of the text; tags of the Sejong set."""

    form: str
    tag: str
    start: int
    end: int


class Analyser:
    """Analyses Korean text; ``words`` are kept whole as nouns.

    Loading takes about a second and a half of one core, so share one.  Not safe for concurrent use while
    loading, safe afterwards.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._kiwi = Kiwi(num_workers=1, load_multi_dict=False, load_typo_dict=False)
        for word in sorted(set(words)):
            self._kiwi.add_user_word(word, "NNP", 0.0)
        self.morphemes = lru_cache(maxsize=4096)(self._morphemes)

    def _morphemes(self, text: str) -> tuple[Morpheme, ...]:
        found = [
            Morpheme(token.form, token.tag.split("-")[0], token.start, token.start + token.len)
            for token in self._kiwi.tokenize(text)
        ]
        return tuple(_mend_fever(found))


def _mend_fever(morphemes: list[Morpheme]) -> list[Morpheme]:
    """열이 is never a numeral (twelve is 열둘): reads 열/NR 이/NR as fever and its particle."""
    mended = list(morphemes)
    for i in range(len(mended) - 1):
        first, second = mended[i], mended[i + 1]
        if (first.form, first.tag, second.form, second.tag) == ("열", "NR", "이", "NR"):
            mended[i], mended[i + 1] = first._replace(tag="NNG"), second._replace(tag="JKS")
    return mended
