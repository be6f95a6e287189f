"""The stretches of speech that are compared by voice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.vad import Region

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
        return np.minimum((self.ends - self.starts) / window, 1.0)

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
