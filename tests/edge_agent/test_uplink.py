"""Recordings on their way to the service: the real spool, queue and service over HTTP, and everything that fails."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.errors import SpoolDiskError
from edge_agent.identity import load
from edge_agent.recordings import RecordingState
from edge_agent.spool import Spool
from edge_agent.uplink import RECEIPT_DOCUMENT, Pace, Sending, Uplink
from edge_agent.uplink_client import UplinkClient
from edge_agent.uplink_errors import NotEnrolledError, UnreachableError
from edge_agent.uplink_queue import CloudVariableError
from tests.edge_agent.uplink_desk import QUICK, Desk, a_desk, parked, told
from tests.uplink_service import MARKER, NAME, UplinkClinic


@pytest.fixture
def desk(service: UplinkClinic, tmp_path: Path) -> Iterator[Desk]:
    with a_desk(service, tmp_path) as made:
        yield made


def finished(desk: Desk) -> list[str]:
    """The recordings that the service gave receipts for, in that order."""
    return [
        path.split("/")[4] for _, path, status in desk.clinic.app.seen if path.endswith("/finish") and status == 200
    ]


def test_a_recording_is_sent_drafted_and_acknowledged(desk: Desk, visit: str) -> None:
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(recording_id)
        status = uplink.status()
    assert (status.waiting, status.problem, status.parked, status.sending) == (0, None, (), None)
    assert status.last_success is not None
    assert desk.changes
    assert desk.clinic.drafted[-1] == visit
    assert desk.has_audio(recording_id)  # nothing says that it may go
    assert RECEIPT_DOCUMENT in desk.spool.documents(recording_id)


def test_audio_goes_only_where_it_is_to_be_sent(desk: Desk, visit: str) -> None:
    desk.send_audio = True
    recording_id = desk.record(visit, seconds=40.0)
    with desk.sending():
        desk.acknowledged(recording_id)
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        (recording,) = work.recordings.list(visit)
        wav = work.recordings.audio(recording.id)
    reader = desk.spool.reader(recording_id)
    assert wav[44:] == reader.pcm(0, reader.manifest().bytes)
    silent = desk.record(desk.clinic.visit())
    desk.send_audio = False
    with desk.sending():
        desk.acknowledged(silent)
    assert not [path for _, path, _ in desk.clinic.app.seen if silent in path and "/audio/" in path]


def test_progress_is_shown_while_audio_goes_and_not_while_waiting(desk: Desk, visit: str) -> None:
    desk.send_audio = True
    recording_id = desk.record(visit, seconds=100.0)
    shown: list[float] = []
    with desk.sending() as uplink:
        desk.changes = Watching(lambda: uplink.status().sending, shown)
        desk.acknowledged(recording_id)
    assert shown == sorted(shown)
    assert {0.0, 1.0} < set(shown)
    desk.changes = []
    desk.clinic.fault("503", "/audio/1", times=1, retry_after="600")
    second = desk.record(desk.clinic.visit(), seconds=100.0)
    with desk.sending() as uplink:
        assert told(uplink, desk, "busy").sending is None
        uplink.wake()
        desk.acknowledged(second)


class Watching(list[None]):
    """Notes what is being sent at every change."""

    def __init__(self, sending: Callable[[], Sending | None], shown: list[float]) -> None:
        super().__init__()
        self._sending = sending
        self._shown = shown

    def append(self, item: None) -> None:
        sending = self._sending()
        if sending is not None:
            self._shown.append(sending.fraction)


def test_a_recording_given_away_while_it_waits_arrives_where_it_belongs(desk: Desk, visit: str) -> None:
    desk.pace = Pace(first=600.0, longest=600.0)
    desk.clinic.fault("503", "/transcript")
    recording_id, right = desk.record(visit), desk.clinic.visit()
    with desk.sending() as uplink:
        told(uplink, desk, "busy")
        desk.spool.assign(recording_id, right)
        uplink.submit(recording_id)
        uplink.wake()
        desk.acknowledged(recording_id)
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.transcripts.latest(visit) is None
        assert work.transcripts.latest(right) is not None


def test_recordings_wait_for_the_service_and_arrive_in_order(desk: Desk) -> None:
    desk.pace = QUICK
    visits = [desk.clinic.visit() for _ in range(4)]
    desk.clinic.fault("503", times=6)
    recordings = [desk.record(visit) for visit in visits]
    with desk.sending() as uplink:
        status = told(uplink, desk, "busy")
        assert status.waiting == 4
        assert status.oldest_since is not None
        assert status.problem is not None
        assert "자동으로 다시" in status.problem
        desk.acknowledged(*recordings)
    assert finished(desk) == recordings


def test_days_without_a_service_are_caught_up_in_order_after_restarts(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound, but nobody listens: connections are refused
        _move(desk, f"http://127.0.0.1:{port}")
        recordings = []
        for day in range(3):
            desk.clinic.device_clock.off = timedelta(days=day)
            recordings.append(desk.record(desk.clinic.visit()))
            with desk.sending() as uplink:
                status = told(uplink, desk, "unreachable")
                assert status.waiting == day + 1
    desk.clinic.device_clock.off = timedelta(0)
    _move(desk, desk.clinic.url)
    with desk.sending():
        desk.acknowledged(*recordings)
    assert finished(desk) == recordings
    assert desk.clinic.count("upload") >= 3


def _move(desk: Desk, url: str) -> None:
    """Let the service be at another address."""
    file = desk.folder / "identity.json"
    known = load(desk.folder, desk.wrapper).url
    file.write_bytes(file.read_bytes().replace(known.encode(), url.encode()))


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("500", "/transcript"),
        ("html", "/transcript"),
        ("lost answer", "/transcript"),
        ("mid-part", "/audio/0"),
        ("truncated", "/audio/0"),
        ("lost answer", "/audio/0"),
        ("503", "/finish"),
        ("404 html", "/finish"),
        ("410 proxy", "/finish"),
        ("truncated", "/finish"),
        ("lost answer", "/finish"),
    ],
)
def test_every_fault_on_the_way_mends_by_itself(desk: Desk, visit: str, kind: str, at: str) -> None:
    desk.send_audio = True
    desk.retention_days = 0
    desk.clinic.fault(kind, at, times=2)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(recording_id)
        desk.until(lambda: not desk.has_audio(recording_id))
        assert uplink.status().problem is None
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.encounters.get(visit).transcript_version == 1
        assert len(work.recordings.list(visit)) == 1


def test_what_the_service_asks_to_wait_is_waited(desk: Desk, visit: str) -> None:
    desk.clinic.fault("503", "/transcript", retry_after="2")
    recording_id = desk.record(visit)
    started = time.monotonic()
    with desk.sending():
        desk.acknowledged(recording_id)
    assert time.monotonic() - started >= 2.0


def test_waiting_can_be_cut_short(desk: Desk, visit: str) -> None:
    desk.pace = Pace(first=600.0, longest=600.0)
    desk.clinic.fault("503", "/transcript")
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        told(uplink, desk, "busy")
        uplink.wake()
        desk.acknowledged(recording_id)


def test_stopping_does_not_wait_for_the_next_attempt(desk: Desk, visit: str) -> None:
    desk.pace = Pace(first=600.0, longest=600.0)
    desk.clinic.fault("503", "/transcript")
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        told(uplink, desk, "busy")
        started = time.monotonic()
    assert time.monotonic() - started < 5.0
    with desk.sending():
        desk.acknowledged(recording_id)


def test_a_recording_of_nobody_waits_until_it_is_assigned(desk: Desk, visit: str) -> None:
    recording_id, later = desk.record(None), desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(later)
        status = uplink.status()
        assert (status.unassigned, status.waiting) == (1, 0)
        assert desk.state(recording_id) is RecordingState.TRANSCRIBED
        desk.spool.assign(recording_id, desk.clinic.visit())
        uplink.submit(recording_id)
        desk.acknowledged(recording_id)


def test_a_recording_that_is_refused_is_put_aside_and_blocks_nobody(desk: Desk, visit: str) -> None:
    poison = desk.record(desk.clinic.visit(desk.clinic.lee))
    good = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(good)
        assert parked(uplink, desk, poison) == "not_found"
        status = uplink.status()
        assert "진료를 다시 선택하세요" in status.parked[0].reason
        assert status.waiting == 0
    with desk.sending() as uplink:
        assert uplink.status().parked[0].recording_id == poison
        uplink.submit(poison)
        assert uplink.status().waiting == 0
        desk.spool.assign(poison, desk.clinic.visit())
        uplink.submit(poison)
        desk.acknowledged(poison)
        assert uplink.status().parked == ()


def test_a_refusal_that_was_mended_at_the_service_is_taken_up_again(desk: Desk) -> None:
    unasked = desk.clinic.visit(desk.clinic.lee)
    recording_id = desk.record(unasked)
    with desk.sending() as uplink:
        parked(uplink, desk, recording_id)
        with desk.clinic.store.engine.begin() as connection:
            for table in ("encounter", "encounter_key", "consent"):
                column = "id" if table == "encounter" else "encounter_id"
                connection.exec_driver_sql(
                    f"UPDATE {table} SET owner_id = ? WHERE {column} = ?", (desk.clinic.kim.id, unasked)
                )
        uplink.retry(recording_id)
        desk.acknowledged(recording_id)


def test_a_service_that_fails_on_one_recording_does_not_block_the_others(desk: Desk) -> None:
    first, second = desk.record(desk.clinic.visit()), desk.record(desk.clinic.visit())
    desk.clinic.fault("500", f"{first}/transcript", times=8)
    with desk.sending() as uplink:
        desk.acknowledged(second)
        assert parked(uplink, desk, first) == "repeated"
        uplink.tidy()  # an hour later
        desk.acknowledged(first)


def test_what_nobody_foresaw_is_tried_again_in_an_hour(
    desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recording_id = desk.record(visit)
    with desk.sending() as uplink, monkeypatch.context() as broken:
        broken.setattr(Spool, "put_document", lambda *_: 1 // 0)
        assert parked(uplink, desk, recording_id) == "repeated"
        broken.undo()
        uplink.tidy()
        desk.acknowledged(recording_id)
    assert "ZeroDivisionError at" in caplog.text


def test_a_disk_that_is_in_the_way_is_tried_again(desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id = desk.record(visit)

    def refuse(*_: object) -> None:
        raise SpoolDiskError(folder="the spool", problem="input/output error")

    with desk.sending() as uplink, monkeypatch.context() as broken:
        broken.setattr(Spool, "header", refuse)
        assert parked(uplink, desk, recording_id) == "repeated"
        broken.undo()
        uplink.tidy()
        desk.acknowledged(recording_id)


def test_a_transcript_that_cannot_be_opened_is_put_aside(desk: Desk, visit: str) -> None:
    recording_id = desk.record(visit)
    (sealed,) = (path for path in desk.spool.folder.rglob("*transcript*") if path.is_file())
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"\x00")
    with desk.sending() as uplink:
        assert parked(uplink, desk, recording_id) == "unreadable"
    assert desk.has_audio(recording_id)


def test_housekeeping_that_breaks_is_done_again(
    desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge_agent.uplink._HOUSEKEEPING_SECONDS", 0.2)
    monkeypatch.setattr(Uplink, "tidy", lambda _: 1 // 0)
    recording_id = desk.record(visit)
    with desk.sending():
        desk.until(lambda: caplog.text.count("housekeeping broke: ZeroDivisionError") > 1)
        desk.acknowledged(recording_id)


def test_a_revoked_device_keeps_its_recordings_and_says_so(desk: Desk, visit: str) -> None:
    desk.clinic.revoke(desk.identity.device_id)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        status = told(uplink, desk, "revoked")
        assert status.waiting == 1
        assert "등록이 해지" in (status.problem or "")
        assert desk.has_audio(recording_id)
        desk.clinic.enrol(desk.folder)  # enrolled again while it runs
        desk.acknowledged(recording_id)


def test_a_wrong_clock_is_shown_and_mends_by_itself(desk: Desk, visit: str) -> None:
    desk.clinic.device_clock.off = timedelta(minutes=34)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        assert "시계가 34분 빠릅니다" in (told(uplink, desk, "clock").problem or "")
        desk.clinic.device_clock.off = timedelta(0)
        desk.acknowledged(recording_id)


def test_a_computer_that_is_not_enrolled_waits(desk: Desk, visit: str) -> None:
    (desk.folder / "identity.json").unlink()
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        told(uplink, desk, "not_enrolled")
        with pytest.raises(NotEnrolledError):
            uplink.encounters()
        desk.clinic.enrol(desk.folder)
        desk.acknowledged(recording_id)
        assert visit in {one.id for one in uplink.encounters()}


def test_a_recording_discarded_meanwhile_is_forgotten(desk: Desk, visit: str) -> None:
    desk.pace = Pace(first=600.0, longest=600.0)
    desk.clinic.fault("503", times=1)
    recording_id, next_one = desk.record(visit), desk.record(desk.clinic.visit())
    with desk.sending() as uplink:
        told(uplink, desk, "busy")
        desk.spool.discard(recording_id)
        uplink.wake()
        desk.acknowledged(next_one)
        assert uplink.status().parked == ()


def test_submitting_again_sends_once(desk: Desk, visit: str) -> None:
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        for _ in range(5):
            uplink.submit(recording_id)
        desk.acknowledged(recording_id)
        uplink.submit(recording_id)
        uplink.retry(recording_id)
    with desk.sending():
        pass
    assert finished(desk) == [recording_id]


def test_what_was_said_is_in_no_log_and_no_row_of_the_queue(
    desk: Desk, visit: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.send_audio, desk.retention_days = True, 0
    desk.clinic.fault("500", "/transcript")
    recordings = [desk.record(visit), desk.record(desk.clinic.visit(desk.clinic.lee))]
    with desk.sending() as uplink:
        uplink.encounters()
        desk.acknowledged(recordings[0])
        parked(uplink, desk, recordings[1])
    for secret in (MARKER, NAME, "홍○○", "마이크"):
        assert secret not in caplog.text
        for path in desk.folder.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path.name
        assert not any(secret in path for _, path, _ in desk.clinic.app.seen)


def test_a_cloud_variable_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBOS_CONDUCTOR_KEY", "key")
    with pytest.raises(CloudVariableError, match="DBOS_CONDUCTOR_KEY"):
        desk.uplink().start()


def test_attempts_come_ever_more_rarely_and_not_in_step() -> None:
    pace = Pace(first=2.0, longest=300.0)
    assert [pace.wait(number, 0.0, None) for number in (0, 1, 2, 8, 500)] == [2.0, 4.0, 8.0, 300.0, 300.0]
    assert pace.wait(3, 1.0, None) == 8.0
    assert pace.wait(0, 0.5, 30.0) == 30.0


def test_the_picker_without_a_service_says_so(desk: Desk) -> None:
    _move(desk, "http://127.0.0.1:9")
    with desk.sending() as uplink, pytest.raises(UnreachableError):
        uplink.encounters()


def test_a_client_closes_what_it_opened(desk: Desk) -> None:
    with desk.uplink()._connect() as client:
        assert isinstance(client, UplinkClient)
    with pytest.raises(RuntimeError, match="closed"):
        client.about()
