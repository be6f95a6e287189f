"""Beginning and ending an amendment: from the signed version to a draft of the next one."""

from collections.abc import Sequence

from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Drafter, Note, SignedNote
from scribe.domain.transcript import Transcript
from scribe.store import Work
from scribe.store.errors import CaptureKeyDestroyedError, NotFoundError
from scribe.store.records import DraftRecord, NoteRecord, TranscriptRecord

_BY_HAND = Drafter(name="physician", version="1")
_TEMPLATE = "soap"


def begin_amendment(work: Work, encounter_id: str, *, amends: int, reason: str) -> DraftRecord:
    """A draft with everything that version ``amends`` says, evidence included, open for editing.

    Errors as of :meth:`scribe.store.revisions.Amendments.start`.  The recording and the transcript need not exist any
    more.
    """
    note = _version(work.notes.versions(encounter_id), amends)
    record = work.encounters.get(encounter_id)
    transcript = None if record.capture_destroyed else _transcript(work, encounter_id)
    heard = transcript.transcript if transcript else Transcript(language=record.language, utterances=())
    return work.amendments.start(
        encounter_id,
        amends=amends,
        reason=reason,
        draft=draft_from(note, heard),
        transcript_id=transcript.id if transcript else None,
    )


def draft_from(note: SignedNote, transcript: Transcript) -> Draft:
    """The signed content as a draft again; what wrote it first stays named."""
    content = note.content
    return Draft(
        encounter=note.encounter,
        transcript_sha256=transcript_sha256(transcript),
        drafter=content.drafter or _BY_HAND,
        entries=content.entries,
        note=Note(template=content.template or _TEMPLATE, sections=content.sections),
        patient_summary=content.patient_summary,
    )


def _transcript(work: Work, encounter_id: str) -> TranscriptRecord | None:
    """The transcript that the last draft rests on."""
    try:
        draft = work.drafts.latest(encounter_id)
        if draft is not None and draft.transcript_id is not None:
            return work.transcripts.get(draft.transcript_id)
        return work.transcripts.latest(encounter_id)
    except CaptureKeyDestroyedError:
        return None


def _version(records: Sequence[NoteRecord], version: int) -> SignedNote:
    for record in records:
        if record.note.version == version:
            return record.note
    raise NotFoundError(subject="signed note")
