"""Who speaks: voices told apart, then named by what they say.

Without enrolment.  Windows of speech are clustered by voice, or by channel where each speaker has a microphone;
the sequence is smoothed so that a change of speaker needs evidence; the clusters get their roles from the words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio import Audio
from edge_agent.clustering import centres_of
from edge_agent.enrolment import Voiceprint
from edge_agent.roles import name_roles
from edge_agent.turns import Phrase, phrases
from edge_agent.windows import Windows, windows_of
from models.audio import SAMPLE_RATE, Samples
from models.speech import Passage
from models.vad import Region
from models.voices import Vectors, VoiceEmbedder
from scribe.domain.transcript import Speaker

_SWITCH = 4.0
"""What a change of speaker costs inside a stretch of speech; at a pause less, and less the longer it is."""
_SWITCH_AT_PAUSE = 1.5
_SWITCH_AT_LEAST = 0.3
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


class SpeakerTracker:
    """Who speaks, while the recording goes on and at its end.

    Stretches of speech are heard once (:meth:`hear`); their voices stay in this object's memory and are written
    nowhere.  Labels of the past change only in :meth:`finish`.
    """

    def __init__(self, embedder: VoiceEmbedder, *, channels: int = 1, physician: Voiceprint | None = None) -> None:
        self._embedder = embedder
        self._channels = channels
        self._physician = physician
        self._heard: list[tuple[Windows, Vectors, Samples]] = []

    def hear(self, audio: Samples, start: float, regions: Sequence[Region]) -> None:
        """Take a stretch of the recording, shape (channels, n), that begins at ``start`` seconds.

        ``regions`` are where someone speaks in it, on the recording's clock; each region is heard once, in order.
        """
        moved = [Region(start=region.start - start, end=region.end - start) for region in regions]
        local = windows_of(moved, self._embedder.window, self._embedder.hop)
        if len(local) == 0:
            return
        vectors = self._embedder.embed(_mono(audio), local.starts, local.ends)
        windows = Windows(starts=local.starts + start, ends=local.ends + start, regions=local.regions)
        self._heard.append((windows, vectors, _levels(audio, local)))

    def name(self, passages: Sequence[Passage]) -> list[tuple[Phrase, Speaker]]:
        """The speakers of what was just recognised, as far as is known now; thin evidence gives ``unknown``."""
        return [(phrase, "unknown") for phrase in phrases(passages)]

    def finish(self, passages: Sequence[Passage]) -> list[tuple[Phrase, Speaker]]:
        """Each phrase of the whole recording with its speaker, from all that was heard and said."""
        track = self.track()
        cut = phrases(passages, track.changes)
        voices = [track.voice(phrase.start, phrase.end) for phrase in cut]
        said = [(phrase.text, voice) for phrase, voice in zip(cut, voices, strict=True) if voice is not None]
        names = name_roles(said)
        return [
            (phrase, "unknown" if voice is None else names.get(voice, "unknown"))
            for phrase, voice in zip(cut, voices, strict=True)
        ]

    def track(self) -> VoiceTrack:
        """Which voice speaks in each window heard so far."""
        if not self._heard:
            empty = np.zeros(0)
            return VoiceTrack(starts=empty, ends=empty, labels=np.zeros(0, dtype=np.int64), changes=())
        windows, vectors, levels = self._heard[0]
        for later, more, louder in self._heard[1:]:
            windows = windows.joined(later)
            vectors, levels = np.concatenate([vectors, more]), np.concatenate([levels, louder])
        evidence = _by_channel(levels) if self._channels == 2 else None
        if evidence is None:
            centres = centres_of(vectors, windows, self._embedder)
            evidence = self._embedder.evidence * (vectors @ centres.T)
            evidence = (evidence * windows.filled(self._embedder.window)[:, None]).astype(np.float32)
        labels = _smoothed(evidence, _switch_costs(windows))
        return VoiceTrack(starts=windows.starts, ends=windows.ends, labels=labels, changes=_changes(windows, labels))


def attribute(
    audio: Audio,
    regions: Sequence[Region],
    passages: Sequence[Passage],
    embedder: VoiceEmbedder,
    *,
    physician: Voiceprint | None = None,
) -> list[tuple[Phrase, Speaker]]:
    """Each phrase with its speaker; where the evidence is thin the speaker is unknown."""
    tracker = SpeakerTracker(embedder, channels=len(audio.channels), physician=physician)
    tracker.hear(audio.channels, 0.0, regions)
    return tracker.finish(passages)


def voice_track(audio: Audio, regions: Sequence[Region], embedder: VoiceEmbedder) -> VoiceTrack:
    """Which voice speaks in each window of the regions."""
    tracker = SpeakerTracker(embedder, channels=len(audio.channels))
    tracker.hear(audio.channels, 0.0, regions)
    return tracker.track()


def _mono(audio: Samples) -> Samples:
    return np.asarray(audio.mean(axis=0), dtype=np.float32) if len(audio) > 1 else np.asarray(audio[0])


def _levels(audio: Samples, windows: Windows) -> Rows:
    """Decibel of each channel in each window."""
    rows = [
        10 * np.log10((audio[:, int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] ** 2).mean(axis=1) + 1e-9)
        for a, b in zip(windows.starts, windows.ends, strict=True)
    ]
    return np.array(rows, dtype=np.float32)


def _by_channel(levels: Rows) -> Rows | None:
    """Evidence for either channel, or None where the channels do not tell the speakers apart."""
    difference = levels[:, 0] - levels[:, 1]
    low, high = np.percentile(difference, [10, 90])
    middle = (low + high) / 2
    left, right = difference[difference > middle], difference[difference <= middle]
    if len(left) == 0 or len(right) == 0 or left.mean() - right.mean() < 2 * _CHANNEL_DECIBEL:
        return None
    leaning = np.clip((difference - middle) * _CHANNEL_EVIDENCE, -6, 6)
    return np.stack([leaning, -leaning], axis=1).astype(np.float32)


def _switch_costs(windows: Windows) -> NDArray[np.float64]:
    """The cost of a change of speaker before each window but the first."""
    pauses = np.maximum(windows.starts[1:] - windows.ends[:-1], 0.0)
    at_pause = np.maximum(_SWITCH_AT_LEAST, _SWITCH_AT_PAUSE - pauses)
    return np.where(windows.regions[1:] == windows.regions[:-1], _SWITCH, at_pause)


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


def _changes(windows: Windows, labels: NDArray[np.int64]) -> tuple[float, ...]:
    """When the voice changes: in the middle of the pause, or of the overlap of the two windows."""
    return tuple(
        float((windows.ends[index] + windows.starts[index + 1]) / 2)
        for index in range(len(labels) - 1)
        if labels[index] != labels[index + 1]
    )
