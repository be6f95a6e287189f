"""The destinations of a site, as couriers reach them."""

from functools import partial

from hl7_bridge.channel import open_channel
from hl7_bridge.site import Site
from scribe.stages import Receiver

_AT_ONCE = {"fhir": 8}
"""Connections that deliver at the same time, by the kind of destination; HL7 v2 receivers get one."""


def receivers_of(site: Site) -> dict[str, Receiver]:
    """Every destination by its name."""
    return {destination.name: receiver_of(site, destination.name) for destination in site.destinations}


def receiver_of(site: Site, name: str) -> Receiver:
    """The destination of that name; UnknownDestinationError where the site has none."""
    kind = site.destination(name).kind
    return Receiver(open=partial(open_channel, site, name), at_once=_AT_ONCE.get(kind, 1))
