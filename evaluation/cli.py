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


@app.command()
def cases(
    folder: Annotated[Path, typer.Argument(help="Folder of consultation-case/1 files, or one such file.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for drafts, report.json and report.html.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json instead of tables.")] = False,
) -> None:
    """Draft every case and hold it against its gold: entries, fields, evidence, critical errors, readability."""
    from rich.console import Console  # noqa: PLC0415

    from evaluation.cases import total  # noqa: PLC0415
    from evaluation.errors import BrokenCasesError  # noqa: PLC0415
    from evaluation.report import report_json, tables, write_report  # noqa: PLC0415
    from evaluation.runner import run  # noqa: PLC0415
    from scribe.drafting.draft import draft  # noqa: PLC0415  (the analyser takes seconds to load)

    complaints = Console(stderr=True, soft_wrap=True, highlight=False)
    done = run(folder, draft, seen=lambda reason: complaints.print(f"scribe: {reason}", markup=False))
    write_report(done.results, done.machine, done.broken, output)
    if as_json:
        print(json.dumps(report_json(done.results, done.machine, done.broken), ensure_ascii=False, indent=1))
    else:
        console = Console()
        totals = total(done.results)
        for table in tables(totals, done.results):
            console.print(table)
        console.print(
            f"critical errors {totals.critical} · forbidden strings {totals.traps} · "
            f"statements without support {totals.unsupported} · drafting {done.machine.seconds:.2f} s · "
            f"{output / 'report.html'}",
            soft_wrap=True,
            highlight=False,
        )
    if done.broken:
        raise BrokenCasesError(
            count=len(done.broken), total=len(done.broken) + len(done.results), reasons=" ".join(done.broken)
        )
