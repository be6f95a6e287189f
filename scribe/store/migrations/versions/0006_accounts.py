"""Accounts: temporary passwords, where sessions began, refused sign-ins, and preferences."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("temporary_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("address_index", sa.LargeBinary(), nullable=True))
    _preference()
    _throttle()


def downgrade() -> None:
    op.drop_table("throttle")
    op.drop_table("preference")
    op.drop_column("session", "address_index")
    op.drop_column("account", "temporary_until")


def _preference() -> None:
    op.create_table(
        "preference",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        _moment("changed_at"),
        _id("hospital_id"),
        _id("owner_id"),
        _id("id"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_preference"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_preference_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_preference_owner_id"),
        sa.UniqueConstraint("owner_id", "name", name="uq_preference_owner_id_name"),
    )
    op.create_index("ix_preference_hospital_id", "preference", ["hospital_id"], unique=False)
    op.create_index("ix_preference_owner_id", "preference", ["owner_id"], unique=False)


def _throttle() -> None:
    op.create_table(
        "throttle",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("last_failed_at"),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        _id("hospital_id"),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        _id("id"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_throttle"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_throttle_hospital_id"),
        sa.UniqueConstraint("hospital_id", "kind", "subject_index", name="uq_throttle_hospital_id_kind_subject_index"),
    )
    op.create_index("ix_throttle_hospital_id", "throttle", ["hospital_id"], unique=False)


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
