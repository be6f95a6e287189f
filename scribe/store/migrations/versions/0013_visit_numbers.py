"""Visit numbers of consultations that were typed in, and visits of the hospital that may be the same."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("encounter", sa.Column("visit_index", sa.LargeBinary(), nullable=True))
    op.create_index("ix_encounter_visit_index", "encounter", ["visit_index"])
    op.create_table(
        "visit_doubt",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hospital_id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("encounter_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("same", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_visit_doubt"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_visit_doubt_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_visit_doubt_owner_id"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visit_doubt_visit_id"),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name="fk_visit_doubt_encounter_id"),
        sa.UniqueConstraint("visit_id", "encounter_id", name="uq_visit_doubt_visit_id_encounter_id"),
        sa.CheckConstraint("(decided_at IS NULL) = (same IS NULL)", name=op.f("ck_visit_doubt_decided")),
    )
    for column in ("hospital_id", "owner_id", "encounter_id"):
        op.create_index(f"ix_visit_doubt_{column}", "visit_doubt", [column])


def downgrade() -> None:
    op.drop_table("visit_doubt")
    op.drop_index("ix_encounter_visit_index", "encounter")
    op.drop_column("encounter", "visit_index")
