"""Measurements that are read aloud by their name: "맥박 백사, 새츄 룸에어 구십육, 몸무게 칠십일 점 오"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.domain.entries import Evidence, Vital
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import Quantity, find_pressures, find_quantities

GUESSED = 0.5  # read from words that a recogniser got wrong


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of measurement: how it is called, its unit (UCUM) and the values that can be."""

    name: str
    unit: str
    called: re.Pattern[str]
    low: float
    high: float


def _measure(name: str, unit: str, called: str, low: float, high: float) -> Measure:
    return Measure(name, unit, re.compile(rf"(?<![가-힣A-Za-z])(?:{called})(?![A-Za-z])"), low, high)


_MEASURES = (
    _measure(
        "태아 심박수", "/min", r"(?:태아|아기|애기)\s?심(?:박동?수?|장\s?박동수?|음)|FHR|FHT|에프에이치알", 50, 240
    ),
    _measure("맥박", "/min", r"맥박수?|심박동?수?|심장\s?박동수?|펄스|하트\s?레이트|HR|PR|에이치알|피알", 20, 250),
    _measure("호흡수", "/min", r"호흡\s?(?:횟수|수)?(?!기)|분당 호흡|RR|알알|레스피레이션(?:\s?레이트)?", 4, 90),
    _measure(
        "산소포화도",
        "%",
        r"산소\s?포화도?|포화도|[새사세][츄추처쳐](?:레이션)?|O2\s?sat|SpO2|SPO2|SaO2|스포투|에스피오투|산소\s?(?:수치|농도)|산소",
        40,
        100,
    ),
    _measure("체온", "Cel", r"체온|BT|비티|템프|템퍼러처|열(?=[은이도]?[\s,])", 33, 43),
    _measure("체중", "kg", r"체중|몸무게|BW|바디\s?웨이트|웨이트", 0.4, 300),
    _measure("신장", "cm", r"키|신장(?=이|은|\s)", 30, 230),
    _measure("체질량지수", "kg/m2", r"BMI|비엠아이|체질량\s?지수|비만도", 8, 80),
    _measure("머리둘레", "cm", r"머리\s?둘레|두위", 20, 70),
    _measure("허리둘레", "cm", r"(?:허리|배|복부)\s?둘레", 30, 200),
    _measure("통증 점수", "{score}", r"NRS|VAS|엔알에스|통증\s?(?:점수|척도)", 0, 10),
    _measure("평균동맥압", "mm[Hg]", r"MAP|평균\s?동맥압|평균\s?혈압", 20, 230),
    _measure("중심정맥압", "cm[H2O]", r"CVP|씨브이피|중심\s?정맥압", -5, 40),
)
_PULSE_OF_PART = re.compile(r"(?:발등|발|손목|말초|요골|족배|대퇴|경동맥)\s?$")
_UNBORN = re.compile(r"양수|추정 체중|역아|태동|태아|아기 (?:머리|크기)")
_NO_PULSE_OF_ADULT = re.compile(r"(?:태아|아기|애기)\s?$")
EARLIER = re.compile(
    r"지난\s?(?:번|외래|진료|방문|검진|입원)|지난달|지난주|저번|전에는|"
    r"예전|작년|재작년|원래|수술 전|평소|어제|그저께|그제|전날|"
    r"입원\s?(?:때|당시|하실|할|시)|임신 전|태어|낳을|퇴원"
)
LATER = re.compile(
    r"넘으면|넘거나|넘게|넘어도|넘어가면|이상(?:이면| 오르| 나)|이하(?:면|로)|목표|아래로|미만|떨어지면|되면|오르면|"
    r"올라가면|일 때|안 넘|이면|나오면|밑(?:이|으로)|보다 (?:낮|높)"
)
_FOREIGN = re.compile(r"괜찮|없(?:고|는데)|좋(?:고|은데)|정상|기준|목표|약|처방|드릴|주시|맞추|유지")
_TIME_AFTER = re.compile(
    r"\s?(?:분|초|시(?!\s?도)|시간|일(?![\s,.]|이|점)|주(?!면)|달|개월|년|번째|살|세(?!요)|리터|L|차|층|호)"
)
_RATE_AFTER = re.compile(r"\s?(?:회|번)")
_BASELINES = (
    (re.compile(r"입원\s?(?:때|당시|할 때|하실 때|하셨을 때|시)"), "입원 때"),
    (re.compile(r"임신\s?(?:전|하기 전|하시기 전)"), "임신 전"),
    (re.compile(r"태어(?:날|났을|나셨을) 때|낳을 때|낳았을 때|출생\s?(?:때|시|당시)?"), "출생"),
)
_POSTURES = (
    (re.compile(r"일어서|일어나|서서|세워|세우|기립|스탠딩|선 (?:상태|자세)"), "기립"),
    (re.compile(r"앉히|앉은|앉혀"), "앉은"),
    (re.compile(r"누워|누운|눕|앙와위|앉아|앉으|수파인"), ""),
)
_WHEN = re.compile(r"(새벽|간밤|밤|어젯밤|어제|아침|낮|저녁|오전|오후)")
_BEFORE_FAR = 30


def labelled(dialogue: Dialogue, turn: Turn) -> list[Vital]:
    """The measurements that a clinician's or a nurse's turn names, each with the value that held in the end."""
    hits = _hits(turn)
    numbers = find_numbers(turn.text)
    found: list[Vital] = []
    for position, (start, end, measure) in enumerate(hits):
        limit = hits[position + 1][0] if position + 1 < len(hits) else len(turn.text)
        limit = min([limit, *(test.start for test in turn.of(Table.TESTS) if test.start >= end)])
        reading = _reading(turn, start, end, limit, measure, numbers)
        if reading is not None:
            found.append(_vital(turn, measure, reading, _posture(turn, start)))
    found = [*_distinct(found), *_of_eyes(turn, numbers)]
    names = {vital.name for vital in found}
    if "체온" not in names:
        found += _bare_temperatures(turn)
    if turn.role == "nurse" and "체중" not in names:
        found += _bare_weight(turn)
    return [*found, *_baselines(turn, hits, numbers), *_answered(dialogue, turn, numbers, bool(found))]


def unclear(turn: Turn) -> bool:
    """Whether a measurement was named whose number can be read in two ways ("맥박 칠십이요": 70 or 72)."""
    if turn.role not in ("clinician", "nurse"):
        return False
    return any(pressure.is_unclear for pressure in find_pressures(turn.text)) or any(
        number.other is not None and any(end <= number.start <= end + _BEFORE_FAR for _, end, _ in _hits(turn))
        for number in find_numbers(turn.text)
    )


def _hits(turn: Turn) -> list[tuple[int, int, Measure]]:
    """Where measurements are named, the longer name before the shorter."""
    found: list[tuple[int, int, Measure]] = []
    for measure in _MEASURES:
        for match in measure.called.finditer(turn.text):
            before = turn.text[: match.start()]
            elsewhere = _PULSE_OF_PART.search(before) or _NO_PULSE_OF_ADULT.search(before) or _UNBORN.search(turn.text)
            if measure.name == "맥박" and elsewhere:
                continue
            if not any(start < match.end() and match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), measure))
    return sorted(found, key=lambda hit: hit[0])


def _reading(
    turn: Turn, start: int, end: int, limit: int, measure: Measure, numbers: tuple[Number, ...]
) -> Quantity | None:
    """The last value told of the measure up to ``limit``, within the sentence; None where none or not surely one."""
    clause = turn.clause_at(start)
    quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    limit = min(limit, _sentence_end(turn, clause, end, measure, quantities))
    kept: Quantity | None = None
    position = end
    for number in numbers:
        if not position <= number.start < limit:
            continue
        between = turn.text[position : number.start]
        if _is_other_quantity(turn, number, quantities.get(number.start), measure):
            continue
        value = _value(turn, number, quantities.get(number.start), measure)
        follows = bool(_FOLLOWS.match(between)) if kept else len(between) <= _BEFORE_FAR
        if (
            value is None
            or not follows
            or _FOREIGN.search(between)
            or EARLIER.search(turn.text[position : number.start])
        ):
            if kept is None and value is not None:
                return None
            continue
        kept, position = value, value.end
    if kept is None or EARLIER.search(turn.text[max(0, start - 8) : start]):
        return None
    at = turn.clause_at(kept.start)
    if at.is_question or at.link == "if" or LATER.search(turn.text[start : kept.end + 12]):
        return None
    return kept


def _sentence_end(turn: Turn, clause: Clause, named: int, measure: Measure, quantities: dict[int, Quantity]) -> int:
    """The end of the sentence; of the next one where it begins with a value in the unit of what was just named."""
    end = turn.sentence_of(clause)[-1].end
    own = [start for start in quantities if named <= start < end]
    after = [quantity for start, quantity in quantities.items() if start >= end and not turn.text[end:start].strip()]
    if end < len(turn.text) and _MEASURED_AGAIN.match(turn.text, end):
        return turn.sentence_of(turn.clause_at(end))[-1].end
    asks_oneself = end - named <= 16 and not own and after and after[0].unit == measure.unit
    return turn.sentence_of(turn.clause_at(after[0].start))[-1].end if asks_oneself else end


# how the value that a reading went on to is told: "구십에서 구십육으로", "구십칠이었는데 아침에 떼고 구십사"
_FOLLOWS = re.compile(
    r"(?:이|도|프로|퍼센트|킬로|회|번)?\s?(?:에서|이었는데|였는데|이었다가|였다가|이다가|이더니|까지[가-힣\s]*(?:다가|는데)|나왔다가|나오다가)"
    r"[가-힣\s,]*$|"
    r"[이요도씨프로,.…\s]*(?:아니다?|아|어|음|잠깐|잠시)[^?!]{0,16}?(?:다시|재|쟀|세|셌)[^?!]{0,12}\s$|"
    r"[이요도씨프로,.…\s]*아니다?[\s,.…]+$"
)
_MEASURED_AGAIN = re.compile(
    r"\s*(?:아니?|어|음|잠깐만요|잠시만요)?[\s,.…]*[가-힣\s]{0,8}다시\s?(?:재|쟀|세|셌|측정|확인)"
)


def _is_other_quantity(turn: Turn, number: Number, quantity: Quantity | None, measure: Measure) -> bool:
    """A time, a flow of oxygen or the like that stands between the name and the value."""
    if _TIME_AFTER.match(turn.text, number.end) and not (quantity and quantity.unit == measure.unit):
        return True
    is_length = measure.unit == "cm" and quantity is not None and quantity.unit == "m"
    return quantity is not None and quantity.unit != measure.unit and not is_length


def _value(turn: Turn, number: Number, quantity: Quantity | None, measure: Measure) -> Quantity | None:
    is_named = quantity is not None and quantity.unit == measure.unit
    value = quantity.value if quantity is not None and is_named else number.value
    end = quantity.end if quantity is not None and is_named else number.end
    is_sure = number.high is None and (number.other is None or is_named)
    if not is_sure or not measure.low <= value <= measure.high or not (is_named or _is_plain(turn, number, measure)):
        return None
    return Quantity(number.start, end, value, measure.unit)


def _is_plain(turn: Turn, number: Number, measure: Measure) -> bool:
    """Whether a number without its unit can be a value of the measure."""
    after = turn.text[number.end :]
    rates = bool(_RATE_AFTER.match(after))
    if (rates and measure.unit != "/min") or re.match(r"\s?에\s?(?=[일이삼사오육칠팔구십백\d])", after):
        return False
    if number.system == "native" and (measure.unit not in ("/min", "{score}") or (number.value < 10 and not rates)):
        return False
    if measure.name == "체온":
        return "점" in turn.text[number.start : number.end] or "." in turn.text[number.start : number.end]
    return measure.name != "통증 점수" or bool(re.match(r"\s?점|으?로|[\s,.]|이", after))


def _posture(turn: Turn, position: int) -> str:
    """The posture told before the name in its sentence: "앉히니까 … 맥박 백삼십"."""
    sentence = turn.sentence_of(turn.clause_at(position))
    last: tuple[int, str] = (-1, "")
    for pattern, label in _POSTURES:
        for match in pattern.finditer(turn.text, sentence[0].start, position):
            last = max(last, (match.start(), label))
    return last[1]


def _vital(turn: Turn, measure: Measure, reading: Quantity, label: str = "", confidence: float = 0.95) -> Vital:
    name = f"{label} {measure.name}" if label and measure.name == "맥박" else measure.name
    clause = turn.clause_at(reading.start)
    return Vital(
        id="",
        name=name,
        value=reading.value,
        unit=measure.unit,
        evidence=(turn.evidence(clause.start, turn.clause_at(reading.end - 1).end),),
        confidence=confidence,
    )


def _distinct(found: list[Vital]) -> list[Vital]:
    """The last value of each name within the turn."""
    return list({vital.name: vital for vital in found}.values())


def _called(name: str) -> Measure:
    return next(measure for measure in _MEASURES if measure.name == name)


def _bare_temperatures(turn: Turn) -> list[Vital]:
    """Temperatures told without their name, by the nurse or just after measuring ("새벽에 삼십칠 점 구까지 …").

    A misheard fraction leaves a whole number ("37도 발"): on recognised text that is no temperature.
    """
    among_others = turn.is_recognised and re.search(r"맥박|혈압|호흡수", turn.text)
    measuring = re.search(r"재 ?(?:볼|보|드릴|겠)", turn.text)
    if turn.role != "nurse" and not among_others and not measuring:
        return []
    found: list[Vital] = []
    for reading in temperatures(turn):
        clause = turn.clause_at(reading.start)
        words = turn.sentence_text(clause)
        if clause.is_question or LATER.search(words) or EARLIER.search(turn.words(clause)):
            continue
        if turn.is_recognised and reading.value == int(reading.value):
            continue
        confidence = GUESSED if among_others else 0.8
        highest = re.match(r"\s?도?\s?(?:\S{1,2}\s부)?까지", turn.text[reading.end :])
        vital = _vital(turn, _called("체온"), reading, confidence=confidence)
        if highest:
            when = _WHEN.search(turn.text, max(0, clause.start - 12), reading.start)
            vital = _renamed(vital, f"{when.group(1)} 최고 체온" if when else "최고 체온")
        found.append(vital)
    return _distinct(found) if not turn.is_recognised or len(found) == 1 else []


def _renamed(vital: Vital, name: str) -> Vital:
    return Vital(
        id="", name=name, value=vital.value, unit=vital.unit, evidence=vital.evidence, confidence=vital.confidence
    )


def temperatures(turn: Turn) -> Iterator[Quantity]:
    """Degrees, and decimals without any unit that only a temperature can be, where no other measure was named."""
    hits = [hit for hit in _hits(turn) if hit[2].name != "체온"]
    quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    for number in find_numbers(turn.text):
        quantity = quantities.get(number.start)
        if quantity is not None and quantity.unit == "Cel":
            yield quantity
        elif quantity is None and "점" in turn.text[number.start : number.end] and 34 <= number.value <= 42.5:
            named = any(number.start - 16 <= end <= number.start for _, end, _ in hits)
            if not named and re.match(r"\s?(?:까지|이?[요에예였]|으로|인데|[,.]|나|이고)", turn.text[number.end :]):
                yield Quantity(number.start, number.end, number.value, "Cel")


def _bare_weight(turn: Turn) -> list[Vital]:
    """A weight that the nurse has just measured: "방금 쟀는데 십이 점 사 킬로예요"."""
    weights = [quantity for quantity in find_quantities(turn.text) if quantity.unit == "kg"]
    if len(weights) != 1 or not re.search(r"쟀|재 ?보|재니", turn.text):
        return []
    return [_vital(turn, _called("체중"), weights[0], confidence=0.8)]


_EYE_PRESSURE = re.compile(r"안압|눈\s?압력|IOP|아이오피")
_EYE = re.compile(r"(?P<side>오른|왼|우|좌)(?:눈|쪽\s?눈|쪽|안|측)|OD|OS")


def _of_eyes(turn: Turn, numbers: tuple[Number, ...]) -> list[Vital]:
    """The pressure of each eye: "안압은 오른쪽 십오, 왼쪽 십사"."""
    found: list[Vital] = []
    for named in _EYE_PRESSURE.finditer(turn.text):
        clause = turn.clause_at(named.start())
        end = turn.sentence_of(clause)[-1].end
        if clause.is_question or LATER.search(turn.text[named.start() : end]):
            continue
        for number in numbers:
            near = turn.text[max(named.end(), number.start - 10) : number.start]
            eyes = list(_EYE.finditer(near))
            is_sure = number.other is None and number.high is None and 1 <= number.value <= 90
            if not named.end() <= number.start < end or not eyes or not is_sure:
                continue
            word = eyes[-1].group()
            side = "오른눈" if word == "OD" or word.startswith(("오른", "우")) else "왼눈"
            at = turn.clause_at(number.start)
            found.append(
                Vital(
                    id="",
                    name=f"{side} 안압",
                    value=number.value,
                    unit="mm[Hg]",
                    evidence=(turn.evidence(min(clause.start, at.start), at.end),),
                    confidence=0.9,
                )
            )
    return found


def _baselines(turn: Turn, hits: list[tuple[int, int, Measure]], numbers: tuple[Number, ...]) -> list[Vital]:
    """A weight of before, under a name of its own: "임신 전엔 육십이였다고 하셨고"."""
    found: list[Vital] = []
    measure = _called("체중")
    for pattern, label in _BASELINES:
        for match in pattern.finditer(turn.text):
            weighed = [end for _, end, hit in hits if hit is measure]
            number = next((n for n in numbers if match.end() <= n.start <= match.end() + 12), None)
            if not weighed or number is None or turn.clause_at(number.start).is_question:
                continue
            quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
            value = _value(turn, number, quantities.get(number.start), measure)
            if value is not None and not _is_other_quantity(turn, number, quantities.get(number.start), measure):
                found.append(_renamed(_vital(turn, measure, value, confidence=0.8), f"{label} 체중"))
    return found


def _answered(dialogue: Dialogue, turn: Turn, numbers: tuple[Number, ...], has_own: bool) -> list[Vital]:
    """A bare value in answer to the clinician's question for it: "입원 때 체중은?" – "오십팔 점 육이요"."""
    before = dialogue.turns[turn.index - 1] if turn.index else None
    if turn.role != "nurse" or before is None or before.role != "clinician" or has_own or _hits(turn):
        return []
    if not before.clauses[-1].is_question or not numbers or numbers[0].start > 8:
        return []
    last = before.sentence_text(before.clauses[-1])
    at = before.text.rindex(last)
    asked = [(start, end, measure) for start, end, measure in _hits(before) if start >= at]
    quantities = {quantity.start: quantity for quantity in find_quantities(turn.text)}
    if len(asked) != 1 or _is_other_quantity(turn, numbers[0], quantities.get(numbers[0].start), asked[0][2]):
        return []
    value = _value(turn, numbers[0], quantities.get(numbers[0].start), asked[0][2])
    if value is None:
        return []
    label = next((label for pattern, label in _BASELINES if pattern.search(last)), "")
    if not label and EARLIER.search(last):
        return []
    told = _vital(turn, asked[0][2], value, confidence=0.85)
    evidence: tuple[Evidence, ...] = (before.evidence(at, at + len(last)), *told.evidence)
    name = f"{label} {told.name}".strip()
    return [Vital(id="", name=name, value=told.value, unit=told.unit, evidence=evidence, confidence=0.85)]
