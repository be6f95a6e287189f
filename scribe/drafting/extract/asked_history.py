"""Diseases, habits and work that a clinician asks for and the patient's side answers."""

import re

from scribe.domain.entries import HistoryCategory, Presence
from scribe.drafting.assertion import (
    Person,
    answer,
    asks_of_family,
    whose,
)
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.asking import Asked, questions
from scribe.drafting.extract.habits import HABITS
from scribe.drafting.extract.past import ELSEWHERE, QUIT, Told, category_of, is_ambiguous, is_symptom, sentence_words
from scribe.drafting.extract.told_history import told_history
from scribe.drafting.extract.wording import disease, display
from scribe.drafting.lexicon import Table

_ASKS_PAST = re.compile(
    r"앓|있으|계세|계신|병력|진단|걸리|지병|하신 적|받으신|수술|드신|드셨|피우|태우|마시|하시|드세|"
    r"맞으|맞혔|하셨|는요|은요|은\?|는\?|없으|어떠|어때|얼마나|적은|적\s?있|줄이|다니|사세요|사시|지내|살아"
)


_HABITS = frozenset({"흡연", "음주", "카페인 섭취", "운동 습관", "식습관"})


_HOW_MUCH = re.compile(
    r"(?:갑|개비|가치|병|잔|캔|보루)(?:씩|쯤|정도|이?요|\s|을|반)|일주일에|하루에|하루 |한 달에|매일|가끔|자주|거의"
)


_DECLINED = re.compile(r"^\s*(?:지금은|아직은?|현재는?|요즘은?)\s?(?:아니|안 |없|전혀)")


_ASKS_WORK = re.compile(r"직업|무슨 일 하|하시는 일|어떤 일 하|직장은|일은 뭐")


def occupation(dialogue: Dialogue) -> list[Told]:
    """ "직업이 뭐예요?" – "미용사예요": the answer itself is the detail."""
    for turn in dialogue.turns:
        asks = _ASKS_WORK.search(turn.text) if turn.role == "clinician" else None
        replies = dialogue.answers(turn) if asks and turn.clause_at(asks.start()).is_question else ()
        if asks and replies and not replies[0].clauses[0].is_question:
            question, reply = turn.clause_at(asks.start()), replies[0]
            evidence = (turn.evidence(question.start, question.end), reply.evidence(0, len(reply.text)))
            return [Told("직업", "social", "present", re.sub(r"\s+", " ", reply.text).strip(" .,"), evidence, False)]
    return []


def asked_histories(dialogue: Dialogue) -> list[Told]:
    found: list[Told] = []
    for turn, asked, replies in questions(dialogue, Table.DIAGNOSES, Table.HISTORIES):
        named = {
            mention.row.term
            for reply in replies
            for mention in reply.of(Table.DIAGNOSES, Table.HISTORIES)
            if mention.row.term != "동거 가족" or told_history(dialogue, reply, mention) is not None
        }
        distinct = {ask.term for ask in asked if ask.term not in ELSEWHERE and ask.term != "과거력"}
        for ask in asked:
            sentence = turn.sentence_text(ask.clause)
            if (
                (ask.term == "과거력" and distinct and ask.mention.how == "predicate")
                or ask.term in named
                or ask.term in ELSEWHERE
                or ask.term in HABITS
                or is_symptom(turn, ask.mention)
                or is_ambiguous(turn, ask.mention)
                or not _ASKS_PAST.search(sentence)
                or not replies
            ):
                continue
            if ask.mention.table is Table.DIAGNOSES and re.match(r"\s?(?:약|때문)", turn.text[ask.mention.end :]):
                continue
            said = _reply_about(ask.term, turn, replies, len(distinct))
            if said is None:
                continue
            evidence = (
                turn.evidence(ask.clause.start, ask.clause.end),
                replies[0].evidence(0, replies[0].sentence_of(replies[0].clauses[0])[-1].end),
            )
            is_family = asks_of_family(turn, ask.mention.start)
            category: HistoryCategory = "family" if is_family else category_of(ask.mention)
            detail = None
            if is_family and said == "present":
                who = whose(dialogue, replies[0], len(replies[0].text) - 1)
                if who.person is not Person.RELATIVE:
                    continue
                detail = who.word
            elif said == "present" and category == "social":
                detail = sentence_words(replies[0], replies[0].clauses[0])
            found.append(Told(_asked_name(ask), category, said, detail, evidence, False))
    return found


def _asked_name(ask: Asked) -> str:
    return disease(ask.mention) if ask.mention.table is Table.DIAGNOSES else display(ask.mention)


def _reply_about(term: str, turn: Turn, replies: tuple[Turn, ...], asked_for: int) -> Presence | None:
    words = replies[0].text
    if QUIT.search(words) and term in ("흡연", "음주"):
        return "absent"
    said = answer(turn, replies)
    if said is None and _DECLINED.match(words):
        return "absent"
    if said is None and term in _HABITS and asked_for == 1 and _HOW_MUCH.search(words):
        return "present"
    if said == "present" and asked_for > 1 and not re.search(r"둘 ?다|다 있", words):
        return None
    return said


_ASKS_TAKEN = re.compile(r"드신|드셨|먹은|먹였|먹인|드세요|드시는|복용|맞으|쓰신|쓰셨|약은요|약은\?|건요|적은")


def drugs_denied(dialogue: Dialogue) -> list[Told]:
    """ "항생제 드신 적은요?" – "없어요": a drug that the patient has not had."""
    found: list[Told] = []
    for turn, asked, replies in questions(dialogue, Table.DRUG_CLASSES, Table.MEDICINES):
        for ask in asked:
            sentence = turn.sentence_text(ask.clause)
            if not replies or not _ASKS_TAKEN.search(sentence) or re.search(r"알레르기|두드러기|부작용", sentence):
                continue
            if answer(turn, replies, sentence) == "absent":
                evidence = (
                    turn.evidence(ask.clause.start, ask.clause.end),
                    replies[0].evidence(0, replies[0].sentence_of(replies[0].clauses[0])[-1].end),
                )
                found.append(Told(f"{ask.mention.surface} 복용", "medical", "absent", None, evidence, False))
    return found
