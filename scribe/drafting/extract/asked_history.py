"""Diseases, injuries, operations and work that a clinician asks for and the patient's side answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.entries import Evidence, HistoryCategory, Presence
from scribe.drafting.assertion import PATIENT, Person, Whose, answer, asks_of_family, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.asking import questions
from scribe.drafting.extract.habits import HABITS
from scribe.drafting.extract.past import (
    ELSEWHERE,
    Told,
    category_of,
    disease_name,
    habit,
    is_ambiguous,
    is_symptom,
    sentence_words,
)
from scribe.drafting.extract.told_history import told_history
from scribe.drafting.lexicon import DiagnosisRow, Table
from scribe.drafting.persons import named_persons
from scribe.drafting.terms import Mention

_ASKS_PAST = re.compile(
    r"앓|있으|있어|계세|계신|병력|진단|걸리|지병|하신 적|받으신|수술|드신|드셨|피우|태우|마시|하시|드세|했|"
    r"맞으|맞혔|하셨|는요|은요|은\?|는\?|없으|없죠|없어|어떠|어때|얼마나|적은|적\s?있|적\?|줄이|다니|사세요|"
    r"사시|지내|"
    r"살아|언제|몇|요\?|쪽|나요"
)
_DECLINED = re.compile(r"^\s*(?:지금은|아직은?|현재는?|요즘은?)\s?(?:아니|안 |없|전혀)")
_FIRST_TIME = re.compile(r"처음(?:이에요|이라|이야|입니다|인데|이고|이죠|이요)|난생|태어나서|생전|한 번도")
_HEALTHY = re.compile(
    r"건강(?:한데|해|했|합|하|한 편)|멀쩡|큰 병(?:은|도)? 없|병원 (?:한 번|갈 일|올 일)|아픈 데(?:는|도)? 없|"
    r"아무 병(?:도)? 없"
)
_ONLY = re.compile(r"(?:만\s(?:있|앓|좀 있|먹|드|빼고|해)|말고는?\s|빼고는?|외에는?|밖에)")
_WHEN = re.compile(r"언제|몇|얼마나|며칠")
_POINT = re.compile(
    r"[일이삼사오육칠팔구십시유]+\s?(?:월|일|년|살|주|개월)|\d|작년|재작년|올해|지난|어제|그제|그저께|오늘|열흘|"
    r"보름|일주일|"
    r"때|살에|[가-힣]+(?:에요|에\s?(?:했|맞|왔)|전)|마흔|쉰|서른|스물|예순|일흔|초등|중학|고등|대학"
)
_ORGANS = {
    "심장": r"심장", "간": r"간", "콩팥": r"콩팥|신장", "신장": r"콩팥|신장", "폐": r"폐", "위": r"위장?|속",
    "갑상선": r"갑상선|갑상샘", "전립선": r"전립선", "망막": r"망막|눈", "고혈압": r"혈압", "당뇨": r"당|"
    "혈당", "눈": r"눈",
    "뇌": r"머리",
}  # fmt: skip
_FINE = re.compile(
    r"\s?(?:쪽)?(?:은|는|도|이|가|엔|에는)?\s(?:[가-힣]+\s){0,2}?(?:괜찮|정상|깨끗|멀쩡|문제\s?없|이상\s?없|없|"
    r"튼튼|좋[다아])"
)
_ASKS_WORK = re.compile(r"직업|무슨 일 하|하시는 일|어떤 일 하|직장은|일은 뭐")


@dataclass(frozen=True, slots=True)
class _Topic:
    """Something that a question is about; ``term`` is the lexicon's, ``name`` the record's."""

    term: str
    name: str
    category: HistoryCategory
    clause: Clause
    mention: Mention | None = None

    @property
    def is_unspecific(self) -> bool:
        return self.term == "과거력"


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
    """What is asked by name: diseases, habits, operations, vaccinations, earlier injuries; one item for each."""
    found: list[Told] = []
    for turn in dialogue.turns:
        replies = dialogue.answers(turn) if turn.role in ("clinician", "nurse") and turn.has_question else ()
        if not replies:
            continue
        topics = _topics(turn)
        own = _told_of_patient(dialogue, replies)
        for topic in topics:
            if topic.term in own or (topic.is_unspecific and len(topics) > 1):
                continue
            if asks_of_family(turn, topic.clause.start):
                found += _of_family(dialogue, turn, topic, replies, alone=len(topics) == 1)
                continue
            who = whose(dialogue, turn, topic.mention.start) if topic.mention is not None else PATIENT
            if who.person is not Person.PATIENT:
                found += _of_one(turn, topic, replies, who)
                continue
            if topic.term == "수술 이력" and _names_operation(replies[0]):
                continue
            said = _verdict(dialogue, topic, turn, replies, len([t for t in topics if not t.is_unspecific]))
            if said is not None:
                found.append(_item(topic, turn, replies[0], *said))
    return found


def _names_operation(reply: Turn) -> bool:
    """The answer itself says what was operated on."""
    told = [m for m in reply.of(Table.HISTORIES) if category_of(m) == "surgical" and m.row.term != "수술 이력"]
    return bool(told) and not re.match(r"\s*(?:아니|없|아뇨)", reply.text)


# -- what is asked ------------------------------------------------------------------------------------------------


def _topics(turn: Turn) -> list[_Topic]:
    found: list[_Topic] = []
    for mention in turn.of(Table.DIAGNOSES, Table.HISTORIES, Table.SYMPTOMS):
        clause = turn.clause_at(max(mention.start, mention.end - 1))
        if not _is_asking(turn, clause) or mention.nested or not _is_about(turn, mention, clause):
            continue
        category = category_of(mention)
        found.append(_Topic(mention.row.term, _name(turn, mention), category, clause, mention))
    found += _spoken(turn, found)
    unique: dict[str, _Topic] = {}
    for topic in found:
        unique.setdefault(topic.name, topic)
    return list(unique.values())


def _is_asking(turn: Turn, clause: Clause) -> bool:
    """A question, or nouns that go on with the question before: "다른 병은요? 통풍이나 고혈압."."""
    if clause.is_question:
        return True
    first = turn.sentence_of(clause)[0]
    before = [other for other in turn.clauses if other.sentence == first.sentence - 1]
    words = turn.sentence_text(clause).strip()
    goes_on = re.search(r"(?:적|것|거|병|증|혈압|당뇨|[가-힣]{2,}(?:이나|나|랑)\s[가-힣\s]+)\.$", words)
    return bool(before and before[-1].is_question and goes_on and not re.search(r"[요다죠네]\.$", words))


def _is_about(turn: Turn, mention: Mention, clause: Clause) -> bool:
    sentence = turn.sentence_text(clause)
    if mention.table is Table.SYMPTOMS:
        is_injury = mention.row.term in ("외상", "두부 외상")
        is_attack = re.search(r"경련|발작|실신", mention.row.term) and re.search(r"전에|예전|과거|전에도", sentence)
        return bool((is_injury and re.search(r"적(?:은|이|도|\s|\?)|최근|처음에|다치셨", sentence)) or is_attack)
    if mention.row.term in ELSEWHERE or mention.row.term in HABITS or is_symptom(turn, mention):
        return False
    if mention.row.term in ("직업", "반려동물", "발달력", "출생력") or is_ambiguous(turn, mention):
        return False
    if turn.clause_at(mention.start).is_question and not _ASKS_PAST.search(sentence):
        return False
    if isinstance(mention.row, DiagnosisRow):
        is_check_up = mention.row.kcd.startswith(("Z0", "Z1", "Z2"))
        return not is_check_up and not re.match(r"\s?(?:약|때문)", turn.text[mention.end :])
    return not _is_held(turn, mention)


def _is_held(turn: Turn, mention: Mention) -> bool:
    """ "뇌졸중 오신 적": the disease in it names the topic; "수술하신 건" with what was operated on."""
    return any(
        mention.start <= other.start and other.end <= mention.end and other.end - other.start > 1
        for other in turn.of(Table.DIAGNOSES)
        if mention.how == "predicate" and not is_symptom(turn, other)
    )


def _name(turn: Turn, mention: Mention) -> str:
    if mention.table is Table.DIAGNOSES:
        return disease_name(mention)
    if mention.row.term in ("외상", "두부 외상", "외상력"):
        return _injury(turn, mention)
    if mention.row.term == "과거력":
        return "기저질환"
    return mention.row.term if mention.table is Table.SYMPTOMS else habit(mention)


def _injury(turn: Turn, mention: Mention) -> str:
    """ "눈 다친 적", "머리 부딪히신 적": the injury with the part that was hurt."""
    if mention.row.term == "두부 외상":
        return "두부 외상"
    clause = turn.clause_at(mention.start)
    sites = [s for s in turn.of(Table.BODY_SITES) if clause.start <= s.start <= mention.end]
    if not sites:
        return "외상력"
    return "두부 외상" if sites[-1].surface == "머리" else f"{sites[-1].surface} 외상"


def _spoken(turn: Turn, named: list[_Topic]) -> Iterable[_Topic]:
    """ "혈압, 당뇨, 심장 쪽은요?": the measure stands for its disease in a list of diseases."""
    for match in re.finditer(
        r"(?<![가-힣])(혈압|당)(?=\s?,|이나\s|이랑\s|하고\s|\s당뇨|(?:은|이)?\s(?:있으|없으))", turn.text
    ):
        clause = turn.clause_at(match.start())
        listed = any(topic.clause.sentence == clause.sentence for topic in named)
        if clause.is_question and (listed or re.search(r"있으|없으|앓", turn.sentence_text(clause))):
            name = "고혈압" if match.group() == "혈압" else "당뇨병"
            yield _Topic(name, name, "medical", clause)


# -- what is answered ---------------------------------------------------------------------------------------------


def _told_of_patient(dialogue: Dialogue, replies: tuple[Turn, ...]) -> set[str]:
    """The terms of which the replies themselves tell something of the patient."""
    found: set[str] = set()
    for reply in replies:
        for mention in reply.of(Table.DIAGNOSES, Table.HISTORIES):
            item = told_history(dialogue, reply, mention)
            if item is not None and item.category != "family" and not item.name.endswith("접촉력"):
                found.add(mention.row.term)
    return found


def _verdict(
    dialogue: Dialogue, topic: _Topic, turn: Turn, replies: tuple[Turn, ...], asked_for: int
) -> tuple[Presence, Evidence] | None:
    """Whether the reply says yes or no to the topic: where it speaks of it, else as a whole."""
    reply = replies[0]
    opening = reply.evidence(0, reply.sentence_of(reply.clauses[0])[-1].end)
    part = _on_topic(topic, reply) or _patients_denial(dialogue, topic, reply)
    if part is not None:
        return "absent", reply.evidence(part.start, part.end)
    sentence = turn.sentence_text(topic.clause)
    if _FIRST_TIME.search(reply.sentence_text(reply.clauses[0])) and re.search(r"적|전에|예전|걸리|앓", sentence):
        return "absent", opening
    words = reply.sentence_text(reply.clauses[0])
    if topic.category in ("obstetric", "immunization", "surgical") and _WHEN.search(sentence) and _POINT.search(words):
        denies = re.search(r"안 (?:맞|했|해)|없(?!는 것)", words)
        return (None if denies else ("present", opening)) if not denies else ("absent", opening)
    if topic.category == "immunization" and re.search(r"안 맞|못 맞|안 맞혔|아직", words):
        return "absent", opening
    said = _reply_about(sentence, turn, replies, asked_for)
    if said == "present" and topic.mention is not None and topic.mention.table is Table.SYMPTOMS:
        return None
    return (said, opening) if said is not None else None


def _reply_about(sentence: str, turn: Turn, replies: tuple[Turn, ...], asked_for: int) -> Presence | None:
    words = replies[0].text
    said = answer(turn, replies) or answer(turn, replies, sentence)
    if said is None and (_DECLINED.match(words) or _HEALTHY.search(words)):
        return "absent"
    names_one = bool(replies[0].of(Table.DIAGNOSES, Table.HISTORIES))
    if said is None and names_one and _ONLY.search(words):
        return "absent"
    if said == "present" and asked_for > 1 and not re.search(r"둘 ?다|다 있", words):
        return None
    return said


def _on_topic(topic: _Topic, reply: Turn) -> Clause | None:
    """ "심장은 괜찮고요" for heart disease, "망막은 깨끗하대요", "머리 다친 적도 없고"."""
    organs = [pattern for organ, pattern in _ORGANS.items() if topic.name.startswith(organ)]
    for clause in reply.clauses:
        words = reply.words(clause)
        for pattern in organs:
            match = re.search(rf"(?:^|(?<=[\s,.]))(?:{pattern})", words)
            if match and _FINE.match(words[match.end() :]):
                return clause
        is_injury = topic.name.endswith("외상") or topic.name == "외상력"
        if is_injury and re.search(r"다친|다쳤|다치|부딪|넘어지|찧|박으|삐", words):
            return clause if re.search(r"없|안 |않", words) else None
    return None


def _patients_denial(dialogue: Dialogue, topic: _Topic, reply: Turn) -> Clause | None:
    """ "뇌출혈은 시동생이 했고요, 이이는 아니에요": the patient's own part of the answer."""
    mentions = [m for m in reply.of(Table.DIAGNOSES, Table.HISTORIES) if m.row.term == topic.term]
    for person in named_persons(dialogue, reply):
        clause = reply.clause_at(person.start)
        words = reply.text[person.end : clause.end]
        is_own = person.who.person is Person.PATIENT
        about = bool(mentions)
        if (
            is_own
            and about
            and re.match(r"(?:은|는|도|야)?\s?(?:그런 (?:건|거|것)\s)?(?:없|아니|안 |괜찮|아직)", words)
        ):
            return clause
    return None


def _item(topic: _Topic, turn: Turn, reply: Turn, said: Presence, where: Evidence) -> Told:
    evidence = (turn.evidence(topic.clause.start, topic.clause.end), where)
    shows = said == "present" and topic.category in ("social", "obstetric", "immunization", "surgical")
    detail = sentence_words(reply, reply.clauses[0]) if shows else None
    return Told(topic.name, topic.category, said, detail, evidence, False)


def _of_family(
    dialogue: Dialogue, turn: Turn, topic: _Topic, replies: tuple[Turn, ...], *, alone: bool
) -> Iterable[Told]:
    """ "가족 중에 위암 있으세요?" – "할아버지가요": each relative who is named without another disease."""
    question = turn.evidence(topic.clause.start, topic.clause.end)
    for reply in replies[:1]:
        if none := _on_topic(topic, reply):
            yield Told(topic.name, "family", "absent", None, (question, reply.evidence(none.start, none.end)), False)
            return
        others = [m.start for m in reply.of(Table.DIAGNOSES)]
        first = True
        for person in named_persons(dialogue, reply) if alone else ():
            clause = reply.clause_at(person.start)
            has_other = any(clause.start <= at < clause.end for at in others)
            words = reply.words(clause)
            if person.who.person is not Person.RELATIVE or has_other or re.search(r"없|아니|안 |괜찮", words):
                continue
            if first and not re.search(
                r"(?:이|가|께서)?(?:이?요|예요|이에요|있|앓|그|돌아|걸리|수술)|"
                r"도",
                reply.text[person.end : clause.end],
            ):
                continue
            first = False
            yield Told(
                topic.name,
                "family",
                "present",
                person.who.word,
                (question, reply.evidence(clause.start, clause.end)),
                False,
            )
            return
        if answer(turn, replies, turn.sentence_text(topic.clause)) == "absent" or _none_in_family(reply):
            yield Told(topic.name, "family", "absent", None, (question, reply.evidence(0, reply.clauses[0].end)), False)


def _of_one(turn: Turn, topic: _Topic, replies: tuple[Turn, ...], who: Whose) -> Iterable[Told]:
    """ "어머니가 당뇨 있으셨죠?" – "네": of a relative by blood."""
    said = answer(turn, replies, turn.sentence_text(topic.clause))
    if who.person is Person.RELATIVE and said is not None:
        where = replies[0].evidence(0, replies[0].clauses[0].end)
        evidence = (turn.evidence(topic.clause.start, topic.clause.end), where)
        yield Told(topic.name, "family", said, who.word, evidence, False)


def _none_in_family(reply: Turn) -> bool:
    return bool(
        re.match(r"\s*(?:아뇨|아니요|아니|음|글쎄요)?[\s,.]*(?:가족|집안|식구|친척|우리 집)[^.]{0,14}없", reply.text)
    )


# -- medicines ----------------------------------------------------------------------------------------------------

_ASKS_TAKEN = re.compile(
    r"드신|드셨|먹은|먹였|먹인|드세요|드시는|복용|맞으|쓰신|쓰셨|쓰시|약은요|약은\?|건요|적은|는\?|은\?|요\?|있으"
)


_NOT_TAKEN = re.compile(
    r"[?,.\s은는도이가을를]{0,4}\s?(?:같은 (?:거|건|것)\s?|그런 (?:거|건|것)(?:은|는|도)?\s)?(?:따로\s|"
    r"전혀\s)?(?:없|안 )"
)


def drugs_denied(dialogue: Dialogue) -> list[Told]:
    """ "항생제 드신 적은요?" – "없어요": a drug that the patient has not had."""
    found: list[Told] = []
    for turn, asked, replies in questions(dialogue, Table.DRUG_CLASSES, Table.MEDICINES):
        for ask in asked:
            sentence = turn.sentence_text(ask.clause)
            if not replies or not _ASKS_TAKEN.search(sentence) or re.search(r"알레르기|두드러기|부작용", sentence):
                continue
            where = _not_taken(ask.mention, turn, replies, sentence)
            if where is not None:
                evidence = (turn.evidence(ask.clause.start, ask.clause.end), where)
                found.append(Told(f"{ask.mention.surface} 복용", "medical", "absent", None, evidence, False))
    return found


def _not_taken(mention: Mention, turn: Turn, replies: tuple[Turn, ...], sentence: str) -> Evidence | None:
    reply = replies[0]
    for other in reply.of(Table.DRUG_CLASSES, Table.MEDICINES):
        if other.row.term == mention.row.term:
            spoken = reply.sentence_of(reply.clause_at(other.start))
            denies = _NOT_TAKEN.match(reply.text, other.end, other.end + 24)
            return reply.evidence(spoken[0].start, denies.end()) if denies else None
    if answer(turn, replies, sentence) == "absent":
        return reply.evidence(0, reply.sentence_of(reply.clauses[0])[-1].end)
    return None
