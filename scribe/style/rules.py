"""Which exchanges of words may become a rule."""

import re
import unicodedata
from collections import Counter

from scribe.domain.errors import ScribeError
from scribe.domain.style import Wording

LONGEST = 40
"""Characters of either side of a rule; longer ones are sentences, not habits."""

_FACT = re.compile(
    r"없|않|안(?=\s|$)|못|아니|부인|음성|양성|정상|비정상|좌|우측|왼|오른|양측|양쪽|"
    r"자주|가끔|항상|매일|매주|매번|때때로|드물게|계속|"
    r"시작|유지|변경|중단|증량|감량|추가|취소|보류|처방|확진|의심|배제|가능성|추정|"
    r"\b(?:no|not|non|denies|without|left|right|bilateral|positive|negative|suspected|possible|stop|start|hold)\b",
    re.IGNORECASE,
)
"""Words that carry presence, side, certainty, an action or how often: a rule has the same ones on both sides."""

_DIGIT = re.compile(r"\d")
_EDGE = r"\s,;:()/·"


class StyleRuleError(ScribeError):
    """The words cannot become a rule."""


class EmptyRuleError(StyleRuleError):
    """Give the words to replace and the words to write, {longest} characters each at most."""


class SameWordsError(StyleRuleError):
    """Both sides are the same words."""


class NumberInRuleError(StyleRuleError):
    """A rule holds no numbers: these are facts of one patient."""


class FactInRuleError(StyleRuleError):
    """The exchange would change what is said, not how: presence, side, certainty or action differ."""


def checked_wording(before: str, after: str) -> Wording:
    """The rule that writes ``after`` for ``before``; a :class:`StyleRuleError` where it could change a fact."""
    before, after = _plain(before), _plain(after)
    if not before or not after or max(len(before), len(after)) > LONGEST:
        raise EmptyRuleError(longest=LONGEST)
    if before == after:
        raise SameWordsError
    if _DIGIT.search(before + after):
        raise NumberInRuleError
    if Counter(_fact_words(before)) != Counter(_fact_words(after)):
        raise FactInRuleError
    return Wording(before=before, after=after)


def pattern_of(wording: Wording) -> re.Pattern[str]:
    """Finds the rule's words where they stand alone: not inside a longer word, not with a particle attached."""
    return re.compile(rf"(?<![^{_EDGE}]){re.escape(wording.before)}(?=[{_EDGE}]|\.(?:\s|$)|$)")


def _fact_words(text: str) -> list[str]:
    return [word.lower() for word in _FACT.findall(text)]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).rstrip(".,;:")
