"""Korean morphology: one Kiwi analyser that knows the lexicon's words, with its tags evened out."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from kiwipiepy import Kiwi

VERBAL = frozenset({"VV", "VA", "VX", "VCN", "VCP", "XSV", "XSA"})
PARTICLES = frozenset({"JKS", "JKC", "JKG", "JKO", "JKB", "JKV", "JKQ", "JX", "JC"})
ENDINGS = frozenset({"EP", "EF", "EC", "ETN", "ETM"})
NOUNS = frozenset({"NNG", "NNP", "SL", "XR"})

# spoken verbs that the analyser's dictionary lacks
_SPOKEN_VERBS = (
    *(
        "까라지",
        "켜이",
        "꾸르륵거리",
        "꾸룩거리",
        "그르렁거리",
        "가르랑거리",
        "찌걱거리",
        "쩔뚝거리",
        "절뚝거리",
        "빨긋빨긋하",
    ),
    *(
        "미식거리",
        "미슥거리",
        "니글거리",
        "울렁거리",
        "벌렁거리",
        "가랑거리",
        "색색거리",
        "쌕쌕거리",
        "그렁거리",
        "덜그럭거리",
    ),
    *(
        "까끌거리",
        "까끌까끌하",
        "뻑적지근하",
        "우리하",
        "싸르르하",
        "컹컹거리",
        "켁켁거리",
        "컥컥거리",
        "훌쩍거리",
        "킁킁거리",
        "지리",
        "삐",
    ),
)


class Morpheme(NamedTuple):
    """A morpheme in dictionary form at code points ``start`` to ``end`` of the text; tags of the Sejong set.

    ``surface`` is the text from ``start`` to ``end``; contracted morphemes share characters.  ``is_known`` is false
    for a word that neither Korean nor the lexicon has: a foreign name, or something misheard.
    """

    form: str
    tag: str
    start: int
    end: int
    surface: str = ""
    is_known: bool = True


class Analyser:
    """Analyses Korean text; ``words`` are kept whole as nouns.

    Loading takes about a second and a half of one core, so share one.  Not safe for concurrent use while
    loading, safe afterwards.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._kiwi = Kiwi(num_workers=1, load_multi_dict=False, load_typo_dict=False)
        for word in sorted(set(words)):
            self._kiwi.add_user_word(word, "NNP", 0.0)
        for verb in _SPOKEN_VERBS:
            self._kiwi.add_user_word(verb, "VV", 0.0)
        self.morphemes = lru_cache(maxsize=4096)(self._morphemes)

    def join(self, words: Iterable[tuple[str, str]]) -> str:
        """The text of morphemes given as (form, tag), with contractions and spaces as they are written."""
        return str(self._kiwi.join(list(words)))

    def _morphemes(self, text: str) -> tuple[Morpheme, ...]:
        found = [
            Morpheme(
                token.form,
                token.tag.split("-")[0],
                token.start,
                token.end,
                text[token.start : token.end],
                is_known=not token.oov,
            )
            for token in self._kiwi.tokenize(text)
        ]
        return tuple(_mend(found))


_MISREAD_VERBS = {"나서": "나", "들어서": "들"}


def _mend(morphemes: list[Morpheme]) -> Iterator[Morpheme]:
    """Undoes misreadings that consultations are full of.

    열이 is never a numeral (twelve is 열둘) but fever and its particle; "나서" and "들어서" are 나다 and 들다
    with -어서.
    """
    for i, here in enumerate(morphemes):
        before = morphemes[i - 1] if i else None
        after = morphemes[i + 1] if i + 1 < len(morphemes) else None
        if (here.form, here.tag) == ("열", "NR") and after is not None and (after.form, after.tag) == ("이", "NR"):
            yield here._replace(tag="NNG")
        elif (here.form, here.tag) == ("이", "NR") and before is not None and (before.form, before.tag) == ("열", "NR"):
            yield here._replace(tag="JKS")
        elif here.tag == "VV" and here.form in _MISREAD_VERBS:
            yield here._replace(form=_MISREAD_VERBS[here.form])
        else:
            yield here
