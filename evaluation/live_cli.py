"""The command ``scribe eval live``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge_agent.audio import Audio
    from evaluation.live import LiveFigures


def live(
    audio: Annotated[list[Path], typer.Argument(help="Recordings; several are joined to one.")],
    *,
    text: Annotated[
        list[Path] | None,
        typer.Option(help="What is said in each, for error rates: text, or JSON with turns that have a text."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language that is spoken.")] = "ko",
    seconds: Annotated[float | None, typer.Option(min=1, help="Only so much from the beginning.")] = None,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Feed the recogniser process at real pace, instead of simulating.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Speech model of the registry; else the language's.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the live text: delay of stable words, words taken back, real-time factor, final transcript after stop."""
    from edge_agent.audio import read_audio  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from evaluation.live import first_seconds, joined, read_reference  # noqa: PLC0415
    from evaluation.machine import this_machine  # noqa: PLC0415
    from models.store import default_home  # noqa: PLC0415

    heard = [read_audio(path) for path in audio]
    whole = heard[0] if len(heard) == 1 else joined(heard)
    reference = " ".join(map(read_reference, text)) if text else None
    if seconds is not None:
        whole, reference = first_seconds(whole, seconds), None
    measure = _paced if real_time else _simulated
    figures = measure(whole, language, reference, model, threads, models_home or default_home())
    if as_json:
        machine = this_machine()
        described = {"processor": machine.processor, "processors": machine.processors}
        typer.echo(json.dumps({"paced": real_time, **figures.as_json(), "machine": described}, indent=1))
    else:
        typer.echo(figures.sentence())
    if figures.retractions:
        sys.exit("scribe: stable words were taken back")


def _simulated(
    audio: "Audio", language: str, reference: str | None, model: str | None, threads: int, home: Path
) -> "LiveFigures":
    from edge_agent.transcribe import Listener  # noqa: PLC0415
    from evaluation.live import simulate  # noqa: PLC0415

    listener = Listener(home, model=model, language=language, threads=threads)
    listener.load()
    return simulate(listener, audio, language=language, reference=reference)


def _paced(
    audio: "Audio", language: str, reference: str | None, model: str | None, threads: int, home: Path
) -> "LiveFigures":
    from edge_agent.recogniser_process import RecogniserProcess  # noqa: PLC0415
    from evaluation.live import at_real_pace  # noqa: PLC0415

    process = RecogniserProcess(home, model=model, language=language, threads=threads)
    try:
        return at_real_pace(process, audio, language=language, reference=reference)
    finally:
        process.close()
