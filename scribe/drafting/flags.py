"""What the physician must look at before signing, worded as questions ("확인 필요: …?").

A flag states nothing about the patient: it names the entries or statements in question, and through them the words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Diagnosis, Entry, Evidence, MedicationOrder, RedFlag
from scribe.domain.note import Flag
from scribe.domain.transcript import Transcript
from scribe.drafting.extract import Conflict, Doubt, Reading, Retracted, Unread
from scribe.drafting.grid import AS_NEEDED_AMOUNT, medicine, route_of
from scribe.drafting.particles import with_particle
from scribe.drafting.safety import safety_flags
from scribe.drafting.verify import Verdict
from scribe.drafting.verify.amounts import find_amounts

_LOW_CONFIDENCE = 0.6
_QUOTE = 40  # characters of a quotation inside a flag
_UNREAD = {
    "drug": "약 이름이 나오지만 정리하지 못한 말입니다",
    "number": "수치가 나오지만 정리하지 못한 말입니다",
    "symptom": "증상이 나오지만 정리하지 못한 말입니다",
    "plan": "계획에 관한 말로 보이지만 정리하지 못했습니다",
}
_DOUBTS = {
    "name": "확인 필요: ‘{said}’ → {read}. 약 이름을 이렇게 알아들었습니다. 맞습니까?",
    "term": "확인 필요: ‘{said}’ → {read}. 이렇게 알아들었습니다. 맞습니까?",
    "unit": "확인 필요: {read} ‘{said}’. 용량 단위가 이 약의 제형과 맞지 않습니다. 맞습니까?",
    "strength": "확인 필요: {read} ‘{said}’. 용량이 이 약의 함량과 맞지 않습니다. 맞습니까?",
    "pressure": "확인 필요: 혈압 ‘{said}’ → {read}. 이렇게 알아들었습니다. 맞습니까?",
}


def flags(
    transcript: Transcript, encounter: Encounter, reading: Reading, verdicts: Iterable[Verdict]
) -> Iterator[Flag]:
    """Danger signs, contradictions and corrections, unsupported statements, prescriptions to check, what is missing."""
    for entry in reading.entries:
        if isinstance(entry, RedFlag):
            text = f"확인 필요: 위험 신호 – {entry.name}. 평가와 조치를 확인하셨습니까?"
            yield Flag(kind="red_flag", rule="red_flag", text=text, entries=(entry.id,))
    for conflict in reading.conflicts:
        yield _conflict(transcript, conflict, reading.entries)
    for retracted in reading.retracted:
        yield from _corrected(transcript, retracted, reading.entries)
    for verdict in verdicts:
        if verdict.support != "supported":
            text = " ".join(dict.fromkeys(reason.message for reason in verdict.reasons))
            yield Flag(kind="unsupported", rule="unsupported", text=text or None, statements=(verdict.statement,))
    for text, (rule, doubted) in _doubted(reading.doubts).items():
        yield Flag(kind="conflict", rule=rule, text=text, entries=doubted)
    yield from safety_flags(reading.entries, encounter)
    yield from _missing(reading, encounter)
    for unread in reading.unread:
        yield _unclassified(unread)


def _conflict(transcript: Transcript, conflict: Conflict, entries: Sequence[Entry]) -> Flag:
    """Both sides in the words that were said."""
    named = tuple(entry.id for entry in entries if entry.name == conflict.name)
    told = [_quoted(transcript, item) for item in (conflict.first, conflict.second)]
    both = f"({' / '.join(told)})" if all(told) and told[0] != told[1] else ""
    text = f"확인 필요: ‘{conflict.name}’에 관한 말이 서로 다릅니다{both}. 어느 쪽이 맞습니까?"
    return Flag(kind="conflict", rule="contradiction", text=text, entries=named)


def _quoted(transcript: Transcript, item: Evidence) -> str:
    utterance = transcript.utterance(item.utterance)
    said = utterance.text[item.start : item.end].strip(" ,.") if utterance is not None else ""
    return f"‘{said[:_QUOTE]}{'…' if len(said) > _QUOTE else ''}’" if said else ""


def _corrected(transcript: Transcript, retracted: Retracted, entries: Sequence[Entry]) -> Iterator[Flag]:
    """A dose that was corrected in the same breath is shown; false starts elsewhere are not."""
    orders = [entry for entry in entries if isinstance(entry, MedicationOrder)]
    near = tuple(entry.id for entry in orders if any(_touches(item, retracted) for item in entry.evidence))
    utterance = transcript.utterance(retracted.instead.utterance)
    if not near or utterance is None or not find_amounts(retracted.text):
        return
    whole = (a for a in find_amounts(utterance.text) if a.start == retracted.instead.start)
    end = max((retracted.instead.end, *(amount.end for amount in whole)))
    instead = utterance.text[retracted.instead.start : end]
    before, after = f"‘{retracted.text.strip(' ,')}’", f"‘{instead.strip(' ,')}’"
    text = (
        f"확인 필요: {with_particle(before, '을')} {with_particle(after, '으로')} 고쳐 말했습니다. 나중 말이 맞습니까?"
    )
    yield Flag(kind="conflict", rule="correction", text=text, entries=near)


def _touches(item: Evidence, retracted: Retracted) -> bool:
    same = item.utterance == retracted.evidence.utterance
    return same and item.start < retracted.instead.end and retracted.evidence.start < item.end


def _doubted(doubts: Iterable[Doubt]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """What to confirm, once for all entries that share it (the two values of a blood pressure)."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for doubt in doubts:
        text = _DOUBTS[doubt.kind].format(said=doubt.said, read=doubt.read)
        _, known = found.get(text, ("", ()))
        found[text] = (f"misheard_{doubt.kind}", (*known, doubt.entry))
    return found


def entry_flags(entries: Iterable[Entry], encounter: Encounter) -> Iterator[Flag]:
    """What orders and diagnoses lack, by the entries alone."""
    for entry in entries:
        yield from _lacking(entry, encounter)


def _lacking(entry: Entry, encounter: Encounter) -> Iterator[Flag]:
    if isinstance(entry, MedicationOrder) and entry.action in ("start", "change"):
        at_home = encounter.setting != "emergency" and medicine(entry) is not None
        yield from _missing_of_order(entry, at_home=at_home)
    if isinstance(entry, Diagnosis) and entry.code is None and entry.certainty != "ruled_out":
        text = f"확인 필요: {entry.name}의 진단 코드를 찾지 못했습니다. 어떤 코드입니까?"
        yield Flag(kind="missing", rule="diagnosis_code", text=text, entries=(entry.id,))


def _missing(reading: Reading, encounter: Encounter) -> Iterator[Flag]:
    misheard = {doubt.entry for doubt in reading.doubts}
    for entry in reading.entries:
        yield from _lacking(entry, encounter)
        if isinstance(entry, MedicationOrder) and _is_doubtful(entry) and entry.id not in misheard:
            text = f"확인 필요: {with_particle(entry.name, '이')} 맞습니까? 약 이름을 확실히 알아듣지 못했습니다."
            yield Flag(kind="missing", rule="misheard_name", text=text, entries=(entry.id,))


def _missing_of_order(order: MedicationOrder, *, at_home: bool) -> Iterator[Flag]:
    """A dose, but of ointments and drops; how often and for how long where the medicine is taken home."""
    lacking = []
    if order.dose is None and route_of(order) not in AS_NEEDED_AMOUNT:
        lacking.append("용량")
    if at_home and order.frequency is None and order.times_per_day is None:
        lacking.append("복용 횟수")
    if at_home and order.duration_days is None and not re.search("필요", order.frequency or ""):
        lacking.append("처방 일수")
    if lacking:
        what = "·".join(lacking)
        text = f"확인 필요: {order.name}의 {with_particle(what, '이')} 대화에 없습니다. 얼마입니까?"
        rule = "dose_missing" if "용량" in lacking else "regimen_missing"
        yield Flag(kind="missing", rule=rule, text=text, entries=(order.id,))


def _is_doubtful(entry: Entry) -> bool:
    return entry.confidence is not None and entry.confidence < _LOW_CONFIDENCE


def _unclassified(unread: Unread) -> Flag:
    """The utterance is named by its id: what was said stays in the transcript."""
    return Flag(kind="missing", rule="unclassified", text=f"미분류 발화 {unread.utterance}: {_UNREAD[unread.reason]}.")
