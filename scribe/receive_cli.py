"""``scribe bridge receive`` and ``scribe bridge admissions``: what the hospital's information system tells."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scribe.store.visits import VisitLine

# ruff: noqa: PLC0415  (what a command needs takes seconds to import: it is, when it runs)

_DataDir = Annotated[Path | None, typer.Option(help="Data directory of the installation (SCRIBE_DATA_DIR).")]
_SiteFile = Annotated[
    Path, typer.Option("--site", help="Site settings (TOML); its [receive] section says who may send.")
]
_STATES = {"open": "진료 중", "discharged": "퇴원·종료", "cancelled": "취소됨"}


def register(app: typer.Typer) -> None:
    """Add the commands to ``scribe bridge``, once."""
    if all(known.name != "receive" for known in app.registered_commands):
        app.command("receive")(receive)
        app.command("admissions")(admissions)


def receive(
    site: _SiteFile,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 2575,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: _DataDir = None,
) -> None:
    """Listen for admissions (HL7 v2 ADT over MLLP) until the process is told to stop."""
    from scribe.reception import listen

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("scribe").setLevel(logging.INFO)
    listen(site, host, port, data_dir, _say)


def admissions(
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back.")] = 7,
    site: Annotated[
        Path | None, typer.Option("--site", help="Give waiting visits to the physicians that are known by now.")
    ] = None,
    data_dir: _DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The visits that were told, by physician and state, without anything of the patient."""
    from scribe.reception import told

    lines = told(days, site, data_dir)
    if as_json:
        typer.echo(json.dumps([_document(line) for line in lines], ensure_ascii=False))
        return
    for line in lines:
        typer.echo(_text(line))


def _say(sentence: str) -> None:
    typer.echo(sentence)


def _text(line: "VisitLine") -> str:
    told = line.told_at.astimezone().strftime("%Y-%m-%d %H:%M")
    who = line.login or f"의사 미지정(번호 {line.attending or '없음'})"
    return f"{line.id}  {told}  {_STATES[line.state]}  {who}  {line.stage or '-'}"


def _document(line: "VisitLine") -> dict[str, object]:
    return {
        "id": line.id,
        "state": line.state,
        "told_at": line.told_at.isoformat(),
        "attending": line.attending,
        "login": line.login,
        "stage": line.stage,
    }
