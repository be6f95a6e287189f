"""The one program, ``scribe``: every stage is a command of its own."""

import sys
import warnings
from typing import TextIO

import typer

import edge_agent.cli
import evaluation.cli
import hl7_bridge.cli
import models.cli
from scribe.domain.errors import ScribeError
from scribe.domain.formats import UnknownFieldWarning

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(edge_agent.cli.app, name="edge")
app.add_typer(hl7_bridge.cli.app, name="bridge")
app.add_typer(models.cli.app, name="models")
app.add_typer(evaluation.cli.app, name="eval")


@app.callback()
def _program() -> None:
    """진료 대화를 기록·요약하고 서명된 기록을 KR Core로 전달합니다 (Korean clinical scribe)."""


def main() -> None:
    """Run a command; bad input ends it with one sentence on stderr and status 1."""
    warnings.showwarning = _show_warning
    warnings.simplefilter("default", UnknownFieldWarning)
    try:
        app()
    except ScribeError as error:
        print(f"scribe: {error}", file=sys.stderr)
        sys.exit(1)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del category, filename, lineno, file, line
    print(f"scribe: warning: {message}", file=sys.stderr)
