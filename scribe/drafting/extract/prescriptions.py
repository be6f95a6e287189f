"""What the physician prescribes: starts, continues, changes or stops, and what is mentioned and not given."""

import re
from dataclasses import replace
from typing import Literal

from scribe.domain.entries import Dose, Evidence, MedicationOrder, MedicationStatement, OrderAction
from scribe.drafting.assertion import is_considered
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.dosing import (
    Segment,
    dose_of,
    drug_mentions,
    is_odd_strength,
    is_odd_unit,
    loose_dose,
    medicine_key,
    medicine_name,
    route_of,
    segments,
    until_condition,
)
from scribe.drafting.extract.reading import Rejected
from scribe.drafting.times import Frequency, find_frequency, find_periods, find_supply

_NOT_GIVEN = re.compile(
    r"안 (?:드|쓰|쓸|쓴|써|줄|주|줘|먹|맞|하|할|해|넣|섞|처방|들어|나가|나갈|놓|놔|바르|바를|권)|"
    r"필요\s?(?:는|가|도)?\s?없|필요하지 않|"
    r"지 않|지 마|지 말|못 (?:드|쓰|써)|빼(?:고|죠|겠|도)|말고|아직 (?:안|은)|없이"
)
_BOUND = re.compile(r"(?:넘기|넘|초과하|끊|중단하|거르|빼먹|빠뜨리|잊|씹|쪼개|부수)지\s?(?:는\s)?(?:마|말)")
_STOP = re.compile(
    r"그만|끊|중단|중지|멈추|스톱|stop|더 이상 (?:안|드시지)|이제 안|빼(?:고|죠|겠|도|기로)|쉬(?:세요|시고|죠|어 보)"
)
_RISE = re.compile(r"올려|올리|올릴|증량|늘려|늘리|늘릴|높여|높이")
_FALL = re.compile(r"줄여|줄이|줄일|감량|낮춰|낮추|내려|내리|내릴")
_SWAP = re.compile(r"(?:으로|로)\s?(?:바꿔|바꾸|바꿀|변경|교체)")
_KEEP = re.compile(r"그대로|계속|유지|지금처럼|하던 대로|드시던|쓰시던|똑같이|이어서")
_GIVE = re.compile(
    r"드릴게|드릴 ?거|드리겠|드려|드립니다|드리죠|드릴 테|드릴|드리고|드리는|처방|추가할|추가하|"
    r"추가해|시작할|시작하|시작해|써 ?보|쓸게|쓸 건|쓸 거|쓰겠|쓰고|써 볼|"
    r"쓰시|쓰세요|드세요|드시고|드시면|드시는 걸로|먹이세요|먹이시|먹여|바르세요|바르시|발라|넣으세요|"
    r"넣으시|뿌리|복용하|맞으세요|맞고|맞을게|맞으시|맞으실|주세요|주시고|"
    r"줄게|놔|놓을|놓고|투여|갈게요|갑시다|가죠|하죠|하고요|로딩|정주|근주|섞어|나갈|나가고|"
    r"들어갑니다|들어가고|걸어|달아|드시게|할게요|해 볼게"
)
_WEAK = re.compile(
    r"^(?:(?!드리|드릴|드려|처방|드세|드시|쓸|써|쓰|추가|시작|주세|주시|투여|놓|맞|바르|넣|먹).)*$", re.DOTALL
)
_HEARSAY = re.compile(r"던데|대요|라더|카더")
_MAYBE = re.compile(
    r"수도 있|수 있|지도 모르|고려|생각해 ?(?:보|볼)|상의|그때 (?:가서|봐서|결정)|안 되면|심해지면|"
    r"아프면 그때|필요하면 그때"
)
_SHARED = re.compile(r"둘 ?다|셋 ?다|다 (?:같이|합쳐)|같이|전부|모두|약은|다 해서|씩 드립니다|치씩")
Verdict = Literal["start", "continue", "change", "stop", "negated", "considered", "hypothetical", "none"]


def orders(dialogue: Dialogue, taken: list[MedicationStatement]) -> tuple[list[MedicationOrder], list[Rejected]]:
    """The orders of the consultation, and the drugs that were mentioned and not ordered."""
    found: dict[str, MedicationOrder] = {}
    rejected: list[Rejected] = []
    current = {statement.name for statement in taken}
    for turn in dialogue.turns:
        if turn.role == "clinician":
            _go_on(turn, found)
            _for_how_long(dialogue, turn, found)
        if turn.role != "clinician" and not (turn.role == "nurse" and dialogue.encounter.setting == "emergency"):
            continue
        for segment in segments(turn):
            verdict = _verdict(turn, segment, current)
            evidence = turn.evidence(turn.clause_at(segment.mention.start).start, segment.end)
            if verdict in ("negated", "considered", "hypothetical"):
                rejected.append(Rejected(medicine_name(segment.mention), evidence, verdict))
            elif verdict in ("start", "continue", "change", "stop"):
                _add(found, medicine_key(segment.mention), _order(segment, verdict, evidence))
    completed = [_with_supply(dialogue, order) for order in found.values()]
    return completed, rejected


def _go_on(turn: Turn, found: dict[str, MedicationOrder]) -> None:
    """Dose and frequency told after the patient asks back ("얼마나 먹여요?"): they complete the last order, or all that
    lack a frequency where the words are for both ("같이 하루 한 번")."""
    named = [turn.clause_at(mention.start).sentence for mention in drug_mentions(turn)]
    until = min([*named, turn.clauses[0].sentence + 2])
    first = [clause for clause in turn.clauses if clause.sentence < until]
    if not found or not first or first[0].is_question:
        return
    text = turn.text[first[0].start : first[-1].end]
    frequency = find_frequency(text)
    dose = loose_dose(text)
    if frequency is None or frequency.times_per_day is None or re.search(r"운동|산책|걷|지 마", text):
        return
    if turn.is_guessed and dose is None and not re.search(r"번|회|드세요|드시|먹이", text):
        return
    evidence = turn.evidence(first[0].start, first[-1].end)
    waiting = [key for key, order in found.items() if order.times_per_day is None and order.action != "stop"]
    for key in waiting if re.search(r"같이|둘 ?다|다 같이|모두", text) and dose is None else waiting[-1:]:
        order = found[key]
        if order.dose is not None and dose is not None:
            continue
        supply = find_supply(text)
        found[key] = replace(
            order,
            dose=order.dose or (Dose(value=dose.value, unit=dose.unit) if dose else None),
            frequency=frequency.text,
            times_per_day=frequency.times_per_day,
            duration_days=order.duration_days or (round(supply.days) if supply else None),
            evidence=(*order.evidence, evidence),
        )


_ASKS_HOW_LONG = re.compile(r"며칠|언제까지|얼마 동안|얼마나 오래|몇 (?:일|주|달)")


def _for_how_long(dialogue: Dialogue, turn: Turn, found: dict[str, MedicationOrder]) -> None:
    """ "며칠 먹어요?" – "오 일이요": the days of the last order, or of all that have none where the words say so."""
    asked = dialogue.turns[turn.index - 1] if turn.index else None
    if asked is None or not asked.is_patient_side or not re.search(r"먹|드|약|발라|바르|써", asked.text):
        return
    words = turn.sentence_text(turn.clauses[0])
    periods = [period for period in find_periods(words) if period.days >= 1]
    waiting = [key for key, order in found.items() if order.duration_days is None and order.action != "stop"]
    if not _ASKS_HOW_LONG.search(asked.text) or len(periods) != 1 or re.search(r"(?:뒤|후)에?|오세요", words):
        return
    evidence = (asked.evidence(0, len(asked.text)), turn.evidence(0, turn.sentence_of(turn.clauses[0])[-1].end))
    for key in waiting if _SHARED.search(words) else waiting[-1:]:
        order = found[key]
        found[key] = replace(order, duration_days=round(periods[0].days), evidence=(*order.evidence, *evidence))


def _add(found: dict[str, MedicationOrder], key: str, order: MedicationOrder) -> None:
    known = found.get(key)
    if known is None:
        found[key] = order
        return
    strength = {"stop": 3, "change": 2, "start": 1, "continue": 0}
    action = (
        order.action if strength[order.action] > strength[known.action] and known.action == "continue" else known.action
    )
    found[key] = replace(
        known,
        action=action,
        dose=(order.dose if order.action == "change" else None) or known.dose or order.dose,
        frequency=known.frequency or order.frequency,
        times_per_day=known.times_per_day or order.times_per_day,
        duration_days=known.duration_days or order.duration_days,
        route=known.route or order.route,
        evidence=tuple(dict.fromkeys((*known.evidence, *order.evidence))),
    )


def _verdict(turn: Turn, segment: Segment, current: set[str]) -> Verdict:
    clause = turn.clause_at(segment.mention.start)
    if clause.is_question or _HEARSAY.search(turn.text[segment.mention.end : turn.sentence_of(clause)[-1].end]):
        return "none"
    rest, own = (_BOUND.sub(" ", words) for words in _governing(turn, segment))
    if _is_only_considered(rest, own):
        return "considered"
    if _STOP.search(own) and not _NOT_GIVEN.search(own):
        return "stop"
    if _NOT_GIVEN.search(own):
        is_current = medicine_name(segment.mention) in current
        return "stop" if is_current and re.search(r"지 마|지 말|이제", own) and "같이" not in own else "negated"
    if clause.link == "if" or _MAYBE.search(own):
        return "hypothetical"
    return _given(segment, rest, own)


def _is_only_considered(rest: str, own: str) -> bool:
    settled = re.search(r"(?:으로|로) (?:시작|갈게|할게|드릴)", rest[len(own) :])
    if is_considered(own) and not settled:
        return True
    return is_considered(rest) and not _GIVE.search(re.split(r"다가|했는데", rest)[-1])


def _given(segment: Segment, rest: str, own: str) -> Verdict:
    moved = _RISE.search(own) or _FALL.search(own) or _SWAP.search(own)
    if moved and not re.search(r"려고|도움|효과|해 주|수치|콜레스테롤", own):
        return "change"
    if _KEEP.search(own):
        return "continue"
    is_test = re.match(r"\s?(?:피\s?)?(?:검사|수치|농도|레벨)|(?:으)?로\s[가-힣\s]{0,6}(?:씻|헹|세척|닦)", rest)
    has_dose = dose_of(segment) is not None
    ordered = bool(_GIVE.search(own) or _GIVE.search(rest))
    starts = has_dose or not _WEAK.search(own) if ordered else has_dose and bool(find_frequency(segment.text))
    return "start" if starts and not is_test else "none"


def _governing(turn: Turn, segment: Segment) -> tuple[str, str]:
    """The rest of the sentence after the drug, and its own part: to the first clause whose predicate decides."""
    sentence = turn.sentence_of(turn.clause_at(segment.mention.start))
    rest = turn.text[segment.mention.end : sentence[-1].end]
    deciding = re.compile("|".join(p.pattern for p in (_NOT_GIVEN, _STOP, _RISE, _FALL, _SWAP, _KEEP, _GIVE)))
    for clause in sentence:
        if clause.end <= segment.mention.end:
            continue
        words = turn.text[max(clause.start, segment.mention.end) : clause.end]
        if deciding.search(words) or is_considered(words):
            return rest, turn.text[segment.mention.end : clause.end]
    return rest, rest


def _order(segment: Segment, action: OrderAction, evidence: Evidence) -> MedicationOrder:
    dose = dose_of(segment) if action != "stop" else None
    frequency = _frequency(segment) if action != "stop" else None
    supply = find_supply(segment.text) if action != "stop" else None
    row = segment.mention.row
    stated = Dose(value=dose.value, unit=dose.unit) if dose else None
    is_sure = segment.mention.how == "exact" and not is_odd_unit(segment, stated)
    if segment.turn.is_recognised and is_odd_strength(row, stated):
        stated = None
    route = route_of(segment, row) if action != "stop" else None
    return MedicationOrder(
        id="",
        name=medicine_name(segment.mention),
        action=action,
        dose=stated,
        frequency=frequency.text if frequency else None,
        times_per_day=frequency.times_per_day if frequency else None,
        duration_days=round(supply.days) if supply else None,
        route=route,
        evidence=(evidence,),
        confidence=0.9 if is_sure else 0.5,
    )


def _frequency(segment: Segment) -> Frequency | None:
    return find_frequency(until_condition(segment))


def _with_supply(dialogue: Dialogue, order: MedicationOrder) -> MedicationOrder:
    """Days said once for the visit's drugs ("둘 다 삼 일", "이십팔 일치 드릴게요") hold for each without its own."""
    if order.action == "stop" or order.duration_days is not None or order.times_per_day is None:
        return order
    utterances = {item.utterance for item in order.evidence}
    at = max(turn.index for turn in dialogue.turns if turn.id in utterances)
    for turn in dialogue.turns[at : at + 8]:
        if turn.role != "clinician":
            continue
        for clause in turn.clauses:
            supply = find_supply(turn.words(clause))
            if supply and _is_for_all(turn, clause):
                evidence = (*order.evidence, turn.evidence(clause.start, clause.end))
                return replace(order, duration_days=round(supply.days), evidence=tuple(dict.fromkeys(evidence)))
    return order


def _is_for_all(turn: Turn, clause: Clause) -> bool:
    words = turn.words(clause)
    named = [mention for mention in drug_mentions(turn) if clause.start <= mention.start < clause.end]
    gives = re.search(r"일\s?치|주\s?치|달\s?치|개월\s?치|분\s", words)
    return bool(gives or _SHARED.search(words)) and (not named or len(drug_mentions(turn)) > 1)
