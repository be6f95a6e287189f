"""What the patient is told to do: advice, when to come again, when to come back at once."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

from scribe.domain.entries import Advice, FollowUp, ReturnPrecaution
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.advice import IMPERATIVE, advice_in, distinct
from scribe.drafting.extract.asked_advice import asked_advice
from scribe.drafting.extract.directives import Directive, directive_of
from scribe.drafting.extract.wording import condition, covers, said, tidy
from scribe.drafting.lexicon import Table
from scribe.drafting.quantities import find_quantities
from scribe.drafting.times import Later, find_later

_COME = re.compile(
    r"그때|오세요|오시|오셔|와 ?보|봬|뵐|뵙|봐요|봐야|볼게요|보죠|봅시다|보러|방문|내원|외래|재진|"
    r"진료|다시 (?:보|하고|합시다|하죠|해요|할게|얘기|재|검사)|만 보고|와서|확인하|확인합|잡읍|잡을게|잡아 ?드|"
    r"뵙죠|봅시|보입시다|퇴원"
)
_URGENT = re.compile(
    r"바로|즉시|곧바로|곧장|당장|응급실|119|일일구|얼른|언제든|새벽이라도|전이라도|그 길로|벨|콜\s*\.?$|"
    r"꼭 (?:오|내원|병원)|그날|밤이라도|지체|빨리 (?:오|병원)|서둘러|1339|109"
)
_BACK = re.compile(
    r"오세요|(?<!돌아)와요|와야|오시|119|일일구|콜\s*\.?$|말하|말해|알리|알려|누르|눌러|불러|데려|달려|오셔|"
    r"가세요|가셔|"
    r"가시|부르|연락|전화|내원|방문|말씀하|병원|응급실"
)
_ACTIONS = (
    ("109 또는 응급실", r"109"),
    ("119", r"119|일일구"),
    ("응급실", r"응급실"),
    ("호출", r"벨|콜|간호사|불러 주|부르"),
    ("즉시 알림", r"말씀하|말하|알려|알리"),
    ("즉시 연락", r"연락|전화"),
)
_RESULT_WAIT = re.compile(r"결과")


# advice comes after complaint and examination: measured on consultations, in the last half of their turns
_CONCLUDING = 0.45
_CLOSING = 0.85


def guidance(dialogue: Dialogue) -> tuple[list[Advice], list[FollowUp], list[ReturnPrecaution]]:
    """Advice, appointments and precautions of the clinician's turns, each condition its own precaution."""
    advice: list[Advice] = []
    visits: dict[int | str, FollowUp] = {}
    precautions: list[ReturnPrecaution] = []
    for turn in dialogue.turns:
        if turn.role != "clinician":
            continue
        warned = ""
        asks, concludes = (
            _is_instructing(turn) or _is_asked_how(dialogue, turn),
            turn.index >= _CONCLUDING * len(dialogue.turns),
        )
        for sentence in _sentences(turn):
            if sentence[0].is_question:
                advice += advice_in(turn, _before_question(turn, sentence), instructing=False, concluding=concludes)
                continue
            found, used = _precautions(dialogue, turn, sentence, warned)
            precautions += found
            warned = _action_of(found)
            rest = [clause for clause in sentence if clause not in used]
            if rest:
                for visit in _visits(dialogue, turn, sentence, rest):
                    key = visit.in_days if visit.in_days is not None else visit.when
                    visits[key] = _same_visit(visits[key], visit) if key in visits else visit
                advice += advice_in(turn, rest, instructing=asks, concluding=concludes)
    asked = asked_advice(dialogue)
    advice = [entry for entry in advice if not any(one.name.endswith(entry.name) for one in asked)] + asked
    return distinct(advice), list(visits.values()), _distinct_precautions(precautions)


def _is_asked_how(dialogue: Dialogue, turn: Turn) -> bool:
    """The turn answers "소독은 어떻게 해요?"."""
    before = dialogue.turns[turn.index - 1] if turn.index else turn
    return before.is_patient_side and bool(re.search(r"(?:어떻게|어째|우째|뭘로|뭐로)\s[^?]{0,12}\?", before.text))


def _is_instructing(turn: Turn) -> bool:
    """The turn asks for something in so many words, so that bare phrases beside it ask as well."""
    return any(
        directive_of(turn, clause.start, clause)
        in (Directive.REQUEST, Directive.BAN, Directive.DUTY, Directive.COUNSEL)
        for clause in turn.clauses
    )


def _before_question(turn: Turn, sentence: list[Clause]) -> list[Clause]:
    """What is asked for before the question of the same sentence: "술은 끊으시고, 운전은 안 하시죠?"."""
    asked = [
        index
        for index, clause in enumerate(sentence[:-1])
        if clause.link == "and"
        and directive_of(turn, clause.start, clause) in (Directive.REQUEST, Directive.BAN)
        and turn.words(clause).rstrip().endswith(",")
    ]
    return sentence[: asked[-1] + 1] if asked else []


def _sentences(turn: Turn) -> list[list[Clause]]:
    numbers = sorted({clause.sentence for clause in turn.clauses})
    return [[clause for clause in turn.clauses if clause.sentence == number] for number in numbers]


# -- precautions -------------------------------------------------------------------------------------------------------


def _precautions(
    dialogue: Dialogue, turn: Turn, sentence: list[Clause], warned: str
) -> tuple[list[ReturnPrecaution], list[Clause]]:
    """The conditions of "…면 바로 오세요", and the clauses that they and the call to come take up."""
    words = turn.text[sentence[0].start : sentence[-1].end]
    if warned and len(sentence) <= 3 and re.search(r"[가-힣]도요?[.!]?\s*$", words):
        return [_precaution(turn, group, warned) for group in _alternatives(sentence)], sentence
    found: list[ReturnPrecaution] = []
    used: list[Clause] = []
    pending: list[Clause] = []
    whole, sentence = sentence, _opened(turn, sentence)
    for position, clause in enumerate(sentence):
        text = turn.words(clause).rstrip(" ,.!")
        is_call = clause.link != "if" and _calls(text)
        leads_to_call = (
            clause.link in ("but", "because") and position + 1 < len(sentence) and bool(_URGENT.search(text))
        )
        if not is_call:
            pending.append(clause) if not leads_to_call else None
            if clause.link == "and" and IMPERATIVE.search(text) and not text.endswith("말고"):
                pending = []
            continue
        conditions = _condition_clauses(turn, pending)
        call = turn.text[(conditions[-1].end if conditions else clause.start) : clause.end]
        nearest = [other for other in conditions if _is_condition(turn, other)]
        dated = bool(nearest) and _is_visit(dialogue, turn, conditions)
        tells = re.search(r"말씀하|말하|알려", call) and not re.search(r"바로|즉시|곧", call)
        between = [other for other in pending if other.start >= conditions[-1].end] if conditions else []
        led_off = any(other.link == "because" and not _URGENT.search(turn.words(other)) for other in between)
        leaves = re.search(r"가(?:세요|시고|셔)", call) and not _URGENT.search(call)
        if (
            led_off
            or leaves
            or _NO_CALL.search(call)
            or any(_BETTER.search(turn.words(c).strip(" ,")) for c in nearest[-1:])
        ):
            pending = []
            continue
        if nearest and not tells and (_URGENT.search(call) or not dated):
            found += _conditions(turn, conditions, turn.text[conditions[-1].end : sentence[-1].end])
            used += [*conditions, *between, clause]
        pending = []
    return found, [clause for clause in whole if any(clause.start <= one.start < clause.end for one in used)]


_CONCEDED = re.compile(r"\s*(?:돼|되|됩|괜찮|좋|안\s|못\s|잘\s|계속|별|무방|상관|아무)")


def _concessions(turn: Turn, clause: Clause) -> list[int]:
    """Where 어도 ends, in one morpheme or in two ("처져" + "도"), or after a noun that happens ("두드러기 나도")."""
    morphemes = turn.in_clause(clause)
    found = [m.end for m in morphemes if m.tag == "EC" and m.form in ("어도", "아도")]
    for before, here in pairwise(morphemes):
        ends = before.tag == "EC" and before.form in ("어", "아")
        occurs = before.form == "나" and before.tag == "NP" and not turn.text[: before.start].rstrip().endswith(",")
        if here.tag == "JX" and here.form == "도" and before.end == here.start and (ends or occurs):
            found.append(here.end)
    return sorted(found)


def _opened(turn: Turn, sentence: list[Clause]) -> list[Clause]:
    """The clauses with "처져도 데려오세요" cut after 도: a condition before a call, where no 면 states another."""
    if any(clause.link == "if" for clause in sentence):
        return sentence
    pieces: list[Clause] = []
    for clause in sentence:
        conceded = [end for end in _concessions(turn, clause) if end < clause.end - 1]
        cut = conceded[-1] if conceded else clause.end
        rest = turn.text[cut : sentence[-1].end]
        if conceded and _calls(rest.rstrip(" ,.!")) and not _CONCEDED.match(rest):
            pieces += [replace(clause, end=cut, link="if"), replace(clause, start=cut)]
        else:
            pieces.append(clause)
    return pieces


def _action_of(found: list[ReturnPrecaution]) -> str:
    """What the precautions of a sentence call for, so that an afterthought ("열이 나도요") calls for the same."""
    return (
        next((name for name, _ in _ACTIONS for one in found[-1:] if one.name.endswith(name)), "즉시 내원")
        if found
        else ""
    )


_DUE = re.compile(r"(?:와야|오셔야|가야|데려|전화|연락)|오시고|누르고|눌러")
_CALL_END = re.compile(r"(?:요|고|니다|죠|에요|예요|이에요|콜|119|일일구|응급실|응급실로|바로|피검사)$")
_NO_CALL = re.compile(
    r"(?:담아|가져|가지고|들고|적어|찍어|챙겨|받아|재) 오|의뢰(?:할|드릴|를|서)|할게요|할 겁|드릴게|생각해|"
    r"볼게요|하고 가세요|받고 가세요|찍고|집에 가"
)
_BETTER = re.compile(
    r"(?:(?<!안 )괜찮으|(?<!안 )좋아지|나으|멀쩡하|안 아프|(?<!기분이 )(?<!기분 )가라앉으|있으|원하시|되|하려)면$"
)


def _calls(text: str) -> bool:
    """Whether the clause calls to come, to ring or to tell: by an imperative, or by a word of haste."""
    asks = IMPERATIVE.search(text) or (_CALL_END.search(text) and (_URGENT.search(text) or _DUE.search(text)))
    return bool(_BACK.search(text) and asks)


def _is_condition(turn: Turn, clause: Clause) -> bool:
    """ "…면", and "…도" before a call to come: "가슴이 아파도 바로 오세요"."""
    conceded = [end for end in _concessions(turn, clause) if not turn.text[end : clause.end].strip(" ,")]
    return clause.link == "if" or bool(conceded)


_SETTING = re.compile(
    r"(?:있는데|쉬는데|자다가|맞다가|먹다가|드시다가|하다가|걷다가|가만있는데|깼는데도|먹는데도|했는데도|도)\s*,?\s*$"
)


def _is_setting(turn: Turn, clause: Clause) -> bool:
    """ "쉬고 있는데 숨이 차거나", "자다가 깜짝깜짝 놀라거나": part of the condition that follows."""
    return bool(_SETTING.search(turn.words(clause)))


def _condition_clauses(turn: Turn, pending: list[Clause]) -> list[Clause]:
    """The clauses up to the last condition, from where conditions begin."""
    last = max((index for index, clause in enumerate(pending) if _is_condition(turn, clause)), default=-1)
    found: list[Clause] = []
    for clause in reversed(pending[: last + 1]):
        if (
            clause.link not in ("or", "if", "and", "because")
            and not _is_condition(turn, clause)
            and not (found and _is_setting(turn, clause))
        ):
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
        if clause.link not in ("and", "because", "but"):
            groups.append([])
    joined = (_joined(turn, group, action) for group in groups if group)
    return [*_listed(turn, clauses[0], action), *(entry for entry in joined if entry is not None)]


_LIST_ITEM = re.compile(r"(?P<item>[가-힣\s]{2,20}?(?:거|것|변|통증|출혈|두드러기|발진|열|증상|토혈|혈변))\s*,\s")


def _listed(turn: Turn, clause: Clause, action: str) -> list[ReturnPrecaution]:
    """Signs named before the first condition: "까만 변, 피 토하는 거, 배가 심하게 아프면 …"."""
    if turn.is_recognised:
        return []
    found = []
    for match in _LIST_ITEM.finditer(turn.text, clause.start, clause.end):
        sign = re.sub(r"^\s*(?:그사이|그동안|그 전에|혹시|만약)\s", "", match["item"]).strip()
        evidence = (turn.evidence(match.start("item"), match.end("item")),)
        found.append(ReturnPrecaution(id="", name=f"{sign} 있으면 {action}", evidence=evidence, confidence=0.75))
    return found


def _joined(turn: Turn, group: list[Clause], action: str) -> ReturnPrecaution | None:
    start, end = group[0].start, group[-1].end
    name = _condition_name(turn, start, end)
    if name is None:
        return None
    evidence = (turn.evidence(start, end),)
    return ReturnPrecaution(id="", name=f"{name} {action}", evidence=evidence, confidence=0.85)


def _condition_name(turn: Turn, start: int, end: int) -> str | None:
    """The condition as said; where a machine wrote the words the known symptom, and None where there is none."""
    words = turn.text[start:end]
    if not turn.is_recognised:
        return condition(words)
    named = [m for m in turn.of(Table.SYMPTOMS, Table.DIAGNOSES) if start <= m.start < end and not m.nested]
    quantities = find_quantities(words)
    if re.search(r"\d", words):
        return condition(words) if quantities else None
    if any(covers(mention, words) for mention in named):
        return condition(words)
    telling = [mention.row.term for mention in named if mention.row.term != "통증"]
    return f"{telling[-1]} 시" if telling else None


def _alternatives(clauses: list[Clause]) -> list[tuple[int, int]]:
    """From where to where each alternative goes: a clause belongs to the next unless 거나 or 면 ends it."""
    spans: list[tuple[int, int]] = []
    start = clauses[0].start
    for clause in clauses:
        if clause.link in ("or", "if", "end"):
            spans.append((start, clause.end))
            start = clause.end
    return spans


def _precaution(turn: Turn, span: tuple[int, int], action: str) -> ReturnPrecaution:
    evidence = (turn.evidence(*span),)
    return ReturnPrecaution(
        id="", name=f"{condition(turn.text[slice(*span)])} {action}", evidence=evidence, confidence=0.75
    )


def _distinct_precautions(found: list[ReturnPrecaution]) -> list[ReturnPrecaution]:
    return list({entry.name: entry for entry in found}.values())


# -- follow-up ---------------------------------------------------------------------------------------------------------


def _visits(dialogue: Dialogue, turn: Turn, sentence: list[Clause], rest: list[Clause]) -> list[FollowUp]:
    today = dialogue.encounter.start.date()
    found: list[FollowUp] = []
    start, end = rest[0].start, rest[-1].end
    words = turn.text[start:end]
    laters = find_later(words, today) or _on_weekdays(words, today)
    for number, later in enumerate(laters):
        after = words[later.end : laters[number + 1].start if number + 1 < len(laters) else len(words)]
        reach = re.split(r"(?<=[가-힣])\s*[.!]", after)[0]
        if (
            (later.text.startswith("이번") and not _COME_SELF.search(reach))
            or not (_COME.search(reach) or _answers_when(dialogue, turn, words, later))
            or re.search(r"생각해(?! 봅)|생각하|맞으세요|주사 맞|못 (?:오|해)|별일 없으면 퇴원", reach[:20])
        ):
            continue
        if re.match(r"에?\s?(?:CT|씨티|엠알|MRI|초음파|내시경|엑스레이)", reach.strip()):
            continue
        found.append(_follow_up(turn, sentence, start, words, later))
    return found or _undated(turn, rest)


_COME_SELF = re.compile(r"와서|오세요|오시|오셔|와요|봅시다|봬|뵙")


def _answers_when(dialogue: Dialogue, turn: Turn, words: str, later: Later) -> bool:
    """ "언제 또 와요?" – "이 주 뒤에요." """
    before = dialogue.turns[turn.index - 1].text if turn.index else ""
    bare = re.fullmatch(
        r"\s*(?:네|음|어)?[\s,]*" + re.escape(words[later.start : later.end]) + r"(?:에|에요|요|이요|에 오)?[\s.,]*",
        words,
    )
    closes = turn.index >= _CLOSING * len(dialogue.turns)
    return bool(bare) and (closes or bool(re.search(r"언제|오면|오나|와요|뵈|다음", before)))


_WEEKDAYS = "월화수목금토일"
_WEEKDAY = re.compile(rf"(?<![가-힣])(?:이번\s)?(?P<day>[{_WEEKDAYS}])요일(?=에|\s(?:오전|오후|아침|저녁))")


def _on_weekdays(words: str, today: date) -> tuple[Later, ...]:
    """ "금요일 오후에 봅시다": the next day of that name; today's own name is a week away."""
    return tuple(
        Later(match.start(), match.end(), match.group(), (_WEEKDAYS.index(match["day"]) - today.weekday()) % 7 or 7)
        for match in _WEEKDAY.finditer(words)
    )


def _undated(turn: Turn, rest: list[Clause]) -> list[FollowUp]:
    """Admission instead of a visit: "시술 끝나면 중환자실로 입원하실 거예요"."""
    for clause in rest:
        words = turn.words(clause)
        if re.search(r"입원(?:하실|하시|할게|합시다|하죠|시킬|을 하)", words):
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


def _same_visit(first: FollowUp, second: FollowUp) -> FollowUp:
    return replace(first, evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))))


def _said(words: str) -> str | None:
    """Day words stay as said ("이틀 뒤", "일주일 뒤"); counted weeks and months are written in digits."""
    match = re.match(r"(하루|이틀|사흘|나흘|닷새|엿새|열흘|보름|일주일)\s?(?:쯤\s|정도\s)?(?:뒤|후)", words)
    return f"{match.group(1)} 뒤" if match else None


def _hour(after: str) -> str:
    """ "내일 오전 열 시": the time of day after the day."""
    match = re.match(r"\s?(?:오전|오후|아침|저녁)(?=에|\s|$)\s?(?:[가-힣]{1,3}\s시(?:\s반)?)?", after)
    return f" {match.group().strip()}" if match else ""


def _follow_up(turn: Turn, sentence: list[Clause], start: int, words: str, later: Later) -> FollowUp:
    clause = turn.clause_at(start + later.start)
    leaves = re.match(r"[^.?!,]{0,8}퇴원", words[later.end :])
    purpose = "퇴원" if leaves else "재진(검사 결과 확인)" if _RESULT_WAIT.search(words) else "재진"
    hour = _hour(words[later.end :])
    when = (_said(words[later.start : later.end]) or later.text) + hour
    if clause.link == "if":
        when = condition(turn.text[clause.start : clause.end])
        name = f"{when} 다시 오기 (재진)"
    else:
        name = f"{said(words[later.start : later.end])}{hour} {purpose}"
    evidence = (turn.evidence(clause.start, sentence[-1].end),)
    return FollowUp(id="", name=name, when=when, in_days=later.in_days, evidence=evidence, confidence=0.85)
