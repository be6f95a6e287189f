"""The numbers of a text with their units, written or spoken, so that "이백오십 밀리" and "250 mg" compare equal.

A number that the speaker took back ("오백, 아니 육백오십"), only considered ("십 밀리로 올릴까 했는데") or changes from
("오백에서 천으로 올려서") is kept with that standing: it does not support a statement of the current value.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from scribe.drafting.numbers import Number, find_numbers, native_value
from scribe.drafting.quantities import COUNTED, Quantity, find_pressures, find_quantities
from scribe.drafting.times import Period, find_periods

Standing = Literal["said", "retracted", "considered", "former"]

_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_WRITTEN = re.compile(
    r"\s?(?:(?P<pressure>mmHg|mm\[Hg\])|(?P<Cel>℃|°C|Cel\b)|(?P<rate>회/분|/min|bpm)"
    r"|(?P<U>IU\b|단위|유닛)|(?P<ug>μg|㎍)|(?P<times>회|번|차례)|(?P<score>점(?!\s?\d))|(?P<degree>도(?![가-힣]{2}))"
    r"|(?P<ratio>/\d+)|(?P<clock>시(?![간작]))|(?P<age>살|세(?![가-힣]))|(?P<stage>기|급|단계|형))"
)
_COUNTER = re.compile(
    r"(?P<space>\s?)(?:번|회|알|정|개|캡슐|포|봉|방울|퍼프|시간|시|분|달|살|세|잔|병|갑|공기|끼|명|주|일|년|월|점|씨씨|도|부|층|기|그램|밀리|킬로|리터"
    r"|퍼센트|프로|컵|장|형)(?:$|[^가-힣]|이|은|는|을|를|로|에|씩|쯤|정|도|만|치|분|짜|간|동|째|까|부터|입|예|네|요|고|하|마|넘|나|된|됐|되|전|뒤|후|인|였|면)"
)
_TAKEN_BACK = re.compile(r"아니|아 참|잘못|다시 말")
_FILLED = re.compile(r"^[가-힣]{0,5},?\s*(?:어|음|그|저|아)\s*[,.…]")
_CONSIDERED = re.compile(r"^[^.?!]{0,14}?(?:[가-힣]까\s?(?:했|하다|하는|생각|고민|싶)|려다|려고\s?했)")
_RAISED = re.compile(r"^[^.?!]{0,8}?(?:으?로)\s?[^.?!]{0,6}?(?:올|늘|증량|줄|감량|내[려리]|바꾸|바꿔|변경)")
_EQUIVALENT_COUNTERS = {"알", "정", "캡슐"}
_NAME_BEFORE = re.compile(r"[A-Za-z][A-Za-z-]*-?$")
_PREFIXES = ("약", "총", "각", "주", "월", "만", "또", "및", "최대", "최고", "하루", "매일", "후", "전")
_NO_PERIOD = re.compile(r"세포|일시|이주(?![일 ])|천명|만성")
_NEAR = 18  # characters between a number and the one that corrects it
BARE_MILLI = "밀리"
_RATIOS = (
    ("mg/m2", re.compile(r"(\d[\d.,]*)\s?mg/m[²2]")),
    ("kg/m2", re.compile(r"(\d[\d.,]*)\s?kg/m[²2]")),
    ("mg/kg", re.compile(r"(\d[\d.,]*)\s?mg/kg")),
)
_A_DAY = re.compile(r"\s?(?:에\s?)?(?:[\d–~.-]+\s?(?:회|번|알|정|포)|[가-힣]{1,3}\s?(?:번|회|차례|알|포|정))")
_AGE_BARE = re.compile(
    r"(?<![가-힣])(?:스물|서른|마흔|쉰|예순|일흔|여든|아흔)(?:하나|한|둘|두|셋|세|넷|네|다섯|여섯|일곱|여덟|아홉)?(?=에|쯤|때|이[라에었고]|\s)"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number at ``start`` to ``end`` of its text; ``unit`` in UCUM, "d" for stretches of time (then the value is
    in days), a counter, or None where nothing was said; ``high`` ends a range; ``mate`` is the other number of a
    blood pressure pair."""

    start: int
    end: int
    value: float
    unit: str | None
    high: float | None = None
    mate: float | None = None
    standing: Standing = "said"

    def supports(self, claim: "Amount") -> bool:
        """True where this amount, as said, states the number of ``claim`` in a unit that can be the same."""
        return self.same_value(claim) and units_agree(self.unit, claim.unit)

    def same_value(self, claim: "Amount") -> bool:
        low, high = self._range(claim)
        claimed = claim.value
        if self.mate is not None and claim.mate is not None and abs(self.mate - claim.mate) > 1e-9:
            return False
        return low - 1e-6 * max(1, low) <= claimed <= high + 1e-6 * max(1, high)

    def _range(self, claim: "Amount") -> tuple[float, float]:
        tolerance = 0.02 * self.value if self.unit == claim.unit == "d" and self.value >= 28 else 0.0
        return self.value - tolerance, (self.high if self.high is not None else self.value) + tolerance


def units_agree(said: str | None, claimed: str | None) -> bool:
    """Whether a spoken unit can be the claimed one; an unsaid unit can be any but a stretch of time."""
    if said == claimed or claimed is None:
        return True
    if said is None:
        return claimed != "d"
    if said == BARE_MILLI:
        return claimed in ("mg", "mm", "mg/m2", "mg/kg")
    if said in COUNTED and claimed in COUNTED:
        return said in _EQUIVALENT_COUNTERS and claimed in _EQUIVALENT_COUNTERS
    return (said, claimed) in _AGREE


_AGREE = {
    ("times", "rate"), ("rate", "times"), ("degree", "Cel"), ("Cel", "degree"), ("degree", "rate"), ("mm", "mm[Hg]"),
    ("score", "ratio"), ("ratio", "score"), ("%", "score"), ("알", "times"), ("age", "times"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def find_amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of ``text`` from left to right; digits inside names and codes ("J06.9", "코로나19") are none."""
    found: list[Amount] = [
        Amount(match.start(), match.end(), float(match[1].replace(",", "")), unit)
        for unit, pattern in _RATIOS
        for match in pattern.finditer(text)
    ]
    for pressure in find_pressures(text):
        systolic, diastolic = float(pressure.systolic), float(pressure.diastolic)
        middle = max(pressure.start + 1, pressure.end - 1)
        written = _WRITTEN.match(text[pressure.end :])
        unit = written.lastgroup if written and written.lastgroup in ("Cel", "rate") else "mm[Hg]"
        found.append(Amount(pressure.start, middle, systolic, unit, mate=diastolic))
        found.append(Amount(middle, pressure.end, diastolic, unit, mate=systolic))
    _add(found, (Amount(p.start, p.end, p.value * _DAYS[p.unit], "d", _scaled(p.high, p.unit)) for p in _periods(text)))
    _add(found, (Amount(q.start, q.end, q.value, _unit(text, q), q.high) for q in find_quantities(text)))
    _add(found, (Amount(m.start(), m.end(), native_value(m[0]), "age") for m in _AGE_BARE.finditer(text)))
    daily = _daily(text)
    numbers = (number for number in find_numbers(text) if number.start not in daily)
    _add(found, (amount for number in numbers if (amount := _number(text, number)) is not None))
    found = [_ranged(text, amount, found) for amount in found]
    return _standing(text, sorted(found, key=lambda amount: amount.start))


def _scaled(value: float | None, unit: str) -> float | None:
    return None if value is None else value * _DAYS[unit]


def _add(found: list[Amount], more: Iterable[Amount]) -> None:
    """Adds those that do not overlap what is there."""
    for amount in more:
        if not any(amount.start < other.end and other.start < amount.end for other in found):
            found.append(amount)


def _daily(text: str) -> set[int]:
    """Where the day of "1일 3회" and "하루 세 번" stands: it is no stretch of time."""
    return {
        period.start
        for period in find_periods(text)
        if period.value == 1 and period.unit == "day" and _A_DAY.match(text[period.end :])
    }


def _periods(text: str) -> list[Period]:
    daily = _daily(text)
    return [period for period in find_periods(text) if period.start not in daily]


def _unit(text: str, quantity: Quantity) -> str:
    """A bare 밀리 may be milligrams, millilitres or millimetres."""
    bare = quantity.unit == "mg" and re.search(r"(?:밀리|미리)$", text[quantity.start : quantity.end])
    return BARE_MILLI if bare else quantity.unit


def _ranged(text: str, amount: Amount, amounts: list[Amount]) -> Amount:
    """The lower end of a written range takes the unit of the upper end: "1~2시간"."""
    if amount.unit is not None or not re.match(r"\s?[–~-]\s?\d", text[amount.end :]):
        return amount
    upper = next((other for other in amounts if 0 < other.start - amount.end <= 3), None)
    if upper is None:
        return amount
    number = re.match(r"[\d.,]+", text[upper.start :])
    scale = upper.value / float(number[0].strip(".,").replace(",", "")) if number and upper.unit == "d" else 1.0
    return replace(amount, value=amount.value * scale, unit=upper.unit)


def _number(text: str, number: Number) -> Amount | None:
    before, after = text[: number.start], text[number.end :]
    if number.system == "digits" and _inside_name(before):
        return None
    if before.endswith("/") and re.search(r"\d/$", before) and number.value in (5, 10) and not re.match(r"\.\d", after):
        return None
    match = _WRITTEN.match(after)
    unit = match.lastgroup if match else None
    if number.is_single_syllable and number.value < 10 and not match and not _COUNTER.match(after):
        return None
    number = _without_copula(text, number)
    return Amount(number.start, number.end, number.value, "mm[Hg]" if unit == "pressure" else unit, number.high)


def _without_copula(text: str, number: Number) -> Number:
    """ "십육 점이에요" is 16 points, not 16.2."""
    said = text[number.start : number.end]
    copula = re.search(r"점\s?이$", said) and re.match(r"에요|네요|고|요|었|니|라|야|죠|지", text[number.end :])
    if copula and number.value != int(number.value):
        return replace(number, value=float(int(number.value)), end=number.end - 1)
    return number


def _inside_name(before: str) -> bool:
    if _NAME_BEFORE.search(before[-12:]) and not before.endswith((" ", "NRS")):
        return True
    hangul = re.search(r"[가-힣]+$", before)
    return bool(hangul) and not hangul[0].endswith(_PREFIXES) if hangul else False


def _standing(text: str, amounts: list[Amount]) -> tuple[Amount, ...]:
    following: list[Amount | None] = [*amounts[1:], None]
    return tuple(replace(a, standing=_stands(text, a, later)) for a, later in zip(amounts, following, strict=False))


def _stands(text: str, amount: Amount, following: Amount | None) -> Standing:
    if _CONSIDERED.match(text[amount.end :]):
        return "considered"
    if following is None:
        return "said"
    between = text[amount.end : following.start]
    comparable = units_agree(amount.unit, following.unit) or units_agree(following.unit, amount.unit)
    if comparable and len(between) <= _NEAR and (_TAKEN_BACK.search(between) or _FILLED.match(between)):
        return "retracted"
    if re.fullmatch(r"\s?에서\s?", between) and _RAISED.match(text[following.end :]):
        return "former"
    return "said"


def written_amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of a written statement: there 천 of 천명 and 일 of 일시 are no numbers."""
    return tuple(
        amount
        for amount in find_amounts(text)
        if not _NO_PERIOD.match(text[amount.start :]) and _is_written(text[amount.start : amount.end], amount)
    )


def _is_written(words: str, amount: Amount) -> bool:
    return amount.unit == "d" or bool(re.search(r"\d|^[한두세네석넉닷엿]\b|^[가-힣]{2,}", words))
