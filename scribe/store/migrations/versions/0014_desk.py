"""The desk: what is being written anew in the background, and which pages have a draft open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "rewriting",
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("before", "after")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rewritten", "removed", "offered")),
    )
    _table(
        "open_page",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("encounter_id", "page", name="uq_open_page_encounter_id_page"),
    )
    op.create_index("ix_open_page_seen_at", "open_page", ["seen_at"], unique=False)


def downgrade() -> None:
    for table in ("open_page", "rewriting"):
        op.drop_table(table)


def _table(name: str, *parts: SchemaItem) -> None:
    op.create_table(
        name,
        *parts,
        *(
            sa.Column(column, sa.String(length=64), nullable=False)
            for column in ("encounter_id", "hospital_id", "owner_id", "id")
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounter.id"], name=f"fk_{name}_encounter_id"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name=f"fk_{name}_hospital_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=f"fk_{name}_owner_id"),
    )
    for column in ("encounter_id", "hospital_id", "owner_id"):
        op.create_index(f"ix_{name}_{column}", name, [column], unique=False)
