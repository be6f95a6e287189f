"""The ``scribe audit`` commands: export the log, and verify it here or offline."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from scribe.audit import GENESIS, AuditChainError, AuditRecord, verify_chain
from scribe.domain.errors import ScribeError
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor

app = typer.Typer(no_args_is_help=True)
_RECORD = TypeAdapter(AuditRecord)


class AuditFileError(ScribeError):
    """{file}: line {line} is not an audit record."""


@app.callback()
def _group() -> None:
    """The audit log: who read, wrote or was refused what, in a chain that shows every change."""


@app.command()
def export(
    output: Annotated[Path, typer.Argument(help="Where the log goes: JSON Lines, one record a line.")],
) -> None:
    """Write the whole log of this installation, hospital by hospital; it holds no patient data but ids."""
    store = store_of(Settings.load())
    with output.open("wb") as file:
        for hospital_id in store.hospitals():
            with store.begin(Actor.service(hospital_id)) as work:
                for record in work.trail.all():
                    file.write(_RECORD.dump_json(record) + b"\n")
    store.close()


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="An exported log; without one, this installation's."),
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="The last hash noted earlier: shows whether records were cut off.")
    ] = None,
) -> None:
    """Check every link; prints a line a hospital with its number of records and last hash, exit 1 where one is broken.

    A noted ``--head`` must be the hash of one of the records, wherever the log has grown to since.
    """
    chains = _of_file(file) if file else _of_store()
    heads = set()
    try:
        for hospital_id, records in chains.items():
            count = verify_chain(records, hospital_id=hospital_id)
            typer.echo(f"{hospital_id}: {count} records, head {records[-1].hash if records else GENESIS}")
            heads |= {record.hash for record in records}
    except AuditChainError as error:
        typer.echo(str(error))
        sys.exit(1)
    if head is not None and head not in heads:
        typer.echo("The noted head is not in the log: records were cut off or replaced.")
        sys.exit(1)


def _of_store() -> dict[str, list[AuditRecord]]:
    store = store_of(Settings.load())
    chains = {}
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            chains[hospital_id] = list(work.trail.all())
    store.close()
    return chains


def _of_file(path: Path) -> dict[str, list[AuditRecord]]:
    chains: dict[str, list[AuditRecord]] = {}
    for record in _records(path):
        chains.setdefault(record.hospital_id, []).append(record)
    return chains


def _records(path: Path) -> Iterator[AuditRecord]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield _RECORD.validate_json(line)
        except ValidationError:
            raise AuditFileError(file=path, line=number) from None
