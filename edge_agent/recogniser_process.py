"""The recogniser in a process of its own: what happens to it there costs no recording."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from edge_agent.enrolment import Voiceprint
from edge_agent.errors import RecogniserError
from edge_agent.partial import Pace, Partial, RecogniserEvent, RecogniserState
from models.audio import Samples
from scribe.domain.transcript import Transcript

Source = Callable[[int, int], Samples]
"""Reads a recording back: frames ``start`` to ``end`` of its clock as float32, shape (channels, end - start).

It is called from the recogniser's own thread, after a crash or where memory does not hold the audio any more, for
frames that were fed before.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """When the child counts as hung, and when it is given up."""

    load_seconds: float = 180.0
    silent_seconds: float = 15.0
    """Without a sign of life."""
    busy_seconds: float = 120.0
    """In one piece of work."""
    crashes: int = 4
    """In ``crash_window`` seconds: then it is not started again."""
    crash_window: float = 600.0


class RecogniserProcess:
    """Holds the models in a child process that is restarted when it dies.

    One for the life of the agent; several recordings may be open, one after the other.  Callbacks come from its
    own threads and must return at once.
    """

    def __init__(
        self,
        models_home: Path,
        *,
        model: str = "whisper-base",
        registry: Path | None = None,
        threads: int | None = None,
        on_event: Callable[[RecogniserEvent], None] = lambda _: None,
        limits: ProcessLimits | None = None,
    ) -> None:
        raise RecogniserError(problem="it is not written yet")

    @property
    def state(self) -> RecogniserState:
        raise NotImplementedError

    @property
    def restarts(self) -> int:
        raise NotImplementedError

    def start(self) -> None:
        """Start loading the model; returns at once."""

    def close(self) -> None:
        """End the child; transcripts that are still awaited fail with :class:`RecogniserClosedError`."""

    def begin(
        self,
        recording_id: str,
        *,
        channels: int,
        language: str,
        source: Source,
        live: bool = True,
        physician: Voiceprint | None = None,
        on_partial: Callable[[Partial], None] = lambda _: None,
    ) -> "Session":
        """Open a recording; audio may be fed at once, whatever state the child is in."""
        raise NotImplementedError


class Session:
    """One recording at the recogniser."""

    @property
    def pace(self) -> Pace:
        raise NotImplementedError

    def feed(self, samples: Samples) -> None:
        """The next samples, float32 (channels, n) at 16 kHz; never blocks and never fails on the child's account."""

    def rewind(self, frames: int) -> None:
        """Forget all audio and text from frame ``frames`` on (off the record); the clock goes on from there."""

    def finish(self) -> "Future[Transcript]":
        """No more audio: the transcript, when it is there; or :class:`RecogniserError` from the future."""
        raise NotImplementedError

    def abandon(self) -> None:
        """The recording is discarded: forget it."""
