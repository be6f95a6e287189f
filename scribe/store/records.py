"""What the repositories return: rows opened for reading, all immutable."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.note import Draft, SignedNote
from scribe.domain.transcript import Transcript
from scribe.domain.uplink import AudioManifest, Part
from scribe.store.permissions import Role

KeyPurpose = Literal["capture", "record"]
Stage = Literal["new", "recorded", "transcribing", "transcribed", "drafting", "drafted", "signed", "delivered"]
Problem = Literal[
    "nothing_said",
    "recognition_failed",
    "drafting_failed",
    "delivery_rejected",
    "delivery_parked",
    "delivery_unnumbered",
    "visit_cancelled",
    "closed",
    "merged",
]
"""``visit_cancelled`` by the hospital, ``closed`` by the physician or at the desk: nothing was recorded.
``delivery_unnumbered``: nothing is sent before the consultation has its numbers.  ``merged``: another consultation of
the same visit goes on, and nothing was recorded in this one."""
OVER: tuple[Problem, ...] = ("visit_cancelled", "closed", "merged")
"""Nothing is to be recorded."""
DeliveryState = Literal["waiting", "claimed", "sent_outcome_unknown", "accepted", "rejected", "parked", "set_aside"]
CLEARED: tuple[DeliveryState, ...] = ("accepted", "set_aside")
"""What lets the next version of the note go to that destination."""
HELD: tuple[DeliveryState, ...] = ("rejected", "parked")
"""What waits for a person, and the later versions behind it."""
SETTLED: tuple[DeliveryState, ...] = (*CLEARED, *HELD)
UNSETTLED: tuple[DeliveryState, ...] = ("waiting", "claimed", "sent_outcome_unknown")
OutboxAction = Literal["deliver", "retract"]
AttemptKind = Literal["send", "look_up"]
AttemptOutcome = Literal["accepted", "rejected", "not_sent", "outcome_unknown", "broken"]
"""What one attempt came to; ``broken`` is a defect of ours."""
DraftedBy = Literal["drafter", "clinician"]
LinkState = Literal["open", "expired", "revoked", "locked"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks.  A physician sees the encounters of their own; patient services see who comes to the hospital, but
    nothing of what was said; ``service`` is the pipeline of one hospital and sees all of that hospital; an
    administrator sees accounts and the audit log, but no patient (:mod:`scribe.store.permissions`)."""

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
    temporary_until: datetime | None = None
    """Somebody else chose the password: it has to be changed, and opens nothing from then on."""

    @property
    def actor(self) -> Actor:
        return Actor(self.hospital_id, self.id, self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account as IT sees it: when it last signed in, and until when it cannot after wrong passwords."""

    account: AccountRecord
    created_at: datetime
    last_sign_in: datetime | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRecord:
    """How often something was tried in vain, when last, and until when nothing more is tried."""

    failures: int
    last_failed_at: datetime
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    id: str
    account_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    confirmed_at: datetime | None = None
    browser: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    id: str
    patient: Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterRecord:
    """An encounter as the worklist shows it.

    ``stage`` is how far the work has come, ``problem`` why it stopped there; versions are the latest, None
    where there is none yet; ``delivery`` is the state of the latest signed version.  ``amending``: the draft is one
    of the version that will follow the signed one; ``retracted``: the signed note was taken back.
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
    amending: bool = False
    retracted: bool = False


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
    """The delivery of one signed version to one destination, or the retraction of all of them (``action``).

    ``attempts`` counts all, ``tries`` those since it was last put on its way (``queued_at``).  ``due_at``: nobody
    takes it up before; while ``worker`` holds it, the end of the lease.  ``behind`` is the earlier version that it
    waits for.  ``outcome`` (a scribe delivery) and ``reason`` (why it was set aside) were sealed; None where they
    were not asked for.
    """

    id: str
    encounter_id: str
    note_id: str
    version: int
    destination: str
    state: DeliveryState
    attempts: int
    tries: int
    created_at: datetime
    queued_at: datetime
    due_at: datetime
    changed_at: datetime
    worker: str | None = None
    behind: int | None = None
    action: OutboxAction = "deliver"
    problem: str | None = None
    outcome: bytes | None = None
    reason: str | None = None

    @property
    def settled(self) -> bool:
        """True where nothing more happens by itself."""
        return self.state in SETTLED

    @property
    def held(self) -> bool:
        """True where a person has to replay it or set it aside."""
        return self.state in HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt: ``ended_at`` and ``outcome`` are None where the worker ended before it could tell.

    ``payload_sha256`` is the hash of the signed document that was delivered or looked up, not of the bytes on the
    wire: those also hold what the receiver calls its own resources, and follow from document and settings.
    """

    id: str
    outbox_id: str
    number: int
    kind: AttemptKind
    destination: str
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: AttemptOutcome | None
    problem: str | None
    payload_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionOrder:
    """That a note is to be taken back at a destination: since when, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """A delivery in a worker's hands: what to send, and the earlier versions of the note, oldest first.

    With a ``retraction`` the note and the earlier versions are to be taken back.
    """

    outbox_id: str
    encounter_id: str
    attempt_id: str
    number: int
    note: SignedNote
    earlier: tuple[SignedNote, ...]
    overwrite: bool
    retraction: RetractionOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationChange:
    """A destination began to fail, or works again."""

    id: str
    destination: str
    failing: bool
    at: datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class Unreconciled:
    """Signed versions (note id and version) by what became of them at one destination.

    ``unqueued`` were never put on their way there; ``unanswered`` are on their way, rejected or parked.
    """

    accepted: list[tuple[str, int]] = field(default_factory=list)
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    unqueued: list[tuple[str, int]] = field(default_factory=list)
    unanswered: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationCounts:
    """How many versions were ``signed`` on a day, and what became of them at one destination.

    ``missing`` and ``duplicated`` are accepted ones that the receiver, asked by identifier, no longer holds whole
    or holds more than once; ``unchecked`` are accepted ones that it could not be asked for.
    """

    signed: int
    accepted: int
    set_aside: int
    unqueued: int
    unanswered: int
    missing: int
    duplicated: int
    unchecked: int

    @property
    def open(self) -> int:
        """How many versions somebody has to look at."""
        return self.unqueued + self.unanswered + self.missing + self.duplicated


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRecord:
    """What a reconciliation of one day (of signatures, in Seoul) and destination counted."""

    id: str
    day: date
    destination: str
    at: datetime
    counts: ReconciliationCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLinkRecord:
    """An address given to a patient; the token itself is nowhere in the store.

    ``version`` is the one whose summary was approved when it was made; it opens the latest approved one.  ``code`` is
    what it asks for in place of the birth date, None where it asks for that.
    """

    id: str
    encounter_id: str
    note_id: str
    version: int
    language: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    code: str | None = None
    failures: int = 0
    locked_at: datetime | None = None
    openings: int = 0
    opened_at: datetime | None = None

    def state(self, now: datetime) -> LinkState:
        """What has become of it; one that was switched off reads so even after its time."""
        if self.revoked_at is not None:
            return "revoked"
        if self.locked_at is not None:
            return "locked"
        return "open" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryApproval:
    """A sheet as it was approved for the patient; ``document`` is it, byte for byte."""

    id: str
    encounter_id: str
    note_id: str
    version: int
    language: str
    approved_by: str
    approver: str
    approved_at: datetime
    sha256: str
    document: bytes
    withdrawn_at: datetime | None = None


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
