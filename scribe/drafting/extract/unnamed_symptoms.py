"""Complaints that a clinician asks after in words that no lexicon has, and that the reply denies or affirms."""

import re

from scribe.drafting.assertion import answer
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.examining import is_examining
from scribe.drafting.extract.observation import Observation
from scribe.drafting.extract.part_answers import part_answer
from scribe.drafting.extract.question_items import Item, items, named
from scribe.drafting.extract.reactions import asks_reaction
from scribe.drafting.lexicon import Table

# complaints are asked after in lists and by negative tags: "…거나 … 적은요?", "…진 않고요?"
_LISTED = re.compile(r"거나|든지|든가")
_OCCURRENCE = re.compile(r"(?:는|은|던|ㄴ|한) (?:건|거|적|일)[은는도]?요?\s*\?\s*$")
_TAG = re.compile(r"지(?:는|도)?\s?않|진\s?않|질\s?않")
_ABILITY = re.compile(r"어떠|어때|어떻")
_NO_NAME = re.compile(r"안 |못 |그[러럼]|[가-힣]$|[가-힣]{2,3}$")
_NO_COMPLAINT = re.compile(
    r"드시|먹|약|주사|수술|입원|검사|담배|술|피우|마시|알레르기|알러지|가족|부모|형제|앓|진단|운동|여행|접종|"
    r"예방|임신|직업|일하|"
    r"결혼|키우|다녀|만나|병원|치료|받으|사용|쓰시|끊|집안|어르신 중|괜찮|좋아|나아|줄었|편하|도와|혼자|챙겨|"
    r"궁금|질문|말씀"
)


def unnamed(dialogue: Dialogue) -> list[Observation]:
    """The unknown items of lists and negative tags, named in the words of the question."""
    found: list[Observation] = []
    for turn in dialogue.turns:
        replies = dialogue.answers(turn) if turn.role in ("clinician", "nurse") and turn.has_question else ()
        for item in items(turn) if replies and not turn.is_guessed else ():
            one = _observed(dialogue, item, replies)
            found += [one] if one else []
    return found


def _observed(dialogue: Dialogue, item: Item, replies: tuple[Turn, ...]) -> Observation | None:
    turn, clause = item.turn, item.turn.clause_at(item.start)
    if not _is_complaint(item, clause):
        return None
    part = part_answer(item, replies)
    status = part[0] if part else answer(turn, replies, turn.sentence_text(clause))
    name = named(item, dialogue.terms) if status == "absent" else None
    if status is None or name is None or _NO_NAME.match(name):
        return None
    said = part[1] if part else replies[0].evidence(0, replies[0].sentence_of(replies[0].clauses[0])[-1].end)
    return Observation(name, status, replies[0], None, (turn.evidence(item.start, item.end), said), False)


def _is_complaint(item: Item, clause: Clause) -> bool:
    turn = item.turn
    sentence = turn.sentence_text(clause)
    known = any(mention.table not in (Table.BODY_SITES, Table.EXAMS) for mention in item.mentions)
    if known or is_examining(turn, clause) or asks_reaction(sentence) or _NO_COMPLAINT.search(item.words):
        return False
    if _ABILITY.search(sentence):
        return False
    asks_symptoms = any(turn.clause_at(mention.start).is_question for mention in turn.of(Table.SYMPTOMS))
    listed = _LISTED.search(sentence) and (asks_symptoms or _OCCURRENCE.search(sentence))
    return bool(listed or _TAG.search(sentence))
