"""Delivering a signed version: resolve, map, validate, send, and say honestly what became of it."""

import json
from collections.abc import Sequence
from dataclasses import replace

from hl7_bridge.destination import FhirDestination
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir import FhirJson, Omission, Resource, TransactionBundle, TransactionEntry
from hl7_bridge.fhir_client import FhirClient, StaticHeaders
from hl7_bridge.fhir_errors import (
    BusyError,
    NotFhirError,
    OutcomeUnknownError,
    PartlyStoredError,
    ReadOnlyServerError,
    UnreachableError,
    UnsearchableServerError,
    UnsupportedTypesError,
)
from hl7_bridge.kr_core import map_note
from hl7_bridge.problems import problem_of
from hl7_bridge.site import NOTE_DOCUMENT, SUMMARY_DOCUMENT, GivenReferences, References, Site, replaced
from hl7_bridge.validate import Issue, validate_bundle
from scribe.domain.delivery import DeliveredResource, Delivery, DeliveryProblem, DeliveryState, LeftOut
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote

NO_PROVENANCE = "병원 FHIR 서버가 출처(Provenance·Device) 자원을 받지 않아 보내지 않습니다"
_DISPENSABLE = frozenset({"Device", "Provenance"})


def connect(site: Site, to: str | None = None) -> FhirClient:
    """A client for the FHIR server that the site calls ``to``, or at the address ``to``; its first without one.

    An address takes everything else from the site's first server.  DestinationError where nothing is set.
    """
    if to is None or "://" not in to:
        return client_of(site.fhir(to))
    known = [item for item in site.destinations if isinstance(item, FhirDestination)]
    return client_of(replace(known[0], url=to) if known else FhirDestination(url=to))


def client_of(destination: FhirDestination) -> FhirClient:
    """A client with the destination's credentials, limits and adapter."""
    headers = tuple((name, secret.value) for name, secret in destination.headers)
    return FhirClient(destination.url, auth=StaticHeaders(headers), timeout=destination.timeout)


def resolve_references(
    note: SignedNote, site: Site, client: FhirClient, given: GivenReferences | None = None
) -> References:
    """Ask the server for patient, encounter, author and institution: exactly one match each; nothing is created.

    Raises NoMatchError or MultipleMatchesError; UnidentifiedError before anything is asked.  A replaced version
    that never reached this server is not pointed at.
    """
    given = given or GivenReferences()
    References.by_identifier(note, site, given)
    patient, organization = note.encounter.patient, site.organization_of(note)
    institution = organization.identifier if organization else None
    return References(
        patient=given.patient or _resolve(client, "Patient", patient.identifier if patient else None),
        encounter=given.encounter or _resolve(client, "Encounter", note.encounter.identifier),
        practitioner=given.practitioner or _resolve(client, "Practitioner", note.author.identifier),
        organization=given.organization or (client.resolve("Organization", institution) if institution else None),
        previous=_previous(note, site, client, NOTE_DOCUMENT),
        previous_summary=_previous(note, site, client, SUMMARY_DOCUMENT),
    )


def deliver(note: SignedNote, site: Site, client: FhirClient, given: GivenReferences | None = None) -> Delivery:
    """Bring the server to hold the signed version, once, however often this is called.

    The state of the returned Delivery says what happened; only programming errors are raised.  Every create is
    conditional on the business identifier; after a lost answer the identifiers are looked up before the outcome
    is called unknown.
    """
    attempt = _Attempt(note, client)
    try:
        bundle = fitted(map_note(note, site, resolve_references(note, site, client, given)), client)
    except BridgeError as error:
        return attempt.failed(error)
    report = validate_bundle(bundle)
    if not report.valid:
        return attempt.invalid(report.errors, bundle)
    try:
        return attempt.done(send(bundle, client), bundle)
    except BridgeError as error:
        return attempt.failed(error, bundle)


def fitted(bundle: TransactionBundle, client: FhirClient) -> TransactionBundle:
    """The bundle as far as the server's listed resource types go.

    KR Core asks servers for fifteen types, Device and Provenance not among them: without these two a note is still
    complete, and the loss is listed.  Raises UnsupportedTypesError where another type is missing.
    """
    types = client.capabilities().types
    missing = {entry.resource.type for entry in bundle.entries} - types if types else set()
    if missing - _DISPENSABLE:
        raise UnsupportedTypesError(host=client.host, types=", ".join(sorted(missing)))
    if not missing:
        return bundle
    return TransactionBundle(
        entries=tuple(entry for entry in bundle.entries if entry.resource.type not in _DISPENSABLE),
        omissions=(*bundle.omissions, Omission(entry="provenance", kind="provenance", reason=NO_PROVENANCE)),
    )


def send(bundle: TransactionBundle, client: FhirClient) -> tuple[DeliveredResource, ...]:
    """Write by transaction where the server has it, else by conditional creates in order.

    Raises ReadOnlyServerError where the server takes neither, UnsearchableServerError where it could not tell a
    second sending from the first.
    """
    capabilities = client.capabilities()
    keyed = {(entry.resource.type, entry.parameter) for entry in bundle.entries}
    lost = {kind for kind, parameter in keyed if capabilities.cannot_find(kind, parameter)}
    if lost:
        raise UnsearchableServerError(host=client.host, types=", ".join(sorted(lost)))
    if capabilities.transaction:
        return client.transact(bundle)
    missing = {entry.resource.type for entry in bundle.entries} - capabilities.creatable
    if missing:
        raise ReadOnlyServerError(host=client.host, types=", ".join(sorted(missing)))
    return _create_in_order(bundle.entries, client)


def look_up(bundle: TransactionBundle, client: FhirClient) -> tuple[DeliveredResource, ...]:
    """What the server holds of the bundle, by business identifier."""
    held = []
    for entry in bundle.entries:
        found = client.find(entry.resource.type, entry.key, entry.parameter)
        if found is not None:
            version = found.content.get("meta", {}).get("versionId")
            reference = f"{found.type}/{found.id}"
            held.append(
                DeliveredResource(role=entry.role, key=entry.key, reference=reference, version=version, created=False)
            )
    return tuple(held)


def read_back(
    delivery: Delivery, note: SignedNote, site: Site, client: FhirClient, given: GivenReferences | None = None
) -> tuple[str, ...]:
    """The references of delivered resources whose content on the server differs from what was sent; () is good.

    What a server adds of its own (id, meta, narrative) does not count as a difference.
    """
    bundle = map_note(note, site, resolve_references(note, site, client, given))
    references = {entry.full_url: item.reference for entry, item in _paired(bundle, delivery)}
    return tuple(
        item.reference
        for entry, item in _paired(bundle, delivery)
        if not _holds(client.read(item.reference).content, rewritten(entry.resource, references).content)
    )


def rewritten(resource: Resource, references: dict[str, str]) -> Resource:
    """The resource with its ``urn:uuid:`` references replaced by the server's."""
    return Resource(_rewritten(resource.content, references))


class _Attempt:
    """Turns the ends an attempt can come to into a Delivery."""

    def __init__(self, note: SignedNote, client: FhirClient) -> None:
        self._note = note
        self._client = client

    def done(self, resources: tuple[DeliveredResource, ...], bundle: TransactionBundle) -> Delivery:
        return self._delivery("accepted", bundle, resources=resources)

    def failed(self, error: BridgeError, bundle: TransactionBundle | None = None) -> Delivery:
        if bundle is not None and isinstance(error, PartlyStoredError):
            state: DeliveryState = "outcome_unknown" if error.cause.retryable else "rejected"
            return self._looked_up(bundle, error.cause, state)
        if bundle is not None and (isinstance(error, OutcomeUnknownError) or _half_done(error)):
            return self._looked_up(bundle, error, "outcome_unknown")
        state = "not_sent" if isinstance(error, UnreachableError | BusyError) else "rejected"
        return self._delivery(state, bundle, problem=problem_of(error))

    def invalid(self, errors: Sequence[Issue], bundle: TransactionBundle) -> Delivery:
        problem = DeliveryProblem(
            code="invalid",
            message=f"보낼 자원이 KR Core 검증을 통과하지 못해 전송하지 않았습니다(오류 {len(errors)}건)",
            retryable=False,
            expressions=tuple(issue.path for issue in errors),
        )
        return self._delivery("rejected", bundle, problem=problem)

    def _looked_up(self, bundle: TransactionBundle, error: BridgeError, state: DeliveryState) -> Delivery:
        """Accepted if the server turns out to hold everything, else ``state`` with what it holds."""
        try:
            held = look_up(bundle, self._client)
        except BridgeError:
            held = ()
        if len(held) == len(bundle.entries):
            return self._delivery("accepted", bundle, resources=held)
        return self._delivery(state, bundle, resources=held, problem=problem_of(error))

    def _delivery(
        self,
        state: DeliveryState,
        bundle: TransactionBundle | None,
        *,
        resources: tuple[DeliveredResource, ...] = (),
        problem: DeliveryProblem | None = None,
    ) -> Delivery:
        return Delivery(
            note_id=self._note.note_id,
            note_version=self._note.version,
            destination=self._client.base_url,
            state=state,
            resources=resources,
            left_out=tuple(_left_out(item) for item in bundle.omissions) if bundle else (),
            problem=problem,
        )


def _half_done(error: BridgeError) -> bool:
    """A gateway's 502 or 504, or an answer that is no FHIR, says nothing about what the server behind it did."""
    return isinstance(error, NotFhirError) or (isinstance(error, BusyError) and error.status in (500, 502, 504))


def _create_in_order(entries: Sequence[TransactionEntry], client: FhirClient) -> tuple[DeliveredResource, ...]:
    """Each resource after those it points at, pointing at their ids."""
    references: dict[str, str] = {}
    written: list[DeliveredResource] = []
    for entry in entries:
        try:
            item = client.create(entry, rewritten(entry.resource, references))
        except BridgeError as error:
            if not written:
                raise
            raise PartlyStoredError(host=client.host, stored=len(written), wanted=len(entries), cause=error) from error
        references[entry.full_url] = item.reference
        written.append(item)
    return tuple(written)


def _resolve(client: FhirClient, resource_type: str, identifier: Identifier | None) -> str:
    if identifier is None:
        raise ValueError(f"{resource_type} has no identifier to resolve")
    return client.resolve(resource_type, identifier)


def _previous(note: SignedNote, site: Site, client: FhirClient, role: str) -> str | None:
    key = replaced(note, site, role)
    found = client.find("DocumentReference", key) if key else None
    return f"DocumentReference/{found.id}" if found else None


def _left_out(omission: Omission) -> LeftOut:
    return LeftOut(entry=omission.entry, kind=omission.kind, reason=omission.reason)


def _paired(bundle: TransactionBundle, delivery: Delivery) -> list[tuple[TransactionEntry, DeliveredResource]]:
    by_key = {item.key: item for item in delivery.resources}
    return [(entry, by_key[entry.key]) for entry in bundle.entries if entry.key in by_key]


def _rewritten(value: object, references: dict[str, str]) -> FhirJson:
    text = json.dumps(value, ensure_ascii=False)
    for urn, reference in references.items():
        text = text.replace(f'"{urn}"', f'"{reference}"')
    content: FhirJson = json.loads(text)
    return content


def _holds(held: object, sent: object) -> bool:
    """True where everything sent is held, ``meta`` aside."""
    if isinstance(sent, dict) and isinstance(held, dict):
        return all(name == "meta" or (name in held and _holds(held[name], part)) for name, part in sent.items())
    if isinstance(sent, list) and isinstance(held, list):
        return len(sent) == len(held) and all(_holds(a, b) for a, b in zip(held, sent, strict=True))
    return held == sent
