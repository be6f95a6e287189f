"""The audit log by moment and by account, and its last verification, without walking through it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_VERIFIED = "action = 'verify'"


def upgrade() -> None:
    op.create_index("ix_audit_moment", "audit", ["hospital_id", "created_at", "sequence"])
    op.create_index("ix_audit_account", "audit", ["hospital_id", "owner_id", "created_at", "sequence"])
    op.create_index(
        "ix_audit_check",
        "audit",
        ["hospital_id", "sequence"],
        sqlite_where=sa.text(_VERIFIED),
        postgresql_where=sa.text(_VERIFIED),
    )
    # the new ones begin with the same columns, and every record is written to each index
    op.drop_index("ix_audit_hospital_id", "audit")
    op.drop_index("ix_audit_owner_id", "audit")


def downgrade() -> None:
    op.create_index("ix_audit_owner_id", "audit", ["owner_id"])
    op.create_index("ix_audit_hospital_id", "audit", ["hospital_id"])
    for name in ("ix_audit_check", "ix_audit_account", "ix_audit_moment"):
        op.drop_index(name, "audit")
