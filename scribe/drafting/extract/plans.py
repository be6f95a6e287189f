"""What is to be done besides medicines: tests, procedures, referrals."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Procedure, ProcedureStatus, Referral, TestOrder
from scribe.drafting.assertion import is_considered
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.reading import Rejected
from scribe.drafting.extract.treatments import treatments
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import ProcedureRow, Table, TestRow
from scribe.drafting.terms import Mention

_ORDER = re.compile(
    r"나가고|나갈|나가죠|나가는|나가세요|찍[어고으을읍]|찍죠|찍자|해 ?보(?:죠|겠|고|자|는|시|세)|"
    r"해 볼|하죠|할게|할 거|하겠|하고|해요|합시다|볼게요|보죠|봅시다|볼 거|받으|받아|받고|예약|"
    r"검사하|검사할|검사 하|진행|내고|낼게|넣어|넣을|요청|하시고|하세요|해 주세요|주세요|들어갈|추가|"
    r"할 거예요|하실 거|받으실|하실게요|맞으실|빼(?:고|드|죠)|뺄게|꽂|시작|연결|달고|걸게|틀어|바꿔|끼우|감아|꿰매|"
    r"떼어|의뢰|돌려|뽑|채혈하|재 ?보|시행|맞추|잡아|달아|드릴게|같이요|부터"
)
_NO = re.compile(
    r"안 (?:해|하|할|찍|맞|받|쓰|쓸|써|들어|넣|나가|나갈|봐|볼|보고|권)|필요\s?(?:는|가|도)?\s?없|"
    r"지 않|지 마|말고(?!\s)|못 (?:해|하|찍)|아직|나중에"
)
_MAYBE = re.compile(
    r"수도 있|수 있|지도 모르|고려|보고 나서 정|결정하|그때 (?:가서|상의|생각)|생각해 ?(?:보|볼)|"
    r"안 (?:좋아지|나으)면|심해지면|필요하면"
)
_PAST = re.compile(
    r"지난|저번|작년|예전|전에 (?:찍|하|받)|하셨|찍으셨|받으셨|결과|했는데|했을 때|했었|나왔|나오면|"
    r"해 보니|찍어 보니|보니까"
)
# where something was put in, and what another service is asked for
_NO_PROCEDURE = re.compile(r"\s?(?:자리|부위|의뢰)|실(?:에|로|은)")
# what the lexicon has under a wider name
_SAME_CARE = {"정맥로 확보": "정맥주사", "배액관 제거": "배액관 관리", "도뇨관 제거": "도뇨관 관리"}
_OTHER_PERSON = re.compile(r"(?:따님|아드님|남편분|아내분|보호자분?|가족분?들?)(?:은|는|도|이|께서)")
_SEND = re.compile(r"의뢰|보내|협진|예약|상담|연결|콜|컨설트|가 ?보|가셔|가세요|가시|진료|받으|입원|호출|외래|잡아")


def test_orders(dialogue: Dialogue) -> tuple[list[TestOrder], list[Rejected]]:
    """Tests that the physician orders now or for the next visit."""
    found: dict[str, TestOrder] = {}
    rejected: list[Rejected] = []
    for turn, mention in _planned(dialogue, Table.TESTS):
        if _is_named_by_other(turn, mention):
            continue
        clause, words, verdict = _decision(turn, mention)
        evidence = turn.evidence(turn.clause_at(mention.start).start, clause.end)
        if verdict == "ordered" and not _PAST.search(words) and not _has_result(turn, mention, clause):
            known = found.get(mention.row.term)
            items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
            found[mention.row.term] = TestOrder(
                id="", name=known.name if known else display(mention), evidence=items, confidence=0.85
            )
        elif verdict in ("negated", "considered", "hypothetical"):
            rejected.append(Rejected(mention.row.term, evidence, verdict))  # type: ignore[arg-type]
    for order in _germ_orders(dialogue):
        found.setdefault(order.name, order)
    return list(found.values()), rejected


def _is_named_by_other(turn: Turn, mention: Mention) -> bool:
    """ "피검사로 크레아티닌하고 칼륨", "갑상선 기능 TSH": the kind of test beside the tests, the same test twice."""
    clause = turn.clause_at(mention.start)
    others = [
        test
        for test in turn.of(Table.TESTS)
        if test is not mention and not test.nested and clause.start <= test.start < clause.end
    ]
    if mention.row.term == "혈액검사":
        return any(isinstance(test.row, TestRow) and test.row.category == "lab" for test in others)
    return any(test.end + 1 == mention.start and turn.text[test.end] == " " for test in others)


def _germ_orders(dialogue: Dialogue) -> list[TestOrder]:
    """ "코로나도 같이 나가는 걸로 할게요": a disease said for its test."""
    found: list[TestOrder] = []
    for turn, mention in _planned(dialogue, Table.DIAGNOSES):
        clause = turn.clause_at(mention.start)
        words = turn.text[mention.end : clause.end]
        ordered = re.match(
            r"(?:도|는|은|랑|이랑|하고)?\s(?:[가-힣]+\s){0,2}?나(?:가|갈)|\s?검사(?:도|를|는)?\s?(?:하|할|해|"
            r"나)",
            words,
        )
        if (
            ordered
            and not clause.is_question
            and clause.link != "if"
            and not _NO.search(words)
            and not _PAST.search(words)
        ):
            evidence = (turn.evidence(clause.start, clause.end),)
            found.append(TestOrder(id="", name=f"{mention.surface} 검사", evidence=evidence, confidence=0.7))
    return found


def procedures(dialogue: Dialogue) -> tuple[list[Procedure], list[Rejected]]:
    """Procedures and treatments that are planned or were done in the consultation."""
    found: dict[str, Procedure] = {}
    rejected: list[Rejected] = []
    for turn, mention in _planned(dialogue, Table.PROCEDURES):
        if _NO_PROCEDURE.match(turn.text, mention.end) or mention.row.term.endswith("상담"):
            continue
        clause, words, verdict = _decision(turn, mention)
        evidence = turn.evidence(turn.clause_at(mention.start).start, clause.end)
        if verdict == "ordered" and not _PAST.search(words) and isinstance(mention.row, ProcedureRow):
            status: ProcedureStatus = "done" if re.search(r"했습니다|했어요|끝났|마쳤", words) else "planned"
            known = found.get(mention.row.term)
            items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
            found[mention.row.term] = Procedure(
                id="", name=known.name if known else display(mention), status=status, evidence=items, confidence=0.8
            )
        elif verdict in ("negated", "considered", "hypothetical"):
            rejected.append(Rejected(mention.row.term, evidence, verdict))  # type: ignore[arg-type]
    known_care = {name.replace(" ", "") for name in found}
    for procedure in treatments(dialogue):
        found.pop(_SAME_CARE.get(procedure.name, ""), None)
        if procedure.name.replace(" ", "") not in known_care:
            found[procedure.name] = procedure
    return list(found.values()), rejected


def referrals(dialogue: Dialogue) -> list[Referral]:
    """Departments and services that the patient is sent to."""
    found: dict[str, Referral] = {}
    for turn, mention in _planned(dialogue, Table.DEPARTMENTS):
        clause = turn.clause_at(mention.start)
        sentence = turn.sentence_of(clause)
        words = turn.text[mention.end : sentence[-1].end]
        if (
            mention.surface == "응급실"
            or clause.is_question
            or _PAST.search(words[:14])
            or not _SEND.search(words)
            or _NO.search(words)
        ):
            continue
        if clause.link == "if" or _MAYBE.search(words) or re.match(r"에서\s", words):
            continue
        term = mention.row.term
        verb = "호출" if re.search(r"콜|호출|오(?:셔|신)", words) else "상담" if "상담" in term else "의뢰"
        name = term if term.endswith("상담") else f"{term} {verb}"
        evidence = turn.evidence(clause.start, sentence[-1].end)
        known = found.get(term)
        items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
        found[term] = Referral(id="", name=name, to=term, evidence=items, confidence=0.85)
    return list(found.values())


def _planned(dialogue: Dialogue, table: Table) -> Iterable[tuple[Turn, Mention]]:
    for turn in dialogue.turns:
        if turn.role != "clinician":
            continue
        for mention in turn.of(table):
            before = turn.text[turn.sentence_of(turn.clause_at(mention.start))[0].start : mention.start]
            if not mention.nested and not _OTHER_PERSON.search(before) and not _is_way_to_give(turn, mention):
                yield turn, mention


def _is_way_to_give(turn: Turn, mention: Mention) -> bool:
    """ "근육주사" and "수액" beside a drug say how it is given; "PT" among blood tests is a blood test."""
    if mention.table is not Table.PROCEDURES:
        return False
    clause = turn.clause_at(mention.start)
    if re.search(r"주사|수액|정맥|투약", mention.row.term) and any(
        clause.start <= drug.start < clause.end for drug in turn.of(Table.MEDICINES)
    ):
        return True
    tests = [test for test in turn.of(Table.TESTS) if clause.start <= test.start < clause.end]
    return any(test.start < mention.end and mention.start < test.end for test in tests) or (
        mention.surface.isascii() and len(mention.surface) <= 3 and len(tests) >= 2
    )


def _decision(turn: Turn, mention: Mention) -> tuple[Clause, str, str]:
    """The clause that decides on the mention, the words up to its end, and the verdict."""
    own = turn.clause_at(max(mention.start, mention.end - 1))
    sentence = [clause for clause in turn.sentence_of(own) if clause.end > mention.start]
    if own.is_question or own.link == "if":
        return own, turn.words(own), "none"
    for clause in sentence:
        words = turn.text[max(mention.end, clause.start) : clause.end]
        so_far = turn.text[mention.end : clause.end]
        if clause is not own and clause.link == "if":
            break
        if is_considered(words):
            return clause, so_far, "considered"
        if _NO.search(words):
            return clause, so_far, "negated"
        if _MAYBE.search(so_far):
            return clause, so_far, "hypothetical"
        if _ORDER.search(words):
            return clause, turn.text[own.start : clause.end], "ordered"
    return own, turn.words(own), "none"


def _has_result(turn: Turn, mention: Mention, clause: Clause) -> bool:
    words = turn.text[mention.end : clause.end]
    return bool(re.search(r"정상|음성|양성이|높(?:네|아|게)|낮(?:네|아|게)|소견|결과(?:는|가|도)", words))
