"""Vital signs that the physician or the nurse reads aloud; what the patient measured at home is a result."""

import re
from itertools import pairwise

from scribe.domain.entries import Evidence, LabResult, Vital
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.measurements import EARLIER, GUESSED, LATER, labelled, temperatures
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import Pressure, find_pressures, find_quantities

_PRESSURE = re.compile(r"혈압|BP|비피|블러드\s?프레셔|SBP|바이탈|활력")
_STANDING = re.compile(r"일어서|일어나|서서|세우|세워|기립|스탠딩")
_SITTING = re.compile(r"앉히|앉은|앉혀")
_LYING = re.compile(r"누워|누운|눕")
_SIDES = (("왼", "좌측 팔"), ("좌측", "좌측 팔"), ("오른", "우측 팔"), ("우측", "우측 팔"))


def vitals(dialogue: Dialogue) -> list[Vital]:
    """Each measurement in the order in which it was said; a pressure gives two entries."""
    found: list[Vital] = []
    for turn in dialogue.turns:
        if turn.role not in ("clinician", "nurse") or (turn.clauses[0].is_question and len(turn.clauses) == 1):
            continue
        found += _pressures(dialogue, turn)
        found += _systolic_only(dialogue, turn)
        found += labelled(dialogue, turn)
    return _told_by_patient(dialogue, [*found, *_measured_by_family(dialogue)])


def home_pressures(dialogue: Dialogue) -> list[LabResult]:
    """Pressures that the patient reports: one result each, as "150/95"."""
    found: list[LabResult] = []
    for turn in dialogue.turns:
        if not turn.is_patient_side:
            continue
        found += _home_range(dialogue, turn)
        for pressure in find_pressures(turn.text):
            if pressure.is_unclear or not _is_about_pressure(dialogue, turn, pressure):
                continue
            evidence: tuple[Evidence, ...] = (
                turn.evidence(turn.clause_at(pressure.start).start, turn.clause_at(pressure.end - 1).end),
            )
            question = dialogue.question_before(turn)
            if question is not None and "혈압" in question.text:
                at = question.clause_at(question.text.index("혈압"))
                evidence = (question.evidence(at.start, at.end), *evidence)
            value = f"{pressure.systolic}/{pressure.diastolic}"
            found.append(
                LabResult(
                    id="",
                    name="가정혈압",
                    value=value,
                    unit="mm[Hg]",
                    evidence=evidence,
                    confidence=GUESSED if pressure.is_guess else 0.85,
                )
            )
    return found


_BETWEEN = re.compile(r"\s?(?:에서|이나|나|,|~)\s?")


def _home_range(dialogue: Dialogue, turn: Turn) -> list[LabResult]:
    """Upper values that the patient gives as a range: "백사십에서 백오십 사이 나와요"."""
    question = dialogue.question_before(turn)
    if question is None or "혈압" not in question.text or find_pressures(turn.text):
        return []
    numbers = [number for number in find_numbers(turn.text) if number.system != "native" and number.high is None]
    for first, second in pairwise(numbers):
        is_range = 80 <= first.value < second.value <= 240 and _BETWEEN.fullmatch(turn.text[first.end : second.start])
        if is_range and first.other is None and second.other is None:
            clause = turn.clause_at(first.start)
            at = question.clause_at(question.text.index("혈압"))
            return [
                LabResult(
                    id="",
                    name="가정혈압",
                    value=f"{first.value:g}–{second.value:g}",
                    unit="mm[Hg]",
                    interpretation="수축기",
                    evidence=(
                        question.evidence(at.start, at.end),
                        turn.evidence(clause.start, turn.clause_at(second.end - 1).end),
                    ),
                    confidence=0.75,
                )
            ]
    return []


def _is_about_pressure(dialogue: Dialogue, turn: Turn, pressure: Pressure) -> bool:
    reach = 1 if pressure.is_guess else 3
    before = " ".join(other.text for other in dialogue.turns[max(0, turn.index - reach) : turn.index])
    if turn.role == "nurse" and not pressure.is_guess:
        return True
    return bool(_PRESSURE.search(before + turn.text[: pressure.start]))


def _pressures(dialogue: Dialogue, turn: Turn) -> list[Vital]:
    found: list[Vital] = []
    for pressure in find_pressures(turn.text):
        clause = turn.clause_at(pressure.start)
        sentence = turn.sentence_text(clause)
        words = turn.words(clause)
        if (
            clause.is_question
            or clause.link == "if"
            or EARLIER.search(words)
            or LATER.search(words)
            or not _is_about_pressure(dialogue, turn, pressure)
        ):
            continue
        label = _position(turn, pressure.start, sentence)
        start = _posture_clause(turn, pressure.start) if label else clause.start
        evidence = (turn.evidence(start, turn.clause_at(pressure.end - 1).end),)
        for name, value in (("수축기혈압", pressure.systolic), ("이완기혈압", pressure.diastolic)):
            if pressure.is_unclear and value == pressure.diastolic:
                continue
            found.append(
                Vital(
                    id="",
                    name=f"{label} {name}".strip(),
                    value=value,
                    unit="mm[Hg]",
                    evidence=evidence,
                    confidence=GUESSED if pressure.is_guess else 0.95,
                )
            )
    return found


def _systolic_only(dialogue: Dialogue, turn: Turn) -> list[Vital]:
    """Upper values alone by posture, where the pressure is spoken of: "누워서 백사, 서서는 팔십팔로 떨어졌어요"."""
    before = dialogue.turns[turn.index - 1].text if turn.index else ""
    if turn.role != "nurse" or not _PRESSURE.search(before + turn.text) or find_pressures(turn.text):
        return []
    values: list[Vital] = []
    for number in find_numbers(turn.text):
        label = _posture(turn.text[max(0, number.start - 10) : number.start])
        clear = number.other is None and number.high is None and number.system != "native"
        ends = re.match(r"\s?(?:[,.]|으?로|이?[요고였]|이었|에서|나오)", turn.text[number.end :])
        if label is None or not clear or not ends or not 60 <= number.value <= 260:
            continue
        clause = turn.clause_at(number.start)
        evidence = (turn.evidence(clause.start, clause.end),)
        name = f"{label} 수축기혈압".strip()
        values.append(
            Vital(id="", name=name, value=int(number.value), unit="mm[Hg]", evidence=evidence, confidence=0.8)
        )
    return values if len(values) > 1 else []


def _posture(words: str) -> str | None:
    """The posture named last in the words; None where none is."""
    found = [
        (match.start(), label)
        for pattern, label in ((_STANDING, "기립"), (_SITTING, "앉은"), (_LYING, "앙와위"))
        for match in pattern.finditer(words)
    ]
    return max(found)[1] if found else None


def _posture_clause(turn: Turn, at: int) -> int:
    """Where the clause begins that names the posture of a reading ("일어서서 재 볼게요. 백삼십팔에 팔십이")."""
    reading = turn.clause_at(at).start
    first = max(0, at - 18)
    named = [
        match.start() + first
        for pattern in (_STANDING, _SITTING, _LYING)
        for match in pattern.finditer(turn.text[first:at])
    ]
    return min(reading, turn.clause_at(max(named)).start) if named else reading


def _position(turn: Turn, at: int, sentence: str) -> str:
    """The posture or the arm, where it was said with the reading."""
    near = turn.text[max(0, at - 18) : at]
    if (posture := _posture(near)) is not None:
        return posture
    if "팔" in sentence or "팔" in turn.text:
        for word, label in _SIDES:
            if word in near:
                return label
    return ""


_MEASURED = re.compile(r"재\s?(?:보|니|봤)|쟀|재서|체온계|귀로|겨드랑이로|이마로|쟤")
_JUST_NOW = re.compile(r"방금|지금|막|아까|금방|오는 길|좀 전")


def _measured_by_family(dialogue: Dialogue) -> list[Vital]:
    """The temperature that the patient's side has just taken: "방금 귀로 쟀는데 삼십칠 점 팔이요"."""
    for turn in dialogue.turns:
        if not turn.is_patient_side or not _MEASURED.search(turn.text):
            continue
        question = dialogue.question_before(turn)
        asked_now = question is not None and bool(_NOW_ASKED.search(question.text))
        for reading in temperatures(turn):
            clause = turn.clause_at(reading.start)
            told_now = bool(_JUST_NOW.search(turn.text[turn.sentence_of(clause)[0].start : reading.start]))
            if not (told_now or asked_now) or clause.is_question or LATER.search(turn.words(clause)):
                continue
            if EARLIER.search(turn.words(clause)):
                continue
            evidence = (turn.evidence(clause.start, turn.clause_at(reading.end - 1).end),)
            return [Vital(id="", name="체온", value=reading.value, unit="Cel", evidence=evidence, confidence=0.75)]
    return []


_NOW_ASKED = re.compile(r"(?:지금|방금|현재)[^?]*(?:열|체온|몇 도)|(?:열|체온)[^?]*(?:지금|현재)")


def _told_by_patient(dialogue: Dialogue, found: list[Vital]) -> list[Vital]:
    """Weight or height that the patient gives in answer to the question for it, where nobody measured it."""
    known = {vital.name for vital in found}
    for turn in dialogue.turns:
        question = dialogue.question_before(turn) if turn.is_patient_side else None
        if question is None:
            continue
        for name, unit, words in (("체중", "kg", r"체중|몸무게"), ("신장", "cm", r"키가|키는|신장이")):
            asked = re.search(words, question.text)
            if name in known or asked is None or EARLIER.search(question.text):
                continue
            values = [quantity for quantity in find_quantities(turn.text) if quantity.unit == unit]
            if len(values) != 1 or re.search(r"쪘|빠졌|늘|줄|차이|씩", turn.text[values[0].end :][:12]):
                continue
            clause = turn.clause_at(values[0].start)
            if EARLIER.search(turn.sentence_text(clause)):
                continue
            evidence = (question.evidence(asked.start(), asked.end()), turn.evidence(clause.start, clause.end))
            found.append(Vital(id="", name=name, value=values[0].value, unit=unit, evidence=evidence, confidence=0.6))
            known.add(name)
    return found
