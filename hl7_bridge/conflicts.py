"""What somebody changed on a FHIR server meanwhile, beside what an amendment would write there, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hl7_bridge.connection import shared_client
from hl7_bridge.delivery import resolve_references
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.fhir import FhirJson, Held
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.kr_core.revision import Conflict, amend, lookups, stated
from hl7_bridge.site import Site
from hl7_bridge.writing import held_of
from scribe.domain.note import SignedNote

_OF_THE_SERVER: Final = frozenset({"resourceType", "id", "meta", "text", "identifier"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field by its FHIRPath: what we ``sent`` last, what is there now, what would be; empty where there is none."""

    path: str
    sent: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedResource:
    """A resource that is neither what an earlier version wrote nor what the new one states."""

    type: str
    reference: str
    changed_at: datetime | None
    differences: tuple[Difference, ...]


def changed_resources(
    note: SignedNote, earlier: Sequence[SignedNote], site: Site, destination: Destination
) -> tuple[ChangedResource, ...]:
    """Why delivering ``note`` says that the server was changed; empty where it no longer is.

    Nothing is written.  A destination that keeps nothing to compare has none.  Raises a BridgeError where the server
    cannot be asked.
    """
    if not isinstance(destination, FhirDestination):
        return ()
    with shared_client(destination) as client:
        return _changed(note, earlier, site, client)


def _changed(
    note: SignedNote, earlier: Sequence[SignedNote], site: Site, client: FhirClient
) -> tuple[ChangedResource, ...]:
    client.require_r4()
    references = resolve_references(note, site, client)
    held = held_of(lookups(note, site, earlier), client)
    conflicts = amend(note, earlier, site, references, held).conflicts
    if not conflicts:
        return ()
    forced = amend(note, earlier, site, references, held, overwrite=True).bundle
    ours = {entry.reference: entry.resource.content for entry in forced.entries if entry.reference is not None}
    before = stated(earlier, site, references)
    return tuple(
        _resource(conflict, held[conflict.key], before[conflict.key][-1], ours[conflict.reference])
        for conflict in conflicts
    )


def _resource(conflict: Conflict, there: Held, sent: FhirJson, ours: FhirJson) -> ChangedResource:
    return ChangedResource(
        type=there.resource.type,
        reference=conflict.reference,
        changed_at=_last_updated(there.resource.content),
        differences=differences(sent, there.resource.content, ours),
    )


def differences(sent: FhirJson, theirs: FhirJson, ours: FhirJson) -> tuple[Difference, ...]:
    """The fields that we would change, and those of ours that somebody changed, in the order the server has them.

    What only a server writes is left out, and so are references as we sent them: a server points in its own words.
    """
    before, held, wanted = dict(_leaves(sent)), dict(_leaves(theirs)), dict(_leaves(ours))
    return tuple(
        Difference(path=path, sent=before.get(path, ""), theirs=held.get(path, ""), ours=wanted.get(path, ""))
        for path in dict.fromkeys((*held, *wanted, *before))
        if held.get(path) != wanted.get(path) or _meddled(path, before, held)
    )


def _meddled(path: str, before: Mapping[str, str], held: Mapping[str, str]) -> bool:
    return path in before and not path.endswith("reference") and before[path] != held.get(path)


def _leaves(content: FhirJson) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if name not in _OF_THE_SERVER:
            yield from _under(name, value)


def _under(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _under(f"{path}.{name}", part)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _under(f"{path}[{place}]" if len(value) > 1 else path, part)
    else:
        yield path, str(value)


def _last_updated(content: FhirJson) -> datetime | None:
    written = content.get("meta", {}).get("lastUpdated")
    if not isinstance(written, str):
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
