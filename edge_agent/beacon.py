"""Telling the service which consultation is being recorded, so that its worklist shows that now.

It is a courtesy: where the service cannot be reached nothing is lost and nobody is told, and the next word of it is
said a minute later.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, Self

from edge_agent.errors import EdgeError
from edge_agent.events import Board, Topic

_log = logging.getLogger(__name__)
_SECONDS = 60.0
"""The service takes a recording for over where it hears nothing of it for two and a half times as long."""


class Teller(Protocol):
    """The service as far as it is told (:class:`edge_agent.uplink_client.UplinkClient`)."""

    def note_recording(self, encounter_id: str, *, under_way: bool) -> None: ...


class Beacon:
    """Use as a context manager; ``current`` gives the consultation that is being recorded, if any."""

    def __init__(
        self,
        board: Board,
        current: Callable[[], str | None],
        connect: Callable[[], AbstractContextManager[Teller]],
        *,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board, self._current, self._connect, self._seconds = board, current, connect, seconds
        self._bell = threading.Event()
        self._leaving = threading.Event()
        self._clock = clock
        self._told: str | None = None
        self._told_at = clock()
        self._thread = threading.Thread(target=self._run, name="recording-beacon", daemon=True)

    def __enter__(self) -> Self:
        self._watch = self._board.watch(self._bell.set)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._leaving.set()
        self._bell.set()
        self._thread.join(5.0)
        self._board.forget(self._watch)

    def _run(self) -> None:
        while not self._leaving.is_set():
            self._bell.wait(self._seconds)
            self._bell.clear()
            moved = Topic.STATE in self._watch.take()
            leaving = self._leaving.is_set()
            due = self._told is not None and self._clock() - self._told_at >= self._seconds
            if not (moved or leaving or due):
                continue
            now = None if leaving else self._current()
            if now != self._told or (due and now is not None):
                self._tell(now)

    def _tell(self, now: str | None) -> None:
        before, self._told = self._told, now
        self._told_at = self._clock()
        try:
            with self._connect() as service:
                if before is not None and before != now:
                    service.note_recording(before, under_way=False)
                if now is not None:
                    service.note_recording(now, under_way=True)
        except EdgeError as error:
            _log.info("the service was not told what is recorded: %s", type(error).__name__)
