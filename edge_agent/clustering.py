"""Voices found in window vectors: how many there are, and how much each window sounds like each."""

import numpy as np
from numpy.typing import NDArray

from edge_agent.windows import Windows
from models.voices import Vectors, VoiceEmbedder

_ONE_VOICE = 0.8
"""Two clusters whose centres are closer than this cosine are one voice."""
_LEAST_SHARE = 0.04
_RESTARTS = 8
_ROUNDS = 25


def centres_of(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> Vectors:
    """One unit vector for each voice, in the order in which they are first heard."""
    whole = windows.filled(embedder.window) > 1 - 1e-6
    learnt = vectors[whole] if whole.sum() >= 4 else vectors
    found = _two_means(learnt)
    return _direction(learnt)[None, :] if found is None else found


def distinct_voices(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> int:
    """How many voices speak in the windows."""
    return len(centres_of(vectors, windows, embedder)) if len(vectors) else 0


def _two_means(vectors: Vectors) -> Vectors | None:
    """Unit centres of two clusters, or None where the vectors are those of one voice."""
    if len(vectors) < 4:
        return None
    generator = np.random.default_rng(0)
    best: tuple[float, Vectors, float] | None = None
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


def _direction(vectors: Vectors) -> NDArray[np.float32]:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) + 1e-9), dtype=np.float32)
