"""What the physician prescribes: starts, continues, changes or stops, and what is mentioned and not given."""

import re
from dataclasses import replace
from itertools import pairwise

from scribe.domain.entries import Dose, Evidence, MedicationOrder, MedicationStatement, OrderAction
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.decisions import Verdict, decide, is_held, is_taken_again
from scribe.drafting.extract.doses import dose_of, loose_dose
from scribe.drafting.extract.dosing import (
    Segment,
    drug_mentions,
    is_odd_strength,
    is_odd_unit,
    medicine_key,
    medicine_name,
    route_of,
    segments,
)
from scribe.drafting.extract.frequencies import frequency_of
from scribe.drafting.extract.medication import CLASS_CODES
from scribe.drafting.extract.reading import Rejected
from scribe.drafting.extract.standing import (
    Standing,
    class_segments,
    members,
    referred,
    referred_words,
    standing_drugs,
)
from scribe.drafting.extract.supplies import is_for_all, supply_of
from scribe.drafting.lexicon import MedicineRow, Table
from scribe.drafting.times import Period, find_frequency, find_periods, find_supply

_ASKS_HOW_LONG = re.compile(r"며칠|언제까지|얼마 동안|얼마나 오래|몇 (?:일|주|달)")
_SHARED = re.compile(r"둘 ?다|셋 ?다|다 (?:같이|합쳐)|같이|전부|모두|약은|다 해서|씩 드립니다|치씩")
_GROUP = re.compile(r"(?:이|그)\s?(?:두|세|네)\s?(?:가지|개|약)|둘 ?다|셋 ?다|다 같이|모두|전부|각각|같이")
_JOINED = re.compile(r"(?:하고|이랑|랑|과|와)\s*$")
_READS_OUT = re.compile(
    r"읽어 ?볼게|드시는 약|드시던 약|약 ?봉투|처방전|복용 ?중|드시고 (?:계|있)|지금 (?:드시|쓰시|맞으시)|가져오셨|"
    r"약은 (?:다|잘) "
)
_NO_DOSING = re.compile(r"운동|산책|걷|지 마|알람|거르|이라도")
_BESIDE = 3
_NEAR = 4
_RANK = {"stop": 3, "change": 2, "start": 1, "continue": 0}


def orders(dialogue: Dialogue, taken: list[MedicationStatement]) -> tuple[list[MedicationOrder], list[Rejected]]:
    """The orders of the consultation, and the drugs that were mentioned and not ordered."""
    found: dict[str, MedicationOrder] = {}
    rejected: list[Rejected] = []
    standing = standing_drugs(dialogue, taken)
    for turn in dialogue.turns:
        if turn.role == "clinician":
            _go_on(dialogue, turn, found)
            _for_how_long(dialogue, turn, found)
        if turn.role != "clinician" and not (turn.role == "nurse" and dialogue.encounter.setting == "emergency"):
            continue
        said: list[tuple[str, Segment]] = []
        for segment in segments(turn):
            key = medicine_key(segment.mention)
            verdict = _decided(segment, standing.get(key))
            if verdict in ("negated", "considered", "hypothetical"):
                if key not in found:
                    rejected.append(Rejected(medicine_name(segment.mention), _evidence(segment), verdict))
            elif verdict in ("start", "continue", "change", "stop"):
                _add(found, key, _order(segment, verdict, standing.get(key)))
                said.append((key, segment))
            elif key in found and found[key].action != "stop" and not turn.clause_at(segment.start).is_question:
                _add(found, key, _order(segment, found[key].action, None))
        _by_pronoun(dialogue, turn, standing, found)
        _share_within(turn, said, found)
        if turn.role == "clinician":
            _of_classes(dialogue, turn, standing, found)
            _resume(dialogue, turn, found)
    completed = [_with_supply(dialogue, _as_before(order, standing.get(key))) for key, order in found.items()]
    return completed, rejected


def _resume(dialogue: Dialogue, turn: Turn, found: dict[str, MedicationOrder]) -> None:
    """ "이틀은 드시지 말고요." – "네." – "모레부터 매일 이 점 오": a drug held for days is changed."""
    clause = next((one for one in turn.clauses if is_taken_again(turn.sentence_text(one))), None)
    if clause is None or any(
        turn.clause_at(other.start).sentence == clause.sentence
        for other in (*drug_mentions(turn), *turn.of(Table.DRUG_CLASSES))
    ):
        return
    for key, order in found.items():
        held = [other for other in dialogue.turns if any(item.utterance == other.id for item in order.evidence)]
        is_near = order.action == "stop" and 0 < turn.index - held[-1].index <= _NEAR
        if is_near and is_held(held[-1].sentence_text(held[-1].clause_at(order.evidence[-1].start))):
            again = turn.sentence_of(clause)
            evidence = (*order.evidence, turn.evidence(again[0].start, again[-1].end))
            found[key] = replace(order, action="change", evidence=evidence)


def _as_before(order: MedicationOrder, drug: Standing | None) -> MedicationOrder:
    """What goes on unchanged is taken as the patient told it."""
    if order.action != "continue" or drug is None:
        return order
    frequency = (order.frequency, order.times_per_day)
    if order.frequency is None:
        frequency = (drug.frequency, drug.times_per_day)
    return replace(order, dose=order.dose or drug.dose, frequency=frequency[0], times_per_day=frequency[1])


def _decided(segment: Segment, drug: Standing | None, *, is_known: bool = False) -> Verdict:
    return decide(
        segment,
        is_current=drug is not None or is_known,
        is_regular=drug is not None and drug.is_regular,
        reads_out=_reads_out(segment.turn, segment),
    )


def _by_pronoun(
    dialogue: Dialogue, turn: Turn, standing: dict[str, Standing], found: dict[str, MedicationOrder]
) -> None:
    """ "그건 끊으세요", "그거 하루 두 번 한 포씩 먹이세요": orders of the drug that was named last."""
    for segment, of_patient in referred(dialogue, turn):
        key = medicine_key(segment.mention)
        verdict = _decided(segment, standing.get(key), is_known=of_patient)
        is_dosed = dose_of(segment) is not None or frequency_of(segment) is not None
        is_new = key not in found or found[key].action == "continue"
        if is_new and (verdict in ("stop", "continue") or (verdict == "start" and is_dosed)):
            named = replace(segment.mention, surface=segment.mention.form)
            _add(found, key, _order(replace(segment, mention=named), verdict, standing.get(key)))


def _evidence(segment: Segment) -> Evidence:
    return segment.turn.evidence(segment.turn.clause_at(segment.mention.start).start, segment.end)


def _reads_out(turn: Turn, segment: Segment) -> bool:
    """The turn reads aloud, or asks for, what the patient takes, before it comes to the drug."""
    before = turn.text[: segment.mention.start]
    asks = any(
        clause.is_question and clause.end <= segment.mention.start and re.search(r"약|드시", turn.words(clause))
        for clause in turn.clauses
    )
    return asks or bool(_READS_OUT.search(before))


def _of_classes(
    dialogue: Dialogue, turn: Turn, standing: dict[str, Standing], found: dict[str, MedicationOrder]
) -> None:
    """ "혈압약은 그대로", "관절약은 중지하세요", "진통제 사흘치 드릴게요": orders told by the class of the drug."""
    for segment in class_segments(turn):
        mine = members(segment.mention, standing)
        verdict = _decided(segment, mine[0][1] if mine else None)
        evidence = _evidence(segment)
        if verdict in ("continue", "stop") and mine:
            for key, drug in mine:
                order = MedicationOrder(
                    id="",
                    name=drug.name,
                    action=verdict,
                    dose=drug.dose if verdict == "continue" else None,
                    frequency=drug.frequency if verdict == "continue" else None,
                    times_per_day=drug.times_per_day if verdict == "continue" else None,
                    evidence=(evidence,),
                    confidence=0.8,
                )
                if key not in found:
                    found[key] = order
        elif verdict == "change" and (named := _named_member(turn, segment, found)):
            changed = _order(segment, "change", None)
            known = replace(found[named], action="change" if found[named].action != "stop" else "stop")
            found[named] = replace(
                known,
                frequency=known.frequency or changed.frequency,
                times_per_day=known.times_per_day or changed.times_per_day,
                evidence=tuple(dict.fromkeys((*known.evidence, evidence))),
            )
        elif verdict == "change" and len(mine) == 1:
            key, drug = mine[0]
            _add(found, key, replace(_order(segment, "change", drug), name=drug.name))
        elif verdict in ("start", "change") and _is_dictated_class(dialogue, segment, found):
            _add(found, segment.mention.row.term, _order(segment, verdict, None))
        elif verdict == "stop" and _was_named(dialogue, turn, segment):
            _add(found, segment.mention.row.term, _order(segment, "stop", None))


def _is_dictated_class(dialogue: Dialogue, segment: Segment, found: dict[str, MedicationOrder]) -> bool:
    """A class with dose, frequency or days, of which the physician names no medicine: "소화제 하루 세 번"."""
    term = segment.mention.row.term
    codes = CLASS_CODES.get(term, ())
    named = [m.row for turn in dialogue.turns if turn.role == "clinician" for m in drug_mentions(turn)]
    rows = [row for row in named if isinstance(row, MedicineRow)]
    if term in found or any(row.drug_class == term or (codes and row.atc.startswith(codes)) for row in rows):
        return False
    said = (dose_of(segment), frequency_of(segment), supply_of(segment))
    return any(part is not None for part in said)


def _named_member(turn: Turn, segment: Segment, found: dict[str, MedicationOrder]) -> str | None:
    """The medicine of the class that the same turn orders: "철분제는 매일로 바꿔요. 볼그레 한 포씩"."""
    codes = CLASS_CODES.get(segment.mention.row.term, ())
    keys = [
        medicine_key(m)
        for m in drug_mentions(turn)
        if isinstance(m.row, MedicineRow) and codes and m.row.atc.startswith(codes)
    ]
    return next((key for key in keys if key in found), None)


def _of_its_class(turn: Turn, segment: Segment) -> Period | None:
    """ "항생제는 닷새 쓸게요. 오구멘틴 …": the days told of the class in the sentence before its medicine."""
    row = segment.mention.row
    first = turn.clause_at(segment.mention.start).sentence
    for other in class_segments(turn):
        codes = CLASS_CODES.get(other.mention.row.term, ())
        is_before = turn.clause_at(other.mention.start).sentence == first - 1
        if is_before and isinstance(row, MedicineRow) and codes and row.atc.startswith(codes):
            return supply_of(other)
    return None


def _was_named(dialogue: Dialogue, turn: Turn, segment: Segment) -> bool:
    """The patient's side spoke of the class just before."""
    near = dialogue.turns[max(0, turn.index - 3) : turn.index]
    return any(
        other.is_patient_side and any(m.row.term == segment.mention.row.term for m in other.mentions) for other in near
    )


def _share_within(turn: Turn, said: list[tuple[str, Segment]], found: dict[str, MedicationOrder]) -> None:
    """ "A 삼십 밀리, B 오백 밀리, 이 두 가지를 하루 두 번 열흘": the last drug's frequency and days hold for all."""
    for (key, segment), (next_key, following) in reversed(list(pairwise(said))):
        order, other = found[key], found[next_key]
        same = turn.clause_at(segment.start).sentence == turn.clause_at(following.start).sentence
        joined = _JOINED.search(turn.text[segment.mention.end : following.start])
        if not same or "stop" in (order.action, other.action):
            continue
        found[key] = order = replace(order, duration_days=order.duration_days or other.duration_days)
        if joined or _GROUP.search(turn.text[said[-1][1].mention.end : said[-1][1].end]):
            found[key] = replace(
                order,
                frequency=order.frequency or other.frequency,
                times_per_day=order.times_per_day or (None if order.frequency else other.times_per_day),
            )


def _is_near(dialogue: Dialogue, turn: Turn, order: MedicationOrder) -> bool:
    cited = {item.utterance for item in order.evidence}
    return any(other.id in cited for other in dialogue.turns[max(0, turn.index - _NEAR) : turn.index + 1])


def _go_on(dialogue: Dialogue, turn: Turn, found: dict[str, MedicationOrder]) -> None:
    """Dose and frequency told after the patient asks back ("얼마나 먹여요?"): they complete the last order, or all that
    lack a frequency where the words are for both ("같이 하루 한 번")."""
    named = [turn.clause_at(mention.start).sentence for mention in drug_mentions(turn)]
    until = min([*named, turn.clauses[0].sentence + 2])
    first = [clause for clause in turn.clauses if clause.sentence < until]
    if not found or not first or first[0].is_question or not _is_near(dialogue, turn, list(found.values())[-1]):
        return
    text = turn.text[first[0].start : first[-1].end]
    frequency = find_frequency(text)
    dose = loose_dose(text)
    if frequency is None or frequency.times_per_day is None or _NO_DOSING.search(text):
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
    is_firmer = _RANK[order.action] > _RANK[known.action] and known.action == "continue"
    found[key] = replace(
        known,
        action=order.action if is_firmer else known.action,
        dose=(order.dose if order.action == "change" else None) or known.dose or order.dose,
        frequency=known.frequency or order.frequency,
        times_per_day=known.times_per_day or order.times_per_day,
        duration_days=known.duration_days or order.duration_days,
        route=known.route or order.route,
        evidence=tuple(dict.fromkeys((*known.evidence, *order.evidence))),
    )


def _order(segment: Segment, action: OrderAction, standing: Standing | None) -> MedicationOrder:
    row, mention = segment.mention.row, segment.mention
    name = medicine_name(mention) if mention.table is Table.MEDICINES else mention.surface
    if action == "stop":
        return _stopped(segment, name)
    dose, frequency, supply = dose_of(segment), frequency_of(segment), supply_of(segment)
    supply = supply or _of_its_class(segment.turn, segment)
    stated = Dose(value=dose.value, unit=dose.unit) if dose else None
    is_sure = mention.how == "exact" and not is_odd_unit(segment, stated)
    if segment.turn.is_recognised and is_odd_strength(row, stated):
        stated = None
    if action == "continue" and standing is not None:
        action = "change" if _is_new(stated, standing.dose) else action
    return MedicationOrder(
        id="",
        name=name,
        action=action,
        dose=stated,
        frequency=frequency.text if frequency else None,
        times_per_day=frequency.times_per_day if frequency else None,
        duration_days=round(supply.days) if supply else None,
        route=route_of(segment, row),
        evidence=(_evidence(segment),),
        confidence=0.9 if is_sure else 0.5,
    )


def _stopped(segment: Segment, name: str) -> MedicationOrder:
    """The dose only where it is told right after the drug: "클렉산 사십은 오늘까지만"."""
    dose = dose_of(segment)
    is_own = dose is not None and dose.start - (segment.mention.end - segment.start) <= _BESIDE
    return MedicationOrder(
        id="",
        name=name,
        action="stop",
        dose=Dose(value=dose.value, unit=dose.unit) if dose and is_own else None,
        evidence=(_evidence(segment),),
        confidence=0.9,
    )


def _is_new(stated: Dose | None, known: Dose | None) -> bool:
    if stated is None or known is None:
        return False
    return stated.unit == known.unit and abs(stated.value - known.value) > 1e-9


def _with_supply(dialogue: Dialogue, order: MedicationOrder) -> MedicationOrder:
    """Days said once for the visit's drugs ("둘 다 삼 일", "이십팔 일치 드릴게요") hold for each without its own."""
    if order.action == "stop" or order.duration_days is not None:
        return order
    utterances = {item.utterance for item in order.evidence}
    at = max(turn.index for turn in dialogue.turns if turn.id in utterances)
    for turn in dialogue.turns[at : at + 8]:
        if turn.role != "clinician":
            continue
        for clause in turn.clauses:
            supply = find_supply(turn.words(clause))
            if supply and supply.days > 1 and _is_for_all(turn, clause, is_later=turn.index > at):
                evidence = (*order.evidence, turn.evidence(clause.start, clause.end))
                return replace(order, duration_days=round(supply.days), evidence=tuple(dict.fromkeys(evidence)))
    return order


def _is_for_all(turn: Turn, clause: Clause, *, is_later: bool) -> bool:
    """All drugs are meant, or no drug of this turn: "약은 한 달치", in a later turn also "이십팔 일치 드릴게요"."""
    words = turn.sentence_text(clause)
    parts = turn.sentence_of(clause)
    if is_for_all(words):
        return True
    if referred_words(words) or any(parts[0].start <= m.start < parts[-1].end for m in drug_mentions(turn)):
        return False
    gives = re.search(r"일\s?치|주\s?치|달\s?치|개월\s?치|분\s", turn.words(clause))
    return bool(gives) and (bool(re.search(r"드릴|드리|처방", words)) or (is_later and not drug_mentions(turn)))
