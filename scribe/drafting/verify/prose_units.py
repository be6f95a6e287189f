"""Units that a thing cannot have: a lump in kilograms, a weight in centimetres, 500 litres of fluid."""

import re
from collections.abc import Iterator

from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_NUMBER = r"\d[\d.,]*(?:\s?(?:→|~|–|-)\s?\d[\d.,]*)?\s?"
_END = r"(?![A-Za-z가-힣/²])"
_LUMP = "종괴|종물|결절|물혹|낭종|근종|결석|용종|폴립|병변|궤양|경결|덩어리|멍울|혹|림프절|자궁경부|경부 길이"
_IMPOSSIBLE = (
    re.compile(rf"(?:{_LUMP})[^,.;\d]{{0,8}}(?P<is>{_NUMBER}(?:kg|L|℃|%){_END})"),
    re.compile(rf"(?P<is>{_NUMBER}(?:kg|L|℃|%){_END})\s?(?:크기의? ?)?(?:{_LUMP})"),
    re.compile(
        rf"(?:체중|몸무게|BW)[^,.;\d]{{0,8}}(?P<is>{_NUMBER}(?:cm|mm|mL|℃|%){_END})(?! ?(?:감소|증가|빠|늘|줄))"
    ),
    re.compile(rf"(?:신장|키|HT)\s(?P<is>1\d\d(?:\.\d)?\s?(?:kg|mL|℃|%){_END})"),
    re.compile(rf"(?:LVEF|EF|산소포화도|SpO2)[^,.;\d]{{0,4}}(?P<is>{_NUMBER}(?:회/분|mmHg|℃|mg|kg|cm){_END})"),
    re.compile(rf"(?<![\d.,])(?P<is>(?:[2-9]\d|\d{{3,}})(?:\.\d+)?\s?L{_END})(?!/)"),
)


def prose_units_are_possible(claim: ProseClaim) -> Iterator[Reason]:
    """A number has no unit that its thing never has; litres are no more than a person can be given."""
    for pattern in _IMPOSSIBLE:
        for match in pattern.finditer(claim.text):
            yield Reason(Check.UNIT, match["is"].strip())
