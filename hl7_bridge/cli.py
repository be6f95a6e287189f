"""The ``scribe bridge`` commands."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.delivery import connect, deliver
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir import TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.profiles_cli import app as profiles_app
from hl7_bridge.site import GivenReferences, References, Site
from hl7_bridge.site_file import read_site
from hl7_bridge.validate import validate_bundle
from hl7_bridge.validate_cli import issue_line, validate_command
from scribe.domain.delivery import Delivery
from scribe.domain.files import read_file, write_file
from scribe.domain.formats import read_note, write_delivery
from scribe.domain.note import SignedNote

app = typer.Typer(no_args_is_help=True)

SignatureCheck = Callable[[Path, Path], None]
"""Raises where the note (first) was not signed, as it stands, with the private half of the key (second)."""

NoteFile = Annotated[Path, typer.Argument(metavar="NOTE.json", help="a signed note (scribe-note/1)")]
SiteFile = Annotated[Path | None, typer.Option("--site", help="site settings (TOML)")]
System = Annotated[
    str | None, typer.Option(help="URI under which the bridge numbers its resources; overrides the site file")
]
Patient = Annotated[str | None, typer.Option(help="reference on the server, such as Patient/123")]
Encounter = Annotated[str | None, typer.Option(help="reference on the server, such as Encounter/456")]
Practitioner = Annotated[str | None, typer.Option(help="the author, such as Practitioner/789")]
Organization = Annotated[str | None, typer.Option(help="the institution, such as Organization/1")]


class NoSignatureCheckError(BridgeError):
    """Signatures cannot be checked here: leave --key out, and run `scribe note verify` first."""


class ReferenceFormError(BridgeError):
    """--{option} must be a reference on the server, such as {kind}/123."""


class IdentifierSystemError(BridgeError):
    """--identifier-system must be a URI without spaces, such as urn:oid:1.2.410.100110.10.12345678."""


@app.callback()
def _group() -> None:
    """Signed note to KR Core: map, validate, push."""


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
    settings = _site(site, identifier_system)
    given = _given(patient, encounter, practitioner, organization)
    bundle = map_note(signed, settings, References.by_identifier(signed, settings, given))
    text = json.dumps(bundle.as_json(), ensure_ascii=False, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        write_file(out, text.encode())
    print(_summary(bundle), file=sys.stderr)


app.command("validate")(validate_command)
app.add_typer(profiles_app, name="profiles")


@app.command("push")
def push_command(
    context: typer.Context,
    note: NoteFile,
    *,
    key: Annotated[
        Path | None, typer.Option(help="the signer's public key (PEM); a note it does not verify stays here")
    ] = None,
    to: Annotated[str | None, typer.Option(help="FHIR base URL; overrides the site file")] = None,
    site: SiteFile = None,
    identifier_system: System = None,
    patient: Patient = None,
    encounter: Encounter = None,
    practitioner: Practitioner = None,
    organization: Organization = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the delivery (scribe-delivery/1)")] = False,
) -> None:
    """Map, validate and send the note; doing it twice changes nothing.  Exits 1 unless the server accepted it."""
    signed = read_note(read_file(note), str(note))
    _check_signature(context, note, key)
    settings = _site(site, identifier_system)
    given = _given(patient, encounter, practitioner, organization)
    with connect(settings, to) as client:
        delivery = deliver(signed, settings, client, given)
    if as_json:
        sys.stdout.write(write_delivery(delivery).decode())
    else:
        print(_delivery_text(delivery))
    if delivery.state != "accepted":
        _explain(signed, settings, given)
        raise typer.Exit(1)


def _check_signature(context: typer.Context, note: Path, key: Path | None) -> None:
    """By the check that the program gave (``context.obj``): the bridge itself knows no ciphers."""
    if key is None:
        print(f"scribe: {note}: the signature is not checked without --key", file=sys.stderr)
        return
    check: SignatureCheck | None = context.obj
    if check is None:
        raise NoSignatureCheckError
    check(note, key)


def _explain(signed: SignedNote, settings: Site, given: GivenReferences) -> None:
    """Our own findings behind a refusal, on stderr."""
    try:
        bundle = map_note(signed, settings, References.by_identifier(signed, settings, given))
    except BridgeError as error:
        print(f"scribe: {error}", file=sys.stderr)
        return
    for issue in validate_bundle(bundle).errors:
        print(issue_line(issue), file=sys.stderr)


def _site(path: Path | None, identifier_system: str | None) -> Site:
    settings = read_site(path) if path else Site()
    if identifier_system is None:
        return settings
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", identifier_system):
        raise IdentifierSystemError
    return replace(settings, identifier_system=identifier_system)


def _given(
    patient: str | None, encounter: str | None, practitioner: str | None, organization: str | None
) -> GivenReferences:
    given = {"Patient": patient, "Encounter": encounter, "Practitioner": practitioner, "Organization": organization}
    for kind, reference in given.items():
        if reference is not None and not re.fullmatch(rf"(https?://\S+/)?{kind}/[A-Za-z0-9.-]{{1,64}}", reference):
            raise ReferenceFormError(option=kind.lower(), kind=kind)
    return GivenReferences(patient=patient, encounter=encounter, practitioner=practitioner, organization=organization)


def _summary(bundle: TransactionBundle) -> str:
    counts = Counter(entry.resource.type for entry in bundle.entries)
    lines = ["보내는 자원: " + ", ".join(f"{name} {count}" for name, count in counts.items())]
    return "\n".join([*lines, *_omissions([(item.kind, item.reason) for item in bundle.omissions])])


def _omissions(left: list[tuple[str, str]]) -> list[str]:
    """How many entries of a kind stay text, and why."""
    if not left:
        return []
    counts = Counter(left)
    return ["본문으로만 보내는 항목:"] + [f"  {kind} {count}건: {reason}" for (kind, reason), count in counts.items()]


def _delivery_text(delivery: Delivery) -> str:
    states = {
        "accepted": "전달됨",
        "rejected": "거부됨",
        "not_sent": "보내지 못함",
        "outcome_unknown": "결과 알 수 없음",
    }
    counts = f"새로 만듦 {delivery.created}, 이미 있음 {delivery.existing}"
    lines = [f"{states[delivery.state]}: {delivery.destination} ({counts})"]
    lines += [f"  {'+' if item.created else '='} {item.reference}  {item.role}" for item in delivery.resources]
    lines += _omissions([(item.kind, item.reason) for item in delivery.left_out])
    if delivery.problem is not None:
        lines.append(f"{delivery.problem.message} [{delivery.problem.code}]")
        lines += [f"  {path}" for path in delivery.problem.expressions]
    return "\n".join(lines)
