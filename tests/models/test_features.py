"""The spectrogram that Whisper was trained on."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from models.audio import SAMPLE_RATE, Samples
from models.features import log_mel


def sound(samples: int) -> Samples:
    generator = np.random.default_rng(samples)
    time = np.arange(samples) / SAMPLE_RATE
    return (0.2 * np.sin(2 * np.pi * 300 * time * (1 + time)) + generator.normal(0, 0.01, samples)).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.5, 3.0, 29.9, 41.0])
def test_it_is_the_spectrogram_of_the_reference(seconds: float) -> None:
    audio = sound(int(seconds * SAMPLE_RATE))
    reference = FeatureExtractor()(audio, padding=0)

    ours = log_mel(audio)

    whole = reference.shape[1] - 2  # at its end the reference mirrors the audio, ours goes on in silence
    assert ours.dtype == np.float32
    assert np.abs(ours[:, :whole] - reference[:, :whole]).max() < 2e-3


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 161, 401, 16_001])
def test_every_frame_begun_is_there(samples: int) -> None:
    features = log_mel(sound(samples))

    assert features.shape == (80, -(-samples // 160))
    assert np.isfinite(features).all()


def test_the_number_of_bands_is_the_models() -> None:
    assert log_mel(sound(1600), 128).shape == (128, 10)


def test_digital_silence_is_finite() -> None:
    assert np.isfinite(log_mel(np.zeros(1600, dtype=np.float32))).all()
