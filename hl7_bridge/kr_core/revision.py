"""Amendment and retraction: what must be written so that the server holds what the newest version states.

Both are planned from what the server holds now, so planning again after a lost answer gives what is still to be
written, and nothing once everything is there.  Nothing is ever deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hl7_bridge.fhir import Held, TransactionBundle
from hl7_bridge.site import References, Site
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A business identifier to ask the server for: the resource type, the key and the parameter that finds it."""

    role: str
    type: str
    key: Identifier
    parameter: Literal["identifier", "_tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A held resource that is neither what a version stated nor what the newest one states: someone changed it."""

    role: str
    key: Identifier
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What to write, in an order in which every reference comes after what it points at.

    ``kept`` are the held resources that are already as they must be.  Where there are ``conflicts``, someone must
    decide before anything is written: the conflicting resources are in neither.
    """

    bundle: TransactionBundle
    kept: tuple[Held, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """Who withdrew a note, when and why; ``reason`` stands in the Provenance."""

    at: datetime
    reason: str


def lookups(note: SignedNote, site: Site, earlier: Sequence[SignedNote] = ()) -> tuple[Lookup, ...]:
    """Everything that this version and the ``earlier`` ones (oldest first) may have left on the server."""
    raise NotImplementedError("revisions are not planned yet")


def amend(
    note: SignedNote,
    earlier: Sequence[SignedNote],
    site: Site,
    references: References,
    held: Mapping[Identifier, Held],
    *,
    overwrite: bool = False,
) -> Revision:
    """Bring the server from what it holds of ``earlier`` (oldest first, all of them) to what ``note`` states.

    What both state is left alone, what changed is updated, what is new is created, what the new version no longer
    states becomes entered-in-error; the earlier documents are superseded and the new ones replace them.  ``held``
    is what the server answered to :func:`lookups`, by key.  With ``overwrite`` a conflicting resource is updated too.
    """
    raise NotImplementedError("revisions are not planned yet")


def retract(
    note: SignedNote,
    earlier: Sequence[SignedNote],
    site: Site,
    references: References,
    held: Mapping[Identifier, Held],
    retraction: Retraction,
    *,
    strip: bool = False,
) -> Revision:
    """Mark everything that any version of the note left on the server as entered in error.

    With ``strip`` (for servers that patients read) only id, identifier, status and what base FHIR demands is left.
    """
    raise NotImplementedError("revisions are not planned yet")
