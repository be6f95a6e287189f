"""For how many days a drug is given, and which words give it for several drugs at once."""

import re
from itertools import pairwise

from scribe.drafting.extract.dosing import Segment, settled, until_condition
from scribe.drafting.times import Period, find_periods, find_supply

# after a stretch of time that is no supply: a point, a rate, an age of the complaint, an explanation
_NO_SUPPLY = re.compile(
    r"\s?(?:쯤|정도)?\s?(?:뒤|후|전(?!부)|이따|있다가|마다|간격|에\s|에는|째|지나|넘|이상|이내|안에|부터|까지는|됐|되면|"
    r"된|은\s|는\s|이면|내내|전부터|도\s|안\s|쉬|있으|지켜)"
)
_FOR_DAYS = re.compile(r"\s?(?:치|분(?=\s|[이을만,.요]|$)|만(?=\s|[,.요]|$)|동안|간(?!격))")
_CORRECTED = re.compile(r"아니|말고|(?:^|[\s,])(?:음|어|흠)[\s,]|…|그냥|많아서|보다는|으로 하려|까 하")
# a first step only: "일주일 드시고 괜찮으면 십 밀리로"
_TRIED = re.compile(r"\s?(?:드셔|드시고|먹고|써|쓰고|바르고)\s?(?:괜찮|나서|좋아|안|효과|부작용|보고|[가-힣]+면)")
_ALL = re.compile(
    r"둘 ?다|셋 ?다|넷 ?다|(?:두|세|네)\s?(?:가지|개)|다 (?:같이|합쳐|해서)|모두|전부|약은|약을|약도|"
    r"약 |나머지|각각|씩 드립니다|치씩|똑같이|먹는 약"
)


_YEAR = 366


def supply_of(segment: Segment) -> Period | None:
    """For how long the drug of the segment is given; a bare "닷새" counts where it stands as a supply does."""
    text = until_condition(segment)
    offset = segment.mention.end - segment.start
    for part, start in settled(text, offset):
        period = _supply(part, start)
        if period is not None:
            return None if _TRIED.match(segment.text, period.end) else period
    return None


def _supply(text: str, offset: int) -> Period | None:
    periods = [
        period
        for period in find_periods(text)
        if period.start >= offset and 1 <= period.days <= _YEAR and not _NO_SUPPLY.match(text, period.end)
    ]
    stated = [period for period in periods if period.days > 1 or _FOR_DAYS.match(text, period.end)]
    sure = [period for period in stated if _FOR_DAYS.match(text, period.end)]
    chosen = _last_said(text, stated)
    if sure and chosen is not None and chosen not in sure and not _CORRECTED.search(text[sure[0].end : chosen.start]):
        return sure[0]
    return chosen or find_supply(text[offset:])


def _last_said(text: str, periods: list[Period]) -> Period | None:
    """The first stretch, unless the next one corrects it ("열흘, 음, 십사 일로 갑시다")."""
    if not periods:
        return None
    chosen = periods[0]
    for first, second in pairwise(periods):
        if first is not chosen or not _CORRECTED.search(text[first.end : second.start]):
            break
        chosen = second
    return chosen


def is_for_all(words: str) -> bool:
    """Whether a supply is told of several drugs: "둘 다 삼 일", "약은 한 달치"."""
    return bool(_ALL.search(words))
