"""``scribe bridge coverage``: which KR CDI elements signed notes fill, and why not."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.coverage import coverage
from hl7_bridge.site import Site
from hl7_bridge.site_file import read_site
from scribe.domain.files import read_file
from scribe.domain.formats import read_note


def coverage_command(
    notes: Annotated[list[Path], typer.Argument(metavar="NOTE.json…", help="signed notes (scribe-note/1)")],
    *,
    site: Annotated[Path | None, typer.Option("--site", help="site settings (TOML)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Say which elements of KR CDI the notes fill, which not, and why; nothing is sent."""
    settings = read_site(site) if site else Site()
    covered = coverage((read_note(read_file(note), str(note)) for note in notes), settings)
    typer.echo(json.dumps(covered.as_json(), ensure_ascii=False, indent=1) if as_json else covered.as_text())
