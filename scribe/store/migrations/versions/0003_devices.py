"""Edge devices: who they are, how they were invited, and what they are uploading."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("device", "device_invitation", "device_token", "upload", "upload_part")


def upgrade() -> None:
    _device()
    _device_invitation()
    _device_token()
    _upload()
    _upload_part()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _device() -> None:
    _table(
        "device",
        sa.Column("name", sa.String(length=100), nullable=False),
        _id("key_id"),
        sa.Column("public_pem", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_receipt_key", sa.LargeBinary(), nullable=False),
        sa.Column("accepts_audio", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("hospital_id", "key_id", name="uq_device_hospital_id_key_id"),
    )


def _device_invitation() -> None:
    _table(
        "device_invitation",
        sa.Column("locator", sa.String(length=32), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("accepts_audio", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _id("device_id", nullable=True),
        sa.UniqueConstraint("hospital_id", "locator", name="uq_device_invitation_hospital_id_locator"),
        indexed=("device_id",),
        references={"device_id": "device"},
    )


def _device_token() -> None:
    _table(
        "device_token",
        _id("device_id"),
        _id("jti"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("device_id", "jti", name="uq_device_token_device_id_jti"),
        indexed=("expires_at",),
        references={"device_id": "device"},
    )


def _upload() -> None:
    _table(
        "upload",
        _id("encounter_id"),
        _id("device_id"),
        _id("recording_id"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("sample_rate", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        _id("audio_sha256"),
        sa.Column("audio_bytes", sa.Integer(), nullable=False),
        sa.Column("audio_chunks", sa.Integer(), nullable=False),
        _id("transcript_sha256", nullable=True),
        sa.Column("sealed_transcript", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _id("transcript_id", nullable=True),
        _id("stored_recording_id", nullable=True),
        sa.UniqueConstraint("hospital_id", "recording_id", name="uq_upload_hospital_id_recording_id"),
        indexed=("encounter_id", "device_id", "transcript_id", "stored_recording_id"),
        references={
            "encounter_id": "encounter",
            "device_id": "device",
            "transcript_id": "transcript",
            "stored_recording_id": "recording",
        },
    )


def _upload_part() -> None:
    _table(
        "upload_part",
        _id("encounter_id"),
        _id("upload_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _id("sha256"),
        sa.UniqueConstraint("upload_id", "number", name="uq_upload_part_upload_id_number"),
        indexed=("encounter_id",),
        references={"encounter_id": "encounter", "upload_id": "upload"},
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _table(
    name: str,
    *parts: SchemaItem,
    indexed: tuple[str, ...] = (),
    references: dict[str, str] | None = None,
) -> None:
    """A table of ``parts`` beside what every table has: id, time, hospital and owner."""
    keys = {**(references or {}), "hospital_id": "hospital", "owner_id": "account"}
    op.create_table(
        name,
        *parts,
        _id("hospital_id"),
        _id("owner_id"),
        _id("id"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{name}_{column}")
            for column, target in keys.items()
        ),
    )
    for column in (*indexed, "hospital_id", "owner_id"):
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
