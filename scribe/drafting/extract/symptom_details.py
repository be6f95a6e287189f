"""What was said of a symptom: since when, how long, how strong, where, what it is like."""

import re

from scribe.domain.entries import Evidence
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.characters import characters
from scribe.drafting.extract.observation import FEVER, Observation
from scribe.drafting.numbers import read_number
from scribe.drafting.quantities import find_quantities, written
from scribe.drafting.terms import Mention
from scribe.drafting.times import Period, find_durations, find_onsets, find_periods

_SCORE = re.compile(r"\s?점(?:\s?(?:정도|쯤))?")


def particulars(group: list[Observation], dialogue: Dialogue) -> dict[str, str]:
    """The fields of a symptom that its sayings give, by their names; what was said first stands."""
    details: dict[str, str] = {}
    for one in group:
        if one.period is not None:
            details |= {"duration": one.period.korean, "duration_iso": one.period.iso}
        if one.mention is None:
            continue
        clause = one.turn.clause_at(one.mention.start)
        told = characters(one.turn, clause, one.term)
        for name, value in {**_times(one.turn, clause, dialogue), **_strength(one), **told}.items():
            details.setdefault(name, value)
        place = _place(one.turn, one.mention, clause)
        if place:
            details.setdefault("location", place)
    return details


def time_evidence(group: list[Observation], dialogue: Dialogue, duration: str | None) -> list[Evidence]:
    """Where a symptom's length of time was said: in its own turn, or in answer to "언제부터요?" right after it."""
    if duration is None:
        return []
    found: list[Evidence] = []
    for one in group:
        if one.mention is None:
            continue
        reply = dialogue.turns[one.turn.index + 2 : one.turn.index + 3]
        for turn in (one.turn, *reply):
            told = [period for period in find_periods(turn.text) if period.korean == duration]
            if told:
                found.append(turn.evidence(told[0].start, told[0].end))
                break
    return found[:1]


def _times(turn: Turn, clause: Clause, dialogue: Dialogue) -> dict[str, str]:
    """Onset and duration said in the clause, before it in the sentence, or in answer to "언제부터"."""
    words = turn.text[turn.sentence_of(clause)[0].start : clause.end]
    later = turn.text[clause.end : clause.end + 40]
    details: dict[str, str] = {}
    onsets = [onset for onset in find_onsets(words) if onset.is_start or onset.text.startswith(("어젯밤", "간밤"))]
    if onsets:
        details["onset"] = onsets[-1].text.removesuffix("에")
        if onsets[-1].period:
            details["duration"] = onsets[-1].period.korean
            details["duration_iso"] = onsets[-1].period.iso
    durations = find_durations(words) or (
        find_durations(later) if clause is turn.clauses[-1] or len(turn.clauses) <= 4 else ()
    )
    if not durations and not onsets:
        durations = _asked_since(turn, dialogue)
    if durations:
        details.setdefault("duration", durations[0].korean)
        details.setdefault("duration_iso", durations[0].iso)
    return details


def _asked_since(turn: Turn, dialogue: Dialogue) -> tuple[Period, ...]:
    """ "언제부터요?" asked right after the turn, and its answer."""
    if turn.index + 2 >= len(dialogue.turns):
        return ()
    question, reply = dialogue.turns[turn.index + 1], dialogue.turns[turn.index + 2]
    if (
        question.role == "clinician"
        and re.search(r"언제부터|얼마나 (?:됐|되)|며칠", question.text)
        and len(question.text) < 25
    ):
        return find_periods(reply.text)[:1] if reply.is_patient_side else ()
    return ()


def _strength(one: Observation) -> dict[str, str]:
    words = one.turn.text
    if one.term == FEVER:
        degrees = [quantity for quantity in find_quantities(words) if quantity.unit == "Cel"]
        if degrees:
            return {"severity": f"{written(max(quantity.value for quantity in degrees))} Cel"}
    score = _score(words) if "통" in one.term or "아프" in one.turn.text else None
    return {"severity": f"NRS {written(score)}/10"} if score is not None else {}


def _score(words: str) -> float | None:
    """A pain score in the utterance that is not the scale itself ("십 점 만점")."""
    for position in range(len(words)):
        if position and "가" <= words[position - 1] <= "힣":
            continue
        number = read_number(words, position)
        unit = _SCORE.match(words, number.end) if number else None
        if number and unit and 0 <= number.value <= 10 and not words[unit.end() :].lstrip().startswith("만점"):
            return number.value
    return None


def _place(turn: Turn, mention: Mention, clause: Clause) -> str | None:
    """The side and site named in the clause: "왼쪽 무릎"."""
    words = turn.text[clause.start : mention.end]
    match = re.search(
        r"(왼쪽|오른쪽|양쪽|왼|오른)\s?(?:의\s)?([가-힣]{1,6}?)(?=이|가|은|는|도|을|를|에|의|으로|부터|까지|\s|$)",
        words,
    )
    if match:
        side = {"왼": "왼쪽", "오른": "오른쪽"}.get(match.group(1), match.group(1))
        return f"{side} {match.group(2)}".strip()
    return None
