"""The level meter, clipping and silence."""

import numpy as np
import pytest

from edge_agent.level import FLOOR_DBFS, ClippingWatch, Level, LevelMeter, SilenceWatch
from models.audio import SAMPLE_RATE, Samples
from tests.edge_agent.conftest import noise, tone

BLOCK = SAMPLE_RATE // 25


def blocks(samples: Samples) -> list[Samples]:
    return [samples[..., at : at + BLOCK] for at in range(0, samples.shape[-1], BLOCK)]


def metered(meter: LevelMeter, samples: Samples, *, clipped: bool = False) -> Level:
    level = Level()
    for block in blocks(samples):
        level = meter.feed(block, SAMPLE_RATE, clipped=clipped)
    return level


def test_a_sine_reads_its_rms_and_peak() -> None:
    level = metered(LevelMeter(), tone(2.0)[None])
    assert level.peak_dbfs == pytest.approx(20 * np.log10(0.3), abs=0.05)
    assert level.rms_dbfs == pytest.approx(20 * np.log10(0.3) - 3.01, abs=0.1)


def test_nothing_reads_the_floor() -> None:
    assert LevelMeter().feed(np.zeros((1, 0), dtype=np.float32), SAMPLE_RATE, clipped=False) == Level()
    level = metered(LevelMeter(), np.zeros((2, BLOCK), dtype=np.float32))
    assert (level.rms_dbfs, level.peak_dbfs, level.by_channel) == (FLOOR_DBFS, FLOOR_DBFS, (FLOOR_DBFS, FLOOR_DBFS))


def test_the_peak_falls_by_20_db_in_1_7_s_and_rises_at_once() -> None:
    meter = LevelMeter()
    metered(meter, tone(0.5)[None])
    level = metered(meter, np.zeros((1, int(1.7 * SAMPLE_RATE)), dtype=np.float32))
    assert level.peak_dbfs == pytest.approx(20 * np.log10(0.3) - 20, abs=0.6)
    assert metered(meter, tone(0.04)[None]).peak_dbfs == pytest.approx(20 * np.log10(0.3), abs=0.1)


def test_each_channel_has_its_level_and_the_louder_one_counts() -> None:
    level = metered(LevelMeter(), np.stack([0.1 * tone(1.0), tone(1.0)]))
    assert level.by_channel[1] - level.by_channel[0] == pytest.approx(20, abs=0.1)
    assert level.rms_dbfs == level.by_channel[1]


def test_clipping_shows_for_two_seconds() -> None:
    meter = LevelMeter()
    assert metered(meter, tone(0.04)[None], clipped=True).clipped
    assert metered(meter, tone(1.9)[None]).clipped
    assert not metered(meter, tone(0.2)[None]).clipped


def test_three_samples_at_full_scale_are_clipped_even_across_blocks() -> None:
    watch = ClippingWatch()
    low, full = np.zeros((1, 5), dtype=np.float32), np.ones((1, 1), dtype=np.float32)
    assert not watch.feed(np.concatenate([low, full, -full], axis=1))
    assert watch.feed(np.concatenate([full, low], axis=1))
    assert not watch.feed(low)


@pytest.mark.parametrize("bits", [16, 24])
def test_a_converter_at_its_limit_counts_as_full_scale(bits: int) -> None:
    loud = np.full((1, 10), 1 - 2.0 ** (1 - bits), dtype=np.float32)
    assert ClippingWatch().feed(loud)


def test_single_peaks_and_other_channels_do_not_add_up() -> None:
    one = np.array([[0, 1, 0, 0, 1, 1, 0, 0], [1, 0, 1, 1, 0, 0, 1, 1]], dtype=np.float32)
    assert not ClippingWatch().feed(one)


def test_loud_but_whole_speech_is_not_clipped() -> None:
    assert not ClippingWatch().feed(0.99 * np.tanh(20 * noise(2.0))[None])


def changes(watch: SilenceWatch, samples: Samples) -> list[tuple[float, bool]]:
    told = []
    for number, block in enumerate(blocks(samples), 1):
        if (change := watch.feed(block, SAMPLE_RATE)) is not None:
            told.append((number * BLOCK / SAMPLE_RATE, change))
    return told


def test_ten_seconds_of_nothing_are_told_once() -> None:
    ((at, silent),) = changes(SilenceWatch(), noise(40, level=1e-5))
    assert silent
    assert 10.0 <= at < 10.3


def test_speech_after_silence_is_told() -> None:
    watch = SilenceWatch()
    changes(watch, np.zeros(11 * SAMPLE_RATE, dtype=np.float32))
    assert watch.silent
    ((at, silent),) = changes(watch, noise(3.0, level=0.01))
    assert not silent
    assert at < 0.3


def test_a_quiet_room_and_pauses_in_talk_are_no_silence() -> None:
    assert changes(SilenceWatch(), noise(30, level=10 ** (-60 / 20))) == []
    talk = np.concatenate([np.concatenate([noise(0.3), np.zeros(9 * SAMPLE_RATE, dtype=np.float32)])] * 4)
    assert changes(SilenceWatch(), talk) == []
