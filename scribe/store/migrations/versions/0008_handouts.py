"""What patients are handed: approvals of their summary, what is kept off it, and who may open an address."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _link_columns() -> tuple[sa.Column[object], ...]:
    """Made anew for each use: a column belongs to one table."""
    return (
        sa.Column("language", sa.String(length=32), nullable=False, server_default="ko"),
        sa.Column("sealed_code", sa.LargeBinary(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    _table(
        "summary_approval",
        sa.Column("note_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("approver_name", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
    )
    op.create_index("ix_summary_approval_standing", "summary_approval", ["encounter_id", "language"], unique=False)
    _table(
        "summary_withholding",
        sa.Column("note_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_parts", sa.LargeBinary(), nullable=False),
    )
    for column in _link_columns():
        op.add_column("patient_link", column)


def downgrade() -> None:
    for column in reversed(_link_columns()):
        op.drop_column("patient_link", column.name)
    op.drop_table("summary_withholding")
    op.drop_table("summary_approval")


def _table(name: str, *parts: SchemaItem) -> None:
    op.create_table(
        name,
        *parts,
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name=f"fk_{name}_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{name}_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=f"fk_{name}_owner_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for column in ("encounter_id", "hospital_id", "owner_id"):
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
