"""Admissions: visits and patients as the hospital's information system tells them, and the messages it told them by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("visit", "patient_news", "admission_message")


def upgrade() -> None:
    _visit()
    _patient_news()
    _admission_message()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _visit() -> None:
    _table(
        "visit",
        sa.Column("visit_index", sa.LargeBinary(), nullable=False),
        sa.Column("patient_index", sa.LargeBinary(), nullable=True),
        _id("encounter_id", nullable=True),
        _id("attending", nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        _moment("told_at"),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_details", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("hospital_id", "visit_index", name="uq_visit_hospital_id_visit_index"),
        sa.CheckConstraint("state IN ('open', 'discharged', 'cancelled')", name=op.f("ck_visit_state")),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_visit_encounter_id"),
        indexed=("encounter_id", "patient_index"),
    )


def _patient_news() -> None:
    _table(
        "patient_news",
        sa.Column("patient_index", sa.LargeBinary(), nullable=False),
        _moment("told_at"),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_news", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("hospital_id", "patient_index", name="uq_patient_news_hospital_id_patient_index"),
    )


def _admission_message() -> None:
    _table(
        "admission_message",
        _id("receipt"),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("done", sa.String(length=32), nullable=False),
        sa.UniqueConstraint("hospital_id", "receipt", name="uq_admission_message_hospital_id_receipt"),
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=nullable)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _table(name: str, *parts: SchemaItem, indexed: tuple[str, ...] = ()) -> None:
    """A table of ``parts`` beside id, time, hospital and the owner, who may be missing."""
    op.create_table(
        name,
        *parts,
        _id("hospital_id"),
        _id("owner_id", nullable=True),
        _id("id"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{name}_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=f"fk_{name}_owner_id"),
    )
    for column in (*indexed, "hospital_id", "owner_id"):
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
