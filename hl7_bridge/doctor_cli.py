"""``scribe bridge doctor``: what will and will not work at the site's destinations."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from hl7_bridge.doctor import Finding, Level, examine, worst
from hl7_bridge.errors import BridgeError
from hl7_bridge.options import SiteFile, To, chosen, site_of
from scribe.domain.encounter import Identifier

_SIGNS: dict[Level, str] = {"ok": "✓", "warning": "!", "failure": "✗", "skipped": "–"}


class PatientIdentifierError(BridgeError):
    """--patient must be SYSTEM|NUMBER, such as 'urn:oid:1.2.410.100110.10.12345678.1|00001234'."""


def doctor_command(
    *,
    site: SiteFile = None,
    to: To = None,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="SYSTEM|NUMBER", help="a patient whom the server should find")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object a finding")] = False,
) -> None:
    """Ask each destination what it can do, write nothing there, and say what to do.  Exits 1 where one cannot work."""
    settings = site_of(site)
    number = _identifier(patient) if patient is not None else None
    findings: list[Finding] = []
    for destination in chosen(settings, to):
        if not as_json:
            typer.echo(f"{destination.name}: {destination.address}")
        for finding in examine(settings, destination, number):
            findings.append(finding)
            typer.echo(json.dumps(asdict(finding), ensure_ascii=False) if as_json else _line(finding))
    if worst(findings) == "failure":
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    advice = f" → {finding.advice}" if finding.advice else ""
    return f"  {_SIGNS[finding.level]} {finding.message}{advice}"


def _identifier(text: str) -> Identifier:
    system, bar, value = text.partition("|")
    if not bar or not system or not value:
        raise PatientIdentifierError
    return Identifier(system=system, value=value)
