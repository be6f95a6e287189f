"""Smoking, drinking and caffeine: whether, how much and since when, in the words for the habit and in answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.entries import Evidence, Presence
from scribe.drafting.assertion import Person, answer, is_conditional, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.past import Told
from scribe.drafting.lexicon import Table
from scribe.drafting.persons import named_persons
from scribe.drafting.terms import Mention

HABITS = {
    "흡연": "흡연",
    "금연 이력": "흡연",
    "음주": "음주",
    "금주 이력": "음주",
    "카페인 섭취": "카페인 섭취",
}
_QUIT = re.compile(
    r"(?<!안 )(?<!못 )끊(?:었|은|으셨|으신|긴|고(?! 싶)|어서|어\s?[버부뿌])|금연|금주|"
    r"(?:안|못) (?:피|펴|마시|먹|한|하|해)[가-힣]* ?지|이제는? 안|"
    r"지금은 안|요즘은 안|그만뒀|관뒀|손 ?뗐"
)
_NOT_QUIT = re.compile(
    r"끊(?:으려|어야|을까|기가|는 게|지를? 못|질 못|고 싶|으라|었다가 다시)|다시 (?:피|펴|마시|먹|시작)"
)
_NONE = re.compile(
    r"(?<![가-힣])(?:안|못)\s?(?:피|펴|폈|태우|태워|마시|마셔|마셨|마십|마신|먹|드|하|합|해|했|대|댑)|"
    r"입에도|한 (?:모금|잔|방울|대|개비|번)도|"
    r"일절|전혀|비흡연|(?:은|는|도|을|를|이|가)\s(?:원래\s|평생\s|아예\s|따로\s|거의\s)?없|않|배우지도|못 배|냄새도"
)
# given up within the year: the record still calls it smoking
_LATELY = re.compile(
    r"(?:올해|올봄|올여름|지난달|지난주|이번 달|[가-힣]{1,2} 달 전|"
    r"몇 달 전|[가-힣]{1,2} 개월 전|얼마 전|며칠 전)[^.?!]{0,10}끊"
)
_FORMER = re.compile(
    r"(?:[대살] ?때|적에|시절|젊을 때|젊어서|예전에|예전엔|옛날에|옛날엔|그 ?전에는|그 ?전엔|"
    r"군대(?:에서|서)|대학 ?때|학교 ?때)"
    r"[^.?!]{0,14}(?:잠깐|조금|좀|피웠|폈|마셨|했)"
)
_BEFORE = re.compile(r"(?:그 ?전|예전|옛날)(?:에는|엔|에)\s")
_MUCH = re.compile(
    r"갑|개비|가치|까치|병|잔|캔|모금|보루|반주|일주일|하루|매일|맨날|가끔|자주|거의|조금|좀|회식|주말|저녁마다|"
    r"이틀에|사흘에|한 달에|요즘|아직|이따금|종종|한두|두세|피워|피우|피웠|펴[요서]|피고|폈|태워|태웁|마셔|마시|마십|"
    r"마셨|먹어|먹었|먹고|먹는|좋아|합니다|해요|하죠|하지|"
    r"했[어는습]|들어가|즐|[네예],?\s?(?:펴|피)"
)
_GOES_ON = re.compile(
    r"^\s*(?:한\s)?(?:하루|일주일|주말|한 달|이틀|매일|[가-힣]{1,4} 년|"
    r"[가-힣]{1,3}(?:갑|병|잔|캔|개비)|원래|예전|끊|그것도|지금은|요즘)"
)
_HOUSEHOLD = re.compile(r"집에|집안에|식구|가족|같이 사|주변에|옆에서")
_SMOKES = re.compile(r"피우|피워|피시|피세|피고|펴|폈|태우|태워|담배|흡연")
_COLOUR = re.compile(r"\s?(?:색|빛|찌꺼기|가루|같은 색|같이 (?:시커|까|검)|처럼)")
_BOTH = re.compile(r"둘 ?다|다 (?:안|끊|해|합|했|못)|전부|아무것도")


@dataclass(frozen=True, slots=True)
class _Said:
    status: Presence
    words: str
    end: int


def habits(dialogue: Dialogue) -> list[Told]:
    """What the patient's side says of the patient's smoking, drinking and coffee, and of smokers around a patient."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _told(dialogue, turn)
            found += _answered(dialogue, turn)
            found += _smokers_around(dialogue, turn)
    return found


def habit_status(words: str) -> Presence | None:
    """What the words after the name of a habit say: given up or not done, done, or nothing."""
    if _LATELY.search(words):
        return "present"
    if _QUIT.search(words) and not _NOT_QUIT.search(words):
        return "absent"
    if _FORMER.search(words) and not re.search(r"아직|지금(?:은|도)|요즘", words):
        return "absent"
    if _NONE.search(words):
        return "absent"
    return "present" if _MUCH.search(words) else None


def _mentions(turn: Turn) -> list[Mention]:
    found = [m for m in turn.of(Table.HISTORIES) if m.row.term in HABITS and not m.nested]
    return [m for m in found if not _COLOUR.match(turn.text[m.end :])]


def _told(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    mentions = _mentions(turn)
    for position, mention in enumerate(mentions):
        clause = turn.clause_at(mention.start)
        if whose(dialogue, turn, mention.start).person is not Person.PATIENT or _is_passing(turn, mention):
            continue
        said = _stretch(turn, mention, mentions[position + 1 :])
        if said is None or _is_real_question(turn, clause):
            continue
        evidence = (*_question(dialogue, turn, HABITS[mention.row.term]), turn.evidence(clause.start, said.end))
        status: Presence = "absent" if _is_of_before(turn, mention) else said.status
        yield Told(_name(mention), "social", status, said.words, evidence)


def _is_of_before(turn: Turn, mention: Mention) -> bool:
    """ "끊은 지 삼 년 됐어요. 그 전엔 하루 한 갑씩 피웠고요": what was before it was given up."""
    before = turn.text[turn.sentence_of(turn.clause_at(mention.start))[0].start : mention.start]
    return bool(_BEFORE.search(before) and _QUIT.search(turn.text))


def _is_passing(turn: Turn, mention: Mention) -> bool:
    """A colour, a condition, a promise, a plan: "콜라 색", "술 마시면", "술은 끊을게요"."""
    after = turn.text[mention.end : mention.end + 24]
    return bool(
        is_conditional(turn, mention)
        or re.search(r"게요", mention.surface)
        or re.match(r"\s?(?:색|냄새 나|같은 색|때문|먹고 (?:오|왔)|집)", after)
        or re.search(
            r"[을할볼먹실갈쓸일줄끊]게요|(?:마셔|먹어|해|피워)도\s?(?:돼|되|괜찮)|끊어야",
            turn.text[mention.start : turn.clause_at(mention.end - 1).end],
        )
    )


def _stretch(turn: Turn, mention: Mention, later: list[Mention]) -> _Said | None:
    """What is said of the habit until the next habit or the end of its sentence; an amount may follow as a sentence."""
    limit = len(turn.text)
    for other in later:
        joined = re.fullmatch(r"(?:은|는|도|이?랑|하고|이나|,)?\s?", turn.text[mention.end : other.start])
        if HABITS[other.row.term] != HABITS[mention.row.term] and not joined:
            limit = other.start
            break
    clause = turn.clause_at(mention.start)
    sentence_end = turn.sentence_of(clause)[-1].end
    end = min(limit, sentence_end)
    following = turn.clause_at(sentence_end) if sentence_end < len(turn.text) else None
    if following is not None and limit > sentence_end and _GOES_ON.match(turn.text[sentence_end:]):
        end = min(limit, turn.sentence_of(following)[-1].end)
    start = mention.start if mention.how == "predicate" else mention.end
    words = turn.text[start:end]
    status = "absent" if mention.negated else habit_status(words)
    if status is None and mention.how == "predicate":
        status = "present"
    if status is None:
        return None
    return _Said(status, re.sub(r"\s+", " ", turn.text[mention.start : end]).strip(" .,?!"), end)


def _is_real_question(turn: Turn, clause: Clause) -> bool:
    """The patient asks ("술 마셔도 돼요?"); "맥주 한 캔?" in answer to a question only wonders."""
    if not turn.sentence_text(clause).rstrip().endswith("?"):
        return False
    return bool(
        re.search(
            r"(?:돼요|되나요|될까요|되죠|나빠요|괜찮아요|어때요|않나요|때문인가요)\s*\?", turn.sentence_text(clause)
        )
    )


def _name(mention: Mention) -> str:
    """ "흡연(전자담배)", "카페인 섭취(커피)": with the kind where one was said."""
    name = HABITS[mention.row.term]
    kind = re.search(r"전자\s?담배|궐련형 담배|연초|씹는 담배|커피|에너지 음료|녹차|콜라", mention.surface)
    return f"{name}({kind.group()})" if kind else name


def _question(dialogue: Dialogue, turn: Turn, habit: str) -> tuple[Evidence, ...]:
    question = dialogue.question_before(turn)
    if question is None:
        return ()
    for mention in _mentions(question):
        clause = question.clause_at(mention.start)
        if HABITS[mention.row.term] == habit and clause.is_question:
            return (question.evidence(clause.start, clause.end),)
    return ()


def _answered(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    """ "담배는요?" – "하루 반 갑이요"; of several that were asked, those that the answer does not name."""
    question = dialogue.question_before(turn)
    if question is None or (question.index < turn.index - 1 and dialogue.turns[turn.index - 1].is_patient_side):
        return
    asked = {
        HABITS[m.row.term]: m
        for m in _mentions(question)
        if (clause := question.clause_at(m.start)).is_question and not _HOUSEHOLD.search(question.sentence_text(clause))
    }
    named = {HABITS[m.row.term] for m in _mentions(turn)}
    first = turn.sentence_text(turn.clauses[0])
    words = (
        turn.text[: _second_end(turn)] if len(first.strip()) <= 8 or _GOES_ON.match(turn.text[len(first) :]) else first
    )
    for habit, mention in asked.items():
        if habit in named:
            continue
        status = _answer_to(question, mention, turn, words, alone=len(asked) == 1, others_named=bool(named))
        if status is not None:
            clause = question.clause_at(mention.start)
            evidence = (question.evidence(clause.start, clause.end), turn.evidence(0, len(words)))
            yield Told(_name(mention), "social", status, words.strip(" .,?!"), evidence, False)


def _second_end(turn: Turn) -> int:
    return max(clause.end for clause in turn.clauses if clause.sentence <= turn.clauses[0].sentence + 1)


def _answer_to(
    question: Turn, mention: Mention, turn: Turn, words: str, *, alone: bool, others_named: bool
) -> Presence | None:
    sentence = question.sentence_text(question.clause_at(mention.start))
    said = habit_status(words)
    if others_named:
        if re.search(r"(?:술|담배|커피)만", turn.text):
            return "absent"
        return said if alone and not any(m.end <= len(words) for m in _mentions(turn)) else None
    if said is not None and (alone or _BOTH.search(words)):
        return said
    general = answer(question, (turn,), sentence)
    if general == "present" and not alone and not _BOTH.search(words):
        return None
    return general


def _smokers_around(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    """ "집에 담배 피우시는 분 있어요?" – "할아버지가 베란다에서 피우세요": smoke that the patient breathes."""
    question = dialogue.question_before(turn)
    asked = _asks_of_household(question) if question is not None else None
    is_topic = asked is not None or any(_smoking(t) for t in (turn, question) if t is not None)
    for person in named_persons(dialogue, turn) if is_topic else ():
        clause = turn.clause_at(person.start)
        words = turn.text[person.end : clause.end]
        smokes = _SMOKES.search(words) and not _NONE.search(words) and not _QUIT.search(words)
        if person.who.person is not Person.PATIENT and smokes:
            evidence = (*((asked,) if asked else ()), turn.evidence(clause.start, clause.end))
            yield Told("간접흡연", "social", "present", re.sub(r"\s+", " ", turn.words(clause)).strip(" .,"), evidence)
            return
    if asked is not None and question is not None and answer(question, (turn,)) == "absent":
        yield Told("간접흡연", "social", "absent", None, (asked, turn.evidence(0, turn.clauses[0].end)), False)


def _smoking(turn: Turn) -> list[Mention]:
    return [m for m in turn.of(Table.HISTORIES) if not m.nested and _is_smoking(m)]


def _is_smoking(mention: Mention) -> bool:
    return mention.row.term == "간접흡연" or HABITS.get(mention.row.term) == "흡연"


def _asks_of_household(question: Turn) -> Evidence | None:
    for mention in _smoking(question):
        clause = question.clause_at(mention.start)
        if clause.is_question and _HOUSEHOLD.search(question.sentence_text(clause)):
            return question.evidence(clause.start, clause.end)
    return None
