"""What the agent is put together from, as far as it uses it: each has a fake in the tests that keeps to this."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from edge_agent.capture import Block, CaptureEvent, Counts
from edge_agent.enrolment import Voiceprint
from edge_agent.level import Level
from edge_agent.partial import Pace, Partial, RecogniserEvent, RecogniserState
from edge_agent.uplink_status import UplinkStatus
from models.audio import Samples
from scribe.domain.transcript import Transcript
from scribe.domain.uplink import OpenEncounter

if TYPE_CHECKING:
    from edge_agent.session import Source


class Microphone(Protocol):
    """:class:`edge_agent.capture.Microphone`."""

    @property
    def name(self) -> str | None: ...

    @property
    def level(self) -> Level: ...

    @property
    def counts(self) -> Counts: ...

    @property
    def failure(self) -> BaseException | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class OpensMicrophone(Protocol):
    """Makes a microphone that is not started yet."""

    def __call__(
        self,
        *,
        device: str | None,
        channels: int,
        on_block: Callable[[Block], None],
        on_event: Callable[[CaptureEvent], None],
    ) -> Microphone: ...


class Hearing(Protocol):
    """One recording at the recogniser (:class:`edge_agent.recogniser_process.Session`)."""

    @property
    def pace(self) -> Pace: ...

    def feed(self, samples: Samples) -> None: ...

    def rewind(self, frames: int) -> None: ...

    def finish(self) -> "Future[Transcript]": ...

    def abandon(self) -> None: ...


class Recogniser(Protocol):
    """:class:`edge_agent.recogniser_process.RecogniserProcess`."""

    @property
    def state(self) -> RecogniserState: ...

    @property
    def restarts(self) -> int: ...

    def start(self) -> None: ...

    def close(self) -> None: ...

    def begin(
        self,
        recording_id: str,
        *,
        channels: int,
        language: str,
        source: "Source",
        live: bool = True,
        physician: Voiceprint | None = None,
        terms: Sequence[str] = (),
        on_partial: Callable[[Partial], None] = ...,
    ) -> Hearing: ...


class MakesRecogniser(Protocol):
    """Makes the recogniser, whose events go to the agent."""

    def __call__(self, *, on_event: Callable[[RecogniserEvent], None]) -> Recogniser: ...


class Way(Protocol):
    """The way to the service (:class:`edge_agent.uplink.Uplink`)."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def submit(self, recording_id: str) -> None: ...

    def retry(self, recording_id: str) -> None: ...

    def status(self) -> UplinkStatus: ...

    def encounters(self) -> tuple[OpenEncounter, ...]: ...

    def terms(self, encounter_id: str) -> tuple[str, ...]: ...


class MakesWay(Protocol):
    """Makes the way to the service, whose changes wake the agent."""

    def __call__(self, *, on_change: Callable[[], None]) -> Way: ...
