"""Two microphones: who speaks by level, whatever their gains, and both at once."""

import numpy as np
import pytest

from edge_agent.channels import by_channel, levels_of
from models.audio import SAMPLE_RATE, Samples
from models.vad import Region

TURNS = [(0, 0.5, 3.0), (1, 3.3, 5.0), (0, 5.2, 5.8), (1, 6.2, 9.0), (0, 9.5, 12.0)]


def recorded(
    turns: list[tuple[int, float, float]],
    crosstalk: float = 12.0,
    gains: tuple[float, float] = (0.0, 0.0),
    floor: float = 35.0,
) -> Samples:
    """Two speech-like voices, ``crosstalk`` dB softer in the other's microphone; noise ``floor`` dB below."""
    generator = np.random.default_rng(7)
    length = int((max(end for _, _, end in turns) + 0.5) * SAMPLE_RATE)
    sources = np.zeros((2, length))
    for voice, start, end in turns:
        first, last = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
        syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(last - first) / SAMPLE_RATE)
        sources[voice, first:last] += 0.1 * syllables * generator.normal(size=last - first)
    weak = 10 ** (-crosstalk / 20)
    heard = np.stack([sources[0] + weak * sources[1], weak * sources[0] + sources[1]])
    heard += generator.normal(0, 0.08 * 10 ** (-floor / 20), heard.shape)
    return (heard * 10 ** (np.array(gains)[:, None] / 20)).astype(np.float32)


def heard(audio: Samples, turns: list[tuple[int, float, float]]) -> float | None:
    """The share of frames of single turns given to the right channel; None where the channels tell nothing."""
    levels = levels_of(audio, 0.0, [Region(start=start, end=end) for _, start, end in turns])
    found = by_channel(levels)
    if found is None:
        return None
    truth = np.array([voice for voice, _, _ in turns])[levels.regions]
    return float((found.labels == truth).mean())


@pytest.mark.parametrize("crosstalk", [8.0, 10.0, 15.0, 30.0])
def test_the_nearer_microphone_is_the_speakers(crosstalk: float) -> None:
    share = heard(recorded(TURNS, crosstalk), TURNS)

    assert share is not None
    assert share > 0.97


@pytest.mark.parametrize("gains", [(0.0, -14.0), (6.0, -20.0), (-18.0, 0.0)])
def test_microphones_of_unequal_gain_do_no_harm(gains: tuple[float, float]) -> None:
    share = heard(recorded(TURNS, gains=gains), TURNS)

    assert share is not None
    assert share > 0.97


def test_noise_at_20_db_does_little() -> None:
    share = heard(recorded(TURNS, floor=20.0), TURNS)

    assert share is not None
    assert share > 0.95


def test_a_microphone_that_is_turned_up_in_between_is_learnt_anew() -> None:
    turns = [(n % 2, n * 3.0, n * 3.0 + 2.5) for n in range(80)]
    audio = recorded(turns, crosstalk=10.0)
    audio[1, audio.shape[1] // 2 :] *= 10 ** (15 / 20)

    share = heard(audio, turns)

    assert share is not None
    assert share > 0.93


def test_both_at_once_is_overlap_and_nothing_else_is() -> None:
    turns = [*TURNS, (0, 13.0, 16.0), (1, 14.0, 16.0)]
    audio = recorded(turns)
    regions = [Region(start=start, end=end) for _, start, end in TURNS] + [Region(start=13.0, end=16.0)]

    found = by_channel(levels_of(audio, 0.0, regions))

    assert found is not None
    assert len(found.overlaps) == 1
    assert found.overlaps[0].start == pytest.approx(14.0, abs=0.2)
    assert found.overlaps[0].end == pytest.approx(16.0, abs=0.2)


def test_a_stereo_pair_and_one_speaker_alone_tell_nothing() -> None:
    both = recorded(TURNS, crosstalk=1.0)
    alone = [(0, start, end) for _, start, end in TURNS]

    assert heard(both, TURNS) is None
    assert heard(recorded(alone), alone) is None
    assert by_channel(levels_of(both, 0.0, [])) is None


def test_levels_lie_on_the_recordings_clock() -> None:
    levels = levels_of(recorded(TURNS), 100.0, [Region(start=100.5, end=103.0)])

    assert levels.times[0] == pytest.approx(100.525)
    assert len(levels.times) == 50
