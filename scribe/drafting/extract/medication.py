"""Medicines: what the patient takes, and what the physician starts, continues, changes or stops."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from scribe.domain.entries import Dose, Evidence, MedicationOrder, MedicationStatement, OrderAction
from scribe.drafting.assertion import Person, answer, is_considered, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.reading import Rejected
from scribe.drafting.lexicon import DrugClassRow, MedicineRow, Table
from scribe.drafting.numbers import find_numbers
from scribe.drafting.quantities import DOSE_UNITS, MASSES, Quantity, find_quantities
from scribe.drafting.terms import Mention
from scribe.drafting.times import Frequency, find_frequency, find_supply

_NOT_GIVEN = re.compile(
    r"안 (?:드|쓰|쓸|쓴|써|줄|주|줘|먹|맞|하|할|해|넣|섞|처방|들어|나가|나갈|놓|놔|바르|바를|권)|필요\s?(?:는|가|도)?\s?없|필요하지 않|지 않|지 마|지 말|못 (?:드|쓰|써)|빼(?:고|죠|겠|도)|말고|아직 (?:안|은)|없이"
)
# "넘기지 마세요", "중간에 끊지 마시고" bound or protect the order, they do not refuse it
_BOUND = re.compile(r"(?:넘기|넘|초과하|끊|중단하|거르|빼먹|빠뜨리|잊|씹|쪼개|부수)지\s?(?:는\s)?(?:마|말)")
_STOP = re.compile(
    r"그만|끊|중단|중지|멈추|스톱|stop|더 이상 (?:안|드시지)|이제 안|빼(?:고|죠|겠|도|기로)|쉬(?:세요|시고|죠|어 보)"
)
_RISE = re.compile(r"올려|올리|올릴|증량|늘려|늘리|늘릴|높여|높이")
_FALL = re.compile(r"줄여|줄이|줄일|감량|낮춰|낮추|내려|내리|내릴")
_SWAP = re.compile(r"(?:으로|로)\s?(?:바꿔|바꾸|바꿀|변경|교체)")
_KEEP = re.compile(r"그대로|계속|유지|지금처럼|하던 대로|드시던|쓰시던|똑같이|이어서")
_GIVE = re.compile(
    r"드릴게|드릴 ?거|드리겠|드려|드립니다|드리죠|드릴 테|드릴|드리고|드리는|처방|추가할|추가하|추가해|시작할|시작하|시작해|써 ?보|쓸게|쓸 건|쓸 거|쓰겠|쓰고|써 볼|"
    r"쓰시|쓰세요|드세요|드시고|드시면|드시는 걸로|먹이세요|먹이시|먹여|바르세요|바르시|발라|넣으세요|넣으시|뿌리|복용하|맞으세요|맞고|맞을게|맞으시|맞으실|주세요|주시고|"
    r"줄게|놔|놓을|놓고|투여|갈게요|갑시다|가죠|하죠|하고요|로딩|정주|근주|섞어|나갈|나가고|들어갑니다|들어가고|걸어|달아|드시게|할게요|해 볼게"
)
# verbs that order tests as well as drugs are no order of a drug by themselves
_WEAK = re.compile(
    r"^(?:(?!드리|드릴|드려|처방|드세|드시|쓸|써|쓰|추가|시작|주세|주시|투여|놓|맞|바르|넣|먹).)*$", re.DOTALL
)
_MAYBE = re.compile(
    r"수도 있|수 있|지도 모르|고려|생각해 ?(?:보|볼)|상의|그때 (?:가서|봐서|결정)|안 되면|심해지면|아프면 그때|필요하면 그때"
)
_TAKES = re.compile(
    r"먹|드시|복용|맞(?:고|아|는|았|습니다|으)|바르|발라|쓰고|써요|쓰는|씁니다|뿌리|넣|챙겨|타다|타 먹|처방받|받아|달고|줬|주신"
)
_TAKEN_NOT = re.compile(r"안 (?:먹|드|맞|발|써|쓰|했)|못 (?:먹|드|맞)|지 않|끊었|중단했|그만|먹다 말|없")
_SINCE_NOT = re.compile(
    r"려다|까 했|까 하다|려고 했|라던데|다던데|대요|된다|되나|될까|먹어야|맞아야|먹어도|맞아도|되죠|줘서"
)
_PAST_COURSE = re.compile(r"(?:예전|옛날|작년|재작년|어릴|올봄|지난(?:달|해)|그때|살 때|년 전|달 전)")
_ASKS_MEDICINES = re.compile(
    r"(?:무슨|어떤|다른|드시는|먹는|드신)\s?[가-힣\s]{0,4}약|약[가-힣]{0,2}\s?[가-힣\s]{0,8}(?:드시|드세|드셨|있으)|해열제|진통제|뭘 (?:먹|드)|그대로|먹이"
)
_FORGETS = re.compile(r"까먹|까묵|빼먹|빠뜨|빠트|잊|거르|걸러|건너")
_GOOD = re.compile(r"잘 (?:챙겨|먹|드|복용)|꼬박꼬박|안 (?:까먹|까묵|빼먹|빠뜨|빠트|걸러|거르)|빠짐없이|매일 챙")
_ROUTES = (
    (r"근육\s?주사|근주|IM", "intramuscular"), (r"정맥|정주|수액|IV|링거|링겔", "intravenous"), (r"피하|배에 주사", "subcutaneous"),
    (r"설하|혀 밑", "sublingual"), (r"흡입|퍼프|들이마", "inhalation"), (r"점안|눈에", "ophthalmic"), (r"코에|비강|스프레이", "nasal"),
    (r"귀에|점이", "otic"), (r"바르|발라|연고|크림|로션|붙이|패치", "topical"), (r"좌약|항문", "rectal"), (r"질정", "vaginal"),
)  # fmt: skip
_ORAL_WORDS = re.compile(r"드세요|드시|먹이|먹|복용|알씩|정씩|포씩|식후|식전|하루")
_SHARED = re.compile(r"둘 ?다|셋 ?다|다 (?:같이|합쳐)|같이|전부|모두|약은|다 해서|씩 드립니다|치씩")
_GENERIC_ROWS = frozenset({"비타민"})
_NOW = "이번|지금|현재|오늘"

Verdict = Literal["start", "continue", "change", "stop", "negated", "considered", "hypothetical", "none"]


@dataclass(frozen=True, slots=True)
class _Segment:
    """The words that belong to one drug mention: from it to the next drug or the end of the sentence."""

    turn: Turn
    mention: Mention
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.turn.text[self.start : self.end]


def medicine_name(mention: Mention) -> str:
    """The name as said where it is a known brand or ingredient, else the lexicon's preferred term."""
    row = mention.row
    if isinstance(row, MedicineRow):
        return mention.form if re.search("[가-힣]", mention.form) else row.ingredient
    return row.term


def drug_mentions(turn: Turn) -> list[Mention]:
    """Medicines in order; a class name beside a medicine ("진경제 티로파") and a part of a longer word are left out."""
    medicines = [mention for mention in turn.of(Table.MEDICINES) if not mention.nested]
    medicines = [
        m
        for m in medicines
        if not any(
            m.start < o.end and o.start < m.end and o is not m and o.end - o.start > m.end - m.start for o in medicines
        )
    ]
    unique: list[Mention] = []
    for mention in medicines:
        if not any(mention.start < other.end and other.start < mention.end for other in unique):
            unique.append(mention)
    return sorted(unique, key=lambda mention: mention.start)


def _segments(turn: Turn) -> list[_Segment]:
    mentions = drug_mentions(turn)
    segments = []
    for position, mention in enumerate(mentions):
        sentence = turn.sentence_of(turn.clause_at(mention.start))
        end = sentence[-1].end
        following = mentions[position + 1].start if position + 1 < len(mentions) else len(turn.text)
        segments.append(_Segment(turn, mention, mention.start, min(end, following)))
    return segments


# -- statements ------------------------------------------------------------------------------------------------------


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
    for segment in _segments(turn):
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


def _predicate_end(turn: Turn, segment: _Segment) -> int:
    """To the end of the clause that holds the drug's predicate, over a list of drugs."""
    for clause in turn.sentence_of(turn.clause_at(segment.mention.start)):
        if clause.end > segment.mention.end and _TAKES.search(
            turn.text[max(clause.start, segment.mention.end) : clause.end]
        ):
            return clause.end
    return turn.clause_at(segment.mention.start).end


def _statement(turn: Turn, segment: _Segment, clause: Clause) -> tuple[str, MedicationStatement]:
    words = turn.text[segment.start : max(segment.end, clause.end)]
    dose, frequency = _dose(segment), find_frequency(_around(turn, segment))
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
        confidence=0.85 if segment.mention.how == "exact" else 0.6,
    )
    return _key(segment.mention), statement


def _around(turn: Turn, segment: _Segment) -> str:
    """The segment, and the words before the drug where it is the first of its clause ("아침마다 노바스크")."""
    clause = turn.clause_at(segment.mention.start)
    return turn.text[clause.start : segment.start] + segment.text if not drug_before(turn, segment) else segment.text


def drug_before(turn: Turn, segment: _Segment) -> bool:
    clause = turn.clause_at(segment.mention.start)
    return any(clause.start <= mention.start < segment.start for mention in drug_mentions(turn))


def _confirmed(dialogue: Dialogue, turn: Turn) -> list[tuple[str, MedicationStatement]]:
    """ "글루코파지 오백 하루 두 번 드시는 거죠?" – "네"."""
    found: list[tuple[str, MedicationStatement]] = []
    replies = dialogue.answers(turn)
    for segment in _segments(turn):
        clause = turn.clause_at(segment.mention.start)
        sentence = turn.sentence_text(clause)
        if not (clause.is_question or turn.has_question and turn.sentence_of(clause)[-1] is not turn.clauses[-1]):
            continue
        if (
            not replies
            or not re.search(r"드시|드셨|복용|맞으|쓰시|그대로|맞죠|먹이", sentence)
            or answer(turn, replies) != "present"
        ):
            continue
        if re.search(r"적 ?(?:은|이|있|없)|최근|예전|때|이나\s", sentence):
            continue
        key, statement = _statement(turn, segment, clause)
        reply = replies[0]
        evidence = (*statement.evidence, reply.evidence(0, reply.clauses[0].end))
        found.append((key, replace(statement, evidence=evidence)))
    return found


def _key(mention: Mention) -> str:
    row = mention.row
    return row.ingredient if isinstance(row, MedicineRow) else row.term


# -- orders ----------------------------------------------------------------------------------------------------------


def orders(dialogue: Dialogue, taken: list[MedicationStatement]) -> tuple[list[MedicationOrder], list[Rejected]]:
    """The orders of the consultation, and the drugs that were mentioned and not ordered."""
    found: dict[str, MedicationOrder] = {}
    rejected: list[Rejected] = []
    current = {statement.name for statement in taken}
    for turn in dialogue.turns:
        if turn.role != "clinician" and not (turn.role == "nurse" and dialogue.encounter.setting == "emergency"):
            continue
        for segment in _segments(turn):
            verdict = _verdict(turn, segment, current)
            evidence = turn.evidence(turn.clause_at(segment.mention.start).start, segment.end)
            if verdict in ("negated", "considered", "hypothetical"):
                rejected.append(Rejected(medicine_name(segment.mention), evidence, verdict))  # type: ignore[arg-type]
            elif verdict != "none":
                _add(found, _key(segment.mention), _order(dialogue, turn, segment, verdict, evidence))  # type: ignore[arg-type]
    completed = [_with_supply(dialogue, order) for order in found.values()]
    return completed, rejected


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
        dose=known.dose or order.dose,
        frequency=known.frequency or order.frequency,
        times_per_day=known.times_per_day or order.times_per_day,
        duration_days=known.duration_days or order.duration_days,
        route=known.route or order.route,
        evidence=tuple(dict.fromkeys((*known.evidence, *order.evidence))),
    )


def _verdict(turn: Turn, segment: _Segment, current: set[str]) -> Verdict:
    clause = turn.clause_at(segment.mention.start)
    if clause.is_question:
        return "none"
    rest, own = (_BOUND.sub(" ", words) for words in _governing(turn, segment))
    if is_considered(own) and not re.search(r"(?:으로|로) (?:시작|갈게|할게|드릴)", rest[len(own) :]):
        return "considered"
    if is_considered(rest) and not _GIVE.search(re.split(r"다가|했는데", rest)[-1]):
        return "considered"
    is_current = medicine_name(segment.mention) in current
    if _STOP.search(own) and not _NOT_GIVEN.search(own):
        return "stop"
    if _NOT_GIVEN.search(own):
        return "stop" if is_current and re.search(r"지 마|지 말|이제", own) and "같이" not in own else "negated"
    if clause.link == "if" or _MAYBE.search(own):
        return "hypothetical"
    if (_RISE.search(own) or _FALL.search(own) or _SWAP.search(own)) and not re.search(
        r"려고|도움|효과|해 주|수치|콜레스테롤", own
    ):
        return "change"
    if _KEEP.search(own):
        return "continue"
    if re.match(r"\s?(?:피\s?)?(?:검사|수치|농도|레벨)", rest):
        return "none"
    has_dose = _dose(segment) is not None
    if _GIVE.search(own) or _GIVE.search(rest):
        return "start" if has_dose or not _WEAK.search(own) else "none"
    return "start" if _dose(segment) and find_frequency(segment.text) else "none"


def _governing(turn: Turn, segment: _Segment) -> tuple[str, str]:
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


def _order(
    dialogue: Dialogue, turn: Turn, segment: _Segment, action: OrderAction, evidence: Evidence
) -> MedicationOrder:
    dose = _dose(segment) if action != "stop" else None
    frequency = _frequency(turn, segment) if action != "stop" else None
    supply = find_supply(segment.text) if action != "stop" else None
    row = segment.mention.row
    route = _route(segment, row) if action != "stop" else None
    return MedicationOrder(
        id="",
        name=medicine_name(segment.mention),
        action=action,
        dose=Dose(value=dose.value, unit=dose.unit) if dose else None,
        frequency=frequency.text if frequency else None,
        times_per_day=frequency.times_per_day if frequency else None,
        duration_days=round(supply.days) if supply else None,
        route=route,
        evidence=(evidence,),
        confidence=0.9 if segment.mention.how == "exact" else 0.5,
    )


def _frequency(turn: Turn, segment: _Segment) -> Frequency | None:
    return find_frequency(_until_condition(segment))


def _until_condition(segment: _Segment) -> str:
    """The segment without what holds only later or only if: "일주일 드시고 괜찮으면 십 밀리로 올릴게요"."""
    cut = re.search(r"(?:괜찮으면|심하면|안 들으면|부족하면|효과 (?:없으면|보고)|좋아지면)", segment.text)
    return segment.text[: cut.start()] if cut else segment.text


def _dose(segment: _Segment) -> Quantity | None:
    text = _until_condition(segment)
    offset = segment.mention.end - segment.start
    amounts = [
        q for q in find_quantities(text) if q.unit in DOSE_UNITS and q.start >= offset and not _is_other_amount(text, q)
    ]
    masses = [quantity for quantity in amounts if quantity.unit in MASSES | {"mg/m2", "mg/kg"}]
    chosen = _standing(text, masses) or _bare(text, offset) or _standing(text, amounts)
    return chosen


def _standing(text: str, amounts: list[Quantity]) -> Quantity | None:
    """Of several amounts the one that holds: after "에서 … 로", else the first before the frequency."""
    if not amounts:
        return None
    for first, second in zip(amounts, amounts[1:], strict=False):
        if first.unit == second.unit and re.match(
            r"\s?(?:에서|말고|대신|,\s*처음|으로[^.]{0,4}처음)", text[first.end : second.start]
        ):
            return second
        between = text[first.end : second.start]
        if first.unit == second.unit and len(between) < 16 and re.search(r"처음이니까|아니다|그냥|일단", between):
            return second
    return amounts[0]


def _is_other_amount(text: str, quantity: Quantity) -> bool:
    return bool(re.match(r"\s?(?:이하|이상|넘|까지|미만)", text[quantity.end :]))


def _bare(text: str, offset: int) -> Quantity | None:
    """A number said right after the drug without a unit is milligrams: "아스피린 삼백이요", "오백에서 천으로"."""
    for number in find_numbers(text):
        if number.start < offset:
            continue
        between = text[offset : number.start]
        if (
            not re.fullmatch(r"(?:을|를|은|는|도|이|가)?\s*(?:한\s)?", between)
            or number.system == "native"
            or number.value < 2
        ):
            return None
        raised = re.match(r"\s?에서\s", text[number.end :])
        if raised:
            higher = [n for n in find_numbers(text) if n.start == number.end + raised.end()]
            number = higher[0] if higher else number
        if re.match(r"\s?(?:일|주|달|번|개월|시간|년|회|점|명|차|도(?!\s)|알|정|포|방울|퍼프)", text[number.end :]):
            return None
        unit = re.match(r"\s?(유닛|단위|U)", text[number.end :])
        return Quantity(number.start, number.end, number.value, "U" if unit else "mg", number.high)
    return None


def _route(segment: _Segment, row: object) -> str | None:
    for pattern, route in _ROUTES:
        if re.search(pattern, segment.text):
            return route
    before = segment.turn.text[max(0, segment.start - 12) : segment.start]
    if re.search(r"수액에|정맥으로|IV로|링거", before):
        return "intravenous"
    stated = row.route if isinstance(row, MedicineRow) and row.route else ""
    if stated:
        return stated
    return "oral" if _ORAL_WORDS.search(segment.text) else None


def _with_supply(dialogue: Dialogue, order: MedicationOrder) -> MedicationOrder:
    """Days said once for the drugs of the visit ("둘 다 삼 일", "이십팔 일치 드릴게요") hold for each without its own."""
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


def class_mentions(turn: Turn) -> list[Mention]:
    """Drug classes as spoken ("혈압약")."""
    return [mention for mention in turn.of(Table.DRUG_CLASSES) if isinstance(mention.row, DrugClassRow)]
