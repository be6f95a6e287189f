"""What the repositories return: rows opened for reading, all immutable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.note import Draft, SignedNote
from scribe.domain.transcript import Transcript
from scribe.domain.uplink import AudioManifest, Part

Role = Literal["physician", "admin", "service"]
KeyPurpose = Literal["capture", "record"]
Stage = Literal["new", "recorded", "transcribing", "transcribed", "drafting", "drafted", "signed", "delivered"]
Problem = Literal["nothing_said", "recognition_failed", "drafting_failed", "delivery_rejected", "delivery_parked"]
DeliveryState = Literal["waiting", "claimed", "sent_outcome_unknown", "accepted", "rejected", "parked"]
SETTLED: tuple[DeliveryState, ...] = ("accepted", "rejected", "parked")
DraftedBy = Literal["drafter", "clinician"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks.  A physician sees the encounters of their own; ``service`` is the pipeline of one hospital and
    sees all of that hospital; an administrator sees accounts and the audit log, but no patient."""

    hospital_id: str
    account_id: str
    role: Role

    @classmethod
    def service(cls, hospital_id: str) -> "Actor":
        return cls(hospital_id, "service", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRecord:
    id: str
    organization: Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    id: str
    hospital_id: str
    login: str
    role: Role
    practitioner: Practitioner
    disabled: bool

    @property
    def actor(self) -> Actor:
        return Actor(self.hospital_id, self.id, self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    id: str
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    id: str
    patient: Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterRecord:
    """An encounter as the worklist shows it.

    ``stage`` is how far the work has come, ``problem`` why it stopped there; versions are the latest, None
    where there is none yet; ``delivery`` is the state of the latest signed version.
    """

    id: str
    owner_id: str
    patient_id: str | None
    encounter: Encounter
    stage: Stage
    problem: Problem | None
    language: str
    template: str
    created_at: datetime
    capture_destroyed: bool
    transcript_version: int | None
    draft_version: int | None
    note_id: str | None
    note_version: int | None
    delivery: DeliveryState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedWork:
    """A consultation on its way to a draft: the recording to be recognised, or else the transcript to draft from."""

    encounter_id: str
    recording_id: str | None = None
    transcript_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRecord:
    id: str
    encounter_id: str
    media_type: str
    size: int
    duration: float | None
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptRecord:
    id: str
    encounter_id: str
    version: int
    recording_id: str | None
    created_at: datetime
    transcript: Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    id: str
    encounter_id: str
    version: int
    transcript_id: str | None
    drafted_by: DraftedBy
    created_at: datetime
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord:
    """``document`` is the scribe-note/1 file, byte for byte as it was signed."""

    encounter_id: str
    note: SignedNote
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRecord:
    id: str
    encounter_id: str
    note_id: str
    version: int
    destination: str
    state: DeliveryState
    attempts: int
    changed_at: datetime
    problem: str | None
    outcome: bytes | None

    @property
    def settled(self) -> bool:
        """True where nothing more happens by itself."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLinkRecord:
    """An address given to a patient; the token itself is nowhere in the store."""

    id: str
    encounter_id: str
    note_id: str
    version: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRecord:
    key_id: str
    account_id: str
    public_pem: bytes
    retired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """An edge device; ``owner_id`` is the physician whose recordings it sends."""

    id: str
    hospital_id: str
    owner_id: str
    name: str
    public_pem: bytes
    accepts_audio: bool
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """A one-time enrolment code; ``device_id`` is who used it."""

    id: str
    owner_id: str
    code_index: bytes
    accepts_audio: bool
    expires_at: datetime
    failures: int
    device_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    """A recording on its way; ``audio`` is what the device announced, ``parts`` what the service holds of it."""

    id: str
    device_id: str
    recording_id: str
    encounter_id: str
    audio: AudioManifest
    parts: tuple[Part, ...]
    transcript_sha256: str | None
    finished_at: datetime | None
    audio_stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRecord:
    """A consultation that a recording can be for, and the latest decision on recording."""

    encounter: EncounterRecord
    consent: ConsentState | None


def identifier(system: str | None, value: str | None) -> Identifier | None:
    """The identifier that two columns hold, None where either is empty."""
    return Identifier(system=system, value=value) if system and value else None
