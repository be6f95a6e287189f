"""Diseases, operations and habits that the patient's side tells of, its own and its family's."""

import re

from scribe.domain.entries import Evidence, Presence
from scribe.drafting.assertion import (
    Person,
    Whose,
    asks_of_family,
    is_asked,
    is_conditional,
    is_considered,
    is_hypothetical,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.habits import HABITS
from scribe.drafting.extract.operations import WAS_DONE, is_operated
from scribe.drafting.extract.past import (
    ELSEWHERE,
    QUIT,
    Told,
    category_of,
    clause_words,
    disease_name,
    habit,
    is_ambiguous,
    is_symptom,
    relative_detail,
    sentence_words,
    whose_detail,
)
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import DiagnosisRow, HistoryRow, Table
from scribe.drafting.persons import named_persons
from scribe.drafting.terms import Mention

_OWN_PLAN = re.compile(
    r"걱정|무서|일까|인가요|아니에요\?|아닌가|같은데|라고 하|거예요\?|맞죠|하던데|먹어야|해야 (?:돼|"
    r"되)|되나|돼요\?|의심|구나|군요|이구만|이네\?|인가 봐|인가 보"
)


_REACTION = re.compile(r"두드러기|아나필락시스|발진|쇼크|알레르기")


_INFECTIOUS = re.compile(
    r"독감|인플루엔자|코로나|수두|홍역|결핵|장염|감염|수족구|감기|폐렴|옴|백일해|노로|로타|결막염|눈병|대상포진|"
    r"볼거리|풍진|"
    r"뇌수막염|성홍열|매독|임질|클라미디아|사면발니|헤르페스|머릿니|무좀|백선|농가진|물사마귀|인두염|편도염|A형 간염"
)
_ACUTE = re.compile(
    r"독감|인플루엔자|코로나|수두|홍역|장염|감염|수족구|감기|옴|백일해|노로|결막염|볼거리|풍진|성홍열|머릿니|농가진"
)
# histories that say nothing by themselves of a relative
_NOT_OF_KIN = frozenset(
    {
        "과거력", "수술 이력", "건강검진 이력", "약물 복용력", "알레르기 병력", "입원 이력", "응급실 방문 이력",
        "내시경 검사 이력",
        "외상력", "발달력", "수혈 이력",
    }
)  # fmt: skip
# what is told of everybody in passing and is worth a record only where it was asked for
_ONLY_ASKED = frozenset(
    {
        "건강검진 이력",
        "응급실 방문 이력",
        "건강기능식품 복용",
        "수면 습관",
        "발달력",
        "출생력",
        "외상력",
        "반려동물",
        "내시경 검사 이력",
    }
)


# the place of the present operation, a check-up as a date, what one has to do today
_IN_PASSING = re.compile(
    r"^(?:수술(?:하고|받고|한 뒤|하고 나서|하면서|하느라)(?:는|도|부터)?\s|수술(?:한|받은|하신) (?:데|부위|자리|"
    r"곳|지)|[가-힣]*검진할 때|운전(?:을 해야|할 때)|[가-힣]+\s?남았|"
    r"(?:수술|입원|시술|벌초|여행|운동)(?:을|를)?\s?(?:하라|하자|하래|해야|하려|할까|가야|가려|갈 거|하면)|"
    r"콜라 ?색|낮잠)"
)


# read or not known for sure: no history of one's own
_READ = re.compile(
    r"정확(?:히|하게)(?:는|도)?\s?(?:잘\s)?(?:몰|모르)|확실(?:치|하지|하진|하지는)\s?않|"
    r"인터넷|유튜브|검색|블로그|찾아보니|찾아봤|카페에서 보니|지식인|티비에서|방송에서"
)
# "대상포진은 처음이고": not had before; "폐렴인 줄 알았는데": thought, and not so
_FIRST = re.compile(r"(?:은|는|이|가|도)?\s?(?:이번이\s|저는?\s|완전\s|진짜\s|아예\s)?(?:처음|난생)")
_THOUGHT = re.compile(r"줄(?:로)?\s?(?:알았|알고)|오진")
_BORDERLINE = re.compile(r"(?:은|는|이|가|도)?\s?(?:약간\s|거의\s)?(?:경계|전\s?단계|직전)")
_PLANNED = re.compile(r"내년|다음 (?:달|주)|예정|하기로|할 거|하려|잡아|잡혀|해야|하라|하자")


_BIRTHS = frozenset({"첫째", "형제", "아이", "아들", "딸"})


_OWN_HAND = re.compile(r"스스로 (?:돌아가|목숨|생을|세상)|목숨을 끊|자살(?:하|을)|극단적(?:인)? 선택")


def told_histories(dialogue: Dialogue) -> list[Told]:
    found: list[Told] = []
    for turn in dialogue.turns:
        if not turn.is_patient_side:
            continue
        for mention in turn.of(Table.DIAGNOSES, Table.HISTORIES, Table.PROCEDURES):
            item = None if mention.row.term in HABITS else told_history(dialogue, turn, mention)
            if item is not None:
                found.append(item)
            if mention.table is Table.DIAGNOSES and whose(dialogue, turn, mention.start).person is not Person.PATIENT:
                found += _elliptical(dialogue, turn, mention)
        found += _relatives_symptoms(dialogue, turn)
    return found


def told_history(dialogue: Dialogue, turn: Turn, mention: Mention) -> Told | None:
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    who = whose(dialogue, turn, mention.start)
    operated = who.person is Person.PATIENT and _names_operation(turn, mention)
    if operated or not _is_stated(turn, mention, clause):
        return None
    evidence = _with_question(dialogue, turn, mention, clause)
    if who.word in _BIRTHS and category_of(mention) == "obstetric":
        who = Whose(Person.PATIENT)
    if who.person is not Person.PATIENT:
        return _others(dialogue, turn, mention, who, evidence)
    return _own(turn, mention, clause, evidence)


def _is_stated(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """A disease, habit or operation that is told of, not asked, feared, or part of another word."""
    sentence = turn.sentence_text(clause)
    if _is_beside_the_point(turn, mention, clause) or is_conditional(turn, mention) or is_symptom(turn, mention):
        return False
    if is_asked(clause) and not sentence.rstrip().endswith(("쯤?", "번?", "정도?")):
        return False
    said = turn.words(clause) if clause.link == "but" else turn.text[clause.start : turn.sentence_of(clause)[-1].end]
    if mention.table is not Table.HISTORIES and (
        is_ambiguous(turn, mention) or _OWN_PLAN.search(said) or _READ.search(sentence)
    ):
        return False
    planned = category_of(mention) == "surgical" and bool(is_considered(said) or _PLANNED.search(said))
    if planned or mention.table is Table.PROCEDURES:
        return not planned and bool(WAS_DONE.match(turn.text[mention.end : clause.end]))
    if mention.table is Table.DIAGNOSES:
        is_reaction = _REACTION.search(mention.surface) and re.search(r"먹고|맞고|적|알레르기", sentence)
        after = turn.text[mention.end : clause.end]
        is_taken = re.search(r"드시|드셨|드신|드세|먹(?!어야|어도|으라|으면|자)|복용|타다|탔", after)
        is_drug = re.match(r"\s?약", after) and not is_taken
        is_check_up = isinstance(mention.row, DiagnosisRow) and re.match(r"Z0|Z1[0-3]", mention.row.kcd)
        return not (is_reaction or is_drug or is_check_up or _BESIDE_DISEASE.match(after))
    return True


def _is_beside_the_point(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """Part of another word, told elsewhere, or only promised ("술은 안 마실게요")."""
    promised = re.search(r"[을할볼먹실갈쓸일줄]게요", turn.text[mention.end : clause.end])
    elsewhere = (
        (mention.nested and not _is_treated(turn, mention))
        or mention.row.term in ELSEWHERE | _ONLY_ASKED
        or bool(_IN_PASSING.search(turn.text[mention.start :]))
    )
    after = turn.text[mention.end : clause.end]
    not_had = _FIRST.match(after) or _THOUGHT.search(after)
    return elsewhere or bool(promised or not_had) or _is_named_more_closely(turn, mention)


def _is_treated(turn: Turn, mention: Mention) -> bool:
    """ "우울증 약을 드셨어요": the disease by the medicine that is taken for it."""
    is_disease = mention.table is Table.DIAGNOSES and mention.end - mention.start > 1
    taken = re.match(
        r"\s?약(?:을|도|은|만)?\s(?:[가-힣]+\s){0,2}?(?:드시|드셨|드세|먹었|먹고|먹어|먹는|복용|타)",
        turn.text[mention.end :],
    )
    return is_disease and taken is not None


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
        )
    is_general = isinstance(mention.row, HistoryRow) and mention.row.category in ("medical", "social", "family")
    inside = [
        other
        for other in turn.of(Table.DIAGNOSES, Table.HISTORIES)
        if mention.start <= other.start and other.end <= mention.end and other.end - other.start > 1
    ]
    if mention.how != "predicate":
        return False
    return any(
        (is_general and other.table is Table.DIAGNOSES) or (other.how == "exact" and other.row == mention.row)
        for other in inside
    )


def _names_operation(turn: Turn, mention: Mention) -> bool:
    """ "탈장으로 수술했어요": of the patient the operation is told, not the disease."""
    is_disease = mention.table is Table.DIAGNOSES
    return is_disease and (bool(_operated_for(turn, mention)) or is_operated(turn, mention))


_OPERATION = re.compile(
    r"(?:으로|로|\s?때문에|이 있어서|가 있어서|에|을|를)?\s?(?:[가-힣]+(?:에서|때)\s)?수술(?!한 (?:데|부위|자리|곳))"
)


def _operated_for(turn: Turn, mention: Mention) -> str | None:
    """ "전립선 비대증으로 수술하셨어요": the disease or the part that was operated on."""
    if not _OPERATION.match(turn.text, mention.end) or not re.search(r"했|하셨|받|없", turn.text[mention.end :]):
        return None
    return f"{disease_name(mention) if mention.table is Table.DIAGNOSES else mention.surface} 수술"


def _operation_name(turn: Turn, mention: Mention) -> str | None:
    """What was operated on, where the words only say that there was an operation."""
    clause = turn.clause_at(mention.start)
    for other in reversed(turn.of(Table.DIAGNOSES, Table.BODY_SITES)):
        if clause.start <= other.start < clause.end and (name := _operated_for(turn, other)):
            return name
    return None


_BESIDE_DISEASE = re.compile(r"구균|균|\s?(?:검사|주사|예방|수치|때문에 (?:걱정|검사))")


def _others(
    dialogue: Dialogue, turn: Turn, mention: Mention, who: Whose, evidence: tuple[Evidence, ...]
) -> Told | None:
    """A relative's disease is family history, a companion's infection an exposure; the rest is small talk."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    status = polarity(turn, mention)
    if mention.table is not Table.DIAGNOSES:
        return _history_of_kin(mention, who, status, evidence)
    name = disease_name(mention)
    if who.person is Person.RELATIVE and status == "absent" and not asks_of_family_before(dialogue, turn):
        return None
    if who.person is Person.RELATIVE and not _ACUTE.search(name + mention.surface):
        return Told(name, "family", status, relative_detail(dialogue, turn, clause, who), evidence)
    if status == "present" and _INFECTIOUS.search(name + mention.surface):
        return Told(f"{name} 접촉력", "social", "present", whose_detail(turn, clause, who), evidence)
    return None


def asks_of_family_before(dialogue: Dialogue, turn: Turn) -> bool:
    """Whether the clinician's question before this turn is for the family."""
    question = dialogue.question_before(turn)
    return question is not None and any(asks_of_family(question, c.start) for c in question.clauses if c.is_question)


def _history_of_kin(mention: Mention, who: Whose, status: Presence, evidence: tuple[Evidence, ...]) -> Told | None:
    """ "남편은 어릴 때 아토피였대요", "외할머니는 갑상선 수술하셨고요", of a relative by blood."""
    row = mention.row
    if who.person is not Person.RELATIVE or not isinstance(row, HistoryRow) or row.term in _NOT_OF_KIN:
        return None
    if row.category not in ("medical", "surgical") or status != "present":
        return None
    name = mention.surface if mention.how == "exact" and "수술" in mention.surface else row.term
    return Told(re.sub(r"\s?(?:병력|이력)$", "", name), "family", status, who.word, evidence)


def _own(turn: Turn, mention: Mention, clause: Clause, evidence: tuple[Evidence, ...]) -> Told | None:
    status = polarity(turn, mention)
    if _is_covered(turn, mention, clause, status):
        return None
    if mention.table is Table.DIAGNOSES:
        return _own_disease(turn, mention, clause, evidence, status)
    if mention.table is Table.PROCEDURES:
        return Told(display(mention), category_of(mention), status, clause_words(turn, clause), evidence)
    if mention.row.term == "수술 이력" and status == "present" and (operation := _operation_name(turn, mention)):
        return Told(operation, "surgical", status, clause_words(turn, clause), evidence)
    may_quit = category_of(mention) == "social" or mention.row.term == "모유 수유"
    quit_since = status == "present" and may_quit and bool(QUIT.search(turn.text[mention.start : clause.end]))
    detail = sentence_words(turn, clause) if quit_since else clause_words(turn, clause) if status == "present" else None
    return Told(habit(mention), category_of(mention), "absent" if quit_since else status, detail, evidence)


def _own_disease(
    turn: Turn, mention: Mention, clause: Clause, evidence: tuple[Evidence, ...], status: Presence
) -> Told | None:
    """The patient's disease, its vaccine, or that it goes round where the patient is."""
    name, after = disease_name(mention), turn.text[mention.end : clause.end]
    if status == "present" and _BORDERLINE.match(after):
        return Told(f"{name} 전단계", "medical", "present", sentence_words(turn, clause), evidence)
    if status == "present" and re.search(r"돌고|도는|돈다|돌아요|돌았|유행", after):
        return Told(f"{name} 유행 노출", "social", "present", sentence_words(turn, clause), evidence)
    if _is_vaccination(turn, clause, name):
        missing = re.search(r"아직|안 맞|못 맞|안 했|없", after)
        done: Presence = "absent" if missing else "present"
        return Told(f"{name} 예방접종", "immunization", done, sentence_words(turn, clause), evidence)
    if status == "present" and is_hypothetical(turn, mention):
        return None
    return Told(name, "medical", status, None, evidence)


def _is_covered(turn: Turn, mention: Mention, clause: Clause, status: Presence) -> bool:
    """What another entry says better: the disease of an admission, a contraceptive, the kind of operation."""
    sentence = turn.sentence_text(clause)
    term, start = mention.row.term, turn.sentence_of(clause)[0].start
    if term == "과거력":
        return status == "present"
    if term == "입원 이력":
        return any(start <= m.start < mention.start and not is_symptom(turn, m) for m in turn.of(Table.DIAGNOSES))
    if term == "수술 이력" and status == "present":
        others = [
            m
            for m in turn.of(Table.HISTORIES)
            if m.row.term != term and re.search("수술|절개", f"{m.row.term} {m.surface}")
        ]
        return any(category_of(m) in ("surgical", "obstetric") for m in others)
    if term == "식습관":
        return bool(turn.of(Table.MEDICINES, Table.DRUG_CLASSES))
    is_pill = term == "피임 방법" and status == "present" and mention.surface.startswith("피임약")
    is_unsure = term == "임신 가능성" and re.search(r"것 같|확실|모르|글쎄", sentence)
    return is_pill or bool(is_unsure)


def _is_vaccination(turn: Turn, clause: Clause, name: str) -> bool:
    """ "접종은 다 맞혔고 독감은 아직이요": the disease stands for its vaccine."""
    sentence = turn.sentence_text(clause)
    return bool(_INFECTIOUS.search(name) and re.search(r"접종|백신|주사|맞혔|맞췄|맞았|아직", sentence))


def _with_question(dialogue: Dialogue, turn: Turn, mention: Mention, clause: Clause) -> tuple[Evidence, ...]:
    evidence = turn.evidence(clause.start, clause.end)
    question = dialogue.question_before(turn)
    if question is not None:
        for asked in question.mentions:
            if asked.row == mention.row and question.clause_at(asked.start).is_question:
                at = question.clause_at(asked.start)
                return (question.evidence(at.start, at.end), evidence)
    return (evidence,)


def _elliptical(dialogue: Dialogue, turn: Turn, mention: Mention) -> list[Told]:
    """ "아토피는 제 남동생이 심하고 저는 없어요": the patient's own denial of the other's disease."""
    for person in named_persons(dialogue, turn):
        if person.who.person is not Person.PATIENT or person.start < mention.end:
            continue
        clause = turn.clause_at(person.start)
        named = any(clause.start <= other.start < clause.end for other in turn.of(Table.DIAGNOSES))
        words = turn.text[person.end : clause.end]
        if not named and re.match(
            r"(?:은|는|도|야)?\s?(?:그런 (?:건|거|것)\s|아직\s|전혀\s)?(?:없|안 |아니|괜찮)", words
        ):
            start = turn.clause_at(mention.start).start
            return [Told(disease_name(mention), "medical", "absent", None, (turn.evidence(start, clause.end),))]
        return []
    return []


def _relatives_symptoms(dialogue: Dialogue, turn: Turn) -> list[Told]:
    """A relative's seizure or suicide is family history, though the lexicon has it as a symptom."""
    found = []
    for match in _OWN_HAND.finditer(turn.text):
        who, clause = whose(dialogue, turn, match.start()), turn.clause_at(match.start())
        if who.person is Person.RELATIVE and not is_asked(clause):
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(Told("자살", "family", "present", who.word, evidence))
    for mention in turn.of(Table.SYMPTOMS):
        if mention.nested or not re.search(r"경련|자살|돌연사|급사", mention.row.term):
            continue
        who = whose(dialogue, turn, mention.start)
        clause = turn.clause_at(mention.start)
        if who.person is Person.RELATIVE and polarity(turn, mention) == "present":
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(Told(mention.row.term, "family", "present", who.word, evidence))
    return found
