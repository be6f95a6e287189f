"""One open microphone: its samples in the channels that are wanted, timed, and what is missing between them."""

from dataclasses import dataclass

import numpy as np

from edge_agent.blocks import Block
from edge_agent.level import ClippingWatch
from edge_agent.resample import Resampler
from edge_agent.source import Heard, Opened, Source
from edge_agent.stream_clock import StreamClock
from models.audio import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What one :class:`Heard` held: ``native`` at the device's rate in the wanted channels, and the same as a block.

    ``lost`` seconds are missing before it; ``until`` is when its last sample was heard.
    """

    native: Samples
    block: Block
    clipped: bool
    overflow: bool
    lost: float
    until: float


class Stream:
    """Follows ``source`` after it was ``opened``; ``begins`` cuts off what another stream has already heard."""

    def __init__(self, source: Source, opened: Opened, channels: int) -> None:
        self.source = source
        self.opened = opened
        self.begins = float("-inf")
        self._channels = channels
        self._clock = StreamClock(opened.rate)
        self._resampler = Resampler(opened.rate, channels)
        self._clipping = ClippingWatch()

    def hear(self, heard: Heard) -> Passage:
        rate = self.opened.rate
        frames = heard.samples.shape[1]
        heard_at, missing = self._clock.feed(heard.arrived, frames, overflow=heard.overflow)
        known = heard.lost / rate
        skipped = int(min(frames, max(0, round((self.begins - heard_at) * rate)))) if self.begins > heard_at else 0
        native = in_channels(heard.samples[:, skipped:], self._channels)
        return Passage(
            native=native,
            block=Block(samples=self._converted(native), heard_at=heard_at + skipped / rate),
            clipped=self._clipping.feed(heard.samples),
            overflow=heard.overflow,
            lost=max(known, missing),
            until=heard_at + frames / rate,
        )

    def rest(self) -> Samples:
        """The last few milliseconds, which the resampler held back."""
        return np.clip(self._resampler.flush(), -1.0, 1.0)

    def _converted(self, native: Samples) -> Samples:
        return np.clip(self._resampler.feed(native), -1.0, 1.0)


def in_channels(samples: Samples, channels: int) -> Samples:
    """One channel from several is the mean of the first two; two from one are the same twice."""
    have = len(samples)
    if channels == 1:
        return samples if have == 1 else np.asarray(samples[:2].mean(axis=0, keepdims=True), dtype=np.float32)
    return samples[:2] if have >= 2 else np.repeat(samples, 2, axis=0)
