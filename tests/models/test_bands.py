"""Bands summed over their own bins are what the whole matrix gives."""

import numpy as np

from models.bands import Bands


def test_bands_are_the_product_with_the_filter_bank() -> None:
    random = np.random.default_rng(5)
    bank = np.zeros((3, 9), dtype=np.float32)
    bank[0, 1:4], bank[2, 3:9] = (1, 2, 1), random.random(6)
    spectrum = random.random((7, 9)).astype(np.float32)
    np.testing.assert_allclose(Bands(bank)(spectrum), bank @ spectrum.T, rtol=1e-6)


def test_no_frames_have_no_bands() -> None:
    assert Bands(np.eye(4, dtype=np.float32))(np.zeros((0, 4), dtype=np.float32)).shape == (4, 0)
