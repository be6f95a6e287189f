"""How often a drug is taken, from the words that belong to it."""

import re
from dataclasses import replace

from scribe.drafting.extract.dosing import Segment, settled, until_condition
from scribe.drafting.times import Frequency, find_frequency

# what a correction left: "하루 두 번, 아니 세 번" is "하루      ,    세 번"
_BLANKED = re.compile(r"\s*,?\s{2,}")
_COUNT_AND_GAP = re.compile(r"(?P<count>두|세|네|다섯|여섯)\s?번(?:씩)?\s?,?\s?[가-힣\d]+\s?시간\s?(?:간격|마다)")
# how fast a dose is moved: "사흘마다 한 알씩 줄일게요"
_INSTEAD = re.compile(r"(?:하루|이틀|사흘|일주일|주|매일)(?:에)?\s[가-힣]{1,3}\s?번(?:씩)?\s말고")
_STEPS = re.compile(r"[가-힣\d]+\s?마다\s[가-힣\d\s]{0,12}?(?:줄|늘|올|낮)")
_COUNTS = {"두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6}
_ONE_A_DAY = re.compile(r"하루(?:에)?\s?한\s?(?:장|알|포|정|개|캡슐|병|스푼)")


def frequency_of(segment: Segment) -> Frequency | None:
    """The frequency that is settled on; "네 번, 네 시간 간격" is four times a day."""
    text = _STEPS.sub(" ", _INSTEAD.sub(" ", until_condition(segment)))
    offset = segment.mention.end - segment.start
    frequencies = [find_frequency(_BLANKED.sub(" ", part[start:])) for part, start in settled(text, offset)]
    found = next((one for one in frequencies if one is not None and one.times_per_day is not None), None)
    found = found or next((one for one in frequencies if one is not None), None)
    counted = _COUNT_AND_GAP.search(text)
    if counted and found is not None:
        times = _COUNTS[counted.group("count")]
        return replace(found, text=f"1일 {times}회", times_per_day=times)
    piece = _ONE_A_DAY.search(text) if found is None else None
    return Frequency(piece.start(), piece.end(), "1일 1회", 1) if piece else found
