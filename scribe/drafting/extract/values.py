"""The numbers that are told of a test: the value now, the one before, and neither a goal nor a reference."""

import re
from dataclasses import dataclass
from typing import Literal

from scribe.drafting.dialogue import Turn
from scribe.drafting.extract.analytes import Label
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import Quantity, find_quantities, written

EARLIER = re.compile(
    r"지난번|지난달|지난주|저번|재작년|작년|올해 초|어제|그저께|그제|전날|예전|이전|"
    r"(?:지난\s?)?(?:봄|여름|가을|겨울)(?=에|엔)|(?:수술|치료|시술|입원|약 (?:먹|쓰)기)\s?전|"
    r"입원\s?(?:때|당시|할 때|하실 때)|"
    r"(?:한|두|세|석|넉|네|다섯|여섯|[일이삼사오육칠팔구십\d]+)\s?(?:달|개월|주|주일|년|일)\s?전|"
    r"전(?=에는|엔|에\s|에\s?는)"
)
_NOW = re.compile(r"이번|오늘|지금|현재|아침|방금|금방")
_COUNTED = re.compile(
    r"\s?(?:개월|달|주(?!면)|일(?=\s?(?:전|째|뒤|후|간|치))|번(?!\s?문항)|년|시간|분(?!\s?의)|초|살|세(?!요)|차|번째|배(?=[\s가예이로])|"
    r"점 만점|회|명(?!치)|층|호(?!전)|알(?!부)|정(?!상)|포(?!도)|기(?=[\s,.])|단계|방울|대(?=[\s예이])|도(?=[\s에씨]))"
)
_REFERENCE_BEFORE = re.compile(
    r"(?:정상(?:치|범위|값)?|기준(?:치)?|목표|참고치|상한|하한)(?:이|은|는|가|치가|치는)?\s?(?:[가-힣]{1,4}\s)?$"
)
_REFERENCE_AFTER = re.compile(
    r"\s?(?:[이가]\s?(?:정상|기준)|보다|넘으면|이상이면|이하면|이면|으?로 (?:맞추|유지|떨어지면)|만점|"
    r"까지(?:가|는|거든|면|예요|이에요)?\s?(?:정상|기준|괜찮)?"
    r"(?!\s?(?:올|떨|나|내|늘))|(?:이하|미만|아래|밑)(?:가|이\s?(?:목표|정상|기준|돼|되|좋|안전)|면|이면|로|으로|여야|이어야)|안(?:쪽)?으로|넘(?:게|어야)|되면|나오면)"
)
_REFERENCE_TOLD = re.compile(
    r"^(?:[이가]|까지가?|미만|이하|이상)?\s?(?:이|가)?\s?(?:정상|기준)(?:인데|이고|이니까|인데요|이에요)[,.]?\s"
)
_BOUND = re.compile(r"\s?(?P<bound>미만|이하|이상)(?=[,.\s이으예]|$)")
_FROM = re.compile(r"\s?(?:이던 게|이었다가|였다가|이었는데|였는데|에서)\s?(?!나|검)")
_DOUBTED = re.compile(r"\s?(?:이?[ㄴ인]가|이?었나|인지|이?라던가|이?던가)")
_SURE_AFTER = re.compile(
    r"\s?(?:점|으?로|예요|에요|이에요|이요|요|입니다|이고|고요|이네|네요|이라|[.,]|이니|인데|이었|였|밖에|나|까지|쯤|"
    r"정도|퍼센트|프로|%|에서)"
)
_MINUS = re.compile(r"마이너스\s?$")
_GAP = 20
# "두 달 전에 CRP가 삼 점 이였으니": when it was, just before the test
_JUST_BEFORE = re.compile(rf"(?:{EARLIER.pattern})(?=(?:에|엔|에는|에도)?\s*$)")


@dataclass(frozen=True, slots=True)
class Told:
    """A value of a test with its number in the text; ``when`` is empty for the value that holds now."""

    value: float | str
    number: Number
    end: int
    when: str = ""
    unit: str | None = None


def told_values(turn: Turn, label: Label, limit: int) -> list[Told]:
    """The values told after ``label`` up to ``limit``: of a trend ("십칠 점 이에서 팔 점 오") the last one is now."""
    found: list[Told] = []
    quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    position = label.end
    first = turn.sentence_of(turn.clause_at(max(label.start, label.end - 1)))
    first_start, first_end = first[0].start, first[-1].end
    for number in find_numbers(turn.text):
        if not position <= number.start < limit:
            continue
        between = _REFERENCE_TOLD.sub("", turn.text[position : number.start])
        if number.start >= first_end and not (found or _only_named(turn, label, first_end)):
            break
        if _COUNTED.match(turn.text, number.end) or not _is_value(turn, label, number, quantities.get(number.start)):
            continue
        if _is_far(between, bool(found)) or _PLANNED.search(between) or _is_of_another(between, bool(found)):
            break
        if _REFERENCE_BEFORE.search(turn.text[: number.start]) or _REFERENCE_AFTER.match(turn.text, number.end):
            if found and _FROM.match(turn.text, found[-1].end):
                found.pop()  # "십오만에서 사십만이 정상인데": both ends are the reference
            position = number.end
            continue
        if (doubted := _DOUBTED.match(turn.text, number.end)) or number.other is not None:
            position = doubted.end() if doubted else position
            continue
        lead = "" if found else turn.text[max(first_start, label.start - 14) : label.start]
        told = _told(turn, number, between, quantities.get(number.start), lead)
        found.append(told)
        position = told.end
    return _settled(turn, found)


_SAID_ALREADY = re.compile(r"음성|양성|괜찮|없(?:고|는데|지만|어)|좋(?:고|은데|지만)|정상(?:이고|인데|이지만)")
_SUBJECT = re.compile(r"\s(?P<noun>[가-힣A-Za-z0-9]+?)(?:이|가|은|는|도)\s*$")
_OWN_SUBJECT = re.compile(
    r"수치|결과|값|검사|점수|오늘|지금|이번|현재|이번에|오늘것|예측치|공복|아침|저녁|왼쪽|오른쪽|총점|전체|합|최근|최종|"
    r"지난번|저번|작년|전|봄|여름|가을|겨울|그때|처음|어제|^비율?$"
)


def _is_of_another(between: str, has_value: bool) -> bool:
    """The test was already told in words, or another subject that no lexicon knows stands before the number."""
    if not has_value and _SAID_ALREADY.search(between):
        return True
    subject = _SUBJECT.search(between)
    return subject is not None and not _OWN_SUBJECT.search(subject["noun"]) and not EARLIER.search(between)


def _is_far(between: str, has_value: bool) -> bool:
    """Too much between the test and the number: a sentence of its own may only tell an earlier value."""
    words = re.sub(r"^\s?(?:[가-힣]{0,6}\s?)?[.?!…]+\s", "", re.sub(r"\s+", " ", between))
    if len(words) > _GAP or re.search(r"[.?!]\s", words):
        return True
    return has_value and words != re.sub(r"\s+", " ", between) and not EARLIER.search(words)


_PLANNED = re.compile(r"나가고|나갈|찍|맞|드시|드릴|처방|하고요")


def _only_named(turn: Turn, label: Label, end: int) -> bool:
    """ "비에스티는? 백팔이요": the sentence only names the test."""
    return len(turn.text[label.end : end].strip(" ,.?!…")) <= 4


def _is_value(turn: Turn, label: Label, number: Number, quantity: Quantity | None) -> bool:
    before = turn.text[number.start - 1 : number.start]
    if number.high is not None or (before.isascii() and (before.isalpha() or before == "-")):
        return False
    if quantity is not None and not _fits(label, quantity):
        return False
    after = turn.text[number.end :]
    if number.system == "native" and "점" not in turn.text[number.start : number.end]:
        return number.value > 10 or bool(label.category == "score" and re.match(r"\s?점", after))
    if number.is_single_syllable:
        return quantity is not None or bool(_SURE_AFTER.match(after)) or not after.strip()
    return True


def _fits(label: Label, quantity: Quantity) -> bool:
    """Whether a unit may be one of the test: "칠 밀리" is the size of a lesion and no potassium."""
    if quantity.unit == "%" or (quantity.unit == "U" and label.category == "lab"):
        return True
    if label.category in ("lab", "function", "score"):
        said_short = quantity.unit in ("mg", "mL", "mm", "cm", "g", "kg")
        volume = bool(re.search(r"요속|배뇨|잔뇨|섭취|소변량|용적", label.name))
        return volume and said_short
    return False


def _told(turn: Turn, number: Number, between: str, quantity: Quantity | None, lead: str) -> Told:
    earlier = list(EARLIER.finditer(between)) or list(_JUST_BEFORE.finditer(lead))
    now = list(_NOW.finditer(between))
    when = earlier[-1].group() if earlier and not (now and now[-1].start() > earlier[-1].start()) else ""
    end = quantity.end if quantity is not None else number.end
    value = -number.value if _MINUS.search(turn.text[: number.start]) else number.value
    bound = _BOUND.match(turn.text, end)
    unit = quantity.unit if quantity is not None and quantity.unit != "mg" else None
    if bound is not None:
        return Told(f"{written_value(number)} {bound['bound']}", number, bound.end(), when, unit)
    return Told(value, number, end, when, unit)


def written_value(number: Number) -> str:
    """The number with all its decimals: 0.005."""
    return written(number.value)


def _settled(turn: Turn, found: list[Told]) -> list[Told]:
    """Of values joined by 에서 the last; the first value now, and each earlier one."""
    kept: list[Told] = []
    for position, told in enumerate(found):
        goes_on = position + 1 < len(found) and not found[position + 1].when
        joined = _FROM.match(turn.text, told.end)
        if goes_on and joined and (not told.when or joined.group().strip() == "에서"):
            continue
        if told.when or not any(not other.when for other in kept):
            kept.append(told)
    return sorted(kept, key=lambda told: bool(told.when))


TrendWord = Literal["감소", "상승"]


def trend(turn: Turn, label: Label, told: Told) -> str | None:
    """ "17.2에서 감소" where the value that was before it stands in the same breath."""
    for number in find_numbers(turn.text):
        if label.end <= number.start < told.number.start and _FROM.match(turn.text, number.end):
            now = told.number.value
            if number.value != now and not _COUNTED.match(turn.text, number.end):
                word: TrendWord = "감소" if now < number.value else "상승"
                return f"{written(number.value)}에서 {word}"
    return None
