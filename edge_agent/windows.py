"""The stretches of speech that are compared by voice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.audio import Samples
from models.vad import Region
from models.voices import Vectors, VoiceEmbedder

_CLOSE_HOP = 0.25
_CLOSE_WINDOW = 1.0
_TURN = 0.75
"""Share of what makes one voice below which two parts of a region may be two speakers'."""

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Windows in order of time: ``starts`` and ``ends`` in seconds, ``regions`` the number of the region of each."""

    starts: Times
    ends: Times
    regions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def filled(self, window: float) -> Times:
        """How much of an embedding window each fills, 0 to 1."""
        return np.asarray(np.minimum((self.ends - self.starts) / window, 1.0))

    def spacing(self, hop: float) -> Times:
        """How much of the way to its neighbours each window stands for, 1 where they are ``hop`` seconds apart."""
        middles = (self.starts + self.ends) / 2
        steps = np.where(np.diff(self.regions) == 0, np.diff(middles), hop)
        around = np.concatenate([[hop], steps]) + np.concatenate([steps, [hop]])
        return np.asarray(np.minimum(around / (2 * hop), 1.0))

    def joined(self, later: "Windows") -> "Windows":
        """These and later ones, whose regions are counted on."""
        first = int(self.regions[-1]) + 1 if len(self) else 0
        return Windows(
            starts=np.concatenate([self.starts, later.starts]),
            ends=np.concatenate([self.ends, later.ends]),
            regions=np.concatenate([self.regions, later.regions + first]),
        )


def windows_of(regions: Sequence[Region], window: float, hop: float) -> Windows:
    """Windows every ``hop`` seconds inside the regions; a region shorter than a window is one window."""
    starts: list[float] = []
    ends: list[float] = []
    numbers: list[int] = []
    for number, region in enumerate(regions):
        if region.duration <= window:
            firsts = [region.start]
        else:
            last = region.end - window
            firsts = [*np.arange(region.start, last, hop).tolist(), last]
        starts += firsts
        ends += [min(first + window, region.end) for first in firsts]
        numbers += [number] * len(firsts)
    return Windows(starts=np.array(starts), ends=np.array(ends), regions=np.array(numbers, dtype=np.int64))


def listen(audio: Samples, regions: Sequence[Region], embedder: VoiceEmbedder) -> tuple[Windows, Vectors]:
    """Windows of a mono recording with their vectors; where a region seems to hold two voices they lie closer."""
    windows = windows_of(regions, embedder.window, embedder.hop)
    vectors = embedder.embed(audio, windows.starts, windows.ends)
    mixed = _mixed(windows, vectors, embedder)
    if not mixed or embedder.hop <= _CLOSE_HOP:
        return windows, vectors
    closer = windows_of([regions[number] for number in mixed], _CLOSE_WINDOW, _CLOSE_HOP)
    closer = Windows(starts=closer.starts, ends=closer.ends, regions=np.array(mixed)[closer.regions])
    kept = ~np.isin(windows.regions, mixed)
    more = embedder.embed(audio, closer.starts, closer.ends)
    starts = np.concatenate([windows.starts[kept], closer.starts])
    order = np.argsort(starts, kind="stable")
    return Windows(
        starts=starts[order],
        ends=np.concatenate([windows.ends[kept], closer.ends])[order],
        regions=np.concatenate([windows.regions[kept], closer.regions])[order],
    ), np.concatenate([vectors[kept], more])[order]


def _mixed(windows: Windows, vectors: Vectors, embedder: VoiceEmbedder) -> list[int]:
    """Regions in which some window sounds unlike the next that shares no speech with it."""
    out = []
    for number in np.unique(windows.regions):
        inside = np.flatnonzero(windows.regions == number)
        first = windows.starts[inside]
        following = np.searchsorted(first, windows.ends[inside] - 0.1)
        pairs = [(i, min(int(j), len(inside) - 1)) for i, j in enumerate(following) if i < len(inside) - 1]
        likeness = [float(vectors[inside[i]] @ vectors[inside[j]]) for i, j in pairs]
        if likeness and min(likeness) < _TURN * embedder.one_voice:
            out.append(int(number))
    return out
