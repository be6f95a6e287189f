"""Vital signs that the physician or the nurse reads aloud; what the patient measured at home is a result."""

import re

from scribe.domain.entries import Evidence, LabResult, Vital
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import Pressure, find_pressures, find_quantities

_LABELS: tuple[tuple[str, str, str, float, float], ...] = (
    ("맥박", "/min", r"맥박(?:수)?|심박(?:수)?|심박동|펄스|HR|PR", 20, 250),
    ("호흡수", "/min", r"호흡(?:수)?|RR", 4, 80),
    ("산소포화도", "%", r"산소\s?포화도|포화도|새츄레이션|SpO2|SPO2|사츄레이션", 40, 100),
    ("체온", "Cel", r"체온|BT|열", 33, 43),
    ("체중", "kg", r"체중|몸무게", 0.4, 300),
    ("키", "cm", r"키|신장(?=이|은|\s)", 30, 230),
    ("체질량지수", "kg/m2", r"BMI|비엠아이|체질량\s?지수", 8, 80),
)  # fmt: skip
GUESSED = 0.5  # read from words that a recogniser got wrong
_PULSE_WORDS = re.compile(r"(?:발등|손목|말초|요골|족배)\s?맥박")
_EARLIER = re.compile(r"지난번|지난달|지난주|저번|전에는|예전|작년|원래|수술 전|평소")
_LATER = re.compile(
    r"넘으면|넘거나|넘게|이상(?:이면| 오르| 나)|이하(?:면|로)|목표|아래로|미만|떨어지면|되면|오르면|올라가면|일 때"
)
_STANDING = re.compile(r"일어서서|일어나서|서서|기립")
_LYING = re.compile(r"누워서|누운")
_SIDES = (("왼", "좌측 팔"), ("좌측", "좌측 팔"), ("오른", "우측 팔"), ("우측", "우측 팔"))
_ONE_OF_ONE = re.compile(r"\s?(?:은|는|이|가|도)?\s?(?:지금|오늘|현재|한)?\s?")


def vitals(dialogue: Dialogue) -> list[Vital]:
    """Each measurement in the order in which it was said; a pressure gives two entries."""
    found: list[Vital] = []
    for turn in dialogue.turns:
        if turn.role not in ("clinician", "nurse") or (turn.clauses[0].is_question and len(turn.clauses) == 1):
            continue
        found += _pressures(dialogue, turn)
        found += _labelled(turn)
    return _height_and_weight_stated_by_patient(dialogue, found)


def home_pressures(dialogue: Dialogue) -> list[LabResult]:
    """Pressures that the patient reports: one result each, as "150/95"."""
    found: list[LabResult] = []
    for turn in dialogue.turns:
        if not turn.is_patient_side:
            continue
        for pressure in find_pressures(turn.text):
            if not _is_about_pressure(dialogue, turn, pressure):
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


def _is_about_pressure(dialogue: Dialogue, turn: Turn, pressure: Pressure) -> bool:
    reach = 1 if pressure.is_guess else 3
    before = " ".join(other.text for other in dialogue.turns[max(0, turn.index - reach) : turn.index])
    return "혈압" in before + turn.text[: pressure.start]


def _pressures(dialogue: Dialogue, turn: Turn) -> list[Vital]:
    found: list[Vital] = []
    for pressure in find_pressures(turn.text):
        clause = turn.clause_at(pressure.start)
        sentence = turn.sentence_text(clause)
        words = turn.words(clause)
        if (
            clause.is_question
            or _EARLIER.search(words)
            or _LATER.search(words)
            or not _is_about_pressure(dialogue, turn, pressure)
        ):
            continue
        label = _position(turn, pressure.start, sentence)
        evidence = (turn.evidence(clause.start, turn.clause_at(pressure.end - 1).end),)
        for name, value in (("수축기혈압", pressure.systolic), ("이완기혈압", pressure.diastolic)):
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


def _position(turn: Turn, at: int, sentence: str) -> str:
    """ "기립" or an arm, where it was said with the reading."""
    near = turn.text[max(0, at - 18) : at]
    if _STANDING.search(near):
        return "기립"
    if _LYING.search(near):
        return "앙와위"
    if "팔" in sentence or "팔" in turn.text:
        for word, label in _SIDES:
            if word in near:
                return label
    return ""


def _labelled(turn: Turn) -> list[Vital]:
    found: list[Vital] = []
    quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    numbers = find_numbers(turn.text)
    for name, unit, pattern, low, high in _LABELS:
        for match in re.finditer(rf"(?<![가-힣A-Za-z])(?:{pattern})", turn.text):
            if _PULSE_WORDS.search(turn.text[max(0, match.start() - 4) : match.end()]):
                continue
            number = _number_after(turn, match.end(), numbers)
            if number is None:
                continue
            quantity = quantities.get(number.start)
            value = quantity.value if quantity and quantity.unit == unit else number.value
            end = quantity.end if quantity else number.end
            if name == "체온" and match.group() == "열" and not (quantity and quantity.unit == "Cel"):
                continue
            if quantity and quantity.unit != unit and not (unit == "cm" and quantity.unit == "m"):
                continue
            clause = turn.clause_at(number.start)
            if not low <= value <= high or clause.is_question or clause.link == "if":
                continue
            around = turn.text[match.start() : end + 12]
            if _EARLIER.search(turn.text[max(0, match.start() - 8) : number.start]) or _LATER.search(around):
                continue
            if (
                re.match(r"\s?(?:일|주|달|번|년|시간|점|에\s)", turn.text[number.end :])
                and not quantity
                and name != "체질량지수"
            ):
                continue
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(Vital(id="", name=name, value=value, unit=unit, evidence=evidence, confidence=0.95))
            break
    if not any(vital.name == "체온" for vital in found):
        found += _bare_temperature(turn)
    if turn.role == "nurse" and not any(vital.name == "체중" for vital in found):
        found += _bare_weight(turn)
    return found


def _bare_temperature(turn: Turn) -> list[Vital]:
    """A temperature told without its name: by the nurse, just after measuring ("열 좀 재 볼게요. 삼십육 점 팔 도"), or,
    where 체온 was misheard, among the other vital signs.

    A misheard fraction leaves a whole number ("37도 발"): on recognised text that is no temperature.
    """
    degrees = [quantity for quantity in find_quantities(turn.text) if quantity.unit == "Cel"]
    if len(degrees) != 1 or _LATER.search(turn.text) or _EARLIER.search(turn.text):
        return []
    among_others = turn.is_recognised and re.search(r"맥박|혈압|호흡수", turn.text)
    if turn.role != "nurse" and not among_others and not re.search(r"재 ?(?:볼|보|드릴|겠)", turn.text):
        return []
    if turn.is_recognised and degrees[0].value == int(degrees[0].value):
        return []
    clause = turn.clause_at(degrees[0].start)
    evidence = (turn.evidence(clause.start, clause.end),)
    confidence = GUESSED if among_others else 0.8
    return [Vital(id="", name="체온", value=degrees[0].value, unit="Cel", evidence=evidence, confidence=confidence)]


def _bare_weight(turn: Turn) -> list[Vital]:
    """A weight that the nurse has just measured: "방금 쟀는데 십이 점 사 킬로예요"."""
    weights = [quantity for quantity in find_quantities(turn.text) if quantity.unit == "kg"]
    if len(weights) != 1 or not re.search(r"쟀|재 ?보|재니", turn.text):
        return []
    clause = turn.clause_at(weights[0].start)
    evidence = (turn.evidence(clause.start, clause.end),)
    return [Vital(id="", name="체중", value=weights[0].value, unit="kg", evidence=evidence, confidence=0.8)]


def _number_after(turn: Turn, position: int, numbers: tuple[Number, ...]) -> Number | None:
    """The number that follows a label, over particles and words such as 지금, within the sentence."""
    for number in numbers:
        if number.start < position:
            continue
        between = turn.text[position : number.start]
        plain = re.fullmatch(
            r"[\s,.]*(?:은|는|이|가|도|을|를)?\s*(?:지금|오늘|현재|다시|재니까|재 보니|한|어떻게 됐지|보니까|"
            r"보면|방금 쟀는데|총)?[\s,.:]*",
            between,
        )
        if plain and number.high is None and number.system != "native":
            return number
        if len(between) > 14:
            return None
    return None


def _height_and_weight_stated_by_patient(dialogue: Dialogue, found: list[Vital]) -> list[Vital]:
    """Weight or height that the patient gives in answer to the question for it, where nobody measured it."""
    known = {vital.name for vital in found}
    for turn in dialogue.turns:
        question = dialogue.question_before(turn) if turn.is_patient_side else None
        if question is None:
            continue
        for name, unit, words in (("체중", "kg", r"체중|몸무게"), ("키", "cm", r"키가|키는|신장이")):
            asked = re.search(words, question.text)
            if name in known or asked is None or _EARLIER.search(turn.text):
                continue
            values = [quantity for quantity in find_quantities(turn.text) if quantity.unit == unit]
            if len(values) != 1 or re.search(r"쪘|빠졌|늘|줄|차이|씩", turn.text[values[0].end :][:12]):
                continue
            clause = turn.clause_at(values[0].start)
            evidence = (question.evidence(asked.start(), asked.end()), turn.evidence(clause.start, clause.end))
            found.append(Vital(id="", name=name, value=values[0].value, unit=unit, evidence=evidence, confidence=0.6))
            known.add(name)
    return found
