"""Every encoder hears what CTranslate2's hears, from as many threads as ask, and refuses what it cannot take."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from numpy.typing import NDArray

from models import openvino_encoder
from models.ct2_weights import Stored, WeightsFile, write_weights
from models.errors import FeaturesError, WeightsFileError
from models.onnx_encoder import OnnxEncoder
from models.openvino_encoder import OpenVinoEncoder
from models.whisper import Encoder
from tests.models import tiny_whisper

Making = Callable[[Path], Encoder]

ENCODERS = [
    pytest.param(partial(OnnxEncoder, precision="int8"), id="onnxruntime-int8"),
    pytest.param(partial(OnnxEncoder, threads=2, precision="float32"), id="onnxruntime-float32"),
    pytest.param(
        partial(OpenVinoEncoder, threads=1),
        id="openvino",
        marks=pytest.mark.skipif(not openvino_encoder.is_installed(), reason="openvino is not installed"),
    ),
]
pytestmark = pytest.mark.parametrize("encoder", ENCODERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper.save(tmp_path_factory.mktemp("encoder") / "tiny")


def spectrogram(frames: int) -> NDArray[np.float32]:
    return np.random.default_rng(frames).standard_normal((80, frames)).astype(np.float32)


def reference(folder: Path, features: NDArray[np.float32]) -> NDArray[np.float32]:
    model = ctranslate2.models.Whisper(str(folder), compute_type="float32", intra_threads=1)
    return np.asarray(model.encode(ctranslate2.StorageView.from_array(features[None]), to_cpu=True))


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("frames", [2, 30, 31, 80, 300])
def test_it_hears_what_the_other_engine_hears(folder: Path, encoder: Making, frames: int) -> None:
    features = spectrogram(frames)

    ours = encoder(folder).encode(features)

    theirs = reference(folder, features)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == (1, (frames + 1) // 2, 64)
    assert cosine(ours, theirs) > 0.999


@pytest.mark.parametrize("precision", ["int8", "int16", None])
def test_weights_are_taken_as_they_are_stored(tmp_path: Path, encoder: Making, precision: str | None) -> None:
    folder = tiny_whisper.save(tmp_path / "stored", precision=precision)
    features = spectrogram(60)

    assert cosine(encoder(folder).encode(features), reference(folder, features)) > 0.999


def test_each_answer_is_its_own(folder: Path, encoder: Making) -> None:
    made = encoder(folder)

    first = made.encode(spectrogram(40))
    kept = first.copy()
    made.encode(-spectrogram(40)[None])

    np.testing.assert_array_equal(first, kept)


def test_it_may_be_asked_from_several_threads(folder: Path, encoder: Making) -> None:
    made = encoder(folder)
    expected = [made.encode(spectrogram(frames)) for frames in (40, 60)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(made.encode, [spectrogram(frames) for frames in (40, 60)] * 20))

    for number, answer in enumerate(answers):
        np.testing.assert_array_equal(answer, expected[number % 2])


@pytest.mark.parametrize("shape", [(79, 40), (80, 1), (80, 301), (2, 80, 40), (80,)])
def test_a_spectrogram_of_another_shape_is_refused(folder: Path, encoder: Making, shape: tuple[int, ...]) -> None:
    with pytest.raises(FeaturesError, match="80 bands and 2 to 300 frames"):
        encoder(folder).encode(np.zeros(shape, np.float32))


def test_weights_that_make_no_encoder_are_refused(folder: Path, tmp_path: Path, encoder: Making) -> None:
    data = (folder / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(data.replace(b"encoder/layer_norm/beta", b"encoder/layer_norm/zeta"))

    with pytest.raises(WeightsFileError, match="it has no encoder/layer_norm/beta"):
        encoder(tmp_path)


def test_weights_whose_shapes_do_not_fit_are_refused(folder: Path, tmp_path: Path, encoder: Making) -> None:
    weights = WeightsFile(folder / "model.bin")
    wrong = Stored(name="encoder/layer_1/ffn/linear_1/weight", type="float32", values=np.zeros((3, 5), np.float32))
    write_weights(
        tmp_path / "model.bin",
        spec=weights.spec,
        revision=weights.revision,
        variables=(wrong if name == wrong.name else weights.stored(name) for name in weights.variables),
        aliases=weights.aliases,
    )

    with pytest.raises(WeightsFileError, match="the shapes in it make no encoder"):
        encoder(tmp_path)


def test_the_real_encoder_agrees_at_3_10_and_30_seconds(whisper_base: Path, encoder: Making) -> None:
    made = encoder(whisper_base)

    for frames in (300, 1000, 3000):
        features = spectrogram(frames)
        assert cosine(made.encode(features), reference(whisper_base, features)) > 0.997
