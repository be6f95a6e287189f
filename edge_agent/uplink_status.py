"""What the desk page shows of the way to the service, and at which pace failed attempts are repeated."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The recording on its way; ``fraction`` of its audio that the service holds."""

    recording_id: str
    fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A recording that waiting does not mend; ``reason`` is for the physician."""

    recording_id: str
    code: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkStatus:
    """What the desk page shows.

    ``waiting`` counts what is queued or being sent, ``oldest_since`` is when the oldest of them ended; ``unassigned``
    counts what has no consultation yet.  ``problem`` is the last error as a Korean sentence, None once sending works
    again.  ``notices`` are what happened that a person has to know (copies destroyed because consent was withdrawn).
    """

    waiting: int
    oldest_since: datetime | None
    unassigned: int
    sending: Sending | None
    parked: tuple[Parked, ...]
    problem: str | None
    problem_code: str | None
    last_success: datetime | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between attempts: doubling from ``first`` to ``longest``, each shortened at random by up to half.

    What the service asks for in Retry-After is waited at least.
    """

    first: float = 2.0
    longest: float = 300.0

    def wait(self, attempt: int, chance: float, asked: float | None) -> float:
        """The wait after failed attempt number ``attempt`` (from 0); ``chance`` is a random number from 0 to 1."""
        planned = min(self.longest, self.first * 2.0 ** min(attempt, 30)) * (1.0 - chance / 2)
        return max(planned, asked or 0.0)
