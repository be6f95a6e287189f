"""``scribe device``: what an administrator types, and what comes back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scribe.crypto import SigningKey
from scribe.device_cli import NoSuchDeviceError, app
from scribe.devices import NoSuchLoginError, enrol
from scribe.domain.uplink import Enrolled, EnrolmentRequest
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with one physician in it."""
    monkeypatch.setenv("SCRIBE_HOSPITAL_NAME", "서울내과의원")
    settings = Settings.load(None, data_dir=tmp_path)
    store = store_of(settings)
    with store.begin(Actor.service(store.ensure_hospital(settings.organization))) as work:
        work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사")
    store.close()
    return tmp_path


def device(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data-dir", str(folder)])


def enrolled(folder: Path, code: str) -> Enrolled:
    store = store_of(Settings.load(None, data_dir=folder))
    key = SigningKey.generate().public.to_pem().decode()
    made = enrol(store, EnrolmentRequest(code=code, public_key=key, name="진료실 1"))
    store.close()
    return made


def test_a_code_is_printed_once_and_enrols_a_device(folder: Path) -> None:
    printed = device(folder, "invite", "--owner", "kim")
    assert printed.exit_code == 0
    code = printed.stdout.split()[0]
    made = enrolled(folder, code)
    (listed,) = json.loads(device(folder, "list", "--json").stdout)
    assert (listed["id"], listed["name"], listed["owner"]) == (made.device_id, "진료실 1", "kim")
    assert (listed["accepts_audio"], listed["last_seen_at"], listed["revoked_at"]) == (False, None, None)
    assert code not in device(folder, "list").stdout


def test_audio_is_the_site_s_choice(folder: Path) -> None:
    code = json.loads(device(folder, "invite", "--owner", "kim", "--audio", "--json").stdout)["code"]
    enrolled(folder, code)
    assert "audio and transcripts  never seen  active" in device(folder, "list").stdout


def test_a_device_is_revoked_for_good(folder: Path) -> None:
    made = enrolled(folder, device(folder, "invite", "--owner", "kim").stdout.split()[0])
    assert device(folder, "revoke", made.device_id).stdout == f"진료실 1 ({made.device_id}): revoked\n"
    assert device(folder, "revoke", made.device_id).exit_code == 0
    assert "revoked 20" in device(folder, "list").stdout


def test_wrong_input_is_one_sentence(folder: Path) -> None:
    unknown = device(folder, "invite", "--owner", "nobody")
    assert isinstance(unknown.exception, NoSuchLoginError)
    assert "login nobody" in str(unknown.exception)
    none = device(folder, "revoke", "none")
    assert isinstance(none.exception, NoSuchDeviceError)
    assert device(folder, "invite", "--owner", "kim", "--minutes", "0").exit_code == 2


def test_without_devices_the_list_is_empty(folder: Path) -> None:
    assert device(folder, "list").stdout == ""
    assert json.loads(device(folder, "list", "--json").stdout) == []
