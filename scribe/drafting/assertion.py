"""Of whom, whether, and how surely something is said: polarity, person, time and modality of a mention."""

import re
from typing import Literal

from scribe.drafting.dialogue import Clause, Turn, is_pro_clause
from scribe.drafting.lexicon import Table
from scribe.drafting.persons import PATIENT, Person, Whose, asks_of_family, is_reported_by_family, whose
from scribe.drafting.terms import Mention

__all__ = [
    "PATIENT",
    "Person",
    "Polarity",
    "Whose",
    "answer",
    "asks_of_family",
    "is_asked",
    "is_conditional",
    "is_considered",
    "is_effect_denied",
    "is_fine",
    "is_hypothetical",
    "is_reported_by_family",
    "is_resolved",
    "polarity",
    "whose",
]

Polarity = Literal["present", "absent"]
_NEGATIVE_STEMS = frozenset({"없", "않", "못하", "말", "모르"})
_FINE = re.compile(r"괜찮|멀쩡|깨끗|정상|음성|양호|문제\s?없|이상\s?없|아무렇지|좋아요|좋습니다|좋네요|그대로")
_CAUSE = re.compile(r"\s?(?:때문에|때문이|탓에|으로 인해|로 인해|땜에)")
_NEGATED_AFTER = re.compile(
    r"\s?(?:것|거|건|걸)(?:은|는|도|을)?\s?못\s?(?:봤|보|느)|\s?(?:는|도|은|을|가|이|거나)?\s?(?:안\s?(?:해|하|"
    r"했|그래|나)|않|없|못\s?(?:해|하|느))"
)
# "우울하고 그런 건 아니에요", "떨리고 그러진 않았어요"
_PRO_NEGATED = re.compile(
    r"\s?(?:뭐\s|막\s)?(?:그런|이런|그러|이러)[^.,?!]{0,10}?(?:아니|아닌|아닙|않|없|안 (?:그|해|했|하))"
)
# "어지럽기는 무슨", "열은커녕"
_SCORNED = re.compile(
    r"\s?(?:은|는)?\s?(?:무슨|커녕|뭘요|웬걸)|(?:이?라|다)?기?보다(?:는|도)?\s|(?:\s?게|\s?일이) (?:뭐|뭐가|"
    r"어디) 있|\s?리가"
)
# "계속 아프진 않고 왔다 갔다 해요"
_NOT_ALWAYS = re.compile(
    r"(?:계속|항상|내내|매일|매번|종일|맨날|그렇게 (?:자주|많이|심하게))\s[가-힣]+(?:지는|지도|지|진|질)\s않"
)
# "뻑뻑한 것도 딱히."
_CUT_DENIAL = re.compile(r"\s?(?:은|는|도|것도|건|거는)?\s?(?:딱히|별로|전혀|그다지)요?\s*[.…]*\s*$")
# negations that intensify: "변비는 말도 못 해요", "가려운 게 장난 아니에요"
_INTENSE = re.compile(
    r"말도 (?:못|마)|말로 (?:다 )?못|이루 말할 수 없|장난(?:이|은)? ?아니|이만저만[가-힣]* 아니|보통(?:이|은)? ?아니|"
    r"못 (?:참|견디|살|버티)|참을 수(?:가)? 없|견딜 수(?:가)? 없|어쩔 줄(?:을)? (?:모|몰)|죽지 못|밑도 끝도 없|"
    r"정신(?:이)? 없이|할 수(?:가)? 없이|시도 때도 없이|쉴 새 없이|끊임없이|말할 것도 없|두말할"
)
_RESOLVED = re.compile(
    r"나았|나아서|괜찮아졌|좋아졌어요|없어졌|사라졌|멈췄|멎었|가라앉았|들어갔|빠졌어요 지금|"
    r"안 그래요 이제|이제(?:는|) (?:안|괜찮|없)|이젠 (?:안|괜찮|없)|지금은 (?:안 |괜찮|없|멀쩡|다 )"
)
_HYPOTHETICAL = re.compile(
    r"수도 있|수가 있|[ㄹ을] ?수 ?(?:도|가)? ?있|지도 모르|까 봐|까봐|걱정|무서|조심|생길 수|될 수|올 수|"
    r"할 수 있|예방"
)
_CONSIDERED = re.compile(
    r"[까하볼줄릴쓸을갈올]까 (?:하다|했|생각|싶|하는)|ᆯ까 했|려다|려고 했|려고 하다|으려다|려다가|고민"
)


def polarity(turn: Turn, mention: Mention) -> Polarity:
    """Whether the words themselves affirm or deny: negation within the clause, or in the clause a list leans on."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    following = _next_clause(turn, clause)
    if following is not None and _is_topic_of_main_clause(turn, mention, clause):
        return "absent" if _clause_negations(turn, turn.sentence_of(clause)[-1]) % 2 else "present"
    negations = _negations(turn, mention, clause)
    if negations == 0 and following is not None:
        leans = clause.link == "or" or (clause.link == "and" and is_pro_clause(turn, following))
        leans = leans and not _is_subordinate(turn, mention, clause)
        if leans:
            negations = _clause_negations(turn, following)
    return "absent" if negations % 2 else "present"


def _is_subordinate(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "뒷목이 뻐근한 정도지 …": the predicate only describes what the clause goes on to say."""
    return mention.how == "predicate" and len(turn.text[mention.end : clause.end].strip(" ,")) > 4


def _is_topic_of_main_clause(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "술은 잠이 안 와서 … 마셔요": the topic belongs to the last clause, the reason has a subject of its own."""
    if mention.how == "predicate" or clause.link not in ("because", "if"):
        return False
    return bool(re.match(r"(?:은|는)\s(?:[^.,]*\s)?[가-힣]+(?:이|가)\s", turn.text[mention.end : clause.end]))


def is_asked(clause: Clause) -> bool:
    """The clause itself asks; what leads up to a question by 는데 or 니까 is stated."""
    return clause.is_question and clause.link not in ("but", "because")


# "임신 계획도 전혀요": the adverb stands for the denial
_NOT_AT_ALL = re.compile(r"[은는이가도을를]?\s*(?:전혀|하나도|절대)(?:요|예요)?\s*(?:[.,!…]|$)")


def _negations(turn: Turn, mention: Mention, clause: Clause) -> int:
    if mention.how == "predicate":
        after = turn.text[mention.end : clause.end]
        if _NOT_ALWAYS.search(turn.text[clause.start : mention.end]):
            return 0
        neither = not mention.negated and mention.surface.endswith("지") and re.match(r"도\s*,", after)
        denied = neither or _NEGATED_AFTER.match(after) or _PRO_NEGATED.match(after)
        return int(mention.negated) + bool(denied or _SCORNED.match(after) or _CUT_DENIAL.match(after))
    after = turn.text[mention.end : clause.end]
    if _CAUSE.match(after):
        return 0
    if _SCORNED.match(after) or _NOT_AT_ALL.match(after):
        return 1
    count = _count_negations(turn, mention.end, clause.end)
    if count == 0 and re.search(r"괜찮|멀쩡|그대로", after) and not re.search(r"괜찮아졌", after):
        return 1
    return count


def _clause_negations(turn: Turn, clause: Clause) -> int:
    return _count_negations(turn, clause.start, clause.end)


def _count_negations(turn: Turn, start: int, end: int) -> int:
    count = 0
    intense = [match.span() for match in _INTENSE.finditer(turn.text, start, end)]
    for before, here in zip((None, *turn.morphemes), turn.morphemes, strict=False):
        if here.form == "말" and (before is None or not before.form.startswith("지")):
            continue  # "입 말고 손에도" excepts
        if not start <= here.start < end or any(first <= here.start < last for first, last in intense):
            continue
        if (
            (here.tag == "MAG" and here.form in ("안", "못", "없이"))
            or (
                here.tag in ("VA", "VX", "VV", "VCN") and (here.form in _NEGATIVE_STEMS or here.form.startswith("아니"))
            )
            or here.form == "없이"
        ):
            count += 1
    return count


def _next_clause(turn: Turn, clause: Clause) -> Clause | None:
    position = turn.clauses.index(clause) + 1
    following = turn.clauses[position] if position < len(turn.clauses) else None
    return following if following and following.sentence == clause.sentence else None


def is_conditional(turn: Turn, mention: Mention) -> bool:
    """Said only of a case that may come: "숨이 차면", "열나거나 토하면", "기침할 때"."""
    clause: Clause | None = turn.clause_at(max(mention.start, mention.end - 1))
    while clause is not None and clause.link in ("or", "and"):
        following = _next_clause(turn, clause)
        if clause.link == "and" and following is not None and following.link != "if":
            break
        clause = following
    if clause is not None and clause.link == "if":
        return True
    tail = turn.text[mention.end : mention.end + 6]
    return bool(re.match(r"\s?(?:때(?!문|가|도|는 (?:없|있))|경우|시에)", tail)) or mention.surface.endswith(
        ("면", "으면")
    )


def is_hypothetical(turn: Turn, mention: Mention) -> bool:
    """Said as a possibility, a worry or a side effect to expect."""
    clause = turn.clause_at(mention.start)
    return bool(_HYPOTHETICAL.search(turn.text[mention.start : clause.end]))


# "놀라서 깨는 건 없었어요", "아파서 깬 적은 없어요": what is denied is that it came to that
_EFFECT_DENIED = re.compile(
    r"\s*(?:[가-힣]+\s){0,2}[가-힣]*[는은운난간깬린한던]\s(?:건|거|것|적|일|경우)(?:은|는|도|이|가)?\s?(?:전혀\s)?없"
)


def is_effect_denied(turn: Turn, clause: Clause) -> bool:
    """The clause is the cause of something that is denied: it leaves open whether there was the cause."""
    return bool(re.search(r"(?<!에)서\s*$", turn.words(clause)) and _EFFECT_DENIED.match(turn.text, clause.end))


def is_considered(words: str) -> bool:
    """Weighed and left: "올릴까 했는데", "먹으려다가"."""
    return bool(_CONSIDERED.search(words))


def is_resolved(turn: Turn, mention: Mention) -> bool:
    """Had it, has it no more, by the words after the mention in the same utterance."""
    clause = turn.clause_at(mention.start)
    following = _next_clause(turn, clause)
    if following is not None and _has_subject(turn, following):
        following = None
    end = following.end if following else clause.end
    after = turn.text[mention.start : end]
    sentence_after = turn.text[end : end + 30] if end < len(turn.text) else ""
    return bool(
        _RESOLVED.search(after)
        or re.match(r"\s*(?:근데|그런데)?\s*(?:지금은|이제는?|이젠)\s*(?:다\s)?(?:괜찮|없|나았|안 )", sentence_after)
    )


def _has_subject(turn: Turn, clause: Clause) -> bool:
    """The clause speaks of another symptom, of which what follows is said."""
    return any(
        mention.how == "exact" and not mention.nested and clause.start <= mention.start < clause.end
        for mention in turn.of(Table.SYMPTOMS)
    )


def is_fine(words: str) -> bool:
    """ "괜찮아요", "멀쩡해요", "정상이에요"."""
    return bool(_FINE.search(words))


# -- answers ------------------------------------------------------------------------------------------------------

_YES = re.compile(r"^\s*(?:아\s*,?\s*)?(?:네|예|응|어|그럼요|맞아요|맞습니다|그래요|그렇죠|넵)(?=[\s,.…!]|$)")
_NO = re.compile(
    r"^\s*(?:아\s*,?\s*)?(?:아니요|아니오|아뇨|아니에요|아닙니다|아니|전혀|그건 아니|그렇진 않|그러진 않|"
    r"그건 못|못 봤|"
    r"그 ?정돈? ?(?:는|도|까지는|까진)? ?아니|그 정도는 아니|아직(?:은|이요|이에요|요|입니다)?\s*(?:[.,!…]|$)|"
    r"(?:요즘|요새|지금|이제)(?:은|는)?\s(?:다\s)?(?:안 |없|괜찮)|그런 [가-힣]{1,4}(?:까지)?(?:은|는|"
    r"도)?\s(?:[가-힣]+\s)?(?:안 |없|못 )|절대|설마|그럴 리)"
)
_NOTHING = re.compile(
    r"(?:그런|그건|그거|그렇게|거긴|거기는|그쪽|둘 다|셋 다|다|전부|하나도|한 번도|전혀|따로|특별히|"
    r"딱히|아직|별로|뭐)?\s?(?:거|건|것|것도|적|"
    r"적은|적도|일은|병은|증상은|생각은)?(?:은|는|도)?\s?"
    r"(?:한 적(?:은|이|도)?\s?)?(?:다\s|따로\s|특별히\s|전혀\s|한 번도\s)?(?:없|안 (?:그래|했|먹|맞|"
    r"해|받|다|가|들|피|마)|"
    r"아니에|아닙|아니고|괜찮|멀쩡|못 (?:봤|느)|않았|정상)"
)
_BOTH = re.compile(r"둘 ?다(?!\s?(?:없|아니|안|괜찮))|다 (?:있|그래|해당)")
_NEGATIVE_TAG = re.compile(
    r"(?:없|않|아니)(?:으시|으셨|았|었|으)?(?:고요|구요|죠|지요|으시죠|으시고|고)\s*(?:\?|\.?\s*$)|(?:안|"
    r"못)\s[가-힣\s]{1,8}(?:죠|지요|고요|구요)\s*(?:\?|\.?\s*$)"
)
_NEGATIVE_QUESTION = re.compile(r"(?:없|않)[가-힣]{0,4}\s*(?:\?|\.?\s*$)|아닌가요\s*(?:\?|\.?\s*$)")


def answer(question: Turn, replies: tuple[Turn, ...], sentence: str | None = None) -> Polarity | None:
    """What the replies say to the question as a whole; None where they leave it open.

    ``sentence`` is the one of the question's sentences that matters, where it asks several.
    "네" to a negative tag question ("…은 없으시고요?") agrees that there is none; a bare "아니요" to one is left open.
    """
    if not replies:
        return None
    words = _opening(replies[0])
    asked = sentence or question.text
    is_tag = bool(_NEGATIVE_TAG.search(asked))
    is_negative = is_tag or bool(_NEGATIVE_QUESTION.search(asked))
    if _BOTH.search(words) and not _DENIED.search(words):
        return "present"
    if _NO.match(words):
        leaves_open = is_tag and len(replies[0].text.strip()) < 8 and not _NOT_AT_ALL.match(words)
        return None if leaves_open else "absent"
    return _answer_without_no(words, is_tag, is_negative)


def _answer_without_no(words: str, is_tag: bool, is_negative: bool) -> Polarity | None:
    yes = _YES.match(words)
    rest = (words[yes.end() :] if yes else words).strip(" ,.…!")
    agrees_to_none = bool(yes) and is_tag
    if _NOTHING.match(rest) or agrees_to_none:
        return "absent"
    affirms = bool(yes) or bool(_AFFIRMED.match(rest))
    return "present" if affirms and not is_negative else None


_DENIED = re.compile(r"없|안 |아니|않|괜찮|못 ")
_AFFIRMED = re.compile(
    r"(?:[^.,?!]{0,14}(?:에|때|전에|달에|년에|서)\s)?(?:한|두|세|네|서너|너댓|네댓|한두|두세|두어|몇|"
    r"여러)\s?(?:시간(?:에|마다)|번(?:씩)?)(?:쯤|"
    r"정도)?\s?(?:이?요|있|그랬|앓|걸|했)|"
    r"(?:아까|어제|오늘|그제|그저께|방금|새벽|아침|어젯밤|간밤)[^.,?!]{0,14}(?:에|에요|이요|요)\s*(?:[.,!]|$)|"
    r"(?:(?:음|아|좀|조금|가끔|자주|많이|약간|살짝|엄청|그건|그런 건|그런 거)[\s,]+)*(?:있어|있습|"
    r"있었|있긴|그래요|그런 편|그렇|조금요|가끔요|심해|많이요|자주요|맞아|맞습|"
    r"(?:엄청|완전|굉장히|무척|되게|대박|꽤|종종|매일|밤마다|항상|맨날|늘|당연|물론|제법|상당히|여전해|여전히|"
    r"계속|살짝|약간)"
    r"(?:요|이요|이에요|이죠|하죠|해요)?\s*(?:[.,!]|$)|죽겠|미치겠|말도 (?:못|마))"
)


def _opening(reply: Turn) -> str:
    """The first sentence, with the second where the first is only a yes, a no or an interjection."""
    first = reply.sentence_text(reply.clauses[0])
    if len(first.strip()) <= 5:
        later = [clause for clause in reply.clauses if clause.sentence > reply.clauses[0].sentence]
        if later:
            return first + reply.sentence_text(later[0])
    return first
