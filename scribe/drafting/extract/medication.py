"""What the patient takes, or took until lately: told, confirmed, read from the bag, or asked for by name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scribe.domain.entries import Evidence, MedicationStatement
from scribe.drafting.assertion import Person, answer, whose
from scribe.drafting.dialogue import Clause, Dialogue, Turn
from scribe.drafting.extract.doses import dose_of
from scribe.drafting.extract.dosing import (
    Segment,
    drug_mentions,
    medicine_key,
    medicine_name,
    segments,
)
from scribe.drafting.extract.drug_use import Use, adherence_of, use_of
from scribe.drafting.lexicon import DrugClassRow, MedicineRow, Table
from scribe.drafting.numbers import read_number
from scribe.drafting.terms import Mention
from scribe.drafting.times import find_frequency

_ASKS_MEDICINES = re.compile(
    r"(?:무슨|어떤|다른|또|드시는|먹는|드신|드시던|복용)\s?[가-힣\s]{0,6}약|"
    r"약[가-힣]{0,2}\s?[가-힣\s,]{0,14}(?:드시|드세|드셨|있으|있나|있어|"
    r"복용|먹)|해열제|진통제|영양제|뭘? ?(?:먹|드|발라|바르|넣)|그대로|먹이|드시는 (?:거|건|것)|(?:약|건|"
    r"거)(?:은|는)?요\s?\?|뭐 (?:바르|쓰|먹|드|사)"
)
_REACTED = re.compile(
    r"^[^.?!]{0,24}?(?:먹고|맞고|먹었더니|맞았더니|먹다가|먹으면|바르고|먹은 뒤|쓰고|넣고|드시고|맞으면|먹구|"
    r"인가)[^.?!]{0,20}?"
    r"(?:두드러기|발진|부었|부은|부어|붓|쇼크|가려|빨개|벌게|벌개|뒤집|숨이|간지|토했|쓰러|올라왔|난 적|났|"
    r"적(?:은|이|도)?\s?있)|^\s?(?:에|주사)?\s?(?:알레르기|알러지|부작용)"
)
_MUSES = re.compile(r"(?:인가|였나|던가|더라|라나|이라 하던가)\s*[.?…]*\s*$")
_CURED = re.compile(
    r"^[^.?!]{0,12}(?:먹고|맞고|먹으니까|맞으니까|쓰고)\s?(?:바로\s|금방\s|다\s)?(?:나았|나아|괜찮아졌|좋아졌|"
    r"멀쩡)|아무 일|아무렇지|(?:맞|먹)었다고"
)
_LONG_AGO = re.compile(r"예전|옛날|어릴|어렸|살 때|년 전|학생 때|군대|처녀 때|그때는|재작년|애 낳")
_READS_OUT = re.compile(
    r"읽어 ?볼게|드시는 약|복용 ?중|먹는 약|드시던 약|약은? (?:다 )?(?:드시|그대로|잘 드)|약 ?봉투|처방전|"
    r"가져오셨|지금 (?:드시|쓰시|맞으시)|"
    r"쓰시던|드신 지|[올줄바시쓴맞]?[가-힣]{0,2}[린인꾼한쓴은] 지 [가-힣]{1,3}\s?(?:일|주|달|개월|년|됐)|"
    r"드시고 (?:계|있)|쓰고 계|맞고 계|드시는 (?:거|건|중)|올리고|줄이고|바꾸고|시작하고|"
    r"드린 (?:거|약|건|지)|처방해 드린|하루에 [가-힣 ]{1,4}(?:알|"
    r"번)[^.?!]{0,6}드시"
)
_TELLS = re.compile(
    r"드신 지|만인데|드시는 (?:거|건|중)|드시고 (?:계|있)|읽어 ?볼게|그대로죠|드린 거|드시(?:죠|고요)|맞죠|"
    r"지금 (?:하루|한)"
)
_ASKS_USE = re.compile(
    r"드시|드세|드셨|드신|복용|맞으|쓰시|쓰세|뿌리|바르|발라|넣으|하세요|하시|먹이|먹여|먹어|먹니|그대로|맞죠|"
    r"갖고|은요|는요|도요|건요|거는|[은는]\s?\?|챙기|챙겨"
)
_PLANNED = re.compile(
    r"드릴|드려|처방할|추가|시작(?:할|합|하[죠고])|바꿀|바꿔|올릴|올리[고죠]|줄일|끊|중단|드세요|"
    r"드시고 (?:바로|오)|지 마|보탤|빼고|빼죠|안 |"
    r"(?:일|주|달|개월|보름|흘)\s?치|나갑니다|나가고|(?:으로|로) (?:가|갈|갑)|주세요|맞으세요|쓰세요"
)
_BAG = re.compile(r"읽어 ?볼게|드시는 약|약 ?봉투|복용 ?중|드시던 약|처방전|드시죠\?|가져오셨")
# "콩코르를 이 점 오에서 오 밀리로 올릴게요": what was taken until now
_CHANGED = re.compile(
    r"(?:을|를|은|는|도)?\s?(?:지금\s|현재\s)?(?P<from>[가-힣\d. ]{1,14}?)에서\s[가-힣\d. ]{1,14}(?:으로|"
    r"로)\s?[^.?!]{0,6}(?:올|늘|"
    r"줄|낮|내|바|증|감)"
)
_EVER = re.compile(
    r"적 ?(?:은|이|있|없)|최근|예전|이나\s|라도|든지|든가|혹시[^?]*(?:약|제)(?:은|는|이|도)?\s?(?:드시|먹)"
)
_ASKS_HOW_MUCH = re.compile(r"얼마(?!나 오래)|몇 (?:알|밀리|번|미리)|어떻게 드시|언제 드시")
_SAME = re.compile(
    r"^(?:은|는|이|도|가|을|를|으로|로|요|인|이란|이라고)?[\s,.…]*(?:그|저|이름이|뭐더라|이거|그거|그게|하나|"
    r"중에)?[\s,.…]*$"
)
# classes that are a way of giving, or nothing that a record of medicines would list
NO_MEDICINE = frozenset({"시럽", "가루약", "백신", "수액", "소독약", "마취제", "조영제", "장정결제", "가글액"})
# what a class stands for in the ATC classification (WHO), to know its medicines when they are named elsewhere
CLASS_CODES = {
    "혈압약": ("C02", "C03", "C07", "C08", "C09"),
    "당뇨약": ("A10",),
    "콜레스테롤약": ("C10",),
    "수면제": ("N05C", "N05B"),
    "전립선약": ("G04C",),
    "진통제": ("N02", "M01A"),
    "소염제": ("M01A",),
    "해열제": ("N02B", "M01A"),
    "위장약": ("A02",),
    "항생제": ("J01",),
    "갑상선약": ("H03",),
    "혈액희석제": ("B01",),
    "골다공증약": ("M05", "G03X", "H05"),
    "철분제": ("B03A",),
    "비타민제": ("A11",),
    "안약": ("S01",),
    "흡입기": ("R03",),
    "스테로이드": ("H02", "D07"),
    "항히스타민제": ("R06",),
    "우울증약": ("N06A",),
    "통풍약": ("M04",),
    "이뇨제": ("C03",),
    "파킨슨약": ("N04",),
    "간질약": ("N03",),
    "심장약": ("C01", "C07"),
    "관절약": ("M01",),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """One saying about a medicine, with the words that tell whether it is taken."""

    turn: Turn
    segment: Segment
    use: Use
    evidence: tuple[Evidence, ...]
    words: str


def statements(dialogue: Dialogue) -> list[MedicationStatement]:
    """One entry for each medicine taken or given up lately; what was only tried long ago or weighed gives none."""
    found: dict[str, MedicationStatement] = {}
    for turn in dialogue.turns:
        told = _told(dialogue, turn) if turn.is_patient_side else _asked(dialogue, turn)
        for said in told:
            key, statement = _key(said.segment.mention), _statement(said)
            found[key] = _joined(found[key], statement) if key in found else statement
    return list(found.values())


def _key(mention: Mention) -> str:
    return medicine_key(mention) if mention.table is Table.MEDICINES else mention.surface


def _joined(first: MedicationStatement, second: MedicationStatement) -> MedicationStatement:
    return replace(
        first,
        dose=first.dose or second.dose,
        frequency=first.frequency or second.frequency,
        adherence=first.adherence or second.adherence,
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
    )


def _statement(said: _Said) -> MedicationStatement:
    segment, mention = said.segment, said.segment.mention
    dose = dose_of(segment)
    adherence = adherence_of(said.words, said.use)
    asked = None if adherence and said.evidence[-1].utterance != said.turn.id else _around(said.turn, segment)
    frequency = (find_frequency(asked) if asked else None) or find_frequency(said.words)
    return MedicationStatement(
        id="",
        name=medicine_name(mention) if mention.table is Table.MEDICINES else mention.surface,
        dose=f"{dose.value:g} {dose.unit}" if dose else None,
        frequency=frequency.text if frequency and said.use == "taken" else None,
        adherence=adherence,
        evidence=said.evidence,
        confidence=0.85 if mention.how == "exact" else 0.5,
    )


def _around(turn: Turn, segment: Segment) -> str:
    """The segment, and the words before the drug where it is the first of its clause ("아침마다 노바스크")."""
    clause = turn.clause_at(segment.mention.start)
    return turn.text[clause.start : segment.start] + segment.text if not drug_before(turn, segment) else segment.text


def drug_before(turn: Turn, segment: Segment) -> bool:
    """Another drug stands before this one in its clause."""
    clause = turn.clause_at(segment.mention.start)
    return any(clause.start <= mention.start < segment.start for mention in drug_mentions(turn))


def class_mentions(turn: Turn) -> list[Mention]:
    """Drug classes as spoken ("혈압약")."""
    return [mention for mention in turn.of(Table.DRUG_CLASSES) if isinstance(mention.row, DrugClassRow)]


def _named(dialogue: Dialogue, turn: Turn) -> Iterator[Segment]:
    """The medicines of the turn, and the classes that no medicine beside them names more closely."""
    medicines = segments(turn)
    yield from medicines
    taken = [segment.mention for segment in medicines]
    for mention in class_mentions(turn):
        as_such = re.match(r"(?:으)?로(?:\s|도|는)|이나\s|이든|처럼|같은", turn.text[mention.end :])
        if as_such or mention.nested or mention.row.term in NO_MEDICINE or _has_name(dialogue, turn, mention, taken):
            continue
        limit = min(
            [m.start for m in taken if m.start >= mention.end]
            + [turn.sentence_of(turn.clause_at(mention.start))[-1].end]
        )
        yield Segment(turn, mention, mention.start, limit)


def _has_name(dialogue: Dialogue, turn: Turn, mention: Mention, medicines: list[Mention]) -> bool:
    """ "혈압약 로사르탄", "수면제요, 졸피뎀": the medicine is named beside its class, or in a turn near by."""
    if any(m.start < mention.end and mention.start < m.end for m in medicines):
        return True
    if any(0 <= m.start - mention.end <= 14 and _SAME.match(turn.text[mention.end : m.start]) for m in medicines):
        return True
    near = dialogue.turns[max(0, turn.index - 2) : turn.index + 3]
    members = CLASS_CODES.get(mention.row.term, ())
    return any(_atc(m).startswith(members) for other in near for m in drug_mentions(other)) if members else False


def _atc(mention: Mention) -> str:
    return mention.row.atc if isinstance(mention.row, MedicineRow) else ""


# -- told by the patient's side ---------------------------------------------------------------------------------


def _told(dialogue: Dialogue, turn: Turn) -> Iterable[_Said]:
    asked = _spoken_before(dialogue, turn)
    asks_medicines = asked is not None and bool(_ASKS_MEDICINES.search(asked.text)) and "알레르기" not in asked.text
    is_list = asks_medicines
    for segment in sorted(_named(dialogue, turn), key=lambda one: one.start):
        words = _rest(turn, segment)
        use = use_of(words)
        if not _is_own_use(dialogue, turn, segment, words):
            continue
        if use == "open":
            use = "taken" if is_list or (_is_dosed(segment) and asked is not None) else "refused"
        if use == "refused":
            continue
        is_list = True
        end = max(turn.clause_at(segment.mention.start).end, turn.clause_at(max(segment.end - 1, segment.start)).end)
        yield _Said(turn, segment, use, (turn.evidence(turn.clause_at(segment.mention.start).start, end),), words)


def _is_numbered(segment: Segment) -> bool:
    """Dosed, or followed at once by a bare number ("하루날 영 점 이")."""
    after = segment.turn.text[segment.mention.end :].lstrip()
    return _is_dosed(segment) or read_number(after, 0) is not None


def _spoken_before(dialogue: Dialogue, turn: Turn) -> Turn | None:
    """The clinician's turn that this one follows: a question, or a request ("드시는 약 불러 보세요")."""
    before = dialogue.turns[turn.index - 1] if turn.index else None
    return before if before is not None and before.role == "clinician" else dialogue.question_before(turn)


def _is_dosed(segment: Segment) -> bool:
    return dose_of(segment) is not None or find_frequency(segment.text) is not None


def _is_own_use(dialogue: Dialogue, turn: Turn, segment: Segment, words: str) -> bool:
    clause = turn.clause_at(segment.mention.start)
    before = turn.text[turn.sentence_of(clause)[0].start : segment.mention.start]
    if _MUSES.search(turn.sentence_text(clause)):
        before = turn.text[max(0, turn.sentence_of(clause)[0].start - 60) : segment.mention.start]
    asks = clause.is_question and not re.search(
        r"(?:인가|였나|던가|더라|되나|라나|쯤|정도)\s?\?", turn.sentence_text(clause)
    )
    if asks or whose(dialogue, turn, segment.mention.start).person is not Person.PATIENT:
        return False
    following = [m.start for m in (*drug_mentions(turn), *class_mentions(turn)) if m.start >= segment.mention.end]
    until = min([segment.mention.end + 60, *following])
    reacted = _REACTED.search(turn.text[segment.mention.end : until].split("…")[0])
    if _CURED.search(turn.text[segment.mention.end : turn.sentence_of(clause)[-1].end]):
        return False
    past = _LONG_AGO.search(before) or _LONG_AGO.search(words)
    return not reacted and not (past and not re.search(r"지금|요즘|요새|요샌|현재|부터|받은 거|있던", before + words))


def _rest(turn: Turn, segment: Segment) -> str:
    """From the drug to the end of the clause that holds its predicate, over a list of drugs."""
    sentence = turn.sentence_of(turn.clause_at(segment.mention.start))
    following = [m.start for m in (*drug_mentions(turn), *class_mentions(turn)) if m.start >= segment.mention.end]
    for clause in sentence:
        if clause.end <= segment.mention.end:
            continue
        words = turn.text[max(clause.start, segment.mention.end) : clause.end]
        until = next((start for start in following if start >= clause.end), None)
        if use_of(words) != "open" and not _goes_on(turn, clause, until):
            return turn.text[segment.mention.end : clause.end]
    stop = sentence[-1].end
    if len(turn.text[segment.mention.end : stop].strip(" ,.?!…")) < 4:
        following_sentence = [clause for clause in turn.clauses if clause.start >= stop]
        stop = turn.sentence_of(following_sentence[0])[-1].end if following_sentence else stop
        stop = min([stop, *following])
    return turn.text[segment.mention.end : max(stop, segment.mention.end)]


def _goes_on(turn: Turn, clause: Clause, until: int | None) -> bool:
    """ "바르고 무서워서 안 발랐어요": a later clause of the sentence takes back what this one says."""
    sentence = turn.sentence_of(clause)
    if clause.link not in ("and", "but", "because") or clause is sentence[-1]:
        return False
    end = sentence[-1].end if until is None else min(until, sentence[-1].end)
    return end > clause.end and use_of(turn.text[clause.start : end]) == "stopped"


# -- asked or read out by the clinician -------------------------------------------------------------------------


def _asked(dialogue: Dialogue, turn: Turn) -> Iterable[_Said]:
    """ "글루코파지 오백 하루 두 번 드시는 거죠?" – "네"; "스피리바는 매일 하세요?" – "숨찰 때만 했어요"."""
    replies = dialogue.answers(turn)
    reads_out = _READS_OUT.search(turn.text)
    for segment in sorted(_named(dialogue, turn), key=lambda one: one.start):
        clause = turn.clause_at(segment.mention.start)
        sentence = turn.sentence_text(clause)
        at = turn.sentence_of(clause)
        own = turn.evidence(clause.start, max(clause.end, min(segment.end, at[-1].end)))
        rest = turn.text[segment.mention.end : at[-1].end]
        if (
            turn.role == "nurse"
            and not clause.is_question
            and use_of(rest) == "stopped"
            and re.search(r"부터|중이|상태", rest)
        ):
            yield _Said(turn, segment, "stopped", (own,), rest)
            continue
        if (raised := _CHANGED.match(rest)) and not clause.is_question:
            before = Segment(turn, segment.mention, segment.start, segment.mention.end + raised.end("from"))
            yield _Said(turn, before, "taken", (own,), "")
            continue
        if reads_out and _is_read_out(turn, segment, reads_out, sentence):
            if not (clause.is_question and replies and _denies(turn, replies, sentence)):
                evidence = (
                    (own, replies[0].evidence(0, replies[0].clauses[0].end))
                    if clause.is_question and replies
                    else (own,)
                )
                yield _Said(turn, segment, "taken", evidence, turn.text[segment.mention.end : at[-1].end])
            continue
        asked = _question_about(turn, segment)
        if not replies or not asked or not _ASKS_USE.search(asked) or _EVER.search(asked):
            continue
        if [m for m in drug_mentions(turn) if m.start > at[-1].end and turn.clause_at(m.start).is_question]:
            continue
        use, words = _use_in_reply(turn, segment, replies, asked)
        if use in ("taken", "stopped"):
            reply = replies[0]
            yield _Said(
                turn, segment, use, (own, reply.evidence(0, reply.sentence_of(reply.clauses[0])[-1].end)), words
            )


def _denies(turn: Turn, replies: tuple[Turn, ...], sentence: str) -> bool:
    return answer(turn, replies, sentence) == "absent" or use_of(replies[0].text) == "refused"


def _question_about(turn: Turn, segment: Segment) -> str:
    """The question with the drug in it, or the one after the sentence that names it: "스피리바요. 매일 하세요?"."""
    sentence = turn.sentence_of(turn.clause_at(segment.mention.start))
    if sentence[-1].is_question:
        return turn.text[sentence[0].start : sentence[-1].end]
    following = next((clause for clause in turn.clauses if clause.start >= sentence[-1].end), None)
    if (
        following is None
        or not following.is_question
        or use_of(turn.text[segment.mention.end : sentence[-1].end]) != "open"
    ):
        return ""
    return turn.sentence_text(following)


def _is_read_out(turn: Turn, segment: Segment, cue: re.Match[str], sentence: str) -> bool:
    """Told as a fact of what is taken now; plans, and drugs only asked for, are none."""
    words = turn.text[segment.mention.end : turn.sentence_of(turn.clause_at(segment.mention.start))[-1].end]
    if _PLANNED.search(sentence):
        return False
    if cue.start() > segment.mention.start:
        return bool(_TELLS.search(words))
    listed = (
        bool(_BAG.search(cue.group()))
        or cue.start() >= turn.sentence_of(turn.clause_at(segment.mention.start))[0].start
    )
    return bool(_TELLS.search(sentence)) or (listed and _is_numbered(segment))


def _use_in_reply(turn: Turn, segment: Segment, replies: tuple[Turn, ...], sentence: str) -> tuple[Use, str]:
    reply = replies[0]
    others = [m.start for m in drug_mentions(reply) if medicine_key(m) != medicine_key(segment.mention)]
    words = reply.text[: min([*others, len(reply.text)])]
    said = answer(turn, replies, sentence)
    use = use_of(words)
    if _ASKS_HOW_MUCH.search(sentence) and use in ("open", "taken"):
        return "taken", words
    if said == "absent" and use != "stopped":
        return "refused", words
    if use != "open":
        return use, words
    is_dosed = find_frequency(words) is not None
    return ("taken" if said == "present" or is_dosed else "open"), words
