"""Capture from a real sound server by the real PortAudio, through virtual microphones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_agent.capture import Block, CaptureEvent, Microphone, Patience
from edge_agent.devices import devices
from edge_agent.errors import NoMicrophoneError
from edge_agent.resample import Resampler
from models.audio import SAMPLE_RATE, Samples
from tests.edge_agent.virtual_microphone import VirtualMicrophone, chirps, found, virtual_microphone

QUICK = Patience(stall=1.0, first_sound=4.0, pinned=0.3, silence=1.5)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMicrophone]:
    with virtual_microphone(tmp_path_factory.mktemp("pulse")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[VirtualMicrophone]:
    with virtual_microphone(tmp_path) as running:
        yield running


class Recorder:
    """Keeps what a microphone gives, and waits for events."""

    def __init__(self, **options: object) -> None:
        self.blocks: list[Block] = []
        self.events: list[CaptureEvent] = []
        self.microphone = Microphone(
            on_block=self.blocks.append,
            on_event=self.events.append,
            **{"patience": QUICK, **options},  # type: ignore[arg-type]
        )

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def samples(self) -> Samples:
        return np.concatenate([block.samples for block in self.blocks], axis=1)

    def hear(self, server: VirtualMicrophone, samples: Samples, rate: int, sink: str = "clinic") -> None:
        """Play to the end, and record until it is quiet again: a busy machine is late."""
        server.play_through(samples, rate, sink=sink)
        wait_for(lambda: np.abs(self.samples[:, -SAMPLE_RATE // 4 :]).max() < 1e-4, "the end of the sound", 30)

    def event(self, kind: str, limit: float = 30.0) -> CaptureEvent:
        wait_for(lambda: kind in self.kinds, f"the event {kind}", limit, lambda: str(self.events))
        return next(event for event in self.events if event.kind == kind)


def wait_for(happened: Callable[[], bool], what: str, limit: float, seen: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + limit
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not come within {limit} s: {seen()}"
        time.sleep(0.02)


def at_16k(samples: Samples, rate: int) -> Samples:
    resampler = Resampler(rate, len(samples))
    return np.concatenate([resampler.feed(samples), resampler.flush()], axis=1)


def test_what_is_played_is_recorded_whole_and_true(server: VirtualMicrophone) -> None:
    played = chirps(3.0, 48000)
    recorder = Recorder()
    with recorder.microphone as microphone:
        recorder.event("started")
        began, at = time.monotonic(), microphone.position
        recorder.hear(server, played, 48000)
        took, captured = time.monotonic() - began, microphone.position - at
    _, correlation = found(at_16k(played, 48000)[0], recorder.samples[0])
    assert correlation >= 0.999
    assert captured == pytest.approx(took, abs=0.4)
    assert microphone.position == pytest.approx(recorder.samples.shape[1] / SAMPLE_RATE)
    assert microphone.counts.dropped_frames == microphone.counts.overflows == 0
    assert all(block.samples.dtype == np.float32 and len(block.samples) == 1 for block in recorder.blocks)


def test_times_of_blocks_follow_their_frames(server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone:
        recorder.event("started")
        time.sleep(1.5)
    heard = [block.heard_at for block in recorder.blocks]
    counted = np.cumsum([0.0, *(block.seconds for block in recorder.blocks[:-1])])
    assert heard == sorted(heard)
    assert np.ptp(np.array(heard) - counted) < 0.3


def test_two_microphones_stay_apart(server: VirtualMicrophone) -> None:
    left, right = chirps(2.5, 48000, seed=1), chirps(2.5, 48000, seed=2)
    recorder = Recorder(channels=2)
    with recorder.microphone:
        recorder.event("started")
        recorder.hear(server, np.concatenate([left, right]), 48000)
    for channel, (own, other) in enumerate(((left, right), (right, left))):
        heard = recorder.samples[channel]
        assert found(at_16k(own, 48000)[0], heard)[1] >= 0.99
        assert abs(found(at_16k(other, 48000)[0], heard)[1]) < 0.1


def test_a_pinned_microphone_at_44100(server: VirtualMicrophone) -> None:
    played = chirps(2.5, 44100, seed=3)
    recorder = Recorder(device="desk", rate=44100)
    with recorder.microphone as microphone:
        recorder.event("started")
        recorder.hear(server, played, 44100, sink="desk")
    assert microphone.name == "desk"
    assert microphone.opened is not None
    assert (microphone.opened.rate, microphone.opened.pinned) == (44100, True)
    assert "device_changed" not in recorder.kinds
    assert found(at_16k(played, 44100)[0], recorder.samples[0])[1] >= 0.99


def test_devices_are_listed_while_one_records(server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone as microphone:
        recorder.event("started")
        listed = devices()
        server.plug_in("later", "spare")
        assert "later" in {device.name for device in devices()} - {device.name for device in listed}
        time.sleep(0.3)
    assert {"desk", "spare", "default"} <= {device.name for device in listed}
    assert [device.name for device in listed if device.is_default] == ["default"]
    assert all(device.channels > 0 and device.host_api == "ALSA" for device in listed)
    assert microphone.counts == type(microphone.counts)()


def test_a_silent_microphone_is_told_and_that_it_sounds_again(server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone as microphone:
        told = recorder.event("silence")
        server.play(chirps(3.0, 48000), 48000)
        recorder.event("sound")
        wait_for(lambda: microphone.level.rms_dbfs > -30, "the level", 5)
    assert told.position == pytest.approx(QUICK.silence, abs=0.2)


def test_too_loud_is_told(server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone as microphone:
        recorder.event("started")
        server.play(np.clip(chirps(3.0, 48000, level=3.0), -1, 1), 48000)
        recorder.event("clipping")
        wait_for(lambda: microphone.level.clipped, "the clipping light", 10)
        assert microphone.level.peak_dbfs > -0.5
    assert np.abs(recorder.samples).max() <= 1.0


def test_a_killed_server_is_found_again_and_the_gap_counted(own_server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone as microphone:
        recorder.event("started")
        time.sleep(0.5)
        gone = time.monotonic()
        own_server.kill_server()
        recorder.event("device_lost")
        own_server.serve()
        reopened = recorder.event("reopened")
        back = time.monotonic()
        played = chirps(1.5, 48000, seed=5)
        recorder.hear(own_server, played, 48000)
    assert found(at_16k(played, 48000)[0], recorder.samples[0])[1] >= 0.99
    assert reopened.lost == pytest.approx(back - gone, abs=0.5)
    assert microphone.counts.reopened == 1
    assert microphone.counts.dropped_frames == pytest.approx(reopened.lost * SAMPLE_RATE, abs=1)
    assert recorder.kinds[:3] == ["started", "device_lost", "reopened"]


def test_a_stalled_source_is_noticed_and_left_at_once(own_server: VirtualMicrophone) -> None:
    recorder = Recorder()
    with recorder.microphone as microphone:
        recorder.event("started")
        time.sleep(0.3)
        own_server.control("suspend-sink", "clinic", "1")
        stalled = time.monotonic()
        lost = recorder.event("device_lost", limit=QUICK.stall + 1.5)
        assert "no sound" in lost.detail
        own_server.control("suspend-sink", "clinic", "0")
        reopened = recorder.event("reopened")
        gap = time.monotonic() - stalled
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    assert microphone.counts.reopened == 1
    assert reopened.lost == pytest.approx(gap, abs=0.7)


def test_stopping_a_stalled_source_does_not_wait_for_it(own_server: VirtualMicrophone) -> None:
    recorder = Recorder(patience=Patience())
    recorder.microphone.start()
    recorder.event("started")
    own_server.control("suspend-sink", "clinic", "1")
    time.sleep(0.3)
    began = time.monotonic()
    recorder.microphone.stop()
    assert time.monotonic() - began < 2.5


def test_a_removed_source_gives_way_to_the_default_and_is_taken_back(own_server: VirtualMicrophone) -> None:
    own_server.plug_in("unplugged", "desk")
    recorder = Recorder(device="unplugged")
    with recorder.microphone as microphone:
        recorder.event("started")
        module = next(
            line.split()[0]
            for line in own_server.control("list", "short", "modules").splitlines()
            if "sink_name=desk" in line
        )
        own_server.control("suspend-sink", "clinic", "1")  # else the server goes on with that, and nobody is told
        own_server.control("unload-module", module)
        recorder.event("device_lost")
        own_server.control("suspend-sink", "clinic", "0")
        recorder.event("reopened")
        assert microphone.name == "default"
        own_server.control("load-module", "module-null-sink", "sink_name=desk", "rate=44100", "channels=2")
        wait_for(lambda: microphone.name == "unplugged", "the pinned microphone", 30, lambda: str(recorder.events))
        played = chirps(1.5, 44100, seed=6)
        recorder.hear(own_server, played, 44100, sink="desk")
    assert found(at_16k(played, 44100)[0], recorder.samples[0])[1] >= 0.99
    assert microphone.counts.reopened == 1
    assert [event.device for event in recorder.events if event.kind == "device_changed"] == ["default", "unplugged"]


def test_a_pinned_microphone_that_is_missing_at_first_is_taken_when_plugged_in(own_server: VirtualMicrophone) -> None:
    recorder = Recorder(device="usb-microphone")
    with recorder.microphone as microphone:
        recorder.event("started")
        assert microphone.name == "default"
        assert "usb-microphone" in recorder.event("device_changed").detail
        own_server.plug_in("usb-microphone", "spare")
        wait_for(lambda: microphone.name == "usb-microphone", "the pinned microphone", 30)
        counts = microphone.counts
        time.sleep(0.3)
    assert counts.reopened == 0
    assert counts.dropped_frames < 0.2 * SAMPLE_RATE


def test_no_device_is_one_clear_sentence(server: VirtualMicrophone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{server.folder}/nowhere")
    assert devices() == ()
    with pytest.raises(NoMicrophoneError, match="scribe edge devices"):
        Recorder().microphone.start()


def test_the_child_ends_with_an_agent_that_is_killed(server: VirtualMicrophone) -> None:
    program = (
        "import time; from edge_agent.source import *; m = MicrophoneProcess(Request()); print(m.pid, flush=True);"
        "time.sleep(30)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as agent:
        assert agent.stdout is not None
        child = int(agent.stdout.readline())
        time.sleep(1.0)
        assert Path(f"/proc/{child}").exists()
        agent.send_signal(signal.SIGKILL)
    wait_for(lambda: not _alive(child), "the end of the child", 5)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
