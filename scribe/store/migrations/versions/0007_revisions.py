"""What follows a signature: amendments under way, retractions, and their way through the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OWNERS = {"encounter_id": "encounter", "hospital_id": "hospital", "owner_id": "account"}
_UNENDED = "ended_at IS NULL"


def upgrade() -> None:
    op.add_column("draft", _id("amendment_id", nullable=True))
    op.add_column("outbox", sa.Column("action", sa.String(length=32), nullable=False, server_default="deliver"))
    _amendment()
    _retraction()


def downgrade() -> None:
    raise NotImplementedError("drafts of amendments and retractions cannot be taken back to the earlier schema")


def _amendment() -> None:
    _table(
        "amendment",
        sa.Column("amends", sa.Integer(), nullable=False),
        sa.Column("first_draft", sa.Integer(), nullable=False),
        _id("started_by"),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.String(length=32), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_amendment_ended")),
    )
    op.create_index(
        "ix_amendment_open",
        "amendment",
        ["encounter_id"],
        unique=True,
        sqlite_where=sa.text(_UNENDED),
        postgresql_where=sa.text(_UNENDED),
    )


def _retraction() -> None:
    _table(
        "retraction",
        _id("note_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _id("retracted_by"),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("encounter_id", name="uq_retraction_encounter_id"),
        sa.UniqueConstraint("note_id", name="uq_retraction_note_id"),
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _table(name: str, *parts: SchemaItem) -> None:
    """A table of ``parts`` beside id, time and the owners."""
    op.create_table(
        name,
        *parts,
        *(_id(column) for column in _OWNERS),
        _id("id"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_{name}_{column}")
            for column, table in _OWNERS.items()
        ),
    )
    for column in _OWNERS:
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
