"""What clinicians and nurses state of the past: from the chart, the vaccination booklet, the bedside round."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Presence
from scribe.drafting.assertion import Person, asks_of_family, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told, clause_words, disease_name, is_symptom
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import HistoryRow, Table
from scribe.drafting.numbers import read_number
from scribe.drafting.terms import Mention

_HAS = re.compile(
    r"(?:이|가|도|은|는)?\s?(?:원래\s|이미\s)?(?:있으(?:셔서|시고|시니까|신데|시네|시다|신 분|십니다|시잖)|"
    r"앓(?:으셨|고 계)|있는 (?:분|환자)|"
    r"진단받으|병력 있|과거력 있|히스토리 있)"
)
_VACCINE_TALK = re.compile(r"접종|예방|백신|수첩|차\s?(?:까지|가|는)|디피티|비씨지|맞으셨|맞았")
_GIVEN = re.compile(
    r"(?:은|는|도|이|가|을|를)?\s(?:[가-힣]+\s){0,3}?(?:다 )?(?:됐|했[고네어]|맞았|맞췄|맞으셨|완료|끝났)"
)
_MISSING = re.compile(r"(?:은|는|도|이|가)?\s(?:[가-힣]+\s){0,2}?(?:아직|안 (?:맞|했)|못 (?:맞|했)|밀렸|빠졌|누락)")
_AFTER_OPERATION = re.compile(
    r"\s?(?:받고\s|하고\s)?(?:POD|피오디|수술 ?후|후\s[가-힣]{1,3}일|[가-힣]{1,3}일째|하신 분|"
    r"받으신 분)",
    re.IGNORECASE,
)
_WEEKS = re.compile(
    r"(?:임신\s)?(?P<weeks>[가-힣\d]{1,6})\s?주(?:\s?(?P<days>[일이삼사오육1-6])\s?일)?(?:차)?\s?"
    r"(?:이시죠|시죠|이시네|되셨|됐|이에요|예요|이네요|네요|입니다|이고|인데|차|이세요|째)"
)
_PREGNANT = re.compile(r"임신|산모|태아|아기 (?:심장|위치|몸무게)|임당|분만|초음파에서 아기|산과|태동|양수")
_PREGNANCY = (4, 42)


def recorded_histories(dialogue: Dialogue) -> list[Told]:
    """Statements, never questions; the pregnancy's weeks also from the patient."""
    found: list[Told] = []
    pregnant = _is_pregnancy(dialogue)
    for turn in dialogue.turns:
        if turn.role in ("clinician", "nurse"):
            found += _diseases(dialogue, turn)
            found += _vaccinations(turn)
            found += _operations(turn)
        if pregnant:
            found += _weeks(turn)
    return found


def _diseases(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    """ "당뇨 있으셔서 메트포르민은 홀드예요"."""
    for mention in turn.of(Table.DIAGNOSES):
        clause = turn.clause_at(mention.start)
        if mention.nested or clause.is_question or clause.link == "if" or is_symptom(turn, mention):
            continue
        stated = _HAS.match(turn.text, mention.end) and not re.search(r"없", turn.text[mention.end : clause.end])
        own = whose(dialogue, turn, mention.start).person is Person.PATIENT and not asks_of_family(turn, mention.start)
        if stated and own:
            yield Told(
                disease_name(mention), "medical", "present", None, (turn.evidence(clause.start, clause.end),), False
            )


def _vaccinations(turn: Turn) -> Iterable[Told]:
    if not _VACCINE_TALK.search(turn.text):
        return
    for mention in turn.of(Table.HISTORIES):
        row, clause = mention.row, turn.clause_at(mention.start)
        if not isinstance(row, HistoryRow) or row.category != "immunization" or mention.nested or clause.is_question:
            continue
        after = turn.text[mention.end : clause.end]
        status: Presence | None = "absent" if _MISSING.match(after) else "present" if _GIVEN.match(after) else None
        if status is not None:
            detail = clause_words(turn, clause)
            yield Told(
                display(mention), "immunization", status, detail, (turn.evidence(clause.start, clause.end),), False
            )


def _operations(turn: Turn) -> Iterable[Told]:
    """ "랩 콜레 POD 투예요": the operation that the patient is recovering from."""
    for mention in turn.of(Table.PROCEDURES):
        clause = turn.clause_at(mention.start)
        if not mention.nested and not clause.is_question and _follows_operation(turn, mention):
            evidence = (turn.evidence(clause.start, turn.sentence_of(clause)[-1].end),)
            yield Told(display(mention), "surgical", "present", turn.sentence_text(clause).strip(" ."), evidence, False)


def _follows_operation(turn: Turn, mention: Mention) -> bool:
    is_surgery = re.search(r"술$|절제|이식|치환|성형|봉합", mention.row.term)
    return bool(is_surgery and _AFTER_OPERATION.match(turn.text, mention.end))


def _is_pregnancy(dialogue: Dialogue) -> bool:
    patient = dialogue.encounter.patient
    if patient is not None and patient.sex == "male":
        return False
    return sum(len(_PREGNANT.findall(turn.text)) for turn in dialogue.turns) >= 2


def _weeks(turn: Turn) -> Iterable[Told]:
    """ "오늘 이십팔 주 이 일이시죠": as "임신 28주 2일"."""
    for match in _WEEKS.finditer(turn.text):
        if match.start() and "가" <= turn.text[match.start() - 1] <= "힣":
            continue
        number = read_number(turn.text, match.start("weeks"))
        if number is None or number.end != match.end("weeks") or not _PREGNANCY[0] <= number.value <= _PREGNANCY[1]:
            continue
        day = read_number(match["days"], 0) if match["days"] else None
        days = f" {day.value:g}일" if day is not None else ""
        clause = turn.clause_at(match.start())
        if re.search(r"뒤|후|치|전|동안|마다|에 한 번", turn.text[match.end() : match.end() + 4]):
            continue
        yield Told(
            f"임신 {number.value:g}주{days}", "obstetric", "present", None, (turn.evidence(clause.start, clause.end),)
        )
        return
