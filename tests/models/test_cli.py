"""`scribe models list|pull|import|verify` as a person uses them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cli import app
from models.errors import ImportRefusedError, NoSourceError
from tests.models.conftest import REVISION, StandInHub

SITE = """
format = "scribe-models/1"

[models.tiny]
task = "speech"
engine = "faster-whisper"
licence = "MIT (nobody)"
languages = ["ko"]
files = [{{ name = "model.bin", size = 5, sha256 = "{sha256}" }}]

[[models.tiny.sources]]
kind = "hub"
repo = "team/repo"
revision = "{revision}"
"""
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    registry = tmp_path / "models.toml"
    registry.write_text(SITE.format(sha256=HELLO, revision=REVISION), encoding="utf-8")
    return {"SCRIBE_MODELS_HOME": str(tmp_path / "home"), "SCRIBE_MODELS_REGISTRY": str(registry)}


def test_list_shows_licence_and_presence(site: dict[str, str]) -> None:
    rows = json.loads(CliRunner().invoke(app, ["list", "--json"], env=site).stdout)

    tiny = next(row for row in rows if row["name"] == "tiny")
    assert (tiny["present"], tiny["pinned"], tiny["bytes"], tiny["licence"]) == (False, True, 5, "MIT (nobody)")
    assert "whisper-base" in CliRunner().invoke(app, ["list"], env=site).stdout


def test_pull_prints_the_licence_before_the_download_and_verify_agrees(site: dict[str, str], hub: StandInHub) -> None:
    hub.files = {"model.bin": b"hello"}
    env = site | {"SCRIBE_MODELS_HUB": hub.url}

    pulled = CliRunner().invoke(app, ["pull", "tiny"], env=env)
    verified = CliRunner().invoke(app, ["verify", "--json"], env=env)

    assert pulled.exit_code == 0
    assert "licence: MIT (nobody)" in pulled.stderr
    assert pulled.stdout.startswith("tiny: verified in ")
    assert json.loads(verified.stdout) == {
        "tiny": [{"file": "model.bin", "status": "ok", "sha256": HELLO, "pinned_by": "registry"}]
    }


def test_verify_fails_on_a_changed_file(site: dict[str, str], hub: StandInHub) -> None:
    hub.files = {"model.bin": b"hello"}
    CliRunner().invoke(app, ["pull", "tiny"], env=site | {"SCRIBE_MODELS_HUB": hub.url})
    (Path(site["SCRIBE_MODELS_HOME"]) / "tiny" / "model.bin").write_bytes(b"hallo")

    result = CliRunner().invoke(app, ["verify"], env=site)

    assert result.exit_code == 1
    assert "tiny/model.bin: wrong" in result.stdout


def test_verify_without_any_model_says_so(site: dict[str, str]) -> None:
    assert "no model is in" in CliRunner().invoke(app, ["verify"], env=site).stdout


def test_import_finds_models_by_the_names_of_folders(site: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "usb" / "tiny").mkdir(parents=True)
    (tmp_path / "usb" / "tiny" / "model.bin").write_bytes(b"hello")

    assert CliRunner().invoke(app, ["import", str(tmp_path / "usb")], env=site).exit_code == 0
    rows = json.loads(CliRunner().invoke(app, ["list", "--json"], env=site).stdout)
    assert [row["name"] for row in rows if row["present"]] == ["tiny"]


def test_import_of_a_folder_without_models_is_refused(site: dict[str, str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["import", str(tmp_path)], env=site)

    assert isinstance(result.exception, ImportRefusedError)
    assert "--name" in str(result.exception)


def test_the_site_slot_is_pinned_by_its_import(site: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "tuned"
    folder.mkdir()
    for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_bytes(name.encode())

    imported = CliRunner().invoke(app, ["import", str(folder), "--name", "whisper-korean"], env=site)
    states = json.loads(CliRunner().invoke(app, ["verify", "whisper-korean", "--json"], env=site).stdout)

    assert imported.exit_code == 0
    assert {row["pinned_by"] for row in states["whisper-korean"]} == {"first copy"}


def test_pull_of_what_nobody_has_says_what_was_tried(site: dict[str, str], hub: StandInHub) -> None:
    result = CliRunner().invoke(app, ["pull", "tiny"], env=site | {"SCRIBE_MODELS_HUB": hub.url})

    assert isinstance(result.exception, NoSourceError)
    assert "answered 404 for model.bin" in str(result.exception)
