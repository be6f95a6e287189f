"""When, how long and how often, as spoken: onsets, durations, dosing frequencies, days of supply, appointments.

Months count 30 days and years 365, the usual reckoning of appointments and supplies in clinics.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from scribe.drafting.numbers import read_number

PeriodUnit = Literal["minute", "hour", "day", "week", "month", "year"]

_DAY_WORDS: dict[str, tuple[float, float | None]] = {
    "하루이틀": (1, 2),
    "사나흘": (3, 4),
    "사흘나흘": (3, 4),
    "나댓새": (4, 5),
    "하루": (1, None),
    "이틀": (2, None),
    "사흘": (3, None),
    "나흘": (4, None),
    "닷새": (5, None),
    "엿새": (6, None),
    "여드레": (8, None),
    "아흐레": (9, None),
    "열흘": (10, None),
    "보름": (15, None),
    "이레": (7, None),
}
_DAY_WORD = re.compile("|".join(sorted(_DAY_WORDS, key=len, reverse=True)))
_UNIT = re.compile(
    r"\s?(?P<unit>주일|주(?![사변의름머먹치는말일])|주(?=치|일치)|개월|달|년|시간|분(?![이들께])|일(?!곱|부|단|상))"
)
_UNIT_OF: dict[str, PeriodUnit] = {
    "주일": "week",
    "주": "week",
    "개월": "month",
    "달": "month",
    "년": "year",
    "시간": "hour",
    "분": "minute",
    "일": "day",
}
_DAYS: dict[PeriodUnit, float] = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_KOREAN: dict[PeriodUnit, str] = {
    "minute": "분", "hour": "시간", "day": "일", "week": "주", "month": "개월", "year": "년",
}  # fmt: skip
_HALF = re.compile(r"\s?반(?=\s|[,.?!]|쯤|정도|전|됐|이|$)")
_NATIVE_UNITS = {"달", "시간"}
_WEEKDAYS = "월화수목금토일"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time said at ``start`` to ``end``; ``high`` ends a range in the same unit."""

    start: int
    end: int
    value: float
    unit: PeriodUnit
    high: float | None = None

    @property
    def days(self) -> float:
        return self.value * _DAYS[self.unit]

    @property
    def iso(self) -> str:
        """ISO 8601; a range gives its lower end, half hours become minutes, weeks are written in days."""
        if self.unit == "hour" and self.value != int(self.value):
            return f"PT{int(self.value)}H{round(self.value % 1 * 60)}M"
        if self.unit == "month" and self.value != int(self.value):
            return f"P{round(self.days)}D"
        count = int(self.value)
        if self.unit in ("minute", "hour"):
            return f"PT{count}{'M' if self.unit == 'minute' else 'H'}"
        letter = {"day": "D", "week": "D", "month": "M", "year": "Y"}[self.unit]
        return f"P{count * 7 if self.unit == 'week' else count}{letter}"

    @property
    def korean(self) -> str:
        """As a record writes it: "3일", "3–4일", "1시간 30분"."""
        if self.unit == "hour" and self.value != int(self.value):
            return f"{int(self.value)}시간 {round(self.value % 1 * 60)}분"
        span = f"{self.value:g}" + (f"–{self.high:g}" if self.high is not None else "")
        return span + _KOREAN[self.unit]


def find_periods(text: str) -> tuple[Period, ...]:
    """Stretches of time from left to right ("사흘", "이 주", "석 달", "한 시간 반", "이삼 일", "2주")."""
    found: list[Period] = []
    position = 0
    while position < len(text):
        period = None if position and _is_hangul(text[position - 1]) else _period_at(text, position)
        if period:
            found.append(period)
        position = period.end if period else position + 1
    return tuple(found)


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"


def _period_at(text: str, position: int) -> Period | None:
    word = _DAY_WORD.match(text, position)
    if word:
        low, high = _DAY_WORDS[word.group()]
        return Period(word.start(), word.end(), low, "day", high)
    if text.startswith("반년", position):
        return Period(position, position + 2, 6, "month")
    number = read_number(text, position)
    match = _UNIT.match(text, number.end) if number else None
    if number is None or match is None:
        return _week_word(text, position)
    unit = match.group("unit")
    if number.system == "native" and unit not in (*_NATIVE_UNITS, "주", "주일", "개월", "해"):
        return None
    if unit == "달" and number.system == "sino" and number.value < 13 and text[match.start()] != " ":
        return None
    value, end = number.value, match.end()
    if unit in ("시간", "년", "달") and (half := _HALF.match(text, end)):
        value, end = value + 0.5, half.end()
    return Period(number.start, end, value, _UNIT_OF[unit], number.high)


def _week_word(text: str, position: int) -> Period | None:
    match = re.compile(r"(일주일|한\s?주(?![사변])|두\s?주(?![사변])|일주)").match(text, position)
    if not match:
        return None
    return Period(match.start(), match.end(), 2 if match.group().startswith("두") else 1, "week")


# -- onset and duration -------------------------------------------------------------------------------------------

_POINT = (
    r"(?:그끄저께|그저께|그제|엊그제|엊그저께|어제|어젯밤|어저께|오늘|아까|방금|지난주|지난달|지난번|"
    r"저번 주|저번 달|지지난주|작년|재작년|올해|올봄|올여름|"
    r"올가을|올겨울|간밤|며칠|몇 달|몇 년|월요일|화요일|수요일|목요일|금요일|토요일|일요일|주말)"
)
_PART = r"(?:\s?(?:밤|아침|점심|저녁|새벽|오전|오후|낮|초|말|봄|여름|가을|겨울))?"
_MONTH = r"(?:\s?(?:[일이삼사오육칠팔구시유십]{1,2}월|\d{1,2}월)\s?(?:초|말|중순)?)?"
_ONSET = re.compile(rf"{_POINT}{_PART}{_MONTH}(?:\s?전)?(?:\s?(?:쯤|경|즈음))?(?:\s?(?:부터|부텀))?")
_AGO = re.compile(r"\s?(?:쯤|정도)?\s?전(?:쯤|정도)?(?:\s?(?:부터|부텀))?")
_LASTED = re.compile(
    r"\s?(?:쯤|정도|가까이|넘게|좀 넘게|은|는)?\s?(?:됐|되었|된|되|째|동안|내내|내리|지속|간(?!격)|"
    r"넘)|\s?(?:쯤|정도)(?=[.?!\s]|$)"
)
_SINCE = re.compile(
    r"(?:[가-힣]+\s?)?(?:[일이삼사오육칠팔구시유십]{1,2}월|\d{1,2}월)(?:\s?(?:초|말|중순))?(?:에|"
    r"부터)[^,.?!]{0,18}?(?:부터)?"
)


@dataclass(frozen=True, slots=True)
class Onset:
    """When something began: the words, and the stretch since then where one was said."""

    start: int
    end: int
    text: str
    period: Period | None = None
    is_start: bool = False


def find_onsets(text: str) -> tuple[Onset, ...]:
    """Points in the past ("그저께부터", "어제 밤부터", "사흘 전"); ``is_start`` where 부터 or 전 marks a beginning."""
    found = [
        Onset(m.start(), m.end(), m.group().strip(), None, m.group().endswith(("부터", "부텀", "전")))
        for m in _ONSET.finditer(text)
        if not (m.start() and _is_hangul(text[m.start() - 1]))
    ]
    for period in find_periods(text):
        match = _AGO.match(text, period.end)
        if match:
            words = text[period.start : match.end()].strip()
            found.append(Onset(period.start, match.end(), words, period, True))
    return tuple(sorted(found, key=lambda onset: onset.start))


def find_durations(text: str) -> tuple[Period, ...]:
    """Stretches that something has lasted ("보름쯤 됐나", "일주일째", "이 주 내내", "두 달 동안")."""
    return tuple(period for period in find_periods(text) if _LASTED.match(text, period.end))


# -- frequency ---------------------------------------------------------------------------------------------------

_TIMES = re.compile(r"\s?(?:번|회|차례)")
_EVERY = re.compile(r"\s?(?:마다|간격|에\s?한\s?번)")
_PER = re.compile(
    r"(?P<per>하루에|하루|일\s?일|1일|매일|이틀에|사흘에|일주일에|주에|주|한\s?달에|한\s?주에)\s?(?:에\s?)?(?:최대\s?)?"
)
_MEAL = re.compile(
    r"(?:(?P<when>아침|점심|저녁)\s?)?(?P<meal>식후|식전|식간|식사\s?후|식사\s?전|밥(?:을)?\s?(?:먹고|드시고)|"
    r"식사(?:를)?\s?하(?:고|시고)|(?:밥(?:을)?\s?(?:먹|드시)|식사(?:를)?\s?하시?)기\s?전|"
    r"공복)(?:에)?(?:\s?(?P<minutes>삼십|30|한\s?시간|1시간|두\s?시간|2시간|십|10)\s?(?P<unit>분)?)?"
)
_BEFORE_MEAL = re.compile(
    r"식사\s?(?P<minutes>삼십|30|이십|20|십오|15|십|10)\s?분\s?(?P<side>전|후|뒤)|"
    r"식사\s?(?P<hours>한|1|두|2)\s?시간\s?(?P<hour_side>전|후|뒤)"
)
_BED = re.compile(
    r"(?:자기|주무시기|취침|잠자기)\s?(?P<minutes>(?:삼십|30|한|1)\s?(?:분|시간)\s?)?전|자기\s?직전|잘\s?때"
)
_BOTH = re.compile(r"아침\s?,?\s?저녁(?:으로|에)?|아침저녁")
_THRICE = re.compile(r"아침\s?,?\s?점심\s?,?\s?저녁|세\s?끼|매\s?끼|끼니마다")
_DAYTIME = re.compile(r"(?P<when>아침|점심|저녁|밤)(?P<each>마다|에|으로)?(?=\s|,|[.?!]|$)")
_NEEDED = re.compile(r"필요할\s?때|필요시|필요하면|아플\s?때(?:마다|만)?|심할\s?때(?:만)?|열\s?나면|열\s?날\s?때|가끔")


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often and when in the day; ``text`` is the record's wording ("1일 3회 식후 30분")."""

    start: int
    end: int
    text: str
    times_per_day: float | None


def find_frequency(text: str) -> Frequency | None:
    """The dosing frequency said in ``text``, its parts (times, time of day, meal) put together."""
    spans: list[tuple[int, int]] = []
    times, count = _times(text, spans)
    parts: list[str] = [count] if count else []
    thrice, both = _THRICE.search(text), _BOTH.search(text)
    if thrice:
        spans.append(thrice.span())
        times, parts = times or 3, parts or ["1일 3회"]
    elif both:
        spans.append(both.span())
        times, parts = times or 2, [*(parts or ["1일 2회"]), "아침저녁"]
    else:
        daytime = list(_DAYTIME.finditer(text))
        if daytime and (times or 1) <= 1:
            spans.append(daytime[0].span())
            parts = [*(parts or ["1일 1회"]), daytime[0].group("when")]
            times = times or 1
    meal = _MEAL.search(text)
    if meal:
        spans.append(meal.span())
        parts.append(_meal(meal, any(part in ("아침", "점심", "저녁") for part in parts)))
        if meal.group("when"):
            times = times or 1
    gap = _BEFORE_MEAL.search(text) if not meal else None
    if gap:
        spans.append(gap.span())
        parts.append(_around_meal(gap))
    bed = _BED.search(text)
    if bed:
        spans.append(bed.span())
        minutes = bed.group("minutes") if bed.re is _BED else None
        parts = [*(parts or ["1일 1회"]), f"자기 {_minutes(minutes)}전" if minutes else "자기 전"]
        times = times or 1
    needed = _NEEDED.search(text)
    if needed:
        spans.append(needed.span())
        parts.append("필요시" if not needed.group().startswith("가끔") else "가끔")
    if not spans:
        return None
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return Frequency(start, end, " ".join(dict.fromkeys(parts)), times)


def _around_meal(match: re.Match[str]) -> str:
    side = "식전" if "전" in (match.group("side") or match.group("hour_side")) else "식후"
    length = f"{match.group('minutes')}분" if match.group("minutes") else f"{match.group('hours')}시간"
    return f"{side} {_minutes(length).strip()}"


def _meal(match: re.Match[str], has_daytime: bool) -> str:
    said = match.group("meal")
    if said not in ("식후", "식전", "식간", "공복"):
        said = "식전" if said.endswith("전") else "식후"
    words = [] if has_daytime or not match.group("when") else [match.group("when")]
    words.append(said)
    if match.group("minutes") and (match.group("unit") or "시간" in match.group("minutes")):
        words.append(_minutes(match.group("minutes") + (match.group("unit") or "")).strip())
    return " ".join(words)


def _minutes(text: str) -> str:
    number = read_number(text.strip(), 0)
    unit = "시간" if "시간" in text else "분"
    return f"{number.value:g}{unit} " if number else ""


def _times(text: str, spans: list[tuple[int, int]]) -> tuple[float | None, str]:
    for match in _PER.finditer(text):
        if match.start() and _is_hangul(text[match.start() - 1]):
            continue
        number = read_number(text, match.end())
        if number and _TIMES.match(text, number.end):
            stop = _TIMES.match(text, number.end)
            spans.append((match.start(), stop.end() if stop else number.end))
            return _per_day(match.group("per"), number.value, number.high)
    for period in find_periods(text):
        every = re.compile(r"\s?(?:마다|간격)").match(text, period.end)
        if every and period.unit in ("hour", "day", "week") and period.value:
            spans.append((period.start, every.end()))
            return round(1 / period.days, 4), f"{period.korean}마다"
    for match in re.finditer(r"(?:번|회)", text):
        before = _number_before(text, match.start())
        if before and re.search(r"(?:아침|저녁|점심|밤|자기 전|식후|식전)", text):
            spans.append((before[0], match.end()))
            return before[1], f"1일 {before[1]:g}회"
    if "매일" in text:
        start = text.index("매일")
        spans.append((start, start + 2))
        return 1, "1일 1회"
    return None, ""


def _number_before(text: str, end: int) -> tuple[int, float] | None:
    for start in range(max(0, end - 4), end):
        if start and _is_hangul(text[start - 1]):
            continue
        number = read_number(text, start)
        if number and text[number.end : end].strip() == "":
            return start, number.value
    return None


def _per_day(per: str, count: float, high: float | None) -> tuple[float | None, str]:
    compact = per.replace(" ", "").removesuffix("에")
    span = f"{count:g}" + (f"–{high:g}" if high is not None else "")
    if compact in ("하루", "일일", "1일", "매일"):
        return (count if high is None else None), f"1일 {span}회"
    days = {"이틀": 2, "사흘": 3, "일주일": 7, "주": 7, "한주": 7, "한달": 30}[compact]
    name = {2: "2일", 3: "3일", 7: "주", 30: "월"}[days]
    return (round(count / days, 4) if high is None else None), f"{name} {span}회"


# -- supply and appointments ---------------------------------------------------------------------------------------

_SUPPLY = re.compile(
    r"\s?(?:치|만\s?(?:드|바르|쓰|먹)|바르|분(?=\s|[을이만,.]|$)|간(?!격)|동안|드시(?!고\s?(?:괜찮|나서|좋아|안|효과|부작용|[가-힣]+면)|다가))"
)
_LATER = re.compile(r"\s?(?:쯤|정도)?\s?(?:뒤|후|있다가|이따|지나서|지나면|지나도)")
_NAMED_DAYS = {"내일": 1, "모레": 2, "글피": 3, "다음 주": 7, "다음주": 7, "담주": 7, "다다음 주": 14, "다다음주": 14,
               "다음 달": 30, "다음달": 30}  # fmt: skip
_NAMED = re.compile(r"다다음\s?주|다음\s?주|담주|다음\s?달|내일|모레|글피|이번\s?주")
_WEEKDAY = re.compile(rf"\s?([{_WEEKDAYS}])요일")


@dataclass(frozen=True, slots=True)
class Later:
    """A point after the encounter: the record's wording and the days until then."""

    start: int
    end: int
    text: str
    in_days: int


def find_supply(text: str) -> Period | None:
    """For how long medicine is given ("삼 일치", "이 주치", "28일치", "열흘분", "십 일간")."""
    found = [period for period in find_periods(text) if period.days >= 1 and _SUPPLY.match(text, period.end)]
    return found[-1] if found else None


def find_later(text: str, today: date) -> tuple[Later, ...]:
    """Points in the future ("이 주 뒤", "모레", "다음 주 화요일"), days counted from ``today``."""
    found: list[Later] = []
    for period in find_periods(text):
        match = _LATER.match(text, period.end)
        if match and period.days >= 1:
            found.append(Later(period.start, match.end(), f"{period.korean} 뒤", round(period.days)))
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
    return tuple(sorted(found, key=lambda later: later.start))


def _weekday_in_days(word: str, weekday: int, today: date) -> int:
    weeks = {"이번 주": 0, "이번주": 0, "다다음 주": 2, "다다음주": 2}.get(word, 1)
    monday = today - timedelta(days=today.weekday())
    return (monday + timedelta(weeks=weeks, days=weekday) - today).days
