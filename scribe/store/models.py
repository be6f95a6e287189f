"""The tables.

Every table names the hospital and the account that owns the row.  What a patient said or is stands only in
columns of sealed bytes (``sealed_…``): under the encounter's *capture* key (audio, transcripts, drafts), its
*record* key (encounter details, signed notes, delivery outcomes) or the patient's own key.  The plain columns
hold ids, times, states and hashes.
"""

from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from scribe.domain.consent import ConsentPurpose, ConsentState
from scribe.store.permissions import Role
from scribe.store.records import (
    AttemptKind,
    AttemptOutcome,
    DeliveryState,
    DraftedBy,
    KeyPurpose,
    OutboxAction,
    Problem,
    Stage,
)


class Instant(TypeDecorator[datetime]):
    """A point in time: timezone-aware in Python, UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = String(64)
Word = String(32)


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, bytes: LargeBinary}  # noqa: RUF012 - read by SQLAlchemy

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime]


class Scoped:
    """Which hospital a row belongs to, and the account that owns it."""

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)


class HospitalRow(Table):
    """A care institution; ``hospital_id`` repeats ``id`` and ``owner_id`` is its first administrator, if any."""

    __tablename__ = "hospital"

    hospital_id: Mapped[str] = mapped_column(Id)
    owner_id: Mapped[str | None] = mapped_column(Id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    identifier_system: Mapped[str | None] = mapped_column(String(200))
    identifier_value: Mapped[str | None] = mapped_column(String(64))


class AccountRow(Table):
    """A person who signs in; ``owner_id`` is the account itself.

    ``temporary_until``: somebody else chose the password; it opens nothing from then on, and only its own change now.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("hospital_id", "login"),)

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str] = mapped_column(Id)
    login: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(Word)
    password_hash: Mapped[str] = mapped_column(String(256))
    display_name: Mapped[str] = mapped_column(String(100))
    licence_system: Mapped[str | None] = mapped_column(String(200))
    licence_value: Mapped[str | None] = mapped_column(String(64))
    department: Mapped[str | None] = mapped_column(Word)
    disabled_at: Mapped[datetime | None]
    temporary_until: Mapped[datetime | None]


class SigningKeyRow(Scoped, Table):
    """A physician's Ed25519 key; the private half is sealed by the hospital key."""

    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("hospital_id", "key_id"),)

    key_id: Mapped[str] = mapped_column(Id)
    sealed_private: Mapped[bytes]
    public_pem: Mapped[bytes]
    retired_at: Mapped[datetime | None]


class SessionRow(Scoped, Table):
    """A signed-in browser, known by the SHA-256 of its token; its network address by a keyed digest.

    ``browser`` is its name from a short list, ``Chrome · Windows``.
    """

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(Id, unique=True)
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    address_index: Mapped[bytes | None]
    browser: Mapped[str | None] = mapped_column(String(40))


class PatientRow(Scoped, Table):
    """A patient: identity under a key of its own, found by a keyed digest of the registration number."""

    __tablename__ = "patient"
    __table_args__ = (UniqueConstraint("hospital_id", "identifier_index"),)

    identifier_index: Mapped[bytes | None]
    wrapped_key: Mapped[bytes]
    sealed_identity: Mapped[bytes]


class EncounterRow(Scoped, Table):
    """A consultation: its details under the record key.

    While a device records it, ``recording_since`` says since when and ``recording_seen_at`` when it last said so.
    ``visit_index`` is a keyed digest of the hospital's visit number, where it has one.
    """

    __tablename__ = "encounter"
    __table_args__ = (Index("ix_encounter_worklist", "hospital_id", "owner_id", "started_at"),)

    patient_id: Mapped[str | None] = mapped_column(Id, ForeignKey("patient.id"), index=True)
    started_at: Mapped[datetime]
    stage: Mapped[Stage] = mapped_column(Word)
    problem: Mapped[Problem | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(Word)
    template: Mapped[str] = mapped_column(Word)
    sealed_details: Mapped[bytes]
    recording_since: Mapped[datetime | None]
    recording_seen_at: Mapped[datetime | None]
    visit_index: Mapped[bytes | None] = mapped_column(index=True)


class OfEncounter(Scoped):
    encounter_id: Mapped[str] = mapped_column(Id, ForeignKey("encounter.id"), index=True)


class EncounterKeyRow(OfEncounter, Table):
    """One of the two keys of an encounter; destroyed means the wrapped key is gone for good."""

    __tablename__ = "encounter_key"
    __table_args__ = (
        UniqueConstraint("encounter_id", "purpose"),
        CheckConstraint("purpose IN ('capture', 'record')", name="purpose"),
        CheckConstraint("(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),
    )

    purpose: Mapped[KeyPurpose] = mapped_column(Word)
    wrapped_key: Mapped[bytes | None]
    destroyed_at: Mapped[datetime | None]


class ConsentRow(OfEncounter, Table):
    """A decision of the patient or guardian; the latest for a purpose holds."""

    __tablename__ = "consent"

    purpose: Mapped[ConsentPurpose] = mapped_column(Word)
    state: Mapped[ConsentState] = mapped_column(Word)
    decided_at: Mapped[datetime]
    decided_by: Mapped[Literal["patient", "guardian"]] = mapped_column(Word)


class RecordingRow(OfEncounter, Table):
    """Audio in a sealed file named after the row; ``sha256`` is of the audio as it came in."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("encounter_id", "sha256"),)

    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    duration: Mapped[float | None]
    sha256: Mapped[str] = mapped_column(Id)


class TranscriptRow(OfEncounter, Table):
    """A version of what was said, under the capture key."""

    __tablename__ = "transcript"
    __table_args__ = (UniqueConstraint("encounter_id", "version"),)

    version: Mapped[int]
    recording_id: Mapped[str | None] = mapped_column(Id, ForeignKey("recording.id"), index=True)
    sealed_document: Mapped[bytes]


class DraftRow(OfEncounter, Table):
    """A version of the draft, under the capture key; one of an amendment under the record key.

    ``open_items`` is how much of it waits for a decision, None where it was kept before that was counted.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("encounter_id", "version"),)

    version: Mapped[int]
    transcript_id: Mapped[str | None] = mapped_column(Id, ForeignKey("transcript.id"), index=True)
    drafted_by: Mapped[DraftedBy] = mapped_column(Word)
    amendment_id: Mapped[str | None] = mapped_column(Id)
    sealed_document: Mapped[bytes]
    open_items: Mapped[int | None]


class SignedNoteRow(OfEncounter, Table):
    """A signed version, under the record key; triggers refuse every change and removal."""

    __tablename__ = "signed_note"
    __table_args__ = (
        UniqueConstraint("note_id", "version"),
        UniqueConstraint("encounter_id", "version"),
    )

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    replaces: Mapped[int | None]
    key_id: Mapped[str] = mapped_column(Id)
    signed_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(Id)
    sealed_document: Mapped[bytes]


UNSETTLED = "state IN ('waiting', 'claimed', 'sent_outcome_unknown')"


class OutboxRow(OfEncounter, Table):
    """The delivery of one signed version to one destination; a trigger keeps what is not delivered from removal.

    ``due_at``: nobody takes it up before; while ``worker`` holds it, the end of the lease.  A retraction (``action``)
    is the last of its lane: its ``version`` is one more than that of the latest signed version.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("note_id", "version", "destination"),
        CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent_outcome_unknown', 'accepted', 'rejected', 'parked', 'set_aside')",
            name="state",
        ),
        Index(
            "ix_outbox_due",
            "hospital_id",
            "destination",
            "due_at",
            sqlite_where=text(UNSETTLED),
            postgresql_where=text(UNSETTLED),
        ),
    )

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    destination: Mapped[str] = mapped_column(Id)
    action: Mapped[OutboxAction] = mapped_column(Word, server_default="deliver")
    state: Mapped[DeliveryState] = mapped_column(Word)
    attempts: Mapped[int]
    tries: Mapped[int]
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    worker: Mapped[str | None] = mapped_column(Id)
    overwrite: Mapped[bool]
    problem: Mapped[str | None] = mapped_column(String(64))
    sealed_outcome: Mapped[bytes | None]
    sealed_reason: Mapped[bytes | None]


class OutboxAttemptRow(OfEncounter, Table):
    """One attempt at a delivery, written before it is made; ``created_at`` is when it began."""

    __tablename__ = "outbox_attempt"
    __table_args__ = (Index("ix_outbox_attempt_recent", "hospital_id", "destination", "created_at"),)

    outbox_id: Mapped[str] = mapped_column(Id, ForeignKey("outbox.id"), index=True)
    number: Mapped[int]
    kind: Mapped[AttemptKind] = mapped_column(Word)
    destination: Mapped[str] = mapped_column(Id)
    worker: Mapped[str] = mapped_column(Id)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[AttemptOutcome | None] = mapped_column(Word)
    problem: Mapped[str | None] = mapped_column(String(64))
    payload_sha256: Mapped[str] = mapped_column(Id)


class DestinationChangeRow(Table):
    """A destination begins to fail or works again; the latest ``number`` holds.  ``owner_id`` is who noticed."""

    __tablename__ = "destination_change"
    __table_args__ = (UniqueConstraint("hospital_id", "destination", "number"),)

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str] = mapped_column(Id)
    destination: Mapped[str] = mapped_column(Id)
    number: Mapped[int]
    failing: Mapped[bool]
    problem: Mapped[str | None] = mapped_column(String(64))
    told_at: Mapped[datetime | None]


class ReconciliationRow(Table):
    """What a reconciliation counted for one day of signatures (in Seoul) and one destination."""

    __tablename__ = "reconciliation"
    __table_args__ = (Index("ix_reconciliation_day", "hospital_id", "day"),)

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str] = mapped_column(Id)
    day: Mapped[date]
    destination: Mapped[str] = mapped_column(Id)
    signed: Mapped[int]
    accepted: Mapped[int]
    set_aside: Mapped[int]
    unqueued: Mapped[int]
    unanswered: Mapped[int]
    missing: Mapped[int]
    duplicated: Mapped[int]
    unchecked: Mapped[int]


class PatientLinkRow(OfEncounter, Table):
    """An address under which a consultation's approved summary opens, known by the SHA-256 of its token.

    It opens to who knows the birth date, or the code (record key) where the patient has none on record.
    ``failures`` counts wrong answers since the last right one, ``openings`` the right ones.
    """

    __tablename__ = "patient_link"

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    token_hash: Mapped[str] = mapped_column(Id, unique=True)
    language: Mapped[str] = mapped_column(Word, server_default="ko")
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    sealed_code: Mapped[bytes | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_at: Mapped[datetime | None]
    openings: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime | None]


class DeviceRow(Scoped, Table):
    """A computer that may send the owner's recordings; its receipts are signed with a key of its own, kept sealed."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("hospital_id", "key_id"),)

    name: Mapped[str] = mapped_column(String(100))
    key_id: Mapped[str] = mapped_column(Id)
    public_pem: Mapped[bytes]
    sealed_receipt_key: Mapped[bytes]
    accepts_audio: Mapped[bool]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class DeviceInvitationRow(Scoped, Table):
    """A one-time enrolment code: ``locator`` is its plain first part, ``code_index`` a keyed digest of the whole."""

    __tablename__ = "device_invitation"
    __table_args__ = (UniqueConstraint("hospital_id", "locator"),)

    locator: Mapped[str] = mapped_column(Word)
    code_index: Mapped[bytes]
    accepts_audio: Mapped[bool]
    expires_at: Mapped[datetime]
    failures: Mapped[int]
    device_id: Mapped[str | None] = mapped_column(Id, ForeignKey("device.id"), index=True)


class DeviceTokenRow(Scoped, Table):
    """A request token that was used, remembered until it would have expired anyway."""

    __tablename__ = "device_token"
    __table_args__ = (UniqueConstraint("device_id", "jti"),)

    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"))
    jti: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class UploadRow(OfEncounter, Table):
    """A recording on its way from a device; ``recording_id`` is the device's, the audio columns what it announced.

    The transcript lies under the capture key until the upload is finished and it becomes a version of its own.
    """

    __tablename__ = "upload"
    __table_args__ = (UniqueConstraint("hospital_id", "recording_id"),)

    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"), index=True)
    recording_id: Mapped[str] = mapped_column(Id)
    started_at: Mapped[datetime]
    duration: Mapped[float]
    sample_rate: Mapped[int]
    channels: Mapped[int]
    audio_sha256: Mapped[str] = mapped_column(Id)
    audio_bytes: Mapped[int]
    audio_chunks: Mapped[int]
    transcript_sha256: Mapped[str | None] = mapped_column(Id)
    sealed_transcript: Mapped[bytes | None]
    finished_at: Mapped[datetime | None]
    transcript_id: Mapped[str | None] = mapped_column(Id, ForeignKey("transcript.id"), index=True)
    stored_recording_id: Mapped[str | None] = mapped_column(Id, ForeignKey("recording.id"), index=True)


class UploadPartRow(OfEncounter, Table):
    """A part of the announced audio in a sealed file named after the row; ``sha256`` is of the part as it came in."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("upload_id", "number"),)

    upload_id: Mapped[str] = mapped_column(Id, ForeignKey("upload.id"))
    number: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Id)


VERIFIED = "action = 'verify'"


class AuditRow(Table):
    """A link of the hospital's audit chain; triggers refuse every change and removal.

    ``owner_id`` is the account that acted.  The row's time is ``created_at``.
    """

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("hospital_id", "sequence"),
        Index("ix_audit_moment", "hospital_id", "created_at", "sequence"),
        Index("ix_audit_account", "hospital_id", "owner_id", "created_at", "sequence"),
        Index(
            "ix_audit_check",
            "hospital_id",
            "sequence",
            sqlite_where=text(VERIFIED),
            postgresql_where=text(VERIFIED),
        ),
    )

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"))
    owner_id: Mapped[str] = mapped_column(Id)
    sequence: Mapped[int]
    role: Mapped[str] = mapped_column(Word)
    action: Mapped[str] = mapped_column(Word)
    subject: Mapped[str] = mapped_column(Word)
    subject_id: Mapped[str] = mapped_column(String(128))
    encounter_id: Mapped[str | None] = mapped_column(Id, index=True)
    previous_hash: Mapped[str] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(Id)
