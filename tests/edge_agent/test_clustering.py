"""How many voices, and whose each window is."""

import time

import numpy as np
import pytest

from edge_agent.clustering import (
    FollowedVoices,
    distinct_voices,
    likelihoods,
    posteriors,
    sequence,
    switch_costs,
    voices_in,
)
from edge_agent.windows import Windows, windows_of
from models.vad import Region
from tests.edge_agent.voice_parts import LoudnessVoices

EMBEDDER = LoudnessVoices()
DIRECTIONS = np.linalg.qr(np.random.default_rng(3).normal(size=(64, 64)))[0]


def spoken(order: list[int], seconds: float = 3.0, spread: float = 0.09, seed: int = 0) -> tuple[Windows, np.ndarray]:
    """Windows of turns in ``order``, with vectors around the direction of each voice."""
    generator = np.random.default_rng(seed)
    starts = np.arange(len(order)) * (seconds + 0.5)
    regions = [Region(start=float(start), end=float(start) + seconds) for start in starts]
    windows = windows_of(regions, EMBEDDER.window, EMBEDDER.hop)
    means = DIRECTIONS[np.array(order)[windows.regions]]
    vectors = means + generator.normal(0, spread, means.shape)
    return windows, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def labels_of(windows: Windows, vectors: np.ndarray) -> list[int]:
    voices = voices_in(vectors, windows, EMBEDDER)
    labels = sequence(likelihoods(vectors, windows, voices, EMBEDDER), switch_costs(windows))
    return [int(np.bincount(labels[windows.regions == n]).argmax()) for n in range(int(windows.regions[-1]) + 1)]


@pytest.mark.parametrize("order", [[0, 1, 0, 1], [0, 1, 2, 0, 1, 2, 0], [0, 1, 2, 3, 0, 1, 2, 3], [0] * 6])
def test_as_many_voices_are_found_as_speak(order: list[int]) -> None:
    assert labels_of(*spoken(order)) == order


def test_a_voice_that_speaks_once_is_a_voice_of_its_own() -> None:
    assert labels_of(*spoken([0, 1, 0, 1, 0, 2, 0, 1, 0, 1])) == [0, 1, 0, 1, 0, 2, 0, 1, 0, 1]


def test_a_word_founds_no_voice() -> None:
    windows, vectors = spoken([0, 1, 0, 1])
    word = Windows(starts=np.array([20.0]), ends=np.array([20.3]), regions=np.array([0]))
    everything = windows.joined(word)

    assert distinct_voices(np.vstack([vectors, DIRECTIONS[9].astype(np.float32)]), everything, EMBEDDER) == 2


def test_voices_that_are_partly_alike_stay_two() -> None:
    windows, vectors = spoken([0, 1] * 4)
    blended = vectors + 0.6 * DIRECTIONS[7]
    blended = (blended / np.linalg.norm(blended, axis=1, keepdims=True)).astype(np.float32)

    assert labels_of(windows, blended) == [0, 1] * 4


def test_the_same_recording_gives_the_same_answer() -> None:
    first, second = (voices_in(*reversed(spoken([0, 1, 2] * 5, seed=4)), EMBEDDER) for _ in range(2))

    np.testing.assert_array_equal(first, second)


def test_no_windows_are_nobody() -> None:
    windows = windows_of([], EMBEDDER.window, EMBEDDER.hop)

    assert distinct_voices(np.zeros((0, 64), dtype=np.float32), windows, EMBEDDER) == 0


def test_an_hour_is_clustered_in_seconds() -> None:
    windows, vectors = spoken([0, 1, 0, 2] * 250, seconds=3.0)
    assert len(windows) > 2900

    begun = time.process_time()
    assert distinct_voices(vectors, windows, EMBEDDER) == 3
    assert time.process_time() - begun < 20


def test_probabilities_sum_to_one_and_follow_the_evidence() -> None:
    windows, vectors = spoken([0, 1, 0])
    voices = voices_in(vectors, windows, EMBEDDER)
    scores = likelihoods(vectors, windows, voices, EMBEDDER)

    found = posteriors(scores, switch_costs(windows))

    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == sequence(scores, switch_costs(windows))).all()


def test_what_was_labelled_while_recording_does_not_change() -> None:
    order = [0, 1, 0, 1, 2, 0, 1, 2]
    windows, vectors = spoken(order)
    followed = FollowedVoices(EMBEDDER)
    labels = []
    for number in range(len(order)):
        inside = windows.regions == number
        part = Windows(starts=windows.starts[inside], ends=windows.ends[inside], regions=np.zeros(inside.sum(), int))
        labels.append(int(np.bincount(followed.label(vectors[inside], part)).argmax()))

    assert labels == order


def test_a_first_word_is_followed_too() -> None:
    followed = FollowedVoices(EMBEDDER)
    word = Windows(starts=np.array([0.0]), ends=np.array([0.3]), regions=np.array([0]))

    assert followed.label(DIRECTIONS[:1].astype(np.float32), word).tolist() == [0]
