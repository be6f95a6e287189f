"""Reads a consultation into entries with evidence; deterministic, without a language model."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Diagnosis, Entry, Evidence, Symptom
from scribe.domain.transcript import Transcript
from scribe.drafting.dialogue import Dialogue, Turn, read_dialogue
from scribe.drafting.extract.advice import is_dose_sentence, is_request
from scribe.drafting.extract.allergies import allergies
from scribe.drafting.extract.as_said import said_words
from scribe.drafting.extract.asked_before import with_questions
from scribe.drafting.extract.diagnoses import diagnoses
from scribe.drafting.extract.doubts import doubts
from scribe.drafting.extract.findings import findings
from scribe.drafting.extract.guidance import guidance
from scribe.drafting.extract.history import histories
from scribe.drafting.extract.measurements import unclear
from scribe.drafting.extract.medication import statements
from scribe.drafting.extract.plans import procedures, referrals, test_orders
from scribe.drafting.extract.prescriptions import orders
from scribe.drafting.extract.reading import Conflict, Doubt, Reading, Rejected, Retracted, Unread, UnreadReason
from scribe.drafting.extract.red_flags import red_flags
from scribe.drafting.extract.results import results
from scribe.drafting.extract.symptoms import symptoms
from scribe.drafting.extract.vitals import home_pressures, vitals
from scribe.drafting.lexicon import Table
from scribe.drafting.observer import UNOBSERVED, Observer
from scribe.drafting.quantities import find_pressures, find_quantities
from scribe.drafting.terminology.coding import coded
from scribe.drafting.terms import TermIndex

__all__ = ["Conflict", "Doubt", "Reading", "Rejected", "Retracted", "Unread", "read"]

_PLAN_VERB = re.compile(
    r"드릴게|처방|추가할게|시작할게|올릴게|줄일게|찍을게|찍고|검사 ?(?:할게|하죠|해 볼)|의뢰|예약|드세요"
)
_FOLLOW_UP_VISIT = re.compile(r"지난번|결과|만에|만이시|재진|잘 지내|약은? (?:잘|다)")
_COMPLAINTS = 3


def read(
    transcript: Transcript,
    encounter: Encounter,
    observer: Observer = UNOBSERVED,
    terms: TermIndex | None = None,
) -> Reading:
    """The facts of the consultation, each with the clauses it rests on, in the order in which they were said.

    Silent rather than wrong: what cannot be tied to the patient, or is only supposed, asked or rejected, gives no
    entry.  An empty transcript gives an empty reading.
    """
    dialogue = read_dialogue(transcript, encounter, terms or TermIndex.load())
    observer.dialogue(dialogue)
    read_off, rejected, conflicts = _entries(dialogue, observer)
    found = with_questions(dialogue, read_off)
    dangers = red_flags(found, _years(encounter), _months(encounter))
    observer.entries("red_flag", dangers)
    entries = coded(_numbered(dialogue, [*found, *dangers]), dialogue.terms.hospital)
    return Reading(
        entries=entries,
        retracted=tuple(_retracted(dialogue)),
        rejected=tuple(rejected),
        conflicts=tuple(conflicts),
        unread=tuple(_unread(dialogue, entries, rejected)),
        doubts=tuple(doubts(dialogue, entries)),
        chief_complaint=_chief_complaint(dialogue, entries),
        said=said_words(dialogue, entries),
    )


def _months(encounter: Encounter) -> int | None:
    """Completed months of age: what an infant's fever is judged by."""
    if encounter.patient is None:
        return None
    day, born = encounter.start.date(), encounter.patient.birth_date
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def _years(encounter: Encounter) -> int | None:
    return encounter.patient.age_on(encounter.start.date()) if encounter.patient else None


def _entries(dialogue: Dialogue, observer: Observer) -> tuple[list[Entry], list[Rejected], list[Conflict]]:
    found: list[Entry] = []

    def keep(kind: str, entries: Sequence[Entry]) -> None:
        observer.entries(kind, entries)
        found.extend(entries)

    told, conflicts = symptoms(dialogue)
    keep("symptom", told)
    keep("history", histories(dialogue))
    keep("allergy", allergies(dialogue))
    taken = statements(dialogue)
    keep("medication_statement", taken)
    keep("vital", vitals(dialogue))
    keep("lab_result", results(dialogue))
    keep("vital", home_pressures(dialogue))
    keep("exam", findings(dialogue))
    keep("diagnosis", diagnoses(dialogue))
    ordered, refused = orders(dialogue, taken)
    keep("medication_order", ordered)
    tests, tests_refused = test_orders(dialogue)
    keep("test_order", tests)
    done, procedures_refused = procedures(dialogue)
    keep("procedure", done)
    keep("referral", referrals(dialogue))
    advice, visits, precautions = guidance(dialogue)
    keep("advice", advice)
    keep("follow_up", visits)
    keep("return_precaution", precautions)
    return found, [*refused, *tests_refused, *procedures_refused], conflicts


def _numbered(dialogue: Dialogue, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """In the order of their first words, with ids e0, e1, …; evidence in the order of the dialogue."""
    order = {turn.id: turn.index for turn in dialogue.turns}

    def place(entry: Entry) -> tuple[int, int]:
        return min((order[item.utterance], item.start) for item in entry.evidence)

    sorted_entries = sorted(entries, key=place)
    return tuple(
        replace(
            entry,
            id=f"e{number}",
            evidence=tuple(sorted(entry.evidence, key=lambda item: (order[item.utterance], item.start))),
        )
        for number, entry in enumerate(sorted_entries)
    )


def _retracted(dialogue: Dialogue) -> Iterable[Retracted]:
    for turn in dialogue.turns:
        for span in turn.retractions:
            yield Retracted(
                turn.utterance.text[span.start : span.end],
                turn.evidence(span.start, span.end),
                turn.evidence(span.instead_start, span.instead_end),
            )


def _unread(dialogue: Dialogue, entries: Sequence[Entry], rejected: Sequence[Rejected]) -> Iterable[Unread]:
    evidence = [*(item for entry in entries for item in entry.evidence), *(one.evidence for one in rejected)]
    cited = {item.utterance for entry in entries for item in entry.evidence}
    for turn in dialogue.turns:
        reason = _lost_sentence(turn, evidence) if turn.id in cited else _reason(turn)
        if reason is None and unclear(turn):
            reason = "number"
        if reason:
            yield Unread(turn.id, reason)


def _lost_sentence(turn: Turn, evidence: Sequence[Evidence]) -> UnreadReason | None:
    """How a medicine is taken, or a misheard request, in an utterance of which only other sentences were read."""
    read_spans = [(item.start, item.end) for item in evidence if item.utterance == turn.id]

    def is_lost(start: int, end: int) -> bool:
        return not any(first < end and start < last for first, last in read_spans)

    for clause in turn.clauses if turn.role == "clinician" else ():
        sentence = turn.sentence_of(clause)
        start, end = sentence[0].start, sentence[-1].end
        if clause.is_question:
            continue
        if is_lost(start, end) and is_dose_sentence(turn.text[start:end]):
            return "number"
        if turn.is_recognised and is_lost(clause.start, clause.end) and is_request(turn, clause.start, clause.end):
            return "plan"
    return None


def _reason(turn: Turn) -> UnreadReason | None:
    if turn.of(Table.MEDICINES):
        return "drug"
    if find_quantities(turn.text) or find_pressures(turn.text):
        return "number"
    if turn.of(Table.SYMPTOMS):
        return "symptom"
    if turn.role == "clinician" and _PLAN_VERB.search(turn.text):
        return "plan"
    return None


def _chief_complaint(dialogue: Dialogue, entries: Sequence[Entry]) -> str | None:
    """The present symptoms of the first turns of the patient's side; on a return visit the disease followed up."""
    opening = [turn.id for turn in dialogue.turns if turn.is_patient_side or turn.role == "nurse"][:2]
    first = [
        entry for entry in entries if isinstance(entry, Symptom) and entry.status != "absent" and _cites(entry, opening)
    ]
    known = [entry for entry in entries if isinstance(entry, Diagnosis) and entry.certainty == "confirmed"]
    greeting = " ".join(turn.text for turn in dialogue.turns[:2] if turn.role == "clinician")
    if known and not first and _FOLLOW_UP_VISIT.search(greeting):
        return f"{known[0].name} 추적 진료"
    if not first:
        first = [entry for entry in entries if isinstance(entry, Symptom) and entry.status == "present"][:1]
    return ", ".join(entry.name for entry in first[:_COMPLAINTS]) or None


def _cites(entry: Entry, utterances: Sequence[str]) -> bool:
    return any(item.utterance in utterances for item in entry.evidence)
