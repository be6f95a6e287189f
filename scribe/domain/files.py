"""Reading and writing the files that people name: whole or not at all, and one sentence where it cannot be."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from scribe.domain.errors import ScribeError


class FileUnreadableError(ScribeError):
    """{file} cannot be read: {problem}."""


class FileUnwritableError(ScribeError):
    """{file} cannot be written: {problem}."""


def read_file(path: Path) -> bytes:
    """The file's bytes; :class:`FileUnreadableError` names it where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadableError(file=path, problem=_problem(error)) from None


def write_file(path: Path, data: bytes) -> None:
    """Put ``data`` into ``path`` in one step.

    What stood there before stays until all of ``data`` is on the disk, also where the disk fills up or the
    process is killed; a pipe or a device is written to as it is.  Raises :class:`FileUnwritableError`.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise FileUnwritableError(file=path, problem=_problem(error)) from None


def require_writable(path: Path) -> None:
    """Before long work whose result goes to ``path``: :class:`FileUnwritableError` where it could not."""
    if path.is_dir():
        raise FileUnwritableError(file=path, problem="it is a folder")
    if not path.parent.is_dir():
        raise FileUnwritableError(file=path, problem="the folder does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise FileUnwritableError(file=path, problem="permission denied")


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with fresh.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


def _problem(error: OSError) -> str:
    problem = error.strerror or type(error).__name__
    return problem[:1].lower() + problem[1:]
