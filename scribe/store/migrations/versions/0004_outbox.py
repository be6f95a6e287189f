"""The outbox: leases and lanes, attempts, destinations that fail, reconciliations."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATES = "'waiting', 'claimed', 'sent_outcome_unknown', 'accepted', 'rejected', 'parked', 'set_aside'"
_UNSETTLED = "state IN ('waiting', 'claimed', 'sent_outcome_unknown')"
_CLEARED = "'accepted', 'set_aside'"
_OWNERS = {"encounter_id": "encounter", "hospital_id": "hospital", "owner_id": "account"}
_KEEP = "an undelivered row of the outbox is never removed"


def upgrade() -> None:
    _outbox()
    _name_destinations()
    _outbox_attempt()
    _destination_change()
    _reconciliation()
    _keep_undelivered()


def downgrade() -> None:
    raise NotImplementedError("deliveries that were set aside cannot be taken back to the earlier schema")


def _outbox() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
    else:
        _alter()
    where = sa.text(_UNSETTLED)
    op.create_index(
        "ix_outbox_due", "outbox", ["hospital_id", "destination", "due_at"], sqlite_where=where, postgresql_where=where
    )


def _alter() -> None:
    op.drop_constraint("ck_outbox_state", "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_state"), "outbox", f"state IN ({_STATES})")
    for column in _new_columns():
        column.nullable = True
        op.add_column("outbox", column)
    op.execute("UPDATE outbox SET tries = 0, queued_at = created_at, due_at = changed_at, overwrite = FALSE")
    for name in ("tries", "queued_at", "due_at", "overwrite"):
        op.alter_column("outbox", name, nullable=False)


def _rebuild() -> None:
    """SQLite cannot change a check: the table is made anew under its name."""
    columns = "note_id, version, destination, state, attempts, changed_at, problem, sealed_outcome"
    columns += ", encounter_id, hospital_id, owner_id, id, created_at"
    op.execute("ALTER TABLE outbox RENAME TO outbox_before")
    for column in _OWNERS:
        op.drop_index(f"ix_outbox_{column}", "outbox_before")
    op.create_table(
        "outbox",
        _id("note_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _id("destination"),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=True),
        sa.Column("sealed_outcome", sa.LargeBinary(), nullable=True),
        *_new_columns(),
        _id("encounter_id"),
        *_every_row("outbox"),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_outbox_state")),
        sa.UniqueConstraint("note_id", "version", "destination", name="uq_outbox_note_id_version_destination"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_outbox_{column}")
            for column, table in _OWNERS.items()
        ),
    )
    op.execute(
        f"INSERT INTO outbox ({columns}, tries, queued_at, due_at, overwrite) "  # noqa: S608 - constants of this module
        f"SELECT {columns}, 0, created_at, changed_at, FALSE FROM outbox_before"
    )
    op.drop_table("outbox_before")
    for column in _OWNERS:
        op.create_index(f"ix_outbox_{column}", "outbox", [column])


def _new_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("overwrite", sa.Boolean(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
    )


def _name_destinations() -> None:
    """Destinations have names now; the address that there was is the one called ``hospital``."""
    op.execute(
        "UPDATE outbox SET destination = 'hospital' WHERE destination LIKE 'http%' AND NOT EXISTS (SELECT 1 "
        "FROM outbox o WHERE o.note_id = outbox.note_id AND o.version = outbox.version AND o.id > outbox.id)"
    )


def _outbox_attempt() -> None:
    op.create_table(
        "outbox_attempt",
        _id("outbox_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        _id("destination"),
        _id("worker"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.String(length=64), nullable=True),
        _id("payload_sha256"),
        _id("encounter_id"),
        *_every_row("outbox_attempt"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_outbox_attempt_{column}")
            for column, table in {"outbox_id": "outbox", **_OWNERS}.items()
        ),
    )
    for column in ("outbox_id", *_OWNERS):
        op.create_index(f"ix_outbox_attempt_{column}", "outbox_attempt", [column])
    op.create_index("ix_outbox_attempt_recent", "outbox_attempt", ["hospital_id", "destination", "created_at"])


def _destination_change() -> None:
    op.create_table(
        "destination_change",
        _id("destination"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("failing", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        *_every_row("destination_change"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_destination_change_hospital_id"),
        sa.UniqueConstraint(
            "hospital_id", "destination", "number", name="uq_destination_change_hospital_id_destination_number"
        ),
    )
    op.create_index("ix_destination_change_hospital_id", "destination_change", ["hospital_id"])


def _reconciliation() -> None:
    counts = ("signed", "accepted", "set_aside", "unqueued", "unanswered", "missing", "duplicated", "unchecked")
    op.create_table(
        "reconciliation",
        sa.Column("day", sa.Date(), nullable=False),
        _id("destination"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *_every_row("reconciliation"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospital.id"], name="fk_reconciliation_hospital_id"),
    )
    op.create_index("ix_reconciliation_hospital_id", "reconciliation", ["hospital_id"])
    op.create_index("ix_reconciliation_day", "reconciliation", ["hospital_id", "day"])


def _keep_undelivered() -> None:
    """Triggers that refuse to remove what has not arrived, and to bring back what has."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER outbox_keep BEFORE DELETE ON outbox WHEN OLD.state NOT IN ({_CLEARED}) "
            f"BEGIN SELECT RAISE(ABORT, '{_KEEP}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION outbox_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF OLD.state NOT IN ({_CLEARED}) THEN RAISE EXCEPTION '{_KEEP}'; END IF; RETURN OLD; END $$"
    )
    op.execute("CREATE TRIGGER outbox_keep BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_keep()")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), nullable=False)


def _every_row(table: str) -> tuple[SchemaItem, ...]:
    return (
        _id("hospital_id"),
        _id("owner_id"),
        _id("id"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
