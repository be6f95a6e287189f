"""Numbers with units, as spoken, into UCUM; temperatures and blood pressure pairs.

``find_quantities`` reads doses, amounts and measures ("육백오십 밀리", "반 알", "한 알 반", "0.5mg", "제곱미터당 육십오
밀리", "시간당 팔십 씨씨", "삼십팔 도 이 부"); ``find_pressures`` reads pairs ("백사십에 구십", "140/90", "수축기 백사십
이완기 구십").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.drafting.numbers import Number, find_numbers, read_number

# spoken unit -> UCUM, or the Korean counter where UCUM has none; longest first within a meaning
_UNITS: tuple[tuple[str, str], ...] = (
    (r"밀리\s?리터|미리\s?리터|씨씨|시시|mL|ml|ML|cc|CC", "mL"),
    (r"마이크로\s?그램|마이크로|mcg|㎍|ug|μg", "ug"),
    (r"나노\s?그램|나노|ng(?![a-z])", "ng"),
    (r"피코\s?그램|피코|pg(?![a-z])", "pg"),
    (r"밀리\s?몰|미리\s?몰|mmol", "mmol"),
    (r"밀리\s?이퀴(?:벌런트)?|밀리\s?에퀴|mEq|meq", "meq"),
    (r"밀리\s?그램|미리\s?그램|mg|MG|밀리(?!\s?미터)|미리(?!\s?미터)", "mg"),
    (r"킬로\s?그램|키로\s?그램|킬로(?!\s?미터)|키로(?!\s?미터)|kg|KG|㎏", "kg"),
    (r"밀리\s?미터|미리\s?미터|mm(?!\s?Hg)", "mm"),
    (r"센티\s?미터|센티|센치|cm", "cm"),
    (r"그램|그람|g(?![a-z])", "g"),
    (r"리터|L(?![A-Za-z])", "L"),
    (r"유닛|국제\s?단위|단위|아이유|IU|units?|U(?![A-Za-z])", "U"),
    (
        r"퍼센트|프로(?=[예에]요|이에|이[고네면었]|입니|인데|였|라고|정도|까지|밖에|부터|거든|네요|니까)|프로(?![가-힣]{2})|%",
        "%",
    ),
    (r"알(?![레러려아겠])", "알"),
    (r"정(?![도상말신맥주확거원])", "정"),
    (r"캡슐", "캡슐"),
    (r"포(?![트도함진타기장스])", "포"),
    (r"봉지|봉", "봉"),
    (r"방울", "방울"),
    (r"퍼프", "퍼프"),
    (r"스푼|숟가락|숟갈", "스푼"),
    (r"앰플", "앰플"),
    (r"바이알", "바이알"),
    (r"패치", "패치"),
)
COUNTED = frozenset({"알", "정", "캡슐", "포", "봉", "방울", "퍼프", "스푼", "앰플", "바이알", "패치"})
MASSES = frozenset({"mg", "ug", "g", "U", "mL", "L"})
DOSE_UNITS = COUNTED | MASSES | {"mg/m2", "mg/kg", "ug/kg", "mL/kg", "meq", "L/min", "mL/h", "mg/h", "U/h"}
# "밀리그램 퍼 데시리터", "mg/dL", "씨씨 퍼 아워": what the amount is divided by
_DIVISORS: tuple[tuple[str, str], ...] = (
    (r"데시\s?리터|데시|디엘|dL|dl", "dL"),
    (r"밀리\s?리터|씨씨|mL|ml", "mL"),
    (r"리터|엘|L", "L"),
    (r"킬로\s?그램|킬로|키로|kg", "kg"),
    (r"아워|시간|hr|h(?![A-Za-z])", "h"),
    (r"미닛|분|min", "min"),
)
_DIVIDED = re.compile(
    r"\s?(?:퍼|per|/)\s?(?:" + "|".join(f"(?P<d{i}>{pattern})" for i, (pattern, _) in enumerate(_DIVISORS)) + ")"
)
_PER_TIME = re.compile(r"(?:(?P<h>시간)|(?P<min>분))\s?당\s?(?:한\s)?$")
_DIVISIBLE = frozenset({"mg", "ug", "ng", "pg", "g", "mmol", "meq", "mL", "L", "U"})

_UNIT_AT = re.compile(r"\s?(?:" + "|".join(f"(?P<u{i}>{pattern})" for i, (pattern, _) in enumerate(_UNITS)) + ")")
_UNIT_NAMES = {ucum: re.compile(rf"\s?(?:{pattern})") for pattern, ucum in _UNITS}
_PER_AREA = re.compile(r"(?:제곱\s?미터|평방\s?미터)\s?당\s?(?:[^.?!]{0,14}?에서\s?)?$")
_PER_KG = re.compile(r"(?:킬로(?:그램)?|kg)\s?당\s?$")
_HALF_COUNT = re.compile(
    r"(?<![가-힣])(?P<quarter>반의\s?)?반\s?(?P<unit>알|정(?![도상])|포(?!기)|봉|캡슐|스푼|앰플|바이알|패치)(?![가-힣]*레)|"
    r"(?<![가-힣])(?P<halves>반\s?쪽)(?=씩|[만을]?\s?(?:드|먹|복용))"
)
_AND_HALF = re.compile(r"\s?반(?=\s|[,.?!]|씩|을|으로|이|$)")
# "사 밀리 반" is four and a half; "오 밀리 반 알" half a tablet, "오 밀리 반으로" half of it
_AMOUNT_AND_HALF = re.compile(
    r"\s?반(?=[,.?!]|씩|$|\s(?!알|정|포|쪽|캡슐|봉|스푼|숟|앰플|바이알|패치|시간|나절|컵|개))"
)
_HALVED = frozenset({"mL", "mg", "g", "kg", "L", "cm"})
_DEGREES = re.compile(r"\s?도(?:씨)?(?!\s?(?:안|못))(?:\s?(?P<tenths>[일이삼사오육칠팔구\d])\s?부|\s?(?P<half>반))?")
_PAIR_LINK = re.compile(r"\s?(?:에다가?|에서?|/|\s에\s|\s다시\s|\s)\s?")
_NAMED_LINK = re.compile(r"\s?,\s?")
_PRESSURE_NAME = re.compile(r"(?:혈압|BP|비피)(?:은|이|는|요|이요)?[\s,]{0,2}$")
_UPPER = re.compile(r"(?:수축기|(?<![가-힣])(?:위|윗))(?:\s?혈압)?(?:[이가은는]|로는|쪽은|에가)?\s?")
_LOWER = re.compile(
    r"[^.?!\d]{0,8}?(?:이완기|(?<![가-힣])(?:아래|밑|아랫))(?:\s?혈압)?(?:[이가은는]|로는|쪽은|에가)?\s?"
)
_ENDS_MID_WORD = re.compile(r"(?![이은는가도를을로으쯤정예였네라고요인나입까밀수죠지다])[가-힣]")
# how recognisers write "백오십팔에 구십육": a decimal that is none, a genitive
_MISHEARD_PAIR = re.compile(
    r"(?<![\d.])(?P<high>\d{2,3})(?:\.|\s?의\s?)(?P<low>\d{2,3})(?![\d.]|\s?(?:cm|kg|mg|센티|킬로))"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` ``unit`` said at ``start`` to ``end``; ``high`` ends a range."""

    start: int
    end: int
    value: float
    unit: str
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Pressure:
    """A blood pressure in mm[Hg]; ``is_guess`` where it was written as something else ("158.96").

    ``is_unclear`` where the lower value can be read in two ways: "백이십팔에 칠십이요" is 128/70 or 128/72.
    """

    start: int
    end: int
    systolic: int
    diastolic: int
    is_guess: bool = False
    is_unclear: bool = False


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of ``text`` from left to right; a number without a unit is none."""
    found = [
        quantity for number in find_numbers(text) if (quantity := _temperature(text, number) or _measured(text, number))
    ]
    halves = [
        Quantity(match.start(), match.end(), 0.25 if match["quarter"] else 0.5, match["unit"] or "알")
        for match in _HALF_COUNT.finditer(text)
        if not any(quantity.start <= match.start() < quantity.end for quantity in found)
    ]
    return tuple(sorted([*found, *halves], key=lambda quantity: quantity.start))


def _measured(text: str, number: Number) -> Quantity | None:
    match = _UNIT_AT.match(text, number.end)
    if not match or _is_yes(text, number):
        return None
    unit = next(ucum for index, (_, ucum) in enumerate(_UNITS) if match.group(f"u{index}"))
    end, value = match.end(), number.value
    with_half = _AND_HALF if unit in COUNTED else _AMOUNT_AND_HALF if unit in _HALVED and value % 1 == 0 else None
    if with_half and (half := with_half.match(text, end)):
        value, end = value + 0.5, half.end()
    before = text[: number.start]
    if unit == "mg" and _PER_AREA.search(before):
        unit = "mg/m2"
    elif unit in _DIVISIBLE and _PER_KG.search(before):
        unit = f"{unit}/kg"
    elif unit in _DIVISIBLE:
        unit, end = _divided(text, unit, number.start, end)
    return Quantity(number.start, end, value, unit, number.high)


def _divided(text: str, unit: str, start: int, end: int) -> tuple[str, int]:
    """The unit with what it is divided by, said before ("시간당") or after ("퍼 데시리터"), and where it ends."""
    after = _DIVIDED.match(text, end)
    if after:
        by = next(name for index, (_, name) in enumerate(_DIVISORS) if after.group(f"d{index}"))
        return f"{unit}/{by}", after.end()
    before = _PER_TIME.search(text[:start])
    return (f"{unit}/{'h' if before['h'] else 'min'}", end) if before else (unit, end)


def _is_yes(text: str, number: Number) -> bool:
    """네 at the beginning of a sentence says yes: "네 그램 염색이요"; counted things keep it ("네 알")."""
    said = text[number.start : number.end]
    begins = not text[: number.start].strip() or text[: number.start].rstrip()[-1] in ".?!,"
    counted = any(_UNIT_NAMES[unit].match(text, number.end) for unit in ("알", "정", "포", "캡슐"))
    return said == "네" and begins and not counted


def _temperature(text: str, number: Number) -> Quantity | None:
    match = _DEGREES.match(text, number.end)
    if not match or number.system == "native" or not 30 <= number.value <= 45:
        return None
    value = number.value
    if match.group("tenths") and (tenths := read_number(text, match.start("tenths"))):
        value = round(value + tenths.value / 10, 1)
    elif match.group("half"):
        value += 0.5
    return Quantity(number.start, match.end(), value, "Cel", number.high)


def find_pressures(text: str) -> tuple[Pressure, ...]:
    """Blood pressure pairs: two whole numbers joined by 에, a slash or a space, or named, 60–260 over 30–150, falling.

    Also pairs that a recogniser wrote as a decimal or with 의, marked as a guess: they count only beside 혈압.
    """
    numbers = find_numbers(text)
    found: list[Pressure] = []
    position = 0
    for first in numbers:
        if first.start < position or first.high is not None:
            continue
        link = _PAIR_LINK.match(text, first.end) or _named_link(text, first)
        second = read_number(text, link.end()) if link and link.end() > first.end else None
        if second is None or not _is_pressure(first, second) or _measured(text, second):
            continue
        if re.match(r"\s?(?:분|시|번|회|일|점)", text[second.end :]) or _ENDS_MID_WORD.match(text, second.end):
            continue
        is_unclear = second.other is not None and first.value % 10 != 0
        found.append(Pressure(first.start, second.end, int(first.value), int(second.value), is_unclear=is_unclear))
        position = second.end
    found += [pair for pair in _labelled(text, numbers) if not any(_overlap(pair, sure) for sure in found)]
    found += [guess for guess in _misheard_pairs(text) if not any(_overlap(guess, sure) for sure in found)]
    return tuple(sorted(found, key=lambda pressure: pressure.start))


def _named_link(text: str, first: Number) -> re.Match[str] | None:
    """A comma joins a pair only right behind its name: "혈압 백사십, 구십"."""
    return _NAMED_LINK.match(text, first.end) if _PRESSURE_NAME.search(text[: first.start]) else None


def _labelled(text: str, numbers: tuple[Number, ...]) -> Iterator[Pressure]:
    """Both values by name: "수축기 백사십 이완기 구십", "위가 백삼십이고 아래가 팔십"."""
    for match in _UPPER.finditer(text):
        first = next((number for number in numbers if number.start == match.end()), None)
        lower = _LOWER.match(text, first.end) if first else None
        second = next((number for number in numbers if lower and number.start == lower.end()), None)
        if first and second and first.high is None and second.high is None and _is_pressure(first, second):
            unclear = first.other is not None or second.other is not None
            yield Pressure(match.start(), second.end, int(first.value), int(second.value), is_unclear=unclear)


def _misheard_pairs(text: str) -> Iterator[Pressure]:
    for match in _MISHEARD_PAIR.finditer(text):
        high, low = int(match.group("high")), int(match.group("low"))
        if 60 <= high <= 260 and 30 <= low <= 150 and high > low:
            yield Pressure(match.start(), match.end(), high, low, is_guess=True)


def _overlap(one: Pressure, other: Pressure) -> bool:
    return one.start < other.end and other.start < one.end


def _is_pressure(first: Number, second: Number) -> bool:
    whole = first.value == int(first.value) and second.value == int(second.value)
    spoken = first.system != "native" and second.system != "native"
    return whole and spoken and 60 <= first.value <= 260 and 30 <= second.value <= 150 and first.value > second.value


def written(value: float) -> str:
    """The value as a record writes it: 2 for 2.0, 0.42 for 0.42."""
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
