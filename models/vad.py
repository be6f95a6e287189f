"""Where someone speaks: Silero VAD on onnxruntime, and the pieces that are recognised at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples

FRAME = 512
"""Samples that one probability stands for: 32 ms."""

_CONTEXT = 64
_FRAMES_AT_ONCE = 10_000
FRAME_SECONDS = FRAME / SAMPLE_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A stretch of the recording in seconds."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class VadOptions:
    """Speech begins above ``onset`` and ends below ``offset`` for at least ``silence`` seconds.

    Stretches shorter than ``speech`` seconds are dropped (a click, a cough); ``pad`` seconds are kept on both
    sides.  0.5 and 0.35 are Silero's own thresholds.
    """

    onset: float = 0.5
    offset: float = 0.35
    silence: float = 0.16
    speech: float = 0.1
    pad: float = 0.06


class VoiceActivity:
    """Silero VAD; one network call an hour of audio, about 0.005 CPU seconds a second."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(model), providers=["CPUExecutionProvider"], sess_options=options
        )

    def probabilities(self, audio: Samples) -> NDArray[np.float32]:
        """The probability of speech in each :data:`FRAME` of the recording; the last frame is padded with zeros."""
        if audio.size == 0:
            return np.zeros(0, dtype=np.float32)
        frames = np.pad(audio, (0, -audio.size % FRAME)).reshape(-1, FRAME)
        context = np.vstack([np.zeros((1, _CONTEXT), dtype=np.float32), frames[:-1, -_CONTEXT:]])
        batch = np.hstack([context, frames]).astype(np.float32)
        hidden = np.zeros((1, 1, 128), dtype=np.float32)
        cell = np.zeros((1, 1, 128), dtype=np.float32)
        out = []
        for first in range(0, len(batch), _FRAMES_AT_ONCE):
            some, hidden, cell = self._session.run(
                None, {"input": batch[first : first + _FRAMES_AT_ONCE], "h": hidden, "c": cell}
            )
            out.append(np.asarray(some, dtype=np.float32).reshape(-1))
        return np.concatenate(out)

    def regions(self, audio: Samples, options: VadOptions | None = None) -> tuple[Region, ...]:
        """The stretches of speech, in order, apart from one another."""
        return speech_regions(self.probabilities(audio), audio.size / SAMPLE_RATE, options or VadOptions())


def speech_regions(probabilities: NDArray[np.float32], duration: float, options: VadOptions) -> tuple[Region, ...]:
    """Stretches of speech by hysteresis over frame probabilities."""
    found: list[tuple[float, float]] = []
    start: float | None = None
    quiet_since: float | None = None
    for index, probability in enumerate(probabilities):
        now = index * FRAME_SECONDS
        if probability >= options.onset:
            start = now if start is None else start
            quiet_since = None
        elif start is not None and probability < options.offset:
            quiet_since = now if quiet_since is None else quiet_since
            if now + FRAME_SECONDS - quiet_since >= options.silence:
                found.append((start, quiet_since))
                start = quiet_since = None
    if start is not None:
        found.append((start, quiet_since if quiet_since is not None else duration))
    return _padded([item for item in found if item[1] - item[0] >= options.speech], duration, options.pad)


def _padded(found: Sequence[tuple[float, float]], duration: float, pad: float) -> tuple[Region, ...]:
    """Widen each stretch by ``pad``, but at most to the middle of the silence between two."""
    out = []
    for index, (start, end) in enumerate(found):
        before = (start - found[index - 1][1]) / 2 if index else start
        after = (found[index + 1][0] - end) / 2 if index + 1 < len(found) else duration - end
        out.append(Region(start=start - min(pad, before), end=end + min(pad, max(after, 0.0))))
    return tuple(out)


def chunks(regions: Sequence[Region], longest: float = 28.0, widest_gap: float = 2.0) -> tuple[Region, ...]:
    """Regions gathered into pieces of at most ``longest`` seconds, cut at the longest pauses.

    A pause of ``widest_gap`` or more always cuts.  A single region longer than ``longest`` is cut into equal
    parts.
    """
    pieces = [piece for region in regions for piece in _divided(region, longest)]
    out: list[Region] = []
    group: list[Region] = []
    for piece in pieces:
        if group and piece.start - group[-1].end >= widest_gap:
            out.append(_span(group))
            group = []
        while group and piece.end - group[0].start > longest:
            cut = _widest(group, piece)
            out.append(_span(group[:cut]))
            group = group[cut:]
        group.append(piece)
    if group:
        out.append(_span(group))
    return tuple(out)


def _divided(region: Region, longest: float) -> list[Region]:
    count = int(np.ceil(region.duration / longest)) or 1
    edges = np.linspace(region.start, region.end, count + 1)
    return [Region(start=float(edges[i]), end=float(edges[i + 1])) for i in range(count)]


def _widest(group: Sequence[Region], following: Region) -> int:
    """How many of the group go before the cut: at the widest pause of the later half."""
    starts = [*(item.start for item in group[1:]), following.start]
    gaps = [start - item.end for start, item in zip(starts, group, strict=True)]
    middle = (group[0].start + group[-1].end) / 2
    later = [index for index, item in enumerate(group) if item.end >= middle]
    return max(later, key=lambda index: gaps[index]) + 1


def _span(group: Sequence[Region]) -> Region:
    return Region(start=group[0].start, end=group[-1].end)
