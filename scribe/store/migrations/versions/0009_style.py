"""Style: rules learnt from edits, what they were learnt from, and how much of the drafts was kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COUNTS = [
    f"{part}_{count}" for part in ("note", "summary", "entries") for count in ("kept", "edited", "deleted", "added")
]


def upgrade() -> None:
    _table(
        "style_rule",
        _word("state"),
        _word("origin"),
        _number("seen"),
        _number("applied"),
        _moment("changed_at"),
        _sealed("wrapped_key"),
        _sealed("sealed_habit"),
    )
    _table(
        "style_observation",
        *_of_encounter("style_observation"),
        _sealed("sealed_document"),
        sa.UniqueConstraint("encounter_id", name="uq_style_observation_encounter_id"),
    )
    _table(
        "edit_share",
        *_of_encounter("edit_share"),
        _number("version"),
        _id("account_id"),
        _word("template"),
        _word("setting"),
        _word("language"),
        _moment("signed_at"),
        _number("review_seconds"),
        *map(_number, _COUNTS),
        sa.UniqueConstraint("encounter_id", "version", name="uq_edit_share_encounter_id_version"),
    )
    op.create_index("ix_style_observation_encounter_id", "style_observation", ["encounter_id"], unique=False)
    op.create_index("ix_edit_share_encounter_id", "edit_share", ["encounter_id"], unique=False)
    op.create_index("ix_edit_share_signed_at", "edit_share", ["signed_at"], unique=False)


def downgrade() -> None:
    for table in ("edit_share", "style_observation", "style_rule"):
        op.drop_table(table)


def _of_encounter(table: str) -> tuple[SchemaItem, ...]:
    foreign = sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name=f"fk_{table}_encounter_id")
    return (_id("encounter_id"), foreign)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _sealed(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _table(name: str, *parts: SchemaItem) -> None:
    op.create_table(
        name,
        *parts,
        _id("hospital_id"),
        _id("owner_id"),
        _id("id"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{name}_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=f"fk_{name}_owner_id"),
    )
    for column in ("hospital_id", "owner_id"):
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
