"""The spool's index: one SQLite file, written at full durability, without patient data in the clear.

Ids, times, states, counts, digests and wrapped keys stand in it; the header of a recording only sealed.  What is
overwritten in it is gone (``secure_delete``), once the write-ahead log is folded in (:meth:`SpoolIndex.forget_log`).
"""

import errno
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_agent.chunks import from_microseconds, microseconds
from edge_agent.errors import SpoolIndexError, SpoolVersionError, UnknownRecordingError
from edge_agent.recordings import RecordingState

_VERSION = 1
_SCHEMA = """
CREATE TABLE recording (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    stopped_at INTEGER,
    channels INTEGER NOT NULL,
    language TEXT NOT NULL,
    encounter_id TEXT,
    generation INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    sha256 TEXT,
    lost INTEGER NOT NULL DEFAULT 0,
    wrapped_key BLOB,
    header BLOB
) STRICT;
CREATE TABLE chunk (
    recording TEXT NOT NULL REFERENCES recording (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    stretch INTEGER NOT NULL,
    began INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (recording, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE torn (
    recording TEXT NOT NULL REFERENCES recording (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (recording, digest)
) STRICT, WITHOUT ROWID;
"""
_COLUMNS = (
    "id, state, started_at, changed_at, stopped_at, channels, language, encounter_id, generation, samples, chunks,"
    " sha256, lost, wrapped_key, header"
)
_MISCOUNTED = """
SELECT 1 FROM recording AS whole WHERE state NOT IN ('deleted', 'discarded') AND (whole.chunks, whole.samples) <> (
    SELECT count(*), coalesce(sum(samples), 0) FROM chunk WHERE recording = whole.id
) LIMIT 1
"""
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """What the index holds of a recording; ``samples`` by channel.

    ``wrapped_key`` is None once the audio is destroyed, ``header`` (sealed) once everything is.
    """

    id: str
    state: RecordingState
    started_at: datetime
    changed_at: datetime
    stopped_at: datetime | None
    channels: int
    language: str
    encounter_id: str | None
    generation: int
    samples: int
    chunks: int
    sha256: str | None
    lost: int
    wrapped_key: bytes | None
    header: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRow:
    """A chunk that was handed over; ``place`` is where its frame begins in the file."""

    number: int
    first: int
    samples: int
    stretch: int
    began: int
    place: int


class SpoolIndex:
    """All SQL of the spool.  Safe for several threads; for one process."""

    def __init__(self, path: Path) -> None:
        """Open or create; :class:`SpoolIndexError` where the file is damaged, OSError where it cannot be opened."""
        self._path = path
        self._lock = threading.RLock()
        with self._translated():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        run = self._connection.execute
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "foreign_keys = ON",
        ):
            run(f"PRAGMA {pragma}")
        found = run("PRAGMA user_version").fetchone()[0]
        if found > _VERSION:
            raise SpoolVersionError(file=self._path, found=found, known=_VERSION)
        if found == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT")
        if run("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise SpoolIndexError(file=self._path, problem="it is damaged")
        if run(_MISCOUNTED).fetchone() is not None:
            raise SpoolIndexError(file=self._path, problem="its counts do not agree")
        self.forget_log()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Durable when it returns, or not at all; OSError where the disk is full or fails."""
        with self._lock, self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def forget_log(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that no overwritten key is left there."""
        with self._lock, self._translated():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def recordings(self) -> tuple[RecordingRow, ...]:
        rows = self._rows(f"SELECT {_COLUMNS} FROM recording ORDER BY started_at, id")  # noqa: S608
        return tuple(_recording(row) for row in rows)

    def recording(self, recording_id: str) -> RecordingRow:
        rows = self._rows(f"SELECT {_COLUMNS} FROM recording WHERE id = ?", recording_id)  # noqa: S608
        if not rows:
            raise UnknownRecordingError(recording_id=recording_id)
        return _recording(rows[0])

    def insert(self, row: RecordingRow) -> None:
        marks = ", ".join("?" * 15)
        with self.transaction() as connection:
            connection.execute(f"INSERT INTO recording ({_COLUMNS}) VALUES ({marks})", _values(row))  # noqa: S608

    def update(self, row: RecordingRow) -> None:
        """Write all of ``row`` over what stands under its id."""
        with self.transaction() as connection:
            _update(connection, row)

    def append(self, recording_id: str, chunk: ChunkRow, kept_at: datetime) -> None:
        """Take up the chunk that follows the last one."""
        with self.transaction() as connection:
            _insert_chunks(connection, recording_id, (chunk,))
            connection.execute(
                "UPDATE recording SET samples = ?, chunks = ?, changed_at = ? WHERE id = ?",
                (chunk.first + chunk.samples, chunk.number + 1, microseconds(kept_at), recording_id),
            )

    def grow(self, row: RecordingRow, chunks: Iterable[ChunkRow]) -> None:
        """Write ``row`` over what stands under its id, and take up the chunks that it counts more."""
        with self.transaction() as connection:
            _update(connection, row)
            _insert_chunks(connection, row.id, chunks)

    def replace_chunks(self, row: RecordingRow, chunks: Iterable[ChunkRow]) -> None:
        """Write ``row`` and all of its chunks anew, and drop what was noted as torn, in one step."""
        with self.transaction() as connection:
            _update(connection, row)
            connection.execute("DELETE FROM chunk WHERE recording = ?", (row.id,))
            connection.execute("DELETE FROM torn WHERE recording = ?", (row.id,))
            _insert_chunks(connection, row.id, chunks)

    def chunks(self, recording_id: str, first: int = 0, last: int | None = None) -> tuple[ChunkRow, ...]:
        """The chunks that hold samples from ``first`` up to before ``last``, in order; by default every chunk."""
        rows = self._rows(
            "SELECT number, first, samples, stretch, began, place FROM chunk"
            " WHERE recording = ? AND first + samples >= ? AND first < ? ORDER BY number",
            recording_id,
            first,
            _NEVER if last is None else last,
        )
        return tuple(
            ChunkRow(number=number, first=start, samples=samples, stretch=stretch, began=began, place=place)
            for number, start, samples, stretch, began, place in rows
        )

    def stretches(self, recording_id: str) -> tuple[tuple[int, int, datetime], ...]:
        """First sample, sample after the last, and when it began, of each stretch."""
        rows = self._rows(
            "SELECT min(first), max(first + samples), began FROM chunk"
            " WHERE recording = ? AND samples > 0 GROUP BY stretch, began ORDER BY min(first)",
            recording_id,
        )
        return tuple((first, last, from_microseconds(began)) for first, last, began in rows)

    def note_torn(self, recording_id: str, digest: str, number: int, first: int) -> None:
        """Remember that the write of chunk ``number``, which would have begun at sample ``first``, was cut short.

        ``digest`` tells the bytes that were written; again is harmless.
        """
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO torn VALUES (?, ?, ?, ?)", (recording_id, digest, number, first))

    def torn(self, recording_id: str) -> tuple[tuple[int, int], ...]:
        """Number and first sample of the writes that were cut short."""
        rows = self._rows("SELECT number, first FROM torn WHERE recording = ? ORDER BY first, digest", recording_id)
        return tuple((number, first) for number, first in rows)

    def _rows(self, query: str, *parameters: object) -> list[Any]:
        with self._lock, self._translated():
            return self._connection.execute(query, parameters).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's words for a full or failing disk as the system's, and for damage as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            full = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL
            raise OSError(errno.ENOSPC if full else errno.EIO, str(error), str(self._path)) from None
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            raise SpoolIndexError(file=self._path, problem=str(error)) from None


def _recording(row: tuple[Any, ...]) -> RecordingRow:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    for name in ("started_at", "changed_at", "stopped_at"):
        if values[name] is not None:
            values[name] = from_microseconds(values[name])
    values["state"] = RecordingState(values["state"])
    return RecordingRow(**values)


def _values(row: RecordingRow) -> tuple[object, ...]:
    values = [getattr(row, name) for name in _COLUMNS.split(", ")]
    return tuple(microseconds(value) if isinstance(value, datetime) else value for value in values)


def _update(connection: sqlite3.Connection, row: RecordingRow) -> None:
    sets = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", ")[1:])
    connection.execute(f"UPDATE recording SET {sets} WHERE id = ?", (*_values(row)[1:], row.id))  # noqa: S608


def _insert_chunks(connection: sqlite3.Connection, recording_id: str, chunks: Iterable[ChunkRow]) -> None:
    connection.executemany(
        "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((recording_id, c.number, c.first, c.samples, c.stretch, c.began, c.place) for c in chunks),
    )
