"""The edge agent's settings, and the page that documents them and every warning."""

import os
import re
from pathlib import Path

import pytest

from edge_agent.events import Notice, NoticeKind
from edge_agent.settings import PREFIX, EdgeSettings, EdgeSettingsError, variable_of
from edge_agent.wording import notice_text
from tests.edge_agent.agent_parts import NOON

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "edge.md").read_text("utf-8")
SETTING = re.compile(r"^\| `(SCRIBE_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
WARNING = re.compile(r"^\| `([a-z_]+)` (.+?) \| .+ \| .+ \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in [name for name in os.environ if name.startswith("SCRIBE_")]:
        monkeypatch.delenv(name)


def test_every_setting_is_documented_with_its_default():
    documented = {name: (default, meaning) for name, default, meaning in SETTING.findall(PAGE)}
    expected = {}
    for name, field in EdgeSettings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        expected[variable_of(name)] = (default, field.description)
    assert documented == expected


def test_every_warning_is_documented_in_the_words_that_are_shown():
    documented = dict(WARNING.findall(PAGE))
    assert documented.keys() == {kind.value for kind in NoticeKind}
    for kind, words in documented.items():
        shown = notice_text(Notice(kind=NoticeKind(kind), since=NOON, amount=3.0, detail="x")).title
        assert words == re.sub(r"[\d.]+", "N", shown)


def test_without_any_variable_everything_is_local():
    settings = EdgeSettings.load()
    assert settings.data_dir == Path.home() / ".local/share/clinical-scribe/edge"
    assert settings.wrapping_key_file == settings.data_dir / "edge.key"
    assert settings.models_home == Path.home() / ".local/share/clinical-scribe/models"
    assert (settings.send_audio, settings.retention_days, settings.port) == (False, None, 8765)


def test_variables_set_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SCRIBE_EDGE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCRIBE_EDGE_CHANNELS", "2")
    monkeypatch.setenv("SCRIBE_MODELS_HOME", str(tmp_path / "models"))
    monkeypatch.setenv("SCRIBE_PORT", "8080")  # the service's
    settings = EdgeSettings.load(None, device="USB", port=None)
    assert (settings.data_dir, settings.channels, settings.device) == (tmp_path, 2, "USB")
    assert settings.models_home == tmp_path / "models"
    assert settings.port == 8765


@pytest.mark.parametrize("name", ["SCRIBE_EDGE_DEVCE", "SCRIBE_EDGE_MODELS_HOME"])
def test_an_unknown_variable_is_refused(monkeypatch, name):
    monkeypatch.setenv(name, "x")
    with pytest.raises(EdgeSettingsError, match=f"{name} is unknown"):
        EdgeSettings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("CHANNELS", "3"), ("LANGUAGE", "geheim"), ("RETENTION_DAYS", "-1"), ("THREADS", "0")],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(monkeypatch, name, value):
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(EdgeSettingsError, match=PREFIX + name) as error:
        EdgeSettings.load()
    assert value not in str(error.value)
