"""The way of finished recordings to the service: durable, in order, and nothing deleted that is not acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from edge_agent.identity import Clock
from edge_agent.uplink_client import UplinkClient
from edge_agent.uplink_errors import UplinkError
from scribe.domain.consent import Consent
from scribe.domain.uplink import AudioManifest, OpenEncounter

TRANSCRIPT_DOCUMENT = "transcript.json"
"""The spool document that is sent: scribe-transcript/1."""
RECEIPT_DOCUMENT = "receipt.json"
"""The spool document that the service's receipt is kept in."""

Connect = Callable[[], UplinkClient]
"""Opens the service; raises :class:`UplinkError`, ``NotEnrolledError`` among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A finished recording as the uplink needs to know it; ``audio`` is the spool's manifest."""

    id: str
    started_at: datetime
    duration: float
    channels: int
    encounter_id: str | None
    consent: Consent
    audio: AudioManifest
    audio_kept: bool
    damaged: bool
    """Chunks are in quarantine: the audio cannot be sent whole."""


class UplinkSpool(Protocol):
    """What the uplink asks of the spool (``edge_agent.uplink_spool.SpoolForUplink``)."""

    def finished(self) -> tuple[str, ...]:
        """Ids of the recordings that are over and neither discarded nor erased, the oldest first."""
        ...

    def outgoing(self, recording_id: str) -> Outgoing: ...

    def pcm(self, recording_id: str, start: int, size: int) -> bytes:
        """``size`` bytes of the 16-bit PCM from byte ``start`` on."""
        ...

    def document(self, recording_id: str, name: str) -> bytes | None: ...

    def put_document(self, recording_id: str, name: str, content: bytes) -> None: ...

    def set_state(self, recording_id: str, state: Literal["uploading", "acknowledged", "stopped"]) -> None: ...

    def delete_audio(self, recording_id: str) -> None:
        """Destroy the audio for good; transcript and receipt stay."""
        ...

    def erase(self, recording_id: str) -> None:
        """Destroy audio and every document for good."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The recording on its way; ``fraction`` of its audio and transcript that the service holds."""

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

    ``waiting`` counts what is queued or being sent, ``unassigned`` what has no consultation yet; ``problem`` is the
    last error as a Korean sentence, None once sending works again; ``notices`` are what happened that a person has to
    know (copies destroyed because consent was withdrawn).
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


class Uplink:
    """Sends what :meth:`submit` is given, one recording at a time, the oldest first.  One a process.

    ``retention_days``: days that audio stays here after its acknowledgement, 0 for not at all, None for ever.
    ``send_audio``: whether the audio is sent too; it is then deleted only where the service says it stored it.
    """

    def __init__(
        self,
        folder: Path,
        spool: UplinkSpool,
        connect: Connect,
        *,
        clock: Clock,
        retention_days: int | None = None,
        send_audio: bool = False,
        pace: Pace = Pace(),
        on_change: Callable[[], None] | None = None,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Go on with everything that was not acknowledged when the process ended."""
        raise NotImplementedError

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """Leave; what is unfinished goes on at the next start."""
        raise NotImplementedError

    def submit(self, recording_id: str) -> None:
        """Queue a recording whose transcript is in the spool and whose consultation is known; again is harmless."""
        raise NotImplementedError

    def wake(self) -> None:
        """Try now instead of waiting for the next attempt."""
        raise NotImplementedError

    def retry(self, recording_id: str) -> None:
        """Take a parked recording up again, after its reason was mended."""
        raise NotImplementedError

    def tidy(self) -> None:
        """Delete audio whose retention is over, and copies whose consent was withdrawn at the service meanwhile."""
        raise NotImplementedError

    def status(self) -> UplinkStatus:
        raise NotImplementedError

    def encounters(self) -> tuple[OpenEncounter, ...]:
        """The consultations to choose from; raises :class:`UplinkError` where the service cannot be asked."""
        raise NotImplementedError


__all__ = ["Connect", "Outgoing", "Pace", "Parked", "Sending", "Uplink", "UplinkError", "UplinkSpool", "UplinkStatus"]
