"""Voice vectors: close for one voice, apart for two."""

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Samples
from models.voices import Timbre, mel_energies


def voice(pitch: float, formant: float, seconds: float = 3.0) -> Samples:
    """A buzz at ``pitch`` Hz with one resonance: enough of a voice to be told from another."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = np.zeros_like(time)
    for harmonic in range(1, int(7000 / pitch)):
        frequency = harmonic * pitch
        wave += np.sin(2 * np.pi * frequency * time) / (1 + ((frequency - formant) / 300) ** 2)
    noise = np.random.default_rng(3).normal(0, 0.01, len(time))
    return (0.2 * wave / np.abs(wave).max() + noise).astype(np.float32)


def test_timbre_groups_windows_by_voice() -> None:
    audio = np.concatenate([voice(110, 700), voice(220, 1500), voice(112, 720)])
    starts = np.array([0.2, 1.2, 3.2, 4.2, 6.2, 7.2])
    vectors = Timbre().embed(audio, starts, starts + 0.8)
    likeness = vectors @ vectors.T

    same = [likeness[0, 1], likeness[2, 3], likeness[4, 5], likeness[0, 4]]
    apart = [likeness[0, 2], likeness[1, 3], likeness[4, 2]]
    assert min(same) > max(apart) + 0.5


@pytest.mark.parametrize("hertz", [250.0, 1000.0, 3000.0])
def test_mel_energies_peak_where_the_tone_is(hertz: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    band = int(mel_energies(tone).mean(axis=0).argmax())
    mel = hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / (np.log(6.4) / 27)
    top = 15 + np.log(8) / (np.log(6.4) / 27)

    assert band == pytest.approx(mel / top * 41 - 1, abs=1.1)


def test_a_recording_shorter_than_a_window_has_a_vector() -> None:
    vectors = Timbre().embed(voice(120, 800, seconds=0.1), np.array([0.0]), np.array([0.1]))

    assert vectors.shape[0] == 1
    assert np.isfinite(vectors).all()
