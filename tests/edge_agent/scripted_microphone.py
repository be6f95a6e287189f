"""A microphone that gives what a script says, on a clock of its own; it keeps the same contract as the real one."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from edge_agent.errors import CaptureError, NoMicrophoneError
from edge_agent.source import Ended, Heard, Opened, Request, Signal
from models.audio import Samples

BLOCK = 0.04


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Say:
    """Audio of shape (channels, n) in blocks of 40 ms; the first may be flagged, come after a gap, or late."""

    samples: Samples
    overflow: bool = False
    after: float = 0.0
    late: float = 0.0


@dataclass(frozen=True)
class Stall:
    """Nothing at all comes for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Unplug:
    error: CaptureError


Step = Say | Stall | Unplug


class ScriptedSource:
    """Begins when it is made; after its script it gives nothing, and time stands still."""

    def __init__(self, clock: Clock, opened: Opened | CaptureError | None, steps: tuple[Step, ...] = ()) -> None:
        self._clock = clock
        self._due = clock.now
        self._coming: deque[tuple[float, Signal | None]] = deque()
        self._closed = threading.Event()
        self._end: Ended | None = None
        if isinstance(opened, Opened):
            self._coming.append((self._due, opened))
            for step in steps:
                self._write(step, opened.rate)
        elif opened is not None:
            self._coming.append((self._due, Ended(opened)))
        else:
            self._coming.append((self._due + 10_000, None))

    def _write(self, step: Step, rate: int) -> None:
        if isinstance(step, Stall):
            self._due += step.seconds
            self._coming.append((self._due, None))
        elif isinstance(step, Unplug):
            self._coming.append((self._due, Ended(step.error)))
        else:
            self._due += step.after
            held = self._due + step.late
            size = round(BLOCK * rate)
            for at in range(0, step.samples.shape[1], size):
                block = step.samples[:, at : at + size]
                self._due += block.shape[1] / rate
                arrived = max(held, self._due)
                self._coming.append(
                    (arrived, Heard(samples=block, arrived=arrived, overflow=step.overflow and at == 0))
                )

    def next(self, limit: float) -> Signal | None:
        if self._end is not None or self._closed.is_set():
            return self._end or Ended(CaptureError(problem="it was closed"))
        if not self._coming:
            time.sleep(0.001)
            return None
        due, signal = self._coming[0]
        if due > self._clock.now + limit + 1e-9:
            self._clock.now += limit
            return None
        self._coming.popleft()
        self._clock.now = max(self._clock.now, due)
        if isinstance(signal, Ended):
            self._end = signal
        return signal

    @property
    def done(self) -> bool:
        return not self._coming

    def close(self) -> None:
        self._closed.set()


class Scripts:
    """Opens one scripted source after the other; then there is no microphone."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._scripts: deque[tuple[Opened | CaptureError | None, tuple[Step, ...]]] = deque()
        self.requests: list[Request] = []
        self.last: ScriptedSource | None = None

    def add(
        self,
        *steps: Step,
        name: str = "Desk microphone",
        channels: int = 1,
        rate: int = 16_000,
        pinned: bool = False,
        refuse: CaptureError | None = None,
        silent: bool = False,
    ) -> "Scripts":
        opened = Opened(name=name, host_api="Test", channels=channels, rate=rate, pinned=pinned)
        self._scripts.append((None if silent else refuse or opened, steps))
        return self

    def __call__(self, request: Request) -> ScriptedSource:
        self.requests.append(request)
        if not self._scripts:
            return ScriptedSource(self.clock, NoMicrophoneError())
        opened, steps = self._scripts.popleft()
        self.last = ScriptedSource(self.clock, opened, steps)
        return self.last

    @property
    def done(self) -> bool:
        return not self._scripts and self.last is not None and self.last.done
