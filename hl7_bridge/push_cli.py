"""``scribe bridge push``, ``retract`` and ``jwks``: one note to the site's destinations, without the outbox."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hl7_bridge.auth_tokens import SigningKey
from hl7_bridge.channel import OPENERS, Channel
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_channel import FhirChannel
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.options import (
    DryRun,
    EarlierFiles,
    Encounter,
    KeyFile,
    NoteFile,
    Organization,
    Patient,
    Practitioner,
    SiteFile,
    System,
    To,
    chosen,
    earlier_versions,
    given_of,
    signed_note,
    site_of,
)
from hl7_bridge.rehearsal import Sending, rehearse
from hl7_bridge.site import GivenReferences, References, Site
from hl7_bridge.validate import validate_bundle
from hl7_bridge.validate_cli import issue_line
from scribe.domain.delivery import Delivery
from scribe.domain.formats import write_delivery
from scribe.domain.note import SignedNote

AsJson = Annotated[bool, typer.Option("--json", help="print each delivery (scribe-delivery/1)")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="amend also what somebody else changed: a person has looked and decided")
]
Reason = Annotated[str, typer.Option("--reason", help="why; it stands in the hospital's record")]


class NoReasonError(BridgeError):
    """--reason must say why the note is retracted."""


def push_command(
    context: typer.Context,
    note: NoteFile,
    *,
    key: KeyFile = None,
    to: To = None,
    site: SiteFile = None,
    earlier: EarlierFiles = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = None,
    identifier_system: System = None,
    patient: Patient = None,
    encounter: Encounter = None,
    practitioner: Practitioner = None,
    organization: Organization = None,
    as_json: AsJson = False,
) -> None:
    """Map, validate and send the note; doing it twice changes nothing.  Exits 1 unless all destinations accepted it."""
    signed = signed_note(context, note, key)
    settings = site_of(site, identifier_system)
    given = given_of(patient, encounter, practitioner, organization)
    sending = Sending(note=signed, earlier=earlier_versions(signed, earlier))
    if signed.version > 1 and not sending.earlier:
        typer.echo("scribe: without --earlier this version goes beside the earlier ones and amends nothing", err=True)
    if dry_run is not None:
        _rehearse(sending, settings, chosen(settings, to), dry_run, given)
        return
    deliveries = [
        _through(settings, destination, given, lambda channel: _sent(channel, sending, overwrite))
        for destination in chosen(settings, to)
    ]
    _report(deliveries, as_json=as_json)
    if any(delivery.state != "accepted" for delivery in deliveries):
        _explain(signed, settings, given)
        raise typer.Exit(1)


def retract_command(
    context: typer.Context,
    note: NoteFile,
    *,
    reason: Reason,
    key: KeyFile = None,
    to: To = None,
    site: SiteFile = None,
    earlier: EarlierFiles = None,
    dry_run: DryRun = None,
    identifier_system: System = None,
    patient: Patient = None,
    encounter: Encounter = None,
    practitioner: Practitioner = None,
    organization: Organization = None,
    as_json: AsJson = False,
) -> None:
    """Mark what the note's versions left there as entered in error; nothing is deleted.  Exits 1 unless all did."""
    if not reason.strip():
        raise NoReasonError
    signed = signed_note(context, note, key)
    settings = site_of(site, identifier_system)
    given = given_of(patient, encounter, practitioner, organization)
    retraction = Retraction(at=datetime.now(UTC), reason=reason.strip())
    sending = Sending(note=signed, earlier=earlier_versions(signed, earlier), retraction=retraction)
    if dry_run is not None:
        _rehearse(sending, settings, chosen(settings, to), dry_run, given)
        return
    deliveries = [
        _through(settings, destination, given, lambda channel: _retracted(channel, sending, retraction))
        for destination in chosen(settings, to)
    ]
    _report(deliveries, as_json=as_json)
    if any(delivery.state != "accepted" for delivery in deliveries):
        raise typer.Exit(1)


def jwks_command(
    key: Annotated[Path, typer.Argument(metavar="KEY.pem", help="the private key of auth.key_file")],
    key_id: Annotated[str | None, typer.Option(help="its name (kid); by default its thumbprint (RFC 7638)")] = None,
) -> None:
    """Print the public half of a SMART key as the key set that the hospital registers; it holds no secret."""
    typer.echo(json.dumps({"keys": [SigningKey.read(key, key_id).public_jwk]}, indent=1))


def delivery_text(delivery: Delivery) -> str:
    """A delivery as a person reads it."""
    states = {
        "accepted": "전달됨",
        "rejected": "거부됨",
        "not_sent": "보내지 못함",
        "outcome_unknown": "결과 알 수 없음",
    }
    counts = f"새로 만듦 {delivery.created}, 이미 있음 {delivery.existing}"
    lines = [f"{states[delivery.state]}: {delivery.destination} ({counts})"]
    lines += [f"  {'+' if item.created else '='} {item.reference}  {item.role}" for item in delivery.resources]
    lines += omissions_text([(item.kind, item.reason) for item in delivery.left_out])
    if delivery.problem is not None:
        lines.append(f"{delivery.problem.message} [{delivery.problem.code}]")
        lines += [f"  {path}" for path in delivery.problem.expressions]
    return "\n".join(lines)


def omissions_text(left: Sequence[tuple[str, str]]) -> list[str]:
    """How many entries of a kind stay text, and why."""
    if not left:
        return []
    counts = Counter(left)
    return ["본문으로만 보내는 항목:"] + [f"  {kind} {count}건: {reason}" for (kind, reason), count in counts.items()]


def _through(
    site: Site, destination: Destination, given: GivenReferences, act: Callable[[Channel], Delivery]
) -> Delivery:
    channel: Channel
    if isinstance(destination, FhirDestination):
        channel = FhirChannel(site, destination, given=given)
    else:
        channel = OPENERS[destination.kind](destination, site)
    with channel:
        return act(channel)


def _sent(channel: Channel, sending: Sending, overwrite: bool) -> Delivery:
    return channel.deliver(sending.note, sending.earlier, overwrite=overwrite)


def _retracted(channel: Channel, sending: Sending, retraction: Retraction) -> Delivery:
    return channel.retract(sending.note, sending.earlier, retraction=retraction)


def _rehearse(
    sending: Sending, site: Site, destinations: Sequence[Destination], folder: Path, given: GivenReferences
) -> None:
    blocked = False
    for destination in destinations:
        done = rehearse(
            sending, site, destination, folder / destination.name if len(destinations) > 1 else folder, given
        )
        typer.echo(f"{done.destination}: 보낼 것 {len(done.files)}건을 적었고 보내지 않았습니다")
        for file in done.files:
            typer.echo(f"  {file}")
        if done.delivery is not None and done.delivery.problem is not None:
            blocked = True
            typer.echo(f"{done.delivery.problem.message} [{done.delivery.problem.code}]", err=True)
    if blocked:
        raise typer.Exit(1)


def _report(deliveries: Sequence[Delivery], *, as_json: bool) -> None:
    for delivery in deliveries:
        typer.echo(write_delivery(delivery).decode() if as_json else delivery_text(delivery), nl=not as_json)


def _explain(signed: SignedNote, settings: Site, given: GivenReferences) -> None:
    """Our own findings behind a refusal, on stderr."""
    try:
        bundle = map_note(signed, settings, References.by_identifier(signed, settings, given))
    except BridgeError as error:
        typer.echo(f"scribe: {error}", err=True)
        return
    for issue in validate_bundle(bundle).errors:
        typer.echo(issue_line(issue), err=True)
