"""Symptoms that a clinician asks for and the patient's side affirms or denies."""

import re

from scribe.domain.entries import Evidence, SymptomStatus
from scribe.drafting.assertion import (
    answer,
    is_conditional,
    polarity,
)
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.asking import Asked, questions
from scribe.drafting.extract.chance_hits import FEVER_FROM
from scribe.drafting.extract.observation import FEVER, Observation, clause_evidence, site
from scribe.drafting.extract.reactions import asks_reaction
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import find_quantities
from scribe.drafting.terms import Mention

_WH = re.compile(r"언제|어디|얼마|몇|어느|어떻게 아|며칠|무슨 색|뭐가")


_NOT_KNOWN = re.compile(r"모르겠|글쎄|기억")


def answered(dialogue: Dialogue) -> list[Observation]:
    found: list[Observation] = []
    for turn, asked, replies in questions(dialogue, Table.SYMPTOMS):
        symptoms = [ask for ask in asked if not asks_reaction(turn.sentence_text(ask.clause))]
        named = {mention.row.term for reply in replies for mention in reply.of(Table.SYMPTOMS)}
        distinct = {ask.term: ask for ask in symptoms}.values()
        open_ones = [ask for ask in distinct if ask.term not in named and not _is_circumstance(turn, ask.mention)]
        for ask in open_ones:
            status = _answer_to(ask, replies, len(open_ones), bool(named))
            if status is not None:
                reply = replies[0]
                evidence = (clause_evidence(turn, ask.mention), _first_sentence(reply))
                found.append(Observation(ask.term, status, reply, None, evidence, False, site(turn, ask.mention)))
    return found


def _is_circumstance(turn: Turn, mention: Mention) -> bool:
    """ "기침할 때 가래는 나와요?" does not ask for the cough."""
    return is_conditional(turn, mention)


def _first_sentence(turn: Turn) -> Evidence:
    """The first sentence of an answer, with the next where the first is a bare yes or no."""
    first = [clause for clause in turn.clauses if clause.sentence == turn.clauses[0].sentence]
    end = first[-1].end
    if end <= 5 and len(turn.clauses) > len(first):
        end = turn.sentence_of(turn.clauses[len(first)])[-1].end
    return turn.evidence(0, end)


def _answer_to(ask: Asked, replies: tuple[Turn, ...], asked_for: int, others_named: bool) -> SymptomStatus | None:
    if not replies:
        return None
    if _is_fine_there(ask, replies):
        return "absent"
    words = replies[0].text
    sentence = ask.turn.sentence_text(ask.clause)
    said = answer(ask.turn, replies, sentence)
    if said is None:
        presupposed = _WH.search(sentence) and not _NOT_KNOWN.search(words) and not others_named
        holds = _is_feverish(words) if ask.term == FEVER else presupposed
        return "present" if holds else None
    unclear = (asked_for > 1 and "둘 다" not in words) or others_named
    disputed = polarity(ask.turn, ask.mention) == "absent" and "있" not in words[:30]
    return None if said == "present" and (unclear or disputed) else said


def _is_feverish(words: str) -> bool:
    degrees = [quantity.value for quantity in find_quantities(words) if quantity.unit == "Cel"]
    return bool(degrees) and max(degrees) >= FEVER_FROM


_PART_FINE = re.compile(
    r"(?<![가-힣])(?P<part>[가-힣]{1,4})(?:은|는|도)\s(?:그냥\s|다\s|아주\s|별로\s|뭐\s)?(?:괜찮|멀쩡|"
    r"보통|그대로|안\s|정상|문제\s?없)(?!아졌|아지)"
)


def _is_fine_there(ask: Asked, replies: tuple[Turn, ...]) -> bool:
    """ "숨이 차거나 목이 조이는 느낌은요?" – "숨은 괜찮아요. 목도 안 조이고": the part of the question is fine."""
    asked = ask.turn.words(ask.clause)
    if ask.term == "천명음" and any(m.group("part") == "숨" for r in replies for m in _PART_FINE.finditer(r.text)):
        return True
    return any(
        re.search(rf"(?<![가-힣]){match.group('part')}", asked)
        for reply in replies
        for match in _PART_FINE.finditer(reply.text)
    )
