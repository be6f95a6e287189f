"""Of whom, whether, and how surely something is said: polarity, person, time and modality of a mention."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from scribe.drafting.dialogue import Clause, Dialogue, Turn, is_pro_clause
from scribe.drafting.terms import Mention

Polarity = Literal["present", "absent"]
_NEGATIVE_STEMS = frozenset({"없", "않", "못하", "말", "모르"})
_FINE = re.compile(r"괜찮|멀쩡|깨끗|정상|음성|양호|문제\s?없|이상\s?없|아무렇지|좋아요|좋습니다|좋네요|그대로")
_CAUSE = re.compile(r"\s?(?:때문에|때문이|탓에|으로 인해|로 인해|땜에)")
_NEGATED_AFTER = re.compile(r"\s?(?:는|도|은|을|가|이|거나)?\s?(?:안\s?(?:해|하|했|그래|나)|않|없|못\s?(?:해|하|느))")
_RESOLVED = re.compile(
    r"나았|나아서|괜찮아졌|좋아졌어요|없어졌|사라졌|멈췄|멎었|가라앉았|들어갔|빠졌어요 지금|"
    r"안 그래요 이제|이제(?:는|) (?:안|괜찮|없)|이젠 (?:안|괜찮|없)|지금은 (?:안 |괜찮|없|멀쩡|다 )"
)
_HYPOTHETICAL = re.compile(
    r"수도 있|수가 있|[ㄹ을] ?수 ?(?:도|가)? ?있|지도 모르|까 봐|까봐|걱정|무서|조심|생길 수|될 수|올 수|할 수 있|예방"
)
_CONSIDERED = re.compile(
    r"[까하볼줄릴쓸을갈올]까 (?:하다|했|생각|싶|하는)|ᆯ까 했|려다|려고 했|려고 하다|으려다|려다가|고민"
)
_FAMILY_QUESTION = re.compile(r"가족|집안|부모님|형제|친척|친정|시댁|식구")
_SELF = re.compile(r"(?:^|[\s,.])(?:저는|저도|제가|전|나는|나도|내가|난|저만|저한테|본인)(?=[\s,])")


class Person(StrEnum):
    """Who a fact is about."""

    PATIENT = "patient"
    RELATIVE = "relative"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Whose:
    """``word`` is how the relative or contact is recorded ("아버지"), None for the patient."""

    person: Person
    word: str | None = None


PATIENT = Whose(Person.PATIENT)

# blood relatives, as the record names them; then people whose diseases are no family history
_KIN: tuple[tuple[str, str], ...] = (
    (r"외할머니|친할머니|할머니|할매", "할머니"),
    (r"외할아버지|친할아버지|할아버지|할배", "할아버지"),
    (r"(?<!시)(?<!시 )(?:친정\s?)?(?:어머니|어머님|엄마|어무이|모친)", "어머니"),
    (r"(?<!시)(?<!시 )(?:친정\s?)?(?:아버지|아버님|아빠|아부지|부친)", "아버지"),
    (r"부모님", "부모"),
    (r"남동생", "남동생"),
    (r"여동생", "여동생"),
    (r"동생", "동생"),
    (r"언니", "언니"),
    (r"누나|누이|누님", "누나"),
    (r"오빠", "오빠"),
    (r"(?:큰|작은|친)?형(?:님|이|은|도|제)(?![태성])", "형"),
    (r"이모", "이모"),
    (r"고모", "고모"),
    (r"외삼촌", "외삼촌"),
    (r"삼촌|작은아버지|큰아버지", "삼촌"),
    (r"사촌", "사촌"),
    (r"(?:큰|작은|우리|저희|제)\s?아들|아들(?=이|은|도|네|한테)", "아들"),
    (r"(?:큰|작은|우리|저희|제)\s?딸|딸(?=이|은|도|네|한테)", "딸"),
    (r"첫째|큰애|큰아이|형아", "첫째"),
    (r"둘째|작은애|막내", "형제"),
    (r"외가|친가|집안", "가족"),
)
_CONTACTS: tuple[tuple[str, str], ...] = (
    (r"남편|신랑|바깥양반|애\s?아빠", "남편"),
    (r"아내|와이프|집사람|할마이|안사람|애\s?엄마", "아내"),
    (r"시아버지|시아버님", "시아버지"),
    (r"시어머니|시어머님", "시어머니"),
    (r"장모님?|장인(?:어른)?", "처가"),
    (r"며느리|사위", "가족"),
    (r"친구", "친구"),
    (r"팀장님?|부장님?|과장님?|동료|회사 사람|직장 사람|상사|직원", "동료"),
    (r"같은 반|반 친구|짝꿍|어린이집 (?:애|친구|아이)|유치원 (?:애|친구|아이)|학원 (?:애|친구)", "같은 반 아이"),
    (r"옆집|이웃|아는 (?:사람|언니|형|분)|룸메이트|여자\s?친구|남자\s?친구|손주|손자|손녀|조카", "주변 사람"),
)
_BLOOD = [(re.compile(pattern), word) for pattern, word in _KIN]
_OTHERS = [(re.compile(pattern), word) for pattern, word in _CONTACTS]
_PARENT_OF_ADULT = {"어머니": "female", "아버지": "male", "할머니": "female", "할아버지": "male", "부모": None}
_CHILD_YEARS = 15
_SUBJECT = re.compile(
    r"^\s?(?:님|네)?\s?(?:이|가|은|는|께서|께서는|도|만|이랑|랑|한테|에게|의|이신데|이세요)?(?=[\s,.?]|$|이?[셨었세])"
)
_NOT_MINE = re.compile(r"(?:^|[\s,])아니(?:요|다)?[\s,]+(?:그건|그거는|그게|그거)\s")
_OWN_CONTEXT = re.compile(
    r"(?:남편|아내|와이프|엄마|아빠|어머니|아버지|딸|아들|언니|친구|동생)(?:가|이)?\s?(?:그러|말하|봤|"
    r"보고|걱정|시켜|데려|사 줘|사줘|해 줘|해줘)"
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
        if leans:
            negations = _clause_negations(turn, following)
    return "absent" if negations % 2 else "present"


def _is_topic_of_main_clause(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "술은 잠이 안 와서 … 마셔요": the topic belongs to the last clause, the reason has a subject of its own."""
    if mention.how == "predicate" or clause.link not in ("because", "if"):
        return False
    return bool(re.match(r"(?:은|는)\s(?:[^.,]*\s)?[가-힣]+(?:이|가)\s", turn.text[mention.end : clause.end]))


def is_asked(clause: Clause) -> bool:
    """The clause itself asks; what leads up to a question by 는데 or 니까 is stated."""
    return clause.is_question and clause.link not in ("but", "because")


def _negations(turn: Turn, mention: Mention, clause: Clause) -> int:
    if mention.how == "predicate":
        after = turn.text[mention.end : clause.end]
        return int(mention.negated) + bool(_NEGATED_AFTER.match(after))
    after = turn.text[mention.end : clause.end]
    if _CAUSE.match(after):
        return 0
    count = _count_negations(turn, mention.end, clause.end)
    if count == 0 and re.search(r"괜찮|멀쩡|그대로", after) and not re.search(r"괜찮아졌", after):
        return 1
    return count


def _clause_negations(turn: Turn, clause: Clause) -> int:
    return _count_negations(turn, clause.start, clause.end)


def _count_negations(turn: Turn, start: int, end: int) -> int:
    count = 0
    for here in turn.morphemes:
        if not start <= here.start < end:
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
    return bool(re.match(r"\s?(?:때(?!가|도)|경우|시에)", tail)) or mention.surface.endswith(("면", "으면"))


def is_hypothetical(turn: Turn, mention: Mention) -> bool:
    """Said as a possibility, a worry or a side effect to expect."""
    clause = turn.clause_at(mention.start)
    return bool(_HYPOTHETICAL.search(turn.text[mention.start : clause.end]))


def is_considered(words: str) -> bool:
    """Weighed and left: "올릴까 했는데", "먹으려다가"."""
    return bool(_CONSIDERED.search(words))


def is_resolved(turn: Turn, mention: Mention) -> bool:
    """Had it, has it no more, by the words after the mention in the same utterance."""
    clause = turn.clause_at(mention.start)
    following = _next_clause(turn, clause)
    end = following.end if following else clause.end
    after = turn.text[mention.start : end]
    sentence_after = turn.text[end : end + 30] if end < len(turn.text) else ""
    return bool(
        _RESOLVED.search(after)
        or re.match(r"\s*(?:근데|그런데)?\s*(?:지금은|이제는?|이젠)\s*(?:다\s)?(?:괜찮|없|나았|안 )", sentence_after)
    )


def is_fine(words: str) -> bool:
    """ "괜찮아요", "멀쩡해요", "정상이에요"."""
    return bool(_FINE.search(words))


# -- person -------------------------------------------------------------------------------------------------------


def whose(dialogue: Dialogue, turn: Turn, position: int) -> Whose:
    """Whom the words at ``position`` are about: the nearest person named before it in the sentence, else the patient.

    A guardian's "엄마" of an adult patient is the patient; "어머님" from the clinician addresses who is there.
    """
    clause = turn.clause_at(position)
    sentence = turn.sentence_of(clause)
    start = sentence[0].start
    retraction = _NOT_MINE.search(turn.text, position, sentence[-1].end)
    end = turn.clause_at(retraction.end() - 1).end if retraction else position
    named = _last_person(dialogue, turn, start, end) or _carried_over(dialogue, turn, sentence)
    if named is None and clause.link in ("end", "and") and not _SELF.search(turn.text[start:position]):
        named = _predicate_person(dialogue, turn, position, clause.end)
    if named is None:
        return PATIENT
    at, who = named
    if retraction is None and _SELF.search(turn.text[at:position]):
        return PATIENT
    return who


_HONOURED = re.compile(
    r"(?:하|으|이|가|오|드|아프|받으|되|돌아가|앓으|계)(?:셨|시고|시는|세요|십니다|신데)|(?:대요|댔|"
    r"래요|다던데)\s*[.?!]?$"
)


def _carried_over(dialogue: Dialogue, turn: Turn, sentence: tuple[Clause, ...]) -> tuple[int, Whose] | None:
    """A relative named in the sentence before, where this one goes on in honorifics: nobody honours oneself."""
    first = sentence[0]
    if turn.role != "patient" or not first.sentence:
        return None
    words = turn.sentence_text(first)
    if _SELF.search(words) or not _HONOURED.search(words):
        return None
    before = [clause for clause in turn.clauses if clause.sentence == first.sentence - 1]
    named = _last_person(dialogue, turn, before[0].start, before[-1].end) if before else None
    return (first.start, named[1]) if named else None


def is_reported_by_family(turn: Turn, mention: Mention) -> bool:
    """ "아내가 코는 안 곤대요": the spouse tells of the patient."""
    sentence = turn.sentence_text(turn.clause_at(mention.start))
    reporter = re.match(r"\s*(?:저희\s|제\s|우리\s)?(?:아내|남편|와이프|집사람|신랑)(?:가|이)\s", sentence)
    return bool(reporter and re.search(r"(?:대요|댔어요|다고 해요|다고 하|다 하고|래요)\s*[.,]?\s*$|대요", sentence))


def _last_person(dialogue: Dialogue, turn: Turn, start: int, end: int) -> tuple[int, Whose] | None:
    found: list[tuple[int, Whose]] = []
    for table, person in ((_BLOOD, Person.RELATIVE), (_OTHERS, Person.CONTACT)):
        for pattern, word in table:
            for match in pattern.finditer(turn.text, start, end):
                if match.start() and "가" <= turn.text[match.start() - 1] <= "힣":
                    continue
                if _OWN_CONTEXT.match(turn.text, match.start()) or _is_bystander(turn.text[match.end() :]):
                    continue
                found.append((match.end(), Whose(person, word)))
    own = [f for f in found if f[1].person is Person.CONTACT and f[1].word in ("시아버지", "시어머니")]
    if own and any(f[1].person is Person.RELATIVE for f in found):
        found = [f for f in found if f not in own]
    if not found:
        return None
    at, who = max(found, key=lambda item: item[0])
    return (at, PATIENT) if _is_patient(dialogue, turn, who) else (at, who)


def _is_bystander(after: str) -> bool:
    """ "회사 사람들이랑 굴을 먹었어요", "아들이 기계 사 줘서": with or through somebody, not about them."""
    return bool(
        re.match(r"(?:들)?\s?(?:이랑|랑|하고|한테|에게|덕분|때문|네 집|가 사|이 사|가 그러|이 그러|가 준|이 준)", after)
    )


def _predicate_person(dialogue: Dialogue, turn: Turn, position: int, end: int) -> tuple[int, Whose] | None:
    """The person named after the disease: "위염은 저희 아빠가 심하시고"."""
    named = _last_person(dialogue, turn, position, end)
    if named and re.search(
        r"(?:저희|제|우리|이이)\s?[가-힣]*$|(?:이|가|은|는|도)$", turn.text[position : named[0] + 1].rstrip()
    ):
        return (0, named[1])
    return None


def _is_patient(dialogue: Dialogue, turn: Turn, who: Whose) -> bool:
    patient, start = dialogue.encounter.patient, dialogue.encounter.start
    if turn.is_guessed:
        return False
    if turn.role in ("clinician", "nurse"):
        return who.word in ("어머니", "아버지", "할머니", "할아버지") and not _FAMILY_QUESTION.search(turn.text)
    if turn.role != "guardian" or patient is None:
        return False
    years = patient.age_on(start.date())
    if years < _CHILD_YEARS:
        return False
    if who.word in _PARENT_OF_ADULT:
        sex = _PARENT_OF_ADULT[who.word]
        own = re.search(r"(?:이이|이 사람|저희 남편|이 양반)\s?(?:아버지|어머니)", turn.text)
        return (sex is None or patient.sex == sex) and years >= 35 and not own
    return who.word in ("남편", "아내") and {"남편": "male", "아내": "female"}[who.word] == patient.sex


def asks_of_family(turn: Turn, position: int) -> bool:
    """ "가족 중에 우울증 앓으신 분 계세요?"."""
    clause = turn.clause_at(position)
    return bool(_FAMILY_QUESTION.search(turn.sentence_text(clause)))


# -- answers ------------------------------------------------------------------------------------------------------

_YES = re.compile(r"^\s*(?:아\s*,?\s*)?(?:네|예|응|어|그럼요|맞아요|맞습니다|그래요|그렇죠|넵)(?=[\s,.…!]|$)")
_NO = re.compile(
    r"^\s*(?:아\s*,?\s*)?(?:아니요|아니오|아뇨|아니에요|아닙니다|아니|전혀|그건 아니|그렇진 않|그러진 않|그건 못|못 봤)"
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
        return None if is_tag and len(replies[0].text.strip()) < 8 else "absent"
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
    r"(?:[^.,?!]{0,14}(?:에|때|전에|달에|년에)\s)?(?:한|두|세|한두|두세|몇|여러)\s?번(?:쯤|"
    r"정도)?\s?(?:있|그랬|앓|걸|했|요)|"
    r"(?:(?:음|아|좀|조금|가끔|자주|많이|약간|살짝|엄청|그건|그런 건|그런 거)[\s,]+)*(?:있어|있습|"
    r"있었|있긴|그래요|그런 편|그렇|조금요|가끔요|심해|많이요|자주요|맞아|맞습)"
)


def _opening(reply: Turn) -> str:
    """The first sentence, with the second where the first is only a yes, a no or an interjection."""
    first = reply.sentence_text(reply.clauses[0])
    if len(first.strip()) <= 5:
        later = [clause for clause in reply.clauses if clause.sentence > reply.clauses[0].sentence]
        if later:
            return first + reply.sentence_text(later[0])
    return first
