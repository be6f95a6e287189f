"""Bringing a bundle onto a server: in one transaction where it has them, else one resource after the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir import FhirJson, Held, Omission, Resource, TransactionBundle, TransactionEntry, pointed
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import (
    ChangedError,
    PartlyStoredError,
    ReadOnlyServerError,
    TooLargeTransactionError,
    UnsearchableServerError,
    UnsupportedTypesError,
)
from hl7_bridge.kr_core.revision import Lookup
from scribe.domain.delivery import DeliveredResource
from scribe.domain.encounter import Identifier

NO_PROVENANCE = "병원 FHIR 서버가 출처(Provenance·Device) 자원을 받지 않아 보내지 않습니다"
_DISPENSABLE = frozenset({"Device", "Provenance"})


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
    """Write the bundle the way the server takes it; what it already holds under an entry's key is left alone.

    A server that does not promise conditional creates is asked for every key first; one that finds the transaction
    too large gets the resources one by one.  Raises ReadOnlyServerError
    where it takes neither transactions nor single writes, UnsearchableServerError where it could not tell a second
    sending from the first.
    """
    _require_searchable(bundle, client)
    conditional = client.capabilities().creates_conditionally({entry.resource.type for entry in _created(bundle)})
    present = () if conditional else look_up(_created(bundle), client)
    there = {item.key: item for item in present}
    missing = TransactionBundle(entries=tuple(item for item in bundle.entries if item.key not in there))
    known = {item.full_url: there[item.key].reference for item in bundle.entries if item.key in there}
    try:
        whole = _by_transaction(client, bundle)
        written = client.transact(_pointing(missing, known)) if whole and missing.entries else ()
    except TooLargeTransactionError:
        if client.write_mode == "transaction" or _lacking(client, bundle):
            raise
        whole = False
    if not whole:
        written = _one_by_one(missing.entries, client, known, conditional=conditional)
    done = there | {item.key: item for item in written}
    return tuple(done[entry.key] for entry in bundle.entries)


def look_up(entries: Iterable[TransactionEntry], client: FhirClient) -> tuple[DeliveredResource, ...]:
    """What the server holds of the entries, by business identifier."""
    held = []
    for entry in entries:
        found = client.find(entry.resource.type, entry.key, entry.parameter)
        if found is not None:
            version = found.content.get("meta", {}).get("versionId")
            reference = f"{found.type}/{found.id}"
            held.append(
                DeliveredResource(role=entry.role, key=entry.key, reference=reference, version=version, created=False)
            )
    return tuple(held)


def held_of(keys: Iterable[Lookup], client: FhirClient) -> dict[Identifier, Held]:
    """What the server holds under the keys, each with its ETag; types that the server does not have are passed."""
    types = client.capabilities().types
    found = {
        item.key: client.find_held(item.type, item.key, item.parameter)
        for item in keys
        if not types or item.type in types
    }
    return {key: held for key, held in found.items() if held is not None}


def rewritten(resource: Resource, references: Mapping[str, str]) -> Resource:
    """The resource with its ``urn:uuid:`` references replaced by the server's."""
    content: FhirJson = pointed(resource.content, references)
    return Resource(content)


def _created(bundle: TransactionBundle) -> tuple[TransactionEntry, ...]:
    return tuple(entry for entry in bundle.entries if entry.reference is None)


def _require_searchable(bundle: TransactionBundle, client: FhirClient) -> None:
    capabilities = client.capabilities()
    keyed = {(entry.resource.type, entry.parameter) for entry in _created(bundle)}
    lost = {kind for kind, parameter in keyed if capabilities.cannot_find(kind, parameter)}
    if lost:
        raise UnsearchableServerError(host=client.host, types=", ".join(sorted(lost)))


def _by_transaction(client: FhirClient, bundle: TransactionBundle) -> bool:
    capabilities = client.capabilities()
    if client.write_mode != "single" and (capabilities.transaction or client.write_mode == "transaction"):
        return True
    missing = _lacking(client, bundle)
    if missing:
        raise ReadOnlyServerError(host=client.host, types=", ".join(sorted(missing)))
    return False


def _lacking(client: FhirClient, bundle: TransactionBundle) -> frozenset[str]:
    """The resource types that the server does not take one at a time."""
    capabilities = client.capabilities()
    if not capabilities.known:
        return frozenset()
    created = {entry.resource.type for entry in _created(bundle)}
    updated = {entry.resource.type for entry in bundle.entries if entry.reference is not None}
    return frozenset((created - capabilities.creatable) | (updated - capabilities.offering("update")))


def _pointing(bundle: TransactionBundle, references: Mapping[str, str]) -> TransactionBundle:
    """The bundle with references to what the server holds already."""
    if not references:
        return bundle
    return TransactionBundle(
        entries=tuple(replace(entry, resource=rewritten(entry.resource, references)) for entry in bundle.entries)
    )


def _one_by_one(
    entries: Sequence[TransactionEntry], client: FhirClient, known: Mapping[str, str], *, conditional: bool
) -> tuple[DeliveredResource, ...]:
    """Each resource after those it points at, pointing at their ids."""
    references = dict(known)
    written: list[DeliveredResource] = []
    for entry in entries:
        try:
            item = client.write(entry, rewritten(entry.resource, references), conditional=conditional)
        except BridgeError as error:
            if not written or isinstance(error, ChangedError):
                raise
            raise PartlyStoredError(host=client.host, stored=len(written), wanted=len(entries), cause=error) from error
        references[entry.full_url] = item.reference
        written.append(item)
    return tuple(written)
