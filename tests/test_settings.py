"""The settings object and its documentation."""

import re
from pathlib import Path

import pytest

from scribe.settings import PREFIX, Settings, SettingsError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(SCRIBE_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_every_setting_is_documented_with_its_default():
    documented = {name: (default, meaning) for name, default, meaning in ROW.findall(PAGE.read_text("utf-8"))}
    expected = {}
    for name, field in Settings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        expected[PREFIX + name.upper()] = (default, field.description)
    assert documented == expected


def test_without_any_variable_everything_is_local(tmp_path):
    settings = Settings.load()
    assert settings.store_url == f"sqlite:///{settings.data_dir}/scribe.db"
    assert settings.jobs_url == f"sqlite:///{settings.data_dir}/jobs.db"
    assert settings.data_dir == Path.home() / ".local/share/clinical-scribe"
    assert settings.models_home == settings.data_dir / "models"
    assert (settings.host, settings.port, settings.fhir_url) == ("127.0.0.1", 8080, None)


def test_an_unknown_variable_is_refused(monkeypatch):
    monkeypatch.setenv("SCRIBE_SESION_IDLE_MINUTES", "5")
    with pytest.raises(SettingsError, match="SCRIBE_SESION_IDLE_MINUTES is unknown"):
        Settings.load()


def test_settings_of_the_edge_agent_in_the_same_environment_are_left_to_it(monkeypatch):
    monkeypatch.setenv("SCRIBE_EDGE_DEVICE", "USB PnP Sound Device")
    assert Settings.load().port == 8080


def test_an_unknown_override_is_refused():
    with pytest.raises(SettingsError, match="SCRIBE_SPEED"):
        Settings.load(speed=3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCRIBE_PORT", "70000"),
        ("SCRIBE_SESSION_IDLE_MINUTES", "0"),
        ("SCRIBE_HOSPITAL_HIRA_NUMBER", "123"),
        ("SCRIBE_FHIR_URL", "ftp://geheim"),
        ("SCRIBE_WORKERS", "many"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as error:
        Settings.load()
    assert value not in str(error.value)


def test_secrets_are_masked(monkeypatch):
    monkeypatch.setenv("SCRIBE_FHIR_TOKEN", "tok-geheim")
    monkeypatch.setenv("SCRIBE_DATABASE_URL", "postgresql://scribe:pw-geheim@db/scribe")
    settings = Settings.load()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "geheim" not in shown
    assert settings.store_url == settings.jobs_url == "postgresql://scribe:pw-geheim@db/scribe"


def test_variables_set_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCRIBE_HOSPITAL_NAME", "서울내과의원")
    monkeypatch.setenv("SCRIBE_HOSPITAL_HIRA_NUMBER", "12345678")
    settings = Settings.load(port=0)
    assert settings.key_file == tmp_path / "hospital.key"
    assert settings.audio_dir == tmp_path / "audio"
    assert settings.organization.name == "서울내과의원"
    assert settings.organization.identifier.value == "12345678"
    assert settings.port == 0


def test_a_dotenv_file_in_the_working_directory_is_not_read(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("SCRIBE_PORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert Settings.load().port == 8080
