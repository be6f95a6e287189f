"""The agent on stand-ins for microphone, recogniser and service, over a real spool."""

import threading

import numpy as np
import pytest

from edge_agent.agent import CommandRefusedError, ConsentNeededError
from edge_agent.capture import Counts
from edge_agent.errors import (
    CaptureUnfinishedError,
    NoMicrophoneError,
)
from edge_agent.events import Topic
from edge_agent.level import Level
from edge_agent.recordings import RecordingState
from edge_agent.states import AgentState
from models.audio import SAMPLE_RATE
from tests.edge_agent.agent_parts import FakeRecogniser, FakeWay, Room, bench, consent, speech


@pytest.fixture
def desk(tmp_path):
    with bench(tmp_path / "spool") as found:
        yield found


def kept(desk, recording_id):
    return desk.spool.reader(recording_id).samples()


def test_a_recording_goes_from_start_to_transcript(desk):
    states = []
    watch = desk.agent.board.watch(lambda: states.append(desk.agent.state))
    recording_id = desk.agent.start(consent("guardian"), encounter_id="enc-1")
    assert desk.agent.state is AgentState.STARTING
    desk.room.talk(3)
    assert desk.agent.state is AgentState.RECORDING
    assert desk.agent.level().seconds == 3.0
    assert desk.agent.stop() == recording_id
    desk.settle()
    watch.close()
    assert desk.agent.state is AgentState.IDLE
    assert AgentState.FINISHING in states
    header = desk.spool.header(recording_id)
    assert (header.consent, header.encounter_id, header.device) == (consent("guardian"), "enc-1", "Built-in")
    np.testing.assert_allclose(kept(desk, recording_id), speech(3), atol=1 / 32767)
    transcript = desk.agent.shelf.transcript(recording_id)
    assert [utterance.text for utterance in transcript.utterances] == ["안녕하세요.", "기침이 나요."]
    assert transcript.recording.sha256 == desk.spool.manifest(recording_id).sha256
    assert (transcript.recording.id, transcript.recording.duration) == (recording_id, 3.0)
    assert desk.spool.summary(recording_id).state is RecordingState.TRANSCRIBED
    assert desk.recogniser.last.frames == 3 * SAMPLE_RATE


@pytest.mark.parametrize(
    "given",
    [consent(state="refused"), consent(state="withdrawn"), consent(purpose="secondary_use")],
    ids=["refused", "withdrawn", "other purpose"],
)
def test_without_consent_no_microphone_is_opened(desk, given):
    with pytest.raises(ConsentNeededError):
        desk.agent.start(given)
    assert desk.room.opened == []
    assert desk.spool.recordings() == ()


def test_commands_that_do_not_fit_the_state_are_refused(desk):
    for command in (desk.agent.pause, desk.agent.resume, desk.agent.stop, desk.agent.discard):
        with pytest.raises(CommandRefusedError):
            command()
    with pytest.raises(CommandRefusedError):
        desk.agent.off_the_record(30)
    desk.record(1)
    with pytest.raises(CommandRefusedError):
        desk.agent.start(consent())
    with pytest.raises(CommandRefusedError):
        desk.agent.resume()
    assert len(desk.room.opened) == 1


def test_what_is_said_during_a_pause_is_not_kept(desk):
    recording_id = desk.record(2)
    desk.agent.pause()
    assert desk.agent.state is AgentState.PAUSED
    desk.room.talk(5)
    assert desk.agent.level().seconds == 2.0
    desk.agent.resume()
    desk.room.microphone.hear(speech(1), ago=0.5)  # its second half alone was heard after the pause
    desk.room.talk(1)
    desk.agent.stop()
    assert desk.spool.summary(recording_id).duration == pytest.approx(3.0)
    assert len(desk.spool.reader(recording_id).stretches) == 2


def test_off_the_record_destroys_the_last_seconds_audio_and_text(desk):
    recording_id = desk.record(10)
    desk.recogniser.last.partial("하나", "둘", "셋", "넷", tentative="다섯", step=3.0)
    assert desk.agent.off_the_record(4) == pytest.approx(4.0)
    live = desk.agent.live()
    assert ([word.text for word in live.stable], live.tentative) == (["하나", "둘"], "")
    assert live.generation == 1
    assert desk.recogniser.last.rewound == [6 * SAMPLE_RATE]
    assert desk.agent.snapshot().current.erased == pytest.approx(4.0)
    desk.room.talk(2)
    desk.agent.stop()
    samples = kept(desk, recording_id)
    assert samples.shape[1] == 8 * SAMPLE_RATE
    np.testing.assert_allclose(samples[:, : 6 * SAMPLE_RATE], speech(10)[:, : 6 * SAMPLE_RATE], atol=1 / 32767)


def test_off_the_record_also_drops_what_was_heard_before_it_and_arrives_later(desk):
    recording_id = desk.record(5)
    desk.agent.off_the_record(2)
    desk.room.microphone.hear(speech(1), ago=0.2)  # all of it was in the air before the command
    assert desk.agent.level().seconds == pytest.approx(3.0)
    desk.room.talk(1)
    desk.agent.stop()
    assert desk.spool.summary(recording_id).duration == pytest.approx(4.0)


def test_off_the_record_longer_than_the_recording_leaves_nothing(desk):
    desk.record(2)
    assert desk.agent.off_the_record(300) == pytest.approx(2.0)
    assert desk.agent.live().stable == ()
    assert desk.agent.stop() is None
    assert desk.agent.state is AgentState.IDLE


def test_a_discarded_recording_is_gone(desk):
    recording_id = desk.record(3)
    hearing = desk.recogniser.last
    desk.agent.discard()
    desk.settle()
    assert desk.agent.state is AgentState.IDLE
    assert hearing.abandoned
    assert desk.spool.summary(recording_id).state is RecordingState.DISCARDED
    assert desk.agent.snapshot().recordings == ()
    assert desk.agent.live().stable == ()


def test_a_stop_before_the_first_sound_leaves_no_recording(desk):
    desk.agent.start(consent())
    assert desk.agent.stop() is None
    desk.settle()
    assert desk.agent.snapshot().recordings == ()


def test_the_next_recording_may_begin_while_the_last_is_recognised(tmp_path):
    with bench(tmp_path / "spool", recogniser=FakeRecogniser(prompt=False)) as desk:
        first = desk.record(2)
        desk.agent.stop()
        assert desk.agent.state is AgentState.TRANSCRIBING
        desk.settle()
        assert desk.agent.snapshot().recordings[0].progress == pytest.approx(0.5)
        second = desk.record(2)
        assert desk.agent.state is AgentState.RECORDING
        desk.recogniser.hearings[0].answer("첫째 환자")
        desk.settle()
        assert desk.agent.shelf.transcript(first).utterances[0].text == "첫째 환자"
        assert desk.agent.live().recording_id == second
        desk.agent.stop()
        desk.recogniser.last.answer("둘째 환자")
        desk.settle()
        assert desk.agent.shelf.transcript(second).utterances[0].text == "둘째 환자"


def test_a_late_partial_of_the_last_recording_is_not_shown_with_the_next(tmp_path):
    with bench(tmp_path / "spool", recogniser=FakeRecogniser(prompt=False)) as desk:
        desk.record(1)
        desk.agent.stop()
        desk.record(1)
        desk.recogniser.hearings[0].partial("앞사람")
        assert desk.agent.live().stable == ()


def test_live_text_reaches_a_watcher_who_looks_late(desk):
    desk.record(1)
    rung = threading.Event()
    watch = desk.agent.board.watch(rung.set)
    assert watch.take() == frozenset(Topic)
    for count in range(1, 50):
        desk.recogniser.last.partial(*["말"] * count, tentative="은")
    assert rung.is_set()
    assert Topic.LIVE in watch.take()
    assert watch.take() == frozenset()
    assert len(desk.agent.live().stable) == 49
    assert desk.agent.live().tentative == "은"


# ---- microphones


def test_the_recogniser_is_told_what_the_consultation_is_likely_to_hold(tmp_path):
    way = FakeWay()
    with bench(tmp_path, way=way) as desk:
        known = desk.record(encounter_id="visit-1")
        desk.agent.stop()
        unassigned = desk.record()
        desk.agent.stop()
        way.problem = "서버에 연결할 수 없습니다."
        offline = desk.record(encounter_id="visit-2")
        desk.agent.stop()
        desk.settle()

    assert desk.recogniser.terms[known] == ("term of visit-1",)
    assert desk.recogniser.terms[unassigned] == desk.recogniser.terms[offline] == ()


def test_no_microphone_is_a_fault_from_which_one_can_start_again(desk):
    desk.room.refuses = NoMicrophoneError()
    with pytest.raises(NoMicrophoneError):
        desk.agent.start(consent())
    assert desk.agent.state is AgentState.FAULT
    assert "microphone_failed" in desk.kinds
    assert desk.spool.recordings() == ()
    desk.room.refuses = None
    desk.record(1)
    assert desk.agent.state is AgentState.RECORDING
    assert desk.kinds == set()


def test_what_the_microphone_tells_is_shown_until_it_passes(desk):
    desk.record(1)
    microphone = desk.room.microphone
    for kind, shown in [("silence", "silence"), ("one_channel", "one_channel"), ("device_lost", "device_lost")]:
        microphone.say(kind)
        assert shown in desk.kinds
    microphone.say("sound")
    microphone.say("reopened", lost=2.5)
    assert desk.kinds == {"audio_lost", "one_channel"}, "a device with one channel stays one"
    microphone.say("overflow", lost=0.5)
    microphone.counts = Counts(overflows=1, dropped_frames=48000, reopened=1)
    snapshot = desk.agent.snapshot()
    lost = next(notice for notice in snapshot.notices if notice.kind.value == "audio_lost")
    assert lost.amount == pytest.approx(3.0)
    assert (snapshot.counts.overflows, snapshot.counts.dropped_frames, snapshot.counts.reopened) == (1, 48000, 1)
    assert desk.agent.state is AgentState.RECORDING


def test_one_silent_microphone_of_two_is_another_warning_than_no_sound(tmp_path):
    with bench(tmp_path, channels=2) as desk:
        desk.record(1)
        microphone = desk.room.microphone
        microphone.say("silence", channel=1)
        assert desk.kinds == {"one_channel"}
        microphone.say("silence", channel=0)
        assert desk.kinds == {"silence"}
        microphone.say("sound", channel=0)
        assert desk.kinds == {"one_channel"}
        microphone.say("sound", channel=1)
        assert desk.kinds == set()


def test_a_reopened_microphone_begins_a_stretch_with_its_own_time(desk):
    recording_id = desk.record(2)
    desk.room.microphone.say("reopened", lost=4.0)
    desk.room.talk(2)
    desk.agent.stop()
    assert len(desk.spool.reader(recording_id).stretches) == 2


def test_the_microphone_can_be_changed_while_recording(desk):
    recording_id = desk.record(2)
    desk.room.microphone.counts = Counts(overflows=1, dropped_frames=160)
    desk.agent.set_microphone("USB")
    desk.room.talk(2)
    assert desk.agent.snapshot().microphone == "USB"
    assert desk.agent.snapshot().counts == Counts(overflows=1, dropped_frames=160)
    assert desk.chosen == ["USB"]
    desk.agent.stop()
    assert desk.spool.summary(recording_id).duration == pytest.approx(4.0)
    assert desk.room.opened[0].closed


def test_a_trial_shows_the_level_keeps_nothing_and_ends_by_itself(desk):
    desk.agent.try_microphone()
    desk.room.microphone.level = Level(-25.0, -12.0)
    desk.room.talk(2)
    view = desk.agent.level()
    assert (view.listening, view.seconds, view.level.rms_dbfs) == (True, None, -25.0)
    assert desk.agent.state is AgentState.IDLE
    assert desk.spool.recordings() == ()
    desk.room.time += 31
    for _ in range(50):
        if not desk.agent.level().listening:
            break
        threading.Event().wait(0.05)
    assert not desk.agent.level().listening
    assert desk.room.microphone.closed


def test_a_start_during_a_trial_uses_a_fresh_microphone(desk):
    desk.agent.try_microphone()
    desk.record(1)
    assert len(desk.room.opened) == 2
    assert desk.room.opened[0].closed
    assert desk.agent.snapshot().trying_microphone is False


def test_audio_that_cannot_be_saved_yet_lets_the_recording_go_on(desk):
    desk.record(1)
    desk.room.stop_refuses = CaptureUnfinishedError(seconds=12.0)
    with pytest.raises(CaptureUnfinishedError):
        desk.agent.stop()
    assert desk.agent.state is AgentState.RECORDING
    desk.room.stop_refuses = None
    assert desk.agent.stop() is not None


def test_two_channels_are_kept_and_heard_apart(tmp_path):
    with bench(tmp_path / "spool", channels=2) as desk:
        recording_id = desk.record(2)
        desk.agent.stop()
        assert kept(desk, recording_id).shape == (2, 2 * SAMPLE_RATE)
        assert desk.recogniser.last.channels == 2


def test_a_named_microphone_that_is_missing_falls_back_and_says_so(tmp_path):
    with bench(tmp_path / "spool", room=Room(names=["Built-in"]), microphone="USB") as desk:
        desk.record(1)
        assert desk.agent.snapshot().microphone == "Built-in"
        assert [notice.detail for notice in desk.agent.notices.held] == ["Built-in"]
