"""The recogniser's child process without models: scripted speech, and accidents on demand.

Run as ``python stand_in_recogniser.py ACCIDENT MARK``: the accident happens where the file MARK does not exist yet,
which is made first; without the argument MARK it happens every time.
"""

import os
import signal
import sys
import time
from pathlib import Path

from edge_agent import worker
from tests.edge_agent.scripted_speech import ScriptedListener, ScriptedRecogniser


def main() -> None:
    accident = sys.argv[1] if len(sys.argv) > 1 else "none"
    if len(sys.argv) > 2:
        mark = Path(sys.argv[2])
        if mark.exists():
            accident = "none"
        else:
            mark.touch()
    listener = ScriptedListener()
    match accident:
        case "garbage at once":
            os.write(1, b"Segmentation fault (core dumped)\n" * 100)
            time.sleep(60)
        case "memory at once":
            os._exit(137)
        case "slow to load":
            listener.load = lambda: time.sleep(2.0)
        case "kill":
            listener.recogniser = _Accident(lambda: os.kill(os.getpid(), signal.SIGKILL))
        case "memory":
            listener.recogniser = _Accident(_no_memory)
        case "stop":
            listener.recogniser = _Accident(lambda: os.kill(os.getpid(), signal.SIGSTOP))
        case "busy":
            listener.recogniser = _Accident(lambda: time.sleep(600))
        case "network":
            listener.recogniser = _Accident(_connect)
        case "slow":
            listener.recogniser.slow = 0.4
    worker.listener_of = lambda _: _loaded(listener)
    worker.main()


class _Accident(ScriptedRecogniser):
    """Goes well for a chunk, then does not."""

    def __init__(self, happen) -> None:
        super().__init__()
        self._happen = happen

    def recognise_chunks(self, pieces, *, language, read=None):
        if self.chunks:
            self._happen()
        return super().recognise_chunks(pieces, language=language, read=read)


def _no_memory() -> None:
    raise MemoryError("목이 아파요")


def _connect() -> None:
    import socket

    socket.create_connection(("127.0.0.1", 9), timeout=1)


def _loaded(listener: ScriptedListener) -> ScriptedListener:
    listener.load()
    return listener


if __name__ == "__main__":
    main()
