"""The commands of ``scribe edge`` apart from the microphone: lists, refusals, and what they print."""

import json
import os

import pytest
from typer.testing import CliRunner

from edge_agent import recovering, running
from edge_agent.cli import app
from edge_agent.devices import InputDevice
from edge_agent.errors import SpoolBusyError
from edge_agent.outfit import site_key
from edge_agent.recordings import RecordingHeader
from edge_agent.settings import EdgeSettings
from edge_agent.spool import Spool
from scribe.crypto import new_id
from tests.edge_agent.agent_parts import NOON, bench, consent, speech


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("SCRIBE_EDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCRIBE_EDGE_DATA_DIR", str(tmp_path / "edge"))


@pytest.fixture
def settings():
    return EdgeSettings.load()


def run(*command):
    return CliRunner().invoke(app, command, catch_exceptions=True)


def broken_off(settings, seconds=2.0):
    with Spool(settings.spool_dir, site_key(settings), clock=lambda: NOON) as spool:
        header = RecordingHeader(
            id=new_id(), started_at=NOON, channels=1, device="USB", consent=consent(), encounter_id="enc-1"
        )
        spool.begin(header).append(speech(seconds))
        return header.id


def test_microphones_are_listed(monkeypatch):
    found = InputDevice(index=0, name="USB 마이크", host_api="ALSA", channels=1, default_rate=48000, is_default=True)
    monkeypatch.setattr("edge_agent.devices.devices", lambda: (found,))
    assert run("devices").stdout == "* USB 마이크  (ALSA, 1 channels, 48000 Hz)\n"
    assert json.loads(run("devices", "--json").stdout)["devices"][0]["name"] == "USB 마이크"


def test_recover_lists_what_is_unfinished_and_changes_nothing(settings):
    assert run("recover").stdout == ""
    recording_id = broken_off(settings)
    for _ in range(2):
        done = run("recover")
        assert done.exit_code == 0
        assert done.stdout.startswith(f"{recording_id}  2026-11-22 03:00 UTC  2 s  broken off  no transcript")
    document = json.loads(run("recover", "--json").stdout)["recordings"]
    assert document[0]["interrupted"] is True
    assert (document[0]["id"], document[0]["seconds"], document[0]["encounter_id"]) == (recording_id, 2.0, "enc-1")
    assert document[0]["problems"] == []


def test_recover_says_that_an_agent_is_running(settings):
    with Spool(settings.spool_dir, site_key(settings), clock=lambda: NOON):
        assert isinstance(run("recover").exception, SpoolBusyError)


def test_recover_needs_one_recording_to_write_out(tmp_path):
    assert run("recover", "--all", "-o", str(tmp_path / "t.json")).exit_code == 2


def test_finishing_tells_what_failed(settings, monkeypatch, tmp_path):
    from contextlib import contextmanager

    from tests.edge_agent.agent_parts import FakeRecogniser

    recording_id = broken_off(settings)
    recogniser = FakeRecogniser()
    recogniser.breaks = True

    @contextmanager
    def agent(given):
        with bench(given.spool_dir, recogniser=recogniser, key=site_key(given)) as desk:
            yield desk.agent

    monkeypatch.setattr(recovering, "running_agent", agent)
    rows = recovering.finish(settings, None, None)
    assert (rows[0].summary.id, rows[0].has_transcript, rows[0].summary.interrupted) == (recording_id, False, False)
    assert "it was killed" in rows[0].line


def test_opening_the_page_needs_a_running_agent(settings):
    assert isinstance(run("open", "--no-browser").exception, running.NoPageError)
    settings.data_dir.mkdir(parents=True)
    with running._announced(settings, "http://127.0.0.1:8765"):
        printed = run("open", "--no-browser").stdout
        assert printed.startswith("http://127.0.0.1:8765/enter?ticket=")
    assert isinstance(run("open", "--no-browser").exception, running.NoPageError)


@pytest.mark.parametrize(
    "command",
    [
        ("record",),
        ("record", "--consent", "nobody"),
        ("record", "--consent", "patient", "--seconds", "0"),
        ("enrol", "https://scribe.example"),
    ],
)
def test_a_wrong_option_is_refused(command):
    assert run(*command).exit_code == 2


def test_a_transcript_that_cannot_be_written_is_known_before_recording(tmp_path):
    done = run("record", "--consent", "patient", "-o", str(tmp_path / "missing" / "t.json"))
    assert "does not exist" in str(done.exception)


def test_the_choice_of_the_microphone_is_kept(settings):
    from edge_agent.outfit import MicrophoneChoice

    settings.data_dir.mkdir(parents=True)
    choice = MicrophoneChoice(settings.data_dir / "microphone.json")
    assert choice.read() is None
    choice.write("USB 마이크")
    assert choice.read() == "USB 마이크"
    choice.write(None)
    assert choice.read() is None
    choice.file.write_text("[1")
    assert choice.read() is None
