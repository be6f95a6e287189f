"""Exporting the audit log, and verifying it without the installation."""

import json
import os
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from scribe.audit_cli import AuditFileError, EmptyAuditFileError, NoInstallationError, app
from scribe.crypto import new_id
from scribe.domain.encounter import Encounter, Organization
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor


@pytest.fixture
def exported(tmp_path, monkeypatch):
    """The log of two hospitals, in a file."""
    for name in [name for name in os.environ if name.startswith("SCRIBE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path / "data"))
    store = store_of(Settings.load())
    for name in ("서울의원", "부산의원"):
        hospital_id = store.ensure_hospital(Organization(name=name))
        with store.begin(Actor.service(hospital_id)) as work:
            kim = work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사")
        with store.begin(kim.actor) as work:
            work.encounters.add(Encounter(id=new_id(), start=datetime.now(UTC)))
            work.encounters.list()
    store.close()
    path = tmp_path / "audit.jsonl"
    assert run("export", path).exit_code == 0
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def heads(output: str) -> list[str]:
    return [line.rsplit(" ", 1)[1] for line in output.splitlines()]


def test_a_whole_log_verifies_here_and_offline(exported, monkeypatch, tmp_path):
    here = run("verify")
    assert here.exit_code == 0
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path / "elsewhere"))
    offline = run("verify", exported)
    assert offline.exit_code == 0
    assert [line.split(": ")[1].split(",")[0] for line in offline.output.splitlines()] == ["3 records", "3 records"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_data_directory_can_be_named(exported, monkeypatch, tmp_path):
    monkeypatch.delenv("SCRIBE_DATA_DIR")
    again = tmp_path / "again.jsonl"
    assert run("export", again, "--data-dir", tmp_path / "data").exit_code == 0
    assert run("verify", again).exit_code == 0


def test_where_no_installation_is_none_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(tmp_path / "elsewhere"))
    assert isinstance(run("verify").exception, NoInstallationError)
    assert isinstance(run("export", tmp_path / "a.jsonl").exception, NoInstallationError)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_log(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert isinstance(run("verify", tmp_path / "a.jsonl").exception, EmptyAuditFileError)


def test_a_log_that_has_grown_still_holds_the_noted_head(exported):
    noted = heads(run("verify", exported).output)[0]
    assert run("verify", "--head", noted).exit_code == 0
    result = run("verify", exported, "--head", "0" * 64)
    assert (result.exit_code, "cut off" in result.output) == (1, True)


def test_a_changed_record_is_named(exported):
    lines = exported.read_text("utf-8").splitlines()
    record = json.loads(lines[1])
    record["account_id"] = "somebody else"
    exported.write_text("\n".join([lines[0], json.dumps(record), *lines[2:]]), "utf-8")
    result = run("verify", exported)
    assert result.exit_code == 1
    assert "broken at record 2" in result.output


def test_a_file_that_is_no_log_is_refused_with_its_line(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_text('{"hospital_id": "h"}\n')
    result = run("verify", path)
    assert isinstance(result.exception, AuditFileError)
    assert "line 1" in str(result.exception)
