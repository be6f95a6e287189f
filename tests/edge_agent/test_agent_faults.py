"""The agent while things around it fail, and after a crash: recordings are kept and finished."""

from datetime import timedelta

import pytest

from edge_agent.errors import (
    SpoolDiskError,
    SpoolFullError,
)
from edge_agent.partial import RecogniserState
from edge_agent.recordings import RecordingHeader, RecordingState
from edge_agent.spool import Spool
from edge_agent.states import AgentState
from models.audio import SAMPLE_RATE
from scribe.crypto import new_id
from tests.edge_agent.agent_parts import KEY, NOON, FakeRecogniser, bench, consent, speech


@pytest.fixture
def desk(tmp_path):
    with bench(tmp_path / "spool") as found:
        yield found


def test_a_disk_that_refuses_even_the_end_leaves_the_recording_to_be_recovered(desk, monkeypatch):
    recording_id = desk.record(2)
    writer = desk.agent._take.writer

    def refuse(*_):
        raise SpoolDiskError(folder="the data directory", problem="Input/output error")

    monkeypatch.setattr(type(writer), "append", refuse)
    monkeypatch.setattr(type(writer), "finish", refuse)
    desk.room.talk(1)
    desk.settle()

    assert desk.agent.state is AgentState.FAULT
    assert "storage_failed" in desk.kinds
    monkeypatch.undo()
    assert desk.spool.reader(recording_id).samples().shape == (1, 2 * SAMPLE_RATE)


def test_a_full_disk_stops_capture_loudly_and_keeps_what_is_there(desk, monkeypatch):
    recording_id = desk.record(3)
    writer = type(desk.spool._writers[recording_id])

    def full(self, samples):
        raise SpoolFullError(seconds=3.0, megabytes=15, folder="the data directory")

    monkeypatch.setattr(writer, "append", full)
    desk.room.microphone.hear(speech(0.5))
    desk.settle()
    assert desk.agent.state is AgentState.FAULT
    assert "disk_full" in desk.kinds
    assert desk.spool.summary(recording_id).duration == pytest.approx(3.0)
    assert desk.agent.shelf.transcript(recording_id) is not None
    monkeypatch.undo()
    desk.record(1)
    assert "disk_full" not in desk.kinds


def test_a_recogniser_that_dies_does_not_touch_the_recording(desk):
    recording_id = desk.record(1)
    desk.recogniser.tell(RecogniserState.RESTARTING)
    assert desk.kinds == {"recogniser_restarted"}
    desk.recogniser.tell(RecogniserState.GAVE_UP)
    assert "recogniser_failed" in desk.kinds
    desk.room.talk(1)
    desk.recogniser.prompt = False
    desk.agent.stop()
    desk.recogniser.last.break_down()
    desk.settle()
    row = desk.agent.snapshot().recordings[0]
    assert (row.failed, row.has_transcript, row.seconds) == (True, False, 2.0)
    desk.recogniser.tell(RecogniserState.READY)
    desk.recogniser.prompt = True
    desk.agent.shelf.recover(recording_id)
    desk.settle()
    row = desk.agent.snapshot().recordings[0]
    assert (row.failed, row.has_transcript) == (False, True)
    assert desk.recogniser.last.frames == 2 * SAMPLE_RATE
    assert desk.recogniser.last.live is False


def test_a_missing_model_is_told_and_recording_works(desk):
    desk.recogniser.tell(RecogniserState.REFUSED, "the model is missing")
    assert "model_missing" in desk.kinds
    desk.record(1)
    assert desk.agent.stop() is not None


def test_sleep_is_told_and_leaves_a_gap(desk):
    recording_id = desk.record(2)
    desk.slept[0] += 90.0
    desk.agent._vigil.look()
    assert [notice.amount for notice in desk.agent.notices.held if notice.kind == "slept"] == [90.0]
    desk.room.talk(1)
    desk.agent.stop()
    assert len(desk.spool.reader(recording_id).stretches) == 2


def test_a_disk_with_little_room_is_told_in_minutes(desk, monkeypatch):
    monkeypatch.setattr(desk.spool, "minutes_left", lambda channels: 42.7)
    desk.agent._vigil.look()
    assert [(notice.kind, notice.amount) for notice in desk.agent.notices.held] == [("disk_low", 42)]
    monkeypatch.setattr(desk.spool, "minutes_left", lambda channels: 9000.0)
    desk.agent._vigil.look()
    assert desk.kinds == set()


# ---- after a crash


def interrupted(folder, *, started_at=NOON, seconds=2.0, encounter_id=None):
    """What a killed agent leaves."""
    with Spool(folder, KEY, clock=lambda: started_at) as spool:
        header = RecordingHeader(
            id=new_id(), started_at=started_at, channels=1, device="USB", consent=consent(), encounter_id=encounter_id
        )
        spool.begin(header).append(speech(seconds))
        return header.id


@pytest.mark.parametrize("age", [timedelta(minutes=1), timedelta(days=400)])
def test_what_was_interrupted_is_finished_at_the_next_start_whatever_its_age(tmp_path, age):
    recording_id = interrupted(tmp_path / "spool", started_at=NOON - age)
    with bench(tmp_path / "spool") as desk:
        desk.settle()
        assert desk.spool.summary(recording_id).state is RecordingState.TRANSCRIBED
        row = desk.agent.snapshot().recordings
        assert desk.agent.shelf.transcript(recording_id) is not None
        assert ("interrupted" in desk.kinds) is (age < timedelta(hours=1))
        assert row[0].has_transcript


def test_a_transcript_that_was_still_awaited_is_made_at_the_next_start(tmp_path):
    with bench(tmp_path / "spool", recogniser=FakeRecogniser(prompt=False)) as desk:
        recording_id = desk.record(2)
        desk.agent.stop()
    with bench(tmp_path / "spool") as desk:
        desk.settle()
        assert desk.agent.shelf.transcript(recording_id) is not None


def test_closing_the_agent_closes_the_recording_properly(tmp_path):
    with bench(tmp_path / "spool") as desk:
        recording_id = desk.record(3)
    with Spool(tmp_path / "spool", KEY, clock=lambda: NOON) as spool:
        summary = spool.summary(recording_id)
        assert (summary.state, summary.interrupted, summary.duration) == (RecordingState.STOPPED, False, 3.0)
