"""What a medicine or food once did: told as a symptom, but part of the allergy."""

import re

from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.terms import Mention

_AFTER_TAKING = re.compile(
    r"(?:먹|맞|바르|발랐|쓰|썼|드시|찍)(?:고|었|았|으면|다가|을 때|으니까|으셨|셨)[가-힣]*\s|조영제|"
    r"(?:주사|약|항생제|페니실린|진통제|소염제|마취|백신|땅콩|계란|우유|새우|복숭아)(?:에|에도)\s"
)
_LONG_AGO = re.compile(
    r"예전|옛날|어릴 때|어려서|군대|년 전|달 전에|재작년|작년|그때|처음에|적[이은도]?\s?있|"
    r"었었|았었|났었|그랬었|바꿨|끊었"
)
_ASKS = re.compile(
    r"알레르기|알러지|부작용|"
    r"(?:약|주사|음식|항생제|조영제)[^?]{0,16}(?:안 맞|맞지 않|문제|두드러기|탈|고생|이상)|"
    r"(?:드시고|먹고|맞고)[^?]{0,14}(?:두드러기|발진|가려|붓|부은|이상|탈)"
)
_NOW = re.compile(r"지금|오늘|어제")
_REACTIONS = re.compile(
    r"두드러기|발진|가려움|발적|부종|호흡곤란|구토|오심|설사|어지럼|실신|의식 저하|저혈압|두근거림|천명|복통|두통|수포"
)


def is_reaction(dialogue: Dialogue, turn: Turn, mention: Mention) -> bool:
    """ "주사 맞고 두드러기 났었어요", or any such sign in answer to a question for allergies."""
    if not _REACTIONS.search(mention.row.term):
        return False
    clause = turn.clause_at(mention.start)
    start = turn.sentence_of(clause)[0].start
    question = dialogue.question_before(turn)
    if question is not None and asks_reaction(question.text) and not _NOW.search(turn.sentence_text(clause)):
        return True
    return bool(_AFTER_TAKING.search(turn.text[start : mention.start]) and _LONG_AGO.search(turn.text[start:]))


def asks_reaction(question: str) -> bool:
    """ "약 드시고 두드러기 난 적 있으세요?"."""
    return bool(_ASKS.search(question))
