"""What `scribe models bench` does and shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models import store
from models.accuracy import SAMPLE, SAMPLE_LANGUAGE, read_clips
from models.bench import Bench, Row, Verdict, compute_types
from models.engines import choice_for, encoder_advice, store_choices
from models.errors import ManifestError, NoSourceError, NothingToMeasureError
from models.fetch import Fetching, ensure
from models.hardware import cores, processor
from models.languages import require
from models.registry import Model, Registry

VAD_MODEL, VAD_FILE = "silero-vad", "silero_vad_v6.onnx"

Results = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured, on what; ``audio`` None is the bundled sample, no ``models`` are all that are here."""

    audio: Path | None
    language: str
    memory_mb: float
    passes: int
    models: tuple[str, ...]


def run(subject: Subject, home: Path, registry: Registry, *, report: store.Report) -> dict[str, Verdict]:
    """Measure each model; a line for each way goes to ``report``."""
    if subject.audio is None and subject.language != SAMPLE_LANGUAGE:
        problem = f"it speaks {SAMPLE_LANGUAGE}, not {subject.language}; give recordings with --audio"
        raise ManifestError(path=SAMPLE, problem=problem)
    clips = read_clips(subject.audio or SAMPLE)
    models = _models(subject, home, registry)
    bench = Bench(
        clips=clips,
        language=subject.language,
        vad=_vad(home, registry),
        cores=cores(),
        memory_mb=subject.memory_mb,
        passes=subject.passes,
    )
    return {model.name: _measured(model, bench, home, report) for model in models}


def _measured(model: Model, bench: Bench, home: Path, report: store.Report) -> Verdict:
    folder = ensure(model, home, Fetching(network=False))
    report(f"{model.name}: until now {encoder_advice(choice_for(folder))}")
    return bench.run(folder, compute_types=compute_types(), report=lambda row: report(f"{model.name}: {_line(row)}"))


def keep(results: Results, home: Path) -> Path | None:
    """Store the best way of each model that has one; None where none has."""
    best = {name: verdict.measured for name, verdict in results.items()}
    known = {name: measured for name, measured in best.items() if measured is not None}
    return store_choices(home, known) if known else None


def described(results: Results, stored: Path | None) -> dict[str, object]:
    return {
        "processor": processor().name,
        "stored": None if stored is None else str(stored),
        "models": {
            name: [_described(row, reason) for row, reason in zip(verdict.rows, verdict.reasons, strict=True)]
            for name, verdict in results.items()
        },
    }


def show(results: Results, stored: Path | None) -> None:
    """The tables, and what was stored."""
    console = Console()
    for name, verdict in results.items():
        console.print(_table(name, verdict))
    if stored is not None:
        console.print(f"the best is used from now on ({stored})", soft_wrap=True)
    else:
        console.print("nothing was stored")


def _models(subject: Subject, home: Path, registry: Registry) -> list[Model]:
    if subject.models:
        return [require(registry, name, subject.language) for name in subject.models]
    found = [
        model
        for model in registry
        if model.task == "speech" and model.knows(subject.language) and store.is_present(model, home)
    ]
    if not found:
        raise NothingToMeasureError(home=home)
    return found


def _vad(home: Path, registry: Registry) -> Path | None:
    try:
        return ensure(registry.get(VAD_MODEL), home, Fetching(network=False)) / VAD_FILE
    except NoSourceError:
        return None


def _line(row: Row) -> str:
    way = f"{row.way.compute_type}, {row.way.encoder}, {row.way.threads} threads"
    if row.problem is not None:
        return f"{way}: {row.problem}"
    return f"{way}: real-time factor {row.real_time_factor:.3f}, {row.peak_mb:.0f} MB"


def _table(name: str, verdict: Verdict) -> Table:
    table = Table(title=name, title_justify="left")
    for heading in ("compute", "encoder"):
        table.add_column(heading, no_wrap=True)
    for heading in ("threads", "load s", "RTF", "CPU", "MB", "CER %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for row, reason in zip(verdict.rows, verdict.reasons, strict=True):
        style = "bold" if row is verdict.best else None
        table.add_row(row.way.compute_type, row.way.encoder, str(row.way.threads), *_figures(row), reason, style=style)
    return table


def _figures(row: Row) -> tuple[str, ...]:
    if row.problem is not None:
        return ("",) * 5
    error = "" if row.error is None else f"{row.error:.1%}".rstrip("%")
    return (
        f"{row.load_seconds:.1f}",
        f"{row.real_time_factor:.3f}",
        f"{row.cpu_factor:.3f}",
        f"{row.peak_mb:.0f}",
        error,
    )


def _described(row: Row, reason: str) -> dict[str, object]:
    way = {"compute_type": row.way.compute_type, "encoder": row.way.encoder, "threads": row.way.threads}
    if row.problem is not None:
        return way | {"problem": row.problem}
    return way | {
        "load_seconds": round(row.load_seconds, 2),
        "rtf": round(row.real_time_factor, 4),
        "cpu": round(row.cpu_factor, 4),
        "peak_mb": round(row.peak_mb, 1),
        "cer": None if row.error is None else round(row.error, 4),
        "verdict": reason or "slower",
    }
