"""Work that must wait for nobody: one thread, first in, first out."""

import logging
import queue
import threading
import traceback
from collections.abc import Callable

from scribe.crypto import CryptoError
from scribe.domain.errors import ScribeError

_log = logging.getLogger(__name__)

Chore = Callable[[], None]


class Chores:
    """Runs what it is given, one after the other, in a thread of its own; what fails is logged by its kind."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[Chore | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, chore: Chore) -> None:
        self._waiting.put(chore)

    def close(self, timeout: float = 10.0) -> None:
        """Finish what is waiting, then end."""
        self._waiting.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        while (chore := self._waiting.get()) is not None:
            try:
                chore()
            except (ScribeError, CryptoError, OSError) as error:
                _log.error("%s: %s", type(error).__name__, error)
            except Exception as error:  # one defect must not keep every later transcript from being made
                where = traceback.extract_tb(error.__traceback__)[-1]
                _log.critical("%s in %s, line %s", type(error).__name__, where.name, where.lineno)
