"""Symptoms that a clinician asks for and the patient's side affirms or denies."""

import re

from scribe.domain.entries import Evidence, SymptomStatus
from scribe.drafting.assertion import (
    answer,
    is_conditional,
    polarity,
)
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.asking import ECHO, Asked, is_symptom, questions
from scribe.drafting.extract.chance_hits import is_feverish
from scribe.drafting.extract.observation import FEVER, Observation, clause_evidence, site
from scribe.drafting.extract.part_answers import part_answer
from scribe.drafting.extract.question_items import item_of
from scribe.drafting.extract.reactions import asks_reaction
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_WH = re.compile(r"언제|어디|얼마|몇|어느|어떻게 아|며칠|무슨 색|어떤 색|색깔|뭐가|왜")
# "여름에 한 번 났었는데 금방 멎었고 그 뒤로는 없었어요"
_ONCE_HAD = re.compile(
    r"^(?!\s*(?:아니|없|전혀))[^.?!]{0,24}[었았했났졌랬]\S{0,4}(?:데|고|다가|지만|어요|습니다)[^?!]{0,24}?"
    r"(?:멎었|나았|없어졌|사라졌|가라앉|(?:그 ?[뒤후]로|이후로|지금|이제|요즘|요새)(?:은|는)?\s?(?:다\s)?(?:없|"
    r"안 |괜찮))"
)


# "두드러기는 하루 종일 있어요?" – "아니요": not all day
_EXTENT = re.compile(r"종일|계속|항상|내내|매일|자주|많이|심하게|한쪽만|양쪽|오래|밤에만|더\s|전부")
_LATELY_NONE = re.compile(r"^\s*(?:요즘|요새|지금|이제)(?:은|는)?\s(?:다\s)?(?:안 |없|괜찮)")
# "열은 떨어졌어요?": a yes says that it is over
_RELIEF = re.compile(r"(?:떨어졌|나아졌|나았|가라앉았|좋아졌|괜찮아졌|멎었|멈췄|없어졌|사라졌|풀렸)[가-힣]{1,4}\s*\?")
_FIRM = re.compile(r"언제부터|언제 시작|어느 쪽|얼마나 (?:됐|되|오래|자주)|며칠")
_YES_FIRST = re.compile(r"\s*(?:(?:네|예|응|맞아요)[\s,.…]|(?:엄청|완전|많이|자주|그럼|당연|계속|가끔|조금|좀)요)")
_NOT_KNOWN = re.compile(r"모르겠|글쎄|기억")


def answered(dialogue: Dialogue) -> list[Observation]:
    found: list[Observation] = []
    for turn, asked, replies in questions(dialogue, Table.SYMPTOMS):
        symptoms = [ask for ask in asked if not _asks_otherwise(turn.sentence_text(ask.clause))]
        named = {m.row.term for reply in replies for m in reply.of(Table.SYMPTOMS) if is_symptom(reply, m)}
        distinct = {ask.term: ask for ask in symptoms}.values()
        open_ones = [ask for ask in distinct if ask.term not in named and not _is_circumstance(turn, ask.mention)]
        for ask in open_ones:
            reply = _answer_to(ask, replies, len(open_ones), bool(named))
            if reply is not None:
                evidence = (clause_evidence(turn, ask.mention), reply[1])
                place = site(turn, ask.mention)
                found.append(Observation(ask.term, reply[0], replies[0], None, evidence, False, place))
    return found


_THEN = re.compile(r"(?<![가-힣])(?:그때|그 당시|예전|어릴 때|어렸을 때|젊으셨을 때)")


def _asks_otherwise(sentence: str) -> bool:
    """For a reaction to something, or for another time than now ("그때 두드러기는요?")."""
    return asks_reaction(sentence) or bool(_THEN.search(sentence))


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


def _answer_to(
    ask: Asked, replies: tuple[Turn, ...], asked_for: int, others_named: bool
) -> tuple[SymptomStatus, Evidence] | None:
    if not replies:
        return None
    item = item_of(ask.turn, ask.mention)
    part = part_answer(item, replies) if item else None
    if part is not None:
        return part
    status = _whole_answer(ask, replies, asked_for, others_named)
    return (status, _first_sentence(replies[0])) if status else None


def _whole_answer(ask: Asked, replies: tuple[Turn, ...], asked_for: int, others_named: bool) -> SymptomStatus | None:
    words = replies[0].text
    sentence = ask.turn.sentence_text(ask.clause)
    if asked_for == 1 and not others_named and _ONCE_HAD.search(words):
        return "resolved"
    said = answer(ask.turn, replies, sentence)
    if said != "absent" and _FIRM.search(sentence) and not _NOT_KNOWN.search(words):
        return "present"
    if _RELIEF.search(sentence):
        return {"present": "resolved", "absent": "present", None: None}[said]
    if said == "absent":
        return _denial(sentence, words)
    if said is None:
        return "present" if _is_presupposed(ask, sentence, words, others_named) else None
    unclear = (asked_for > 1 and "둘 다" not in words) or (others_named and not _YES_FIRST.match(words))
    disputed = polarity(ask.turn, ask.mention) == "absent" and "있" not in words[:30]
    return None if unclear or disputed else said


def _denial(sentence: str, words: str) -> SymptomStatus | None:
    """Absent, resolved where there is none lately, open where only the extent is denied."""
    if _LATELY_NONE.search(words):
        return "resolved"
    return None if _EXTENT.search(sentence) else "absent"


def _is_presupposed(ask: Asked, sentence: str, words: str, others_named: bool) -> bool:
    if ECHO.search(sentence) or (ask.term == FEVER and is_feverish(words)):
        return True
    return bool(_WH.search(sentence)) and not _NOT_KNOWN.search(words) and not others_named
