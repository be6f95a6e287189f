"""Sources: the scripted and the real one keep one contract; the child process, with a sound library that misbehaves."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_agent.capture import Microphone
from edge_agent.devices import InputDevice, devices
from edge_agent.errors import CaptureError, MicrophoneRefusedError, NoMicrophoneError, PortAudioMissingError
from edge_agent.portaudio import matching
from edge_agent.source import Ended, Heard, MicrophoneProcess, Opened, Request, Signal, Source
from tests.edge_agent.scripted_microphone import Clock, Say, ScriptedSource
from tests.edge_agent.virtual_microphone import chirps, virtual_microphone

SOUNDDEVICE = '''
"""Stands for PortAudio: the devices of a clinic PC."""
import os, threading, time
APIS = [
    {"name": "MME", "default_input_device": 0},
    {"name": "Windows WASAPI", "default_input_device": 1},
    {"name": "ALSA", "default_input_device": -1},
]
DEVICES = [
    {"name": "Microphone (USB Audio De", "hostapi": 0, "max_input_channels": 2, "default_samplerate": 44100.0},
    {"name": "Microphone (USB Audio Device)", "hostapi": 1, "max_input_channels": 2, "default_samplerate": 48000.0},
    {"name": "Speakers", "hostapi": 1, "max_input_channels": 0, "default_samplerate": 48000.0},
    {"name": "Stereo only: Card (hw:1,0)", "hostapi": 2, "max_input_channels": 2, "default_samplerate": 32000.0},
    {"name": "In use: Card (hw:2,0)", "hostapi": 2, "max_input_channels": 1, "default_samplerate": 48000.0},
]
for index, each in enumerate(DEVICES):
    each["index"] = index
class PortAudioError(Exception): pass
class default: device = [0, 0]
def query_hostapis(index=None): return APIS if index is None else APIS[index]
def query_devices(): return DEVICES
class Status: input_overflow = False
class RawInputStream:
    def __init__(self, *, device, channels, samplerate, blocksize, dtype, latency, callback, finished_callback):
        name = DEVICES[device]["name"]
        if name.startswith("In use") or (name.startswith("Stereo only") and (channels, samplerate) != (2, 32000)):
            raise PortAudioError("Invalid number of channels [PaErrorCode -9998]")
        self.frames, self.channels, self.callback, self.finished = blocksize, channels, callback, finished_callback
    def start(self):
        threading.Thread(target=self.run, daemon=True).start()
    def run(self):
        print("ALSA lib says what it likes")
        status = Status()
        for number in range(10):
            status.input_overflow = number == 3
            self.callback(memoryview(bytes(4 * self.channels * self.frames)), self.frames, None, status)
        MISCHIEF
'''


@pytest.fixture
def sound_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts another ``sounddevice`` before the child: whole, or one that does ``mischief``."""

    def put(source: str = SOUNDDEVICE, mischief: str = "pass") -> None:
        (tmp_path / "sounddevice.py").write_text(source.replace("MISCHIEF", mischief), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    return put


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[Request], Source]]:
    """Opens sources of the kind that the test is given, and closes them."""
    sources: list[Source] = []

    def scripted(wanted: Request) -> Source:
        if wanted.device is not None:
            return ScriptedSource(Clock(), NoMicrophoneError())
        there = Opened(name="Scripted", host_api="Test", channels=wanted.channels, rate=48_000, pinned=False)
        sound = np.repeat(chirps(1.0, 48_000), wanted.channels, axis=0)
        return ScriptedSource(Clock(), there, (Say(sound),))

    if request.param == "scripted":
        make: Callable[[Request], Source] = scripted
    else:
        request.getfixturevalue("pulse")
        make = MicrophoneProcess

    def opening(wanted: Request) -> Source:
        sources.append(make(wanted))
        return sources[-1]

    yield opening
    for source in sources:
        source.close()


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with virtual_microphone(tmp_path_factory.mktemp("pulse")):
        yield


def signals(source: Source, count: int, limit: float = 15.0) -> list[Signal]:
    got: list[Signal] = []
    deadline = time.monotonic() + limit
    while len(got) < count and time.monotonic() < deadline:
        if (signal := source.next(0.1)) is not None:
            got.append(signal)
            if isinstance(signal, Ended):
                break
    return got


both = pytest.mark.parametrize("opened", ["scripted", "real"], indirect=True)


@both
@pytest.mark.parametrize("channels", [1, 2])
def test_a_source_opens_then_gives_sound(opened: Callable[[Request], Source], channels: int) -> None:
    first, *heard = signals(opened(Request(channels=channels)), 24)
    assert isinstance(first, Opened)
    assert first.name
    assert first.channels == channels
    assert not first.pinned
    for each in heard:
        assert isinstance(each, Heard)
        assert each.samples.dtype == np.float32
        assert each.samples.shape == (channels, 0.04 * first.rate)
        assert not each.overflow
    arrived = [each.arrived for each in heard if isinstance(each, Heard)]
    assert arrived == sorted(arrived)
    assert 0.5 < arrived[-1] - arrived[0] < 1.1  # 0.88 s of sound, of which some had been waiting


@both
def test_a_device_that_is_not_there_ends_at_once(opened: Callable[[Request], Source]) -> None:
    source = opened(Request(device="no such microphone", pinned_only=True))
    (end,) = signals(source, 3)
    assert isinstance(end, Ended)
    assert isinstance(end.error, NoMicrophoneError)
    assert source.next(0) == end


@both
def test_a_closed_source_ends(opened: Callable[[Request], Source]) -> None:
    source = opened(Request())
    signals(source, 2)
    began = time.monotonic()
    source.close()
    source.close()
    assert time.monotonic() - began < 2.0
    rest = signals(source, 10_000, limit=5)
    assert isinstance(rest[-1], Ended)
    assert isinstance(source.next(0), Ended)


@both
def test_waiting_has_a_limit(opened: Callable[[Request], Source]) -> None:
    source = opened(Request())
    began = time.monotonic()
    for _ in range(3):
        source.next(0)
    assert time.monotonic() - began < 0.5


def test_devices_are_what_records_and_the_windows_default_is_wasapis(sound_library: Callable[..., None]) -> None:
    sound_library()
    listed = devices()
    assert [device.index for device in listed] == [0, 1, 3, 4]
    assert listed[1] == InputDevice(
        index=1,
        name="Microphone (USB Audio Device)",
        host_api="Windows WASAPI",
        channels=2,
        default_rate=48_000,
        is_default=True,
    )
    assert [device.is_default for device in listed] == [False, True, False, False]


@pytest.mark.parametrize(
    ("wanted", "name", "channels", "rate", "pinned"),
    [
        (Request(), "Microphone (USB Audio Device)", 1, 48_000, False),
        (Request(device="usb audio"), "Microphone (USB Audio Device)", 1, 48_000, True),
        (Request(device="Stereo only: Card (hw:3,0)"), "Stereo only: Card (hw:1,0)", 2, 32_000, True),
        (Request(device="In use: Card (hw:2,0)", channels=2), "Microphone (USB Audio Device)", 2, 48_000, False),
        (Request(device="Headset"), "Microphone (USB Audio Device)", 1, 48_000, False),
        (Request(rate=44_100), "Microphone (USB Audio Device)", 1, 44_100, False),
    ],
)
def test_the_best_device_is_opened_as_it_can_be(
    wanted: Request, name: str, channels: int, rate: int, pinned: bool, sound_library: Callable[..., None]
) -> None:
    sound_library()
    source = MicrophoneProcess(wanted)
    try:
        first, *heard = signals(source, 11)
    finally:
        source.close()
    assert isinstance(first, Opened)
    assert (first.name, first.channels, first.rate, first.pinned) == (name, channels, rate, pinned)
    blocks = [each for each in heard if isinstance(each, Heard)]
    assert [block.overflow for block in blocks] == [number == 3 for number in range(10)]
    assert all(block.samples.shape == (channels, int(rate * 0.04)) for block in blocks)


def test_a_pinned_device_in_use_says_which_and_why(sound_library: Callable[..., None]) -> None:
    sound_library()
    source = MicrophoneProcess(Request(device="In use", pinned_only=True))
    (end,) = signals(source, 1)
    source.close()
    assert isinstance(end, Ended)
    assert isinstance(end.error, MicrophoneRefusedError)
    assert "In use: Card (hw:2,0) could not be opened (Invalid number of channels" in str(end.error)


def test_a_sound_library_that_aborts_only_ends_the_stream(sound_library: Callable[..., None]) -> None:
    sound_library(mischief="time.sleep(0.2); os.abort()")
    source = MicrophoneProcess(Request())
    got = signals(source, 20)
    source.close()
    assert isinstance(got[0], Opened)
    assert isinstance(got[-1], Ended)
    assert "stream ended" in str(got[-1].error)


def test_a_sound_library_that_hangs_is_killed(sound_library: Callable[..., None]) -> None:
    sound_library("import time; time.sleep(60)")
    source = MicrophoneProcess(Request())
    assert source.next(0.3) is None
    began = time.monotonic()
    source.close()
    assert time.monotonic() - began < 2.0
    with pytest.raises(ProcessLookupError):
        os.kill(source.pid, 0)
    with pytest.raises(CaptureError, match="did not list its devices within 1 s"):
        devices(limit=1.0)


def test_a_sound_library_that_crashes_while_listing_is_told(sound_library: Callable[..., None]) -> None:
    sound_library("import os; os.abort()")
    with pytest.raises(CaptureError, match="broke off with status -6"):
        devices()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_a_terminal_or_systemd_sends_to_all_ends_only_the_agent(
    number: signal.Signals, sound_library: Callable[..., None]
) -> None:
    sound_library(mischief="time.sleep(1.0); self.callback(bytes(8), 2, None, status)")
    source = MicrophoneProcess(Request())
    assert isinstance(signals(source, 11)[-1], Heard)
    os.kill(source.pid, number)
    assert isinstance(signals(source, 1)[-1], Heard)
    source.close()


def test_without_portaudio_there_is_one_clear_sentence(sound_library: Callable[..., None]) -> None:
    sound_library("raise OSError('PortAudio library not found')")
    with pytest.raises(PortAudioMissingError, match="sudo apt-get install libportaudio2"):
        devices()
    microphone = Microphone(on_block=lambda _block: None, on_event=lambda _event: None)
    with pytest.raises(PortAudioMissingError):
        microphone.start()


def test_a_name_is_found_whole_then_without_its_card_number_then_in_part() -> None:
    names = ["USB Mic: Audio (hw:1,0)", "USB Mic: Audio (hw:2,0)", "USB Mic: Audio Pro (hw:3,0)", "default"]
    assert matching("USB Mic: Audio (hw:2,0)", names) == [1]
    assert matching("USB Mic: Audio (hw:7,0)", names) == [0, 1]
    assert matching("audio pro", names) == [2]
    assert matching("Headset", names) == []
