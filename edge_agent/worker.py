"""The recogniser process: ``python -m edge_agent.worker``, spoken to over its standard input and output.

It ends with its parent, gives way to capture when processor or memory are short, and opens no socket.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

from edge_agent.errors import EdgeError
from edge_agent.messages import (
    EndedError,
    GarbledError,
    Message,
    Ready,
    Refused,
    Start,
    read_message,
    write_message,
)
from edge_agent.transcribe import Listener
from edge_agent.workbench import Workbench
from models.registry import Registry
from scribe.domain.errors import ScribeError

_NICENESS = 5
_OOM_SCORE = "600"
_BEAT_SECONDS = 1.0
_PARENT_DEATH_SIGNAL = 1
_SOCKET_EVENTS = ("socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname")

EXIT_REFUSED = 3
EXIT_GARBLED = 4
EXIT_BROKEN = 70


class NetworkRefusedError(EdgeError, OSError):
    """The recogniser process takes no network."""


def main() -> None:
    incoming, outgoing = _pipes()
    _end_with_parent()
    _give_way()
    sys.addaudithook(_refuse_network)
    threading.excepthook = _broken_thread
    try:
        _work(incoming, Outbox(outgoing))
    except EndedError:
        os._exit(0)
    except GarbledError:
        os._exit(EXIT_GARBLED)
    except BaseException as error:
        _broken(type(error))


class Outbox:
    """Messages to the parent, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        with self._lock:
            try:
                write_message(self._stream, message)
            except OSError:
                os._exit(0)  # nobody is there any more


def _work(incoming: BinaryIO, outbox: Outbox) -> None:
    start = read_message(incoming)
    if not isinstance(start, Start):
        os._exit(EXIT_GARBLED)
    bench = Workbench(outbox.send, time.monotonic)
    _in_background("read", lambda: _read(incoming, bench))
    _in_background("beat", lambda: _beat(outbox, bench))
    began = time.monotonic()
    try:
        listener = listener_of(start)
    except (ScribeError, OSError) as error:
        outbox.send(Refused(problem=str(error).rstrip(".")))
        os._exit(EXIT_REFUSED)
    outbox.send(Ready(load_seconds=round(time.monotonic() - began, 2)))
    _in_background("live", lambda: bench.work_live(listener))
    bench.work_for_the_record(listener)


def listener_of(start: Start) -> Listener:
    """The models that the parent named, loaded."""
    listener = Listener(
        Path(start.models_home),
        model=start.model,
        language=start.language,
        registry=Registry.load(Path(start.registry) if start.registry else None),
        threads=start.threads,
    )
    listener.load()
    return listener


def _read(incoming: BinaryIO, bench: Workbench) -> None:
    try:
        while True:
            bench.take(read_message(incoming))
    except EndedError:
        os._exit(0)  # the parent is gone: at once, whatever the other threads do
    except GarbledError:
        os._exit(EXIT_GARBLED)


def _beat(outbox: Outbox, bench: Workbench) -> None:
    while True:
        outbox.send(bench.beat())
        time.sleep(_BEAT_SECONDS)


def _in_background(name: str, work: Callable[[], None]) -> None:
    threading.Thread(target=work, name=name, daemon=True).start()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes from and to the parent; what anybody else prints goes to standard error."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return incoming, outgoing


def _end_with_parent() -> None:
    """A terminal's and systemd's signals are the parent's to handle; its death ends this process at once."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _give_way() -> None:
    """Capture has the processor first, and memory last taken from it."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        with contextlib.suppress(OSError):  # a container may forbid it
            score.write_text(_OOM_SCORE, encoding="ascii")


def _refuse_network(event: str, _: tuple[object, ...]) -> None:
    if event in _SOCKET_EVENTS:
        raise NetworkRefusedError


def _broken_thread(failure: threading.ExceptHookArgs) -> None:
    _broken(failure.exc_type)


def _broken(kind: type[BaseException]) -> NoReturn:
    """An unforeseen error ends the process: the parent starts another.  The error's text is not told."""
    sys.stderr.write(f"the recogniser process ends on {kind.__name__}\n")
    sys.stderr.flush()
    os._exit(EXIT_BROKEN)


if __name__ == "__main__":
    main()
