"""Voices found in window vectors: how many there are, and which of them each window sounds like.

Pieces of about 1.5 s are merged as long as two groups sound like one voice (agglomerative clustering, average
linkage of cosines: what Ning et al. 2006 and later 3D-Speaker call the cluster score); then the windows are labelled
by the likeliest sequence (Viterbi), in which a change of voice inside a stretch of speech needs more evidence than
one at a pause, and the voices are learnt anew from their windows.  Nothing is random.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_agent.windows import Windows
from models.voices import Vectors, VoiceEmbedder

_UNLIKE = 0.75
"""Share of what makes one voice below which two neighbours may be two speakers'."""
_PIECE_SECONDS = 1.5
_LEAST_FILLED = 0.6
_ROUNDS = 4
_ALIKE = 0.7
"""Share of their own likeness that two voices may have in common before they count as one."""
_BLOCK = 400
_GONE = -2.0
_SWITCH = 4.0
"""What a change of speaker costs inside a stretch of speech, in nats; at a pause less, less the longer it is."""
_SWITCH_AT_PAUSE = 1.5
_SWITCH_AT_LEAST = 0.3

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


def voices_in(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> Vectors:
    """One mean vector for each voice (its length tells how alike its windows are), in order of first appearance.

    At most as many as the embedder tells apart; one where there are no windows to tell voices apart.
    """
    groups = _merged(*_pieces(vectors, windows, embedder), embedder.one_voice)
    voices = np.array([mean for mean, count in groups if count > 1] or [max(groups, key=lambda g: g[1])[0]])
    for _ in range(_ROUNDS):
        labels = sequence(likelihoods(vectors, windows, voices, embedder), switch_costs(windows))
        voices = _learnt(vectors, windows, labels, embedder)
    return voices


def distinct_voices(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> int:
    """How many voices speak in the windows."""
    return len(voices_in(vectors, windows, embedder)) if len(vectors) else 0


def likelihoods(vectors: Vectors, windows: Windows, voices: Vectors, embedder: VoiceEmbedder) -> Scores:
    """Nats in favour of each voice (columns) in each window (rows), up to a constant a row.

    A window that is not full counts for as much as there is of it, and one that shares its speech with the windows
    beside it for its own part.
    """
    directions = voices / (np.linalg.norm(voices, axis=1, keepdims=True) + 1e-9)
    weight = (windows.filled(embedder.window) * windows.spacing(embedder.hop))[:, None]
    return np.asarray(embedder.evidence * weight * (vectors @ directions.T), dtype=np.float64)


def switch_costs(windows: Windows) -> Scores:
    """The cost of a change of speaker before each window but the first."""
    pauses = np.maximum(windows.starts[1:] - windows.ends[:-1], 0.0)
    at_pause = np.maximum(_SWITCH_AT_LEAST, _SWITCH_AT_PAUSE - pauses)
    return np.where(windows.regions[1:] == windows.regions[:-1], _SWITCH, at_pause)


def sequence(scores: Scores, costs: Scores) -> Labels:
    """The likeliest sequence of voices (Viterbi)."""
    count, voices = scores.shape
    total = scores[0].copy()
    back = np.zeros((count, voices), dtype=np.int64)
    for index in range(1, count):
        best = int(total.argmax())
        changed = total[best] - costs[index - 1]
        back[index] = np.where(total >= changed, np.arange(voices), best)
        total = np.maximum(total, changed) + scores[index]
    labels = np.zeros(count, dtype=np.int64)
    labels[-1] = int(total.argmax())
    for index in range(count - 1, 0, -1):
        labels[index - 1] = back[index, labels[index]]
    return labels


def posteriors(scores: Scores, costs: Scores) -> Scores:
    """The probability of each voice in each window, given all windows (forward-backward)."""
    ahead, behind = _forward(scores, costs), _forward(scores[::-1], costs[::-1])[::-1]
    total = ahead + behind - scores
    total -= total.max(axis=1, keepdims=True)
    weights = np.exp(total)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _forward(scores: Scores, costs: Scores) -> Scores:
    out = np.empty_like(scores)
    out[0] = scores[0]
    for index in range(1, len(scores)):
        before = out[index - 1] - out[index - 1].max()
        change = np.exp(-costs[index - 1])
        mixed = np.log((1 - change) * np.exp(before) + change * np.exp(before).sum() + 1e-300)
        out[index] = mixed + scores[index]
    return out


class FollowedVoices:
    """Voices told apart as they come: what was labelled stays as it was labelled.

    A stretch that sounds like none of the known voices founds one, where it is long enough to be sure.
    """

    def __init__(self, embedder: VoiceEmbedder) -> None:
        self._embedder = embedder
        self._sums: list[Vectors] = []
        self._counts: list[float] = []

    @property
    def means(self) -> Vectors:
        return np.array([total / count for total, count in zip(self._sums, self._counts, strict=True)])

    def label(self, vectors: Vectors, windows: Windows) -> Labels:
        """The voice of each of these windows, which come after all that were labelled before."""
        for region in np.unique(windows.regions):
            self._found(
                vectors[windows.regions == region], windows.filled(self._embedder.window)[windows.regions == region]
            )
        scores = likelihoods(vectors, windows, self.means, self._embedder)
        labels = sequence(scores, switch_costs(windows))
        for index, voice in enumerate(labels):
            self._sums[voice] = self._sums[voice] + vectors[index]
            self._counts[voice] += 1.0
        return labels

    def _found(self, vectors: Vectors, filled: Scores) -> None:
        """Found a voice where the windows of a region sound like each other and like nobody known."""
        if self._sums and (len(self._sums) == self._embedder.most_voices or filled.max() < _LEAST_FILLED):
            return
        unlike = np.ones(len(vectors), dtype=bool)
        if self._sums:
            unlike = (vectors @ self.means.T).max(axis=1) < _UNLIKE * self._embedder.one_voice
        if unlike.mean() > 1 / 2:
            self._sums.append(vectors[unlike].mean(axis=0))
            self._counts.append(1.0)


def _pieces(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> tuple[Vectors, Labels]:
    """Means of neighbouring windows of a region, at most 1.5 s each, and how much each counts: 2 where it is sure.

    A piece that is a region of its own is sure; alone, one of a longer region founds no voice.  Windows that lie
    between two that sound unlike each other are left out: they straddle a change of speaker.
    """
    filled = windows.filled(embedder.window)
    pure = ~_straddling(vectors, windows, embedder)
    means: list[Vectors] = []
    counts: list[int] = []
    for region in np.unique(windows.regions):
        inside = np.flatnonzero((windows.regions == region) & pure)
        if len(inside) == 0 or (len(inside) == 1 and filled[inside[0]] < _LEAST_FILLED):
            continue
        slots = (windows.ends[inside] - windows.ends[inside[0]]) // max(_PIECE_SECONDS - embedder.window, 0.01)
        for slot in np.unique(slots):
            means.append(vectors[inside[slots == slot]].mean(axis=0))
            counts.append(2 if np.all(slots == slot) else 1)
    if not means:
        return vectors, np.full(len(vectors), 2, dtype=np.int64)
    return np.array(means), np.array(counts, dtype=np.int64)


def _straddling(vectors: Vectors, windows: Windows, embedder: VoiceEmbedder) -> NDArray[np.bool_]:
    """Windows whose neighbours half a window before and after, in the same region, sound unlike each other."""
    half = embedder.window / 2 - 0.01
    before = np.searchsorted(windows.starts, windows.starts - half, side="right") - 1
    after = np.minimum(np.searchsorted(windows.starts, windows.starts + half), len(windows) - 1)
    same = (before >= 0) & (windows.regions[before] == windows.regions) & (windows.regions[after] == windows.regions)
    likeness = np.einsum("nd,nd->n", vectors[before], vectors[after])
    return np.asarray(same & (likeness < _UNLIKE * embedder.one_voice))


def _merged(means: Vectors, counts: Labels, one_voice: float) -> list[tuple[Vectors, int]]:
    """Groups of pieces as mean and count; long recordings are merged block by block first."""
    if len(means) > _BLOCK:
        parts = range(0, len(means), _BLOCK)
        groups = [
            group
            for first in parts
            for group in _merged(means[first : first + _BLOCK], counts[first : first + _BLOCK], one_voice)
        ]
        means = np.array([mean for mean, _ in groups])
        counts = np.array([count for _, count in groups], dtype=np.int64)
    means, counts = means.astype(np.float32), counts.copy()
    likeness = means @ means.T
    np.fill_diagonal(likeness, _GONE)
    alive = np.ones(len(means), dtype=bool)
    while alive.sum() > 1:
        left, right = sorted(divmod(int(likeness.argmax()), len(means)))
        if likeness[left, right] < one_voice:
            break
        share = counts[left] / (counts[left] + counts[right])
        means[left] = share * means[left] + (1 - share) * means[right]
        counts[left] += counts[right]
        alive[right] = False
        likeness[left] = np.where(alive, means @ means[left], _GONE)
        likeness[left, left] = _GONE
        likeness[:, left] = likeness[left]
        likeness[right] = likeness[:, right] = _GONE
    return [(means[index], int(counts[index])) for index in np.flatnonzero(alive)]


def _learnt(vectors: Vectors, windows: Windows, labels: Labels, embedder: VoiceEmbedder) -> Vectors:
    """The voices as their windows have them, those alike made one, the largest kept."""
    weight = windows.filled(embedder.window) * windows.spacing(embedder.hop)
    found = [np.flatnonzero(labels == voice) for voice in dict.fromkeys(labels.tolist())]
    while (pair := _alike(vectors, windows, found, embedder)) is not None:
        left, right = pair
        found[left] = np.sort(np.concatenate([found[left], found.pop(right)]))
    if len(found) > embedder.most_voices:
        largest = sorted(found, key=lambda part: -float(weight[part].sum()))[: embedder.most_voices]
        found = [part for part in found if any(part is other for other in largest)]
    return np.array([np.average(vectors[part], axis=0, weights=weight[part] + 1e-6) for part in found])


def _alike(
    vectors: Vectors, windows: Windows, found: Sequence[Labels], embedder: VoiceEmbedder
) -> tuple[int, int] | None:
    """The two voices that are most alike, where they are too alike to be two."""
    means = np.array([vectors[part].mean(axis=0) for part in found])
    own = np.array([_own_likeness(vectors, windows, part, embedder.one_voice) for part in found])
    shared = means @ means.T / np.sqrt(np.outer(own, own))
    shared[np.tril_indices(len(found))] = -2.0
    left, right = divmod(int(shared.argmax()), len(found))
    return (left, right) if shared[left, right] > _ALIKE else None


def _own_likeness(vectors: Vectors, windows: Windows, part: Labels, one_voice: float) -> float:
    """Mean cosine between windows of one voice that lie in different regions; at least what makes one voice."""
    total, pairs = float(np.square(vectors[part].sum(axis=0)).sum()), float(len(part) ** 2)
    for region in np.unique(windows.regions[part]):
        inside = part[windows.regions[part] == region]
        total -= float(np.square(vectors[inside].sum(axis=0)).sum())
        pairs -= float(len(inside) ** 2)
    return max(one_voice, total / pairs if pairs > 0 else 0.0)
