"""The ``scribe models`` commands."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from models import store
from models.errors import ImportRefusedError
from models.fetch import Fetching, ensure, import_from
from models.hub import DEFAULT_ENDPOINT, HubClient
from models.registry import Model, Registry
from models.store import registry_of

app = typer.Typer(no_args_is_help=True)

_Home = Annotated[Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")]
_Site = Annotated[Path | None, typer.Option(envvar="SCRIBE_MODELS_REGISTRY", help="The site's own registry file.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def _group() -> None:
    """The model registry: which models exist, and whether the files here are the right ones."""


@app.command("list")
def list_models(models_home: _Home = None, registry: _Site = None, as_json: _Json = False) -> None:
    """List the models of the registry and whether they are here."""
    home = models_home or store.default_home()
    rows = [_row(model, home) for model in registry_of(home, registry)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        size = f"{row['bytes'] / 1e6:,.0f} MB" if isinstance(row["bytes"], int) else "size unknown"
        print(
            f"{row['name']:24}{row['task']:19}{'here' if row['present'] else 'not here':10}{size:>14}  {row['licence']}"
        )


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Models to fetch.")],
    *,
    models_home: _Home = None,
    registry: _Site = None,
    hub: Annotated[str, typer.Option(envvar="SCRIBE_MODELS_HUB", help="Model hub or a mirror.")] = DEFAULT_ENDPOINT,
) -> None:
    """Fetch models from their sources in order; every file is verified before it is placed."""
    home = models_home or store.default_home()
    models = [registry_of(home, registry).get(name) for name in names]
    how = Fetching(hub=HubClient(hub), report=_tell, progress=_Percent().show)
    for model in models:
        folder = ensure(model, home, how)
        print(f"{model.name}: verified in {folder}")


@app.command("import")
def import_model(
    path: Annotated[Path, typer.Argument(help="Folder with the files, or with a folder for each model.")],
    *,
    name: Annotated[str | None, typer.Option(help="The model that the folder holds.")] = None,
    models_home: _Home = None,
    registry: _Site = None,
) -> None:
    """Bring models in from an offline medium, with the same verification."""
    home = models_home or store.default_home()
    for model, folder in _importable(path, name, Registry.load(registry)):
        print(f"{model.name}: verified in {import_from(model, folder, home, _tell)}")


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Models to check; else all that are here.")] = None,
    *,
    models_home: _Home = None,
    registry: _Site = None,
    as_json: _Json = False,
) -> None:
    """Hash every file anew and compare; exits with 1 where one is missing or wrong."""
    home = models_home or store.default_home()
    known = registry_of(home, registry)
    models = [known.get(name) for name in names] if names else [m for m in known if store.folder_of(m, home).is_dir()]
    states = {model.name: store.check(model, home, thorough=True) for model in models}
    if as_json:
        print(json.dumps({name: [_state(file) for file in files] for name, files in states.items()}, indent=1))
    else:
        _print_states(states, home)
    if any(file.status != "ok" for files in states.values() for file in files):
        raise typer.Exit(1)


class Precision(StrEnum):
    int8 = "int8"
    int8_bfloat16 = "int8_bfloat16"
    float32 = "float32"


@app.command()
def quantize(
    model: Annotated[str, typer.Argument(help="Model that is here.")],
    *,
    to: Annotated[Precision, typer.Option(help="Precision of the copy's weights.")],
    name: Annotated[str | None, typer.Option(help="Name of the copy; else MODEL-PRECISION.")] = None,
    models_home: _Home = None,
    registry: _Site = None,
    as_json: _Json = False,
) -> None:
    """Make a copy of a model with smaller (or wider) weights, compared with the original before it gets its name."""
    from models.quantize import quantize as make  # noqa: PLC0415  (numpy takes a moment)

    home = models_home or store.default_home()
    known = registry_of(home, registry)
    made = make(known.get(model), to.value, home, known, name=name, report=_tell)
    if as_json:
        print(json.dumps(made.described(), ensure_ascii=False, indent=1))
        return
    print(
        f"{made.model.name}: {made.size / 1e6:,.1f} MB of weights (from {made.original_size / 1e6:,.1f} MB), "
        f"encoder agrees to {made.agreement:.4f}, pinned in {made.folder}"
    )


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Speech models to measure; else all that are here.")] = None,
    *,
    audio: Annotated[
        Path | None,
        typer.Option(help="Manifest (file, text, text_spoken; tab-separated) or one recording; else a bundled sample."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language that is spoken in it.")] = "ko",
    memory_mb: Annotated[float, typer.Option(min=1, help="Most memory that recognising alone may take.")] = 450,
    passes: Annotated[int, typer.Option(min=1, max=20, help="Times that each way hears all; the quickest counts.")] = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Store nothing.")] = False,
    models_home: _Home = None,
    registry: _Site = None,
    as_json: _Json = False,
) -> None:
    """Measure speed, memory and accuracy of each way to run a model here; the best is used from then on."""
    from models import bench_cli  # noqa: PLC0415  (numpy and the engines take a second)

    home = models_home or store.default_home()
    known = registry_of(home, registry)
    subject = bench_cli.Subject(
        audio=audio, language=language, memory_mb=memory_mb, passes=passes, models=tuple(names or ())
    )
    results = bench_cli.run(subject, home, known, report=_tell)
    stored = None if dry_run else bench_cli.keep(results, home)
    if as_json:
        print(json.dumps(bench_cli.described(results, stored), ensure_ascii=False, indent=1))
    else:
        bench_cli.show(results, stored)


def _row(model: Model, home: Path) -> dict[str, str | int | bool | list[str] | None]:
    return {
        "name": model.name,
        "task": model.task,
        "engine": model.engine,
        "licence": model.licence,
        "languages": list(model.languages),
        "bytes": model.size,
        "pinned": model.pinned,
        "present": store.is_present(model, home),
        "sources": [str(source) for source in model.sources],
        "note": model.note,
    }


def _importable(path: Path, name: str | None, registry: Registry) -> list[tuple[Model, Path]]:
    if name is not None:
        return [(registry.get(name), path)]
    found = [(model, path / model.name) for model in registry if (path / model.name).is_dir()]
    if path.name in registry and not found:
        found = [(registry.get(path.name), path)]
    if not found:
        raise ImportRefusedError(path=path, problem="name the model with --name, or name the folder after it")
    return found


def _state(file: store.FileState) -> dict[str, str | None]:
    return {"file": file.name, "status": file.status, "sha256": file.sha256, "pinned_by": file.pinned_by}


def _print_states(states: dict[str, list[store.FileState]], home: Path) -> None:
    if not states:
        print(f"no model is in {home}")
    for name, files in states.items():
        for file in files:
            print(f"{name}/{file.name}: {file.status} (hash from {file.pinned_by})")


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


class _Percent:
    """Prints each tenth of a large file once."""

    _LARGE = 10_000_000

    def __init__(self) -> None:
        self._told: Sequence[str | int] = ()

    def show(self, name: str, count: int, size: int | None) -> None:
        if size is None or size < self._LARGE:
            return
        tenth = count * 10 // size
        if self._told != (name, tenth):
            self._told = (name, tenth)
            _tell(f"{name}: {tenth * 10} % of {size / 1e6:,.0f} MB")
