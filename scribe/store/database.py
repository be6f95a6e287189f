"""Engines and migrations: SQLite on one machine, PostgreSQL beyond."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from scribe.store.errors import DatabaseUnusableError, DatabaseUrlError

_MIGRATION_LOCK = 0x5C21BE  # any number that no other program takes as an advisory lock
_BUSY_MILLISECONDS = 15_000
READS_ONLY = "scribe_reads_only"
"""Execution option of a connection that writes nothing: on SQLite it waits for nobody."""


def open_engine(url: str) -> Engine:
    """An engine whose transactions are serialisable where it matters.

    SQLite: write-ahead log, full sync, foreign keys on, deleted bytes overwritten, every transaction takes the
    write lock at its start (each one writes the audit log) and waits for it up to 15 s.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(parsed)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return create_engine(parsed, pool_pre_ping=True)


def migrate(url: str) -> None:
    """Bring the database to this version's schema; concurrent callers wait for each other."""
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            migrate_connection(connection)
    except DBAPIError as error:
        raise DatabaseUnusableError(url=_shown(engine.url), problem=str(error.orig).strip().splitlines()[0]) from None
    except CommandError:
        problem = "it was made by a newer version of this program; install that one"
        raise DatabaseUnusableError(url=_shown(engine.url), problem=problem) from None
    finally:
        engine.dispose()


def scrub(engine: Engine) -> None:
    """Overwrite what SQLite's write-ahead log still holds of deleted values, as far as no reader needs it.

    PostgreSQL clears dead rows by vacuum in its own time.
    """
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def migrate_connection(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUrlError(url="given", problem="it is not a URL such as sqlite:///file.db") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseUrlError(url=_shown(parsed), problem="only sqlite and postgresql are supported")
    return parsed


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # transactions are begun by us
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
