"""Stretches of time as spoken, with their ISO 8601 durations.

Months count 30 days and years 365, the usual reckoning of appointments and supplies in clinics.
"""

import re
from dataclasses import dataclass
from typing import Literal

from scribe.drafting.numbers import Number, read_number

PeriodUnit = Literal["minute", "hour", "day", "week", "month", "year"]

_DAY_WORDS: dict[str, tuple[float, float | None]] = {
    "하루이틀": (1, 2),
    "이틀사흘": (2, 3),
    "사흘나흘": (3, 4),
    "나흘닷새": (4, 5),
    "사나흘": (3, 4),
    "사날": (3, 4),
    "나댓새": (4, 5),
    "네댓새": (4, 5),
    "대엿새": (5, 6),
    "예니레": (6, 7),
    "하루": (1, None),
    "이틀": (2, None),
    "사흘": (3, None),
    "나흘": (4, None),
    "닷새": (5, None),
    "엿새": (6, None),
    "이레": (7, None),
    "여드레": (8, None),
    "아흐레": (9, None),
    "열흘": (10, None),
    "열하루": (11, None),
    "열이틀": (12, None),
    "열사흘": (13, None),
    "열나흘": (14, None),
    "열댓새": (15, 16),
    "보름": (15, None),
    "스무날": (20, None),
    "스무하루": (21, None),
    "스무여드레": (28, None),
}
_PAIRED = re.compile(r"(?P<first>하루|이틀|사흘|나흘)\s(?P<second>이틀|사흘|나흘|닷새)(?!에|마다)")
_DAY_WORD = re.compile("|".join(sorted(_DAY_WORDS, key=len, reverse=True)))
_UNIT = re.compile(
    r"\s?(?:여\s?)?(?P<unit>주일|주(?![사변의름머먹치는말일])|주(?=치|일치)|개월|달|년|해(?=\s|[,.?!]|째|전|동안|에|를|만|쯤|정도|$)|"
    r"시간|분(?![이들께])|일(?!곱|부|단|상))"
)
_UNIT_OF: dict[str, PeriodUnit] = {
    "주일": "week",
    "주": "week",
    "개월": "month",
    "달": "month",
    "년": "year",
    "해": "year",
    "시간": "hour",
    "분": "minute",
    "일": "day",
}
DAYS: dict[PeriodUnit, float] = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_KOREAN: dict[PeriodUnit, str] = {
    "minute": "분", "hour": "시간", "day": "일", "week": "주", "month": "개월", "year": "년",
}  # fmt: skip
_HALF = re.compile(r"\s?반(?=\s|[,.?!]|쯤|정도|전|됐|째|치|동안|이|$)")
_HALVED = ("시간", "년", "달", "개월")
_NATIVE_UNITS = ("달", "시간", "주", "주일", "개월", "해")
_LONGEST_YEARS = 120
"""What is longer is a calendar year ("2015년")."""
# how many of the smaller unit make the larger one, where people join the two
_JOINED: dict[tuple[PeriodUnit, PeriodUnit], float] = {("year", "month"): 12, ("hour", "minute"): 60}
_MONTH_AND_DAYS = re.compile(r"\s(?P<days>열흘|보름)")
_JOINT = re.compile(r"\s?(?:하고\s?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time said at ``start`` to ``end``; ``high`` ends a range in the same unit.

    A year and six months is 1.5 years, an hour and a half 1.5 hours.
    """

    start: int
    end: int
    value: float
    unit: PeriodUnit
    high: float | None = None

    @property
    def days(self) -> float:
        return self.value * DAYS[self.unit]

    @property
    def iso(self) -> str:
        """ISO 8601; a range gives its lower end, parts of months become days, weeks are written in days."""
        count, rest = int(self.value), self.value % 1
        if self.unit == "year" and rest:
            return f"P{count}Y{round(rest * 12)}M" if count else f"P{round(rest * 12)}M"
        if self.unit == "hour" and rest:
            return f"PT{count}H{round(rest * 60)}M" if count else f"PT{round(rest * 60)}M"
        if self.unit == "month" and rest:
            return f"P{round(self.days)}D"
        if self.unit in ("minute", "hour"):
            return f"PT{count}{'M' if self.unit == 'minute' else 'H'}"
        letter = {"day": "D", "week": "D", "month": "M", "year": "Y"}[self.unit]
        return f"P{count * 7 if self.unit == 'week' else count}{letter}"

    @property
    def korean(self) -> str:
        """As a record writes it: "3일", "3–4일", "1시간 30분", "1년 6개월", "3개월 10일"."""
        count, rest = int(self.value), self.value % 1
        smaller = {"hour": (60, "분"), "year": (12, "개월"), "month": (30, "일")}.get(self.unit)
        if rest and smaller and self.high is None:
            part = f"{round(rest * smaller[0])}{smaller[1]}"
            return f"{count}{_KOREAN[self.unit]} {part}" if count else part
        span = f"{self.value:g}" + (f"–{self.high:g}" if self.high is not None else "")
        return span + _KOREAN[self.unit]


def find_periods(text: str) -> tuple[Period, ...]:
    """Stretches of time from left to right ("사흘", "이 주", "한 시간 반", "일 년 육 개월", "이삼 일", "2주")."""
    found: list[Period] = []
    position = 0
    while position < len(text):
        inside = position > 0 and (_is_hangul(text[position - 1]) or text[position - 1 : position + 1].isdigit())
        period = None if inside else period_at(text, position)
        if period:
            found.append(period)
        position = period.end if period else position + 1
    return tuple(found)


def period_at(text: str, position: int) -> Period | None:
    """The stretch of time that begins exactly at ``position``."""
    first = _simple(text, position)
    return _joined(text, first) if first else None


def _joined(text: str, first: Period) -> Period:
    """A larger unit and the smaller one that goes on: "석 달 열흘", "한 시간 이십 분"."""
    if first.high is not None or first.value % 1:
        return first
    days = _MONTH_AND_DAYS.match(text, first.end)
    if first.unit == "month" and days:
        return Period(first.start, days.end(), first.value + _DAY_WORDS[days.group("days")][0] / 30, "month")
    joint = _JOINT.match(text, first.end)
    second = _simple(text, joint.end()) if joint else None
    parts = _JOINED.get((first.unit, second.unit)) if second else None
    if second is None or parts is None or second.high is not None or not 0 < second.value < parts:
        return first
    return Period(first.start, second.end, first.value + second.value / parts, first.unit)


def _simple(text: str, position: int) -> Period | None:
    word = _day_word(text, position)
    if word:
        return word
    if text.startswith("반년", position):
        return Period(position, position + 2, 6, "month")
    number = read_number(text, position)
    match = _UNIT.match(text, number.end) if number else None
    if number is None or match is None:
        return _week_word(text, position) or (_days_run_together(text, number) if number else None)
    unit = match.group("unit")
    if not _can_count(text, number, unit, match):
        return None
    value, end = number.value, match.end()
    if unit in _HALVED and (half := _HALF.match(text, end)):
        value, end = value + 0.5, half.end()
    return Period(number.start, end, value, _UNIT_OF[unit], number.high)


# "십일 동안", "삼십일 뒤": ten and thirty days, written without a space
_BEFORE_OR_AFTER = re.compile(r"\s?(?:동안|간(?!격)|째|치|전|뒤|후|됐|되었|내내|만에)")


def _days_run_together(text: str, number: Number) -> Period | None:
    runs_on = number.system == "sino" and number.value >= 11 and number.value % 10 == 1 and text[number.end - 1] == "일"
    if not runs_on or not _BEFORE_OR_AFTER.match(text, number.end):
        return None
    return Period(number.start, number.end, number.value - 1, "day", number.high)


def _can_count(text: str, number: Number, unit: str, match: re.Match[str]) -> bool:
    if number.system == "native" and unit not in _NATIVE_UNITS:
        return False
    if unit == "해" and number.system != "native":
        return False
    if unit == "년" and number.value > _LONGEST_YEARS:
        return False
    return not (unit == "달" and number.system == "sino" and number.value < 13 and text[match.start()] != " ")


def _day_word(text: str, position: int) -> Period | None:
    paired = _PAIRED.match(text, position)
    if paired and (paired["first"] + paired["second"]) in _DAY_WORDS:
        low, high = _DAY_WORDS[paired["first"] + paired["second"]]
        return Period(position, paired.end(), low, "day", high)
    word = _DAY_WORD.match(text, position)
    if word is None:
        return None
    low, high = _DAY_WORDS[word.group()]
    return Period(word.start(), word.end(), low, "day", high)


_WEEK_WORD = re.compile(r"일주일|한\s?주(?![사변])|두\s?주(?![사변])|일주")


def _week_word(text: str, position: int) -> Period | None:
    match = _WEEK_WORD.match(text, position)
    if not match:
        return None
    return Period(match.start(), match.end(), 2 if match.group().startswith("두") else 1, "week")


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"
