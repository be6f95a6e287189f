"""The compiled file of a hospital's terms: written whole or not at all, read where it lies."""

import fcntl
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from scribe.domain.errors import ScribeError
from scribe.drafting.terminology.records import Item, Kind, Name, Source, Use

FILE_NAME = "terms.sqlite"
FORMAT = "scribe-terminology/1"
PREFIX_LENGTH = 2

_COLUMNS = tuple(field.name for field in fields(Item))
_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (name TEXT PRIMARY KEY, file TEXT, sha256 TEXT, imported TEXT, rows INT, taken INT, skipped TEXT)
    WITHOUT ROWID;
CREATE TABLE item (id INTEGER PRIMARY KEY, {", ".join(_COLUMNS)});
CREATE TABLE name (key TEXT, item INT, text TEXT, use INT, PRIMARY KEY (key, item, text)) WITHOUT ROWID;
CREATE TABLE opening (prefix TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX item_term ON item (kind, term);
CREATE INDEX item_code ON item (kind, code);
"""


class OverlayError(ScribeError):
    """{path} is no file of hospital terms ({problem}): import the hospital's files again (`scribe terminology import`)."""  # noqa: E501

    path: Path
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read of one master, when and from which file; ``skipped`` counts rows by the reason."""

    source: Source
    file: str
    sha256: str
    imported: str
    rows: int
    taken: int
    skipped: tuple[tuple[str, int], ...] = ()


class HospitalTerms:
    """A hospital's terms as they lie in ``folder``; safe to share between threads.

    Raises :class:`OverlayError` where the file is damaged or of another format.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = threading.Lock()
        try:
            self._connection = _open_readonly(self.path)
            found = self._all("SELECT value FROM meta WHERE key = 'format'")
            openings = self._all("SELECT prefix FROM opening")
        except sqlite3.DatabaseError as error:
            raise OverlayError(path=self.path, problem=str(error)) from None
        if found != [(FORMAT,)]:
            raise OverlayError(path=self.path, problem=f"its format is not {FORMAT}")
        self._openings = frozenset(prefix for (prefix,) in openings)
        self.named = lru_cache(maxsize=4096)(self._named)
        self.of_term = lru_cache(maxsize=1024)(self._of_term)

    def may_start(self, prefix: str) -> bool:
        """Whether a name that is found in dialogue begins with these two characters."""
        return prefix in self._openings

    def spoken(self, keys: Sequence[str]) -> list[tuple[str, Use]]:
        """Which of ``keys`` are names that are found in dialogue, and how; every name once."""
        marks = ",".join("?" * len(keys))
        sql = f"SELECT key, MIN(use) FROM name WHERE key IN ({marks}) AND use > 0 GROUP BY key"  # noqa: S608 (marks only)
        return [(key, Use(number)) for key, number in self._all(sql, *keys)]

    def _named(self, key: str) -> tuple[tuple[Name, Item], ...]:
        """What a name stands for, the hospital's own files before the national masters."""
        sql = f"SELECT text, use, {_ITEM} FROM name JOIN item ON item.id = item WHERE key = ? ORDER BY item.id"  # noqa: S608
        found = [(Name(key, text, Use(how)), _item(values)) for text, how, *values in self._all(sql, key)]
        return tuple(sorted(found, key=lambda pair: _ORDER[pair[1].source]))

    def _of_term(self, kind: Kind, term: str) -> tuple[Item, ...]:
        """The items that mean a preferred term of ours."""
        sql = f"SELECT {_ITEM} FROM item WHERE kind = ? AND term = ? ORDER BY id"  # noqa: S608
        return tuple(_item(values) for values in self._all(sql, kind, term))

    def with_code(self, kind: Kind, code: str) -> tuple[Item, ...]:
        """The items with a code, most often one."""
        sql = f"SELECT {_ITEM} FROM item WHERE kind = ? AND code = ? ORDER BY id"  # noqa: S608
        return tuple(_item(values) for values in self._all(sql, kind, code))

    def under(self, kind: Kind, code: str) -> tuple[Item, ...]:
        """The items whose codes begin with ``code`` and go on."""
        sql = f"SELECT {_ITEM} FROM item WHERE kind = ? AND code > ? AND code < ? ORDER BY code"  # noqa: S608
        return tuple(_item(values) for values in self._all(sql, kind, code, code + "~"))

    def items(self, source: Source | None = None) -> Iterator[Item]:
        """All items, or those of one master, in the order of the file."""
        sql = f"SELECT {_ITEM} FROM item WHERE ? IS NULL OR source = ? ORDER BY id"  # noqa: S608
        return (_item(values) for values in self._all(sql, source, source))

    def names(self, kind: Kind) -> Iterator[tuple[str, str, int]]:
        """Key, surface and item number of every name of a kind, for searching."""
        sql = "SELECT key, text, item FROM name JOIN item ON item.id = name.item WHERE kind = ? ORDER BY key, item"
        return ((key, text, number) for key, text, number in self._all(sql, kind))

    def numbered(self, kind: Kind) -> Iterator[tuple[int, Item]]:
        """The items of a kind by the numbers that :meth:`names` gives, in the order of the files."""
        sql = f"SELECT item.id, {_ITEM} FROM item WHERE kind = ? ORDER BY id"  # noqa: S608
        return ((number, _item(values)) for number, *values in self._all(sql, kind))

    def spoken_of(self, source: Source) -> list[tuple[str, str]]:
        """The names of a master that are found in dialogue, each with the term of ours that it means."""
        sql = (
            "SELECT DISTINCT text, term FROM name JOIN item ON item.id = name.item"
            " WHERE source = ? AND use > 0 ORDER BY text, term"
        )
        return [(text, term) for text, term in self._all(sql, source)]

    def item(self, number: int) -> Item:
        """The item of a number that :meth:`names` gave."""
        (values,) = self._all(f"SELECT {_ITEM} FROM item WHERE id = ?", number)  # noqa: S608
        return _item(values)

    def imports(self) -> tuple[Imported, ...]:
        """The masters that were imported."""
        found = self._all("SELECT name, file, sha256, imported, rows, taken, skipped FROM source ORDER BY name")
        return tuple(_imported(row) for row in found)

    def has(self, source: Source) -> bool:
        return any(one.source is source for one in self.imports())

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


_ITEM = ", ".join(f"item.{column}" for column in _COLUMNS)
_ORDER = {Source.FORMULARY: 0, Source.ORDERS: 0, Source.KCD: 1, Source.EDI: 2}


def _item(values: Iterable[Any]) -> Item:
    cells = dict(zip(_COLUMNS, values, strict=True))
    cells["source"], cells["kind"] = Source(cells["source"]), Kind(cells["kind"])
    cells["is_complete"] = bool(cells["is_complete"])
    return Item(**cells)


def _imported(row: tuple[Any, ...]) -> Imported:
    name, file, sha256, imported, rows, taken, skipped = row
    return Imported(
        source=Source(name),
        file=file,
        sha256=sha256,
        imported=imported,
        rows=rows,
        taken=taken,
        skipped=tuple(json.loads(skipped).items()),
    )


def _open_readonly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def replace_source(folder: Path, imported: Imported, items: Iterable[tuple[Item, Sequence[Name]]]) -> None:
    """Puts the items of one master in place of those it held before; the other masters stay.

    A new file takes the place of the old one in one step: until then, and where anything fails, the old one stands.
    Raises :class:`OverlayError` where the old one cannot be read, OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    fresh = folder / f".{secrets.token_hex(8)}.part"
    with _alone(folder):
        try:
            if path.exists():
                HospitalTerms(folder)
                fresh.write_bytes(path.read_bytes())
            _fill(fresh, imported, items, is_new=not path.exists())
            with fresh.open("rb") as stream:
                os.fsync(stream.fileno())
            fresh.replace(path)
        finally:
            with suppress(FileNotFoundError):
                fresh.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One import at a time: a second waits."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(path: Path, imported: Imported, items: Iterable[tuple[Item, Sequence[Name]]], *, is_new: bool) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        if is_new:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        source = imported.source
        connection.execute("DELETE FROM name WHERE item IN (SELECT id FROM item WHERE source = ?)", (source,))
        connection.execute("DELETE FROM item WHERE source = ?", (source,))
        connection.execute("DELETE FROM source WHERE name = ?", (source,))
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        (last,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM item").fetchone()
        for number, (item, names) in enumerate(items, start=last + 1):
            values = (getattr(item, column) for column in _COLUMNS)
            connection.execute(f"INSERT INTO item VALUES ({marks})", (number, *values))  # noqa: S608
            for name in names:
                row = (name.key, number, name.text, name.use)
                connection.execute("INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)", row)
        connection.execute(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?)",
            (source, imported.file, imported.sha256, imported.imported, imported.rows, imported.taken,
             json.dumps(dict(imported.skipped), ensure_ascii=False)),
        )  # fmt: skip
        connection.execute("DELETE FROM opening")
        connection.execute(
            "INSERT INTO opening SELECT DISTINCT substr(key, 1, ?) FROM name WHERE use > 0", (PREFIX_LENGTH,)
        )


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where a hospital's terms lie unless a command names another folder: as ``scribe.settings.Settings.terms_dir``."""
    own = environment.get("SCRIBE_TERMINOLOGY_DIR")
    data = environment.get("SCRIBE_DATA_DIR") or "~/.local/share/clinical-scribe"
    return (Path(own) if own else Path(data) / "terminology").expanduser().absolute()


_folder: Path | None = None


def use(folder: Path | None) -> None:
    """From now on drafting in this process reads the hospital terms of ``folder``; None: only ours."""
    global _folder  # noqa: PLW0603  (one hospital a process)
    _folder = folder


def in_use() -> HospitalTerms | None:
    """The terms of the folder that :func:`use` named, as it lies there now; None where it holds none.

    A new import is seen at the next call.
    """
    if _folder is None:
        return None
    try:
        status = (_folder / FILE_NAME).stat()
    except FileNotFoundError:
        return None
    return _opened(_folder, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=2)
def _opened(folder: Path, changed: int, inode: int) -> HospitalTerms:
    del changed, inode
    return HospitalTerms(folder)
