"""Which speech model hears a language."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import (
    LanguageUnsupportedError,
    NoModelForLanguageError,
    RegistryFileError,
    UnknownModelError,
    WrongTaskError,
)
from models.languages import require, speech_model_for
from models.registry import Model, Registry

SITE = """
format = "scribe-models/1"

[languages]
ko = "clinic-korean"
ja = ["whisper-medium-ja", "whisper-base"]
de = "whisper-korean"

[models.clinic-korean]
task = "speech"
engine = "faster-whisper"
licence = "MIT"
languages = ["ko-KR"]
files = [{ name = "model.bin" }]

[models.whisper-medium-ja]
task = "speech"
engine = "faster-whisper"
licence = "MIT"
languages = ["ja"]
files = [{ name = "model.bin" }]
"""


def having(*names: str) -> Callable[[Model], bool]:
    return lambda model: model.name in names


@pytest.fixture
def site(tmp_path: Path) -> Registry:
    path = tmp_path / "models.toml"
    path.write_text(SITE, encoding="utf-8")
    return Registry.load(path)


def test_korean_takes_the_sites_fine_tune_where_it_is_here() -> None:
    ours = Registry.load()

    assert speech_model_for(ours, "ko", having("whisper-korean", "whisper-base")).name == "whisper-korean"
    assert speech_model_for(ours, "ko", having("whisper-base")).name == "whisper-base"
    assert speech_model_for(ours, "en", having("whisper-korean", "whisper-base")).name == "whisper-base"


def test_where_nothing_is_here_the_model_is_one_that_can_be_had() -> None:
    assert speech_model_for(Registry.load(), "ko", having()).name == "whisper-base"


def test_the_sites_line_replaces_ours_and_its_other_languages_stay(site: Registry) -> None:
    assert speech_model_for(site, "ko", having("whisper-base")).name == "clinic-korean"
    assert speech_model_for(site, "en", having()).name == "whisper-base"


def test_a_region_does_not_matter(site: Registry) -> None:
    assert speech_model_for(site, "ko-KR", having()).name == "clinic-korean"
    assert speech_model_for(site, "EN_us", having()).name == "whisper-base"


def test_a_language_without_a_model_is_told() -> None:
    with pytest.raises(NoModelForLanguageError, match=r"No speech model for fr is known: .*there is one for ko, en"):
        speech_model_for(Registry.load(), "fr", having("whisper-base"))


def test_a_model_that_does_not_know_the_language_is_told(site: Registry) -> None:
    with pytest.raises(LanguageUnsupportedError, match="whisper-korean knows ko, not de"):
        speech_model_for(site, "de", having("whisper-korean"))
    with pytest.raises(LanguageUnsupportedError, match="whisper-base knows ko, en, not ja"):
        require(Registry.load(), "whisper-base", "ja")


def test_only_speech_models_hear() -> None:
    with pytest.raises(WrongTaskError, match="silero-vad is a model for vad"):
        require(Registry.load(), "silero-vad", "ko")
    with pytest.raises(UnknownModelError, match="whisper-huge"):
        require(Registry.load(), "whisper-huge", "ko")


@pytest.mark.parametrize("line", ['ko = ""', "ko = []", "ko = 3", 'korean = "whisper-base"', 'ko = ["../x"]'])
def test_a_wrong_line_is_refused_with_the_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(f'format = "scribe-models/1"\n[languages]\n{line}\n', encoding="utf-8")

    with pytest.raises(RegistryFileError, match=r"languages\."):
        Registry.load(path)
