"""Where someone speaks: Silero VAD on onnxruntime, and the pieces that are recognised at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples
from models.onnx_session import session

FRAME = 512
"""Samples that one probability stands for: 32 ms."""

_CONTEXT = 64
_FRAMES_AT_ONCE = 1_000
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
    """Silero VAD; one network call for half a minute of audio, about 0.005 CPU seconds a second."""

    def __init__(self, model: Path) -> None:
        self._session = session(model)

    def probabilities(self, audio: Samples) -> NDArray[np.float32]:
        """The probability of speech in each :data:`FRAME` of the recording; the last frame is padded with zeros."""
        stream = ActivityStream(self)
        return np.concatenate([stream.feed(audio), stream.end()])

    def run(self, batch: Samples, hidden: Samples, cell: Samples) -> tuple[Samples, Samples, Samples]:
        """One network call: rows of 64 samples of context and a frame, and the state before them."""
        out, hidden, cell = self._session.run(None, {"input": batch, "h": hidden, "c": cell})
        return np.asarray(out, dtype=np.float32).reshape(-1), hidden, cell

    def regions(self, audio: Samples, options: VadOptions | None = None) -> tuple[Region, ...]:
        """The stretches of speech, in order, apart from one another."""
        return speech_regions(self.probabilities(audio), audio.size / SAMPLE_RATE, options or VadOptions())


class ActivityStream:
    """The probabilities of one recording as its audio arrives; the same as those of the whole at once."""

    def __init__(self, activity: VoiceActivity) -> None:
        self._activity = activity
        self._hidden = np.zeros((1, 1, 128), dtype=np.float32)
        self._cell = np.zeros((1, 1, 128), dtype=np.float32)
        self._context = np.zeros(_CONTEXT, dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)

    def feed(self, audio: Samples) -> NDArray[np.float32]:
        """The probabilities of the frames that are complete now; the rest waits for what follows."""
        audio = np.concatenate([self._rest, audio])
        whole = audio.size - audio.size % FRAME
        self._rest = audio[whole:].astype(np.float32)
        if whole == 0:
            return np.zeros(0, dtype=np.float32)
        frames = audio[:whole].reshape(-1, FRAME)
        context = np.vstack([self._context[None, :], frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:].astype(np.float32)
        batch = np.hstack([context, frames]).astype(np.float32)
        out = []
        for first in range(0, len(batch), _FRAMES_AT_ONCE):
            some, self._hidden, self._cell = self._activity.run(
                batch[first : first + _FRAMES_AT_ONCE], self._hidden, self._cell
            )
            out.append(some)
        return np.concatenate(out)

    def end(self) -> NDArray[np.float32]:
        """The probability of the last, incomplete frame, padded with zeros; empty where there is none."""
        if self._rest.size == 0:
            return np.zeros(0, dtype=np.float32)
        return self.feed(np.zeros(FRAME - self._rest.size, dtype=np.float32))


class RegionFinder:
    """Stretches of speech by hysteresis over frame probabilities, as these arrive."""

    def __init__(self, options: VadOptions | None = None) -> None:
        self.options = options or VadOptions()
        self.frames = 0
        self.open_since: float | None = None
        """When the stretch began that is not over yet, unpadded; None in silence."""
        self.quiet_since: float | None = None
        """Since when nobody speaks in the open stretch; None while someone does."""
        self._found: list[tuple[float, float]] = []

    @property
    def heard_to(self) -> float:
        """Seconds."""
        return self.frames * FRAME_SECONDS

    def feed(self, probabilities: NDArray[np.float32]) -> None:
        for probability in probabilities.tolist():
            self._hear(probability)
            self.frames += 1

    def _hear(self, probability: float) -> None:
        now = self.heard_to
        if probability >= self.options.onset:
            self.open_since = now if self.open_since is None else self.open_since
            self.quiet_since = None
        elif self.open_since is not None and probability < self.options.offset:
            self.quiet_since = now if self.quiet_since is None else self.quiet_since
            if now + FRAME_SECONDS - self.quiet_since >= self.options.silence:
                self._keep(self.open_since, self.quiet_since)
                self.open_since = self.quiet_since = None

    def _keep(self, start: float, end: float) -> None:
        if end - start >= self.options.speech:
            self._found.append((start, end))

    def settled(self, first: int = 0) -> tuple[Region, ...]:
        """The regions from number ``first`` on that nothing to come can change."""
        return tuple(self._region(index, self.heard_to) for index in range(first, self._settled))

    @property
    def _settled(self) -> int:
        silent_to = self.heard_to if self.open_since is None else self.open_since
        waits = bool(self._found) and self._found[-1][1] + 2 * self.options.pad > silent_to
        return len(self._found) - waits

    @property
    def settled_to(self) -> float:
        """Seconds before which no region begins but those that :meth:`settled` gives."""
        starts = [self.heard_to] if self.open_since is None else [self.open_since]
        if self._settled < len(self._found):
            starts.append(self._found[-1][0])
        return max(0.0, min(starts) - self.options.pad)

    def end(self, duration: float) -> tuple[Region, ...]:
        """All regions of the recording, which is over after ``duration`` seconds."""
        if self.open_since is not None:
            self._keep(self.open_since, duration if self.quiet_since is None else self.quiet_since)
            self.open_since = self.quiet_since = None
        return tuple(self._region(index, duration) for index in range(len(self._found)))

    def _region(self, index: int, duration: float) -> Region:
        """The stretch widened by ``pad``, but at most to the middle of the silence between two."""
        start, end = self._found[index]
        before = (start - self._found[index - 1][1]) / 2 if index else start
        last = index + 1 == len(self._found)
        after = duration - end if last else (self._found[index + 1][0] - end) / 2
        pad = self.options.pad
        return Region(start=start - min(pad, before), end=end + min(pad, max(after, 0.0)))


def speech_regions(probabilities: NDArray[np.float32], duration: float, options: VadOptions) -> tuple[Region, ...]:
    """The stretches of speech of a whole recording."""
    finder = RegionFinder(options)
    finder.feed(probabilities)
    return finder.end(duration)


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
