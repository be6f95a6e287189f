"""The worklist: who is being recorded now, and how much of a draft waits for a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("encounter", sa.Column("recording_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("encounter", sa.Column("recording_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("draft", sa.Column("open_items", sa.Integer(), nullable=True))
