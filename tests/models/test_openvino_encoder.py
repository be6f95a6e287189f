"""The optional encoder hears what CTranslate2's hears, is never needed, and never reaches for a network."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from numpy.typing import NDArray

from models import openvino_encoder
from models.ct2_weights import Stored, WeightsFile, write_weights
from models.errors import EngineMissingError, FeaturesError, WeightsFileError
from models.openvino_encoder import OpenVinoEncoder
from tests.models import tiny_whisper

installed = pytest.mark.skipif(not openvino_encoder.is_installed(), reason="openvino is not installed")

OFFLINE = """
import sys
from pathlib import Path

NETWORK = ("socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")

def refuse(event, args):
    assert event not in NETWORK, event

sys.addaudithook(refuse)

import numpy as np
from models.openvino_encoder import OpenVinoEncoder

encoder = OpenVinoEncoder(Path(sys.argv[1]), threads=1)
print(encoder.encode(np.zeros((80, 20), np.float32)).shape)
print([name for name in sys.modules if "telemetry" in name or name.startswith("openvino.tools.ovc")])
"""


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


@installed
@pytest.mark.parametrize("frames", [2, 30, 31, 80, 300])
def test_it_hears_what_the_other_engine_hears(folder: Path, frames: int) -> None:
    features = spectrogram(frames)

    ours = OpenVinoEncoder(folder, threads=1).encode(features)

    theirs = reference(folder, features)
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == (1, (frames + 1) // 2, 64)
    assert cosine(ours, theirs) > 0.999


@installed
def test_quantised_weights_are_taken(tmp_path: Path) -> None:
    folder = tiny_whisper.save(tmp_path / "int8", precision="int8")
    features = spectrogram(60)

    assert cosine(OpenVinoEncoder(folder, threads=1).encode(features), reference(folder, features)) > 0.999


@installed
def test_each_answer_is_its_own(folder: Path) -> None:
    encoder = OpenVinoEncoder(folder, threads=1)

    first = encoder.encode(spectrogram(40))
    kept = first.copy()
    encoder.encode(-spectrogram(40)[None])

    np.testing.assert_array_equal(first, kept)


@installed
def test_it_may_be_asked_from_several_threads(folder: Path) -> None:
    encoder = OpenVinoEncoder(folder, threads=1)
    expected = [encoder.encode(spectrogram(frames)) for frames in (40, 60)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(encoder.encode, [spectrogram(frames) for frames in (40, 60)] * 20))

    for number, answer in enumerate(answers):
        np.testing.assert_array_equal(answer, expected[number % 2])


@installed
@pytest.mark.parametrize("shape", [(79, 40), (80, 1), (80, 301), (2, 80, 40), (80,)])
def test_a_spectrogram_of_another_shape_is_refused(folder: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(FeaturesError, match="80 bands and 2 to 300 frames"):
        OpenVinoEncoder(folder, threads=1).encode(np.zeros(shape, np.float32))


@installed
def test_weights_that_make_no_encoder_are_refused(folder: Path, tmp_path: Path) -> None:
    data = (folder / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(data.replace(b"encoder/layer_norm/beta", b"encoder/layer_norm/zeta"))

    with pytest.raises(WeightsFileError, match="it has no encoder/layer_norm/beta"):
        OpenVinoEncoder(tmp_path, threads=1)


@installed
def test_weights_whose_shapes_do_not_fit_are_refused(folder: Path, tmp_path: Path) -> None:
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
        OpenVinoEncoder(tmp_path, threads=1)


def test_without_the_package_one_sentence_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_encoder, "PACKAGE", "openvino_that_is_absent")

    assert not openvino_encoder.is_installed()
    with pytest.raises(EngineMissingError, match="OpenVINO is not installed: install the package openvino"):
        OpenVinoEncoder(folder, threads=1)


@installed
def test_no_network_is_used_and_no_usage_is_reported(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )

    assert ran.stdout.splitlines() == ["(1, 10, 64)", "[]"]


@installed
def test_the_real_encoder_agrees_at_3_10_and_30_seconds(whisper_base: Path) -> None:
    encoder = OpenVinoEncoder(whisper_base, threads=2)

    for frames in (300, 1000, 3000):
        features = spectrogram(frames)
        assert cosine(encoder.encode(features), reference(whisper_base, features)) > 0.999
