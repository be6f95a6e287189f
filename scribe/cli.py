"""The one program, ``scribe``: every stage is a command of its own."""

import sys
import warnings
from typing import TYPE_CHECKING, TextIO

import typer

import edge_agent.cli
import evaluation.cli
import hl7_bridge.cli
import models.cli
import scribe.audit_cli
import scribe.demo.cli
import scribe.drafting.cli
import scribe.note_cli
import scribe.web.cli
from scribe.crypto import CryptoError
from scribe.domain.errors import ScribeError
from scribe.domain.formats import UnknownFieldWarning

if TYPE_CHECKING:
    from scribe.demo.run import Measures


def _measures() -> "Measures":
    from evaluation.speech import character_error_rate  # noqa: PLC0415  (loaded only where it measures)
    from evaluation.survival import survived  # noqa: PLC0415
    from scribe.demo.run import Measures  # noqa: PLC0415

    return Measures(character_error_rate=character_error_rate, survived=survived)


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(edge_agent.cli.app, name="edge")
app.add_typer(hl7_bridge.cli.app, name="bridge")
app.add_typer(models.cli.app, name="models")
app.add_typer(evaluation.cli.app, name="eval")
app.add_typer(scribe.note_cli.app, name="note")
app.add_typer(scribe.audit_cli.app, name="audit")
app.add_typer(scribe.web.cli.account_app, name="account")
app.command("transcribe")(edge_agent.cli.transcribe)
app.command("draft")(scribe.drafting.cli.draft)
app.command("verify-note")(scribe.drafting.cli.verify_note)
app.command("serve")(scribe.web.cli.serve)
app.command("demo")(scribe.demo.cli.command(_measures))


@app.callback()
def _program(context: typer.Context) -> None:
    """진료 대화를 기록·요약하고 서명된 기록을 KR Core로 전달합니다 (Korean clinical scribe)."""
    context.obj = scribe.note_cli.check_signature  # what `scribe bridge push --key` checks with


def main() -> None:
    """Run a command; bad input ends it with one sentence on stderr and status 1."""
    warnings.showwarning = _show_warning
    warnings.simplefilter("default", UnknownFieldWarning)
    try:
        app()
    except (ScribeError, CryptoError) as error:
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
