"""`scribe models quantize`: the copy is what the engine would make of the weights, and is whole or not there."""

import json
import subprocess
import sys
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from models import quantize as quantizing
from models import store
from models.cli import app
from models.ct2_weights import WeightsFile
from models.errors import (
    ModelMissingError,
    NoSpaceError,
    NotWrittenError,
    QuantizationRefusedError,
    WeightsFileError,
    WrongHashError,
)
from models.quantize import Precision, Quantized, quantize
from tests.models import tiny_whisper

SITE = """
format = "scribe-models/1"

[models.tiny]
task = "speech"
engine = "faster-whisper"
licence = "MIT (nobody)"
languages = ["ko"]
files = [{ name = "config.json" }, { name = "model.bin" }, { name = "vocabulary.json" }, { name = "tokenizer.json" }]
"""

ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from models import store
from models.errors import NotWrittenError
from models.quantize import quantize

home = Path(sys.argv[1])
registry = store.registry_of(home, Path(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    quantize(registry.get("tiny"), "float32", home, registry, report=print)
except NotWrittenError as error:
    print(error)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path, site: Path) -> Path:
    """A model home that holds the tiny model."""
    folder = tiny_whisper.save(tmp_path / "medium")
    env = environment(tmp_path / "home", site)
    assert CliRunner().invoke(app, ["import", str(folder), "--name", "tiny"], env=env).exit_code == 0
    return tmp_path / "home"


def environment(home: Path, site: Path) -> dict[str, str]:
    return {"SCRIBE_MODELS_HOME": str(home), "SCRIBE_MODELS_REGISTRY": str(site)}


def made(home: Path, site: Path, to: Precision = "int8", name: str | None = None) -> Quantized:
    registry = store.registry_of(home, site)
    return quantize(registry.get("tiny"), to, home, registry, name=name, report=print)


def encoded(folder: Path, compute_type: str) -> NDArray[np.float32]:
    features = np.random.default_rng(3).standard_normal((1, 80, 100)).astype(np.float32)
    model = ctranslate2.models.Whisper(str(folder), compute_type=compute_type)
    return np.asarray(model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True))


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir() if not path.name.startswith(".")}


def test_int8_is_what_the_engine_makes_of_the_weights(home: Path, site: Path, tmp_path: Path) -> None:
    copy = made(home, site)
    theirs = WeightsFile(tiny_whisper.save(tmp_path / "theirs", precision="int8") / "model.bin")
    ours = WeightsFile(copy.folder / "model.bin")

    integers = [name for name, variable in theirs.variables.items() if variable.type == "int8" and variable.shape]
    assert len(integers) == 23  # embeddings, 2 x 4 of the encoder, 2 x 7 of the decoder
    for name in integers:
        assert np.abs(ours.raw(name).astype(int) - theirs.raw(name)).max() <= 1, name
    np.testing.assert_array_equal(encoded(copy.folder, "int8"), encoded(home / "tiny", "int8"))
    assert copy.agreement == 1.0
    assert copy.size < 0.7 * copy.original_size


@pytest.mark.parametrize(
    ("to", "load", "type_"), [("int8_bfloat16", "int8", "bfloat16"), ("float32", "float32", "float32")]
)
def test_other_precisions_load_and_answer_alike(home: Path, site: Path, to: Precision, load: str, type_: str) -> None:
    copy = made(home, site, to)

    assert WeightsFile(copy.folder / "model.bin").variables["encoder/layer_norm/gamma"].type == type_
    one, other = encoded(copy.folder, load), encoded(home / "tiny", load)
    assert (one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other) > 0.999


def test_the_copy_is_pinned_and_says_what_it_was_made_from(home: Path, site: Path) -> None:
    copy = made(home, site, name="tiny-small")
    manifest = json.loads((copy.folder / "manifest.json").read_bytes())

    assert manifest["licence"] == "MIT (nobody)"
    assert manifest["derived"]["model"] == "tiny"
    assert manifest["derived"]["sha256"] == store.sha256_of(home / "tiny/model.bin")
    assert manifest["files"]["model.bin"]["sha256"] == store.sha256_of(copy.folder / "model.bin")
    known = store.registry_of(home, site).get("tiny-small")
    assert (known.task, known.languages, known.note) == ("speech", ("ko",), "made here from tiny as int8")
    assert store.verified_folder(known, home) == copy.folder
    (copy.folder / "model.bin").write_bytes(b"another")
    with pytest.raises(WrongHashError, match=r"tiny-small: model\.bin"):
        store.verified_folder(known, home)


def test_the_command_says_what_it_made_and_list_and_verify_know_it(home: Path, site: Path) -> None:
    env = environment(home, site)

    told = CliRunner().invoke(app, ["quantize", "tiny", "--to", "int8"], env=env)
    figures = json.loads(CliRunner().invoke(app, ["quantize", "tiny", "--to", "float32", "--json"], env=env).stdout)

    assert told.exit_code == 0
    assert told.stdout.startswith("tiny-int8: 0.")
    assert "encoder agrees to 1.0000" in told.stdout
    assert (figures["model"], figures["agreement"]) == ("tiny-float32", 1.0)
    rows = json.loads(CliRunner().invoke(app, ["list", "--json"], env=env).stdout)
    assert {row["name"] for row in rows if row["present"]} == {"tiny", "tiny-int8", "tiny-float32"}
    verified = CliRunner().invoke(app, ["verify"], env=env)
    assert verified.exit_code == 0
    assert "tiny-int8/model.bin: ok (hash from first copy)" in verified.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [("whisper-base", "there is a model named whisper-base already"), ("../x", "is not a name"), ("tiny", "already")],
)
def test_a_name_that_cannot_be_is_refused(home: Path, site: Path, name: str, told: str) -> None:
    with pytest.raises(QuantizationRefusedError, match=told):
        made(home, site, name=name)


def test_a_copy_is_not_made_of_a_copy(home: Path, site: Path) -> None:
    made(home, site)
    registry = store.registry_of(home, site)

    with pytest.raises(QuantizationRefusedError, match=r"tiny-int8 cannot be quantised to float32: .*the original"):
        quantize(registry.get("tiny-int8"), "float32", home, registry, report=print)
    with pytest.raises(QuantizationRefusedError, match="tiny-int8 already"):
        made(home, site)


def test_a_model_that_is_not_here_is_told(site: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="tiny is not in"):
        made(tmp_path / "elsewhere", site)


def test_a_full_disk_leaves_nothing(home: Path, site: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(home), str(site)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert "tiny-float32 could not be written" in ran.stdout
    assert "File too large" in ran.stdout
    assert names(home) == {"tiny"}
    assert [path.suffix for path in (home / ".incoming").iterdir()] == [".lock", ".lock"]


def test_too_little_room_is_told_before_anything_is_written(
    home: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantizing.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000}))

    with pytest.raises(NoSpaceError, match="1,000 bytes free, and tiny-int8 needs"):
        made(home, site)
    assert names(home) == {"tiny"}


@pytest.mark.parametrize("call", ["write_weights", "_agreement", "_place"])
def test_what_breaks_off_leaves_nothing(home: Path, site: Path, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(quantizing, call, full)

    with pytest.raises(NotWrittenError, match="No space left on device"):
        made(home, site)
    assert names(home) == {"tiny"}
    assert not (home / ".incoming/tiny-int8").exists()
    monkeypatch.undo()
    assert made(home, site).agreement == 1.0


def test_a_copy_that_answers_otherwise_is_refused(home: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantizing, "_agreement", lambda *args: 0.5)

    with pytest.raises(QuantizationRefusedError, match=r"the copy's encoder agrees to 0\.5000 only"):
        made(home, site)
    assert names(home) == {"tiny"}


def test_weights_that_were_not_read_back_are_refused(home: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantizing, "int8_rows", lambda values: (np.zeros(values.shape, np.int8), np.ones(len(values))))

    with pytest.raises(QuantizationRefusedError, match="weight was not read back as written"):
        made(home, site)
    assert names(home) == {"tiny"}


def test_a_corrupt_model_is_refused(tmp_path: Path, site: Path) -> None:
    folder = tiny_whisper.save(tmp_path / "medium")
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:-100])
    env = environment(tmp_path / "home", site)
    CliRunner().invoke(app, ["import", str(folder), "--name", "tiny"], env=env)

    result = CliRunner().invoke(app, ["quantize", "tiny", "--to", "int8"], env=env)

    assert isinstance(result.exception, WeightsFileError)
    assert "cut short" in str(result.exception)
