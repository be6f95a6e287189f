"""The ``scribe bridge`` commands."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.coverage_cli import coverage_command
from hl7_bridge.doctor_cli import doctor_command
from hl7_bridge.fhir import TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.options import (
    Encounter,
    NoteFile,
    Organization,
    Patient,
    Practitioner,
    SiteFile,
    System,
    given_of,
    site_of,
)
from hl7_bridge.profiles_cli import app as profiles_app
from hl7_bridge.push_cli import jwks_command, omissions_text, push_command, retract_command
from hl7_bridge.site import References
from hl7_bridge.validate_cli import validate_command
from scribe.domain.files import read_file, write_file
from scribe.domain.formats import read_note

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Signed notes to the hospital's system: map, validate, push, retract, doctor."""


@app.command("map")
def map_command(
    note: NoteFile,
    *,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="where to write the Bundle (else stdout)")] = None,
    site: SiteFile = None,
    identifier_system: System = None,
    patient: Patient = None,
    encounter: Encounter = None,
    practitioner: Practitioner = None,
    organization: Organization = None,
) -> None:
    """Write the note as a KR Core transaction Bundle, and say what went as text only."""
    signed = read_note(read_file(note), str(note))
    settings = site_of(site, identifier_system)
    given = given_of(patient, encounter, practitioner, organization)
    bundle = map_note(signed, settings, References.by_identifier(signed, settings, given))
    text = json.dumps(bundle.as_json(), ensure_ascii=False, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        write_file(out, text.encode())
    print(_summary(bundle), file=sys.stderr)


app.command("validate")(validate_command)
app.command("push")(push_command)
app.command("retract")(retract_command)
app.command("doctor")(doctor_command)
app.command("jwks")(jwks_command)
app.command("coverage")(coverage_command)
app.add_typer(profiles_app, name="profiles")


def _summary(bundle: TransactionBundle) -> str:
    counts = Counter(entry.resource.type for entry in bundle.entries)
    lines = ["보내는 자원: " + ", ".join(f"{name} {count}" for name, count in counts.items())]
    return "\n".join([*lines, *omissions_text([(item.kind, item.reason) for item in bundle.omissions])])
