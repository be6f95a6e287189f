"""Speech regions and the pieces that are recognised at once."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from models.vad import (
    FRAME_SECONDS,
    ActivityStream,
    Region,
    RegionFinder,
    VadOptions,
    VoiceActivity,
    chunks,
    speech_regions,
)


@pytest.fixture(scope="module")
def vad(tmp_path_factory: pytest.TempPathFactory) -> VoiceActivity:
    home: Path = tmp_path_factory.mktemp("models")
    try:
        folder = ensure(Registry.load().get("silero-vad"), home, Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the model's data package is not installed: {error}")
    return VoiceActivity(folder / "silero_vad_v6.onnx")


def frames(*stretches: tuple[float, float]) -> np.ndarray:
    """Probabilities for (seconds, probability) stretches."""
    return np.concatenate([np.full(round(seconds / FRAME_SECONDS), p, dtype=np.float32) for seconds, p in stretches])


def test_speech_between_silences_is_one_region() -> None:
    found = speech_regions(frames((1, 0.0), (2, 0.9), (1, 0.0)), 4.0, VadOptions(pad=0.0))

    assert len(found) == 1
    assert found[0].start == pytest.approx(1.0, abs=0.05)
    assert found[0].end == pytest.approx(3.0, abs=0.05)


def test_a_breath_does_not_cut_and_a_click_is_no_speech() -> None:
    found = speech_regions(frames((1, 0.9), (0.1, 0.1), (1, 0.9), (1, 0.0), (0.064, 0.9), (1, 0.0)), 4.2, VadOptions())

    assert len(found) == 1


def test_silence_has_no_region() -> None:
    assert speech_regions(frames((5, 0.02)), 5.0, VadOptions()) == ()
    assert speech_regions(np.zeros(0, dtype=np.float32), 0.0, VadOptions()) == ()


def test_speech_to_the_end_of_the_recording_is_kept() -> None:
    (region,) = speech_regions(frames((1, 0.0), (1, 0.9)), 2.0, VadOptions())

    assert region.end == pytest.approx(2.0, abs=0.05)


def test_chunks_are_cut_at_the_longest_pause() -> None:
    regions = [Region(start=s, end=s + 4.5) for s in (0, 5, 10, 15.8, 20.8, 25.8)]

    found = chunks(regions, longest=28.0)

    assert [(c.start, c.end) for c in found] == [(0, 14.5), (15.8, 30.3)]


def test_a_long_pause_always_cuts() -> None:
    found = chunks([Region(start=0, end=1), Region(start=4, end=5)])

    assert len(found) == 2


@given(
    st.lists(st.tuples(st.floats(0.05, 3.0), st.floats(0.1, 70.0)), min_size=1, max_size=40),
    st.floats(10.0, 28.0),
)
def test_chunks_hold_all_speech_and_none_is_too_long(gaps: list[tuple[float, float]], longest: float) -> None:
    regions, now = [], 0.0
    for gap, length in gaps:
        regions.append(Region(start=now + gap, end=now + gap + length))
        now += gap + length

    found = chunks(regions, longest)

    assert all(c.duration <= longest + 1e-6 for c in found)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(found))
    covered = sum(max(0.0, min(c.end, r.end) - max(c.start, r.start)) for c in found for r in regions)
    assert covered == pytest.approx(sum(r.duration for r in regions), abs=1e-3)


@given(
    st.lists(st.floats(0, 1, width=32), max_size=400),
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
    st.sampled_from([VadOptions(), VadOptions(silence=0.5, pad=0.3), VadOptions(silence=0.05, pad=0.2)]),
)
def test_regions_found_while_listening_are_those_of_the_whole(
    probabilities: list[float], steps: list[int], options: VadOptions
) -> None:
    heard = np.array(probabilities, dtype=np.float32)
    duration = len(probabilities) * FRAME_SECONDS
    whole = speech_regions(heard, duration, options)
    finder = RegionFinder(options)
    settled: list[Region] = []

    at = 0
    for step in itertools.cycle(steps):
        finder.feed(heard[at : at + step])
        settled.extend(finder.settled(len(settled)))
        assert [r for r in whole if r.start < finder.settled_to] == settled[: len(settled)]
        at += step
        if at >= len(heard):
            break

    assert tuple(settled) == whole[: len(settled)]
    assert finder.end(duration) == whole


def test_audio_in_pieces_sounds_like_the_whole(vad: VoiceActivity) -> None:
    audio = np.random.default_rng(3).normal(0, 0.1, 3 * SAMPLE_RATE + 17).astype(np.float32)
    whole = vad.probabilities(audio)
    stream = ActivityStream(vad)

    pieces = [stream.feed(audio[at : at + 1000]) for at in range(0, audio.size, 1000)] + [stream.end()]

    assert np.allclose(np.concatenate(pieces), whole, atol=1e-5)
