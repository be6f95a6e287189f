"""What is to be done besides medicines: tests, procedures, referrals."""

import re
from collections.abc import Iterable
from dataclasses import replace

from scribe.domain.entries import Procedure, ProcedureStatus, Referral, TestOrder
from scribe.drafting.assertion import is_considered
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.reading import Rejected
from scribe.drafting.extract.treatments import treatments
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import ProcedureRow, Table, TestRow
from scribe.drafting.numbers import find_numbers
from scribe.drafting.terms import Mention

_ORDER = re.compile(
    r"나가고|나갈|나가죠|나가는|나가세요|찍[어고으을읍]|찍죠|찍자|해 ?보(?:죠|겠|고|자|는|시|세)|"
    r"해 볼|하죠|할게|할 거|하겠|하고|해요|합시다|볼게요|보죠|봅시다|볼 거|받으|받아|받고|예약|"
    r"검사하|검사할|검사 하|진행|내고|낼게|넣어|넣을|요청|하시고|하세요|해 주세요|주세요|들어갈|추가|"
    r"할 거예요|하실 거|받으실|하실게요|맞으실|빼(?:고|드|죠)|뺄게|꽂|시작|연결|달고|걸게|틀어|바꿔|끼우|감아|꿰매|"
    r"떼어|의뢰|돌려|뽑|채혈하|재 ?보|다시 재|재요|잽시|시행|맞추|맞고\s*$|맞읍시|"
    r"맞을게|맞힐게|맞히|접종|잡아|달아|드릴게|같이요|(?:오늘|내일|모레)부터|"
    r"(?:나가|내|찍어|재|뽑아|보내|넣어) 주|부터 (?:하|해|찍|나|보)|보겠|보고 가|확인할|확인하|대 드|붙여 드"
)
_NO = re.compile(
    r"안 (?:해|하|할|찍|맞|받|쓰|쓸|써|들어|넣|나가|나갈|봐|볼|보고|권)|필요\s?(?:는|가|도)?\s?없|"
    r"지 않|지 마|말고(?!\s)|못 (?:해|하|찍)|아직|나중에"
)
_MAYBE = re.compile(
    r"수도 있|수 있|지도 모르|고려|보고 나서 정|결정하|그때 (?:가서|상의|생각|얘기|결정|정하)|정할 거|바꿀지|할지|"
    r"말씀해|생각해 ?(?:보|볼)|"
    r"안 (?:좋아지|나으)면|심해지면|필요하면"
)
_PAST = re.compile(
    r"지난|저번|작년|예전|전에 (?:찍|하|받)|했어요|했습니다|했네|하셨|찍으셨|받으셨|결과|했는데|했을 때|"
    r"했었|나왔|나오면|해 보니|찍어 보니|보니까"
)
# where something was put in, and what another service is asked for
_NO_PROCEDURE = re.compile(r"\s?(?:자리|부위|의뢰)|실(?:에|로|은)")
# what the lexicon has under a wider name
_SAME_CARE = {"정맥로 확보": "정맥주사", "배액관 제거": "배액관 관리", "도뇨관 제거": "도뇨관 관리"}
_VERBLESS = re.compile(r"(?:[가-힣A-Za-z\d\s]|도|요|까지)[.…]*$")
_LIST_HEAD = re.compile(r"^(?:그리고\s)?(?:랩|피검사|혈액검사|검사|영상|엑스레이|사진)(?:은|는)\s")
_LIST_TAIL = re.compile(r"^그리고\s|도(?:요)?\s?[.…]*$|까지(?:요)?\s?[.…]*$|같이(?:요)?\s?[.…]*$")
_PICTURE = re.compile(r"초음파|CT|씨티|MRI|엠알아이|사진|엑스레이", re.IGNORECASE)
_LATER_ON = re.compile(r"뒤|내일|모레|다음|다시")
_LOOKS = re.compile(
    r"(?:로|을|를)?\s(?!다시)(?:[가-힣]+\s)?(?:바로\s|좀\s|한번\s)?(?:볼게요|볼까요|보면서|보고 (?:꿰|정|나서|결정))"
)
_AGAIN = re.compile(r"다시 (?:한번 |한 번 )?(?:재|검사|찍|나가|하|해|볼|봅|보)")
_PARTICLE = re.compile(r"(?:하고|이랑|랑|부터)(?=\s)")
# wards and rooms where one is treated, not asked; a visit of the clinic where the patient is
_NO_SERVICES = frozenset({"응급실", "중환자실", "CCU", "ICU", "집중치료실", "수술실", "분만실", "병동", "주사실"})
_NOT_THERE = re.compile(
    r"\s?말고|\s(?:외래(?:로|에)?|진료실로)\s(?:다시\s|한번\s)?(?:오|와)|\s중환자실|"
    r"\s?(?:당직의|전공의|의사|교수|간호사)\s?[가-힣]{0,4}(?:입니다|이에요|예요)"
)
_RUNNING = re.compile(r"산소|수액|정맥주사|모니터|인공호흡|투석|네뷸")
_TAKEN_OFF = re.compile(r"\s?(?:은|는|을|를|도)?\s?(?:오늘|이제|그만)?\s?(?:떼|빼|끊|중단|끄|그만)")
_NEXT = 24
_DONE = re.compile(r"했습니다|했어요|했고|끝났|마쳤|됐습니다")
_ONLY_IF = re.compile(
    r"(?:높|낮|안 좋|심하|계속|지속|그래도|나오|이상|아프|남아|재발|모자라|부족하|의심되)[가-힣]*면\s|그래도\s"
)
_OTHER_PERSON = re.compile(r"(?:따님|아드님|남편분|아내분|보호자분?|가족분?들?)(?:은|는|도|이|께서)")
_SEND = re.compile(
    r"연락|넘길|넘기|넘겨|등록|들렀|들러|보셔야|전달|당직|제출|내시|소견서|진료 ?보|"
    r"의뢰|보내|협진|예약|상담|연결|콜|컨설트|가 ?보|가셔|가세요|가시|진료|받으|입원|호출|외래|잡아"
)


def test_orders(dialogue: Dialogue) -> tuple[list[TestOrder], list[Rejected]]:
    """Tests that the physician orders now or for the next visit."""
    found: dict[str, TestOrder] = {}
    rejected: list[Rejected] = []
    for turn, mention in _planned(dialogue, Table.TESTS):
        if _is_named_by_other(turn, mention):
            continue
        clause, words, verdict = _decision(turn, mention)
        evidence = turn.evidence(turn.clause_at(mention.start).start, clause.end)
        if verdict == "none" and _is_listed(turn, mention):
            verdict, words = "ordered", ""
        if _is_elsewhere(turn, mention) or _is_looked_at(turn, mention):
            continue
        if verdict == "ordered" and not _PAST.search(words) and not _has_result(turn, mention, clause):
            known = found.get(mention.row.term)
            items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
            name = display(mention) + (" 재검" if _AGAIN.search(turn.text[mention.end : clause.end]) else "")
            found[mention.row.term] = TestOrder(
                id="", name=known.name if known else name, evidence=items, confidence=0.85
            )
        elif verdict in ("negated", "considered", "hypothetical"):
            rejected.append(Rejected(mention.row.term, evidence, verdict))  # type: ignore[arg-type]
    for order in _germ_orders(dialogue):
        found.setdefault(order.name, order)
    return list(found.values()), rejected


def _is_listed(turn: Turn, mention: Mention) -> bool:
    """Ordered without a verb: "랩은 CBC, 전해질, 젖산.", "그리고 심전도.", "고관절 엑스레이도.\""""
    clause = turn.clause_at(mention.start)
    sentence = turn.sentence_text(clause).strip()
    if clause.is_question or not _VERBLESS.search(sentence) or _NO.search(sentence) or _PAST.search(sentence):
        return False
    if find_numbers(turn.text[mention.end : mention.end + 8]):
        return False
    first = turn.sentence_of(clause)[0]
    others = turn.text[: first.start] + turn.text[turn.sentence_of(clause)[-1].end :]
    return bool(_LIST_HEAD.search(sentence)) or bool(_LIST_TAIL.search(sentence) and _ORDER.search(others))


def _is_elsewhere(turn: Turn, mention: Mention) -> bool:
    """ "안과에서 망막 검사 받으세요": the other department's test is a referral."""
    before = turn.text[turn.clause_at(mention.start).start : mention.start]
    departments = [other for other in turn.of(Table.DEPARTMENTS) if other.end <= mention.start]
    return bool(departments) and departments[-1].surface in before and "에서" in before


def _is_looked_at(turn: Turn, mention: Mention) -> bool:
    """ "초음파 볼게요", "CT 보고 꿰매고": looked at now, or a result to wait for, and no order."""
    is_picture = _PICTURE.search(mention.surface) and not _LATER_ON.search(turn.words(turn.clause_at(mention.start)))
    return bool(is_picture and _LOOKS.match(turn.text, mention.end))


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
            r"(?:도|는|은|랑|이랑|하고)?\s(?:[가-힣]+\s){0,2}?나(?:가|갈)|"
            r"(?:이랑|랑|하고)?\s?(?:[가-힣]+\s)?(?:신속\s?)?검사(?:도|를|는|만)?\s?(?:하|할|해|나)",
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
        if _is_sent_for(turn, mention):
            continue
        clause, words, verdict = _decision(turn, mention)
        evidence = turn.evidence(turn.clause_at(mention.start).start, clause.end)
        if _is_taken_off(turn, mention) and not clause.is_question and verdict != "negated":
            name = f"{mention.surface} 중단"
            found[name] = Procedure(id="", name=name, status="planned", evidence=(evidence,), confidence=0.8)
        elif verdict == "ordered" and not _PAST.search(words) and isinstance(mention.row, ProcedureRow):
            status: ProcedureStatus = "done" if re.search(r"했습니다|했어요|끝났|마쳤", words) else "planned"
            known = found.get(mention.row.term)
            items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
            found[mention.row.term] = Procedure(
                id="", name=known.name if known else display(mention), status=status, evidence=items, confidence=0.8
            )
        elif mention.row.term in found and _DONE.search(turn.words(clause)):
            known_one = found[mention.row.term]
            found[mention.row.term] = replace(known_one, status="done", evidence=(*known_one.evidence, evidence))
        elif verdict in ("negated", "considered", "hypothetical"):
            rejected.append(Rejected(mention.row.term, evidence, verdict))  # type: ignore[arg-type]
    known_care = {name.replace(" ", "") for name in found}
    for procedure in treatments(dialogue):
        found.pop(_SAME_CARE.get(procedure.name, ""), None)
        if procedure.name.replace(" ", "") not in known_care:
            found[procedure.name] = procedure
    return list(found.values()), rejected


def _is_taken_off(turn: Turn, mention: Mention) -> bool:
    """ "산소는 떼고": care that is running ends, and is not begun."""
    return bool(_RUNNING.search(mention.row.term) and _TAKEN_OFF.match(turn.text, mention.end))


def _is_sent_for(turn: Turn, mention: Mention) -> bool:
    """ "도수치료를 재활의학과에 의뢰할게요": what another department is asked for is part of the referral."""
    clause = turn.clause_at(mention.start)
    departments = [other for other in turn.of(Table.DEPARTMENTS) if clause.start <= other.start < clause.end]
    return bool(departments) and bool(re.search(r"의뢰|보내|넘길|상담하", turn.words(clause)))


def referrals(dialogue: Dialogue) -> list[Referral]:
    """Departments and services that the patient is sent to."""
    found: dict[str, Referral] = {}
    for turn, mention in _planned(dialogue, Table.DEPARTMENTS):
        clause = turn.clause_at(mention.start)
        sentence = turn.sentence_of(clause)
        words = turn.text[mention.end : sentence[-1].end]
        if clause.is_question or not _is_sent(turn, mention, words):
            continue
        name, term = _service(turn, mention, words), mention.row.term
        evidence = turn.evidence(clause.start, sentence[-1].end)
        known = found.get(term)
        items = tuple(dict.fromkeys((*(known.evidence if known else ()), evidence)))
        to = name.rsplit(" ", 1)[0] if not name.endswith("상담") else term
        found[term] = Referral(id="", name=known.name if known else name, to=to, evidence=items, confidence=0.85)
    return list(found.values())


def _is_sent(turn: Turn, mention: Mention, words: str) -> bool:
    """The patient is to go there now, or the service is asked for: no visit of the own clinic, no ward to be
    admitted to, nothing that depends on what is yet to come."""
    if mention.surface in _NO_SERVICES or _PAST.search(words[:14]) or _NOT_THERE.match(words):
        return False
    if not _SEND.search(words) or _NO.search(words) or _MAYBE.search(words):
        return False
    clause = turn.clause_at(mention.start)
    earlier = [other for other in turn.sentence_of(clause) if other.end <= mention.start]
    wishes = clause.link == "if" and re.search(r"시면 좋", words)
    if (clause.link == "if" and not wishes) or any(_ONLY_IF.search(turn.words(other)) for other in earlier):
        return False
    following = turn.text[turn.sentence_of(clause)[-1].end :][:_NEXT]
    at_work = re.match(r"에서\s", words) and not re.search(r"의뢰서|소견서|한번|한 번", words + following)
    return not at_work


def _service(turn: Turn, mention: Mention, words: str) -> str:
    """The service as it was called, to the start of its word ("화상외과"), and what it is asked for."""
    start = mention.start
    while start and "가" <= turn.text[start - 1] <= "힣":
        start -= 1
    said = turn.text[start : mention.end]
    if said.endswith("상담"):
        return said
    verb = "호출" if re.search(r"콜|호출|오(?:셔|신)", words) else "상담" if re.match(r"\s?상담", words) else "의뢰"
    return f"{said} {verb}"


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
    return _first_decision(turn, mention, own, sentence)


# "목 CT를 찍어야 하는데, 조영제 때문에 그건 빼고"
_LEFT_OUT = re.compile(
    r"(?:그건|그거는|그것은|그거|그게)\s(?:[가-힣]+\s){0,2}(?:빼고|빼죠|빼겠|뺄게|생략|미루|미룰|미뤄|안 (?:할|"
    r"하|찍|합))"
)


def _first_decision(turn: Turn, mention: Mention, own: Clause, sentence: list[Clause]) -> tuple[Clause, str, str]:
    before = turn.text[turn.sentence_of(own)[0].start : mention.start]
    if _ONLY_IF.search(before):
        return own, turn.words(own), "hypothetical"
    start = mention.end + (particle.end() if (particle := _PARTICLE.match(turn.text[mention.end :])) else 0)
    for clause in sentence:
        words = turn.text[max(start, clause.start) : clause.end]
        so_far = turn.text[start : clause.end]
        if clause is not own and clause.link == "if":
            break
        if is_considered(words):
            return clause, so_far, "considered"
        if _NO.search(words) or _LEFT_OUT.search(turn.text[start : sentence[-1].end]):
            return clause, so_far, "negated"
        if _MAYBE.search(so_far):
            return clause, so_far, "hypothetical"
        if _ORDER.search(words):
            return clause, turn.text[own.start : clause.end], "ordered"
    return own, turn.words(own), "none"


def _first_number(turn: Turn, mention: Mention) -> int:
    numbers = [one for one in find_numbers(turn.text) if one.start >= mention.end and one.system != "native"]
    is_value = numbers and not re.match(r"\s?(?:번|시간|일|주|달|개월|차|회)", turn.text[numbers[0].end :])
    return numbers[0].start if is_value else len(turn.text)


def _has_result(turn: Turn, mention: Mention, clause: Clause) -> bool:
    words = turn.text[mention.end : clause.end]
    if re.match(r"(?:이|가|은|는)?\s?$", turn.text[mention.end : _first_number(turn, mention)]):
        return True
    return bool(re.search(r"정상|음성|양성이|높(?:네|아|게)|낮(?:네|아|게)|소견|결과(?:는|가|도)", words))
