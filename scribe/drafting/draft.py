"""From transcript to draft: read, compose, verify, summarise, verify, and flag what the physician must look at."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Diagnosis, Entry, Evidence, MedicationOrder, RedFlag
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Drafter, Flag
from scribe.domain.statement import Section, Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.compose import compose
from scribe.drafting.errors import EmptyTranscriptError
from scribe.drafting.extract import Conflict, Doubt, Reading, Retracted, Unread, read
from scribe.drafting.grid import medicine
from scribe.drafting.observer import UNOBSERVED, Observer
from scribe.drafting.particles import with_particle
from scribe.drafting.patient import summarise
from scribe.drafting.template import Template
from scribe.drafting.verify import Verdict, verify
from scribe.drafting.verify.amounts import find_amounts

DRAFTER = "evidence"
_LOW_CONFIDENCE = 0.6
_UNREAD = {
    "drug": "약 이름이 나오지만 정리하지 못한 말입니다",
    "number": "수치가 나오지만 정리하지 못한 말입니다",
    "symptom": "증상이 나오지만 정리하지 못한 말입니다",
    "plan": "계획에 관한 말로 보이지만 정리하지 못했습니다",
}
_DOUBTS = {
    "name": "약 이름 확인 필요: ‘{said}’ → {read}",
    "unit": "용량 단위 확인 필요: {read} ‘{said}’. 이 약의 제형과 맞지 않습니다.",
    "strength": "용량 확인 필요: {read} ‘{said}’. 이 약의 함량과 맞지 않습니다.",
    "pressure": "혈압 확인 필요: ‘{said}’ → {read}",
}

Reader = Callable[[Transcript, Encounter, Observer], Reading]


def draft(
    transcript: Transcript,
    encounter: Encounter,
    *,
    template: str | Template = "soap",
    reader: Reader = read,
    observer: Observer | None = None,
) -> Draft:
    """The draft of a consultation: the same transcript gives the same draft.

    Every statement of the note and the patient summary has been judged by the verifier, and each one that is not fully
    supported is named in a flag.  Flags: danger signs, contradictions and corrections, unsupported statements, and what
    is missing (a dose, a number of days, a code, an utterance that no entry cites).  ``observer`` watches the stages.
    Raises EmptyTranscriptError where nothing was said, and UnknownTemplateError.
    """
    if transcript.is_empty:
        raise EmptyTranscriptError()
    observer = observer or UNOBSERVED
    reading = reader(transcript, encounter, observer)
    observer.reading(reading)
    entries = reading.entries
    note = compose(entries, encounter, template, reading.chief_complaint)
    observer.note(note)
    summary = summarise(entries, encounter)
    observer.patient_summary(summary)
    note_verdicts = _judge(transcript, note.sections, entries)
    summary_verdicts = _judge(transcript, summary.sections, entries)
    observer.verdicts((*note_verdicts.values(), *summary_verdicts.values()))
    return Draft(
        encounter=encounter,
        transcript_sha256=transcript_sha256(transcript),
        drafter=Drafter(
            name=DRAFTER,
            version=version("clinical-scribe"),
            recognizer=transcript.recognizer.model if transcript.recognizer else None,
        ),
        entries=entries,
        note=replace(note, sections=_marked(note.sections, note_verdicts)),
        patient_summary=replace(summary, sections=_marked(summary.sections, summary_verdicts)),
        flags=tuple(_flags(transcript, encounter, reading, (*note_verdicts.values(), *summary_verdicts.values()))),
    )


def _judge(transcript: Transcript, sections: Iterable[Section], entries: Sequence[Entry]) -> dict[str, Verdict]:
    statements = [statement for section in sections for statement in section.statements]
    return {verdict.statement: verdict for verdict in verify(transcript, statements, entries)}


def _marked(sections: Iterable[Section], verdicts: dict[str, Verdict]) -> tuple[Section, ...]:
    def marked(statement: Statement) -> Statement:
        return replace(statement, support=verdicts[statement.id].support)

    return tuple(replace(section, statements=tuple(map(marked, section.statements))) for section in sections)


def _flags(
    transcript: Transcript, encounter: Encounter, reading: Reading, verdicts: Iterable[Verdict]
) -> Iterator[Flag]:
    for entry in reading.entries:
        if isinstance(entry, RedFlag):
            yield Flag(kind="red_flag", text=entry.name, entries=(entry.id,))
    for conflict in reading.conflicts:
        yield _conflict(conflict, reading.entries)
    for retracted in reading.retracted:
        yield from _corrected(transcript, retracted, reading.entries)
    for verdict in verdicts:
        if verdict.support != "supported":
            text = " ".join(dict.fromkeys(reason.message for reason in verdict.reasons))
            yield Flag(kind="unsupported", text=text or None, statements=(verdict.statement,))
    for text, doubted in _doubted(reading.doubts).items():
        yield Flag(kind="conflict", text=text, entries=doubted)
    yield from _missing(reading, encounter)
    for unread in reading.unread:
        yield _unclassified(unread)


def _conflict(conflict: Conflict, entries: Sequence[Entry]) -> Flag:
    named = tuple(entry.id for entry in entries if entry.name == conflict.name)
    return Flag(kind="conflict", text=f"‘{conflict.name}’에 관한 말이 서로 다릅니다. 확인해 주세요.", entries=named)


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
    text = f"{with_particle(before, '을')} {with_particle(after, '으로')} 고쳐 말했습니다. 확인해 주세요."
    yield Flag(kind="conflict", text=text, entries=near)


def _touches(item: Evidence, retracted: Retracted) -> bool:
    same = item.utterance == retracted.evidence.utterance
    return same and item.start < retracted.instead.end and retracted.evidence.start < item.end


def _doubted(doubts: Iterable[Doubt]) -> dict[str, tuple[str, ...]]:
    """What to confirm, once for all entries that share it (the two values of a blood pressure)."""
    found: dict[str, tuple[str, ...]] = {}
    for doubt in doubts:
        text = _DOUBTS[doubt.kind].format(said=doubt.said, read=doubt.read)
        found[text] = (*found.get(text, ()), doubt.entry)
    return found


def _missing(reading: Reading, encounter: Encounter) -> Iterator[Flag]:
    misheard = {doubt.entry for doubt in reading.doubts}
    for entry in reading.entries:
        if isinstance(entry, MedicationOrder) and entry.action in ("start", "change"):
            at_home = encounter.setting != "emergency" and medicine(entry) is not None
            yield from _missing_of_order(entry, at_home=at_home)
        if isinstance(entry, Diagnosis) and entry.code is None and entry.certainty != "ruled_out":
            yield Flag(kind="missing", text=f"{entry.name}: 진단 코드를 찾지 못했습니다.", entries=(entry.id,))
        if isinstance(entry, MedicationOrder) and _is_doubtful(entry) and entry.id not in misheard:
            yield Flag(
                kind="missing",
                text=f"{entry.name}: 약 이름을 확실히 알아듣지 못했습니다. 확인해 주세요.",
                entries=(entry.id,),
            )


def _missing_of_order(order: MedicationOrder, *, at_home: bool) -> Iterator[Flag]:
    """A dose always; how often and for how long where the medicine is taken home."""
    lacking = []
    if order.dose is None:
        lacking.append("용량")
    if at_home and order.frequency is None and order.times_per_day is None:
        lacking.append("복용 횟수")
    if at_home and order.duration_days is None and not re.search("필요", order.frequency or ""):
        lacking.append("처방 일수")
    if lacking:
        text = f"{order.name}: 대화에 {with_particle('·'.join(lacking), '이')} 없습니다."
        yield Flag(kind="missing", text=text, entries=(order.id,))


def _is_doubtful(entry: Entry) -> bool:
    return entry.confidence is not None and entry.confidence < _LOW_CONFIDENCE


def _unclassified(unread: Unread) -> Flag:
    """The utterance is named by its id: what was said stays in the transcript."""
    return Flag(kind="missing", text=f"미분류 발화 {unread.utterance}: {_UNREAD[unread.reason]}.")
