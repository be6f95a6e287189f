"""An HL7 v2 receiver as a channel: deliver, look up, retract."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from hl7_bridge.destination import Destination
from hl7_bridge.errors import DestinationError
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import Site
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote


class Hl7Channel:
    """See :class:`hl7_bridge.channel.Channel`."""

    def __init__(self, site: Site, destination: Hl7Destination) -> None:
        self.destination = destination
        self._site = site

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        """MDM for the note, MDM for the patient summary, ORU for what was measured, in this order."""
        raise NotImplementedError

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        """HL7 v2 has no way to ask: ``outcome_unknown``, unless an answer came late on this connection."""
        raise NotImplementedError

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        """MDM^T11 for each document, and the observations as posted in error (OBX-11 W)."""
        raise NotImplementedError

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_hl7(destination: Destination, site: Site) -> Hl7Channel:
    """The channel of an HL7 v2 destination; DestinationError for one of another kind."""
    if not isinstance(destination, Hl7Destination):
        raise DestinationError()
    return Hl7Channel(site, destination)
