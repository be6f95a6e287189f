"""Times of the clock in a statement, against the hours and minutes that were said."""

import re
from collections.abc import Iterator

from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_CLOCK = re.compile(r"(?<![\d:/.-])(\d{1,2})(?::|시 ?)(\d{1,3})(?:분)?(?![\d:.]|시)")
_MINUTES = re.compile(
    r"(?:시 ?|\s)(?:(?P<digits>\d{1,2})|(?P<tens>[이삼사오]?\s?십)?\s?(?P<ones>[일이삼사오육칠팔구])?)"
    r"\s?분(?P<before>\s?전)?"
)
_BEFORE = re.compile(r"시 ?[가-힣\d ]{1,5}분 ?전")
_SINO = "영일이삼사오육칠팔구"
_HALF, _HOUR = 30, 60


def prose_clock_agrees(claim: ProseClaim) -> Iterator[Reason]:
    """An hour with its minutes was said, where anyone told a time to the minute; no hour has more than 59 minutes."""
    said = claim.said_amounts
    text = claim.consultation.text
    hours = {one.amount.value % 12 for one in said if one.amount.unit == "clock"}
    minutes = set(_minutes(text))
    hours |= {(hour - 1) % 12 for hour in hours} if _BEFORE.search(text) else set()
    told = re.search(r"시 ?(?:[가-힣]{1,4}|\d{1,2}) ?분", text) is not None
    for match in _CLOCK.finditer(claim.text):
        hour, minute = int(match[1]), int(match[2])
        if hour > 24 or (match[0].count(":") and len(match[2]) != 2):
            continue
        if minute >= _HOUR or (told and not (hour % 12 in hours and _is_told(minute, minutes, text))):
            yield Reason(Check.NUMBER, match[0])


def _minutes(text: str) -> Iterator[int]:
    """The minutes that were said; "일곱 시 십 분 전" is ten to seven."""
    for match in _MINUTES.finditer(text):
        tens = match["tens"].strip() if match["tens"] else ""
        spoken = 10 * (_SINO.index(tens[0]) if len(tens) > 1 else len(tens)) + _SINO.index(match["ones"] or "영")
        minute = int(match["digits"]) if match["digits"] else spoken
        yield _HOUR - minute if match["before"] else minute


def _is_told(minute: int, minutes: set[int], text: str) -> bool:
    """Whether a minute was said: as such, or as the half of an hour; the full hour needs no word."""
    return minute == 0 or minute in minutes or (minute == _HALF and "반" in text)
