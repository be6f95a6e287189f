"""A FHIR server as a channel: deliver, look up, retract."""

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from hl7_bridge.connection import shared_client
from hl7_bridge.delivery import deliver, held_delivery, undeliverable, withdraw
from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import BridgeError, DestinationError
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import GivenReferences, Site
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote


class FhirChannel:
    """See :class:`hl7_bridge.channel.Channel`.  ``given`` are references that need no search.

    Channels to the same destination share a client, which is made on the first use: a setting that cannot be used
    (a missing key file) is told as the problem of a delivery.  With ``client`` that one is used, and left open.
    """

    def __init__(
        self,
        site: Site,
        destination: FhirDestination,
        client: FhirClient | None = None,
        given: GivenReferences | None = None,
    ) -> None:
        self.destination = destination
        self._site = site
        self._own = client
        self._given = given
        self._stack = ExitStack()

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        try:
            client = self._client()
        except BridgeError as error:
            return undeliverable(note, self.destination.address, error)
        return deliver(note, self._site, client, self._given, earlier, overwrite=overwrite)

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        try:
            client = self._client()
        except BridgeError as error:
            return undeliverable(note, self.destination.address, error)
        return held_delivery(note, self._site, client, self._given, earlier)

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        try:
            client = self._client()
        except BridgeError as error:
            return undeliverable(note, self.destination.address, error)
        strip = self.destination.patient_facing
        return withdraw(note, self._site, client, retraction, self._given, earlier, strip=strip)

    def close(self) -> None:
        self._own = None
        self._stack.close()

    def _client(self) -> FhirClient:
        if self._own is None:
            self._own = self._stack.enter_context(shared_client(self.destination))
        return self._own

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_fhir(destination: Destination, site: Site) -> FhirChannel:
    """The channel of a FHIR destination, nothing connected yet; DestinationError for one of another kind."""
    if not isinstance(destination, FhirDestination):
        raise DestinationError()
    return FhirChannel(site, destination)
