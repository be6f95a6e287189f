"""Stand-ins for voices: an embedder that reads who speaks from the loudness of the samples."""

import numpy as np

from edge_agent.audio import Audio
from models.audio import SAMPLE_RATE, Samples
from models.speech import Passage
from models.vad import Region
from scribe.domain.transcript import Word

LEVELS = (0.1, 0.2, 0.3, 0.4)
_DIMENSIONS = 64


class LoudnessVoices:
    """Hears voice k where most samples lie near ``LEVELS[k]``; each window with noise of its own."""

    name = "loudness"
    window = 1.5
    hop = 0.75
    evidence = 30.0
    one_voice = 0.4
    most_voices = 4
    comparable = True

    def __init__(self, noise: float = 0.08) -> None:
        self._noise = noise
        self._voices = np.linalg.qr(np.random.default_rng(5).normal(size=(_DIMENSIONS, _DIMENSIONS)))[0][: len(LEVELS)]

    def embed(self, audio: Samples, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        rows = []
        for start, end in zip(starts, ends, strict=True):
            part = np.abs(audio[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)])
            near = np.abs(part[part > 0.05][:, None] - np.array(LEVELS)).argmin(axis=1)
            shares = np.bincount(near, minlength=len(LEVELS)) / max(near.size, 1)
            generator = np.random.default_rng(int(start * 1000) + int(end * 1000))
            rows.append(shares @ self._voices + generator.normal(0, self._noise, _DIMENSIONS))
        out = np.array(rows).reshape(len(rows), _DIMENSIONS)
        return (out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-9)).astype(np.float32)


Spoken = tuple[int, float, str]
"""Voice, seconds, text."""


def consultation(spoken: list[Spoken], pause: float = 0.5) -> tuple[Audio, list[Region], list[Passage]]:
    """Turns one after the other, each a region of its own with words spread over it."""
    parts: list[Samples] = []
    regions: list[Region] = []
    passages: list[Passage] = []
    now = 0.0
    for voice, seconds, text in spoken:
        sign = np.where(np.arange(int(seconds * SAMPLE_RATE)) % 2, 1, -1)
        parts += [(LEVELS[voice] * sign).astype(np.float32), np.zeros(int(pause * SAMPLE_RATE), dtype=np.float32)]
        regions.append(Region(start=now, end=now + seconds))
        texts = text.split()
        step = seconds / len(texts)
        words = tuple(
            Word(text=t, start=now + i * step, end=now + (i + 1) * step, probability=0.9) for i, t in enumerate(texts)
        )
        passages.append(Passage(words=words, confidence=0.9))
        now += seconds + pause
    return audio_of(np.concatenate(parts)), regions, passages


def audio_of(samples: Samples) -> Audio:
    return Audio(channels=np.atleast_2d(samples), sha256="0" * 64, sample_rate=SAMPLE_RATE)
