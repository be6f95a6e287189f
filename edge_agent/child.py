"""A recogniser process from outside: one thread writes to it, one reads what it says."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from edge_agent.messages import (
    PROTOCOL,
    Beat,
    EndedError,
    GarbledError,
    Message,
    Ready,
    Refused,
    Start,
    read_message,
    write_message,
)

_IDLE_SECONDS = 0.05
_ENDING_SECONDS = 5.0
_NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def program() -> tuple[str, ...]:
    """The command that starts the recogniser."""
    return (sys.executable, "-m", "edge_agent.worker")


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a child is no more; ``refused`` is its own sentence where it cannot load its models."""

    problem: str
    refused: str | None = None


class Child:
    """One process.  ``heard`` gets each message but a refusal; ``next_message`` gives what to say."""

    def __init__(
        self,
        command: Sequence[str],
        start: Start,
        heard: Callable[[Message], None],
        next_message: Callable[[], Message | None],
    ) -> None:
        self._start = start
        self._heard = heard
        self._next_message = next_message
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, creationflags=_NO_WINDOW
        )
        self._born = self._sign = time.monotonic()
        self._busy = 0.0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"recogniser {name}", daemon=True)
            for name, work in (("reads", self._read), ("writes", self._write))
        ]
        self.ready = False
        self.ending: Ending | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age(self) -> float:
        return time.monotonic() - self._born

    @property
    def quiet_for(self) -> float:
        """Seconds since its last sign of life."""
        return time.monotonic() - self._sign

    @property
    def busy_for(self) -> float:
        """Seconds that it has been at one piece of work, by its own account."""
        return self._busy

    def run(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Kill it, if it lives, and wait for its threads."""
        self._stop.set()
        self._process.kill()
        self._process.wait(_ENDING_SECONDS)
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast(BinaryIO, pipe).close()

    def _read(self) -> None:
        stream = cast(BinaryIO, self._process.stdout)
        try:
            while True:
                self._take(read_message(stream))
        except EndedError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDING_SECONDS)
            self._over(Ending(_end_of(self._process.returncode)))
        except GarbledError as error:
            self._over(Ending(str(error).rstrip(".")))

    def _take(self, message: Message) -> None:
        self._sign = time.monotonic()
        match message:
            case Ready():
                if message.protocol != PROTOCOL:
                    raise GarbledError(problem=f"it speaks version {message.protocol} instead of {PROTOCOL}")
                self.ready = True
                self._heard(message)
            case Refused():
                self._over(Ending("it refused to start", refused=message.problem))
            case Beat():
                self._busy = message.busy
                self._heard(message)
            case _:
                self._heard(message)

    def _over(self, ending: Ending) -> None:
        self.ending = self.ending or ending
        self._stop.set()

    def _write(self) -> None:
        stream = cast(BinaryIO, self._process.stdin)
        try:
            write_message(stream, self._start)
            while not self._stop.is_set():
                message = self._next_message()
                if message is None:
                    self._stop.wait(_IDLE_SECONDS)
                else:
                    write_message(stream, message)
        except OSError:
            return  # the reader sees the end and says why


def _end_of(status: int | None) -> str:
    if status is None:
        return "it closed its pipe"
    if status < 0:
        return f"it was ended by signal {-status}"
    return f"it ended with status {status}"
