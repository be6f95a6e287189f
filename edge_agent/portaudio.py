"""The program that talks to PortAudio, in a process of its own: ``portaudio.py list`` and ``portaudio.py record``.

Sound systems hang (closing a stalled PulseAudio stream takes 43 s), abort, and show new devices only to a process that
starts anew; here all that costs a child, which is killed and started again.  Its callback also never waits for what
the agent computes.

``list`` prints one JSON object.  ``record REQUEST`` writes messages (:data:`HEADER`, then the payload) until standard
input ends.  The file is run by its path and imports nothing of ours, so that it starts in a fifth of a second.
"""

import importlib
import json
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from typing import Any, BinaryIO

HEADER = struct.Struct("<cBxxIId")
"""Kind, 1 if PortAudio flagged an overflow, device frames lost in here, bytes that follow, and ``time.monotonic()``."""
OPENED, AUDIO, FAILED = b"O", b"A", b"F"
"""Payloads: JSON; interleaved float32; JSON."""

_BLOCK = 0.04
_LATENCY = 0.1
"""Seconds: sound cards buffer at least this much, so that a busy machine does not overrun them."""
_PATIENCE = 300.0
"""Seconds of audio that are held for an agent that does not read."""
_LIKELY_RATE = 48_000
_WINDOWS_BEST = "Windows WASAPI"
_PLAYBACK = ("monitor of ", "loopback", "stereo mix")

_NOT_FOR_THIS_PROCESS = ("SIGINT", "SIGTERM", "SIGHUP")
"""A terminal or systemd sends these to a whole group: the agent decides, and the last words are still recorded."""

Message = tuple[bytes, bool, int, bytes, float]


def matching(pinned: str, names: Sequence[str]) -> list[int]:
    """Where ``pinned`` stands among ``names``: the same, or the same but for ALSA's card number, or contained.

    ALSA numbers cards anew when they are plugged in again: "USB Mic: Audio (hw:2,0)" is also "(hw:1,0)".
    """

    def plain(name: str) -> str:
        return name.partition(" (hw:")[0].casefold().strip()

    tests = (
        lambda name: name == pinned,
        lambda name: plain(name) == plain(pinned),
        lambda name: plain(pinned) in plain(name),
    )
    for test in tests:
        found = [index for index, name in enumerate(names) if test(name)]
        if found:
            return found
    return []


def inputs(sounddevice: Any) -> list[dict[str, Any]]:
    """Every device that records, as the InputDevice of devices.py has it."""
    default = _default(sounddevice)
    return [
        {
            "index": device["index"],
            "name": device["name"],
            "host_api": sounddevice.query_hostapis(device["hostapi"])["name"],
            "channels": device["max_input_channels"],
            "default_rate": round(device["default_samplerate"]),
            "is_default": device["index"] == default,
        }
        for device in sounddevice.query_devices()
        if device["max_input_channels"] > 0
    ]


def _default(sounddevice: Any) -> int:
    """The system's default input; under Windows that of WASAPI, which knows full names and true rates."""
    for api in sounddevice.query_hostapis():
        if api["name"] == _WINDOWS_BEST and api["default_input_device"] >= 0:
            return int(api["default_input_device"])
    return int(sounddevice.default.device[0])


def candidates(devices: list[dict[str, Any]], pinned: str | None, *, only: bool) -> list[dict[str, Any]]:
    """The devices to try, best first: the pinned one, then the default, then the first that is no playback monitor."""
    chosen = []
    if pinned is not None:
        named = [devices[index] for index in matching(pinned, [device["name"] for device in devices])]
        chosen = sorted(named, key=lambda device: device["host_api"] != _WINDOWS_BEST)
        if only:
            return chosen
    fallback = [device for device in devices if device["is_default"]] or [
        device for device in devices if not any(word in device["name"].casefold() for word in _PLAYBACK)
    ]
    return chosen + [device for device in fallback[:1] if device not in chosen]


def settings(device: dict[str, Any], channels: int, rate: int | None) -> Iterator[tuple[int, int]]:
    """Channels and rates to try, best first.

    An ALSA device without a card (``default``, ``pulse``) takes any rate and calls 44100 its own; most cards run at
    48000, and one conversion less is one less to go wrong.
    """
    most = device["channels"]
    own = device["default_rate"]
    unfixed = device["host_api"] == "ALSA" and "hw:" not in device["name"]
    rates = [rate] if rate else [_LIKELY_RATE, own] if unfixed else [own, _LIKELY_RATE]
    for each in dict.fromkeys([*rates, 44_100, 16_000]):
        for count in dict.fromkeys([min(channels, most), min(2, most), min(8, most)]):
            yield count, each


class Recording:
    """One open stream; its callback only copies."""

    def __init__(self) -> None:
        self.messages: SimpleQueue[Message | None] = SimpleQueue()
        self._lost = 0
        self._stream: Any = None

    def open(self, sounddevice: Any, request: dict[str, Any]) -> dict[str, Any]:
        """Open the best device that can be; what was opened, or what went wrong."""
        devices = inputs(sounddevice)
        problem = {"kind": "none"}
        pinned = request["device"]
        named = candidates(devices, pinned, only=True) if pinned else []
        for device in candidates(devices, pinned, only=request["pinned_only"]):
            for channels, rate in settings(device, request["channels"], request["rate"]):
                try:
                    self._start(sounddevice, device["index"], channels, rate)
                except (sounddevice.PortAudioError, ValueError) as error:
                    problem = {"kind": "refused", "device": device["name"], "problem": str(error)}
                    continue
                return {
                    "name": device["name"],
                    "host_api": device["host_api"],
                    "channels": channels,
                    "rate": rate,
                    "pinned": device in named,
                }
        return problem

    def _start(self, sounddevice: Any, index: int, channels: int, rate: int) -> None:
        stream = sounddevice.RawInputStream(
            device=index,
            channels=channels,
            samplerate=rate,
            blocksize=int(rate * _BLOCK),
            dtype="float32",
            latency=_LATENCY,
            callback=self._hear,
            finished_callback=lambda: self.messages.put(None),
        )
        stream.start()
        self._stream = stream

    def _hear(self, data: Any, frames: int, _times: Any, status: Any) -> None:
        if self.messages.qsize() > _PATIENCE / _BLOCK:
            self._lost += frames
            return
        self.messages.put((AUDIO, bool(status.input_overflow), self._lost, bytes(data), time.monotonic()))
        self._lost = 0


def _write(out: BinaryIO, message: Message) -> None:
    kind, overflow, lost, payload, at = message
    out.write(HEADER.pack(kind, overflow, lost, len(payload), at) + payload)
    out.flush()


def record(out: BinaryIO, request: dict[str, Any]) -> None:
    """Write what the microphone hears until standard input ends or the stream does."""
    recording = Recording()
    sounddevice = _sounddevice()
    opened = recording.open(sounddevice, request) if sounddevice else {"kind": "missing"}
    kind = OPENED if "rate" in opened else FAILED
    _write(out, (kind, False, 0, json.dumps(opened).encode(), time.monotonic()))
    if kind == FAILED:
        return
    threading.Thread(target=_await_end, args=(recording.messages,), daemon=True).start()
    while (message := recording.messages.get()) is not None:
        _write(out, message)


def _await_end(messages: "SimpleQueue[Message | None]") -> None:
    while os.read(0, 64):
        pass
    messages.put(None)


def _sounddevice() -> Any:
    """The module, or None where it or the library it needs is not installed."""
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError):
        return None


def main() -> None:
    """Run the command; always ends the process, because leaving PortAudio in order can take a minute."""
    for name in _NOT_FOR_THIS_PROCESS:
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # sound libraries print what they like
    try:
        if sys.argv[1] == "list":
            sounddevice = _sounddevice()
            found = {"devices": inputs(sounddevice)} if sounddevice else {"kind": "missing"}
            out.write(json.dumps(found).encode())
            out.flush()
        else:
            record(out, json.loads(sys.argv[2]))
    except BrokenPipeError:
        os._exit(1)  # the agent is gone
    os._exit(0)


if __name__ == "__main__":
    main()
