"""How much of a drug: amounts said after it, the one that holds of several, strengths times tablets."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from scribe.drafting.extract.dosing import Segment, settled, until_condition
from scribe.drafting.lexicon import MedicineRow
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import DOSE_UNITS, MASSES, Quantity, find_quantities

_STRENGTH = re.compile(r"(?P<value>\d+(?:\.\d+)?) (?P<unit>mg|g|ug|mL|L|IU)")
_SYRUP_BEFORE = re.compile(r"(?:시럽|물약|현탁액)\s?,?\s*$")
_TABLETS = frozenset({"알", "정", "캡슐", "포"})
_LIQUID_FORMS = frozenset({"시럽", "포"})
_LIQUID_WORDS = re.compile(r"시럽|물약|현탁|내복액|숟갈|숟가락|스푼|수액|살라인|살린|식염수")
# between two amounts: the second corrects the first
_CORRECTS = re.compile(
    r"아니|말고|대신|드시던|쓰시던|맞으시던|먹던|쓰던|맞던|드셨던|그러니까|이번엔|일단|그냥|처음이니까|려다|려던|싶은데|싶지만|보통|인데|지만|…|^\s?에서\s|"
    r"^[\s,]*(?:음|어|흠)[\s,]|\s{3,}|으로[^.]{0,4}처음|^\s?,\s*처음"
)
# between two amounts: the second comes later, or only if
_LATER = re.compile(
    r"드시고|먹고|쓰고|맞고|바르고|뒤에|뒤부터|후에|후부터|다음|부터는|되면|넘으면|이하면|이상이면|안 되면|"
    r"까지는|이후|하다가"
)
# limits, and the step by which a dose is moved: "이 단위씩 사흘마다 올리세요"
_OTHER_AMOUNT = re.compile(r"\s?(?:이하|이상|넘|까지|미만|에서 시작하는)|씩\s[^.,]{0,10}?(?:올|줄|늘|낮|감량|증량)")
_MADE_UP = re.compile(r"\s?짜리")
_IN_ALL = re.compile(r"\s?(?:만|을|를)?\s?(?:드릴|처방|나갈|드려)|만(?=[\s,])")
_FEW = 3
_A_DAY = re.compile(r"하루(?:에)?\s?(?:총\s)?$")
_NO_DOSE_AFTER = re.compile(
    r"\s?(?:일|주|달(?!아|고|으)|번|개월|시간|년|회|점|명|차|도(?!\s)|알|정|포|방울|퍼프|분|살|주치|개(?!월)|퍼|프로|게이지|"
    r"대|이상|이하|만 원)"
)
_TOPICAL_STRENGTH = ("%",)
_PUFFS = re.compile(r"(?P<count>한|두|세|네)\s?번(?:씩)?(?:\s?(?:흡입|뿌리|들이|칙|빨|분무))?")
_SPRAYED = frozenset({"inhaled", "nasal"})
# "영 점 삼칠오로 줄입니다": what a dose is changed to
_IS_TARGET = re.compile(r"\s?(?:으로|로)\s(?:다시\s)?(?:줄|올|늘|낮|높|감량|증량|바꾸|바꿔|내리|내려)")
_LEAST = 2
_ONES = ("하나", "한", "두", "둘", "세", "네", "반")
_NATIVE = {"한": 1.0, "두": 2.0, "세": 3.0, "네": 4.0}


def loose_dose(text: str) -> Quantity | None:
    """The dose of a sentence that names no drug: "한 번에 오백 밀리그램, 하루 두 번"."""
    amounts = [quantity for quantity in find_quantities(text) if quantity.unit in DOSE_UNITS]
    masses = [quantity for quantity in amounts if quantity.unit in MASSES]
    return _standing(text, masses) or _standing(text, amounts)


def dose_of(segment: Segment) -> Quantity | None:
    """The dose taken at once; where the words weigh or correct several, the one that is settled on."""
    text = until_condition(segment)
    offset = segment.mention.end - segment.start
    doses = [dose for part, start in settled(text, offset) if (dose := _dose(segment, part, start)) is not None]
    return next((dose for dose in doses if dose.unit in MASSES), doses[0] if doses else None)


def _dose(segment: Segment, text: str, offset: int) -> Quantity | None:
    found = [q for q in find_quantities(text) if q.start >= offset and not _OTHER_AMOUNT.match(text, q.end)]
    amounts = [_in_liquid(segment, text, q) for q in found if q.unit in DOSE_UNITS]
    masses = [q for q in amounts if q.unit in MASSES | {"mg/m2", "mg/kg"}]
    bare = _bare(segment, text, offset)
    if bare is not None and not any(q.start <= bare.start < q.end for q in masses):
        masses = sorted([*masses, *_same_dimension(bare, masses)], key=lambda q: q.start) or [bare]
    strength = _standing(text, masses)
    if strength is not None:
        return _times_tablets(segment, text, strength)
    counted = _standing(text, amounts)
    if counted is not None:
        return counted
    return _sprays(segment, text, offset) or next((q for q in found if q.unit in _TOPICAL_STRENGTH), None)


def _same_dimension(bare: Quantity, masses: Sequence[Quantity]) -> list[Quantity]:
    return [bare] if not masses or any(q.unit == bare.unit for q in masses) else []


def _standing(text: str, amounts: Sequence[Quantity]) -> Quantity | None:
    """The first amount, unless the words between it and the next of its unit correct it."""
    if not amounts:
        return None
    chosen = amounts[0]
    for first, second in pairwise(amounts):
        between = text[first.end : second.start]
        if first is not chosen or first.unit != second.unit or _LATER.search(between):
            break
        if _MADE_UP.match(text, first.end) and "그러니까" not in between:
            break
        if not _CORRECTS.search(between) and not _IS_TARGET.match(text, second.end):
            break
        chosen = second
    return chosen


def _times_tablets(segment: Segment, text: str, strength: Quantity) -> Quantity:
    """ "오 밀리짜리 여섯 알", "오백 밀리 두 알씩": the strength of one tablet times the tablets taken at once."""
    after = find_quantities(text[strength.end :])
    counts = [replace(q, start=q.start + strength.end, end=q.end + strength.end) for q in after if q.unit in _TABLETS]
    tablets = _standing(text, counts)
    if tablets is None or tablets.value == 1 or tablets.high is not None or strength.high is not None:
        return strength
    between = text[strength.end : tablets.start]
    if len(between) > 24 or _A_DAY.search(between) or _LATER.search(between) or _IN_ALL.match(text, tablets.end):
        return strength
    is_made_up = _MADE_UP.match(text, strength.end)
    is_one_tablet = (strength.value, strength.unit) in strengths_of(segment.mention.row)
    is_at_once = tablets.value <= _FEW or text.startswith("씩", tablets.end)
    is_changed = counts[0] is not tablets
    if not is_made_up and not is_changed and not (is_one_tablet and is_at_once):
        return strength
    return Quantity(strength.start, tablets.end, round(strength.value * tablets.value, 4), strength.unit)


def strengths_of(row: object) -> list[tuple[float, str]]:
    """The single strengths of a medicine ("5 mg" and not "110/50 ug")."""
    if not isinstance(row, MedicineRow):
        return []
    made = [_STRENGTH.fullmatch(strength) for strength in row.strengths]
    return [(float(m.group("value")), m.group("unit").replace("IU", "U")) for m in made if m]


def _in_liquid(segment: Segment, text: str, quantity: Quantity) -> Quantity:
    """ "밀리" of a syrup or a fluid is millilitres; said as 밀리그램 it stays."""
    said = text[quantity.start : quantity.end].removesuffix("반").rstrip()
    if quantity.unit != "mg" or not said.endswith(("밀리", "미리")):
        return quantity
    row = segment.mention.row
    is_liquid = isinstance(row, MedicineRow) and (
        row.form in _LIQUID_FORMS or any(strength.endswith((" mL", " L")) for strength in row.strengths)
    )
    words = text
    if _SYRUP_BEFORE.search(segment.turn.text[max(0, segment.start - 14) : segment.start]):
        words = f"시럽 {text}"
    strengths = {value for value, unit in strengths_of(row) if unit == "mg"}
    if not _LIQUID_WORDS.search(words) and (not is_liquid or quantity.value in strengths):
        return quantity
    return Quantity(quantity.start, quantity.end, quantity.value, "mL", quantity.high)


def _bare(segment: Segment, text: str, offset: int) -> Quantity | None:
    """A number without a unit, right after the drug or one of its strengths: "아스피린 삼백", "이번엔 그대로 오십"."""
    made = strengths_of(segment.mention.row)
    found: list[Quantity] = []
    measured = {quantity.start for quantity in find_quantities(text) if quantity.unit in MASSES}
    for said in find_numbers(text):
        if said.start in measured:
            continue
        number = _without_only(text, _without_count(text, said))
        if number.start < offset or number.system == "native" or _NO_DOSE_AFTER.match(text, number.end):
            continue
        unit = next((unit for value, unit in made if value == number.value), None)
        is_target = _IS_TARGET.match(text, number.end) is not None
        if (
            unit is None
            and not is_target
            and (number.value < _LEAST or not _is_next(text[offset : number.start], found))
        ):
            continue
        found.append(Quantity(number.start, number.end, number.value, _unit(text, number, unit, made), number.high))
    if not found or (not _is_next(text[offset : found[0].start], []) and not _is_said_alone(text, found[0])):
        return None
    return _standing(text, found)


_TEN_THOUSAND = 10_000
_IN_UNITS = re.compile(r"\s?(?:단위|유닛|아이유|IU|U\b|개)")


def _without_only(text: str, number: Number) -> Number:
    """ "오십만" of a medicine is 50 and no more: nobody takes ten thousands of anything but units."""
    ends_in_only = text[number.end - 1 : number.end] == "만" and number.value >= _TEN_THOUSAND
    if not ends_in_only or _IN_UNITS.match(text, number.end):
        return number
    return replace(number, end=number.end - 1, value=number.value / _TEN_THOUSAND)


def _without_count(text: str, number: Number) -> Number:
    """ "오백 하나씩" is 500, one at a time."""
    head, _, tail = text[number.start : number.end].rpartition(" ")
    if number.system != "native" or not head or tail not in _ONES:
        return number
    before = find_numbers(head)
    return replace(before[0], start=number.start, end=number.start + len(head)) if len(before) == 1 else number


def _is_next(between: str, found: Sequence[Quantity]) -> bool:
    return bool(re.fullmatch(r"(?:을|를|은|는|도|이|가|요|이요)?[\s,]*(?:한\s|다시\s|그대로\s)?", between)) or (
        bool(found) and bool(re.search(r"에서\s$|아니\s?,?\s?$|말고\s$|,\s(?:음|어)\s?,?\s$", between))
    )


def _is_said_alone(text: str, quantity: Quantity) -> bool:
    """ "그대로 오십", "이번엔 백으로": a strength of the drug at the end of the words or with a directive particle."""
    before = re.search(r"(?:그대로|이번엔|다시|우선|일단|용량은|용량을|[.])\s?$", text[: quantity.start])
    if _IS_TARGET.match(text, quantity.end):
        return True
    return bool(before and re.match(r"\s?(?:으로|로|[.,]|$|하나|만|씩|유지|하루|아침|저녁)", text[quantity.end :]))


def _unit(text: str, number: Number, unit: str | None, made: Sequence[tuple[float, str]]) -> str:
    if re.match(r"\s?(?:유닛|단위|U)", text[number.end :]):
        return "U"
    if unit is not None:
        return unit
    units = {unit for _, unit in made}
    if units == {"ug"}:
        return "ug"
    return "mL" if units and units <= {"mL", "L"} else "mg"


def _sprays(segment: Segment, text: str, offset: int) -> Quantity | None:
    """ "두 번씩 뿌리세요" of an inhaler or a spray: puffs, where it is not how often in a day."""
    row = segment.mention.row
    if not isinstance(row, MedicineRow) or row.route not in _SPRAYED:
        return None
    for match in _PUFFS.finditer(text, offset):
        if not re.search(r"하루(?:에)?\s?$|일\s?일\s?$|매일\s?$|일주일에\s?$", text[: match.start()]):
            return Quantity(match.start(), match.end(), _NATIVE[match.group("count")], "회")
    return None
