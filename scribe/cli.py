"""The one program, ``scribe``: every stage is a command of its own.

A command's module is imported only when that command runs: together they take seconds.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import typer

from scribe.crypto import CryptoError
from scribe.domain.errors import ScribeError
from scribe.domain.formats import UnknownFieldWarning

if TYPE_CHECKING:
    from scribe.demo.run import Measures

# ruff: noqa: PLC0415  (imports stand where they are needed, see above)


def _demo(app: typer.Typer) -> None:
    import scribe.demo.cli

    app.command("demo")(scribe.demo.cli.command(_measures))


def _transcribe(app: typer.Typer) -> None:
    import edge_agent.cli

    app.command("transcribe")(edge_agent.cli.transcribe)


def _draft(app: typer.Typer) -> None:
    import scribe.drafting.cli

    app.command("draft")(scribe.drafting.cli.draft)


def _verify_note(app: typer.Typer) -> None:
    import scribe.drafting.cli

    app.command("verify-note")(scribe.drafting.cli.verify_note)


def _note(app: typer.Typer) -> None:
    import scribe.note_cli

    app.add_typer(scribe.note_cli.app, name="note")


def _bridge(app: typer.Typer) -> None:
    import hl7_bridge.cli
    import scribe.bridge_cli
    import scribe.receive_cli

    scribe.bridge_cli.extend(hl7_bridge.cli.app)
    scribe.receive_cli.register(hl7_bridge.cli.app)
    app.add_typer(hl7_bridge.cli.app, name="bridge")


def _serve(app: typer.Typer) -> None:
    import scribe.web.cli

    app.command("serve")(scribe.web.cli.serve)


def _account(app: typer.Typer) -> None:
    import scribe.web.cli

    app.add_typer(scribe.web.cli.account_app, name="account")


def _audit(app: typer.Typer) -> None:
    import scribe.audit_cli

    app.add_typer(scribe.audit_cli.app, name="audit")


def _device(app: typer.Typer) -> None:
    import scribe.device_cli

    app.add_typer(scribe.device_cli.app, name="device")


def _edge(app: typer.Typer) -> None:
    import edge_agent.cli
    import edge_agent.voice_cli

    edge = edge_agent.cli.app
    if not edge.registered_groups:
        edge.add_typer(edge_agent.voice_cli.app, name="voice")
    app.add_typer(edge, name="edge")


def _models(app: typer.Typer) -> None:
    import models.cli

    app.add_typer(models.cli.app, name="models")


def _terminology(app: typer.Typer) -> None:
    import scribe.terminology.cli

    app.add_typer(scribe.terminology.cli.app, name="terminology")


def _eval(app: typer.Typer) -> None:
    import evaluation.cli

    app.add_typer(evaluation.cli.app, name="eval")


_COMMANDS: dict[str, Callable[[typer.Typer], None]] = {
    "demo": _demo,
    "transcribe": _transcribe,
    "draft": _draft,
    "verify-note": _verify_note,
    "note": _note,
    "bridge": _bridge,
    "serve": _serve,
    "account": _account,
    "audit": _audit,
    "device": _device,
    "edge": _edge,
    "models": _models,
    "terminology": _terminology,
    "eval": _eval,
}


def program(command: str | None = None) -> typer.Typer:
    """The program with that command, or with all of them where it names none."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_start)
    for name in [command] if command in _COMMANDS else _COMMANDS:
        _COMMANDS[name](app)
    return app


def main() -> None:
    """Run a command; bad input ends it with one sentence on stderr and status 1."""
    warnings.showwarning = _show_warning
    warnings.simplefilter("default", UnknownFieldWarning)
    try:
        status = program(sys.argv[1] if len(sys.argv) > 1 else None)(standalone_mode=False)
    except typer.TyperException as error:
        _refuse(error)
    except typer.Abort:
        _stop("stopped.")
    except (ScribeError, CryptoError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(_of_the_system(error))
    sys.exit(status if isinstance(status, int) else 0)


def _stop(sentence: str) -> NoReturn:
    print(f"scribe: {sentence}", file=sys.stderr)
    sys.exit(1)


def _refuse(error: typer.TyperException) -> NoReturn:
    """A wrong option or argument, in one sentence that no frame breaks up."""
    message = error.format_message().strip()
    if not message or "\n" in message:  # the help of a group that was called without a command
        print(message, file=sys.stderr)
        sys.exit(error.exit_code)
    context: typer.Context | None = getattr(error, "ctx", None)
    more = f" (`{context.command_path} --help` tells more)" if context else ""
    _stop(f"{message.rstrip('.')}{more}.")


def _of_the_system(error: OSError) -> str:
    """What the system refused, and where: a full disk, a missing right, a path that is not there."""
    problem = error.strerror or type(error).__name__
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{problem[:1].lower()}{problem[1:]}."


def _start(context: typer.Context) -> None:
    """진료 대화를 기록·요약하고 서명된 기록을 KR Core로 전달합니다 (Korean clinical scribe)."""
    context.obj = _check_signature


def _check_signature(note: Path, key: Path) -> None:
    """What ``scribe bridge push --key`` checks with: the bridge itself knows no ciphers."""
    from scribe.note_cli import check_signature

    check_signature(note, key)


def _measures() -> "Measures":
    from evaluation.speech import character_error_rate
    from evaluation.survival import survived
    from scribe.demo.run import Measures

    return Measures(character_error_rate=character_error_rate, survived=survived)


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
