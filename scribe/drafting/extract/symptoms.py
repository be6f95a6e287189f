"""Symptoms that the patient has, denies or no longer has."""

import re
from dataclasses import replace

from scribe.domain.entries import Symptom, SymptomStatus
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.extract.answered_symptoms import answered
from scribe.drafting.extract.functions import Inferred
from scribe.drafting.extract.intake import inferred
from scribe.drafting.extract.located_pain import located_pains
from scribe.drafting.extract.observation import Observation
from scribe.drafting.extract.reading import Conflict
from scribe.drafting.extract.symptom_details import particulars, time_evidence
from scribe.drafting.extract.told_symptoms import stated, weight_changes
from scribe.drafting.extract.unnamed_symptoms import unnamed
from scribe.drafting.lexicon import SymptomRow, by_term

_VAGUE = "통증"


def symptoms(dialogue: Dialogue) -> tuple[list[Symptom], list[Conflict]]:
    """The symptoms with all that was said of each, and the contradictions between what was said."""
    observations = _without_vague([*stated(dialogue), *answered(dialogue)])
    known = {observation.term for observation in observations}
    later = [
        *weight_changes(dialogue),
        *map(_observed, inferred(dialogue)),
        *unnamed(dialogue),
        *located_pains(dialogue),
    ]
    observations += [one for one in later if one.term not in known]
    grouped: dict[str, list[Observation]] = {}
    for observation in _told_apart(observations):
        grouped.setdefault(observation.term, []).append(observation)
    found: list[Symptom] = []
    conflicts: list[Conflict] = []
    for term, group in grouped.items():
        entry, conflict = _merge(term, group, dialogue)
        found.append(entry)
        conflicts += conflict
    return found, conflicts


_SINCE = re.compile(r"오늘|어제오늘|지금|이제|이젠|요즘|요새|그 ?[뒤후]로|이후|그새|다시는|더는|더 이상")


_SINCE_ASKED = re.compile(r"그새|그 ?[뒤후]로|이후|(?:^|\s)(?:또|다시)\s|이제|지금도|아직")


def _ended(present: Observation, absent: Observation, dialogue: Dialogue) -> bool:
    """Had it, and says later that by now there is none: "토한 건 첫날 두 번이요. 어제오늘은 안 토했어요"."""
    if absent.mention is None:
        return False
    words = absent.turn.sentence_text(absent.turn.clause_at(absent.mention.start))
    earlier = (present.turn.index, present.mention.start if present.mention else 0)
    question = dialogue.question_before(absent.turn)
    asked_since = question is not None and _SINCE_ASKED.search(question.text)
    return bool(_SINCE.search(words) or asked_since) and earlier < (absent.turn.index, absent.mention.start)


def _observed(one: Inferred) -> Observation:
    return Observation(one.term, one.status, one.turn, None, one.evidence, True, period=one.period)


def _told_apart(observations: list[Observation]) -> list[Observation]:
    """One symptom present here and absent there is two symptoms, each named with its place."""
    apart: list[Observation] = []
    for one in observations:
        same = [other for other in observations if other.term == one.term]
        disputed = {"present", "absent"} <= {other.status for other in same}
        places = {other.place for other in same if other.place}
        named = (
            disputed
            and one.place
            and one.place != _own_place(one.term)
            and len(places | {other.place for other in same}) > 1
        )
        apart.append(replace(one, term=f"{one.place} {one.term}") if named and one.place not in one.term else one)
    return apart


def _own_place(term: str) -> str | None:
    row = by_term(SymptomRow).get(term)
    return row.body_site if row else None


def _without_vague(observations: list[Observation]) -> list[Observation]:
    """ "아프다" without a place says nothing beside a pain that has one, and "안 아파요" nothing by itself."""
    observations = [one for one in observations if one.term != _VAGUE or one.status != "absent"]
    if not any(one.term != _VAGUE and one.term.endswith("통") and one.status != "absent" for one in observations):
        return observations
    return [one for one in observations if one.term != _VAGUE]


def _merge(term: str, group: list[Observation], dialogue: Dialogue) -> tuple[Symptom, list[Conflict]]:
    explicit = [one for one in group if one.is_explicit] or group
    statuses = {one.status for one in explicit}
    conflicts: list[Conflict] = []
    status: SymptomStatus = explicit[-1].status
    if {"present", "absent"} <= statuses:
        present = next(one for one in explicit if one.status == "present")
        absent = next(one for one in explicit if one.status == "absent")
        status = "resolved" if _ended(present, absent, dialogue) else "present"
        if status == "present" and present.turn.index != absent.turn.index:
            conflicts.append(Conflict(term, present.evidence[-1], absent.evidence[-1]))
    elif "resolved" in statuses and explicit[-1].status == "present":
        status = "present"
    holding = [one for one in group if one.status == status or not one.is_explicit or status != "absent"]
    evidence = tuple(dict.fromkeys(item for one in holding for item in one.evidence))
    first = next((one for one in explicit if one.mention is not None), None)
    row = first.mention.row if first and first.mention else None
    details = particulars(holding, dialogue) if status != "absent" else {}
    evidence = tuple(dict.fromkeys((*evidence, *time_evidence(holding, dialogue, details.get("duration")))))
    confidence = (0.9 if any(one.is_explicit for one in group) else 0.8) - (0.3 if conflicts else 0)
    location = row.body_site if isinstance(row, SymptomRow) and row.body_site and row.body_site not in term else None
    entry = Symptom(
        id="",
        name=term,
        status=status,
        evidence=evidence,
        confidence=round(confidence, 2),
        location=details.get("location") or (location if status != "absent" else None),
        onset=details.get("onset"),
        duration=details.get("duration"),
        duration_iso=details.get("duration_iso"),
        severity=details.get("severity"),
        quality=details.get("quality"),
        course=details.get("course"),
        relation=details.get("relation"),
    )
    return entry, conflicts
