"""A destination, open for sending: what the outbox sees of FHIR servers and HL7 v2 receivers alike."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from hl7_bridge.destination import Destination
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_channel import open_fhir
from hl7_bridge.hl7v2.channel import open_hl7
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import Site
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote


class NoChannelError(BridgeError):
    """The bridge cannot send to a destination of the kind {kind}."""


class Channel(Protocol):
    """One destination of a site.  Use as a context manager; an instance serves one thread at a time.

    Every method tells what became of it in the Delivery's state and problem; only programming errors are raised.
    """

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        """Bring the receiver to hold the signed version, once, however often this is called.

        ``earlier`` are all versions before it, oldest first: what they wrote is amended.  Where somebody else has
        changed that meanwhile, the problem is ``changed`` and nothing is written, unless ``overwrite`` says that a
        person has looked and decided.
        """
        ...

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        """What the receiver holds of the version, without sending anything.

        ``accepted``: everything.  ``not_sent``: nothing, or the receiver cannot be reached (it has a problem then).
        ``outcome_unknown``: some of it, or the receiver cannot be asked.
        """
        ...

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        """Mark what every version of the note wrote as entered in error; nothing is deleted.  ``accepted``: done."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


Opener = Callable[[Destination, Site], Channel]


def open_channel(site: Site, name: str | None = None) -> Channel:
    """The destination of that name (or the site's only one), ready to send; nothing is sent yet."""
    destination = site.destination(name)
    opener = OPENERS.get(destination.kind)
    if opener is None:
        raise NoChannelError(kind=destination.kind)
    return opener(destination, site)


OPENERS: dict[str, Opener] = {"fhir": open_fhir, "hl7v2": open_hl7}
"""How each kind of destination is opened."""
