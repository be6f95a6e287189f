"""What the obstetrician reads off the screen about the unborn child and the womb."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Exam, ExamStatus
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import find_quantities, written

_OBSTETRIC = re.compile(r"양수|추정\s?체중|역아|태아|태동|태반|아기\s?(?:머리|크기|심장|몸무게)|둔위|두위")
_WEIGHT = re.compile(r"(?:추정\s?)?체중|몸무게|EFW")
_FLUID = re.compile(r"양수\s?(?:지수|양|량)?|AFI")
_HEART = re.compile(r"(?:태아\s?|아기\s?)?심(?:박(?:동)?(?:수)?|장\s?(?:박동|소리)(?:수)?|음)|FHR|FHT")
_CERVIX = re.compile(r"(?:자궁\s?)?경부(?:\s?길이)?")
_BREECH = re.compile(r"역아|둔위|거꾸로|머리가\s?(?:아직\s)?위|breech", re.IGNORECASE)
_HEAD_DOWN = re.compile(r"두위|머리가\s?(?:잘\s)?(?:아래|밑)|정상\s?위치|머리(?:부터)? 내려")
_PLACENTA = re.compile(r"태반(?:은|이|도|\s위치[는가])\s?(?P<state>[^,.?!]{2,20})")
_ODD = re.compile(r"크|작|적|많|부족|낮|내려와|걸쳐|덮|짧")
_FINE = re.compile(r"정상|괜찮|좋|잘|맞|적당|충분|딱")


def fetal(dialogue: Dialogue) -> list[Exam]:
    """Presentation, weight, fluid, heart rate, cervix and placenta, each with its value as it was said."""
    found: list[Exam] = []
    for turn in dialogue.turns:
        if turn.role == "clinician" and _OBSTETRIC.search(turn.text):
            found += [*_presentation(turn), *_measured(turn), *_placenta(turn)]
    return found


def _exam(turn: Turn, name: str, status: ExamStatus, finding: str, start: int, end: int) -> Exam:
    clause, last = turn.clause_at(start), turn.clause_at(max(start, end - 1))
    evidence = (turn.evidence(clause.start, last.end),)
    said = re.sub(r"\s+", " ", finding).strip(" .,?!")
    return Exam(id="", name=name, status=status, finding=said, evidence=evidence, confidence=0.85)


def _stated(turn: Turn, position: int) -> bool:
    clause = turn.clause_at(position)
    return not clause.is_question and clause.link not in ("if", "or")


def _presentation(turn: Turn) -> Iterator[Exam]:
    for pattern, status, finding in ((_BREECH, "abnormal", "역아(둔위)"), (_HEAD_DOWN, "normal", "두위")):
        match = pattern.search(turn.text)
        if (
            match
            and _stated(turn, match.start())
            and not re.match(r"\s?(?:회전|돌|운동|아니)", turn.text[match.end() :])
        ):
            name = f"태위({match.group()})" if status == "abnormal" else "태위"
            yield _exam(
                turn, name, "abnormal" if status == "abnormal" else "normal", finding, match.start(), match.end()
            )
            return


def _measured(turn: Turn) -> Iterator[Exam]:
    numbers = find_numbers(turn.text)
    units = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    for called, name in (
        (_WEIGHT, "태아 추정 체중"),
        (_FLUID, "양수 지수"),
        (_HEART, "태아 심박"),
        (_CERVIX, "자궁경부 길이"),
    ):
        for match in called.finditer(turn.text):
            number = next((n for n in numbers if match.end() <= n.start <= match.end() + 6), None)
            if number is None or number.other is not None or not _stated(turn, number.start):
                continue
            quantity = units.get(number.start)
            unit = quantity.unit if quantity is not None else ""
            read = _reading(name, number, unit)
            if read is None:
                continue
            value, is_well = read
            end = _tail_end(turn, number)
            tail = turn.text[number.end : end]
            said = "abnormal" if _ODD.search(tail) else "normal" if _FINE.search(tail) else None
            status: ExamStatus = "normal" if (said == "normal" or (said is None and is_well)) else "abnormal"
            yield _exam(turn, name, status, value, match.start(), end)
            break


def _reading(name: str, number: Number, unit: str) -> tuple[str, bool] | None:
    value = number.value
    if name == "태아 추정 체중":
        return (f"{written(value)} {unit}", True) if unit in ("g", "kg") and (unit == "g" or value < 6) else None
    if name == "양수 지수":
        return (written(value), 5 <= value <= 24) if value <= 40 and unit in ("", "cm") else None
    if name == "태아 심박":
        return (f"{written(value)}회/분", 110 <= value <= 160) if 60 <= value <= 240 and not unit else None
    return (f"{written(value)} cm", value >= 2.5) if unit == "cm" and value < 7 else None


def _tail_end(turn: Turn, number: Number) -> int:
    """The end of what is said of the value: up to the next number or the end of the sentence."""
    end = turn.sentence_of(turn.clause_at(number.start))[-1].end
    following = [n.start for n in find_numbers(turn.text) if number.end < n.start < end]
    return turn.clause_at(following[0]).start if following and turn.clause_at(following[0]).start > number.end else end


def _placenta(turn: Turn) -> Iterator[Exam]:
    match = _PLACENTA.search(turn.text)
    if match and _stated(turn, match.start()) and (_ODD.search(match["state"]) or _FINE.search(match["state"])):
        status: ExamStatus = "abnormal" if _ODD.search(match["state"]) else "normal"
        yield _exam(turn, "태반", status, match.group(), match.start(), match.end())
