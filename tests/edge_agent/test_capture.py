"""The microphone, with scripted devices: what is lost, told, kept and counted."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edge_agent.capture import Block, CaptureEvent, Counts, Microphone, Patience
from edge_agent.errors import (
    CaptureError,
    CaptureUnfinishedError,
    EdgeError,
    MicrophoneRefusedError,
    NoMicrophoneError,
    PortAudioMissingError,
)
from models.audio import SAMPLE_RATE, Samples
from tests.edge_agent.conftest import noise
from tests.edge_agent.scripted_microphone import Say, Scripts, Stall, Unplug

PROMPT = Patience(retry=0.001, retry_at_most=0.002, ending=0.0, tail=0.0)
IMPATIENT = replace(PROMPT, backlog=600.0)
"""A script says in no time what takes a minute: that the threads of a busy machine do not keep up is no event."""
UNPLUGGED = Unplug(CaptureError(problem="it was unplugged"))


class SpoolFullError(EdgeError):
    """The disk is full."""


def speech(seconds: float, *, seed: int = 1, rate: int = SAMPLE_RATE) -> Samples:
    return noise(seconds * rate / SAMPLE_RATE, seed=seed)[None]


class Session:
    """A microphone on scripts, and all it gave; ``listen`` plays the scripts through and stops."""

    def __init__(
        self,
        scripts: Scripts,
        on_block: Callable[[Block], None] | None = None,
        on_event: Callable[[CaptureEvent], None] | None = None,
        **options: object,
    ) -> None:
        self.scripts = scripts
        self.blocks: list[Block] = []
        self.events: list[CaptureEvent] = []
        self.microphone = Microphone(
            on_block=on_block or self.blocks.append,
            on_event=on_event or self.events.append,
            opener=scripts,
            clock=scripts.clock,
            **{"patience": IMPATIENT, **options},  # type: ignore[arg-type]
        )

    def listen(self) -> "Session":
        self.microphone.start()
        self.until(lambda: self.scripts.done or not self.microphone.running)
        self.microphone.stop()
        return self

    def until(self, happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not happened():
            assert time.monotonic() < deadline, self.events
            time.sleep(0.002)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def event(self, kind: str) -> CaptureEvent:
        return next(event for event in self.events if event.kind == kind)

    @property
    def samples(self) -> Samples:
        return np.concatenate([block.samples for block in self.blocks], axis=1)


def test_every_sample_is_handed_on_in_order() -> None:
    said = speech(3.0)
    session = Session(Scripts().add(Say(said))).listen()
    np.testing.assert_array_equal(session.samples, said)
    assert session.kinds == ["started"]
    assert session.microphone.position == 3.0
    assert session.microphone.counts == Counts()
    assert session.microphone.name == "Desk microphone"


def test_started_is_said_at_the_first_sound_only() -> None:
    session = Session(Scripts().add(Stall(1.5), Say(speech(0.1)), name="Slow"))
    session.microphone.start()
    assert session.microphone.name == "Slow"
    session.until(lambda: session.scripts.done)
    session.microphone.stop()
    assert session.event("started").position == 0.0
    assert session.scripts.clock.now >= 1001.5


def test_any_rate_becomes_16_khz() -> None:
    session = Session(Scripts().add(Say(speech(2.0, rate=44_100)), rate=44_100)).listen()
    assert session.samples.shape == (1, 2 * SAMPLE_RATE)


def test_times_of_blocks_are_the_clocks() -> None:
    session = Session(Scripts().add(Say(speech(1.0)))).listen()
    assert [block.heard_at for block in session.blocks] == pytest.approx([1000 + 0.04 * n for n in range(25)])


def test_one_channel_of_a_stereo_device_is_the_mean_of_both() -> None:
    said = np.concatenate([speech(0.4), speech(0.4, seed=2)])
    session = Session(Scripts().add(Say(said), channels=2)).listen()
    np.testing.assert_allclose(session.samples[0], said.mean(axis=0), atol=1e-7)


def test_two_channels_are_the_first_two_of_many() -> None:
    said = np.concatenate([speech(0.4, seed=seed) for seed in range(4)])
    session = Session(Scripts().add(Say(said), channels=4), channels=2).listen()
    np.testing.assert_array_equal(session.samples, said[:2])
    assert session.kinds == ["started"]


def test_two_channels_of_a_mono_device_are_the_same_and_told() -> None:
    said = speech(0.4)
    session = Session(Scripts().add(Say(said)), channels=2).listen()
    np.testing.assert_array_equal(session.samples, np.repeat(said, 2, axis=0))
    assert session.kinds == ["one_channel", "started"]


def test_three_channels_cannot_be_asked_for() -> None:
    with pytest.raises(CaptureError, match="only 1 or 2"):
        Session(Scripts(), channels=3)


def test_a_missing_pinned_device_gives_way_to_the_default() -> None:
    session = Session(Scripts().add(Say(speech(0.2)), name="Built-in"), device="Desk").listen()
    assert session.kinds == ["device_changed", "started"]
    assert "Desk is not available" in session.event("device_changed").detail
    assert session.microphone.name == session.event("device_changed").device == "Built-in"


def test_an_unplugged_device_is_reopened_and_the_gap_counted() -> None:
    said = speech(1.0)
    scripts = Scripts().add(Say(said), UNPLUGGED).add(refuse=NoMicrophoneError()).add(Stall(1.4), Say(said))
    session = Session(scripts).listen()
    assert session.kinds == ["started", "device_lost", "reopened"]
    assert "unplugged" in session.event("device_lost").detail
    assert session.event("reopened").lost == pytest.approx(1.4, abs=0.01)
    assert session.event("reopened").position == 1.0
    assert session.microphone.counts == Counts(reopened=1, dropped_frames=22_400)
    np.testing.assert_array_equal(session.samples, np.concatenate([said, said], axis=1))


def test_a_device_that_falls_silent_for_good_is_left() -> None:
    session = Session(Scripts().add(Say(speech(1.0)), Stall(60)).add(Say(speech(1.0)))).listen()
    assert session.kinds == ["started", "device_lost", "reopened"]
    assert session.event("reopened").lost == pytest.approx(2.1, abs=0.15)
    assert session.scripts.clock.now < 1010


def test_a_short_stall_that_is_made_up_for_is_no_loss() -> None:
    session = Session(Scripts().add(Say(speech(5.0)), Say(speech(10.0), late=1.5))).listen()
    assert session.kinds == ["started"]
    assert session.microphone.counts == Counts()


def test_a_reopened_device_without_sound_is_left_for_the_next() -> None:
    scripts = Scripts().add(Say(speech(0.2)), UNPLUGGED).add(Stall(60)).add(Say(speech(0.2)), name="Spare")
    session = Session(scripts).listen()
    assert session.kinds == ["started", "device_lost", "reopened", "device_changed"]
    assert session.microphone.counts.reopened == 1
    assert session.event("reopened").lost == pytest.approx(10.0, abs=0.3)


def test_the_pinned_device_is_taken_back_without_hearing_anything_twice() -> None:
    said = speech(2.0)
    again = speech(1.0, seed=3)
    scripts = Scripts().add(Say(said), name="Built-in").add(Stall(0.02), Say(again), name="Desk", pinned=True)
    session = Session(scripts, device="Desk", patience=Patience(pinned=1.0, ending=0.0, tail=0.0))
    session.listen()
    assert [event.device for event in session.events if event.kind == "device_changed"] == ["Built-in", "Desk"]
    assert [request.pinned_only for request in scripts.requests] == [False, True]
    assert session.microphone.counts.reopened == 0
    assert session.microphone.name == "Desk"
    heard = [block.heard_at for block in session.blocks]
    ends = [block.heard_at + block.seconds for block in session.blocks]
    assert all(start >= end - 1e-6 for start, end in zip(heard[1:], ends[:-1], strict=True))


def test_a_flagged_overflow_is_told_and_its_gap_measured() -> None:
    scripts = Scripts().add(Say(speech(4.0)), Say(speech(8.0), overflow=True, after=0.3))
    session = Session(scripts).listen()
    assert session.kinds == ["started", "overflow", "overflow"]
    assert [event.lost for event in session.events] == pytest.approx([0, 0, 0.3], abs=0.01)
    assert session.microphone.counts.dropped_frames == pytest.approx(0.3 * SAMPLE_RATE, abs=160)


def test_a_gap_without_a_flag_is_found_too() -> None:
    session = Session(Scripts().add(Say(speech(4.0)), Say(speech(8.0), after=0.25))).listen()
    assert session.kinds == ["started", "overflow"]
    assert session.event("overflow").lost == pytest.approx(0.25, abs=0.01)


def test_silence_and_sound_are_told_for_each_channel() -> None:
    quiet = np.zeros((1, 12 * SAMPLE_RATE), dtype=np.float32)
    scripts = Scripts().add(Say(np.concatenate([speech(12.0), quiet])), Say(np.repeat(speech(0.5), 2, 0)), channels=2)
    session = Session(scripts, channels=2).listen()
    assert session.kinds == ["started", "silence", "sound"]
    assert session.event("silence").channel == session.event("sound").channel == 1
    assert session.event("silence").position == pytest.approx(10.0, abs=0.05)
    assert session.event("sound").position == pytest.approx(12.1, abs=0.1)


def test_clipping_is_told_once_in_five_seconds() -> None:
    session = Session(Scripts().add(Say(np.clip(40 * speech(11.0), -1, 1)))).listen()
    assert session.kinds == ["started", "clipping", "clipping", "clipping"]


def test_what_on_block_raises_ends_the_recording_and_nothing_is_thrown_away() -> None:
    taken: list[Block] = []

    def spool(block: Block) -> None:
        if len(taken) == 10:
            raise SpoolFullError
        taken.append(block)

    said = speech(2.0)
    session = Session(Scripts().add(Say(said)), on_block=spool).listen()
    assert isinstance(session.microphone.failure, SpoolFullError)
    assert session.kinds == ["started", "failed"]
    assert "SpoolFullError" in session.event("failed").detail
    kept = [block.samples for block in (*taken, *session.microphone.undelivered())]
    rescued = np.concatenate(kept, axis=1)
    np.testing.assert_array_equal(rescued, said[:, : rescued.shape[1]])
    assert rescued.shape[1] == round(session.microphone.position * SAMPLE_RATE)
    assert not session.microphone.running


def test_what_on_event_raises_ends_the_recording_too() -> None:
    def listener(_event: CaptureEvent) -> None:
        raise SpoolFullError

    session = Session(Scripts().add(Say(speech(2.0))), on_event=listener)
    session.microphone.start()
    session.until(lambda: not session.microphone.running)
    session.microphone.stop()
    assert isinstance(session.microphone.failure, SpoolFullError)


def test_a_slow_disk_loses_nothing_and_is_told() -> None:
    free = threading.Event()
    taken: list[Block] = []

    def spool(block: Block) -> None:
        assert free.wait(10)
        taken.append(block)

    said = speech(30.0)
    session = Session(Scripts().add(Say(said)), on_block=spool, patience=PROMPT)
    session.microphone.start()
    session.until(lambda: session.scripts.done)
    assert session.kinds == ["started", "backlog", "backlog", "backlog"]
    free.set()
    session.microphone.stop()
    np.testing.assert_array_equal(np.concatenate([block.samples for block in taken], axis=1), said)
    assert session.microphone.counts == Counts()


def test_that_a_slow_disk_has_caught_up_is_told() -> None:
    free = threading.Event()
    session: Session

    def spool(block: Block) -> None:
        if block.heard_at < 1007:
            assert free.wait(10)

    def listener(event: CaptureEvent) -> None:
        session.events.append(event)

    scripts = Scripts().add(Say(speech(8.0)), UNPLUGGED).add(Say(speech(1.0)))
    session = Session(scripts, on_block=spool, on_event=listener, patience=Patience(retry=0.2, ending=0.0, tail=0.0))
    session.microphone.start()
    session.until(lambda: "device_lost" in session.kinds)
    free.set()
    session.until(lambda: session.scripts.done)
    session.microphone.stop()
    assert session.kinds == ["started", "backlog", "device_lost", "reopened", "caught_up"]


def test_what_no_longer_fits_into_memory_is_counted_and_told() -> None:
    free = threading.Event()
    patience = Patience(memory=2.0, ending=0.0, tail=0.0)
    session = Session(Scripts().add(Say(speech(3.0))), on_block=lambda _block: free.wait(10) or None, patience=patience)
    session.microphone.start()
    session.until(lambda: session.scripts.done)
    free.set()
    session.microphone.stop()
    lost = sum(event.lost for event in session.events)
    assert lost == pytest.approx(0.96, abs=0.05)
    assert session.microphone.counts.dropped_frames == pytest.approx(lost * SAMPLE_RATE, abs=1)
    assert session.microphone.position + lost == pytest.approx(3.0)


def test_stopping_before_all_is_saved_says_so_and_can_be_repeated() -> None:
    free = threading.Event()
    session = Session(Scripts().add(Say(speech(1.0))), on_block=lambda _block: free.wait(10) or None)
    session.microphone.start()
    session.until(lambda: session.scripts.done)
    with pytest.raises(CaptureUnfinishedError, match="1 s of audio are still in memory"):
        session.microphone.stop(limit=0.05)
    free.set()
    session.microphone.stop()
    assert session.microphone.waiting == 0.0


def test_a_microphone_may_be_started_again_and_counts_go_on() -> None:
    session = Session(Scripts().add(Say(speech(1.0))))
    session.listen()
    session.scripts.add(Say(speech(1.0, seed=2)))
    session.listen()
    assert session.microphone.position == 2.0
    assert session.kinds == ["started", "started"]
    session.microphone.close()
    session.microphone.close()


def test_it_cannot_be_started_twice() -> None:
    session = Session(Scripts().add())
    session.microphone.start()
    with pytest.raises(CaptureError, match="already"):
        session.microphone.start()
    session.microphone.stop()


@pytest.mark.parametrize("error", [NoMicrophoneError(), PortAudioMissingError()])
def test_what_cannot_be_opened_says_why_at_start(error: CaptureError) -> None:
    session = Session(Scripts().add(refuse=error))
    with pytest.raises(type(error)):
        session.microphone.start()
    assert not session.microphone.running
    session.microphone.stop()


def test_a_device_that_does_not_answer_is_given_up_at_start() -> None:
    session = Session(Scripts().add(silent=True), device="Desk")
    with pytest.raises(MicrophoneRefusedError, match=r"Desk could not be opened .no answer within 15 s"):
        session.microphone.start()


def test_a_defect_while_listening_ends_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("edge_agent.stream.in_channels", broken)
    session = Session(Scripts().add(Say(speech(1.0)))).listen()
    assert isinstance(session.microphone.failure, ZeroDivisionError)
    assert session.kinds[-1] == "failed"
