"""How often and when in the day a medicine is taken, as spoken, put together into the record's wording."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.drafting.numbers import read_number
from scribe.drafting.periods import Period, find_periods

_TIMES = re.compile(r"\s?(?:번|회|차례)")
_TO = re.compile(r"\s?(?:에서|내지|이나|혹은|또는|~|-)\s?")
_PER = re.compile(
    r"(?P<per>하루에|하루|일\s?일|1일|매일|이틀에|이틀|사흘에|일주일에|일주일|주에|주|한\s?달에|한\s?달|한\s?주에)\s?(?:에\s?)?(?:최대\s?)?"
)
_ONCE_IN = re.compile(r"에\s?한\s?(?:번|차례)")
_EACH = re.compile(r"\s?(?:마다|간격)")
_EVERY_OTHER_DAY = re.compile(r"격일(?:로|에|제)?|하루\s?걸러(?:서)?|하루\s?건너")
_DAILY = re.compile(r"매일|날마다")
_WEEKDAYS = re.compile(
    r"(?<![가-힣])(?P<days>월화수목금|월수금|화목토|월수|월목|화금|화목|수토|수금)(?=\s|,|에|으로|로|요일|만|[.?!]|$)|"
    r"매주\s?(?P<weekly>[월화수목금토일])요일|(?<![가-힣])(?P<each>[월화수목금토일])요일마다"
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
_AT_MEAL = (
    (
        "식사 직후",
        re.compile(r"식사\s?직후|식후\s?(?:바로|즉시|곧)|밥(?:을)?\s?(?:먹고|드시고)\s?(?:나서\s?)?(?:바로|곧)"),
    ),
    ("식사 직전", re.compile(r"식사\s?직전|식전\s?(?:바로|직전)|밥(?:을)?\s?(?:먹기|드시기)\s?(?:바로\s?전|직전)")),
    (
        "식사와 함께",
        re.compile(
            r"(?:식사|밥|음식)(?:와|하고|이랑|랑|과)?\s?(?:함께|같이)|식사\s?(?:중에|도중|하시?면서)|밥\s?(?:먹으|드시)면서"
        ),
    ),
)
_BED = re.compile(
    r"(?:자기|주무시기|취침|잠자기)\s?(?P<minutes>(?:삼십|30|한|1)\s?(?:분|시간)\s?)?전|자기\s?직전|잘\s?때"
)
_BOTH = re.compile(r"아침\s?,?\s?저녁(?:으로|에)?|아침저녁")
_THRICE = re.compile(r"아침\s?,?\s?점심\s?,?\s?저녁|세\s?끼|매\s?끼|끼니마다|매\s?식[후전]|식[후전]마다")
_DAYTIME = re.compile(r"(?P<when>아침|점심|저녁|밤)(?P<each>마다|에만|에|으로만|으로|만)?(?=\s|,|[.?!]|$)")
# "저녁은 빼고", "아침 말고": that time of the day is none
_NOT_THEN = re.compile(r"[^,.?!]{0,10}?(?:말고|빼고|빼시|끊|대신|건너|안 드|안 먹|드시지|먹지)")
_NEEDED = re.compile(r"필요할\s?때|필요시|필요하면|아플\s?때(?:마다|만)?|심할\s?때(?:만)?|열\s?나면|열\s?날\s?때|가끔")
_DAYS_OF = {"이틀": 2, "사흘": 3, "일주일": 7, "주": 7, "한주": 7, "한달": 30}
_NAME_OF = {2: "2일", 3: "3일", 7: "주", 30: "월"}


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often and when in the day; ``text`` is the record's wording ("1일 3회 식후 30분").

    ``times_per_day`` is None where it is not one number: as needed, or a range.
    """

    start: int
    end: int
    text: str
    times_per_day: float | None


@dataclass(slots=True)
class _Parts:
    """What was found so far: the words' places, the wording, the number of times a day."""

    spans: list[tuple[int, int]]
    words: list[str]
    times: float | None = None

    def add(self, span: tuple[int, int], word: str | None = None) -> None:
        self.spans.append(span)
        if word:
            self.words.append(word)


def find_frequency(text: str) -> Frequency | None:
    """The dosing frequency said in ``text``, its parts (times, time of day, meal) put together."""
    parts = _Parts([], [])
    parts.times, count = _times(text, parts.spans)
    if count:
        parts.words.append(count)
    _add_daytimes(text, parts)
    _add_meal(text, parts)
    _add_bed(text, parts)
    needed = _NEEDED.search(text)
    if needed:
        parts.add(needed.span(), "필요시" if not needed.group().startswith("가끔") else "가끔")
    if not parts.spans:
        return None
    start, end = min(span[0] for span in parts.spans), max(span[1] for span in parts.spans)
    return Frequency(start, end, " ".join(dict.fromkeys(parts.words)), parts.times)


# -- times of the day ------------------------------------------------------------------------------------------------


def _add_daytimes(text: str, parts: _Parts) -> None:
    thrice, both = _THRICE.search(text), _BOTH.search(text)
    if thrice:
        parts.add(thrice.span())
        parts.times, parts.words = parts.times or 3, parts.words or ["1일 3회"]
        return
    if both:
        parts.add(both.span())
        parts.times, parts.words = parts.times or 2, [*(parts.words or ["1일 2회"]), "아침저녁"]
        return
    said = [match for match in _DAYTIME.finditer(text) if not _NOT_THEN.match(text, match.end())]
    whens = list(dict.fromkeys(match.group("when") for match in said))
    if len(whens) > 1 and not parts.words:
        parts.add((said[0].start(), said[-1].end()))
        parts.times, parts.words = len(whens), [f"1일 {len(whens)}회", _together(whens)]
    elif whens and (parts.times or 1) <= 1:
        parts.add(said[0].span())
        parts.words = [*(parts.words or ["1일 1회"]), whens[0]]
        parts.times = parts.times or 1


def _together(whens: list[str]) -> str:
    return "".join(whens) if len(whens) == 2 else " ".join(whens)


def _add_meal(text: str, parts: _Parts) -> None:
    for name, pattern in _AT_MEAL:
        at = pattern.search(text)
        if at:
            parts.add(at.span(), name)
            return
    meal = _MEAL.search(text)
    if meal:
        parts.add(meal.span(), _meal(meal, any(part in ("아침", "점심", "저녁") for part in parts.words)))
        if meal.group("when"):
            parts.times = parts.times or 1
        return
    gap = _BEFORE_MEAL.search(text)
    if gap:
        parts.add(gap.span(), _around_meal(gap))


def _add_bed(text: str, parts: _Parts) -> None:
    bed = _BED.search(text)
    if bed is None:
        return
    parts.add(bed.span())
    minutes = bed.group("minutes")
    parts.words = [*(parts.words or ["1일 1회"]), f"자기 {_minutes(minutes)}전" if minutes else "자기 전"]
    parts.times = parts.times or 1


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


# -- how often -------------------------------------------------------------------------------------------------------


def _times(text: str, spans: list[tuple[int, int]]) -> tuple[float | None, str]:
    """Times a day and the wording; the first rule that finds something decides."""
    for found in (
        *_counted(text),
        *_spaced(text),
        *_named(text),
        *_bare_count(text),
    ):
        spans.append(found[0])
        return found[1]
    return None, ""


_Found = tuple[tuple[int, int], tuple[float | None, str]]


def _counted(text: str) -> Iterator[_Found]:
    """ "하루 세 번", "일주일에 두 번에서 세 번"."""
    for match in _PER.finditer(text):
        if _inside_word(text, match.start()):
            continue
        number = read_number(text, match.end())
        stop = _TIMES.match(text, number.end) if number else None
        if number is None or stop is None:
            continue
        end, high = stop.end(), number.high
        to = _TO.match(text, end)
        second = read_number(text, to.end()) if to else None
        last = _TIMES.match(text, second.end) if second else None
        if second and last and second.value > number.value:
            end, high = last.end(), second.value
        yield (match.start(), end), _per_day(match.group("per"), number.value, high)


def _spaced(text: str) -> Iterator[_Found]:
    """ "여덟 시간마다", "네 시간에서 여섯 시간 간격으로", "석 달에 한 번", "이틀에 한 번"."""
    periods = find_periods(text)
    for index, period in enumerate(periods):
        each, once = _EACH.match(text, period.end), _ONCE_IN.match(text, period.end)
        stop = each or once
        if stop is None or not period.value or period.unit == "minute":
            continue
        before = periods[index - 1] if index else None
        joint = _TO.fullmatch(text, before.end, period.start) if before else None
        if before and joint and before.unit == period.unit:
            span = Period(before.start, period.end, before.value, period.unit, period.value)
            yield (before.start, stop.end()), (None, f"{span.korean}마다")
        elif once and period.unit != "hour":
            yield (period.start, stop.end()), (round(1 / period.days, 4), f"{period.korean} 1회")
        else:
            times = None if period.high is not None else round(1 / period.days, 4)
            yield (period.start, stop.end()), (times, f"{period.korean}마다")


def _named(text: str) -> Iterator[_Found]:
    """Every other day, days of the week."""
    other = _EVERY_OTHER_DAY.search(text)
    if other:
        yield other.span(), (0.5, "2일 1회")
    days = _WEEKDAYS.search(text)
    if days:
        names = days["days"] or days["weekly"] or days["each"]
        listed = f"{names}요일" if len(names) == 1 else names
        yield days.span(), (round(len(names) / 7, 4), f"주 {len(names)}회 {listed}")


def _bare_count(text: str) -> Iterator[_Found]:
    for match in re.finditer(r"(?:번|회)", text):
        before = _number_before(text, match.start())
        if before and re.search(r"(?:아침|저녁|점심|밤|자기 전|식후|식전)", text):
            yield (before[0], match.end()), (before[1], f"1일 {before[1]:g}회")
    daily = _DAILY.search(text)
    if daily:
        yield daily.span(), (1, "1일 1회")


def _number_before(text: str, end: int) -> tuple[int, float] | None:
    for start in range(max(0, end - 4), end):
        if _inside_word(text, start):
            continue
        number = read_number(text, start)
        if number and text[number.end : end].strip() == "":
            return start, number.value
    return None


def _inside_word(text: str, start: int) -> bool:
    return bool(start) and "가" <= text[start - 1] <= "힣"


def _per_day(per: str, count: float, high: float | None) -> tuple[float | None, str]:
    compact = per.replace(" ", "").removesuffix("에")
    span = f"{count:g}" + (f"–{high:g}" if high is not None else "")
    if compact in ("하루", "일일", "1일", "매일"):
        return (count if high is None else None), f"1일 {span}회"
    days = _DAYS_OF[compact]
    return (round(count / days, 4) if high is None else None), f"{_NAME_OF[days]} {span}회"
