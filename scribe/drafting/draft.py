"""From transcript to draft: read, compose, verify, summarise, verify, and flag what the physician must look at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, MedicationOrder
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Drafter, Note
from scribe.domain.statement import Section, Statement, Support
from scribe.domain.summary import PatientSummary
from scribe.domain.transcript import Transcript
from scribe.drafting.compose import compose
from scribe.drafting.confidence import calibrated
from scribe.drafting.errors import EmptyTranscriptError, UnknownLanguageError
from scribe.drafting.extract import Reading, read
from scribe.drafting.extract.as_said import as_said
from scribe.drafting.flags import flags
from scribe.drafting.known_codes import with_known_codes
from scribe.drafting.observer import UNOBSERVED, Observer
from scribe.drafting.occasion import template_for
from scribe.drafting.patient import summarise
from scribe.drafting.template import AUTO, Template, load_template
from scribe.drafting.verify import Verdict, verify
from scribe.drafting.written import written

DRAFTER = "evidence"
RENDERINGS = ("ko", "en")
_DOUBTED = ("name", "unit", "strength")

Reader = Callable[[Transcript, Encounter, Observer], Reading]


def draft(
    transcript: Transcript,
    encounter: Encounter,
    *,
    template: str | Template = "soap",
    templates: Path | None = None,
    rendering: str = "ko",
    reader: Reader = read,
    observer: Observer | None = None,
) -> Draft:
    """The draft of a consultation: the same transcript gives the same draft; confidences are calibrated.

    ``template`` is a template's name, or "auto" for the one of the occasion; ``templates`` the hospital's own folder.
    Every statement of the note and the patient summary has been judged by the verifier, and each one that is not fully
    supported is named in a flag.  What a person excluded from the transcript is not read.  ``rendering`` "en" gives
    the same statements, of the same entries, evidence and support, in English; the verifier has judged the Korean
    ones.  Flags: danger signs, contradictions and corrections, unsupported statements, prescriptions to check, and
    what is missing.  ``observer`` watches the stages.  Raises EmptyTranscriptError where nothing was said,
    UnknownTemplateError, WrongTemplateError and UnknownLanguageError.
    """
    if rendering not in RENDERINGS:
        raise UnknownLanguageError(language=rendering)
    chosen = _given(template, templates)
    if transcript.is_empty:
        raise EmptyTranscriptError()
    whole, transcript = transcript, transcript.relevant
    watcher = observer or UNOBSERVED
    reading = reader(transcript, encounter, watcher)
    watcher.reading(reading)
    entries = written(reading.entries)
    if chosen is None:
        named = template_for(encounter, entries, reading.chief_complaint, transcript)
        chosen = load_template(named, templates)
    note = compose(entries, encounter, chosen, reading.chief_complaint)
    note_verdicts = _judge(transcript, note.sections, entries)
    apart = _unsupported_company(note, note_verdicts)
    if apart:
        note = compose(entries, encounter, chosen, reading.chief_complaint, apart=apart)
        note_verdicts = _judge(transcript, note.sections, entries)
    watcher.note(note)
    watcher.verdicts(tuple(note_verdicts.values()))
    doubtful = _doubtful(reading, note, note_verdicts)
    summary = summarise(entries, encounter, unconfirmed=doubtful, chief_complaint=reading.chief_complaint)
    watcher.patient_summary(summary)
    summary_verdicts = _judge(transcript, summary.sections, entries)
    watcher.verdicts(tuple(summary_verdicts.values()))
    raised = tuple(flags(transcript, encounter, reading, (*note_verdicts.values(), *summary_verdicts.values())))
    if rendering == "en":
        note = compose(entries, encounter, chosen, reading.chief_complaint, language="en", apart=apart)
        summary = summarise(entries, encounter, "en", unconfirmed=doubtful, chief_complaint=reading.chief_complaint)
    return Draft(
        encounter=encounter,
        transcript_sha256=transcript_sha256(whole),
        drafter=Drafter(
            name=DRAFTER,
            version=version("clinical-scribe"),
            recognizer=transcript.recognizer.model if transcript.recognizer else None,
        ),
        entries=calibrated(as_said(with_known_codes(reading.entries), reading.said)),
        note=replace(note, sections=_marked(note.sections, note_verdicts)),
        patient_summary=_marked_summary(summary, summary_verdicts),
        flags=raised,
    )


def _given(template: str | Template, templates: Path | None) -> Template | None:
    """The template asked for, read before anything is drafted; None where the occasion decides."""
    if isinstance(template, Template):
        return template
    return None if template == AUTO else load_template(template, templates)


def _unsupported_company(note: Note, verdicts: dict[str, Verdict]) -> frozenset[str]:
    """The entries of lists that are not supported: told apart, only the one in doubt is marked."""
    return frozenset(
        entry
        for section in note.sections
        for statement in section.statements
        if len(statement.entries) > 1 and verdicts[statement.id].support == "none"
        for entry in statement.entries
    )


def _doubtful(reading: Reading, note: Note, verdicts: dict[str, Verdict]) -> frozenset[str]:
    """The orders that no patient is to take for certain: unsupported, or misheard in name, unit or strength."""
    orders = {entry.id for entry in reading.entries if isinstance(entry, MedicationOrder)}
    unsupported = {
        entry
        for section in note.sections
        for statement in section.statements
        if verdicts[statement.id].support == "none"
        for entry in statement.entries
    }
    misheard = {doubt.entry for doubt in reading.doubts if doubt.kind in _DOUBTED}
    return frozenset(orders & (unsupported | misheard))


def _judge(transcript: Transcript, sections: Iterable[Section], entries: Sequence[Entry]) -> dict[str, Verdict]:
    statements = [statement for section in sections for statement in section.statements]
    return {verdict.statement: verdict for verdict in verify(transcript, statements, entries)}


def _marked(sections: Iterable[Section], verdicts: dict[str, Verdict]) -> tuple[Section, ...]:
    def marked(statement: Statement) -> Statement:
        support: Support = verdicts[statement.id].support
        return replace(statement, support=support)

    return tuple(replace(section, statements=tuple(map(marked, section.statements))) for section in sections)


def _marked_summary(summary: PatientSummary, verdicts: dict[str, Verdict]) -> PatientSummary:
    return replace(summary, sections=_marked(summary.sections, verdicts))
