"""Predicates whose subject is the topic of the question: "다리는 어때요?" – "저녁이면 부어요"."""

import re
from collections.abc import Iterator
from dataclasses import replace

from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.morphology import Morpheme
from scribe.drafting.terms import Mention

_EXAMINES = re.compile(r"눌러|누르|만져|두드려|들어 보|구부려|펴 보|따라")
_MOST_TOPICS = 5
_LONGEST_CLAUSE = 40
_NO_TOPIC_WORDS = (
    "거 것 건 적 때 데 쪽 수 뒤 전 후 일 말 분 번 점 년 달 주 날 약 검사 결과 병원 선생님 어머니 아버님 "
    "어르신 환자 보호자 "
    "요즘 요새 지금 오늘 어제 그동안 그새 처음 증상 느낌 정도 다음 다른 어디 언제 얼마 무엇 뭐 생각 이름 아침 "
    "저녁 밤 낮"
)
_NO_TOPIC = frozenset(_NO_TOPIC_WORDS.split())
_ASPECTS = frozenset({"색", "색깔", "양", "냄새", "횟수", "상태", "쪽", "주위", "주변", "안", "속"})
_TOPIC_PARTICLES = frozenset({"은", "는", "이", "가", "도", "ᆫ", "을", "를"})


def elliptical(dialogue: Dialogue, turn: Turn) -> Iterator[Mention]:
    """Symptoms of the turn's clauses that name no subject, read with the topics asked after or just spoken of.

    The mentions lie in the clause; their ``surface`` holds the clause's words only.
    """
    question = dialogue.question_before(turn) if turn.is_patient_side else None
    if question is not None and _EXAMINES.search(question.text):
        question = None
    asked = _asked_topics(question) if question else []
    for clause in turn.clauses:
        if clause.is_question or _is_natural(turn, clause):
            continue
        own = _topics(turn, turn.clauses[0].start, clause.start)[-1:]
        yield from _completed(dialogue, turn, clause, [*own, *reversed(asked[-_MOST_TOPICS:])])


def _is_natural(turn: Turn, clause: Clause) -> bool:
    """What anybody has on such an occasion: "달리기하면 원래 뛰죠"."""
    sentence = turn.sentence_of(clause)
    occasion = any(other.link == "if" and other.end <= clause.start for other in sentence)
    return occasion and re.search(r"원래|당연|누구나|다들|누가 안", turn.words(clause)) is not None


def elliptical_questions(dialogue: Dialogue, turn: Turn) -> Iterator[Mention]:
    """Symptoms asked after with a topic named before in the turn: "변 색깔은요? 까맣거나 피가 묻거나"."""
    for clause in turn.clauses:
        if clause.is_question and clause.start and not _EXAMINES.search(turn.text):
            topics = _topics(turn, turn.clauses[0].start, clause.start)[-2:]
            yield from _completed(dialogue, turn, clause, list(reversed(topics)))


def _completed(dialogue: Dialogue, turn: Turn, clause: Clause, topics: list[str]) -> Iterator[Mention]:
    words = turn.words(clause)
    if len(words) > _LONGEST_CLAUSE or _is_read(turn, clause):
        return
    for topic in dict.fromkeys(topics):
        mention = _with_topic(dialogue, topic, words)
        if mention is not None:
            yield replace(mention, start=mention.start + clause.start, end=mention.end + clause.start)
            return


def _asked_topics(question: Turn) -> list[str]:
    """The nouns with a particle, and the subjects of the symptoms asked after ("숨" of "숨차거나")."""
    subjects = [
        re.sub(r"[이가을를에은는]$", "", mention.form.split()[0])
        for mention in question.of(Table.SYMPTOMS)
        if mention.how == "predicate" and re.match(r"[가-힣]+(?<!다)[이가을를에]\s", mention.form)
    ]
    places = [site.surface for site in question.of(Table.BODY_SITES) if not site.nested]
    return [*places, *(one for one in subjects if one), *_topics(question, 0, len(question.text))]


def _topics(turn: Turn, start: int, end: int) -> list[str]:
    found: list[str] = []
    for here, after in zip(turn.morphemes, turn.morphemes[1:], strict=False):
        marked = after.form in _TOPIC_PARTICLES and after.tag in ("JX", "JKS", "JKO")
        place = after.form == "에서" and after.tag == "JKB"
        is_topic = here.tag in ("NNG", "NNP") and (marked or place or _closes(turn.text[here.end :]))
        if is_topic and start <= here.start < end and here.form not in _NO_TOPIC:
            found += _of_colour(turn, here) if here.form in _ASPECTS else [here.form]
    if end == len(turn.text) and (bare := re.search(r"([가-힣]{1,4})[은는]?요?\s*\?\s*$", turn.text)):
        found += [bare[1]] if bare[1] not in (*found, *_NO_TOPIC) else []
    return found


def _of_colour(turn: Turn, aspect: Morpheme) -> list[str]:
    """ "변 색깔은요": the topic is what has the colour."""
    before = [m for m in turn.morphemes if m.end <= aspect.start and m.tag in ("NNG", "NNP")]
    return [before[-1].form] if before and aspect.start - before[-1].end <= 2 else []


def _closes(after: str) -> bool:
    """A noun that is a sentence: "심장이요."."""
    return bool(re.match(r"(?:이요|요|이에요|예요)\s*[.,?]", after))


def _is_read(turn: Turn, clause: Clause) -> bool:
    return any(
        mention.start < clause.end and clause.start < mention.end and mention.how == "predicate" and not mention.nested
        for mention in turn.of(Table.SYMPTOMS)
        if " " in mention.form
    )


def _with_topic(dialogue: Dialogue, topic: str, words: str) -> Mention | None:
    lead = len(words) - len(words.lstrip(" ,"))
    prefix = f"{topic}이 "
    for mention in dialogue.terms.find(prefix + words[lead:]):
        is_symptom = mention.table is Table.SYMPTOMS and mention.how == "predicate"
        if mention.form.endswith(("없다", "있다")):
            continue
        if is_symptom and mention.start < len(topic) and mention.end > len(prefix) + 1:
            start, end = lead, mention.end - len(prefix) + lead
            return replace(mention, start=start, end=end, surface=words[start:end], nested=False)
    return None
