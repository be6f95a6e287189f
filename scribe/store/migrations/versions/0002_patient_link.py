"""The addresses under which patients open their summary."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDEXED = ("encounter_id", "hospital_id", "owner_id")


def upgrade() -> None:
    op.create_table(
        "patient_link",
        sa.Column("note_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_patient_link_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_patient_link_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_patient_link_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_patient_link"),
        sa.UniqueConstraint("token_hash", name="uq_patient_link_token_hash"),
    )
    for column in _INDEXED:
        op.create_index(f"ix_patient_link_{column}", "patient_link", [column], unique=False)


def downgrade() -> None:
    op.drop_table("patient_link")
