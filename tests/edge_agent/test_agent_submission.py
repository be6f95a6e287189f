"""The agent and the way to the service: what is submitted, what waits, what may be discarded."""

import pytest

from edge_agent.errors import (
    UnknownRecordingError,
)
from edge_agent.recordings import RecordingState
from edge_agent.shelf import RecordingBusyError
from edge_agent.states import AgentState
from scribe.crypto import new_id
from tests.edge_agent.agent_parts import FakeRecogniser, FakeWay, bench


@pytest.fixture
def served(tmp_path):
    with bench(tmp_path / "spool", way=FakeWay()) as found:
        yield found


def test_a_recording_with_its_consultation_is_submitted_when_its_transcript_is_there(served):
    recording_id = served.record(1, encounter_id="enc-1")
    assert served.way.submitted == []
    served.agent.stop()
    served.settle()
    assert served.way.submitted == [recording_id]


def test_a_recording_without_consultation_waits_until_it_is_assigned(served):
    recording_id = served.record(1)
    served.agent.stop()
    served.settle()
    assert served.way.submitted == []
    assert served.agent.snapshot().recordings[0].upload == "waiting"
    served.agent.assign(recording_id, "enc-2")
    served.settle()
    assert served.way.submitted == [recording_id]
    assert served.agent.snapshot().recordings[0].encounter_id == "enc-2"


def test_the_consultation_can_be_assigned_while_recording(served):
    recording_id = served.record(1)
    served.agent.assign(recording_id, "enc-3")
    assert served.agent.snapshot().current.encounter_id == "enc-3"
    served.agent.stop()
    served.settle()
    assert served.way.submitted == [recording_id]


def test_what_a_crash_kept_from_being_submitted_is_submitted_at_the_next_start(tmp_path):
    with bench(tmp_path / "spool") as desk:  # enrolled only later
        recording_id = desk.record(1, encounter_id="enc-1")
        desk.agent.stop()
        desk.settle()
    with bench(tmp_path / "spool", way=FakeWay()) as desk:
        desk.settle()
        assert desk.way.submitted == [recording_id]


def test_the_state_of_the_upload_is_shown(served):
    recording_id = served.record(1, encounter_id="enc-1")
    served.agent.stop()
    served.settle()
    served.way.park(recording_id, "이미 서명된 진료입니다. 다른 진료를 선택하세요.")
    served.way.problem = "서버에 연결할 수 없습니다."
    served.way.on_change()
    served.settle()
    row = served.agent.snapshot().recordings[0]
    assert (row.upload, row.advice) == ("problem", "이미 서명된 진료입니다. 다른 진료를 선택하세요.")
    assert served.kinds == {"service_problem", "upload_problem"}
    assert served.agent.snapshot().service.reachable is False
    served.way.problem = None
    served.agent.shelf.resend(recording_id)
    served.settle()
    assert served.way.retried == [recording_id]
    assert served.kinds == set()
    served.spool.set_state(recording_id, RecordingState.UPLOADING)
    served.spool.set_state(recording_id, RecordingState.ACKNOWLEDGED)
    served.way.on_change()
    served.settle()
    assert served.agent.snapshot().recordings[0].upload == "done"


def test_a_recording_that_is_over_can_be_discarded_and_one_under_way_only_by_its_own_command(served):
    first = served.record(1)
    served.agent.stop()
    served.settle()
    second = served.record(1)
    for refused in (served.agent.shelf.discard, served.agent.shelf.recover):
        with pytest.raises(RecordingBusyError):
            refused(second)
    served.agent.shelf.discard(first)
    served.settle()
    assert served.spool.summary(first).state is RecordingState.DISCARDED
    assert served.agent.snapshot().recordings == ()
    with pytest.raises(UnknownRecordingError):
        served.agent.shelf.discard(new_id())


def test_a_recording_discarded_while_it_is_recognised_gets_no_transcript(tmp_path):
    with bench(tmp_path / "spool", recogniser=FakeRecogniser(prompt=False)) as desk:
        recording_id = desk.record(1)
        desk.agent.stop()
        hearing = desk.recogniser.last
        desk.agent.shelf.discard(recording_id)
        hearing.answer("지운 말")
        desk.settle()
        assert hearing.abandoned
        assert desk.spool.documents(recording_id) == ()
        assert desk.agent.state is AgentState.IDLE
