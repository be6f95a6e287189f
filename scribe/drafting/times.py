"""When, how long and until when, as spoken: onsets, durations, days of supply, appointments.

Stretches of time are read by ``periods``, dosing frequencies by ``frequency``; both are offered here as well.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from scribe.domain.onset import MONTH_NAME, month_number, month_of, named_date
from scribe.drafting.frequency import Frequency, find_frequency
from scribe.drafting.numbers import read_number
from scribe.drafting.periods import Period, PeriodUnit, find_periods

__all__ = [
    "Frequency",
    "Later",
    "Onset",
    "Period",
    "PeriodUnit",
    "find_durations",
    "find_frequency",
    "find_later",
    "find_onsets",
    "find_periods",
    "find_supply",
]

_WEEKDAYS = "월화수목금토일"


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"


# -- onset and duration -------------------------------------------------------------------------------------------

_POINT = (
    r"(?:그끄저께|그저께|그제|엊그제|엊그저께|어제|어젯밤|어저께|오늘|아까|방금|지난주|지난달|지난번|"
    r"저번 주|저번 달|지지난주|이번 주|작년|재작년|지난해|올해|올봄|올여름|올가을|올겨울|간밤|"
    r"며칠|몇 달|몇 년|몇 주|몇 시간|몇 개월|월요일|화요일|수요일|목요일|금요일|토요일|일요일|주말)"
)
_PART = r"(?:\s?(?:밤|아침|점심|저녁|새벽|오전|오후|낮|초|말|봄|여름|가을|겨울))?"
_MONTH = rf"(?:\s?{MONTH_NAME}\s?(?:초|말|중순)?)?"
_DAY_OF_WEEK = r"(?:(?<=주)\s?[월화수목금토일]요일)?"
_ONSET = re.compile(rf"{_POINT}{_DAY_OF_WEEK}{_PART}{_MONTH}(?:\s?전)?(?:\s?(?:쯤|경|즈음))?(?:\s?(?:부터|부텀))?")
_SINCE_MONTH = re.compile(rf"(?<![가-힣\d]){MONTH_NAME}\s?(?:초|말|중순)?\s?(?:쯤\s?)?(?:부터|부텀)")
_AGO = re.compile(r"\s?(?:쯤|정도)?\s?전(?:쯤|정도)?(?:\s?(?:부터|부텀))?")
_LASTED = re.compile(
    r"\s?(?:쯤|정도|가까이|넘게|좀 넘게|은|는)?\s?(?:됐|되었|된|되|째|동안|내내|내리|지속|간(?!격)|"
    r"넘)|\s?(?:쯤|정도)(?=[.?!\s]|$)"
)


@dataclass(frozen=True, slots=True)
class Onset:
    """When something began: the words, and the stretch since then where one was said."""

    start: int
    end: int
    text: str
    period: Period | None = None
    is_start: bool = False

    def date(self, today: date) -> str | None:
        """ISO 8601 date relative to the encounter, no more precise than what was said; None where it says no date.

        "어제" a day, "지난달" a month ("2026-08"), "작년" a year, "사흘 전" a day, "석 달 전" a month.
        """
        if self.period is not None:
            return _date_ago(self.period, today)
        return named_date(self.text, today)


def _date_ago(period: Period, today: date) -> str | None:
    if period.high is not None:
        return None
    if period.unit == "year":
        return str(today.year - int(period.value)) if period.value == int(period.value) else None
    if period.unit == "month" and period.value == int(period.value):
        return month_of(today.year * 12 + today.month - 1 - int(period.value))
    return (today - timedelta(days=int(period.days))).isoformat() if period.days >= 1 else today.isoformat()


def find_onsets(text: str) -> tuple[Onset, ...]:
    """Points in the past ("그저께부터", "사흘 전", "작년 오월"); ``is_start`` where 부터 or 전 marks a beginning."""
    found = [
        Onset(m.start(), m.end(), m.group().strip(), None, m.group().endswith(("부터", "부텀", "전")))
        for m in _ONSET.finditer(text)
        if not (m.start() and _is_hangul(text[m.start() - 1]))
        and not (m[0].startswith("이번 주") and "부터" not in m[0])
    ]
    taken = [(onset.start, onset.end) for onset in found]
    found += [
        Onset(match.start(), match.end(), match.group().strip(), None, True)
        for match in _SINCE_MONTH.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    for period in find_periods(text):
        ago = _AGO.match(text, period.end)
        if ago:
            words = text[period.start : ago.end()].strip()
            found.append(Onset(period.start, ago.end(), words, period, True))
    return tuple(sorted(found, key=lambda onset: onset.start))


def find_durations(text: str) -> tuple[Period, ...]:
    """Stretches that something has lasted ("보름쯤 됐나", "일주일째", "이 주 내내", "두 달 동안")."""
    return tuple(period for period in find_periods(text) if _LASTED.match(text, period.end))


# -- supply and appointments ---------------------------------------------------------------------------------------

_SUPPLY = re.compile(
    r"\s?(?:치|만\s?(?:드|바르|쓰|먹)|바르|분(?=\s|[을이만,.]|$)|간(?!격)|동안|"
    r"드시(?!고\s?(?:괜찮|나서|좋아|안|효과|부작용|[가-힣]+면)|다가)|"
    r"(?:정도\s?|쯤\s?)?(?:처방|드릴게|드릴께|드리겠|드릴 거))"
)
_DAYS_OF_SUPPLY = re.compile(r"일분(?=\s|[을이만,.]|$)")
_LATER = re.compile(r"\s?(?:쯤|정도)?\s?(?:뒤|후|있다가|있다(?=\s(?:오|봬|뵈|뵙|다시))|이따|지나서|지나면|지나도)")
_NAMED_DAYS = {"내일": 1, "모레": 2, "글피": 3, "다음 주": 7, "다음주": 7, "담주": 7, "다다음 주": 14, "다다음주": 14,
               "다음 달": 30, "다음달": 30, "내달": 30, "담달": 30}  # fmt: skip
_NAMED = re.compile(r"다다음\s?주|다음\s?주|담주|다음\s?달|내달|담달|내일|모레|글피|이번\s?주")
_WEEKDAY = re.compile(rf"\s?([{_WEEKDAYS}])요일")
_DATE = re.compile(
    rf"(?:(?P<next>다음\s?달|내달)\s?|(?P<month>{MONTH_NAME})\s)(?P<day>\S{{1,4}}?)\s?일(?=에|날|로|까지|\s|[.,]|$)"
)
_TO_COME = re.compile(r"[^.?!]{0,14}?(?:오세|오시|오셔|봬|뵐|뵙|봐요|내원|예약|들르|방문|나오)")


@dataclass(frozen=True, slots=True)
class Later:
    """A point after the encounter: the record's wording and the days until then."""

    start: int
    end: int
    text: str
    in_days: int


def find_supply(text: str) -> Period | None:
    """For how long medicine is given ("삼 일치", "이 주치", "28일치", "열흘분", "십 일간", "구십일분")."""
    found: list[Period] = []
    for period in find_periods(text):
        days = _DAYS_OF_SUPPLY.match(text, period.end - 2)
        if period.unit == "minute" and days and period.value % 10 == 1:
            found.append(Period(period.start, period.end - 1, period.value - 1, "day"))
        elif period.days >= 1 and _SUPPLY.match(text, period.end):
            found.append(period)
    return found[-1] if found else None


def find_later(text: str, today: date) -> tuple[Later, ...]:
    """Points in the future ("이 주 뒤", "모레", "다음 주 화요일", "다음 달 십오일"), days counted from ``today``."""
    found: list[Later] = []
    for period in find_periods(text):
        match = _LATER.match(text, period.end)
        if match and period.days >= 1:
            found.append(Later(period.start, match.end(), f"{period.korean} 뒤", round(period.days)))
    found += _dates(text, today)
    for later in [*_named_days(text, today), *_weekdays_to_come(text, today)]:
        if not any(later.start < other.end and other.start < later.end for other in found):
            found.append(later)
    return tuple(sorted(found, key=lambda later: later.start))


def _named_days(text: str, today: date) -> list[Later]:
    found: list[Later] = []
    for match in _NAMED.finditer(text):
        if match.start() and _is_hangul(text[match.start() - 1]):
            continue
        word = re.sub(r"\s", " ", match.group())
        weekday = _WEEKDAY.match(text, match.end())
        if weekday:
            days = _weekday_in_days(word, _WEEKDAYS.index(weekday.group(1)), today)
            found.append(Later(match.start(), weekday.end(), text[match.start() : weekday.end()], days))
        elif word in _NAMED_DAYS:
            found.append(Later(match.start(), match.end(), word, _NAMED_DAYS[word]))
    return found


def _weekdays_to_come(text: str, today: date) -> list[Later]:
    """ "금요일에 오세요": the next one after today; "매주 금요일" and "지난 금요일" are no appointment."""
    found: list[Later] = []
    for match in re.finditer(rf"(?<![가-힣])([{_WEEKDAYS}])요일(?!마다|부터)(?:\s?날)?", text):
        if re.search(r"(?:매주|지난|저번|주)\s?$", text[: match.start()]) or not _TO_COME.match(text, match.end()):
            continue
        days = (_WEEKDAYS.index(match[1]) - today.weekday() - 1) % 7 + 1
        found.append(Later(match.start(), match.end(), f"{match[1]}요일", days))
    return found


def _dates(text: str, today: date) -> list[Later]:
    """Days of a month that are to come: "다음 달 십오일", "시월 오일에 오세요"."""
    found: list[Later] = []
    for match in _DATE.finditer(text):
        day = read_number(match["day"], 0)
        if day is None or day.end != len(match["day"]) or (match.start() and _is_hangul(text[match.start() - 1])):
            continue
        months = today.year * 12 + today.month - 1
        if match["month"]:
            if not _TO_COME.match(text, match.end()):
                continue
            months += (month_number(match["month"]) - today.month) % 12
        else:
            months += 1
        then = _day_of(months, day.value)
        if then is None or then <= today:
            continue
        found.append(Later(match.start(), match.end(), f"{then.month}월 {then.day}일", (then - today).days))
    return found


def _day_of(months: int, day: float) -> date | None:
    """The day of the month counted from year 0; None where the month has no such day."""
    try:
        return date(months // 12, months % 12 + 1, int(day))
    except ValueError:
        return None


def _weekday_in_days(word: str, weekday: int, today: date) -> int:
    weeks = {"이번 주": 0, "이번주": 0, "다다음 주": 2, "다다음주": 2}.get(word, 1)
    monday = today - timedelta(days=today.weekday())
    return (monday + timedelta(weeks=weeks, days=weekday) - today).days
