"""The question that an answer answers, as a part of its evidence: "체중은요?" – "삼 킬로 빠졌어요"."""

from collections.abc import Iterable
from dataclasses import replace

from scribe.domain.entries import Entry, Evidence
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.morphology import NOUNS

_TOLD = frozenset({"symptom", "history", "medication_statement", "allergy"})
_SHORT = 14  # characters of a question that asks for one thing only


def with_questions(dialogue: Dialogue, entries: Iterable[Entry]) -> list[Entry]:
    """Entries that rest on an answer alone rest on the question as well, where the two speak of the same.

    They do where a noun stands in both, or where the question is too short to ask for anything else.
    """
    turns = {turn.id: turn for turn in dialogue.turns}
    return [_with_question(dialogue, turns, entry) if entry.kind in _TOLD else entry for entry in entries]


def _with_question(dialogue: Dialogue, turns: dict[str, Turn], entry: Entry) -> Entry:
    if any(not turns[item.utterance].is_patient_side for item in entry.evidence):
        return entry
    found = [_question(dialogue, turns[item.utterance], item) for item in entry.evidence]
    asked = [item for item in found if item is not None]
    return replace(entry, evidence=tuple(dict.fromkeys((*asked, *entry.evidence)))) if asked else entry


def _question(dialogue: Dialogue, turn: Turn, item: Evidence) -> Evidence | None:
    before = dialogue.turns[turn.index - 1] if turn.index else None
    if before is None or before.role != "clinician" or turn.clause_at(item.start).sentence > 1:
        return None
    questions = [clause for clause in before.clauses if clause.is_question]
    spoken_of = _nouns(turn, item.start, item.end)
    for clause in reversed(questions):
        sentence = before.sentence_of(clause)
        start, end = sentence[0].start, sentence[-1].end
        if spoken_of & _nouns(before, start, end) or _is_only(before, clause, questions):
            return before.evidence(start, end)
    return None


def _is_only(turn: Turn, clause: Clause, questions: list[Clause]) -> bool:
    asks_once = len({question.sentence for question in questions}) == 1
    return asks_once and len(turn.sentence_text(clause).strip()) <= _SHORT


def _nouns(turn: Turn, start: int, end: int) -> set[str]:
    return {here.form for here in turn.morphemes if here.tag in NOUNS and start <= here.start < end}
