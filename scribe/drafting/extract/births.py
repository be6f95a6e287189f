"""How a child was born and how it grows: weeks, weight, trouble at birth, development."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Evidence
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told
from scribe.drafting.numbers import read_number

_OLDEST = 12
_TERM_WEEKS = 37
_WEEKS = re.compile(
    r"(?<![가-힣])(?P<weeks>[가-힣\d]{1,5})\s?주\s?(?:[가-힣\d]\s?일\s?)?(?:에|만에|로|차에)?\s?"
    r"(?:낳|태어|나왔|출산|제왕|자연)"
)
_TERM = re.compile(r"만삭|예정일(?:에|대로| 맞춰)|제때 (?:낳|태어|나)|달 (?:다 )?채")
_EARLY = re.compile(r"이른둥이|미숙아|조산|예정일보다 (?:일찍|[가-힣 ]{1,6} (?:일찍|먼저))|인큐베이터|달을? 못 채")
_WEIGHT = re.compile(r"(?:낳을 때|태어날 때|출생 때|태어났을 때|낳았을 때)[^.?!]{0,16}(?:킬로|kg|그램)")
_ASKS_BIRTH = re.compile(r"태어날 때|태어났을 때|낳을 때|몇 주에|만삭|출생|분만은|제왕절개")
_ASKS_GROWTH = re.compile(r"발달|또래|뒤집|걷기|걸었|말은|말 ?트|옹알이|키는|성장")
_GROWS = re.compile(
    r"말해|말하|걷|걸어|걸었|뛰|기어|앉|뒤집|서고|엄마 ?아빠|옹알|눈 ?맞|또래만큼|정상|잘 (?:커|크|해|하|자라)|"
    r"빨라|빠른"
)
_SLOW = re.compile(r"늦|느리|아직 (?:못|안)|지연|못 (?:걷|앉|뒤집|해|하)|안 (?:걷|말|해|뒤집)|치료 받|떨어지")


def births(dialogue: Dialogue) -> list[Told]:
    """Only of a child who is the patient."""
    patient = dialogue.encounter.patient
    if patient is None or patient.age_on(dialogue.encounter.start.date()) > _OLDEST:
        return []
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _birth(dialogue, turn)
            found += _growth(dialogue, turn)
    return found


def _birth(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    for clause in turn.clauses:
        words = turn.words(clause)
        weeks = _WEEKS.search(words)
        number = read_number(words, weeks.start("weeks")) if weeks else None
        early = bool(_EARLY.search(words)) or (number is not None and number.value < _TERM_WEEKS)
        is_told = number is not None or _TERM.search(words) or _EARLY.search(words) or _WEIGHT.search(words)
        if not is_told or clause.is_question or re.search(r"둘째|첫째|큰애|작은애|유산", words):
            continue
        denied = re.search(r"없|아니|안 ", words)
        if denied and not _TERM.search(words) and number is None:
            continue
        kind = "이른둥이" if early else "만삭 출생"
        name = "출생력" if number is None and not _TERM.search(words) and not early else f"출생력({kind})"
        evidence = (
            *_question(dialogue, turn, _ASKS_BIRTH),
            turn.evidence(clause.start, turn.sentence_of(clause)[-1].end),
        )
        detail = re.sub(r"\s+", " ", turn.sentence_text(clause)).strip(" .,")
        yield Told(name, "obstetric", "present", detail, evidence)
        return


def _growth(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    asked = _question(dialogue, turn, _ASKS_GROWTH)
    if not asked:
        return
    for clause in turn.clauses:
        words = turn.words(clause)
        if clause.is_question or not (_GROWS.search(words) or _SLOW.search(words)):
            continue
        name = "발달 지연" if _SLOW.search(words) else "정상 발달"
        yield Told(name, "medical", "present", words.strip(" .,"), (*asked, turn.evidence(clause.start, clause.end)))
        return
    first = turn.sentence_text(turn.clauses[0])
    if re.match(r"\s*(?:네|예|응)(?=[\s,.]|$)", first):
        yield Told("정상 발달", "medical", "present", None, (*asked, turn.evidence(0, turn.clauses[0].end)), False)


def _question(dialogue: Dialogue, turn: Turn, asks: re.Pattern[str]) -> tuple[Evidence, ...]:
    question = dialogue.question_before(turn)
    match = asks.search(question.text) if question is not None else None
    if question is None or match is None:
        return ()
    clause = question.clause_at(match.start())
    return (question.evidence(clause.start, clause.end),) if clause.is_question else ()
