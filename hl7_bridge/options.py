"""The options that several ``scribe bridge`` commands share, as values."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.destination import Destination
from hl7_bridge.errors import BridgeError
from hl7_bridge.site import GivenReferences, Site
from hl7_bridge.site_file import read_site
from scribe.domain.files import read_file
from scribe.domain.formats import read_note
from scribe.domain.note import SignedNote

SignatureCheck = Callable[[Path, Path], None]
"""Raises where the note (first) was not signed, as it stands, with the private half of the key (second)."""

NoteFile = Annotated[Path, typer.Argument(metavar="NOTE.json", help="a signed note (scribe-note/1)")]
EarlierFiles = Annotated[
    list[Path] | None, typer.Option("--earlier", help="every earlier version of the note, oldest first")
]
SiteFile = Annotated[Path | None, typer.Option("--site", envvar="SCRIBE_SITE_FILE", help="site settings (TOML)")]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="the signer's public key (PEM); a note it does not verify stays here")
]
To = Annotated[
    str | None, typer.Option("--to", help="name of a destination of the site file, or a FHIR base URL; else all")
]
DryRun = Annotated[
    Path | None, typer.Option("--dry-run", metavar="DIR", help="write there what would be sent, and send nothing")
]
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


class EarlierVersionsError(BridgeError):
    """--earlier must name every earlier version of note {note_id}, from 1 to {last}: it names {found}."""


def site_of(path: Path | None, identifier_system: str | None = None) -> Site:
    """The site of the file, or an empty one."""
    settings = read_site(path) if path else Site()
    if identifier_system is None:
        return settings
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", identifier_system):
        raise IdentifierSystemError
    return replace(settings, identifier_system=identifier_system)


def given_of(
    patient: str | None, encounter: str | None, practitioner: str | None, organization: str | None
) -> GivenReferences:
    """References that the caller knows; ReferenceFormError where one is none."""
    given = {"Patient": patient, "Encounter": encounter, "Practitioner": practitioner, "Organization": organization}
    for kind, reference in given.items():
        if reference is not None and not re.fullmatch(rf"(https?://\S+/)?{kind}/[A-Za-z0-9.-]{{1,64}}", reference):
            raise ReferenceFormError(option=kind.lower(), kind=kind)
    return GivenReferences(patient=patient, encounter=encounter, practitioner=practitioner, organization=organization)


def chosen(site: Site, to: str | None) -> tuple[Destination, ...]:
    """The destinations that ``--to`` names: all of the site's without it."""
    from hl7_bridge.connection import destination_of  # noqa: PLC0415  (httpx takes long to import)

    if to is not None and "://" in to:
        return (destination_of(site, to),)
    return (site.destination(to),) if to is not None or not site.destinations else site.destinations


def signed_note(context: typer.Context, file: Path, key: Path | None) -> SignedNote:
    """The note, its signature checked by the program's check where there is a key."""
    note = read_note(read_file(file), str(file))
    if key is None:
        typer.echo(f"scribe: {file}: the signature is not checked without --key", err=True)
        return note
    check: SignatureCheck | None = context.obj
    if check is None:
        raise NoSignatureCheckError
    check(file, key)
    return note


def earlier_versions(note: SignedNote, files: Sequence[Path] | None) -> tuple[SignedNote, ...]:
    """The earlier versions in their order; EarlierVersionsError where they are not all of the note's."""
    found = sorted((read_note(read_file(file), str(file)) for file in files or ()), key=lambda one: one.version)
    numbers = [one.version for one in found if one.note_id == note.note_id]
    if found and (numbers != list(range(1, note.version)) or len(numbers) != len(found)):
        said = ", ".join(str(number) for number in numbers) or "none of it"
        raise EarlierVersionsError(note_id=note.note_id, last=note.version - 1, found=said)
    return tuple(found)
