"""Resampling to 16 kHz: no click, no alias, no frame too many."""

from collections.abc import Iterable
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.errors import SampleRateError
from edge_agent.resample import Resampler
from models.audio import SAMPLE_RATE, Samples

RATES = (8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000)


def cut(samples: Samples, sizes: Iterable[int]) -> Iterable[Samples]:
    at = 0
    for size in sizes:
        if at >= samples.shape[1]:
            return
        yield samples[:, at : at + size]
        at += size
    yield samples[:, at:]


def resampled(samples: Samples, rate: int, sizes: Iterable[int] = ()) -> Samples:
    resampler = Resampler(rate, len(samples))
    parts = [resampler.feed(part) for part in cut(samples, sizes)]
    return np.concatenate([*parts, resampler.flush()], axis=1)


def sine(hertz: float, seconds: float, rate: int) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)[None]


def decibels(samples: Samples) -> float:
    """RMS against a full-scale sine, without the 50 ms at either end."""
    inner = samples[..., 800:-800].astype(np.float64)
    return float(20 * np.log10(np.sqrt(2 * np.mean(inner**2)) + 1e-12))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_where_it_is_and_as_loud(rate: int) -> None:
    for hertz in np.linspace(60, 0.89 * min(rate, SAMPLE_RATE) / 2, 9):
        out = resampled(sine(float(hertz), 0.4, rate), rate, [rate // 25] * 20)
        true = sine(float(hertz), 0.4, SAMPLE_RATE)
        assert decibels(out - true[:, : out.shape[1]]) < -70, hertz


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > SAMPLE_RATE])
def test_what_lies_above_8_khz_does_not_fold(rate: int) -> None:
    for hertz in np.linspace(8_010, rate / 2 - 20, 25):
        assert decibels(resampled(sine(float(hertz), 0.3, rate), rate)) < -80, hertz


@pytest.mark.parametrize("rate", [8_000, 11_025])
def test_a_low_rate_gains_no_image(rate: int) -> None:
    """Above the old Nyquist frequency nothing is made up."""
    noise = np.random.default_rng(1).normal(0, 0.2, (1, rate)).astype(np.float32)
    out = resampled(noise, rate)[0]
    spectrum = np.abs(np.fft.rfft(out * np.blackman(len(out)))) ** 2
    above = np.fft.rfftfreq(len(out), 1 / SAMPLE_RATE) > rate / 2 + 60
    assert 10 * np.log10(spectrum[above].max() / spectrum.max()) < -70


@pytest.mark.parametrize("rate", RATES)
def test_a_sweep_has_no_discontinuity_at_the_borders_of_blocks(rate: int) -> None:
    seconds = 2.0
    time = np.arange(int(seconds * rate)) / rate
    sweep = np.sin(2 * np.pi * (50 * time + (0.4 * min(rate, SAMPLE_RATE) - 50) / seconds / 2 * time**2))
    samples = sweep.astype(np.float32)[None]
    whole = resampled(samples, rate)
    sizes = np.random.default_rng(rate).integers(1, rate // 20, 400).tolist()
    pieces = resampled(samples, rate, sizes)
    np.testing.assert_allclose(pieces, whole, atol=1e-6)
    at = np.arange(whole.shape[1]) / SAMPLE_RATE
    true = np.sin(2 * np.pi * (50 * at + (0.4 * min(rate, SAMPLE_RATE) - 50) / seconds / 2 * at**2))
    assert np.abs(pieces[0] - true)[400:-400].max() < 1e-3


@settings(max_examples=60, deadline=None)
@given(
    rate=st.sampled_from((*RATES, SAMPLE_RATE, 44_056)),
    sizes=st.lists(st.integers(0, 700), max_size=12),
    channels=st.integers(1, 2),
    seed=st.integers(0, 99),
)
def test_blocks_change_nothing_and_the_length_is_exact(rate: int, sizes: list[int], channels: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.3, (channels, sum(sizes))).astype(np.float32)
    out = resampled(samples, rate, sizes)
    np.testing.assert_allclose(out, resampled(samples, rate), atol=2e-6)
    assert out.shape == (channels, ceil(sum(sizes) * SAMPLE_RATE / rate))


def test_an_hour_in_odd_blocks_is_exact_to_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """With filters of four taps: how many frames come does not hang on their length, and an hour takes seconds."""
    rate, phases = 44_100, 160
    monkeypatch.setattr("edge_agent.resample._filter_bank", lambda _rate: np.full((phases, 4), 0.5, dtype=np.float32))
    resampler, random = Resampler(rate, 1), np.random.default_rng(5)
    fed = got = 0
    while fed < 3600 * rate:
        size = min(int(random.integers(1, 4 * rate)), 3600 * rate - fed)
        fed += size
        got += resampler.feed(np.zeros((1, size), dtype=np.float32)).shape[1]
        assert abs(fed * SAMPLE_RATE / rate - got) <= 3
    assert got + resampler.flush().shape[1] == 3600 * SAMPLE_RATE


def test_16_khz_passes_unchanged() -> None:
    samples = sine(440, 0.2, SAMPLE_RATE)
    np.testing.assert_array_equal(resampled(samples, SAMPLE_RATE, [77] * 9), samples)


def test_after_a_flush_a_new_stream_begins() -> None:
    resampler = Resampler(48_000, 1)
    samples = sine(440, 0.2, 48_000)
    first, second = (np.concatenate([resampler.feed(samples), resampler.flush()], axis=1) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("rate", [0, 7_999, 400_000])
def test_an_impossible_rate_is_refused(rate: int) -> None:
    with pytest.raises(SampleRateError, match=f"Audio at {rate} samples"):
        Resampler(rate, 1)
