"""The files that we write, field by field."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from scribe.domain import delivery as deliveries
from scribe.domain import note as notes
from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.entries import Entry
from scribe.domain.formats.documents import File
from scribe.domain.statement import Section
from scribe.domain.summary import Medicine, PatientSummary
from scribe.domain.transcript import Recognizer, Recording, Transcript, Utterance

_ENTRY = Annotated[Entry, Field(discriminator="kind")]


class TranscriptFile(File):
    """scribe-transcript/1."""

    format: Literal["scribe-transcript/1"] = "scribe-transcript/1"
    language: str
    recording: Recording | None = None
    recognizer: Recognizer | None = None
    utterances: tuple[Utterance, ...]

    def value(self) -> Transcript:
        return Transcript(
            language=self.language,
            recording=self.recording,
            recognizer=self.recognizer,
            utterances=self.utterances,
        )

    @classmethod
    def of(cls, value: Transcript) -> Self:
        return cls(
            language=value.language,
            recording=value.recording,
            recognizer=value.recognizer,
            utterances=value.utterances,
        )


class OfferFile(File):
    """An offer of a draft: facts that the changed transcript tells and the draft does not."""

    id: str
    entries: tuple[_ENTRY, ...]
    statements: tuple[notes.OfferedStatement, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    flags: tuple[notes.Flag, ...] = ()

    def value(self) -> notes.Offer:
        return notes.Offer(
            id=self.id,
            entries=self.entries,
            statements=self.statements,
            medicines=self.medicines,
            flags=self.flags,
        )

    @classmethod
    def of(cls, value: notes.Offer) -> Self:
        return cls(
            id=value.id,
            entries=value.entries,
            statements=value.statements,
            medicines=value.medicines,
            flags=value.flags,
        )


class DraftFile(File):
    """scribe-draft/1."""

    format: Literal["scribe-draft/1"] = "scribe-draft/1"
    encounter: Encounter
    transcript_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    drafter: notes.Drafter
    entries: tuple[_ENTRY, ...]
    note: notes.Note
    patient_summary: PatientSummary
    flags: tuple[notes.Flag, ...] = ()
    offers: tuple[OfferFile, ...] | None = None

    def value(self) -> notes.Draft:
        return notes.Draft(
            encounter=self.encounter,
            transcript_sha256=self.transcript_sha256,
            drafter=self.drafter,
            entries=self.entries,
            note=self.note,
            patient_summary=self.patient_summary,
            flags=self.flags,
            offers=tuple(offer.value() for offer in self.offers or ()),
        )

    @classmethod
    def of(cls, value: notes.Draft) -> Self:
        return cls(
            encounter=value.encounter,
            transcript_sha256=value.transcript_sha256,
            drafter=value.drafter,
            entries=value.entries,
            note=value.note,
            patient_summary=value.patient_summary,
            flags=value.flags,
            offers=tuple(OfferFile.of(offer) for offer in value.offers) or None,
        )


class NoteContentFile(File):
    sections: tuple[Section, ...]
    entries: tuple[_ENTRY, ...]
    patient_summary: PatientSummary
    drafter: notes.Drafter | None = None
    template: str | None = None


class NoteFile(File):
    """scribe-note/1 (signed)."""

    format: Literal["scribe-note/1"] = "scribe-note/1"
    note_id: str
    version: Annotated[int, Field(ge=1)]
    replaces: int | None
    encounter: Encounter
    content: NoteContentFile
    author: Practitioner
    signed_at: datetime
    reason: str | None
    signature: notes.Signature

    def value(self) -> notes.SignedNote:
        content = notes.NoteContent(
            sections=self.content.sections,
            entries=self.content.entries,
            patient_summary=self.content.patient_summary,
            drafter=self.content.drafter,
            template=self.content.template,
        )
        return notes.SignedNote(
            note_id=self.note_id,
            version=self.version,
            replaces=self.replaces,
            encounter=self.encounter,
            content=content,
            author=self.author,
            signed_at=self.signed_at,
            reason=self.reason,
            signature=self.signature,
        )

    @classmethod
    def of(cls, value: notes.SignedNote) -> Self:
        content = NoteContentFile(
            sections=value.content.sections,
            entries=value.content.entries,
            patient_summary=value.content.patient_summary,
            drafter=value.content.drafter,
            template=value.content.template,
        )
        return cls(
            note_id=value.note_id,
            version=value.version,
            replaces=value.replaces,
            encounter=value.encounter,
            content=content,
            author=value.author,
            signed_at=value.signed_at,
            reason=value.reason,
            signature=value.signature,
        )


class DeliveryFile(File):
    """scribe-delivery/1: one attempt to deliver a signed version; holds no patient data."""

    format: Literal["scribe-delivery/1"] = "scribe-delivery/1"
    note_id: str
    note_version: Annotated[int, Field(ge=1)]
    destination: str
    state: deliveries.DeliveryState
    resources: tuple[deliveries.DeliveredResource, ...] = ()
    left_out: tuple[deliveries.LeftOut, ...] = ()
    problem: deliveries.DeliveryProblem | None = None

    def value(self) -> deliveries.Delivery:
        return deliveries.Delivery(
            note_id=self.note_id,
            note_version=self.note_version,
            destination=self.destination,
            state=self.state,
            resources=self.resources,
            left_out=self.left_out,
            problem=self.problem,
        )

    @classmethod
    def of(cls, value: deliveries.Delivery) -> Self:
        return cls(
            note_id=value.note_id,
            note_version=value.note_version,
            destination=value.destination,
            state=value.state,
            resources=value.resources,
            left_out=value.left_out,
            problem=value.problem,
        )
