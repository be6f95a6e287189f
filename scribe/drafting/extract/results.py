"""Results of tests that are discussed: values, and words such as 음성 or 정상."""

import re
from dataclasses import replace

from scribe.domain.entries import Evidence, LabResult
from scribe.drafting.assertion import Person, is_asked, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.descriptions import descriptions
from scribe.drafting.extract.wording import display
from scribe.drafting.lexicon import Table
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import find_quantities, written
from scribe.drafting.terms import Mention

_WORDS = (
    ("음성", r"음성"),
    ("양성", r"양성(?:이|으로| 나|입)"),
    ("정상", r"정상(?!이 [삼이칠팔구\d])"),
    ("이상 없음", r"이상(?:이|은)?\s?없|이상 소견(?:은|이)?\s?없"),
    ("재발 소견 없음", r"재발(?:은|이)?\s?(?:소견(?:은|이)?\s?)?없"),
    ("양호", r"괜찮|좋(?:아|네|습)|양호"),
    ("높음", r"높(?:게|네|아|은|습|고|긴|은데)|올랐|올라|상승|증가"),
    ("낮음", r"낮(?:게|네|아|은|습|고|긴|은데)|떨어졌|떨어져|감소|줄었|부족"),
)
_READING = re.compile(r"높|낮|올랐|올라|떨어|상승|증가|감소|줄었|부족|정상|괜찮|좋아|좋네|양호|심한|조금 나|기준")
_GOAL = re.compile(r"목표|아래로|미만|이하로|넘으면|이상이면|정상이\s|기준|넘게 나오면|보다 (?:낮|높)게")
_EARLIER = re.compile(r"지난번|저번|전에는|작년|수술 전|예전")
_ORDERED = re.compile(
    r"나가고|나갈|나가|찍|해 ?보(?:죠|겠|고|자|는|시)|해 볼|하죠|할게|볼게요|봅시다|받으|예약|검사하|"
    r"검사할|다시 (?:보|하|볼)|하나 (?:하|찍)|"
    r"진행|내 놓|넣어|요청|하고 (?:가|오)|하시고|나오면|나와요|나올"
)
_GLUCOSE = "자가혈당"
_PLAIN_WORDS = frozenset({"정상", "양호", "이상 없음"})


def results(dialogue: Dialogue) -> list[LabResult]:
    """Results that the physician or the nurse states, and the patient's own glucose readings."""
    found: dict[str, LabResult] = {}
    for turn in dialogue.turns:
        if turn.is_patient_side:
            for result in _home_glucose(dialogue, turn):
                found.setdefault(result.name, result)
            continue
        for result in (*_stated(turn), *_germs(turn)):
            known = found.get(result.name)
            if known is None or (isinstance(known.value, str) and not isinstance(result.value, str)):
                found[result.name] = result
            elif known.interpretation is None and result.interpretation is not None:
                found[result.name] = replace(known, interpretation=result.interpretation)
    for described in descriptions(dialogue):
        known = found.get(described.name)
        if known is None or known.value in _PLAIN_WORDS:
            found[described.name] = described
    return list(found.values())


def _tests(turn: Turn) -> list[Mention]:
    tests = [mention for mention in turn.of(Table.TESTS, Table.VITALS) if not mention.nested]
    tests = [
        test for test in tests if test.table is Table.TESTS or (test.row.term.endswith("혈당") and "혈당" in test.form)
    ]
    return [
        mention
        for mention in tests
        if not any(
            o is not mention
            and o.start <= mention.start
            and mention.end <= o.end
            and o.end - o.start > mention.end - mention.start
            for o in tests
        )
    ]


def _stated(turn: Turn) -> list[LabResult]:
    found: list[LabResult] = []
    numbers = find_numbers(turn.text)
    tests = _tests(turn)
    for position, mention in enumerate(tests):
        clause = turn.clause_at(max(mention.start, mention.end - 1))
        if (clause.is_question and not turn.words(clause).rstrip().endswith(("요?", "죠?"))) or clause.link == "if":
            continue
        limit = tests[position + 1].start if position + 1 < len(tests) else len(turn.text)
        number = _value(turn, mention, numbers, limit)
        if number is not None:
            found.append(_numeric(turn, mention, clause, number))
            found += _earlier(turn, mention, numbers, limit)
        elif (worded := _worded(turn, mention, clause)) is not None:
            found += [worded, *_organs(turn, mention, worded)]
    return found


def _value(turn: Turn, mention: Mention, numbers: tuple[Number, ...], limit: int) -> Number | None:
    for number in numbers:
        if number.start < mention.end or number.start >= limit:
            continue
        since = max([mention.end, *(n.end for n in numbers if mention.end <= n.start < number.start)])
        if _EARLIER.search(turn.text[since : number.start]):
            continue
        between = turn.text[turn.clause_at(since).end if since > mention.end else mention.end : number.start]
        plain = re.fullmatch(
            r"(?:\s?(?:수치|점수|결과|검사|값))?\s?(?:은|는|이|가|도|을|를|:)?[\s,]*(?:지금|오늘|이번에|"
            r"이번엔|현재|한|지금은|수술 전에|"
            r"조금|보니까|에서|로)?[\s,]*",
            between,
        )
        if not plain or number.system == "native" or number.high is not None:
            return None
        after = turn.text[number.end : number.end + 8]
        if re.match(
            r"\s?(?:개월|달|주|일(?!이)|번|년|시간|밀리(?!미)|아래|미만|이하|넘으면|이상|기준|천이나)", after
        ) and not re.match(r"\s?번 문항", after):
            return None
        if number.is_single_syllable and not re.match(r"\s?(?:점|이|예요|에요|으로|로|[.,])", after):
            continue
        return number
    return None


def _numeric(turn: Turn, mention: Mention, clause: Clause, number: Number) -> LabResult:
    end = turn.clause_at(number.end - 1).end
    units = [quantity.unit for quantity in find_quantities(turn.text) if quantity.start == number.start]
    tail = turn.text[number.end : turn.sentence_of(clause)[-1].end]
    reading = _interpretation(tail)
    return LabResult(
        id="",
        name=display(mention),
        value=number.value,
        unit=units[0] if units else None,
        interpretation=reading,
        evidence=(turn.evidence(clause.start, end),),
        confidence=0.9,
    )


def _interpretation(tail: str) -> str | None:
    if not _READING.search(tail) or _GOAL.search(tail[:14]):
        return None
    return next((word for word, pattern in _WORDS if re.search(pattern, tail)), None)


def _earlier(turn: Turn, mention: Mention, numbers: tuple[Number, ...], limit: int) -> list[LabResult]:
    """ "지난번엔 칠 점 일이었는데": the earlier value of the same test, under its own name."""
    for number in numbers:
        if not mention.end < number.start < limit:
            continue
        before = turn.text[max(mention.end, number.start - 8) : number.start]
        when = re.search(r"(?P<when>지난번|저번|(?:수술|치료|약 먹기|시술) 전|전)(?:에)?[가-힣]{0,3}\s?$", before)
        if when and not number.is_single_syllable:
            operated = when["when"] if "전" in when["when"] and " " in when["when"] else ""
            clause = turn.clause_at(number.start)
            evidence = (turn.evidence(clause.start, clause.end),)
            return [
                LabResult(
                    id="",
                    name=f"{operated or '이전'} {display(mention)}",
                    value=number.value,
                    interpretation=operated or "지난번",
                    evidence=evidence,
                    confidence=0.8,
                )
            ]
    return []


def _worded(turn: Turn, mention: Mention, clause: Clause) -> LabResult | None:
    words = turn.text[mention.end : clause.end]
    if _is_heading(turn, mention, clause):
        return None
    if (_ORDERED.search(words) and not re.search(r"음성|양성|정상", words)) or len(words) > 45:
        return None
    said = next((word for word, pattern in _WORDS if re.search(pattern, words)), None)
    if said is None or re.search(r"나오면|이면|아니면|는 게 좋|보는 게|하면", words):
        return None
    evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, clause.end),)
    return LabResult(id="", name=display(mention), value=said, interpretation=said, evidence=evidence, confidence=0.8)


def _is_heading(turn: Turn, mention: Mention, clause: Clause) -> bool:
    """ "피검사에서 크레아티닌 …", "콩팥 수치는 eGFR이 칠십팔로": the result is that of the test named after it."""
    later = [test for test in _tests(turn) if mention.end <= test.start < clause.end]
    heads = re.match(r"\s?(?:에서는?|에는|은|는)\s", turn.text[mention.end :])
    return bool(later and heads)


_ORGANS = re.compile(r"(?<![가-힣])(간|콩팥|신장|갑상선)(?:이랑|하고|과|와|랑|,)\s?$")


def _organs(turn: Turn, mention: Mention, result: LabResult) -> list[LabResult]:
    """ "간이랑 콩팥 수치는 정상": the first of two organs whose numbers are named together."""
    first = _ORGANS.search(turn.text[: mention.start])
    noun = re.search(r"(수치|기능)", mention.surface)
    return [replace(result, name=f"{first.group(1)} {noun.group(1)}")] if first and noun else []


def _germs(turn: Turn) -> list[LabResult]:
    """ "독감이랑 코로나는 음성이에요": a disease said for its test."""
    found: list[LabResult] = []
    for mention in turn.of(Table.DIAGNOSES):
        clause = turn.clause_at(mention.start)
        said = re.search(r"음성|양성(?=이|으로| 나|입)", turn.text[mention.end : clause.end])
        if said and not mention.nested and not is_asked(clause) and clause.link != "if":
            evidence = (turn.evidence(clause.start, clause.end),)
            name = f"{mention.surface} 검사"
            value = said.group()
            found.append(
                LabResult(id="", name=name, value=value, interpretation=value, evidence=evidence, confidence=0.8)
            )
    return found


def _home_glucose(dialogue: Dialogue, turn: Turn) -> list[LabResult]:
    """Glucose that the patient measured: a value, or a range as "140–160"."""
    question = dialogue.question_before(turn)
    asked = question is not None and bool(re.search(r"혈당|당(?:은|이) (?:얼마|어떻)", question.text))
    if (not asked and not re.search(r"혈당|재면|재도", turn.text)) or whose(
        dialogue, turn, 0
    ).person is not Person.PATIENT:
        return []
    if not asked and not any(
        "혈당" in other.text or "당화" in other.text
        for other in dialogue.turns[max(0, turn.index - 2) : turn.index + 1]
    ):
        return []
    numbers = [n for n in find_numbers(turn.text) if 40 <= n.value <= 600 and n.system != "native" and n.high is None]
    numbers = [
        n
        for n in numbers
        if not re.match(r"\s?(?:일|주|분|시간|킬로|밀리|번|에\s[일이삼사오육칠팔구십백])", turn.text[n.end :])
    ]
    if not numbers:
        return []
    clause = turn.clause_at(numbers[0].start)
    first = numbers[0]
    value: float | str = first.value
    if len(numbers) > 1 and re.fullmatch(r"에서\s?|,\s?|이나\s?|~", turn.text[first.end : numbers[1].start]):
        value = f"{written(first.value)}–{written(numbers[1].value)}"
    elif re.match(r"\s?(?:좀\s)?넘", turn.text[first.end :]):
        return []
    evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, clause.end),)
    if question is not None and asked:
        at = question.clause_at(question.text.index("혈당") if "혈당" in question.text else 0)
        evidence = (question.evidence(at.start, at.end), *evidence)
    name = "자가 식후 혈당" if question is not None and "식후" in question.text else _GLUCOSE
    return [LabResult(id="", name=name, value=value, evidence=evidence, confidence=0.75)]
