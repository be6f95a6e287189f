"""The things that one question asks after: "열이나 기침, 목 아픈 건요?" asks after three."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.drafting.dialogue import Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.morphology import Morpheme
from scribe.drafting.terms import Mention, TermIndex

_BREAK = re.compile(r"[,?.…]+\s*|(?<=[가-힣])(?:이나|(?<!거)나|이랑|랑|하고|이라든지|라든지|이라든가|라든가)\s")
_LEADS = re.compile(r"(?:도|아서|어서|다가|면서|려고)$")
_MIEUM = 16
_NOMINAL = "림침짐김임함핌"  # 떨림, 뭉침, 화끈거림: the noun of a verb
_CONTENT = frozenset({"NNG", "NNP", "XR", "SL", "VV", "VA", "MAG"})
# words that any two questions may have in common
_COMMON_WORDS = (
    "하 되 있 없 나 나오 들 오 가 보 것 거 적 때 느낌 증상 정도 좀 많이 자주 혹시 요즘 요새 지금 오늘 어제 "
    "다른 쪽 데 뭐 "
    "그렇 이렇 어떻 어떠 괜찮 좋 안 못 잘 더 또 그리고 같 한 번 말 일 문제 시 않 주 싶 지 편 심하 생기 계시 "
    "드리 여기 "
    "다 아직 가끔 계속 갑자기 특히 원래 그건 저 제 이제 밤 낮 아침 저녁 새벽 전 뒤 후 동안 사람 생각"
)
_COMMON = frozenset(_COMMON_WORDS.split())
# what is said to be fine where the symptom is absent: "숨은 괜찮아요", "잠은 잘 자요"
_TOPICS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        ("천명|호흡|숨|무호흡", "숨 숨쉬"),
        ("불면|수면|입면|각성|야간 발작성", "잠 자 주무시"),
        ("식욕|식사", "밥 입맛 식사 식욕"),
        ("설사|변비|혈변|흑색변|잔변", "변 대변"),
        ("뇨|소변|요실금|배뇨|요폐", "소변 오줌"),
        ("시력|시야|복시", "눈 시력 보이"),
        ("청력|이명", "귀 들리"),
        ("체중", "체중 몸무게 살"),
        ("의식|실신", "정신 의식"),
        ("감각", "감각 느낌 느끼 느껴지"),
        ("삼킴|연하", "삼키"),
        ("두근거림|심계", "심장"),
        ("월경|생리", "생리"),
        ("기억|인지", "기억 기억력"),
        ("우울", "기분"),
    )
)
_SPOKEN_FIRST = re.compile(
    r"^(?:혹시|그리고|그럼|그러면|또|요새|요즘|최근에?|아니면|평소에?|특히|따로|갑자기|자꾸|그|뭐|아|음|어|자|"
    r"그새|그동안|"
    r"지금|오늘|지난번|이번에)[\s,]+"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked after at ``start`` to ``end`` of a turn; ``stems`` are its content words in dictionary form.

    ``topics`` are what is said to be fine where its symptom is absent ("잠" of a bad sleep).
    """

    turn: Turn
    start: int
    end: int
    stems: frozenset[str]
    topics: frozenset[str]
    mentions: tuple[Mention, ...]

    @property
    def words(self) -> str:
        return self.turn.text[self.start : self.end]


def items(turn: Turn) -> tuple[Item, ...]:
    """The items of all the questions of a clinician's turn, in order."""
    found: list[Item] = []
    for start, end in _stretches(turn):
        found += (_item(turn, first, last) for first, last in _pieces(turn.text, start, end))
    return tuple(item for item in found if item.stems)


def _stretches(turn: Turn) -> Iterator[tuple[int, int]]:
    """The clauses of questions; what is only the circumstance of the next ("스치기만 해도 아프거나") goes with it."""
    start: int | None = None
    for clause in turn.clauses:
        if not clause.is_question:
            start = None
            continue
        start = clause.start if start is None else start
        leads = clause.link in ("if", "because", "intent") or _LEADS.search(turn.words(clause).rstrip())
        if not leads or clause.link == "end":
            yield start, clause.end
            start = None


def item_of(turn: Turn, mention: Mention) -> Item | None:
    """The item that names the mention."""
    return next(
        (item for item in items(turn) if mention in item.mentions or item.start <= mention.start < item.end), None
    )


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    for match in _BREAK.finditer(text, start, end):
        if match.end() > position:
            yield position, match.start()
        position = match.end()
    if position < end:
        yield position, end


def _item(turn: Turn, start: int, end: int) -> Item:
    mentions = tuple(mention for mention in turn.mentions if start <= mention.start < end)
    said = {m for m in turn.morphemes if start <= m.start < end}
    topics = {
        topic
        for mention in mentions
        for pattern, words in _TOPICS
        if mention.table is Table.SYMPTOMS and pattern.search(mention.row.term)
        for topic in words.split()
    }
    return Item(turn, start, end, frozenset(_stems(sorted(said, key=lambda m: m.start))), frozenset(topics), mentions)


def _stems(morphemes: list[Morpheme]) -> Iterator[str]:
    for here in morphemes:
        if here.tag not in _CONTENT or here.form in _COMMON:
            continue
        yield here.form
        if here.tag in ("NNG", "NNP") and here.form[-1] in _NOMINAL:
            yield here.form.split()[-1][:-1] + chr(ord(here.form[-1]) - _MIEUM)


def stems(turn: Turn, start: int, end: int) -> frozenset[str]:
    """The content words of a stretch in dictionary form, without those that any two utterances share."""
    return frozenset(_stems([m for m in turn.morphemes if start <= m.start < end]))


_PREDICATE = frozenset({"VV", "VA", "XSV", "XSA"})
_EMPTY_VERBS = frozenset({"않", "없", "있", "계시", "하", "그러"})


def named(item: Item, terms: TermIndex) -> str | None:
    """The item as a noun phrase in the words said, "물이 주르륵 흐른 적" as "물이 주르륵 흐름".

    None where it has no predicate.
    """
    words = item.words
    skipped = len(words) - len(_SPOKEN_FIRST.sub("", words.lstrip()))
    said = [m for m in item.turn.morphemes if item.start + skipped <= m.start < item.end]
    verbs = [at for at, here in enumerate(said) if here.tag in _PREDICATE and here.form not in _EMPTY_VERBS]
    if not verbs or not any(here.form not in _COMMON for here in said[: verbs[-1] + 1] if here.tag in _CONTENT):
        return None
    verb = verbs[-1]
    stem = verb - 1 if said[verb].tag in ("XSV", "XSA") and verb else verb
    ending = terms.analyser.join([*((here.form, here.tag) for here in said[stem : verb + 1]), ("ᆷ", "ETN")])
    before = re.sub(r"\s+", " ", item.turn.text[said[0].start : said[stem].start])
    name = (before + ending).strip(" ,")
    return name if 2 <= len(name.replace(" ", "")) <= 18 else None
