"""The first schema: two keys an encounter, hospital and owner on every row, an audit chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IMMUTABLE = ("signed_note", "audit")


def upgrade() -> None:
    _hospital()
    _account()
    _audit()
    _patient()
    _session()
    _signing_key()
    _encounter()
    _consent()
    _encounter_key()
    _outbox()
    _recording()
    _signed_note()
    _transcript()
    _draft()

    for table in _IMMUTABLE:
        for change in ("UPDATE", "DELETE"):
            _refuse(table, change)


def downgrade() -> None:
    raise NotImplementedError("the first schema cannot be taken back: it holds signed records")


def _refuse(table: str, change: str) -> None:
    """A trigger that refuses every ``change`` of a row of ``table``."""
    name = f"{table}_no_{change.lower()}"
    message = f"a row of {table} never changes"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if change == "DELETE":
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _hospital() -> None:
    op.create_table(
        "hospital",
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("identifier_system", sa.String(length=200), nullable=True),
        sa.Column("identifier_value", sa.String(length=64), nullable=True),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hospital"),
        sa.UniqueConstraint("name", name="uq_hospital_name"),
    )


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("display_name", sa.String(length=100), nullable=False),
        sa.Column("licence_system", sa.String(length=200), nullable=True),
        sa.Column("licence_value", sa.String(length=64), nullable=True),
        sa.Column("department", sa.String(length=32), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_account_hospital_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("hospital_id", "login", name="uq_account_hospital_id_login"),
    )
    op.create_index("ix_account_hospital_id", "account", ["hospital_id"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=128), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_audit_hospital_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("hospital_id", "sequence", name="uq_audit_hospital_id_sequence"),
    )
    op.create_index("ix_audit_encounter_id", "audit", ["encounter_id"], unique=False)
    op.create_index("ix_audit_hospital_id", "audit", ["hospital_id"], unique=False)
    op.create_index("ix_audit_owner_id", "audit", ["owner_id"], unique=False)


def _patient() -> None:
    op.create_table(
        "patient",
        sa.Column("identifier_index", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_identity", sa.LargeBinary(), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_patient_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_patient_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("hospital_id", "identifier_index", name="uq_patient_hospital_id_identifier_index"),
    )
    op.create_index("ix_patient_hospital_id", "patient", ["hospital_id"], unique=False)
    op.create_index("ix_patient_owner_id", "patient", ["owner_id"], unique=False)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_session_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_session_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_hospital_id", "session", ["hospital_id"], unique=False)
    op.create_index("ix_session_owner_id", "session", ["owner_id"], unique=False)


def _signing_key() -> None:
    op.create_table(
        "signing_key",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=False),
        sa.Column("public_pem", sa.LargeBinary(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_signing_key_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_signing_key_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
        sa.UniqueConstraint("hospital_id", "key_id", name="uq_signing_key_hospital_id_key_id"),
    )
    op.create_index("ix_signing_key_hospital_id", "signing_key", ["hospital_id"], unique=False)
    op.create_index("ix_signing_key_owner_id", "signing_key", ["owner_id"], unique=False)


def _encounter() -> None:
    op.create_table(
        "encounter",
        sa.Column("patient_id", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("sealed_details", sa.LargeBinary(), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_encounter_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_encounter_owner_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_encounter_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_encounter"),
    )
    op.create_index("ix_encounter_hospital_id", "encounter", ["hospital_id"], unique=False)
    op.create_index("ix_encounter_owner_id", "encounter", ["owner_id"], unique=False)
    op.create_index("ix_encounter_patient_id", "encounter", ["patient_id"], unique=False)
    op.create_index("ix_encounter_worklist", "encounter", ["hospital_id", "owner_id", "started_at"], unique=False)


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_consent_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_consent_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_consent_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_encounter_id", "consent", ["encounter_id"], unique=False)
    op.create_index("ix_consent_hospital_id", "consent", ["hospital_id"], unique=False)
    op.create_index("ix_consent_owner_id", "consent", ["owner_id"], unique=False)


def _encounter_key() -> None:
    op.create_table(
        "encounter_key",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('capture', 'record')", name="ck_encounter_key_purpose"),
        sa.CheckConstraint("(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)", name="ck_encounter_key_destroyed"),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_encounter_key_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_encounter_key_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_encounter_key_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_encounter_key"),
        sa.UniqueConstraint("encounter_id", "purpose", name="uq_encounter_key_encounter_id_purpose"),
    )
    op.create_index("ix_encounter_key_encounter_id", "encounter_key", ["encounter_id"], unique=False)
    op.create_index("ix_encounter_key_hospital_id", "encounter_key", ["hospital_id"], unique=False)
    op.create_index("ix_encounter_key_owner_id", "encounter_key", ["owner_id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("note_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=True),
        sa.Column("sealed_outcome", sa.LargeBinary(), nullable=True),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent_outcome_unknown', 'accepted', 'rejected', 'parked')",
            name="ck_outbox_state",
        ),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_outbox_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_outbox_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_outbox_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("note_id", "version", "destination", name="uq_outbox_note_id_version_destination"),
    )
    op.create_index("ix_outbox_encounter_id", "outbox", ["encounter_id"], unique=False)
    op.create_index("ix_outbox_hospital_id", "outbox", ["hospital_id"], unique=False)
    op.create_index("ix_outbox_owner_id", "outbox", ["owner_id"], unique=False)


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_recording_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_recording_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_recording_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.UniqueConstraint("encounter_id", "sha256", name="uq_recording_encounter_id_sha256"),
    )
    op.create_index("ix_recording_encounter_id", "recording", ["encounter_id"], unique=False)
    op.create_index("ix_recording_hospital_id", "recording", ["hospital_id"], unique=False)
    op.create_index("ix_recording_owner_id", "recording", ["owner_id"], unique=False)


def _signed_note() -> None:
    op.create_table(
        "signed_note",
        sa.Column("note_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_signed_note_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_signed_note_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_signed_note_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_note"),
        sa.UniqueConstraint("encounter_id", "version", name="uq_signed_note_encounter_id_version"),
        sa.UniqueConstraint("note_id", "version", name="uq_signed_note_note_id_version"),
    )
    op.create_index("ix_signed_note_encounter_id", "signed_note", ["encounter_id"], unique=False)
    op.create_index("ix_signed_note_hospital_id", "signed_note", ["hospital_id"], unique=False)
    op.create_index("ix_signed_note_owner_id", "signed_note", ["owner_id"], unique=False)


def _transcript() -> None:
    op.create_table(
        "transcript",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=True),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_transcript_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_transcript_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_transcript_owner_id"),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name="fk_transcript_recording_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transcript"),
        sa.UniqueConstraint("encounter_id", "version", name="uq_transcript_encounter_id_version"),
    )
    op.create_index("ix_transcript_encounter_id", "transcript", ["encounter_id"], unique=False)
    op.create_index("ix_transcript_hospital_id", "transcript", ["hospital_id"], unique=False)
    op.create_index("ix_transcript_owner_id", "transcript", ["owner_id"], unique=False)
    op.create_index("ix_transcript_recording_id", "transcript", ["recording_id"], unique=False)


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transcript_id", sa.String(length=64), nullable=True),
        sa.Column("drafted_by", sa.String(length=32), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_draft_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_draft_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_draft_owner_id"),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcript.id"], name="fk_draft_transcript_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("encounter_id", "version", name="uq_draft_encounter_id_version"),
    )
    op.create_index("ix_draft_encounter_id", "draft", ["encounter_id"], unique=False)
    op.create_index("ix_draft_hospital_id", "draft", ["hospital_id"], unique=False)
    op.create_index("ix_draft_owner_id", "draft", ["owner_id"], unique=False)
    op.create_index("ix_draft_transcript_id", "draft", ["transcript_id"], unique=False)
