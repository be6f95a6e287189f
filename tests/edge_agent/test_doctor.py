"""The doctor: what each check says of what it finds, and the whole over a real desk."""

from datetime import UTC, datetime, timedelta

import pytest

from edge_agent import desk_checks, speech_checks
from edge_agent.doctor import Check, Examination, Korean, Report, examined
from edge_agent.errors import CaptureError, NoMicrophoneError
from edge_agent.outfit import Doctor
from edge_agent.partial import RecogniserState
from edge_agent.recordings import RecordingHeader
from edge_agent.settings import EdgeSettings
from edge_agent.spool import Spool
from edge_agent.uplink_errors import ClockError, NotEnrolledError, RevokedError, UnreachableError
from models.errors import ModelMissingError
from models.registry import Registry
from scribe.crypto import new_id
from scribe.domain.uplink import DeviceInfo
from tests.edge_agent.agent_parts import KEY, NOON, bench, consent, speech

INFO = DeviceInfo(device_id="d1", name="진료실 1", hospital="서울의원", owner="이서연", accepts_audio=False, time=NOON)


def reading(**changes):
    usual = {"name": "USB", "wanted": "USB", "pinned": True, "rms_dbfs": -31.0, "clipped": False}
    return speech_checks.Reading(**(usual | changes))


def refuse(error):
    def look():
        raise error

    return look


@pytest.mark.parametrize(
    ("found", "status", "says"),
    [
        (reading(), "ok", "USB, loudest -31 dBFS"),
        (reading(wanted=None), "ok", "USB"),
        (reading(rms_dbfs=-97.0), "failed", "no sound at all"),
        (reading(name="Built-in", pinned=False), "warning", "'USB' is not there"),
        (reading(name="USB Audio (hw:2)"), "ok", "USB Audio"),
        (reading(clipped=True), "warning", "clips"),
        (reading(overflows=3), "warning", "overflows"),
    ],
)
def test_a_microphone(found, status, says):
    check = speech_checks.microphone(lambda: found)
    assert check.status == status
    assert says in check.line


def test_a_microphone_that_does_not_open():
    check = speech_checks.microphone(refuse(NoMicrophoneError()))
    assert check.status == "failed"
    assert "No microphone was found" in check.line
    assert check.korean.advice


def test_disk_says_minutes_left(tmp_path, monkeypatch):
    for free, status in [(10**12, "ok"), (600 * 10**6, "warning"), (10**6, "failed")]:
        monkeypatch.setattr("shutil.disk_usage", lambda place, free=free: type("Usage", (), {"free": free}))
        check = desk_checks.disk(tmp_path / "not" / "yet", 1)
        assert check.status == status
        assert f"{free / 32000 / 60:,.0f} minutes" in check.line
    two = desk_checks.disk(tmp_path, 2)
    assert f"{10**6 / 64000 / 60:,.0f} minutes" in two.line


def test_keys(tmp_path):
    file = tmp_path / "edge.key"
    assert desk_checks.keys(file, has_recordings=False).status == "ok"
    missing = desk_checks.keys(file, has_recordings=True)
    assert (missing.status, "backup" in missing.advice) == ("failed", True)
    file.write_bytes(b"k" * 32)
    file.chmod(0o600)
    assert desk_checks.keys(file, has_recordings=True).line == f"✓ keys: {file}, mode 0600"
    file.chmod(0o640)
    assert desk_checks.keys(file, has_recordings=True).advice == f"chmod 600 {file}"
    file.chmod(0o600)
    file.write_bytes(b"k" * 31)
    assert desk_checks.keys(file, has_recordings=True).status == "failed"


def test_the_spool(tmp_path):
    with Spool(tmp_path, KEY, clock=lambda: NOON) as spool:
        header = RecordingHeader(id=new_id(), started_at=NOON, channels=1, device="USB", consent=consent())
        spool.begin(header).append(speech(2))
    with Spool(tmp_path, KEY, clock=lambda: NOON) as spool:
        check = desk_checks.spool(spool.recordings(), lambda _: 0)
        assert (check.status, "1 unfinished" in check.finding) == ("warning", True)
        assert "scribe edge recover --all" in check.advice
        spool.finish_interrupted(header.id)
        check = desk_checks.spool(spool.recordings(), lambda _: 2)
        assert (check.status, "1 damaged" in check.finding) == ("warning", True)
        spool.discard(header.id)
        assert desk_checks.spool(spool.recordings(), lambda _: 0).status == "ok"


@pytest.mark.parametrize(
    ("off", "status"), [(0, "ok"), (9, "ok"), (-20, "warning"), (40, "warning"), (90, "failed"), (-3600, "failed")]
)
def test_the_clock_against_the_service(off, status):
    check = desk_checks.clock(NOON + timedelta(seconds=off), NOON)
    assert check.status == status
    if off:
        assert f"{abs(off):.1f} s {'ahead of' if off > 0 else 'behind'}" in check.finding


def test_the_clock_alone():
    assert desk_checks.clock(NOON, None).status == "ok"
    assert desk_checks.clock(datetime(1970, 1, 1, tzinfo=UTC), None).status == "failed"
    assert "stands still" in desk_checks.clock(NOON, None, ticks=lambda: 5.0).finding


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotEnrolledError(), "warning"),
        (UnreachableError(problem="ConnectError"), "warning"),
        (RevokedError(), "failed"),
        (ClockError(minutes=12, direction="ahead"), "failed"),
    ],
)
def test_the_service_that_does_not_take_recordings(error, status):
    check, info = desk_checks.service(refuse(error))
    assert (check.status, info) == (status, None)
    assert check.korean.finding


def test_the_service_that_does():
    check, info = desk_checks.service(lambda: INFO)
    assert (check.status, info) == ("ok", INFO)
    assert "서울의원" in check.finding


def test_models_that_are_missing_or_spoiled(models_home, tmp_path):
    registry = Registry.load()
    assert speech_checks.models(registry, models_home, ("whisper-base", "silero-vad")).status == "ok"
    spoiled = tmp_path / "models"
    folder = spoiled / "silero-vad"
    folder.mkdir(parents=True)
    for file in (models_home / "silero-vad").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    network = folder / "silero_vad_v6.onnx"
    network.write_bytes(network.read_bytes()[:-1] + b"x")
    check = speech_checks.models(registry, spoiled, ("silero-vad",))
    assert (check.status, check.advice) == ("failed", "scribe models pull silero-vad")


def test_the_recogniser_is_loaded_and_timed(models_home):
    check = speech_checks.recogniser(lambda: models_home / "whisper-base", "ko", 2)
    assert check.status in ("ok", "warning")
    assert "real-time factor" in check.finding
    failed = speech_checks.recogniser(refuse(ModelMissingError(model="whisper-base", home="models")), "ko", 2)
    assert failed.status == "failed"


def test_the_recogniser_of_a_running_agent_is_not_loaded_again():
    assert speech_checks.recogniser_running(RecogniserState.READY, 0).status == "ok"
    assert speech_checks.recogniser_running(RecogniserState.RESTARTING, 2).status == "warning"
    assert speech_checks.recogniser_running(RecogniserState.REFUSED, 0).status == "failed"


def test_a_look_that_breaks_is_a_failed_check():
    checks = list(examined([Examination("disk", "저장 공간", refuse(PermissionError(13, "denied", "/data")))]))
    assert (checks[0].status, checks[0].name) == ("failed", "disk")
    assert "denied" in checks[0].finding


def test_warnings_alone_do_not_fail_the_command():
    def check(status):
        return Check("x", status, "", "", Korean("x", ""))

    assert Report((check("ok"), check("warning"))).exit_code == 0
    assert Report((check("ok"), check("failed"))).exit_code == 1


def test_the_whole_over_a_running_agent_leaves_its_recording_alone(tmp_path, models_home):
    settings = EdgeSettings.load({}, data_dir=tmp_path, models_home=models_home)
    with bench(tmp_path / "spool") as desk:
        recording_id = desk.record(2)
        report = Doctor(settings, desk.agent).report()
        lines = {check.name: check for check in report.checks}
        assert list(lines) == ["microphone", "disk", "keys", "spool", "model", "recogniser", "service", "clock"]
        assert lines["microphone"].finding.startswith("Built-in")
        assert len(desk.room.opened) == 1
        assert lines["spool"].status == "ok"
        assert lines["service"].status == "warning"
        desk.room.talk(1)
        desk.agent.stop()
        assert desk.spool.summary(recording_id).duration == 3.0


def test_a_microphone_that_fails_to_listen_is_no_crash(tmp_path, monkeypatch, models_home):
    def broken(device, channels):
        raise CaptureError(problem="the sound server is gone")

    monkeypatch.setattr(speech_checks, "listen", broken)
    settings = EdgeSettings.load({}, data_dir=tmp_path, models_home=models_home)
    report = Doctor(settings).report()
    assert report.exit_code == 1
    assert next(check for check in report.checks if check.name == "microphone").status == "failed"
    assert not any("Traceback" in check.line for check in report.checks)
