"""``scribe eval pages``: what the review page costs."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.machine import this_machine

if TYPE_CHECKING:
    from evaluation.browsing import BrowserFigures


def pages(
    *,
    utterances: Annotated[
        list[int] | None, typer.Option(min=1, max=5000, help="How long the consultations are; by default 60 and 1000.")
    ] = None,
    renders: Annotated[int, typer.Option(min=1, max=1000, help="How often each page is asked for.")] = 20,
    chromium: Annotated[
        Path | None, typer.Option(exists=True, help="Measure in this Chromium too (needs the package playwright).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file for the figures, else stdout.")
    ] = None,
) -> None:
    """Ask for the review page of a long consultation again and again: milliseconds on the server, bytes on the wire,
    and in a browser how soon it can be worked on, how smoothly it scrolls, how fast it shows what a statement rests on.
    """
    from evaluation.pages import SIZES, measure  # noqa: PLC0415  (store, drafter and pages take seconds to load)

    with tempfile.TemporaryDirectory(prefix="scribe-pages-") as folder:
        measured = measure(Path(folder), tuple(utterances or SIZES), renders)
    browsed = _browsed(chromium, tuple(utterances or SIZES)) if chromium else ()
    machine = this_machine()
    figures = {
        "machine": {"processor": machine.processor, "processors": machine.processors, "python": machine.python},
        "pages": [{**asdict(one), "first_visit_bytes": one.first_visit_bytes} for one in measured],
        "browser": [asdict(one) for one in browsed],
    }
    text = json.dumps(figures, ensure_ascii=False, indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def _browsed(chromium: Path, sizes: tuple[int, ...]) -> "tuple[BrowserFigures, ...]":
    from evaluation.browsing import browse  # noqa: PLC0415  (only developers have a browser to drive)

    with tempfile.TemporaryDirectory(prefix="scribe-pages-") as folder:
        return browse(chromium, Path(folder), sizes)
