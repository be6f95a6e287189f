"""The noises are what they say: of the length asked for, in range, the same for the same seed."""

import numpy as np
import pytest

from evaluation.noises import SOUNDS, corpus, quiet_room
from models.audio import SAMPLE_RATE


@pytest.mark.parametrize("name", SOUNDS)
def test_a_noise_has_its_length_and_stays_in_range(name: str) -> None:
    samples = SOUNDS[name](3.0, np.random.default_rng(1))

    assert samples.shape == (3 * SAMPLE_RATE,)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert float(np.abs(samples).max()) <= 1.0


@pytest.mark.parametrize("name", sorted(set(SOUNDS) - {"digital silence"}))
def test_a_noise_is_not_silent(name: str) -> None:
    assert float(np.abs(SOUNDS[name](3.0, np.random.default_rng(1))).max()) > 1e-5


def test_the_same_seed_makes_the_same_corpus_and_another_another() -> None:
    first, again, other = corpus(1.0, (1,)), corpus(1.0, (1,)), corpus(1.0, (2,))

    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["white noise #1"], other["white noise #2"])


def test_a_quiet_room_is_mostly_quiet() -> None:
    samples = quiet_room(60.0, np.random.default_rng(7))

    assert float(np.sqrt(np.mean(samples**2))) < 0.01
