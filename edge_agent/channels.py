"""Who speaks where each speaker has a microphone: by the levels of two channels.

The nearer microphone hears its speaker louder by more than the other's; by how much is learnt from the recording
itself, stretch by stretch, so that two microphones of unequal gain, or one that is moved, do no harm.  Both speak at
once where neither channel is as far below the other as crosstalk alone would leave it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge_agent.clustering import sequence
from models.audio import SAMPLE_RATE, Samples
from models.vad import Region

FRAME_SECONDS = 0.05
BOTH = 2
"""The label of frames in which both speak."""
_LEAST_APART = 6.0
"""dB between the two speakers' level differences from which the channels are microphones of their own."""
_LEAST_SHARE = 0.04
_LOUD = 12.0
_STRETCH_SECONDS = 45.0
_SPREAD = 3.0
_SWITCH = 6.0
_SWITCH_AT_PAUSE = 1.0
_LEAST_OVERLAP = 0.25

Decibels = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Levels of two channels in dB: ``decibels`` (n, 2) in frames of 50 ms at ``times``, in ``regions``."""

    times: Decibels
    decibels: Decibels
    regions: NDArray[np.int64]

    def joined(self, later: "Levels") -> "Levels":
        first = int(self.regions[-1]) + 1 if len(self.regions) else 0
        return Levels(
            times=np.concatenate([self.times, later.times]),
            decibels=np.concatenate([self.decibels, later.decibels]),
            regions=np.concatenate([self.regions, later.regions + first]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrack:
    """The louder speaker's channel in each frame, and where both speak."""

    labels: NDArray[np.int64]
    overlaps: tuple[Region, ...]


def levels_of(audio: Samples, start: float, regions: Sequence[Region]) -> Levels:
    """Levels in the regions of a two-channel stretch that begins at ``start`` seconds."""
    frame = int(FRAME_SECONDS * SAMPLE_RATE)
    times, rows, numbers = [], [], []
    for number, region in enumerate(regions):
        first = max(0, int((region.start - start) * SAMPLE_RATE))
        part = audio[:, first : int((region.end - start) * SAMPLE_RATE)]
        count = part.shape[1] // frame
        power = (part[:, : count * frame].reshape(2, count, frame).astype(np.float64) ** 2).mean(axis=2)
        rows.append(10 * np.log10(power.T + 1e-10))
        times.append(start + first / SAMPLE_RATE + (np.arange(count) + 0.5) * FRAME_SECONDS)
        numbers.append(np.full(count, number, dtype=np.int64))
    empty = np.zeros(0)
    return Levels(
        times=np.concatenate(times) if times else empty,
        decibels=np.concatenate(rows) if rows else np.zeros((0, 2)),
        regions=np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int64),
    )


def by_channel(levels: Levels) -> ChannelTrack | None:
    """Which channel's speaker talks, or None where the channels do not tell speakers apart.

    They do where the level difference falls into two groups 6 dB or more apart: a stereo pair on one desk, one
    microphone recorded twice, or one speaker alone does not.
    """
    if len(levels.times) == 0:
        return None
    difference = levels.decibels[:, 0] - levels.decibels[:, 1]
    loud = _loud(levels)
    whole = _two_groups(difference[loud])
    if whole is None:
        return None
    scores = np.zeros((len(difference), 3))
    for stretch in _stretches(levels.times):
        own = _two_groups(difference[stretch & loud]) or whole
        scores[stretch] = _scores(difference[stretch], own)
    scores *= loud[:, None]
    same = levels.regions[1:] == levels.regions[:-1]
    costs = np.where(same, _SWITCH, _SWITCH_AT_PAUSE)
    states = sequence(scores, costs)
    labels = np.where(states == BOTH, sequence(scores[:, :BOTH], costs), states)
    return ChannelTrack(labels=labels, overlaps=_overlaps(levels, states))


def _loud(levels: Levels) -> NDArray[np.bool_]:
    """Frames within 12 dB of their channel's usual speech level: the others say little about who speaks."""
    usual = np.percentile(levels.decibels, 75, axis=0)
    return np.asarray((levels.decibels - usual).max(axis=1) > -_LOUD)


def _two_groups(difference: Decibels) -> tuple[float, float] | None:
    """The level differences of either speaker alone (two-means), or None where there is one group only."""
    if len(difference) < 2:
        return None
    low, high = np.percentile(difference, [5, 95])
    for _ in range(20):
        upper = difference > (low + high) / 2
        if upper.all() or not upper.any():
            return None
        low, high = float(np.median(difference[~upper])), float(np.median(difference[upper]))
    if high - low < _LEAST_APART or min(upper.mean(), 1 - upper.mean()) < _LEAST_SHARE:
        return None
    return high, low


def _scores(difference: Decibels, groups: tuple[float, float]) -> Decibels:
    """Nats for the first channel's speaker, the second's, and both at once."""
    high, low = groups
    spread = max(_SPREAD, (high - low) / 5)
    centres = np.array([high, low, (high + low) / 2])
    beyond = np.clip(difference, low, high)
    return np.asarray(-0.5 * np.minimum(((beyond[:, None] - centres) / spread) ** 2, 16.0))


def _stretches(times: Decibels) -> list[NDArray[np.bool_]]:
    count = max(1, round((times[-1] - times[0]) / _STRETCH_SECONDS))
    edges = np.linspace(times[0], times[-1] + FRAME_SECONDS, count + 1)
    return [(times >= first) & (times < last) for first, last in pairwise(edges)]


def _overlaps(levels: Levels, states: NDArray[np.int64]) -> tuple[Region, ...]:
    found: list[Region] = []
    both = np.flatnonzero(states == BOTH)
    for run in np.split(both, np.flatnonzero(np.diff(both) > 1) + 1):
        if len(run) * FRAME_SECONDS >= _LEAST_OVERLAP:
            half = FRAME_SECONDS / 2
            found.append(Region(start=float(levels.times[run[0]] - half), end=float(levels.times[run[-1]] + half)))
    return tuple(found)
