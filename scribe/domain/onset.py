"""The date that words for a beginning name ("그저께부터", "지난달 말", "작년 오월")."""

import re
from datetime import date, timedelta

MONTH_NAMES = {
    "일월": 1, "이월": 2, "삼월": 3, "사월": 4, "오월": 5, "유월": 6, "육월": 6, "칠월": 7, "팔월": 8, "구월": 9,
    "시월": 10, "십월": 10, "십일월": 11, "십이월": 12,
}  # fmt: skip
MONTH_NAME = rf"(?:{'|'.join(sorted(MONTH_NAMES, key=len, reverse=True))}|1[0-2]월|[1-9]월)"

_WEEKDAYS = "월화수목금토일"
_DAYS_AGO = {"그끄저께": 3, "그저께": 2, "그제": 2, "엊그저께": 2, "엊그제": 2, "어제": 1, "어저께": 1, "어젯밤": 1,
             "간밤": 1, "오늘": 0, "아까": 0, "방금": 0}  # fmt: skip
_YEARS_AGO = {"재작년": 2, "작년": 1, "지난해": 1, "올해": 0}
_WEEKS_AGO = {"지지난주": 2, "지난주": 1, "저번 주": 1, "이번 주": 0}


def named_date(words: str, today: date) -> str | None:
    """ISO 8601 date relative to the encounter, no more precise than the words; None where they name no date.

    "어제" a day, "지난달" a month ("2026-08"), "작년" a year.  A stretch of time ("사흘 전") is no name of a date.
    """
    return _day_named(words, today) or _month_named(words, today)


def month_of(months: int) -> str:
    """The month that many months after the beginning of the year 0, as YYYY-MM."""
    return f"{months // 12:04}-{months % 12 + 1:02}"


def month_number(name: str) -> int:
    """1 to 12 for "일월" or "1월" to "십이월" or "12월"."""
    return MONTH_NAMES[name] if name in MONTH_NAMES else int(name.removesuffix("월"))


def _day_named(words: str, today: date) -> str | None:
    for word, days in _DAYS_AGO.items():
        if words.startswith(word):
            return (today - timedelta(days=days)).isoformat()
    for word, weeks in _WEEKS_AGO.items():
        weekday = re.match(rf"{word}\s?([{_WEEKDAYS}])요일", words)
        if weekday:
            monday = today - timedelta(days=today.weekday() + 7 * weeks)
            return (monday + timedelta(days=_WEEKDAYS.index(weekday[1]))).isoformat()
    return None


def _month_named(words: str, today: date) -> str | None:
    """The month or the year; a month alone is the last one that has begun."""
    if re.match(r"지난달|저번 달", words):
        return month_of(today.year * 12 + today.month - 2)
    named = re.search(MONTH_NAME, words)
    month = month_number(named.group()) if named else None
    for word, years in _YEARS_AGO.items():
        if words.startswith(word):
            year = today.year - years
            return f"{year:04}-{month:02}" if month else f"{year:04}"
    if month is None or not words.startswith(named.group() if named else ""):
        return None
    return f"{today.year - (month > today.month):04}-{month:02}"
