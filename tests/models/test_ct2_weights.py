"""Converted weights are read as CTranslate2 wrote them, and what is not such a file is refused."""

import struct
from collections.abc import Callable
from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from models.ct2_weights import Stored, WeightsFile, bfloat16_bits, write_weights
from models.errors import WeightsFileError
from tests.models import tiny_whisper


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper.save(tmp_path_factory.mktemp("weights") / "tiny")


def copied(weights: WeightsFile, path: Path) -> Path:
    write_weights(
        path,
        spec=weights.spec,
        revision=weights.revision,
        variables=(weights.stored(name) for name in weights.variables),
        aliases=weights.aliases,
    )
    return path


def test_the_index_names_every_variable_and_alias(folder: Path) -> None:
    weights = WeightsFile(folder / "model.bin")

    assert (weights.spec, weights.revision) == ("WhisperSpec", 3)
    assert weights.variables["encoder/conv2/weight"].shape == (64, 64, 3)
    assert weights.variables["encoder/conv2/weight"].type == "float16"
    assert weights.aliases == {"decoder/projection/weight": "decoder/embeddings/weight"}
    assert not weights.is_quantized
    np.testing.assert_array_equal(weights.raw("decoder/projection/weight"), weights.raw("decoder/embeddings/weight"))


def test_a_copy_is_the_same_file(folder: Path, tmp_path: Path) -> None:
    path = copied(WeightsFile(folder / "model.bin"), tmp_path / "model.bin")

    assert path.read_bytes() == (folder / "model.bin").read_bytes()


@pytest.mark.parametrize(("precision", "most"), [("float16", 1e-3), ("int8", 5e-3)])
def test_values_come_back_as_floats(tmp_path: Path, precision: str, most: float) -> None:
    exact = WeightsFile(tiny_whisper.save(tmp_path / "exact", precision=None) / "model.bin")
    stored = WeightsFile(tiny_whisper.save(tmp_path / "stored", precision=precision) / "model.bin")

    for name in ("encoder/layer_1/ffn/linear_0/weight", "decoder/projection/weight", "encoder/layer_norm/gamma"):
        values = stored.float32(name)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, exact.float32(name), atol=most)
    assert stored.is_quantized == (precision == "int8")


def test_bfloat16_rounds_to_the_nearest_even() -> None:
    values = np.array([1.0, 1.00390625, 1.01171875, -3.1415927, 0.0, 65280.0], np.float32)

    bits = bfloat16_bits(values)
    back = (bits.astype(np.uint32) << 16).view(np.float32)

    assert back.tolist() == [1.0, 1.0, 1.015625, -3.140625, 0.0, 65280.0]


def test_an_unknown_variable_is_told(folder: Path) -> None:
    with pytest.raises(WeightsFileError, match=r"model\.bin does not hold .* it has no encoder/conv9/weight"):
        WeightsFile(folder / "model.bin").raw("encoder/conv9/weight")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: b"", "cut short"),
        (lambda data: b"RIFF" + data[4:], "binary version"),
        (lambda data: data[:100], "cut short"),
        (lambda data: data[:-2000], "cut short"),
        (lambda data: data + b"\0", "more follows"),
        (lambda data: data[:10] + b"\xff\xfe" + data[12:], "not text"),
    ],
)
def test_a_damaged_file_is_refused(folder: Path, tmp_path: Path, damage: Callable[[bytes], bytes], told: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(damage((folder / "model.bin").read_bytes()))

    with pytest.raises(WeightsFileError, match=told):
        WeightsFile(path)


@pytest.mark.parametrize(
    ("shape", "number", "size", "told"),
    [((4,), 0, 15, "do not make its shape"), ((4,), 9, 16, "unknown type 9"), ((2**31,) * 8, 0, 16, "its shape")],
)
def test_a_variable_that_cannot_be_is_refused(
    tmp_path: Path, shape: tuple[int, ...], number: int, size: int, told: str
) -> None:
    path = tmp_path / "model.bin"
    head = struct.pack("<IH4sII", 6, 4, b"abc\0", 1, 1) + struct.pack("<H2s", 2, b"a\0")
    variable = struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, number, size)
    path.write_bytes(head + variable + bytes(size) + struct.pack("<I", 0))

    with pytest.raises(WeightsFileError, match=told):
        WeightsFile(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsFileError, match="No such file"):
        WeightsFile(tmp_path / "model.bin")


def test_the_engine_loads_what_we_write(folder: Path, tmp_path: Path) -> None:
    weights = WeightsFile(folder / "model.bin")
    ours = tmp_path / "ours"
    ours.mkdir()
    for name in ("config.json", "vocabulary.json"):
        (ours / name).write_bytes((folder / name).read_bytes())
    write_weights(
        ours / "model.bin",
        spec=weights.spec,
        revision=weights.revision,
        variables=(
            Stored(name=name, type="float32", values=weights.float32(name))
            if variable.is_float
            else weights.stored(name)
            for name, variable in weights.variables.items()
        ),
        aliases=weights.aliases,
    )
    spectrogram = np.random.default_rng(1).standard_normal((1, 80, 100)).astype(np.float32)

    heard = [
        np.asarray(
            ctranslate2.models.Whisper(str(where), compute_type="float32").encode(
                ctranslate2.StorageView.from_array(spectrogram), to_cpu=True
            )
        )
        for where in (folder, ours)
    ]

    np.testing.assert_array_equal(heard[0], heard[1])
