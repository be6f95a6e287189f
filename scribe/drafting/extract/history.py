"""Past, family and social history: diseases and habits that the patient tells of or is asked for."""

import re
from dataclasses import dataclass, replace

from scribe.domain.entries import Evidence, History, HistoryCategory, Presence
from scribe.drafting.assertion import (
    Person,
    Whose,
    answer,
    asks_of_family,
    is_asked,
    is_conditional,
    is_hypothetical,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.medication import class_mentions
from scribe.drafting.extract.symptoms import Asked, questions
from scribe.drafting.extract.wording import disease, display
from scribe.drafting.lexicon import DiagnosisRow, DrugClassRow, HistoryRow, ProcedureRow, Table
from scribe.drafting.terms import Mention

_ASKS_PAST = re.compile(
    r"앓|있으|계세|계신|병력|진단|걸리|지병|하신 적|받으신|수술|드신|드셨|피우|태우|마시|하시|드세|"
    r"맞으|맞혔|하셨|는요|은요|은\?|는\?|없으|어떠|어때|얼마나|적은|적\s?있|줄이|다니|사세요|사시|지내|살아"
)
_QUIT = re.compile(
    r"(?<!안 )(?<!못 )끊(?:었|은|으셨|으신|고(?! 싶)|어서)|금연|금주|안 (?:피|마시|한) ?지|이제 안|지금은 안|그만뒀"
)
_OWN_PLAN = re.compile(
    r"걱정|무서|일까|인가요|아니에요\?|아닌가|같은데|라고 하|거예요\?|맞죠|하던데|먹어야|해야 (?:돼|"
    r"되)|되나|돼요\?|있대|의심"
)
_AMBIGUOUS = frozenset(
    {"혈압", "당", "간", "콩팥", "신장", "위", "장", "폐", "심장", "감기", "디스크", "주사", "점", "물집", "멍", "전이"}
)
_ELSEWHERE = frozenset({"알레르기 병력", "약물 알레르기", "알레르기", "약물 복용력", "복용력", "예방접종력"})
_REACTION = re.compile(r"두드러기|아나필락시스|발진|쇼크|알레르기")
_INFECTIOUS = re.compile(r"독감|인플루엔자|코로나|수두|홍역|결핵|장염|감염|수족구|감기|폐렴|옴|백일해|노로")
# the place of the present operation, a check-up as a date, what one has to do today
_IN_PASSING = re.compile(r"^(?:수술(?:한|받은|하신) (?:데|부위|자리|곳|지)|[가-힣]*검진할 때|운전을 해야)")
_GROWN = 19
_BIRTHS = frozenset({"첫째", "형제", "아이", "아들", "딸"})
_HABITS = frozenset({"흡연", "음주", "카페인 섭취", "운동 습관", "식습관"})
_HOW_MUCH = re.compile(
    r"(?:갑|개비|가치|병|잔|캔|보루)(?:씩|쯤|정도|이?요|\s|을|반)|일주일에|하루에|하루 |한 달에|매일|가끔|자주|거의"
)
_DECLINED = re.compile(r"^\s*(?:지금은|아직은?|현재는?|요즘은?)\s?(?:아니|안 |없|전혀)")
_OWN_HAND = re.compile(r"스스로 (?:돌아가|목숨|생을|세상)|목숨을 끊|자살(?:하|을)|극단적(?:인)? 선택")
_CATEGORIES: dict[str, HistoryCategory] = {
    "medical": "medical", "surgical": "surgical", "family": "family", "social": "social", "obstetric": "obstetric",
    "immunization": "immunization",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """One history item as it was told or asked, before items of one name are joined."""

    name: str
    category: HistoryCategory
    status: Presence
    detail: str | None
    evidence: tuple[Evidence, ...]
    is_explicit: bool = True


def histories(dialogue: Dialogue) -> list[History]:
    """One entry for each name and category; what was told outright outranks a yes or no."""
    told = [*_told(dialogue), *_asked(dialogue), *_implied(dialogue), *_drugs_denied(dialogue)]
    if not any(item.name.startswith("직업") for item in told):
        told += _occupation(dialogue)
    found: dict[tuple[str, str], _Told] = {}
    for item in told:
        key = (item.name.partition("(")[0], "family" if item.category == "family" else "own")
        known = found.get(key)
        if known is None:
            found[key] = item
            continue
        keeps = known if known.is_explicit or not item.is_explicit else item
        evidence = tuple(dict.fromkeys((*known.evidence, *item.evidence)))
        found[key] = replace(keeps, evidence=evidence, detail=keeps.detail or item.detail)
    return [
        History(
            id="",
            name=item.name,
            category=item.category,
            status=item.status,
            detail=item.detail,
            evidence=item.evidence,
            confidence=0.9 if item.is_explicit else 0.8,
        )
        for item in found.values()
    ]


_ASKS_WORK = re.compile(r"직업|무슨 일 하|하시는 일|어떤 일 하|직장은|일은 뭐")


def _occupation(dialogue: Dialogue) -> list[_Told]:
    """ "직업이 뭐예요?" – "미용사예요": the answer itself is the detail."""
    for turn in dialogue.turns:
        asks = _ASKS_WORK.search(turn.text) if turn.role == "clinician" else None
        replies = dialogue.answers(turn) if asks and turn.clause_at(asks.start()).is_question else ()
        if asks and replies and not replies[0].clauses[0].is_question:
            question, reply = turn.clause_at(asks.start()), replies[0]
            evidence = (turn.evidence(question.start, question.end), reply.evidence(0, len(reply.text)))
            return [_Told("직업", "social", "present", re.sub(r"\s+", " ", reply.text).strip(" .,"), evidence, False)]
    return []


def _told(dialogue: Dialogue) -> list[_Told]:
    found: list[_Told] = []
    for turn in dialogue.turns:
        if not turn.is_patient_side:
            continue
        for mention in turn.of(Table.DIAGNOSES, Table.HISTORIES, Table.PROCEDURES):
            item = _statement(dialogue, turn, mention)
            if item is not None:
                found.append(item)
                found += _elliptical(turn, mention, item)
        found += _relatives_symptoms(dialogue, turn)
    return found


def _statement(dialogue: Dialogue, turn: Turn, mention: Mention) -> _Told | None:
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    if not _is_stated(turn, mention, clause):
        return None
    who = whose(dialogue, turn, mention.start)
    evidence = _with_question(dialogue, turn, mention, clause)
    if who.word in _BIRTHS and _category(mention) == "obstetric":
        who = Whose(Person.PATIENT)
    if who.person is not Person.PATIENT:
        return _others(dialogue, turn, mention, who, evidence)
    return _own(turn, mention, clause, evidence)


def _is_stated(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """A disease, habit or operation that is told of, not asked, feared, or part of another word."""
    sentence = turn.sentence_text(clause)
    if _is_beside_the_point(turn, mention, clause) or is_conditional(turn, mention) or _is_symptom(turn, mention):
        return False
    if is_asked(clause) and not sentence.rstrip().endswith(("쯤?", "번?", "정도?")):
        return False
    said = turn.words(clause) if clause.link == "but" else sentence
    if mention.table is not Table.HISTORIES and (_is_ambiguous(turn, mention) or _OWN_PLAN.search(said)):
        return False
    if mention.table is Table.PROCEDURES:
        return bool(_WAS_DONE.search(turn.text[mention.start : clause.end]))
    if mention.table is Table.DIAGNOSES:
        is_reaction = _REACTION.search(mention.surface) and re.search(r"먹고|맞고|적|알레르기", sentence)
        after = turn.text[mention.end : clause.end]
        is_drug = re.match(r"\s?약", after) and not re.search(r"드시|드셨|드신|드세|먹|복용|타다|탔", after)
        return not is_reaction and not is_drug and not _BESIDE_DISEASE.match(after)
    return True


def _is_beside_the_point(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Part of another word, told elsewhere, or only promised ("술은 안 마실게요")."""
    promised = re.search(r"[을할볼먹실갈쓸일줄]게요", turn.text[mention.end : clause.end])
    elsewhere = mention.nested or mention.row.term in _ELSEWHERE or bool(_IN_PASSING.search(turn.text[mention.start :]))
    return elsewhere or bool(promised) or _is_named_more_closely(turn, mention)


def _is_named_more_closely(turn: Turn, mention: Mention) -> bool:
    """ "암을 앓다" around "전립선암": the disease itself is the better name; "유산을 하다" around "유산": the event."""
    if mention.table in (Table.DIAGNOSES, Table.PROCEDURES):
        return any(
            isinstance(other.row, HistoryRow)
            and other.row.category in ("obstetric", "surgical", "immunization")
            and other.start <= mention.start
            and mention.end <= other.end
            and other.row.term != "수술 이력"
            for other in turn.of(Table.HISTORIES)
        ) or (mention.table is Table.DIAGNOSES and bool(_operated_for(turn, mention)))
    is_general = isinstance(mention.row, HistoryRow) and mention.row.category in ("medical", "social", "family")
    return is_general and any(
        mention.start <= other.start and other.end <= mention.end and other.end - other.start > 1
        for other in turn.of(Table.DIAGNOSES)
    )


_OPERATION = re.compile(
    r"(?:으로|로|\s?때문에|이 있어서|가 있어서|에|을|를)?\s?(?:[가-힣]+(?:에서|때)\s)?수술(?!한 (?:데|부위|자리|곳))"
)


def _operated_for(turn: Turn, mention: Mention) -> str | None:
    """ "전립선 비대증으로 수술하셨어요": the disease or the part that was operated on."""
    if not _OPERATION.match(turn.text, mention.end) or not _WAS_DONE.search(turn.text[mention.end :]):
        return None
    return f"{disease(mention) if mention.table is Table.DIAGNOSES else mention.surface} 수술"


def _operation_name(turn: Turn, mention: Mention) -> str | None:
    """What was operated on, where the words only say that there was an operation."""
    clause = turn.clause_at(mention.start)
    for other in reversed(turn.of(Table.DIAGNOSES, Table.BODY_SITES)):
        if clause.start <= other.start < clause.end and (name := _operated_for(turn, other)):
            return name
    return None


_WAS_DONE = re.compile(r"했|받았|하고 나서|한 적|수술한|잘랐|없")
_BESIDE_DISEASE = re.compile(r"구균|균|\s?(?:검사|주사|예방|수치|때문에 (?:걱정|검사))")


def _others(
    dialogue: Dialogue, turn: Turn, mention: Mention, who: Whose, evidence: tuple[Evidence, ...]
) -> _Told | None:
    """A relative's disease is family history, a companion's infection an exposure; the rest is small talk."""
    if mention.table is not Table.DIAGNOSES:
        return None
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    name, status = disease(mention), polarity(turn, mention)
    if who.person is Person.RELATIVE:
        return _Told(name, "family", status, _relative_detail(dialogue, turn, clause, who), evidence)
    if status == "present" and _INFECTIOUS.search(name + mention.surface):
        return _Told(f"{name} 접촉력", "social", "present", _detail(turn, clause, who), evidence)
    return None


def _own(turn: Turn, mention: Mention, clause: Clause, evidence: tuple[Evidence, ...]) -> _Told | None:
    status = polarity(turn, mention)
    if mention.table is Table.DIAGNOSES:
        name = disease(mention)
        if _is_vaccination(turn, clause, name):
            missing = re.search(r"아직|안 맞|못 맞|안 했|없", turn.text[mention.end : clause.end])
            done: Presence = "absent" if missing else "present"
            return _Told(f"{name} 예방접종", "immunization", done, _words(turn, clause), evidence)
        if status == "present" and is_hypothetical(turn, mention):
            return None
        return _Told(name, "medical", status, None, evidence)
    if mention.table is Table.PROCEDURES:
        return _Told(display(mention), _category(mention), status, _clause_words(turn, clause), evidence)
    if mention.row.term == "수술 이력" and status == "present" and (operation := _operation_name(turn, mention)):
        return _Told(operation, "surgical", status, _clause_words(turn, clause), evidence)
    quit_since = status == "present" and bool(_QUIT.search(turn.text[mention.start :]))
    detail = _words(turn, clause) if quit_since else _clause_words(turn, clause) if status == "present" else None
    return _Told(_habit(mention), _category(mention), "absent" if quit_since else status, detail, evidence)


def _habit(mention: Mention) -> str:
    """With the thing that was named: "학교생활(어린이집)"."""
    if mention.how != "predicate" or _category(mention) != "social" or " " not in mention.surface:
        return display(mention)
    thing = re.sub(r"(?<=[가-힣])(?:은|는|이|가|을|를|도|에서|에)$", "", mention.surface.split(" ")[0])
    return mention.row.term if thing in mention.row.term or len(thing) < 2 else f"{mention.row.term}({thing})"


def _clause_words(turn: Turn, clause: Clause) -> str:
    """The clause, and what it leans on where it only gives a reason or a condition."""
    end = clause.end if clause.link in ("and", "end", "but") else turn.sentence_of(clause)[-1].end
    return re.sub(r"\s+", " ", turn.text[clause.start : end]).strip(" .,?!")


def _is_symptom(turn: Turn, mention: Mention) -> bool:
    """A symptom with a disease code ("열", R50) is a symptom; a one-syllable "점" is a score before it is a naevus."""
    if mention.table is not Table.DIAGNOSES:
        return False
    if mention.end - mention.start == 1 and mention.surface != "암":
        return True
    return any(
        other.start <= mention.start and mention.end <= other.end and _same_sense(other, mention)
        for other in turn.of(Table.SYMPTOMS)
    )


def _same_sense(symptom: Mention, disease: Mention) -> bool:
    code = disease.row.kcd if isinstance(disease.row, DiagnosisRow) else ""
    return symptom.row.term == disease.row.term or code.startswith("R")


def _is_vaccination(turn: Turn, clause: Clause, name: str) -> bool:
    """ "접종은 다 맞혔고 독감은 아직이요": the disease stands for its vaccine."""
    sentence = turn.sentence_text(clause)
    return bool(_INFECTIOUS.search(name) and re.search(r"접종|백신|주사|맞혔|맞췄|맞았|아직", sentence))


def _category(mention: Mention) -> HistoryCategory:
    if isinstance(mention.row, HistoryRow):
        return _CATEGORIES.get(mention.row.category, "medical")
    if isinstance(mention.row, ProcedureRow):
        return "surgical"
    return "medical"


def _is_ambiguous(turn: Turn, mention: Mention) -> bool:
    """A one-word disease name that is also an organ or a measure counts only beside 있다, 없다 or 앓다."""
    if mention.surface not in _AMBIGUOUS:
        return False
    return not re.match(r"(?:이|은|는|도|가)?\s?(?:좀\s)?(?:있|없|앓|높(?:다고|대))", turn.text[mention.end :])


def _with_question(dialogue: Dialogue, turn: Turn, mention: Mention, clause: Clause) -> tuple[Evidence, ...]:
    evidence = turn.evidence(clause.start, clause.end)
    question = dialogue.question_before(turn)
    if question is not None:
        for asked in question.mentions:
            if asked.row == mention.row and question.clause_at(asked.start).is_question:
                at = question.clause_at(asked.start)
                return (question.evidence(at.start, at.end), evidence)
    return (evidence,)


def _words(turn: Turn, clause: Clause) -> str:
    return re.sub(r"\s+", " ", turn.text[turn.sentence_of(clause)[0].start : turn.sentence_of(clause)[-1].end]).strip(
        " .,?!"
    )


def _detail(turn: Turn, clause: Clause, who: Whose) -> str:
    return f"{who.word}: {_words(turn, clause)}"


def _relative_detail(dialogue: Dialogue, turn: Turn, clause: Clause, who: Whose) -> str:
    """The relative; what a grown patient's companion calls their own aunt is not the patient's aunt."""
    patient = dialogue.encounter.patient
    is_grown = patient is not None and patient.age_on(dialogue.encounter.start.date()) >= _GROWN
    if who.word and turn.role == "guardian" and is_grown:
        return f"보호자의 {who.word}"
    return who.word or _words(turn, clause)


def _elliptical(turn: Turn, mention: Mention, item: _Told) -> list[_Told]:
    """ "아토피는 제 남동생이 심하고 저는 없어요": the patient's own denial of the relative's disease."""
    if item.category != "family" or item.status != "present":
        return []
    clause = turn.clause_at(mention.start)
    following = [other for other in turn.clauses if other.start >= clause.end][:2]
    for other in following:
        words = turn.words(other)
        if re.match(r"\s*(?:저는|저도|제가|전|나는)\s?(?:그런 건\s)?(?:없|안 )", words) and not any(
            other.start <= named.start < other.end for named in turn.of(Table.DIAGNOSES)
        ):
            evidence = (turn.evidence(clause.start, other.end),)
            return [_Told(item.name, "medical", "absent", None, evidence)]
    return []


def _relatives_symptoms(dialogue: Dialogue, turn: Turn) -> list[_Told]:
    """A relative's seizure or suicide is family history, though the lexicon has it as a symptom."""
    found = []
    for match in _OWN_HAND.finditer(turn.text):
        who, clause = whose(dialogue, turn, match.start()), turn.clause_at(match.start())
        if who.person is Person.RELATIVE and not is_asked(clause):
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(_Told("자살", "family", "present", who.word, evidence))
    for mention in turn.of(Table.SYMPTOMS):
        if mention.nested or not re.search(r"경련|자살|돌연사|급사", mention.row.term):
            continue
        who = whose(dialogue, turn, mention.start)
        clause = turn.clause_at(mention.start)
        if who.person is Person.RELATIVE and polarity(turn, mention) == "present":
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(_Told(mention.row.term, "family", "present", who.word, evidence))
    return found


def _asked(dialogue: Dialogue) -> list[_Told]:
    found: list[_Told] = []
    for turn, asked, replies in questions(dialogue, Table.DIAGNOSES, Table.HISTORIES):
        named = {
            mention.row.term
            for reply in replies
            for mention in reply.of(Table.DIAGNOSES, Table.HISTORIES)
            if mention.row.term != "동거 가족" or _statement(dialogue, reply, mention) is not None
        }
        distinct = {ask.term for ask in asked if ask.term not in _ELSEWHERE and ask.term != "과거력"}
        for ask in asked:
            sentence = turn.sentence_text(ask.clause)
            if (
                (ask.term == "과거력" and distinct and ask.mention.how == "predicate")
                or ask.term in named
                or ask.term in _ELSEWHERE
                or _is_symptom(turn, ask.mention)
                or _is_ambiguous(turn, ask.mention)
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
            category: HistoryCategory = "family" if is_family else _category(ask.mention)
            detail = None
            if is_family and said == "present":
                who = whose(dialogue, replies[0], len(replies[0].text) - 1)
                if who.person is not Person.RELATIVE:
                    continue
                detail = who.word
            elif said == "present" and category == "social":
                detail = _words(replies[0], replies[0].clauses[0])
            found.append(_Told(_asked_name(ask), category, said, detail, evidence, False))
    return found


def _asked_name(ask: Asked) -> str:
    return disease(ask.mention) if ask.mention.table is Table.DIAGNOSES else display(ask.mention)


def _reply_about(term: str, turn: Turn, replies: tuple[Turn, ...], asked_for: int) -> Presence | None:
    words = replies[0].text
    if _QUIT.search(words) and term in ("흡연", "음주"):
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


def _drugs_denied(dialogue: Dialogue) -> list[_Told]:
    """ "항생제 드신 적은요?" – "없어요": a drug that the patient has not had."""
    found: list[_Told] = []
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
                found.append(_Told(f"{ask.mention.surface} 복용", "medical", "absent", None, evidence, False))
    return found


def _takes(dialogue: Dialogue, turn: Turn, clause: Clause) -> bool:
    question = dialogue.question_before(turn)
    asked = question is not None and re.search(r"약|드시", question.text)
    return bool(asked or re.search(r"먹|드시|복용|맞|타", turn.sentence_text(clause)))


def _implied(dialogue: Dialogue) -> list[_Told]:
    """Taking "혈압약" tells of hypertension, where the patient's side says or confirms it."""
    found: list[_Told] = []
    for turn in dialogue.turns:
        for mention in class_mentions(turn):
            row = mention.row
            if not isinstance(row, DrugClassRow) or not row.implies:
                continue
            clause = turn.clause_at(mention.start)
            evidence = (turn.evidence(clause.start, clause.end),)
            if turn.is_patient_side:
                taken = _takes(dialogue, turn, clause) and polarity(turn, mention) == "present"
                who = whose(dialogue, turn, mention.start)
                is_own = who.person is Person.PATIENT
                if taken and who.person is Person.RELATIVE and not clause.is_question:
                    detail = _relative_detail(dialogue, turn, clause, who)
                    found.append(_Told(row.implies, "family", "present", detail, evidence, False))
                if (
                    taken
                    and is_own
                    and not clause.is_question
                    and not re.search(r"다른 병원|예전|옛날", turn.sentence_text(clause))
                ):
                    found.append(_Told(row.implies, "medical", "present", None, evidence, False))
            elif (
                clause.is_question
                and turn.role == "clinician"
                and re.search(r"드시|드세|복용|그대로|맞", turn.sentence_text(clause))
            ):
                replies = dialogue.answers(turn)
                if replies and answer(turn, replies) == "present":
                    reply = replies[0].evidence(0, replies[0].clauses[0].end)
                    found.append(_Told(row.implies, "medical", "present", None, (*evidence, reply), False))
    return found
