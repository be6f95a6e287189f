"""CAM++ out of its checkpoint: shapes, what a window hears, and, where the weights are here, voices told apart."""

from pathlib import Path

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Samples
from models.campplus import DIMENSIONS, CamPlus, Network, filterbank
from models.checkpoint import CheckpointError
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from models.store import default_home
from tests.models.checkpoints import campplus_tensors, write_checkpoint
from tests.models.test_voices import voice


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> CamPlus:
    """The network with weights that were never trained."""
    return CamPlus(write_checkpoint(tmp_path_factory.mktemp("weights") / "w.pt", campplus_tensors()))


@pytest.fixture
def audio() -> Samples:
    return np.concatenate([voice(110, 700), voice(220, 1500)])


def test_every_stretch_has_one_unit_vector(embedder: CamPlus, audio: Samples) -> None:
    vectors = embedder.embed(audio, np.array([0.0, 0.75, 4.0, 4.45]), np.array([1.5, 2.25, 4.3, 5.95]))

    assert vectors.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed(audio, np.zeros(0), np.zeros(0)).shape == (0, DIMENSIONS)


def test_windows_are_the_same_alone_and_in_company(embedder: CamPlus, audio: Samples) -> None:
    together = embedder.embed(audio, np.array([0.0, 0.75]), np.array([1.5, 2.25]))
    again = embedder.embed(audio, np.array([0.75, 0.0]), np.array([2.25, 1.5]))

    np.testing.assert_allclose(together, again[::-1], atol=1e-4)


def test_a_short_stretch_does_not_hear_what_stands_around_it(embedder: CamPlus) -> None:
    quiet, other = voice(110, 700), voice(220, 1500)
    starts, ends = np.array([1.0]), np.array([1.5])
    one = np.concatenate([quiet[:SAMPLE_RATE], quiet[SAMPLE_RATE : int(1.5 * SAMPLE_RATE)], quiet[:SAMPLE_RATE]])
    two = np.concatenate([other[:SAMPLE_RATE], quiet[SAMPLE_RATE : int(1.5 * SAMPLE_RATE)], other[:SAMPLE_RATE]])

    assert float(embedder.embed(one, starts, ends)[0] @ embedder.embed(two, starts, ends)[0]) > 0.97


def test_a_recording_shorter_than_a_window_has_a_vector(embedder: CamPlus) -> None:
    vectors = embedder.embed(voice(120, 800, seconds=0.2), np.array([0.0]), np.array([0.2]))

    assert np.isfinite(vectors).all()


def test_the_front_takes_part_of_a_recording_as_it_takes_all(tmp_path: Path) -> None:
    network = Network(write_checkpoint(tmp_path / "w.pt", campplus_tensors(1)), frames=75, threads=1)
    features = np.random.default_rng(0).normal(size=(400, 80)).astype(np.float32)

    whole, part = network.front(features), network.front(features[100:300])

    assert whole.shape == (128, 200)
    np.testing.assert_allclose(part[:, 12:-12], whole[:, 62:138], atol=1e-4)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    tensors = campplus_tensors()
    del tensors["xvector.transit2.linear.weight"]

    with pytest.raises(CheckpointError, match="no tensor"):
        CamPlus(write_checkpoint(tmp_path / "w.pt", tensors))


def test_the_filterbank_peaks_where_the_tone_is() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    low, high = (filterbank((0.1 * np.sin(2 * np.pi * f * time)).astype(np.float32)).mean(0) for f in (300, 3000))

    assert filterbank(np.zeros(SAMPLE_RATE, dtype=np.float32)).shape == (98, 80)
    assert int(low.argmax()) < 20 < 50 < int(high.argmax())


def test_people_are_told_apart(shared_clips: Path) -> None:
    try:
        folder = ensure(Registry.load().get(CamPlus.name), default_home(), Fetching(network=False))
    except NoSourceError:
        pytest.skip("the weights of voice-campplus are not here: `scribe models pull voice-campplus`")
    from edge_agent.audio import read_audio

    trained = CamPlus(folder / "campplus_cn_en_common.pt")
    clips = [sorted(shared_clips.glob(f"etts_{name}*.flac")) for name in ("nea", "pmd", "pfm")]
    starts = np.array([0.5, 2.0])
    vectors = np.array(
        [[trained.embed(read_audio(f).mono, starts, starts + 1.5).mean(0) for f in files] for files in clips]
    )
    same = [float(two[0] @ two[1]) for two in vectors]
    apart = [float(vectors[i, a] @ vectors[j, b]) for i in range(3) for j in range(i) for a in (0, 1) for b in (0, 1)]

    assert min(same) > max(apart) + 0.1
