"""Values that are read out of one test in a row: a glucose tolerance test by hours, bone density by site."""

import re

from scribe.domain.entries import LabResult
from scribe.drafting.dialogue import Turn
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import find_quantities

_TOLERANCE = re.compile(
    r"부하\s?검사|그램\s?검사|당\s?부하|임당\s?(?:확진\s?)?검사|임신성?\s?당뇨\s?검사|OGTT|GTT|오지티티"
)
_HOURS = (("한", "1시간"), ("두", "2시간"), ("세", "3시간"), ("일", "1시간"), ("이", "2시간"), ("삼", "3시간"))
_AT_HOUR = re.compile(
    r"(?P<hour>공복|식전|한\s?시간|두\s?시간|세\s?시간|[일이삼123]\s?시간)(?:\s?(?:째|뒤|후|치|값))?(?:에|은|는|이|가)?[\s,]*$"
)
_DENSITY = re.compile(r"골밀도|티\s?스코어|T-?\s?score|T\s?점수|티\s?점수", re.IGNORECASE)
_BONE = re.compile(
    r"(?P<site>요추|허리뼈|허리|척추|대퇴골?\s?(?:경부|목)|대퇴골|넓적다리뼈|고관절|엉덩이뼈|엉덩이|골반|손목|요골|전체)"
    r"[은는이가]?\s?(?:쪽[은는이]?\s?)?(?:(?:티\s?스코어|T-?\s?score|T\s?점수|골밀도)[은는이가]?\s?)?마이너스\s?$",
    re.IGNORECASE,
)


_PLAIN_DENSITY = re.compile(
    r"(?:골밀도|T-?\s?score|티\s?스코어)(?:\s?(?:검사|수치|점수))?[은는이가]?\s?마이너스\s?$", re.IGNORECASE
)


def panels(turn: Turn) -> list[LabResult]:
    """One result for each hour or site that has a value."""
    return [*_tolerance(turn), *_densities(turn), *_hearing(turn)]


def _tolerance(turn: Turn) -> list[LabResult]:
    named = _TOLERANCE.search(turn.text)
    if named is None:
        return []
    found: list[LabResult] = []
    quantities = {quantity.start for quantity in find_quantities(turn.text)}
    for number in find_numbers(turn.text):
        near = turn.text[max(named.end(), number.start - 14) : number.start]
        at = _AT_HOUR.search(near)
        is_sure = number.other is None and number.high is None and number.system != "native"
        if number.start < named.end() or at is None or not is_sure or not 40 <= number.value <= 600:
            continue
        if number.start in quantities or re.match(r"\s?(?:이상|넘|미만|이하|기준)", turn.text[number.end :]):
            continue
        hour = next((name for word, name in _HOURS if at["hour"].startswith(word)), "공복")
        found.append(_result(turn, f"경구당부하검사 {hour}", number, number.value))
    return found


def _densities(turn: Turn) -> list[LabResult]:
    if not _DENSITY.search(turn.text):
        return []
    found: list[LabResult] = []
    for number in find_numbers(turn.text):
        bone = _BONE.search(turn.text[: number.start])
        if bone is None and _PLAIN_DENSITY.search(turn.text[: number.start]) and number.value <= 7:
            found.append(_result(turn, "골밀도(T-score)", number, -number.value))
        if bone is None or number.other is not None or not 0 <= number.value <= 7:
            continue
        if not re.match(r"\s?보다", turn.text[number.end :]):
            found.append(_result(turn, f"{bone['site']} 골밀도(T-score)", number, -number.value))
    return found


_AUDIOMETRY = re.compile(r"청력|순음|데시벨|dB")
_EAR = re.compile(r"(?P<ear>왼쪽|오른쪽|좌측|우측|양쪽)\s?(?:귀)?(?:[은는이가도])?\s?(?:평균\s)?$")


def _hearing(turn: Turn) -> list[LabResult]:
    """The threshold of each ear in decibels."""
    if not _AUDIOMETRY.search(turn.text):
        return []
    found: list[LabResult] = []
    for number in find_numbers(turn.text):
        ear = _EAR.search(turn.text[: number.start])
        decibels = re.match(r"\s?(?:데시벨|dB|디비)", turn.text[number.end :])
        if ear and decibels and number.other is None and 0 <= number.value <= 130:
            side = {"좌측": "왼쪽", "우측": "오른쪽"}.get(ear["ear"], ear["ear"])
            found.append(_result(turn, f"{side} 청력검사", number, number.value))
    return found


def _result(turn: Turn, name: str, number: Number, value: float) -> LabResult:
    clause = turn.clause_at(number.start)
    evidence = (turn.evidence(clause.start, turn.clause_at(number.end - 1).end),)
    return LabResult(id="", name=name, value=value, evidence=evidence, confidence=0.9)
