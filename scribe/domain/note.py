"""The note: statements that rest on entries and evidence, drafted, then signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.entries import Entry
from scribe.domain.statement import Section
from scribe.domain.summary import PatientSummary

FlagKind = Literal["red_flag", "conflict", "unsupported", "missing"]
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
    entry, "statement" the entry the sentence, "changed" wrote something else.
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
        return self.kind in ("conflict", "red_flag") and self.decision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """What wrote the draft; ``recognizer`` names the speech model behind the transcript."""

    name: str
    version: str
    language_model: str | None = None
    recognizer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the summariser made of a transcript, before a clinician has read it.

    ``transcript_sha256`` is the SHA-256 of the transcript's RFC 8785 canonical JSON.
    """

    encounter: Encounter
    transcript_sha256: str
    drafter: Drafter
    entries: tuple[Entry, ...]
    note: Note
    patient_summary: PatientSummary
    flags: tuple[Flag, ...] = ()


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
