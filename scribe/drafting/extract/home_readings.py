"""What the patient measured at home: glucose readings."""

import re

from scribe.domain.entries import Evidence, LabResult
from scribe.drafting.assertion import Person, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import written

_GLUCOSE = "자가혈당"


def home_glucose(dialogue: Dialogue, turn: Turn) -> list[LabResult]:
    """Glucose that the patient measured: a value, or a range as "140–160"."""
    question = dialogue.question_before(turn)
    asked = question is not None and bool(re.search(r"혈당|당(?:은|이) (?:얼마|어떻)", question.text))
    if (not asked and not re.search(r"혈당|재면|재도", turn.text)) or whose(
        dialogue, turn, 0
    ).person is not Person.PATIENT:
        return []
    if not asked and not any(
        "혈당" in other.text or "당화" in other.text
        for other in dialogue.turns[max(0, turn.index - 2) : turn.index + 1]
    ):
        return []
    numbers = [n for n in find_numbers(turn.text) if 40 <= n.value <= 600 and n.system != "native" and n.high is None]
    numbers = [
        n
        for n in numbers
        if not re.match(r"\s?(?:일|주|분|시간|킬로|밀리|번|에\s[일이삼사오육칠팔구십백])", turn.text[n.end :])
    ]
    if not numbers:
        return []
    clause = turn.clause_at(numbers[0].start)
    if re.search(r"검진|공단|병원|보건소|응급실|피\s?뽑", turn.sentence_text(clause)):
        return []
    first = numbers[0]
    value: float | str = first.value
    if len(numbers) > 1 and re.fullmatch(r"에서\s?|,\s?|이나\s?|~", turn.text[first.end : numbers[1].start]):
        value = f"{written(first.value)}–{written(numbers[1].value)}"
    elif re.match(r"\s?(?:좀\s)?넘", turn.text[first.end :]):
        return []
    evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, clause.end),)
    if question is not None and asked:
        at = question.clause_at(question.text.index("혈당") if "혈당" in question.text else 0)
        evidence = (question.evidence(at.start, at.end), *evidence)
    name = "자가 식후 혈당" if question is not None and "식후" in question.text else _GLUCOSE
    return [LabResult(id="", name=name, value=value, evidence=evidence, confidence=0.75)]
