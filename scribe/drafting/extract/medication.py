"""What the patient already takes."""

import re
from dataclasses import replace

from scribe.domain.entries import MedicationStatement
from scribe.drafting.assertion import Person, answer, is_considered, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.dosing import Segment, dose_of, drug_mentions, medicine_key, medicine_name, segments
from scribe.drafting.lexicon import DrugClassRow, Table
from scribe.drafting.terms import Mention
from scribe.drafting.times import find_frequency

_TAKES = re.compile(
    r"먹|드시|복용|맞(?:고|아|는|았|습니다|으)|바르|발라|쓰고|써요|쓰는|씁니다|뿌리|넣|챙겨|타다|"
    r"타 먹|처방받|받아|달고|줬|주신"
)
_TAKEN_NOT = re.compile(r"안 (?:먹|드|맞|발|써|쓰|했)|못 (?:먹|드|맞)|지 않|끊었|중단했|그만|먹다 말|없")
_SINCE_NOT = re.compile(
    r"려다|까 했|까 하다|려고 했|라던데|다던데|대요|된다|되나|될까|먹어야|맞아야|먹어도|맞아도|되죠|줘서"
)
_PAST_COURSE = re.compile(r"(?:예전|옛날|작년|재작년|어릴|올봄|지난(?:달|해)|그때|살 때|년 전|달 전)")
_ASKS_MEDICINES = re.compile(
    r"(?:무슨|어떤|다른|드시는|먹는|드신)\s?[가-힣\s]{0,4}약|약[가-힣]{0,2}\s?[가-힣\s]{0,8}(?:드시|"
    r"드세|드셨|있으)|해열제|진통제|뭘 (?:먹|드)|그대로|먹이"
)
_FORGETS = re.compile(r"까먹|까묵|빼먹|빠뜨|빠트|잊|거르|걸러|건너")
_GOOD = re.compile(r"잘 (?:챙겨|먹|드|복용)|꼬박꼬박|안 (?:까먹|까묵|빼먹|빠뜨|빠트|걸러|거르)|빠짐없이|매일 챙")
_NOW = "이번|지금|현재|오늘"


def statements(dialogue: Dialogue) -> list[MedicationStatement]:
    """What the patient takes, told by the patient's side or confirmed on the clinician's question."""
    found: dict[str, MedicationStatement] = {}
    for turn in dialogue.turns:
        taken = _told(dialogue, turn) if turn.is_patient_side else _confirmed(dialogue, turn)
        for key, statement in taken:
            known = found.get(key)
            found[key] = _joined(known, statement) if known else statement
    return list(found.values())


def _joined(first: MedicationStatement, second: MedicationStatement) -> MedicationStatement:
    return replace(
        first,
        dose=first.dose or second.dose,
        frequency=first.frequency or second.frequency,
        adherence=first.adherence or second.adherence,
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
    )


def _told(dialogue: Dialogue, turn: Turn) -> list[tuple[str, MedicationStatement]]:
    found = []
    asked = dialogue.question_before(turn)
    asks_medicines = asked is not None and bool(_ASKS_MEDICINES.search(asked.text)) and "알레르기" not in asked.text
    for segment in segments(turn):
        clause = turn.clause_at(segment.mention.start)
        rest = turn.text[segment.mention.end : _predicate_end(turn, segment)]
        if clause.is_question or _SINCE_NOT.search(rest) or _TAKEN_NOT.search(rest) or is_considered(rest):
            continue
        if whose(dialogue, turn, segment.mention.start).person is not Person.PATIENT:
            continue
        if re.search(r"알레르기|알러지|두드러기|발진|부작용|쇼크|기침이|끊었", turn.sentence_text(clause)):
            continue
        if re.search(
            r"아무 일|괜찮았|이상 없|맞았다고|먹었다고|카더|카던",
            turn.text[segment.mention.end : segment.mention.end + 24],
        ):
            continue
        if _PAST_COURSE.search(turn.text[clause.start : segment.mention.start]) and not re.search(_NOW, rest):
            continue
        if not (_TAKES.search(rest) or asks_medicines):
            continue
        found.append(_statement(turn, segment, clause))
    return found


def _predicate_end(turn: Turn, segment: Segment) -> int:
    """To the end of the clause that holds the drug's predicate, over a list of drugs."""
    for clause in turn.sentence_of(turn.clause_at(segment.mention.start)):
        if clause.end > segment.mention.end and _TAKES.search(
            turn.text[max(clause.start, segment.mention.end) : clause.end]
        ):
            return clause.end
    return turn.clause_at(segment.mention.start).end


def _statement(turn: Turn, segment: Segment, clause: Clause) -> tuple[str, MedicationStatement]:
    words = turn.text[segment.start : max(segment.end, clause.end)]
    dose, frequency = dose_of(segment), find_frequency(_around(turn, segment))
    sentence = turn.sentence_text(clause)
    adherence = None
    if _GOOD.search(sentence):
        adherence = "잘 복용함"
    elif _FORGETS.search(turn.text):
        adherence = "가끔 잊음"
    statement = MedicationStatement(
        id="",
        name=medicine_name(segment.mention),
        dose=f"{dose.value:g} {dose.unit}" if dose else None,
        frequency=frequency.text if frequency else None,
        adherence=adherence,
        evidence=(turn.evidence(clause.start, max(clause.end, segment.end if words else clause.end)),),
        confidence=0.85 if segment.mention.how == "exact" else 0.5,
    )
    return medicine_key(segment.mention), statement


def _around(turn: Turn, segment: Segment) -> str:
    """The segment, and the words before the drug where it is the first of its clause ("아침마다 노바스크")."""
    clause = turn.clause_at(segment.mention.start)
    return turn.text[clause.start : segment.start] + segment.text if not drug_before(turn, segment) else segment.text


def drug_before(turn: Turn, segment: Segment) -> bool:
    clause = turn.clause_at(segment.mention.start)
    return any(clause.start <= mention.start < segment.start for mention in drug_mentions(turn))


def _confirmed(dialogue: Dialogue, turn: Turn) -> list[tuple[str, MedicationStatement]]:
    """ "글루코파지 오백 하루 두 번 드시는 거죠?" – "네"."""
    found: list[tuple[str, MedicationStatement]] = []
    replies = dialogue.answers(turn)
    for segment in segments(turn):
        clause = turn.clause_at(segment.mention.start)
        sentence = turn.sentence_text(clause)
        if not (clause.is_question or (turn.has_question and turn.sentence_of(clause)[-1] is not turn.clauses[-1])):
            continue
        if (
            not replies
            or not re.search(r"드시|드셨|복용|맞으|쓰시|그대로|맞죠|먹이", sentence)
            or answer(turn, replies, sentence) != "present"
        ):
            continue
        if re.search(r"적 ?(?:은|이|있|없)|최근|예전|때|이나\s", sentence):
            continue
        key, statement = _statement(turn, segment, clause)
        reply = replies[0]
        evidence = (*statement.evidence, reply.evidence(0, reply.clauses[0].end))
        found.append((key, replace(statement, evidence=evidence)))
    return found


def class_mentions(turn: Turn) -> list[Mention]:
    """Drug classes as spoken ("혈압약")."""
    return [mention for mention in turn.of(Table.DRUG_CLASSES) if isinstance(mention.row, DrugClassRow)]
