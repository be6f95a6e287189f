"""The ``scribe eval`` commands."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure the stages on cases and clips."""


class SpeechReference(StrEnum):
    faster_whisper = "faster-whisper"


@app.command()
def speech(
    manifest: Annotated[Path, typer.Argument(help="Clips: tab-separated, columns file and text (text_spoken).")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for hypotheses.tsv and report.json.")],
    reference: Annotated[SpeechReference | None, typer.Option(help="Measure this beside ours, in one run.")] = None,
    model: Annotated[str, typer.Option(help="Speech model of the registry.")] = "whisper-base",
    language: Annotated[str, typer.Option(help="Language that is spoken.")] = "ko",
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recognise every clip of a manifest: CER, WER, real-time factor, peak memory."""
    from evaluation.speech import evaluate  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from models.store import default_home  # noqa: PLC0415

    results = evaluate(
        manifest,
        output,
        models_home=models_home or default_home(),
        model=model,
        language=language,
        threads=threads,
        reference=reference is not None,
    )
    if as_json:
        print(json.dumps({name: asdict(value) for name, value in results.items()}, indent=1))
        return
    for name, value in results.items():
        print(
            f"{name}: CER {value.cer:.1%}, WER {value.wer:.1%}, real-time factor {value.rtf:.3f}, "
            f"peak {value.peak_mb:.0f} MB, {value.clips} clips, {value.seconds:.0f} s"
        )
