"""A stream of audio as a device gives it, and the one behind it: a child process that records by PortAudio."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Protocol, cast

import numpy as np

from edge_agent import portaudio
from edge_agent.errors import CaptureError, MicrophoneRefusedError, NoMicrophoneError, PortAudioMissingError
from models.audio import Samples

PROGRAM = [sys.executable, "-P", str(Path(portaudio.__file__))]
NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which microphone: ``device`` by name, else the default; with ``pinned_only`` that one or none.

    ``channels`` (1 or 2) and ``rate`` are what is wanted; a device may have others (see :class:`Opened`).
    """

    device: str | None = None
    channels: int = 1
    rate: int | None = None
    pinned_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A device is open; ``pinned`` says that it is the one that was asked for by name."""

    name: str
    host_api: str
    channels: int
    rate: int
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Audio of shape (device channels, n) at the device's rate, all of it heard before ``arrived``.

    ``overflow``: the sound system says that audio before it is missing; ``lost``: frames that are known to be.
    """

    samples: Samples
    arrived: float
    overflow: bool = False
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """No more will come, because of ``error``."""

    error: CaptureError


Signal = Opened | Heard | Ended


class Source(Protocol):
    """An open stream: first :class:`Opened`, then :class:`Heard` as it is spoken, at the end :class:`Ended`.

    A device that cannot be opened gives :class:`Ended` at once.  A stalled one gives nothing, for as long as it likes.
    """

    def next(self, limit: float) -> Signal | None:
        """What came, or None if nothing did within ``limit`` seconds; after the end :class:`Ended` again."""

    def close(self) -> None:
        """End within two seconds, whatever the device does; may be called again."""


Opener = Callable[[Request], Source]


class MicrophoneProcess:
    """Records in a child process, which ends with this one however this one ends."""

    def __init__(self, request: Request, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._signals: SimpleQueue[Signal] = SimpleQueue()
        self._channels = 1
        self._end: Ended | None = None
        self._process = subprocess.Popen(
            [*PROGRAM, "record", json.dumps(asdict(request))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        self._reader = threading.Thread(target=self._read, name="microphone-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def next(self, limit: float) -> Signal | None:
        if self._end is not None:
            return self._end
        try:
            signal = self._signals.get(timeout=max(0.0, limit)) if limit > 0 else self._signals.get_nowait()
        except Empty:
            return None
        if isinstance(signal, Ended):
            self._end = signal
        return signal

    def close(self) -> None:
        process = self._process
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reader.join()
        if process.stdout is not None:
            process.stdout.close()

    def _read(self) -> None:
        stream = cast("BinaryIO", self._process.stdout)
        while len(head := stream.read(portaudio.HEADER.size)) == portaudio.HEADER.size:
            kind, overflow, lost, size, at = portaudio.HEADER.unpack(head)
            payload = stream.read(size)
            if len(payload) < size:
                break
            if kind == portaudio.AUDIO:
                self._signals.put(self._heard(payload, at, overflow=bool(overflow), lost=lost))
            elif kind == portaudio.OPENED:
                opened = Opened(**json.loads(payload))
                self._channels = opened.channels
                self._signals.put(opened)
            else:
                self._signals.put(Ended(failure(json.loads(payload))))
        self._signals.put(Ended(CaptureError(problem="its stream ended (unplugged, or the sound server stopped)")))

    def _heard(self, payload: bytes, at: float, *, overflow: bool, lost: int) -> Heard:
        frames = np.frombuffer(payload, dtype=np.float32).reshape(-1, self._channels)
        arrived = self._clock() - max(0.0, time.monotonic() - at)
        return Heard(samples=np.ascontiguousarray(frames.T), arrived=arrived, overflow=overflow, lost=lost)


def failure(problem: dict[str, Any]) -> CaptureError:
    """What the child said, as the error it is."""
    if problem["kind"] == "missing":
        return PortAudioMissingError()
    if problem["kind"] == "none":
        return NoMicrophoneError()
    return MicrophoneRefusedError(device=problem["device"], problem=problem["problem"])
