"""Files that must survive: durable writes, room on the disk, and removal that leaves no key behind."""

import contextlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from edge_agent.recordings import SAMPLE_BYTES
from models.audio import SAMPLE_RATE

_WIPED_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLimits:
    """``minutes``: room for so much mono audio is needed to begin; ``floor``: bytes that recording leaves free;
    ``reserve``: bytes set aside for closing recording and index in order on a full disk."""

    minutes: float = 30.0
    floor: int = 16_000_000
    reserve: int = 1_048_576

    def needed(self, channels: int) -> int:
        """Bytes that must be free to begin a recording."""
        return int(self.minutes * 60 * bytes_a_second(channels)) + self.floor


def bytes_a_second(channels: int) -> float:
    """What a second of audio takes on the disk, sealed and indexed."""
    return channels * SAMPLE_RATE * SAMPLE_BYTES * 1.05


class AppendFile:
    """A file that only grows; nothing is buffered here."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(path, flags, 0o600)

    def write(self, content: bytes) -> None:
        """Append all of ``content``; an OSError may leave a part of it at the end."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        getattr(os, "fdatasync", os.fsync)(self._descriptor)

    def cut(self, size: int) -> None:
        """Leave the first ``size`` bytes, durably."""
        os.ftruncate(self._descriptor, size)
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class Reserve:
    """A file that takes up room until the disk is full, and is then given up."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def fill(self) -> None:
        """Take the room again, if it is not taken; an OSError where there is none."""
        if self._path.exists() and self._path.stat().st_size >= self._size:
            return
        try:
            write_durably(self._path, b"\xff" * self._size)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        for draft in self._path.parent.glob(f".{self._path.name}.*"):
            draft.unlink()


def free_bytes(folder: Path) -> int:
    """What this user may still write on the disk that ``folder`` lies on."""
    return shutil.disk_usage(folder).free


def make_folder(path: Path) -> None:
    """Durably create ``path`` for this user alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Return when names made and removed in ``path`` are on the disk; Windows does that by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step: after a crash the old content is there or the new one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def wipe(path: Path) -> None:
    """Remove a file whose first bytes are a key: they are overwritten on the disk first.  Missing is well."""
    with contextlib.suppress(FileNotFoundError):
        size = path.stat().st_size
        with path.open("r+b", buffering=0) as file:
            file.write(bytes(min(size, _WIPED_BYTES)))
            os.fsync(file.fileno())
        path.unlink()
