"""Who speaks: voices told apart by microphone or by sound, then named by what they say.

Where each speaker has a microphone the louder channel tells who speaks; else the voice does.  What a voice says,
whether it is the enrolled physician's, and which microphone is nearest to it tell its role; what is said in a phrase
and how sure the voice is there decide together, in nats, and where the two leave doubt the speaker is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio import Audio
from edge_agent.channels import FRAME_SECONDS, ChannelTrack, Levels, by_channel, levels_of
from edge_agent.clustering import FollowedVoices, likelihoods, posteriors, sequence, switch_costs, voices_in
from edge_agent.enrolment import Voiceprint
from edge_agent.roles import name_roles, physician_score
from edge_agent.turns import Phrase, phrases
from edge_agent.windows import Windows, listen
from models.audio import Samples
from models.speech import Passage
from models.vad import Region
from models.voices import Vectors, VoiceEmbedder
from scribe.domain.transcript import Speaker

_SURE = 0.6
"""The probability from which a phrase is given to a speaker."""
_WORDS = 0.5
"""How much the words of one phrase count beside its voice."""
_MOST_WORDS = 2.0
_PHYSICIANS_CHANNEL = 1.0
"""Nats for the speaker of the first channel being the physician: where the desk puts that microphone."""
_LIKE_VOICEPRINT = 0.42
"""Share of a voiceprint's own likeness at which a voice is as likely the physician's as not."""
_NEAR_BEST = 0.8
"""Of several such voices those count that are nearly as like the voiceprint as the likest."""
_VOICEPRINT = 20.0
_MOST_LEANING = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTrack:
    """Who speaks when: windows in order of time and the voice (0, 1, …) of each; ``changes`` are times in seconds.

    ``probabilities`` has a row for each window and a column for each voice; in ``overlaps`` two speak at once.
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    labels: NDArray[np.int64]
    changes: tuple[float, ...]
    probabilities: NDArray[np.float64]
    overlaps: tuple[Region, ...] = ()

    def shares(self, start: float, end: float) -> NDArray[np.float64] | None:
        """The probability of each voice over a stretch; None where no window lies in it."""
        weights = np.clip(np.minimum(self.ends, end) - np.maximum(self.starts, start), 0.0, None)
        if not weights.any():
            return None
        return np.asarray(weights @ self.probabilities / weights.sum())

    def voice(self, start: float, end: float) -> int | None:
        """The voice that has most of the stretch; None where no window lies in it."""
        shares = self.shares(start, end)
        return None if shares is None else int(shares.argmax())


class SpeakerTracker:
    """Who speaks, while the recording goes on and at its end.

    Stretches of speech are heard once (:meth:`hear`); their voices stay in this object's memory and are written
    nowhere.  What :meth:`name` answered is not changed by what comes later; :meth:`finish` looks at all of it anew.
    """

    def __init__(self, embedder: VoiceEmbedder, *, channels: int = 1, physician: Voiceprint | None = None) -> None:
        self._embedder = embedder
        self._channels = channels
        self._physician = physician if physician is not None and physician.model == embedder.name else None
        self._windows: Windows | None = None
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._levels: Levels | None = None
        self._followed = FollowedVoices(embedder)
        self._labels: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._said: list[tuple[str, int]] = []

    @property
    def follows(self) -> bool:
        """False for voices that can be told apart only with the whole recording at hand."""
        return self._embedder.comparable

    def hear(self, audio: Samples, start: float, regions: Sequence[Region]) -> None:
        """Take a stretch of the recording, shape (channels, n), that begins at ``start`` seconds.

        ``regions`` are where someone speaks in it, on the recording's clock; each region is heard once, in order.
        """
        if not regions:
            return
        moved = [Region(start=region.start - start, end=region.end - start) for region in regions]
        local, vectors = listen(_mono(audio), moved, self._embedder)
        windows = Windows(starts=local.starts + start, ends=local.ends + start, regions=local.regions)
        self._labels = np.concatenate([self._labels, self._followed.label(vectors, windows)])
        first = self._windows is None
        self._windows = windows if self._windows is None else self._windows.joined(windows)
        self._vectors = vectors if first else np.concatenate([self._vectors, vectors])
        if self._channels == 2:
            levels = levels_of(audio, start, regions)
            self._levels = levels if self._levels is None else self._levels.joined(levels)

    def name(self, passages: Sequence[Passage]) -> list[tuple[Phrase, Speaker]]:
        """The speakers of what was recognised since the last call, as far as is known now.

        Thin evidence gives ``unknown``.
        """
        track = self._by_channel()
        if track is None and self._windows is not None:
            hot = np.eye(len(self._followed.means))[self._labels]
            track = _track(self._windows, self._labels, hot)
        if track is None:
            return [(phrase, "unknown") for phrase in phrases(passages)]
        fresh = phrases(passages, track.changes)
        self._said += _said(fresh, track)
        return _named(fresh, track, name_roles(self._said, self._leaning(track)))

    def finish(self, passages: Sequence[Passage]) -> list[tuple[Phrase, Speaker]]:
        """Each phrase of the whole recording with its speaker, from all that was heard and said."""
        track = self.track()
        cut = phrases(passages, track.changes)
        return _named(cut, track, name_roles(_said(cut, track), self._leaning(track)))

    def track(self) -> VoiceTrack:
        """Which voice speaks in each window heard so far."""
        if self._windows is None or len(self._windows) == 0:
            empty = np.zeros(0)
            labels = np.zeros(0, dtype=np.int64)
            return VoiceTrack(starts=empty, ends=empty, labels=labels, changes=(), probabilities=np.zeros((0, 1)))
        channels = self._by_channel()
        if channels is not None:
            return channels
        voices = voices_in(self._vectors, self._windows, self._embedder)
        scores = likelihoods(self._vectors, self._windows, voices, self._embedder)
        costs = switch_costs(self._windows)
        return _track(self._windows, sequence(scores, costs), posteriors(scores, costs))

    def physician_voices(self, track: VoiceTrack) -> frozenset[int]:
        """The voices of a track that are the enrolled physician's; none without a voiceprint of this embedder."""
        likeness = self._like_physician(track)
        least = max(_LIKE_VOICEPRINT, _NEAR_BEST * max(likeness.values(), default=0.0))
        return frozenset(voice for voice, share in likeness.items() if share >= least)

    def _by_channel(self) -> VoiceTrack | None:
        if self._levels is None:
            return None
        found = by_channel(self._levels)
        return None if found is None else _channel_track(self._levels, found)

    def _leaning(self, track: VoiceTrack) -> dict[int, float]:
        """Nats for each voice being the physician's, from the voiceprint and the microphones."""
        leaning: dict[int, float] = {}
        physicians = self.physician_voices(track)
        for voice, share in self._like_physician(track).items():
            nats = float(np.clip(_VOICEPRINT * (share - _LIKE_VOICEPRINT), -_MOST_LEANING, _MOST_LEANING))
            leaning[voice] = nats if voice in physicians else min(nats, 0.0)
        if self._channels == 2 and self._by_channel() is not None:
            leaning[0] = leaning.get(0, 0.0) + _PHYSICIANS_CHANNEL
        return leaning

    def _like_physician(self, track: VoiceTrack) -> dict[int, float]:
        """How like the voiceprint each voice is, as a share of how like it its own windows were."""
        if self._physician is None or self._windows is None:
            return {}
        likeness = self._vectors @ self._physician.vector / max(self._physician.likeness, 1e-3)
        weight = self._windows.filled(self._embedder.window) ** 2
        pairs = zip(self._windows.starts, self._windows.ends, strict=True)
        labels = np.array([-1 if (voice := track.voice(a, b)) is None else voice for a, b in pairs])
        return {
            int(voice): float(np.average(likeness[labels == voice], weights=weight[labels == voice] + 1e-6))
            for voice in np.unique(labels[labels >= 0])
        }


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


def _said(cut: Sequence[Phrase], track: VoiceTrack) -> list[tuple[str, int]]:
    voices = [(phrase.text, track.voice(phrase.start, phrase.end)) for phrase in cut]
    return [(text, voice) for text, voice in voices if voice is not None]


def _named(cut: Sequence[Phrase], track: VoiceTrack, names: dict[int, Speaker]) -> list[tuple[Phrase, Speaker]]:
    return [(phrase, _speaker(phrase, track.shares(phrase.start, phrase.end), names)) for phrase in cut]


def _speaker(phrase: Phrase, shares: NDArray[np.float64] | None, names: dict[int, Speaker]) -> Speaker:
    """The likeliest role: the voice's probability times what the words say for a physician or against."""
    if shares is None or not names:
        return "unknown"
    words = float(np.clip(physician_score(phrase.text), -_MOST_WORDS, _MOST_WORDS))
    weights: dict[Speaker, float] = {}
    for voice, share in enumerate(shares):
        role = names.get(voice, "unknown")
        said = _WORDS * words if role == "doctor" else 0.0
        weights[role] = weights.get(role, 0.0) + float(share) * float(np.exp(said))
    best = max(weights, key=lambda role: weights[role])
    return best if weights[best] >= _SURE * sum(weights.values()) else "unknown"


def _track(windows: Windows, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> VoiceTrack:
    """Voices numbered in the order in which they are first heard."""
    return VoiceTrack(
        starts=windows.starts,
        ends=windows.ends,
        labels=labels,
        changes=_changes(windows.starts, windows.ends, labels),
        probabilities=probabilities,
    )


def _channel_track(levels: Levels, found: ChannelTrack) -> VoiceTrack:
    starts, ends = levels.times - FRAME_SECONDS / 2, levels.times + FRAME_SECONDS / 2
    return VoiceTrack(
        starts=starts,
        ends=ends,
        labels=found.labels,
        changes=_changes(starts, ends, found.labels),
        probabilities=np.eye(2)[found.labels],
        overlaps=found.overlaps,
    )


def _changes(starts: NDArray[np.float64], ends: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, ...]:
    """When the voice changes: in the middle of the pause, or of the overlap of the two windows."""
    at = np.flatnonzero(labels[1:] != labels[:-1])
    return tuple(((ends[at] + starts[at + 1]) / 2).tolist())


def _mono(audio: Samples) -> Samples:
    return np.asarray(audio.mean(axis=0), dtype=np.float32) if len(audio) > 1 else np.asarray(audio[0])
