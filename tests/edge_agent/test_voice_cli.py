"""``scribe edge voice``: consent is asked for, the voice is kept, shown and deleted, and no sound is."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from edge_agent.enrolment import ConsentMissingError, EmbedderUnfitError, VoiceTooShortError
from edge_agent.voice_cli import CONSENT_TEXT, app
from models.campplus import CamPlus
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from models.store import default_home

RUNNER = CliRunner()


@pytest.fixture
def desk(tmp_path: Path, models_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCRIBE_EDGE_DATA_DIR", str(tmp_path / "edge"))
    monkeypatch.setenv("SCRIBE_MODELS_HOME", str(models_home))
    monkeypatch.delenv("SCRIBE_MODELS_REGISTRY", raising=False)
    return tmp_path / "edge"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, desk: Path) -> None:
    try:
        ensure(Registry.load().get(CamPlus.name), default_home(), Fetching(network=False))
    except NoSourceError:
        pytest.skip("the weights of voice-campplus are not here: `scribe models pull voice-campplus`")
    monkeypatch.setenv("SCRIBE_MODELS_HOME", str(default_home()))


@pytest.fixture
def spoken(shared_speech: Path, tmp_path: Path) -> Path:
    """Eighteen seconds of one person."""
    clips = [soundfile.read(file)[0] for file in sorted((shared_speech / "ko").glob("etts_nea*.flac"))]
    path = tmp_path / "physician.wav"
    soundfile.write(path, np.concatenate([*clips, *clips]), 16000)
    return path


def test_without_consent_nothing_is_kept(desk: Path, spoken: Path) -> None:
    result = RUNNER.invoke(app, ["enrol", str(spoken)], input="n\n")

    assert isinstance(result.exception, ConsentMissingError)
    assert "성문" in result.output
    assert not (desk / "voices").exists()


def test_the_consent_says_what_is_kept_and_how_to_undo_it() -> None:
    assert all(word in CONSENT_TEXT for word in ("생체정보", "이 컴퓨터에만", "지울 수 있습니다", "동의하지 않아도"))


def test_a_voice_is_enrolled_shown_and_deleted(desk: Path, spoken: Path, trained: None) -> None:
    enrolled = RUNNER.invoke(app, ["enrol", str(spoken), "--consent"])
    assert enrolled.exit_code == 0, enrolled.output
    assert "등록했습니다" in enrolled.output

    shown = RUNNER.invoke(app, ["status"])
    assert "등록된 목소리가 있습니다" in shown.output
    assert CamPlus.name in shown.output
    assert sorted(file.name for file in (desk / "voices").iterdir()) == ["physician.key", "physician.voice"]
    assert sum(file.stat().st_size for file in (desk / "voices").iterdir()) < 4000

    assert "지웠습니다" in RUNNER.invoke(app, ["delete"]).output
    assert "없습니다" in RUNNER.invoke(app, ["status"]).output
    assert list((desk / "voices").iterdir()) == []


def test_too_little_speech_is_told_in_one_sentence(desk: Path, shared_speech: Path, trained: None) -> None:
    clip = sorted((shared_speech / "ko").glob("etts_nea*.flac"))[0]

    result = RUNNER.invoke(app, ["enrol", str(clip), "--consent"])

    assert isinstance(result.exception, VoiceTooShortError)


def test_without_a_voice_model_nobody_can_be_enrolled(desk: Path, spoken: Path) -> None:
    result = RUNNER.invoke(app, ["enrol", str(spoken), "--consent"])

    assert isinstance(result.exception, EmbedderUnfitError)


def test_a_recording_or_the_microphone_is_named(desk: Path) -> None:
    assert RUNNER.invoke(app, ["enrol"]).exit_code == 2
    assert RUNNER.invoke(app, ["enrol", "a.wav", "--record"]).exit_code == 2
