"""What became of a signed version that was sent to a hospital's system."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.encounter import Identifier

DeliveryState = Literal["accepted", "rejected", "not_sent", "outcome_unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredResource:
    """A resource as the server holds it; ``created`` is False where it held it already."""

    role: str
    key: Identifier
    reference: str
    version: str | None = None
    created: bool

    @property
    def type(self) -> str:
        return self.reference.split("/", maxsplit=1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry of the note that went as text only; ``reason`` is Korean and holds no patient data."""

    entry: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProblem:
    """Why a delivery is not accepted: ``code`` is stable, ``message`` Korean for the person who must act.

    ``retry_after`` is what the server asked for, in seconds; ``expressions`` are FHIRPaths it complained about.
    """

    code: str
    message: str
    retryable: bool
    retry_after: float | None = None
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver one signed version to one destination.

    accepted: the server holds every resource.  rejected: it, or our own validation, refused them.  not_sent:
    nothing reached it.  outcome_unknown: it may hold them; asking again by the same identifiers is safe.
    """

    note_id: str
    note_version: int
    destination: str
    state: DeliveryState
    resources: tuple[DeliveredResource, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    problem: DeliveryProblem | None = None

    @property
    def created(self) -> int:
        return sum(resource.created for resource in self.resources)

    @property
    def existing(self) -> int:
        return len(self.resources) - self.created

    @property
    def retryable(self) -> bool:
        """True where the same delivery may succeed later without anyone mending anything."""
        return self.problem is not None and self.problem.retryable
