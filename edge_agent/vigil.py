"""What has to be looked at again and again: level, disk, sleep, and warnings that pass by themselves."""

import logging
import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from edge_agent.errors import EdgeError, SpoolError
from edge_agent.events import NoticeKind
from edge_agent.notices import Notices
from edge_agent.sleep import SleepWatch

_log = logging.getLogger(__name__)

BEAT = 0.1
"""Seconds between two readings of the level."""
LOW_MINUTES = 60.0
"""Below this the physician is told how long the disk will do."""
_LOOK = 2.0
_PASSING = {NoticeKind.CLIPPING: timedelta(seconds=10), NoticeKind.RECOGNISER_RESTARTED: timedelta(seconds=60)}


class Vigil:
    """A thread that calls ``beat`` ten times a second and looks after disk and sleep every other second."""

    def __init__(
        self,
        *,
        minutes_left: Callable[[], float],
        sleep: SleepWatch,
        notices: Notices,
        now: Callable[[], datetime],
        beat: Callable[[], None],
        slept: Callable[[float], None],
    ) -> None:
        self._minutes_left = minutes_left
        self._sleep = sleep
        self._notices = notices
        self._now = now
        self._beat = beat
        self._slept = slept
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="agent-vigil", daemon=True)
        self.disk_minutes: float | None = None

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Disk, sleep, and warnings whose time is over."""
        slept = self._sleep.slept()
        if slept:
            self._slept(slept)
        try:
            self.disk_minutes = self._minutes_left()
        except (SpoolError, OSError) as error:
            self._notices.put(NoticeKind.STORAGE_FAILED, detail=str(error))
            return
        if self.disk_minutes < LOW_MINUTES:
            self._notices.put(NoticeKind.DISK_LOW, amount=math.floor(self.disk_minutes))
        else:
            self._notices.drop(NoticeKind.DISK_LOW)
        for notice in self._notices.held:
            if notice.kind in _PASSING and self._now() - notice.since > _PASSING[notice.kind]:
                self._notices.drop(notice.kind)

    def _run(self) -> None:
        looked = -math.inf
        while not self._ended.wait(BEAT):
            try:
                self._beat()
                if time.monotonic() - looked >= _LOOK:
                    looked = time.monotonic()
                    self.look()
            except EdgeError as error:  # the microphone's and the spool's own failures come by their events
                _log.error("%s: %s", type(error).__name__, error)
