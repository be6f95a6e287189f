"""Which model hears a recording, and how it is run."""

from pathlib import Path

import pytest

from edge_agent.recognisers import Recognisers
from models import openvino_encoder, store
from models.engines import Measured, store_choices
from models.errors import LanguageUnsupportedError, NoModelForLanguageError, NoSourceError, UnknownModelError
from models.fetch import import_from
from models.quantize import quantize
from models.registry import Registry
from models.speech import SpeechOptions
from tests.models import tiny_whisper

SITE = """
format = "scribe-models/1"

[languages]
ko = ["tiny-tuned", "tiny-korean"]
en = "tiny-english"

[models.tiny-korean]
task = "speech"
engine = "faster-whisper"
licence = "MIT (nobody)"
languages = ["ko"]
files = [{ name = "config.json" }, { name = "model.bin" }, { name = "vocabulary.json" }, { name = "tokenizer.json" }]

[models.tiny-english]
task = "speech"
engine = "faster-whisper"
licence = "MIT (nobody)"
languages = ["en"]
files = [{ name = "config.json" }, { name = "model.bin" }, { name = "vocabulary.json" }, { name = "tokenizer.json" }]

[models.tiny-tuned]
task = "speech"
engine = "faster-whisper"
licence = "MIT (nobody)"
languages = ["ko"]
files = [{ name = "config.json" }, { name = "model.bin" }, { name = "vocabulary.json" }, { name = "tokenizer.json" }]
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    path = tmp_path / "models.toml"
    path.write_text(SITE, encoding="utf-8")
    return Registry.load(path)


@pytest.fixture
def home(tmp_path: Path, registry: Registry) -> Path:
    """A model home with a Korean and an English model, but not the tuned one."""
    medium = tiny_whisper.save(tmp_path / "medium")
    for name in ("tiny-korean", "tiny-english"):
        import_from(registry.get(name), medium, tmp_path / "home")
    return tmp_path / "home"


def test_each_language_is_heard_by_its_own_model(home: Path, registry: Registry) -> None:
    recognisers = Recognisers(home, registry)

    assert recognisers.get("ko").model.name == "tiny-korean"
    assert recognisers.get("en").model.name == "tiny-english"
    assert recognisers.get("ko-KR") is recognisers.get("ko")


def test_a_named_model_hears_what_it_knows_and_refuses_the_rest(home: Path, registry: Registry) -> None:
    recognisers = Recognisers(home, registry, model="tiny-korean")

    assert recognisers.get("ko").model.name == "tiny-korean"
    with pytest.raises(LanguageUnsupportedError, match="tiny-korean knows ko, not en"):
        recognisers.get("en")


def test_what_cannot_be_heard_is_told(home: Path, registry: Registry) -> None:
    with pytest.raises(NoModelForLanguageError, match="No speech model for fr is known"):
        Recognisers(home, registry).get("fr")
    with pytest.raises(UnknownModelError, match="tiny-french"):
        Recognisers(home, registry, model="tiny-french").get("ko")
    with pytest.raises(NoSourceError, match="tiny-tuned"):
        Recognisers(home, registry, model="tiny-tuned").get("ko")


def test_a_quantised_copy_can_be_named(home: Path, registry: Registry) -> None:
    quantize(registry.get("tiny-korean"), "int8", home, registry, report=print)

    copy = Recognisers(home, registry, model="tiny-korean-int8").get("ko")

    assert copy.sha256 == store.sha256_of(home / "tiny-korean-int8/model.bin")
    assert copy.described({}).model == "tiny-korean-int8-int8"


def test_the_model_runs_as_it_was_measured_and_the_transcript_says_so(home: Path, registry: Registry) -> None:
    encoder = "openvino" if openvino_encoder.is_installed() else "onnxruntime"
    measured = Measured(
        compute_type="float32",
        encoder=encoder,
        threads=1,
        real_time_factor=0.1,
        character_error_rate=0.1,
        peak_mb=300,
    )
    store_choices(home, {"tiny-korean": measured})

    told = Recognisers(home, registry).get("ko").described({"vad": "silero-vad"})

    assert told.model == "tiny-korean-float32"
    assert told.model_sha256 == store.sha256_of(home / "tiny-korean/model.bin")
    assert told.options is not None
    assert (told.options["encoder"], told.options["vad"]) == (encoder, "silero-vad")
    named = Recognisers(home, registry, options=SpeechOptions(compute_type="int16")).get("ko")
    assert named.recognizer.options.compute_type == "int16"
