"""The browser that a session was begun in, by name."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("browser", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("session", "browser")
