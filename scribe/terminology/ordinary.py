"""Which names of a master are everyday Korean, so that drafting does not take talk for medicines."""

import re
from collections.abc import Sequence
from functools import cache

from kiwipiepy import Kiwi

from scribe.drafting.terminology.records import Kind, Use
from scribe.drafting.words import folded
from scribe.terminology.meaning import surfaces_of_others

_SHORTEST_ANYWHERE = 3
_NOUNS = frozenset({"NNG", "NNP", "NNB", "NR", "XSN", "XPN", "XR", "SL"})
_DISEASE = re.compile(
    r"(?:염|암|증|병|종|통|골절|탈구|염좌|손상|화상|동상|농양|낭|출혈|혈종|협착|폐쇄|폐색|경색|부전|장애|증후군|감염|결핵|마비|질환|"
    r"결손|기형|궤양|탈장|결석|천식|폐렴|기흉|농흉|백선|습진|두드러기|건선|수두|홍역|매독|임질|말라리아|마진|포진|사마귀|옴|"
    r"치핵|치루|누공|파열|열상|찰과상|이물|중독|유산|임신|조산|난산|파수|탈출|처짐|위축|비대|용종|폴립|수종|괴사|괴저|색전|혈전|"
    r"동맥류|정맥류|박리|세동|조동|차단|빈맥|서맥|정지|쇼크|실신|경련|뇌전증|두통|치매|섬망|의존|금단|난청|이명|현훈|백내장|"
    r"녹내장|근시|원시|난시|노안|약시|사시|실명|신생물|림프종|백혈병|빈혈|자반|통풍|비만|결핍|과다|열|창|진|흉|반|황달|복수)$|"
    r"^[a-z][a-z .'-]+$"
)
_HANGUL = re.compile("[가-힣]+")


@cache
def _analyser() -> Kiwi:
    return Kiwi(num_workers=1, load_multi_dict=False, load_typo_dict=False)


class OrdinaryWords:
    """The analyser's own dictionary of Korean, without any medical word added; its first use takes a second."""

    def __init__(self) -> None:
        self._kiwi = _analyser()

    def use_of(self, kind: Kind, names: Sequence[str]) -> list[Use]:
        """How each of ``names`` may be found in dialogue."""
        analysed = self._kiwi.tokenize(list(names))
        return [self._use(kind, name, tokens) for name, tokens in zip(names, analysed, strict=True)]

    @staticmethod
    def _use(kind: Kind, name: str, tokens: Sequence[object]) -> Use:
        key = folded(name)
        if len(key) < 2 or key in surfaces_of_others(kind) or not any(char.isalpha() for char in key):
            return Use.LOOKUP
        if kind is Kind.DIAGNOSIS and not _DISEASE.search(key):
            return Use.LOOKUP
        if kind is not Kind.MEDICINE:
            return Use.ANYWHERE if len(key) >= _SHORTEST_ANYWHERE else Use.LOOKUP
        if not _HANGUL.search(key):
            return Use.ANYWHERE if len(key) > _SHORTEST_ANYWHERE else Use.WITH_DOSE
        tags = {str(token.tag).split("-")[0] for token in tokens}  # type: ignore[attr-defined]
        is_unknown = any(token.oov for token in tokens)  # type: ignore[attr-defined]
        if is_unknown and len(key) >= _SHORTEST_ANYWHERE:
            return Use.ANYWHERE
        return Use.WITH_DOSE if is_unknown or tags <= _NOUNS else Use.WITH_FORM
