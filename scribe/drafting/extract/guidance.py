"""What the patient is told to do: advice, when to come again, when to come back at once."""

import re

from scribe.domain.entries import Advice, Evidence, FollowUp, ReturnPrecaution
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.dosing import drug_mentions
from scribe.drafting.extract.wording import condition, instruction, tidy
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import DOSE_UNITS, find_quantities
from scribe.drafting.times import Later, find_frequency, find_later

_COME = re.compile(
    r"그때|오세요|오시|오셔|와 ?보|봬|뵐|뵙|봐요|봐야|볼게요|보죠|봅시다|보러|방문|내원|외래|재진|"
    r"진료|다시 (?:보|하고)|확인하"
)
_URGENT = re.compile(
    r"바로|즉시|곧바로|당장|응급실|119|일일구|꼭 (?:오|내원|병원)|그날|밤이라도|지체|빨리 (?:오|병원)|서둘러|1339|109"
)
_BACK = re.compile(r"오세요|오시|오셔|가세요|가셔|가시|부르|연락|전화|내원|방문|말씀하|병원|응급실")
_ACTIONS = (
    ("109 또는 응급실", r"109"),
    ("119", r"119|일일구"),
    ("응급실", r"응급실"),
    ("즉시 알림", r"말씀하|알려"),
    ("즉시 연락", r"연락|전화"),
)
_IMPERATIVE = re.compile(
    r"(?:세요|시고요?|시구요|마세요|마시고요?|말고요?|셔야 (?:돼|되|합|해)[가-힣]*|시면 (?:돼|됩|"
    r"좋)[가-힣]*|시는 게 좋[가-힣]*|"
    r"도록 하[가-힣]*|지 말[가-힣]*|셔도 (?:돼|됩)[가-힣]*|(?:으|하)세요)\s*[.!]?\s*$"
)
_NOT_ADVICE = re.compile(
    r"보세요|보시(?:고|겠)|보실|들어오|앉으|누우|누워|벗|내밀|기다리|나가(?:시|세)|수납|오세요|오시|"
    r"오셔|봬|가세요|가시고|가셔|안녕|말씀해|말씀하|걱정|움직여|쉬어 ?보|"
    r"숨|아 해|괜찮으세요|어떠세요|있으세요|계세요|하셨|주시고$|주세요\.?$|들어가세요|힘내|힘드|"
    r"그러시|좋으시|잘하셨|이쪽|올라가|돌아|눕|대 보|펴|굽|"
    r"따라|잡아|예약하|찍고|맞으세요|맞으시|받으시고 오|네요|시네|확인하"
)
_ADVICE_WORDS = re.compile(
    r"지 마|지 말|피하|조심|주의|줄이|쉬[세시]|씻|끼[고세시]|자주|매일|금지|삼가|충분히|천천히|운동|"
    r"산책|걷|마스크|드세요|드시|먹이|마시|하세요|하시|"
    r"쓰세요|쓰시|바르|적어|재 ?서|재시|재세|신[으고]|대세요|눕히|끊|"
    r"일어나|주무|주의|관리|유지|환기|가습|스트레칭|찜질|올려|남기|표시|들여다|신경|풀|빨아|끝까지|지키|챙기"
)
_RESULT_WAIT = re.compile(r"결과")


def guidance(dialogue: Dialogue) -> tuple[list[Advice], list[FollowUp], list[ReturnPrecaution]]:
    """Advice, appointments and precautions of the clinician's turns, each condition its own precaution."""
    advice: list[Advice] = []
    visits: dict[int | str, FollowUp] = {}
    precautions: list[ReturnPrecaution] = []
    for turn in dialogue.turns:
        if turn.role != "clinician":
            continue
        warned = False
        for sentence in _sentences(turn):
            if sentence[0].is_question:
                continue
            found, used = _precautions(dialogue, turn, sentence, warned)
            precautions += found
            warned = bool(found)
            rest = [clause for clause in sentence if clause not in used]
            if rest:
                for visit in _visits(dialogue, turn, sentence, rest):
                    visits.setdefault(visit.in_days if visit.in_days is not None else visit.when, visit)
                advice += _advice(turn, rest)
    return _distinct(advice), list(visits.values()), _distinct_precautions(precautions)


def _sentences(turn: Turn) -> list[list[Clause]]:
    numbers = sorted({clause.sentence for clause in turn.clauses})
    return [[clause for clause in turn.clauses if clause.sentence == number] for number in numbers]


# -- precautions -------------------------------------------------------------------------------------------------------


def _precautions(
    dialogue: Dialogue, turn: Turn, sentence: list[Clause], warned: bool
) -> tuple[list[ReturnPrecaution], list[Clause]]:
    """The conditions of "…면 바로 오세요", and the clauses that they and the call to come take up."""
    words = turn.text[sentence[0].start : sentence[-1].end]
    if warned and len(sentence) <= 3 and re.search(r"[가-힣]도요?[.!]?\s*$", words):
        return [_precaution(turn, clause, "즉시 내원") for clause in sentence], sentence
    found: list[ReturnPrecaution] = []
    used: list[Clause] = []
    pending: list[Clause] = []
    for position, clause in enumerate(sentence):
        text = turn.words(clause).rstrip(" ,.!")
        is_call = clause.link != "if" and bool(
            _BACK.search(text) and (_IMPERATIVE.search(text) or _CALL_END.search(text))
        )
        leads_to_call = (
            clause.link in ("but", "because") and position + 1 < len(sentence) and bool(_URGENT.search(text))
        )
        if not is_call:
            pending.append(clause) if not leads_to_call else None
            if clause.link == "and" and _IMPERATIVE.search(text) and not text.endswith("말고"):
                pending = []
            continue
        conditions = _condition_clauses(pending)
        call = turn.text[(conditions[-1].end if conditions else clause.start) : clause.end]
        nearest = [other for other in conditions if other.link == "if"]
        dated = bool(nearest) and _is_visit(dialogue, turn, conditions)
        tells = re.search(r"말씀하|알려", call) and not re.search(r"바로|즉시|곧", call)
        if nearest and not tells and (_URGENT.search(call) or not dated):
            found += _conditions(turn, conditions, turn.text[conditions[-1].end : sentence[-1].end])
            used += [*conditions, clause]
        pending = []
    return found, used


_CALL_END = re.compile(r"(?:요|고|니다|죠|에요|예요|이에요)$")


def _condition_clauses(pending: list[Clause]) -> list[Clause]:
    """The clauses up to the last condition, from where conditions begin."""
    last = max((index for index, clause in enumerate(pending) if clause.link == "if"), default=-1)
    found: list[Clause] = []
    for clause in reversed(pending[: last + 1]):
        if clause.link not in ("or", "if", "and", "because"):
            break
        found.insert(0, clause)
    return found


def _is_visit(dialogue: Dialogue, turn: Turn, clauses: list[Clause]) -> bool:
    """A condition at a set time ("사흘 뒤에도 …면 다시 오세요") is an appointment."""
    words = turn.text[clauses[0].start : clauses[-1].end]
    return bool(find_later(words, dialogue.encounter.start.date()))


def _conditions(turn: Turn, clauses: list[Clause], call: str) -> list[ReturnPrecaution]:
    """One precaution for each alternative; what is joined by 고 belongs together."""
    action = next((name for name, pattern in _ACTIONS if re.search(pattern, call)), "즉시 내원")
    groups: list[list[Clause]] = [[]]
    for clause in clauses:
        groups[-1].append(clause)
        if clause.link not in ("and", "because"):
            groups.append([])
    return [_joined(turn, group, action) for group in groups if group]


def _joined(turn: Turn, group: list[Clause], action: str) -> ReturnPrecaution:
    words = turn.text[group[0].start : group[-1].end]
    evidence = (turn.evidence(group[0].start, group[-1].end),)
    return ReturnPrecaution(id="", name=f"{condition(words)} {action}", evidence=evidence, confidence=0.85)


def _precaution(turn: Turn, clause: Clause, action: str) -> ReturnPrecaution:
    evidence = (turn.evidence(clause.start, clause.end),)
    return ReturnPrecaution(id="", name=f"{condition(turn.words(clause))} {action}", evidence=evidence, confidence=0.75)


def _distinct_precautions(found: list[ReturnPrecaution]) -> list[ReturnPrecaution]:
    return list({entry.name: entry for entry in found}.values())


# -- follow-up ---------------------------------------------------------------------------------------------------------


def _visits(dialogue: Dialogue, turn: Turn, sentence: list[Clause], rest: list[Clause]) -> list[FollowUp]:
    today = dialogue.encounter.start.date()
    found: list[FollowUp] = []
    start, end = rest[0].start, rest[-1].end
    words = turn.text[start:end]
    for later in find_later(words, today):
        after = words[later.end :]
        reach = re.split(r"(?<=[가-힣])\s*[.!]", after)[0]
        if (
            later.text.startswith("이번")
            or not _COME.search(reach)
            or re.search(r"생각해|맞으세요|주사 맞|못 (?:오|해)", reach[:20])
        ):
            continue
        if re.match(r"에?\s?(?:CT|씨티|엠알|MRI|초음파|내시경|엑스레이)", reach.strip()):
            continue
        found.append(_follow_up(turn, sentence, start, words, later))
    return found[:1] if found else _undated(turn, rest)


def _undated(turn: Turn, rest: list[Clause]) -> list[FollowUp]:
    """Admission instead of a visit: "시술 끝나면 중환자실로 입원하실 거예요"."""
    for clause in rest:
        words = turn.words(clause)
        if re.search(r"입원(?:하실|하시|할게|해서|합시다|하죠|시킬|을 하)", words):
            name = tidy(words)
            return [
                FollowUp(
                    id="",
                    name=f"입원 ({name})",
                    when="입원",
                    evidence=(turn.evidence(clause.start, clause.end),),
                    confidence=0.7,
                )
            ]
    return []


def _said(words: str) -> str | None:
    """Day words stay as said ("이틀 뒤", "일주일 뒤"); counted weeks and months are written in digits."""
    match = re.match(r"(하루|이틀|사흘|나흘|닷새|엿새|열흘|보름|일주일)\s?(?:쯤\s|정도\s)?(?:뒤|후)", words)
    return f"{match.group(1)} 뒤" if match else None


def _follow_up(turn: Turn, sentence: list[Clause], start: int, words: str, later: Later) -> FollowUp:
    clause = turn.clause_at(start + later.start)
    purpose = "재진(검사 결과 확인)" if _RESULT_WAIT.search(words) else "재진"
    when = _said(words[later.start : later.end]) or later.text
    if clause.link == "if":
        when = condition(turn.text[clause.start : clause.end])
        name = f"{when} 다시 오기 (재진)"
    else:
        name = f"{when} {purpose}"
    evidence = (turn.evidence(clause.start, sentence[-1].end),)
    return FollowUp(id="", name=name, when=when, in_days=later.in_days, evidence=evidence, confidence=0.85)


# -- advice ------------------------------------------------------------------------------------------------------------


def _advice(turn: Turn, clauses: list[Clause]) -> list[Advice]:
    found: list[Advice] = []
    start: int | None = None
    for clause in clauses:
        words = turn.words(clause)
        begin = clause.start if start is None else start
        if clause.link in ("if", "because", "but", "or") or (
            clause.link == "and" and not _IMPERATIVE.search(words.rstrip(" ,."))
        ):
            start = begin
            continue
        start = None
        whole = turn.text[begin : clause.end]
        if _is_advice(turn, clause, words, whole):
            found.append(_entry(turn, begin, clause))
    return found


_NO_REQUEST_END = re.compile(r"(?:네요|군요|거예요|거네요|겠네요|구나|거죠)\s*[.!]?\s*$")


def _is_advice(turn: Turn, clause: Clause, words: str, whole: str) -> bool:
    text = words.rstrip(" ,.!")
    if text.endswith("고") and _NO_REQUEST_END.search(turn.sentence_text(clause)):
        return False
    if re.search(r"(?:표정|말씀|걸음)(?:이|은|는)", whole):
        return False
    if (
        not _IMPERATIVE.search(text)
        or _NOT_ADVICE.search(text)
        or not _ADVICE_WORDS.search(text)
        or len(tidy(whole)) < 5
    ):
        return False
    named = [mention for mention in drug_mentions(turn) if clause.start <= mention.start < clause.end]
    amounts = [quantity for quantity in find_quantities(words) if quantity.unit in DOSE_UNITS]
    if named and not re.search(r"지 마|지 말|쉬|중단|같이", text):
        return False
    if amounts and re.search(r"드시|드세|먹이|복용", text) and find_frequency(words):
        return False
    is_dosing = re.search(r"(?:그대로|계속|하루|식후|식전|자기 전|아침|저녁)", words) and re.search(
        r"(?:약|[가-힣]+정|알)[을를도은는]?\s", words
    )
    return not (is_dosing and re.search(r"드시고$|드세요$|드시면", text) and not turn.of(Table.ADVICE))


def _entry(turn: Turn, begin: int, clause: Clause) -> Advice:
    words = turn.text[begin : clause.end]
    evidence: tuple[Evidence, ...] = (turn.evidence(begin, clause.end),)
    return Advice(id="", name=instruction(words), evidence=evidence, confidence=0.75)


def _distinct(found: list[Advice]) -> list[Advice]:
    return list({entry.name: entry for entry in found}.values())
