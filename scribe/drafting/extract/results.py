"""Results of tests that are discussed: values, and words such as 음성 or 정상."""

import re
from collections.abc import Iterable
from dataclasses import replace

from scribe.domain.entries import Evidence, LabResult
from scribe.drafting.assertion import Person, is_asked, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.analytes import Label, labels
from scribe.drafting.extract.descriptions import descriptions
from scribe.drafting.extract.home_readings import home_glucose
from scribe.drafting.extract.panels import panels
from scribe.drafting.extract.values import Told, told_values, trend
from scribe.drafting.lexicon import Table

_WORDS = (
    ("음성", r"음성|네거티브|네가티브|negative"),
    ("양성", r"양성(?=이|으로| 나|입|[,.\s]|$)|포지티브|파지티브|positive"),
    ("1+", r"(?:원|일)\s?(?:플러스|푸라스|\+)"),
    ("2+", r"(?:투|이)\s?(?:플러스|푸라스|\+)"),
    ("3+", r"(?:쓰리|삼)\s?(?:플러스|푸라스|\+)"),
    ("4+", r"(?:포|사)\s?(?:플러스|푸라스|\+)"),
    ("정상", r"정상(?![은이치]\s|범위|수치|까지)|노멀|normal"),
    ("이상 없음", r"이상(?:이|은)?\s?없|이상 소견(?:은|이)?\s?없|문제\s?(?:는|가)?\s?없"),
    ("재발 소견 없음", r"재발(?:은|이)?\s?(?:소견(?:은|이)?\s?)?없"),
    ("없음", r"(?:피|염증|단백|균|암세포)[가-힣,\s]{0,8}\s?(?:없|안 (?:나|보))"),
    ("양호", r"괜찮|좋(?:아|네|습|고)|양호"),
    ("높음", r"높(?:게|네|아|은|습|고|긴|은데|습)|올랐|올라|상승|증가"),
    ("낮음", r"낮(?:게|네|아|은|습|고|긴|은데|습)|떨어졌|떨어져|감소|줄었|부족"),
)
_CELL_WORDS = (
    ("없음", r"^(?:은|는|이|가|도)?\s?(?:안 (?:나|보)|없)"),
    ("많음", r"^(?:은|는|이|가|도)?\s?(?:많이|많|꽤)"),
    ("있음", r"^(?:은|는|이|가|도)?\s?(?:[가-힣]{1,3}\s)?(?:나왔|나오|보여|보이|있|검출)"),
)
_MICROSCOPIC = re.compile(r"^소변 (?:백혈구|적혈구)$|^균사$|^클루 셀$|^트리코모나스$")
_READING = re.compile(
    r"높|낮|올랐|올라|떨어|상승|증가|감소|줄었|부족|정상|괜찮|좋아|좋네|양호|심한|조금 나|기준|양성|음성"
)
_GOAL = re.compile(r"목표|아래로|미만|이하로|넘으면|이상이면|정상이\s|기준|넘게 나오면|보다 (?:낮|높)게")
_ORDERED = re.compile(
    r"나가고|나갈|나가|찍|해 ?보(?:죠|겠|고|자|는|시)|해 볼|하죠|할게|볼게요|봅시다|받으|예약|검사하|"
    r"검사할|다시 (?:보|하|볼|재)|하나 (?:하|찍)|"
    r"진행|내 놓|넣어|요청|하고 (?:가|오)|하시고|나오면|나와요|나올|안 하고|해야|하셔야|합시다"
)
_PLAIN_WORDS = frozenset({"정상", "양호", "이상 없음", "높음", "낮음"})
_OF_EXAM = re.compile(r"^(?:K-?)?MMSE|엠엠에스이|^CDR|^NIHSS|MoCA|모카", re.IGNORECASE)
_COORDINATED = re.compile(r"\s?(?:[,/]|이랑|랑|하고|과|와|이나|나)\s?")
_GROWN = re.compile(r"(?P<germ>[가-힣A-Za-z]+균[가-힣]*?)(?:이|가|은|는|만)?\s?(?:나왔|자랐|자라|검출|나와)")
_NOT_GROWN = re.compile(
    r"안 (?:자랐|나왔|자라)|노\s?그로스|no growth|자란 (?:건|게|균은) 없|균(?:은|이)? (?:없|안)", re.IGNORECASE
)


def results(dialogue: Dialogue) -> list[LabResult]:
    """Results that are stated in the room, the patient's own glucose readings, and answers to "…는요?"."""
    found: dict[str, LabResult] = {}
    for turn in dialogue.turns:
        if turn.is_patient_side:
            for result in (*home_glucose(dialogue, turn), *_relayed(dialogue, turn)):
                found.setdefault(result.name, result)
            continue
        for result in (*panels(turn), *_stated(turn), *_germs(turn), *_answered(dialogue, turn)):
            _keep(found, result)
    for described in descriptions(dialogue):
        known = found.get(described.name)
        if known is None or known.value in _PLAIN_WORDS:
            found[described.name] = described
    return _without_headings(found)


def _keep(found: dict[str, LabResult], result: LabResult) -> None:
    """A number before a word, the first number before a later one; what a later word says of it is kept."""
    same = [known for known in found.values() if _root(known.name) == _root(result.name)]
    known = same[0] if same else None
    if known is None:
        found[result.name] = result
    elif isinstance(known.value, str) and not isinstance(result.value, str):
        del found[known.name]
        found[result.name] = result
    elif known.interpretation is None and result.interpretation is not None:
        found[known.name] = replace(known, interpretation=result.interpretation)


def _root(name: str) -> str:
    """ "칼륨(포타슘)" and "칼륨" are one test."""
    return name.partition("(")[0] if not name.startswith("이전") else name


def _without_headings(found: dict[str, LabResult]) -> list[LabResult]:
    """A panel whose members were told ("피검사 헤모글로빈은 …") has no result of its own."""
    return [one for one in found.values() if not (_PANEL.match(one.name) and one.value in ("높음", "낮음"))]


_PANEL = re.compile(r"^(?:혈액검사|일반혈액검사|소변검사)")


def _stated(turn: Turn) -> list[LabResult]:
    found: list[LabResult] = []
    named = labels(turn)
    for position, label in enumerate(named):
        clause = turn.clause_at(max(label.start, label.end - 1))
        limit = named[position + 1].start if position + 1 < len(named) else len(turn.text)
        if (clause.is_question and turn.role != "nurse") or clause.link == "if":
            continue
        if _OF_EXAM.search(turn.text[label.start : label.end]):
            continue
        sided = "청력" in label.name and "데시벨" in turn.text
        values = [] if label.is_picture or sided else told_values(turn, label, limit)
        if values:
            found += [_numeric(turn, label, told, limit) for told in values]
        elif not sided and (worded := _worded(turn, named, position) or _in_next_sentence(turn, label)):
            found += [worded, *_organs(turn, label, worded)]
    return found


def _numeric(turn: Turn, label: Label, told: Told, limit: int) -> LabResult:
    clause = turn.clause_at(label.start)
    at = turn.clause_at(told.number.start)
    start = at.start if told.when else min(clause.start, at.start)
    stop = min(limit, turn.sentence_of(at)[-1].end)
    reading = None if told.when else (trend(turn, label, told) or _interpretation(turn.text[told.end : stop]))
    return LabResult(
        id="",
        name=f"{told.when} {label.name}".strip(),
        value=told.value,
        unit=told.unit,
        interpretation=told.when or reading,
        evidence=(turn.evidence(start, turn.clause_at(max(told.end - 1, at.start)).end),),
        confidence=0.8 if told.when else 0.9,
    )


def _interpretation(tail: str) -> str | None:
    if not _READING.search(tail) or _GOAL.search(tail[:14]):
        return None
    return next((word for word, pattern in _WORDS if re.search(pattern, tail)), None)


_STOP = re.compile(r"[.?!]|$")


def _worded(turn: Turn, named: list[Label], position: int) -> LabResult | None:
    """A result in words; of tests named together ("AST, ALT 다 정상") what is said of the last holds for all."""
    label = named[position]
    clause = turn.clause_at(max(label.start, label.end - 1))
    last = label
    for other in named[position + 1 :]:
        between = turn.text[last.end : other.start]
        is_pair = between == " " and turn.text[last.start : last.end].endswith(("수치", "기능"))
        if not (is_pair or _COORDINATED.fullmatch(between)):
            break
        last = other
    end = turn.clause_at(max(last.start, last.end - 1)).end
    if turn.text[last.end : end].strip() in ("다", "모두", "전부", ""):
        stop = _STOP.search(turn.text, last.end)
        end = stop.end() if stop else end
    words = turn.text[last.end : end]
    is_heading = last is label and _is_heading(turn, named, label, clause)
    if is_heading or not _is_plain_report(words):
        return None
    table = _CELL_WORDS if _MICROSCOPIC.search(label.name) else _WORDS
    said = next((word for word, pattern in table if re.search(pattern, words)), None)
    if "배양" in label.name:
        grown = _GROWN.search(words)
        said = "음성" if _NOT_GROWN.search(words) else f"{grown['germ']} 검출" if grown else said
    if said is None or (label.is_picture and said in ("높음", "낮음", "없음")):
        return None
    evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, end),)
    return LabResult(id="", name=label.name, value=said, interpretation=said, evidence=evidence, confidence=0.8)


_DONE = re.compile(r"^\s?(?:부터|도|는|은|를|을)?\s?(?:먼저\s)?(?:했|나왔|봤|결과)")


def _in_next_sentence(turn: Turn, label: Label) -> LabResult | None:
    """ "임신 검사부터 했어요. 음성이에요.": the test is said to be done, and the next sentence is its result."""
    clause = turn.clause_at(max(label.start, label.end - 1))
    end = turn.sentence_of(clause)[-1].end
    after = next((other for other in turn.clauses if other.start >= end), None)
    if after is None or after.is_question or not _DONE.match(turn.text[label.end : end]):
        return None
    words = re.sub(r"^\s*(?:다행히\s)?(?:다\s)?", "", turn.words(after))
    said = next((word for word, pattern in _WORDS[:7] if re.match(pattern, words)), None)
    if said is None:
        return None
    evidence = (turn.evidence(clause.start, after.end),)
    return LabResult(id="", name=label.name, value=said, interpretation=said, evidence=evidence, confidence=0.8)


# "사십만이 정상": what is normal, not what was found
_REFERENCE = re.compile(r"[일이삼사오육칠팔구십백천만\d]\s?(?:이|가|까지|까지가|미만이|이하가)\s?정상|정상[은이치]\s")
_SUPPOSED = re.compile(
    r"나오면|이면|아니면|는 게 좋|보는 게|하면|안 하고|"
    r"[아어해여높낮]도(?=[\s,]|$)|라도|떨어지면|오르면|올라요|으로도|으니 이번"
)


def _is_plain_report(words: str) -> bool:
    plan = _ORDERED.search(words) and not re.search(r"음성|양성|정상", words)
    supposed = _SUPPOSED.search(words) or _REFERENCE.search(words)
    return not plan and not supposed and len(words) <= 45


def _is_heading(turn: Turn, named: list[Label], label: Label, clause: Clause) -> bool:
    """ "피검사에서 크레아티닌 …", "콩팥 수치는 eGFR이 칠십팔로": the result is that of the test named after it."""
    later = [other for other in named if label.end <= other.start < clause.end]
    heads = re.match(r"\s?(?:에서는?|에는|은|는|도|로는?|(?=[가-힣A-Za-z]))\s?", turn.text[label.end :])
    return bool(later and heads)


_ORGANS = re.compile(r"(?<![가-힣])(간|콩팥|신장|갑상선)(?:이랑|하고|과|와|랑|,)\s?$")


def _organs(turn: Turn, label: Label, result: LabResult) -> list[LabResult]:
    """ "간이랑 콩팥 수치는 정상": the first of two organs whose numbers are named together."""
    first = _ORGANS.search(turn.text[: label.start])
    noun = re.search(r"(수치|기능)", turn.text[label.start : label.end])
    return [replace(result, name=f"{first.group(1)} {noun.group(1)}")] if first and noun else []


def _germs(turn: Turn) -> list[LabResult]:
    """ "독감이랑 코로나는 음성이에요": a disease said for its test."""
    found: list[LabResult] = []
    for mention in turn.of(Table.DIAGNOSES):
        clause = turn.clause_at(mention.start)
        said = re.search(r"음성|양성(?=이|으로| 나|입)|네거티브|포지티브", turn.text[mention.end : clause.end])
        if said and not mention.nested and not is_asked(clause) and clause.link != "if":
            evidence = (turn.evidence(clause.start, clause.end),)
            name = f"{mention.surface} 검사"
            value = {"네거티브": "음성", "포지티브": "양성"}.get(said.group(), said.group())
            found.append(
                LabResult(id="", name=name, value=value, interpretation=value, evidence=evidence, confidence=0.8)
            )
    return found


def _answered(dialogue: Dialogue, turn: Turn) -> Iterable[LabResult]:
    """The answer to a clinician's question for a result: "단백뇨는?" – "음성이요", "비에스티는?" – "네, 백팔이요"."""
    label, question, at = _asked_for(dialogue, turn)
    if label is None or question is None or turn.role != "nurse":
        return []
    return _answer(turn, label, question, at)


def _asked_for(dialogue: Dialogue, turn: Turn) -> tuple[Label | None, Turn | None, int]:
    """The test that the clinician's last sentence asks for, directly before this turn."""
    before = dialogue.turns[turn.index - 1] if turn.index else None
    if before is None or before.role != "clinician" or not before.clauses[-1].is_question:
        return None, None, 0
    named = labels(before)
    if not named:
        return None, None, 0
    label = named[-1]
    clause = before.clause_at(label.start)
    asked = before.text[clause.start :]
    is_last = clause.is_question and before.clauses[-1].sentence - clause.sentence <= 1
    wants = re.search(r"는\?|은\?|는요|은요|얼마|어떻게 (?:나|됐)|몇|나왔|쟀|재 봤|결과", asked)
    return (label, before, clause.start) if is_last and wants else (None, None, 0)


def _answer(turn: Turn, label: Label, question: Turn, at: int) -> list[LabResult]:
    first = turn.sentence_of(turn.clauses[0])
    opening = re.match(r"[\s,.]*(?:(?:네|예|아|음|어|그거)[\s,.]+)*", turn.text)
    begin = opening.end() if opening else 0
    anchor = Label(begin, begin, label.name, label.category, label.unit, label.mention)
    named = labels(turn)
    limit = min([other.start for other in named] + [len(turn.text)])
    asked = question.evidence(at, question.clauses[-1].end)
    values = told_values(turn, anchor, limit)
    if values:
        told = [_numeric(turn, anchor, one, limit) for one in values]
        return [replace(one, evidence=(asked, *one.evidence)) for one in told]
    words = turn.text[begin : min(first[-1].end, limit)]
    said = next((word for word, pattern in _WORDS[:6] if re.match(pattern, words)), None)
    if said is None and re.match(r"정상|괜찮|이상\s?없", words):
        said = "정상"
    if said is None:
        return []
    evidence = (asked, turn.evidence(begin, first[-1].end))
    return [LabResult(id="", name=label.name, value=said, interpretation=said, evidence=evidence, confidence=0.8)]


_ELSEWHERE = re.compile(
    r"검사|검진|병원|응급실|보건소|피\s?뽑|래요|이래|랬|그랬|나왔|나오|였어|이었어|라고|라던데|라데|구먼|라카|라 카"
)


def _relayed(dialogue: Dialogue, turn: Turn) -> Iterable[LabResult]:
    """A result that the patient's side tells: "작년 검진에서 공복 혈당이 백십오래요"."""
    label, question, at = _asked_for(dialogue, turn)
    if label is not None and question is not None and not label.is_picture and "혈당" not in label.name:
        told = [one for one in _answer(turn, label, question, at) if isinstance(one.value, float | int)]
        if told:
            return [replace(one, name=label.name, confidence=0.7) for one in told]
    return list(_own_words(dialogue, turn))


def _own_words(dialogue: Dialogue, turn: Turn) -> Iterable[LabResult]:
    named = labels(turn)
    for position, label in enumerate(named):
        clause = turn.clause_at(label.start)
        limit = named[position + 1].start if position + 1 < len(named) else len(turn.text)
        told_elsewhere = _ELSEWHERE.search(turn.text)
        own = whose(dialogue, turn, label.start).person is Person.PATIENT
        if (rest := _all_normal(turn, named, position)) and told_elsewhere and own:
            yield rest
            continue
        if label.category not in ("lab", "function") or not told_elsewhere or not own or is_asked(clause):
            continue
        if re.search(r"^자가|^간이", label.name):
            continue
        for told in [one for one in told_values(turn, label, limit) if not isinstance(one.value, str)][:1]:
            result = _numeric(turn, label, replace(told, when=""), limit)
            yield replace(result, interpretation=told.when or None, confidence=0.7)


_JOINED = re.compile(r"[\s,?]*(?:이랑|랑|하고|과|와|도|,)?[\s,?]*")
_NORMAL_AFTER = re.compile(
    r"(?:은|는|도|가|이)?[\s,?]*(?:(?:그런|이런)\s?(?:거|건|것)\s?)?(?:은|는|도)?\s?"
    r"(?:결과(?:는|도)?\s?)?(?:다|전부|모두)?\s?(?:정상|괜찮|이상\s?없)"
)


def _all_normal(turn: Turn, named: list[Label], position: int) -> LabResult | None:
    """ "심전도랑 피검사, 엑스레이 다 정상이래요": tests named in a row of which the last is said to be normal."""
    last = position
    while last + 1 < len(named) and _JOINED.fullmatch(turn.text[named[last].end : named[last + 1].start]):
        last += 1
    said = _NORMAL_AFTER.match(turn.text, named[last].end)
    if said is None:
        return None
    label = named[position]
    clause = turn.clause_at(said.end() - 1)
    evidence = (turn.evidence(label.start, clause.end),)
    return LabResult(id="", name=label.name, value="정상", interpretation="정상", evidence=evidence, confidence=0.7)
