"""What the microphone hands on: blocks of audio, events, and counts of what was lost."""

from dataclasses import dataclass, replace
from typing import Literal

from models.audio import SAMPLE_RATE, Samples

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
"""
``started``: the first sound of the microphone came; from here on what is said is recorded.
``device_changed``: another microphone than the pinned one, or than before, is in use.
``device_lost``, ``reopened``: no sound comes, it is tried again until it does (``lost`` says what was missed).
``overflow``: the sound system or this machine was too slow, and audio is missing.
``clipping``: too loud, samples are cut off; said again every five seconds while it goes on.
``silence``, ``sound``: a channel carries nothing; it carries something again.
``one_channel``: two microphones were asked for and the device has one; both channels carry the same.
``backlog``, ``caught_up``: ``on_block`` is slower than speech and audio waits in memory; it no longer does.
``failed``: ``on_block`` or ``on_event`` raised (see ``Microphone.failure``), and recording has stopped.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``samples`` is float32 of shape (channels, n) at 16 kHz; ``heard_at`` is when its first sample was in the air.

    ``heard_at`` is on the clock given to the microphone, later than the truth by the sound card's own delay (under
    0.2 s).
    """

    samples: Samples
    heard_at: float

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / SAMPLE_RATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEvent:
    """Something that bears on the recording.

    ``detail`` is one English sentence, ``position`` the seconds of audio captured before it, ``lost`` the seconds that
    were spoken and not captured, ``device`` the name of the microphone in use, ``channel`` the one meant (from 0).
    """

    kind: EventKind
    detail: str
    position: float
    lost: float = 0.0
    device: str | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What was lost so far: overflows (flagged by PortAudio, or found in the arrival of the blocks), frames (16 kHz)
    that are missing because of them and of reopenings, and how often the microphone was reopened."""

    overflows: int = 0
    dropped_frames: int = 0
    reopened: int = 0

    def plus(self, *, overflows: int = 0, lost: float = 0.0, reopened: int = 0) -> "Counts":
        """With more overflows, seconds lost and reopenings."""
        return replace(
            self,
            overflows=self.overflows + overflows,
            dropped_frames=self.dropped_frames + round(lost * SAMPLE_RATE),
            reopened=self.reopened + reopened,
        )
