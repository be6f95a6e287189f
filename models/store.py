"""The model home: one folder a model, its manifest, and the check that every file is the right one.

``HOME/<model>/manifest.json`` says where the files came from and which hash each has; for a file whose hash the
registry does not know it is the pin.  ``verified.json`` remembers size and modification time of files that were
hashed, so that a warm start reads no gigabytes; any change of a file makes it be hashed again.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from models.errors import ModelMissingError, WrongHashError, WrongSizeError
from models.registry import Model, ModelFile, Registry, Task

MANIFEST = "manifest.json"
VERIFIED = "verified.json"
_BLOCK = 1 << 20
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)

Report = Callable[[str], None]
"""Takes one line for the person at the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """A file of a model as it is on disk: ``status`` is ok, missing, or wrong."""

    name: str
    status: str
    sha256: str | None
    pinned_by: str


class _ManifestFile(BaseModel):
    size: int
    sha256: str


class Derivation(BaseModel):
    """How a model of this home was made from another: what the registry file says of others."""

    model: str
    sha256: str
    precision: str
    task: Task
    engine: str
    languages: tuple[str, ...]


class _Manifest(BaseModel):
    model: str
    source: str
    licence: str
    files: dict[str, _ManifestFile]
    derived: Derivation | None = None


class _Stamp(BaseModel):
    size: int
    mtime_ns: int
    sha256: str


class _Verified(BaseModel):
    files: dict[str, _Stamp] = {}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_of(model: Model, home: Path) -> Path:
    return home / model.name


def staging_of(model: Model, home: Path) -> Path:
    """Where files lie until they are whole and verified; what is here survives an interrupted download."""
    return home / ".incoming" / model.name


@contextmanager
def locked(model: Model, home: Path, report: Report) -> Iterator[None]:
    """Only one process at a time changes a model's folder; a second waits."""
    (home / ".incoming").mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".incoming" / f"{model.name}.lock")
    if not _try(lock):
        report(f"{model.name}: another process is fetching it, waiting")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _try(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except TimeoutError:
        return False
    return True


def is_present(model: Model, home: Path) -> bool:
    """True where a complete model was placed; says nothing about the contents."""
    return _read_manifest(folder_of(model, home)) is not None and not _missing(model, folder_of(model, home))


def check(model: Model, home: Path, *, thorough: bool = False) -> list[FileState]:
    """The state of every file; ``thorough`` hashes all of them anew instead of trusting size and time."""
    folder = folder_of(model, home)
    manifest = _read_manifest(folder)
    verified = _read_verified(folder)
    states = []
    for file in model.files:
        path = folder / file.name
        expected, pinned_by = _expected(file, manifest)
        if not path.is_file():
            if not file.optional or (manifest is not None and file.name in manifest.files):
                states.append(FileState(name=file.name, status="missing", sha256=None, pinned_by=pinned_by))
            continue
        found = _hash(path, None if thorough else verified.files.get(file.name))
        verified.files[file.name] = _stamp(path, found)
        status = "ok" if expected is None or found == expected else "wrong"
        states.append(FileState(name=file.name, status=status, sha256=found, pinned_by=pinned_by))
    if folder.is_dir() and all(state.status == "ok" for state in states):
        _write_json(folder / VERIFIED, verified)
    return states


def verified_folder(model: Model, home: Path) -> Path:
    """The model's folder after every file in it was found right.

    A file that is not the pinned one is removed and :class:`WrongHashError` raised: it cannot be loaded by accident.
    A model that is not there raises :class:`ModelMissingError`.
    """
    folder = folder_of(model, home)
    if not is_present(model, home):
        raise ModelMissingError(model=model.name, home=home)
    for state in check(model, home):
        if state.status == "wrong":
            manifest = _read_manifest(folder)
            expected = _expected(_file(model, state.name), manifest)[0]
            (folder / state.name).unlink()
            raise WrongHashError(
                model=model.name, file=state.name, source=folder, found=state.sha256, expected=expected
            )
    return folder


def accept(model: Model, file: ModelFile, path: Path, source: str, pin: str | None = None) -> str:
    """The hash of a file that has arrived, after comparing it with the registry's (or the earlier pin).

    A wrong file is deleted and :class:`WrongHashError` or :class:`WrongSizeError` raised.
    """
    expected = file.sha256 or pin
    found_size = path.stat().st_size
    if file.size is not None and found_size != file.size:
        path.unlink()
        raise WrongSizeError(model=model.name, file=file.name, source=source, found=found_size, expected=file.size)
    found = sha256_of(path)
    if expected is not None and found != expected:
        path.unlink()
        raise WrongHashError(model=model.name, file=file.name, source=source, found=found, expected=expected)
    return found


def earlier_pin(model: Model, home: Path, name: str) -> str | None:
    """The hash that an earlier arrival pinned for a file whose hash the registry does not know."""
    manifest = _read_manifest(folder_of(model, home))
    known = manifest.files.get(name) if manifest else None
    return known.sha256 if known else None


def derived(home: Path) -> tuple[Model, ...]:
    """The models that were made here from others, pinned by their manifests."""
    manifests = [_read_manifest(path.parent) for path in sorted(home.glob(f"[!.]*/{MANIFEST}"))]
    return tuple(_derived(found, found.derived) for found in manifests if found is not None and found.derived)


def _derived(manifest: _Manifest, how: Derivation) -> Model:
    return Model(
        name=manifest.model,
        task=how.task,
        engine=how.engine,
        licence=manifest.licence,
        languages=how.languages,
        files=tuple(ModelFile(name=name, size=file.size) for name, file in manifest.files.items()),
        sources=(),
        note=f"made here from {how.model} as {how.precision}",
    )


def registry_of(home: Path, site: Path | None = None) -> Registry:
    """The registry with the site's file over it and the models that were made in this home."""
    return Registry.load(site).including(derived(home))


def place(model: Model, home: Path, arrived: dict[str, str], source: str, derivation: Derivation | None = None) -> Path:
    """Move the accepted files of the staging folder into the model's folder; the manifest comes last."""
    folder, staging = folder_of(model, home), staging_of(model, home)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = _Manifest(model=model.name, source=source, licence=model.licence, files={}, derived=derivation)
    verified = _Verified()
    for name, sha256 in arrived.items():
        (staging / name).replace(folder / name)
        manifest.files[name] = _ManifestFile(size=(folder / name).stat().st_size, sha256=sha256)
        verified.files[name] = _stamp(folder / name, sha256)
    _write_json(folder / VERIFIED, verified)
    _write_json(folder / MANIFEST, manifest)
    shutil.rmtree(staging, ignore_errors=True)
    return folder


def join(parts: list[Path], target: Path) -> None:
    """Write the parts one after the other."""
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as stream:
                _copy(stream, out)
        out.flush()
        os.fsync(out.fileno())


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    shutil.copyfileobj(source, target, _BLOCK)


def _expected(file: ModelFile, manifest: _Manifest | None) -> tuple[str | None, str]:
    if file.sha256 is not None:
        return file.sha256, "registry"
    known = manifest.files.get(file.name) if manifest else None
    return (known.sha256, "first copy") if known else (None, "nothing")


def _file(model: Model, name: str) -> ModelFile:
    found = model.file(name)
    if found is None:
        raise KeyError(name)
    return found


def _missing(model: Model, folder: Path) -> list[str]:
    return [file.name for file in model.files if not file.optional and not (folder / file.name).is_file()]


def _hash(path: Path, stamp: _Stamp | None) -> str:
    status = path.stat()
    if stamp is not None and (stamp.size, stamp.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return stamp.sha256
    return sha256_of(path)


def _stamp(path: Path, sha256: str) -> _Stamp:
    status = path.stat()
    return _Stamp(size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=sha256)


def _read_manifest(folder: Path) -> _Manifest | None:
    """The manifest, or None where there is none or it was cut short: then the model counts as not there."""
    try:
        return _Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None


def _read_verified(folder: Path) -> _Verified:
    try:
        return _Verified.model_validate_json((folder / VERIFIED).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return _Verified()


def _write_json(path: Path, value: BaseModel) -> None:
    text = json.dumps(value.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=1) + "\n"
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except FileNotFoundError:
        pass
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise
        # a model home that is shared read-only: hashing again each time is right, only slower


def default_home() -> Path:
    """The model home where nothing else is configured: ``~/.local/share/clinical-scribe/models``."""
    return Path("~/.local/share/clinical-scribe/models").expanduser()
