"""The ``scribe audit`` commands: export the log, and verify it here or offline."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from scribe.audit import GENESIS, AuditChainError, AuditRecord, verify_chain
from scribe.domain.errors import ScribeError
from scribe.domain.files import read_file, require_writable, write_file
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor

app = typer.Typer(no_args_is_help=True)
_DataDir = Annotated[Path | None, typer.Option(help="Data directory of the installation (SCRIBE_DATA_DIR).")]
_RECORD = TypeAdapter(AuditRecord)


class EmptyAuditFileError(ScribeError):
    """{file} holds no audit record: a log has at least one."""


class AuditFileError(ScribeError):
    """{file}: line {line} is not an audit record."""


@app.callback()
def _group() -> None:
    """The audit log: who read, wrote or was refused what, in a chain that shows every change."""


class NoInstallationError(ScribeError):
    """{data_dir} holds no installation: give --data-dir, or set SCRIBE_DATA_DIR."""


@app.command()
def export(
    output: Annotated[Path, typer.Argument(help="Where the log goes: JSON Lines, one record a line.")],
    data_dir: _DataDir = None,
) -> None:
    """Write the whole log of this installation, hospital by hospital; it holds no patient data but ids."""
    require_writable(output)
    store = store_of(_installed(data_dir))
    lines = []
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            lines += [_RECORD.dump_json(record) + b"\n" for record in work.trail.all()]
    store.close()
    write_file(output, b"".join(lines))


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(help="An exported log; without one, this installation's."),
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="The last hash noted earlier: shows whether records were cut off.")
    ] = None,
    data_dir: _DataDir = None,
) -> None:
    """Check every link; prints a line a hospital with its number of records and last hash, exit 1 where one is broken.

    A noted ``--head`` must be the hash of one of the records, wherever the log has grown to since.
    """
    chains = _of_file(file) if file else _of_store(data_dir)
    if file and not chains:
        raise EmptyAuditFileError(file=file)
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


def _installed(data_dir: Path | None) -> Settings:
    """The settings of an installation that is there; none is made for the sake of its log."""
    settings = Settings.load(None, **({} if data_dir is None else {"data_dir": data_dir}))
    if settings.database_url is None and not (settings.data_dir / "scribe.db").is_file():
        raise NoInstallationError(data_dir=settings.data_dir)
    return settings


def _of_store(data_dir: Path | None) -> dict[str, list[AuditRecord]]:
    store = store_of(_installed(data_dir))
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
    for number, line in enumerate(read_file(path).splitlines(), start=1):
        try:
            yield _RECORD.validate_json(line)
        except ValidationError:
            raise AuditFileError(file=path, line=number) from None
