"""The microphone: blocks of 16 kHz audio, and every event that bears on what was heard."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edge_agent.errors import CaptureError
from edge_agent.level import Level
from models.audio import Samples

EventKind = Literal[
    "started",
    "device_changed",
    "device_lost",
    "reopened",
    "overflow",
    "clipping",
    "silence",
    "sound",
    "one_channel",
    "backlog",
    "caught_up",
    "failed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``samples`` is float32 of shape (channels, n) at 16 kHz; ``heard_at`` is when its first sample was in the air."""

    samples: Samples
    heard_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEvent:
    """Something that bears on the recording.

    ``detail`` is one English sentence, ``position`` the seconds of audio captured before it, ``lost`` the seconds that
    were spoken and not captured (overflow, reopened), ``device`` the name of the microphone in use.
    """

    kind: EventKind
    detail: str
    position: float
    lost: float = 0.0
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was lost so far: overflows flagged by PortAudio or found in its clock, frames (16 kHz) that are missing
    because of them and of reopenings, and how often the microphone was reopened."""

    overflows: int = 0
    dropped_frames: int = 0
    reopened: int = 0


class Microphone:
    """Records until stopped: ``on_block`` gets every captured block in order, ``on_event`` every event.

    Both are called from threads of the microphone's own, each one call at a time.
    """

    def __init__(
        self,
        *,
        device: str | None = None,
        channels: int = 1,
        on_block: Callable[[Block], None],
        on_event: Callable[[CaptureEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._channels = channels
        self._on_block = on_block
        self._on_event = on_event
        self._clock = clock
        self.name: str | None = None
        self.level = Level()
        self.counts = Counts()
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Return once the microphone is open; the ``started`` event follows with the first sound (about 1.5 s)."""
        raise CaptureError(problem="capture is not built yet")

    def stop(self) -> None:
        """Return once ``on_block`` has got everything that was heard until now."""

    def close(self) -> None:
        """As :meth:`stop`; may be called again."""
        self.stop()
