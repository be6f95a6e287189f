"""Diseases that a medicine taken tells of."""

import re

from scribe.drafting.assertion import (
    Person,
    answer,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.medication import class_mentions
from scribe.drafting.extract.past import Told, relative_detail
from scribe.drafting.lexicon import DrugClassRow


def _takes(dialogue: Dialogue, turn: Turn, clause: Clause) -> bool:
    words = turn.sentence_text(clause)
    if re.search(r"먹어야|먹으라|먹냐|먹을까|드셔야|먹자|맞아야|먹어도|맞으라|달라|안 먹|안 드", words):
        return False
    question = dialogue.question_before(turn)
    asked = question is not None and re.search(r"약|드시", question.text)
    return bool(asked or re.search(r"먹|드시|드세|드셔|드신|복용|맞|타|달고|쓰고|써", words))


def implied_histories(dialogue: Dialogue) -> list[Told]:
    """Taking "혈압약" tells of hypertension, where the patient's side says or confirms it."""
    found: list[Told] = []
    for turn in dialogue.turns:
        for mention in class_mentions(turn):
            row = mention.row
            if not isinstance(row, DrugClassRow) or not row.implies:
                continue
            clause = turn.clause_at(mention.start)
            evidence = (turn.evidence(clause.start, clause.end),)
            if turn.is_patient_side:
                taken = _takes(dialogue, turn, clause) and polarity(turn, mention) == "present"
                who = whose(dialogue, turn, mention.start)
                is_own = who.person is Person.PATIENT
                if taken and who.person is Person.RELATIVE and not clause.is_question:
                    detail = relative_detail(dialogue, turn, clause, who)
                    found.append(Told(row.implies, "family", "present", detail, evidence, False))
                if (
                    taken
                    and is_own
                    and not clause.is_question
                    and not re.search(r"다른 병원|예전|옛날", turn.sentence_text(clause))
                ):
                    found.append(Told(row.implies, "medical", "present", None, evidence, False))
            elif (
                clause.is_question
                and turn.role == "clinician"
                and re.search(r"드시|드세|복용|그대로|맞", turn.sentence_text(clause))
            ):
                replies = dialogue.answers(turn)
                if replies and answer(turn, replies) == "present":
                    reply = replies[0].evidence(0, replies[0].clauses[0].end)
                    found.append(Told(row.implies, "medical", "present", None, (*evidence, reply), False))
    return found
