"""How a speech model is run: as measured here, else as the processor suggests."""

import json
from pathlib import Path

import pytest

from models import engines, onnx_encoder, openvino_encoder
from models.encoders import encoder
from models.engines import Measured, choice_for, encoder_advice, recognizer, store_choices
from models.hardware import Processor
from models.onnx_encoder import OnnxEncoder
from models.openvino_encoder import OpenVinoEncoder
from models.speech import SpeechOptions
from tests.models import tiny_whisper

PLAIN = Processor(name="Plain", cores=2, features=("avx2",))
AMX = Processor(name="Xeon", cores=8, features=("amx_bf16", "avx2"))
BEST = Measured(
    compute_type="int16",
    encoder="ctranslate2",
    threads=1,
    real_time_factor=0.05,
    character_error_rate=0.06,
    peak_mb=410.0,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tiny"


@pytest.mark.parametrize(("machine", "threads"), [(PLAIN, 2), (AMX, 4)])
def test_without_a_measurement_it_is_the_small_and_safe_way(folder: Path, machine: Processor, threads: int) -> None:
    choice = choice_for(folder, machine)

    assert choice.described() == {"compute_type": "int8", "encoder": "onnxruntime", "threads": threads}
    assert not choice.measured


def test_a_measurement_goes_before_and_holds_for_its_machine_and_model_only(folder: Path) -> None:
    folder.parent.mkdir()
    path = store_choices(folder.parent, {"tiny": BEST}, AMX)
    store_choices(folder.parent, {"other": BEST.model_copy(update={"threads": 7})}, PLAIN)

    measured = choice_for(folder, AMX)
    assert (measured.compute_type, measured.encoder, measured.threads, measured.measured) == (
        "int16",
        "ctranslate2",
        1,
        True,
    )
    assert not choice_for(folder, PLAIN).measured
    assert not choice_for(folder.with_name("other"), AMX).measured
    assert choice_for(folder.with_name("other"), PLAIN).threads == 7
    machines = json.loads(path.read_bytes())["machines"]
    assert {machine["processor"] for machine in machines.values()} == {"Xeon", "Plain"}
    assert [item.name for item in folder.parent.iterdir()] == ["choices.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other/1"}', '{"machines": 3}'])
def test_a_damaged_choice_file_counts_as_none(folder: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    folder.parent.mkdir()
    (folder.parent / "choices.json").write_text(text, encoding="utf-8")

    assert not choice_for(folder, PLAIN).measured
    assert "scribe models bench" in caplog.text
    store_choices(folder.parent, {"tiny": BEST}, PLAIN)
    assert choice_for(folder, PLAIN).measured


def test_what_is_told_goes_before_the_choice(folder: Path) -> None:
    choice = engines.Choice(compute_type="int16", encoder="ctranslate2", threads=3)

    assert recognizer(folder, choice=choice).options.compute_type == "int16"
    assert recognizer(folder, choice=choice, options=SpeechOptions(compute_type="float32")).options.compute_type == (
        "float32"
    )


def test_the_encoder_of_the_choice_is_made(tmp_path: Path) -> None:
    folder = tiny_whisper.save(tmp_path / "tiny")

    assert isinstance(encoder(folder, "onnxruntime", threads=2, compute_type="int8"), OnnxEncoder)
    assert encoder(folder, "ctranslate2", threads=2, compute_type="int8") is None


def test_an_encoder_too_large_for_the_format_is_left_to_the_other_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_whisper.save(tmp_path / "tiny")
    monkeypatch.setattr(onnx_encoder, "_MOST_BYTES", 400_000)

    assert isinstance(encoder(folder, "onnxruntime", threads=2, compute_type="int8"), OnnxEncoder)
    assert encoder(folder, "onnxruntime", threads=2, compute_type="float32") is None


@pytest.mark.skipif(not openvino_encoder.is_installed(), reason="openvino is not installed")
def test_openvino_encodes_where_it_was_chosen(tmp_path: Path) -> None:
    folder = tiny_whisper.save(tmp_path / "tiny")

    assert isinstance(encoder(folder, "openvino", threads=1, compute_type="int8"), OpenVinoEncoder)


def test_the_doctor_gets_one_line(folder: Path) -> None:
    plain, swift = (
        engines.Choice(compute_type="int8", encoder=name, threads=2) for name in ("onnxruntime", "openvino")
    )
    measured = engines.Choice(compute_type="int8", encoder="ctranslate2", threads=2, measured=True)

    assert encoder_advice(swift, AMX) == "encoder: OpenVINO"
    assert encoder_advice(measured, AMX, []) == "encoder: CTranslate2, measured best here"
    assert encoder_advice(plain, PLAIN, []) == "encoder: onnxruntime"
    assert "the extra `amx` (openvino)" in encoder_advice(plain, AMX, ["ctranslate2"])
    assert "`scribe models bench`" in encoder_advice(plain, AMX, ["ctranslate2", "openvino"])
    assert "\n" not in encoder_advice(choice_for(folder))
