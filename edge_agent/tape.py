"""The audio of a recording as the recogniser holds it: growing while someone records, or whole."""

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.audio import Samples

Pcm = NDArray[np.int16]
_FULL_SCALE = 32768.0
_FIRST_FRAMES = 1 << 20


class Tape(Protocol):
    """Audio at 16 kHz, one or two channels."""

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int:
        """How many frames there are by now."""
        ...

    def samples(self, start: int, end: int) -> Samples:
        """Frames ``start`` to ``end``, as far as they exist, float32, shape (channels, n)."""
        ...


class WholeTape:
    """A recording that is over."""

    def __init__(self, channels: Samples) -> None:
        self._channels = channels

    @property
    def channels(self) -> int:
        return len(self._channels)

    @property
    def frames(self) -> int:
        return int(self._channels.shape[1])

    def samples(self, start: int, end: int) -> Samples:
        return self._channels[:, start:end]


class GrowingTape:
    """A recording under way, as 16-bit PCM: 32 kB a second and channel.  Safe for use from several threads."""

    def __init__(self, channels: int) -> None:
        self._pcm: Pcm = np.empty((channels, _FIRST_FRAMES), dtype=np.int16)
        self._frames = 0
        self._lock = threading.Lock()

    @property
    def channels(self) -> int:
        return len(self._pcm)

    @property
    def frames(self) -> int:
        return self._frames

    def append(self, pcm: Pcm) -> None:
        with self._lock:
            end = self._frames + pcm.shape[1]
            if end > self._pcm.shape[1]:
                room = np.empty((len(self._pcm), max(end, self._pcm.shape[1] * 3 // 2)), dtype=np.int16)
                room[:, : self._frames] = self._pcm[:, : self._frames]
                self._pcm = room
            self._pcm[:, self._frames : end] = pcm
            self._frames = end

    def truncate(self, frames: int) -> None:
        """Forget what lies from ``frames`` on, in memory too."""
        with self._lock:
            self._pcm[:, frames : self._frames] = 0
            self._frames = min(frames, self._frames)

    def samples(self, start: int, end: int) -> Samples:
        with self._lock:
            return from_pcm(self._pcm[:, start : min(end, self._frames)])

    def pcm(self, start: int, end: int) -> Pcm:
        with self._lock:
            return self._pcm[:, start : min(end, self._frames)].copy()


def to_pcm(samples: Samples) -> Pcm:
    """16-bit PCM of float samples in [-1, 1], rounded; what :func:`from_pcm` gave comes back as it was."""
    return np.asarray(np.clip(np.rint(samples * _FULL_SCALE), -32768, 32767), dtype=np.int16)


def from_pcm(pcm: Pcm) -> Samples:
    return np.asarray(pcm, dtype=np.float32) / np.float32(_FULL_SCALE)


def mono(samples: Samples) -> Samples:
    """The mean of the channels."""
    if len(samples) == 1:
        return np.asarray(samples[0])
    return np.asarray(samples.mean(axis=0), dtype=np.float32)
