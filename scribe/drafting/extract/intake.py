"""Eating, bowel movements and blood, told by what is asked: "밥은 좀 드세요?" – "거의 못 드세요"."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Evidence
from scribe.drafting.assertion import Person, is_asked, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.functions import Inferred, bleeding_places, functions
from scribe.drafting.lexicon import Table
from scribe.drafting.times import find_periods

_ASKS_MEALS = re.compile(
    r"식사|밥|먹는 (?:거|건|것)|(?<!약 )(?<!보약 )(?<!다른 거 )드시는 (?:거|건|것)(?!.{0,6}(?:있|없))|입맛|"
    r"젖은|분유|수유는|먹나요|드시나요"
)
_ASKS_BOWELS = re.compile(r"(?<![가-힣])(?:대?변(?:은|을|이|도)|화장실|배변|응가|큰일)")
_EATS_LITTLE = re.compile(
    r"(?:거의|통|영|도통|전혀|하나도|제대로|잘|반도|별로)\s?(?:못|안)\s?(?:드|먹|삼)|반도 (?:안|못)|조금밖에|"
    r"반 공기(?:밖에|도)|(?:못|안) (?:드시|드세|드셔|먹어|먹고|먹겠|먹는)|입에도 (?:못|안)"
)
_EATS = re.compile(
    r"(?<![가-힣])(?:밥|식사|죽)(?:은|을|도|이|를)?\s(?:[가-힣]+\s){0,2}?(?:(?:거의|반도|통|전혀|하나도|잘|제대로)\s)"
    r"(?:못|안)\s(?:먹|드)|밥 ?생각(?:이|도|은)?\s(?:[가-힣]+\s)?(?:없|안)|밥맛(?:이|도|"
    r"은)?\s(?:[가-힣]+\s)?(?:없|떨)"
)
_EATS_WELL = re.compile(r"^\s*(?:네|예|응)?[\s,.]*(?:밥은\s|식사는\s)?(?:그런대로\s|아주\s)?잘 (?:먹|드시|드세)")
_UNLESS = re.compile(r"없(?:으면|으믄|이는)|때문에 (?:못|안)|다이어트|일부러|약(?:은|을|도|이)\s|영양제|술|담배|커피")
_NO_STOOL = re.compile(r"(?:못|안)\s?(?:봤|보|나와|나오|눴|누|쌌|갔)")
_BLOOD = re.compile(r"(?<![가-힣])피(?:가|는|도|나|이)?\s(?P<rest>[^.,?!]*)")
_NO_BLOOD = re.compile(r"없|안 (?:보|나|섞|비|묻)|아니|않|못 봤")
_SEEN_BLOOD = re.compile(r"섞|비치|비쳤|보여|보였|묻어|묻었|나와|나왔|났|나요")
_SOURCES = (
    (re.compile(r"가래|기침"), "객혈"),
    (re.compile(r"대변|(?<![가-힣소])변(?:에|은|이|을|도)|설사|응가|똥"), "혈변"),
    (re.compile(r"소변|오줌"), "혈뇨"),
    (re.compile(r"잇몸"), "잇몸 출혈"),
    (re.compile(r"항문|똥꼬|휴지|변기|변 볼"), "혈변"),
    (re.compile(r"(?<![가-힣])코(?:에서|는)"), "코피"),
    (re.compile(r"토(?:하|했|한|에|할)|구토"), "토혈"),
)
LITTLE = "식욕부진"


# a wish not to live on that names no death (Columbia Suicide Severity Rating Scale, item 1)
_WISH_TO_BE_GONE = re.compile(
    r"(?:안 깨(?:어)?났|안 깼|눈을? 안 떴|죽었|죽어 버렸|사라졌|없어졌|안 일어났|안 태어났|끝났|"
    r"데려갔)으면 (?:좋겠|싶|하는 생각)|"
    r"(?:사는|살아 있는) (?:게|것이) (?:의미|가치)가? ?없|왜 사나 싶"
)


def _wishes(dialogue: Dialogue, turn: Turn) -> list[Inferred]:
    match = _WISH_TO_BE_GONE.search(turn.text)
    if match is None or whose(dialogue, turn, match.start()).person is not Person.PATIENT:
        return []
    clause = turn.clause_at(match.end() - 1)
    if is_asked(clause):
        return []
    evidence = (turn.evidence(turn.clause_at(match.start()).start, clause.end),)
    return [Inferred("자살 사고", "present", turn, evidence, None)]


def inferred(dialogue: Dialogue) -> list[Inferred]:
    """Little appetite, constipation and blood in what is coughed, passed or vomited."""
    found: list[Inferred] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += [*_meals(dialogue, turn), *_bowels(dialogue, turn), *_blood(dialogue, turn)]
            found += [*functions(dialogue, turn), *bleeding_places(dialogue, turn), *_wishes(dialogue, turn)]
    return found


def blood_from(dialogue: Dialogue, turn: Turn, clause: Clause) -> str | None:
    """What the blood spoken of in a clause is in, by its sentence and else by the question."""
    before = turn.text[turn.sentence_of(clause)[0].start : clause.end]
    question = dialogue.question_before(turn)
    for words in (before, question.text if question else ""):
        terms = [term for pattern, term in _SOURCES if pattern.search(words)]
        if len(terms) == 1:
            return terms[0]
    return None


def _asking(dialogue: Dialogue, turn: Turn, topic: re.Pattern[str]) -> Evidence | None:
    """The question on the topic, where it was the last thing that the clinician asked or one of two."""
    question = dialogue.question_before(turn)
    if question is None:
        return None
    for clause in question.clauses:
        if clause.is_question and topic.search(question.words(clause)):
            return question.evidence(clause.start, clause.end)
    return None


def _meals(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    asked = _asking(dialogue, turn, _ASKS_MEALS)
    first = turn.sentence_text(turn.clauses[0])
    if asked is not None and not turn.clauses[0].is_question and not _UNLESS.search(first):
        answer = (asked, turn.evidence(0, turn.sentence_of(turn.clauses[0])[-1].end))
        if _EATS_LITTLE.search(first):
            yield Inferred(LITTLE, "present", turn, answer)
        elif _EATS_WELL.search(first):
            yield Inferred(LITTLE, "absent", turn, answer)
        return
    for match in _EATS.finditer(turn.text):
        clause = turn.clause_at(match.start())
        if clause.link == "if" or is_asked(clause) or _UNLESS.search(turn.sentence_text(clause)):
            continue
        if whose(dialogue, turn, match.start()).person is Person.PATIENT:
            yield Inferred(LITTLE, "present", turn, (turn.evidence(clause.start, clause.end),))


def _bowels(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    asked = _asking(dialogue, turn, _ASKS_BOWELS)
    for clause in turn.clauses:
        words = turn.words(clause)
        period = (find_periods(words) or (None,))[0]
        if period is None or not _NO_STOOL.search(words) or clause.link == "if" or is_asked(clause):
            continue
        if asked is not None or _ASKS_BOWELS.search(words):
            evidence = (*((asked,) if asked else ()), turn.evidence(clause.start, clause.end))
            yield Inferred("변비", "present", turn, evidence, period)
            return


def _blood(dialogue: Dialogue, turn: Turn) -> Iterable[Inferred]:
    """Where the speaker is a guess, an unmarked question would pass for a denial: nothing is read."""
    for match in () if turn.is_guessed else _BLOOD.finditer(turn.text):
        clause = turn.clause_at(match.start())
        held = [m for m in turn.of(Table.SYMPTOMS) if m.start <= match.start() < m.end and m.end - m.start > 1]
        if held or clause.link == "if" or is_asked(clause) or re.search(r"검사|뽑|묽|약", match["rest"]):
            continue
        rest = turn.text[match.start("rest") : clause.end]
        term = blood_from(dialogue, turn, clause)
        absent = bool(_NO_BLOOD.search(rest))
        if term and (absent or _SEEN_BLOOD.search(rest)):
            evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, clause.end),)
            question = dialogue.question_before(turn)
            if question is not None and "피" in question.text and absent:
                at = question.clause_at(question.text.index("피"))
                evidence = (question.evidence(at.start, at.end), *evidence)
            yield Inferred(term, "absent" if absent else "present", turn, evidence)
