"""Who speaks: voices told apart, then named by what they say.

Without enrolment.  Windows of speech are clustered by voice, or by channel where each speaker has a microphone;
the sequence is smoothed so that a change of speaker needs evidence; the clusters get their roles from the words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio import Audio
from edge_agent.roles import name_roles
from edge_agent.turns import Phrase, phrases
from models.audio import SAMPLE_RATE
from models.speech import Passage
from models.vad import Region
from models.voices import WINDOW_SECONDS, VoiceEmbedder
from scribe.domain.transcript import Speaker

_HOP = 0.25
_ONE_VOICE = 0.8
"""Two clusters whose centres are closer than this cosine are one voice."""
_SWITCH = 4.0
"""What a change of speaker costs inside a stretch of speech; at a pause less, and less the longer it is."""
_SWITCH_AT_PAUSE = 1.5
_SWITCH_AT_LEAST = 0.3
_LEAST_SHARE = 0.04
_RESTARTS = 8
_ROUNDS = 25
_CHANNEL_DECIBEL = 3.0
_CHANNEL_EVIDENCE = 0.7

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTrack:
    """Windows of speech in order of time, and the voice (0, 1, …) of each; ``changes`` are times in seconds."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    labels: NDArray[np.int64]
    changes: tuple[float, ...]

    def voice(self, start: float, end: float) -> int | None:
        """The voice that has most of the stretch; None where no window lies in it."""
        shares = np.clip(np.minimum(self.ends, end) - np.maximum(self.starts, start), 0.0, None)
        if not shares.any():
            return None
        return int(np.argmax(np.bincount(self.labels, weights=shares)))


def attribute(
    audio: Audio, regions: Sequence[Region], passages: Sequence[Passage], embedder: VoiceEmbedder
) -> list[tuple[Phrase, Speaker]]:
    """Each phrase with its speaker: one voice alone, and voices that cannot be named, stay unknown."""
    track = voice_track(audio, regions, embedder)
    cut = phrases(passages, track.changes)
    voices = [track.voice(phrase.start, phrase.end) for phrase in cut]
    names = name_roles([(phrase.text, voice) for phrase, voice in zip(cut, voices, strict=True) if voice is not None])
    return [
        (phrase, "unknown" if voice is None else names.get(voice, "unknown"))
        for phrase, voice in zip(cut, voices, strict=True)
    ]


def voice_track(audio: Audio, regions: Sequence[Region], embedder: VoiceEmbedder) -> VoiceTrack:
    """Which voice speaks in each window of the regions."""
    starts, ends, of_region = _windows(regions)
    if len(starts) == 0:
        return VoiceTrack(starts=starts, ends=ends, labels=np.zeros(0, dtype=np.int64), changes=())
    evidence = _by_channel(audio, starts, ends)
    if evidence is None:
        vectors = embedder.embed(audio.mono, _middle(starts, ends))
        evidence = _by_voice(vectors, (ends - starts) / WINDOW_SECONDS, embedder.evidence)
    labels = _smoothed(evidence, _switch_costs(starts, ends, of_region))
    return VoiceTrack(starts=starts, ends=ends, labels=labels, changes=_changes(starts, ends, labels))


def _windows(regions: Sequence[Region]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Starts, ends and region numbers of windows every 0.25 s; a region shorter than a window is one window."""
    starts: list[float] = []
    ends: list[float] = []
    numbers: list[int] = []
    for number, region in enumerate(regions):
        if region.duration < WINDOW_SECONDS:
            firsts = [region.start]
        else:
            last = region.end - WINDOW_SECONDS
            firsts = [*np.arange(region.start, last, _HOP).tolist(), last]
        starts += firsts
        ends += [min(first + WINDOW_SECONDS, region.end) for first in firsts]
        numbers += [number] * len(firsts)
    return np.array(starts), np.array(ends), np.array(numbers, dtype=np.int64)


def _middle(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where to begin an embedding window so that it has the stretch in its middle."""
    return np.maximum(0.0, (starts + ends - WINDOW_SECONDS) / 2)


def _by_channel(audio: Audio, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Rows | None:
    """Evidence for either channel, or None where the channels do not tell the speakers apart.

    Two microphones do where their level difference falls into two groups, 6 dB or more apart: a stereo pair on one
    desk does not.
    """
    if len(audio.channels) != 2:
        return None
    levels = np.array(
        [
            10 * np.log10((audio.channels[:, int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] ** 2).mean(axis=1) + 1e-9)
            for a, b in zip(starts, ends, strict=True)
        ]
    )
    difference = levels[:, 0] - levels[:, 1]
    low, high = np.percentile(difference, [10, 90])
    middle = (low + high) / 2
    left, right = difference[difference > middle], difference[difference <= middle]
    if len(left) == 0 or len(right) == 0 or left.mean() - right.mean() < 2 * _CHANNEL_DECIBEL:
        return None
    leaning = np.clip((difference - middle) * _CHANNEL_EVIDENCE, -6, 6)
    return np.stack([leaning, -leaning], axis=1).astype(np.float32)


def _by_voice(vectors: Rows, filled: NDArray[np.float64], weight: float) -> Rows:
    """Evidence for each of two voices, or one column of zeros where there is one voice only.

    ``filled`` is the part of each window that is speech of its own: the rest is what stands around it.
    """
    whole = filled > 1 - 1e-6
    learnt = vectors[whole] if whole.sum() >= 4 else vectors
    centres = _two_means(learnt)
    if centres is None:
        return np.zeros((len(vectors), 1), dtype=np.float32)
    evidence = weight * (vectors @ centres.T)
    return np.asarray(evidence * filled[:, None], dtype=np.float32)


def _two_means(vectors: Rows) -> Rows | None:
    """Unit centres of two clusters, or None where the vectors are those of one voice."""
    if len(vectors) < 4:
        return None
    generator = np.random.default_rng(0)
    best: tuple[float, Rows, float] | None = None
    for _ in range(_RESTARTS):
        first = vectors[generator.integers(len(vectors))]
        centres = np.stack([first, vectors[np.argmin(vectors @ first)]])
        for _ in range(_ROUNDS):
            near = np.argmax(vectors @ centres.T, axis=1)
            if near.min() == near.max():
                break
            centres = np.stack([_direction(vectors[near == k]) for k in (0, 1)])
        fit = float((vectors @ centres.T).max(axis=1).sum())
        share = float(min(np.mean(near == 0), np.mean(near == 1)))
        if best is None or fit > best[0]:
            best = (fit, centres, share)
    if best is None or best[2] < _LEAST_SHARE or float(best[1][0] @ best[1][1]) > _ONE_VOICE:
        return None
    return best[1]


def _direction(vectors: Rows) -> Rows:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) + 1e-9), dtype=np.float32)


def _switch_costs(
    starts: NDArray[np.float64], ends: NDArray[np.float64], of_region: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The cost of a change of speaker before each window but the first."""
    pauses = np.maximum(starts[1:] - ends[:-1], 0.0)
    at_pause = np.maximum(_SWITCH_AT_LEAST, _SWITCH_AT_PAUSE - pauses)
    return np.where(of_region[1:] == of_region[:-1], _SWITCH, at_pause)


def _smoothed(evidence: Rows, costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The likeliest sequence of voices (Viterbi)."""
    count, voices = evidence.shape
    score = evidence[0].astype(np.float64)
    back = np.zeros((count, voices), dtype=np.int64)
    for index in range(1, count):
        table = score[:, None] - costs[index - 1] * (1 - np.eye(voices))
        back[index] = table.argmax(axis=0)
        score = table.max(axis=0) + evidence[index]
    labels = np.zeros(count, dtype=np.int64)
    labels[-1] = int(score.argmax())
    for index in range(count - 1, 0, -1):
        labels[index - 1] = back[index, labels[index]]
    return labels


def _changes(starts: NDArray[np.float64], ends: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, ...]:
    """When the voice changes: in the middle of the pause, or of the overlap of the two windows."""
    return tuple(
        float((ends[index] + starts[index + 1]) / 2)
        for index in range(len(labels) - 1)
        if labels[index] != labels[index + 1]
    )
