"""The note: statements that rest on entries and evidence, drafted, then signed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.entries import Entry
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary

FlagKind = Literal["red_flag", "conflict", "unsupported", "missing", "stale"]
Decision = Literal["kept", "entry", "statement", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The clinician's note in the sections of its template."""

    template: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something the physician must look at before signing: a question to them, never a finding of the note.

    ``rule`` names the check that asks ("allergy", "duplicate_ingredient", "dose_range" …).  ``decision`` is what the
    physician decided, None while it is open: "kept" leaves things as they stand, "entry" made the sentence follow the
    entry, "statement" the entry the sentence, "changed" wrote something else.  A "stale" flag says that the transcript
    has changed under what it names; one that names nothing, that the drafter has not read the transcript since.
    """

    kind: FlagKind
    text: str | None = None
    rule: str | None = None
    entries: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    decision: Decision | None = None

    @property
    def is_open(self) -> bool:
        """True where a physician has to decide before the note may be signed; the other kinds inform."""
        is_question = self.kind in ("conflict", "red_flag") or self.is_stale
        return is_question and self.decision is None

    @property
    def is_stale(self) -> bool:
        """True where the words have changed under an entry or a statement."""
        return self.kind == "stale" and bool(self.entries or self.statements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """What wrote the draft; ``recognizer`` names the speech model behind the transcript."""

    name: str
    version: str
    language_model: str | None = None
    recognizer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedStatement:
    """A statement that may be added to a section of the note or of the patient summary."""

    part: Literal["note", "summary"]
    section: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a changed transcript tells and the draft does not: a physician takes it up whole, or not.

    The statements state ``entries`` and nothing else; ``flags`` are what the physician must look at once they do.
    """

    id: str
    entries: tuple[Entry, ...]
    statements: tuple[OfferedStatement, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the summariser made of a transcript, before a clinician has read it.

    ``transcript_sha256`` is the SHA-256 of the RFC 8785 canonical JSON of the transcript that its evidence points
    into.
    """

    encounter: Encounter
    transcript_sha256: str
    drafter: Drafter
    entries: tuple[Entry, ...]
    note: Note
    patient_summary: PatientSummary
    flags: tuple[Flag, ...] = ()
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContent:
    """What the clinician signs; ``template`` is the note template's name, which tells the kind of note."""

    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    patient_summary: PatientSummary
    drafter: Drafter | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An Ed25519 signature over the RFC 8785 canonical JSON of everything else in the file, base64."""

    algorithm: Literal["Ed25519"]
    key_id: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """An immutable version of the record; an amendment is a new version that ``replaces`` an earlier one."""

    note_id: str
    version: int
    replaces: int | None
    encounter: Encounter
    content: NoteContent
    author: Practitioner
    signed_at: datetime
    reason: str | None
    signature: Signature

    def addressed(self, now: Encounter) -> "SignedNote":
        """The note under the hospital's numbers that its consultation has by now, for sending it: where it belongs may
        become known after it was signed.  What was signed stays as it is, the patient's number included where it has
        one; the signature covers the document that was signed, not this.
        """
        patient = self.encounter.patient
        if patient is not None and patient.identifier is None and now.patient is not None:
            patient = replace(patient, identifier=now.patient.identifier)
        number = now.identifier or self.encounter.identifier
        encounter = replace(self.encounter, patient=patient, identifier=number)
        return self if encounter == self.encounter else replace(self, encounter=encounter)
