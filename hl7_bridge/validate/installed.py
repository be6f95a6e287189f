"""FHIR packages that a site installed once: what ``scribe bridge validate`` and delivery go by from then on.

``HOME/<package name>/`` holds the package as it came and ``manifest.json`` with its version and SHA-256; one version
of a package at a time.  A package whose bytes have changed since is refused, never used in part.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from hl7_bridge.errors import BridgeError
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.package import PackageError, read_package, validator_of
from hl7_bridge.validate.table import table_validator
from scribe.domain.files import read_file, write_file

MANIFEST = "manifest.json"
ARCHIVE = "package.tgz"


class ChangedPackageError(BridgeError):
    """The installed package {name} is not as it was installed ({problem}): install it again with
    `scribe bridge profiles install`, or take it away with `scribe bridge profiles remove {name}`.
    """


class NotInstalledError(BridgeError):
    """No package named {name} is installed: `scribe bridge profiles list` shows what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """A package of the home: ``profiles`` is how many profiles with a snapshot it brings."""

    name: str
    version: str
    sha256: str
    profiles: int
    installed_at: str


def profiles_home(environment: Mapping[str, str]) -> Path:
    """Where packages lie: ``profiles`` in the service's data directory (``SCRIBE_DATA_DIR``)."""
    data = environment.get("SCRIBE_DATA_DIR") or "~/.local/share/clinical-scribe"
    return (Path(data) / "profiles").expanduser().absolute()


def install(package: Path, home: Path, now: datetime) -> InstalledPackage:
    """Take a package into the home, in place of another version of it.

    Raises :class:`PackageError` where the file is no FHIR R4 package with snapshots; the home is then as it was.
    """
    data = read_file(package)
    content = read_package(data, str(package))
    validator_of(content, str(package))
    found = InstalledPackage(
        name=content.name,
        version=content.version,
        sha256=hashlib.sha256(data).hexdigest(),
        profiles=len(content.profiles),
        installed_at=now.astimezone(UTC).isoformat(timespec="seconds"),
    )
    folder = home / content.name
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / ARCHIVE, data)
    write_file(folder / MANIFEST, (json.dumps(asdict(found), indent=1) + "\n").encode())
    return found


def remove(name: str, home: Path) -> None:
    """Take a package out of the home; :class:`NotInstalledError` where it is not there."""
    if name not in {folder.name for folder in _folders(home)}:
        raise NotInstalledError(name=name)
    shutil.rmtree(home / name)


def installed(home: Path) -> tuple[InstalledPackage, ...]:
    """What is installed, by name; () where the home does not exist."""
    return tuple(_manifest(folder) for folder in _folders(home))


def archives(home: Path) -> tuple[Path, ...]:
    """The files of the installed packages, as they came."""
    return tuple(folder / ARCHIVE for folder in _folders(home))


def installed_validator(home: Path) -> Validator:
    """Our table with every installed package over it; the table alone where nothing is installed.

    Raises :class:`ChangedPackageError` where a package is damaged.  The same object is given until a package changes.
    """
    stamps = tuple((folder.name, *_stamp(folder)) for folder in _folders(home))
    return _validator(home, stamps) if stamps else table_validator()


@lru_cache(maxsize=2)
def _validator(home: Path, _stamps: tuple[tuple[str, int, int], ...]) -> Validator:
    validator = table_validator()
    for package in installed(home):
        archive = home / package.name / ARCHIVE
        data = read_file(archive)
        if hashlib.sha256(data).hexdigest() != package.sha256:
            raise ChangedPackageError(name=package.name, problem="its SHA-256 differs")
        try:
            own = validator_of(read_package(data, str(archive)), str(archive))
        except PackageError as error:
            raise ChangedPackageError(name=package.name, problem=error.problem) from None
        validator = validator.over(own)
    return validator


def _folders(home: Path) -> list[Path]:
    return sorted(file.parent for file in home.glob(f"*/{MANIFEST}"))


def _stamp(folder: Path) -> tuple[int, int]:
    try:
        status = (folder / ARCHIVE).stat()
    except OSError:
        raise ChangedPackageError(name=folder.name, problem=f"{ARCHIVE} is missing") from None
    return status.st_mtime_ns, status.st_size


def _manifest(folder: Path) -> InstalledPackage:
    try:
        found = json.loads(read_file(folder / MANIFEST))
        package = InstalledPackage(**found)
    except (ValueError, TypeError):
        raise ChangedPackageError(name=folder.name, problem=f"{MANIFEST} cannot be read") from None
    if package.name != folder.name or not isinstance(package.sha256, str):
        raise ChangedPackageError(name=folder.name, problem=f"{MANIFEST} does not belong to it")
    return package
