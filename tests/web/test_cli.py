from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scribe.accounts import WeakPasswordError, sign_in
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.web.cli import LICENCE_SYSTEM, PasswordEncodingError, TwoRolesError, account_app, serve
from scribe.web.server import ListenError


def add(folder: Path, password: str, *options: str) -> None:
    arguments = ["add", "kim", "--name", "김의사", "--data-dir", str(folder), *options]
    result = CliRunner().invoke(account_app, arguments, input=password + "\n", env={"SCRIBE_DATA_DIR": ""})
    if result.exception:
        raise result.exception
    roles = {"--admin": "admin", "--patient-services": "patient_services"}
    role = next((roles[option] for option in options if option in roles), "physician")
    assert result.stdout == f"kim: {role}\n"


def test_an_added_account_signs_in(tmp_path: Path) -> None:
    add(tmp_path, "a long password", "--licence", "12345")
    store = store_of(Settings.load({}, data_dir=tmp_path))
    (hospital_id,) = store.hospitals()
    account = sign_in(store, hospital_id, "kim", "a long password").account
    store.close()
    assert (account.role, account.practitioner.name) == ("physician", "김의사")
    assert account.practitioner.identifier is not None
    assert (account.practitioner.identifier.system, account.practitioner.identifier.value) == (LICENCE_SYSTEM, "12345")


@pytest.mark.parametrize(("option", "role"), [("--admin", "admin"), ("--patient-services", "patient_services")])
def test_an_account_has_the_role_that_was_given(tmp_path: Path, option: str, role: str) -> None:
    add(tmp_path, "a long password", option)
    store = store_of(Settings.load({}, data_dir=tmp_path))
    assert sign_in(store, store.hospitals()[0], "kim", "a long password").account.role == role
    store.close()
    with pytest.raises(TwoRolesError):
        add(tmp_path, "a long password", "--admin", "--patient-services")


def test_a_weak_password_adds_nobody(tmp_path: Path) -> None:
    with pytest.raises(WeakPasswordError):
        add(tmp_path, "short", "--admin")


def test_serve_says_where_it_cannot_listen(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(serve)
    result = CliRunner().invoke(app, ["--host", "192.0.2.1", "--port", "80", "--data-dir", str(tmp_path)])
    assert isinstance(result.exception, ListenError)
    assert not list(tmp_path.iterdir()), "nothing is opened before the address is ours"


def test_a_password_that_is_no_text_adds_nobody(tmp_path: Path) -> None:
    app = typer.Typer()
    app.add_typer(account_app, name="account")
    arguments = ["account", "add", "kim", "--name", "김의사", "--data-dir", str(tmp_path)]
    result = CliRunner().invoke(app, arguments, input=b"\xff\xfe a long password\n")
    assert isinstance(result.exception, PasswordEncodingError)
