"""A FHIR server as a channel: deliver, look up, retract."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from hl7_bridge.connection import client_of
from hl7_bridge.delivery import deliver, held_delivery, withdraw
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import DestinationError
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import GivenReferences, Site
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote


class FhirChannel:
    """See :class:`hl7_bridge.channel.Channel`.  ``given`` are references that need no search."""

    def __init__(
        self, site: Site, destination: FhirDestination, client: FhirClient, given: GivenReferences | None = None
    ) -> None:
        self.destination = destination
        self._site = site
        self._client = client
        self._given = given

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        return deliver(note, self._site, self._client, self._given, earlier, overwrite=overwrite)

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        return held_delivery(note, self._site, self._client, self._given, earlier)

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        strip = self.destination.patient_facing
        return withdraw(note, self._site, self._client, retraction, self._given, earlier, strip=strip)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_fhir(destination: Destination, site: Site) -> FhirChannel:
    """The channel of a FHIR destination; DestinationError for one of another kind."""
    if not isinstance(destination, FhirDestination):
        raise DestinationError()
    return FhirChannel(site, destination, client_of(destination))
