"""Which models exist: task, engine, files with size and SHA-256, licence, languages, sources in order.

The registry is ``registry.toml`` beside this module.  A site lays its own file over it: an entry of the same
name replaces ours, other names are added; so it is with the languages and the models that hear them.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import RegistryFileError, UnknownModelError

BUILT_IN = Path(__file__).with_name("registry.toml")

Task = Literal["speech", "vad", "speaker_embedding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file of a model.

    ``sha256`` None means that the project does not know the right hash: the first copy that arrives is pinned in
    the model folder's manifest, and every later one must equal it.  An ``optional`` file may be missing.
    """

    name: str
    size: int | None = None
    sha256: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """A repository of a model hub at one immutable revision."""

    repo: str
    revision: str

    def __str__(self) -> str:
        return f"hub {self.repo}@{self.revision[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePart:
    """A file of a data package: ``path`` as inside the wheel."""

    package: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesSource:
    """Data packages at pinned versions; each target file is its parts, joined in order."""

    versions: Mapping[str, str]
    targets: Mapping[str, tuple[PackagePart, ...]]

    def __str__(self) -> str:
        return "packages " + ", ".join(f"{name} {version}" for name, version in self.versions.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSource:
    """A local folder that holds the files under their own names."""

    path: Path

    def __str__(self) -> str:
        return f"folder {self.path}"


Source = HubSource | PackagesSource | PathSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An entry of the registry; ``languages`` are BCP 47 tags, empty where language does not matter."""

    name: str
    task: Task
    engine: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]
    note: str = ""

    @property
    def size(self) -> int | None:
        """Bytes of all files, or None where one of them is not known."""
        sizes = [file.size for file in self.files if not file.optional]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def pinned(self) -> bool:
        """True where the registry knows the hash of every file."""
        return all(file.sha256 is not None for file in self.files)

    def knows(self, language: str) -> bool:
        """True where the model takes the language: its primary subtag counts (``ko-KR`` is Korean)."""
        return not self.languages or primary(language) in {primary(known) for known in self.languages}

    def file(self, name: str) -> ModelFile | None:
        return next((file for file in self.files if file.name == name), None)


class Registry:
    """Models by name, in the order of the file, and the speech models of each language, the preferred one first."""

    def __init__(self, models: Mapping[str, Model], languages: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._models = dict(models)
        self.languages = dict(languages or {})

    @classmethod
    def load(cls, path: Path | None = None) -> "Registry":
        """Our registry, with the site's file ``path`` over it.

        Relative folders of a site's ``path`` sources count from the file they stand in.  A file that is not a
        registry raises :class:`RegistryFileError` with the place of the mistake.
        """
        models, languages = _read(BUILT_IN)
        if path is not None:
            theirs, preferred = _read(path)
            models |= theirs
            languages |= preferred
        return cls(models, languages)

    def including(self, models: Iterable[Model]) -> "Registry":
        """With more models, such as the quantised copies of a model home; a name that is taken keeps its meaning."""
        return Registry({model.name: model for model in models} | self._models, self.languages)

    def get(self, name: str) -> Model:
        try:
            return self._models[name]
        except KeyError:
            raise UnknownModelError(name=name, known=", ".join(self._models)) from None

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __contains__(self, name: object) -> bool:
        return name in self._models


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _FileEntry(_Strict):
    name: _FileName
    size: Annotated[int, Field(ge=0)] | None = None
    sha256: _Sha256 | None = None
    optional: bool = False


class _HubEntry(_Strict):
    kind: Literal["hub"]
    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]

    def value(self, folder: Path) -> Source:
        del folder
        return HubSource(repo=self.repo, revision=self.revision)


class _PackagesEntry(_Strict):
    kind: Literal["packages"]
    versions: dict[str, str]
    targets: dict[_FileName, list[Annotated[str, Field(pattern="^[^:]+:[^:]+$")]]]

    def value(self, folder: Path) -> Source:
        del folder
        return PackagesSource(
            versions=self.versions,
            targets={
                target: tuple(_part(part, self.versions) for part in parts) for target, parts in self.targets.items()
            },
        )


class _PathEntry(_Strict):
    kind: Literal["path"]
    path: Path

    def value(self, folder: Path) -> Source:
        return PathSource(path=folder / self.path.expanduser())


class _ModelEntry(_Strict):
    task: Task
    engine: str
    licence: str
    languages: list[str] = []
    files: list[_FileEntry]
    sources: list[Annotated[_HubEntry | _PackagesEntry | _PathEntry, Field(discriminator="kind")]] = []
    note: str = ""


_Language = Annotated[str, Field(pattern="^[a-z]{2,3}$")]


class _RegistryFile(_Strict):
    format: Literal["scribe-models/1"]
    languages: dict[_Language, _FileName | Annotated[list[_FileName], Field(min_length=1)]] = {}
    models: dict[_FileName, _ModelEntry] = {}


def _part(text: str, versions: Mapping[str, str]) -> PackagePart:
    package, _, path = text.partition(":")
    if package not in versions:
        raise ValueError(f"{package} has no version in `versions`")
    return PackagePart(package=package, path=path)


def primary(language: str) -> str:
    """The primary subtag of a language tag."""
    return language.replace("_", "-").partition("-")[0].lower()


def _read(path: Path) -> tuple[dict[str, Model], dict[str, tuple[str, ...]]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegistryFileError(path=path, problem=f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise RegistryFileError(path=path, problem=f"is not TOML: {error}") from None
    try:
        content = _parse(document)
        models = {name: _model(name, entry, path.parent) for name, entry in content.models.items()}
        return models, {
            language: (names,) if isinstance(names, str) else tuple(names)
            for language, names in content.languages.items()
        }
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RegistryFileError(path=path, problem=f"{where}: {first['msg']}") from None
    except ValueError as error:
        raise RegistryFileError(path=path, problem=str(error)) from None


def _parse(document: object) -> _RegistryFile:
    return _RegistryFile.model_validate(document)


def _model(name: str, entry: _ModelEntry, folder: Path) -> Model:
    return Model(
        name=name,
        task=entry.task,
        engine=entry.engine,
        licence=entry.licence,
        languages=tuple(entry.languages),
        files=tuple(ModelFile(name=f.name, size=f.size, sha256=f.sha256, optional=f.optional) for f in entry.files),
        sources=tuple(source.value(folder) for source in entry.sources),
        note=entry.note,
    )
