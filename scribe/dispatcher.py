"""The dispatcher: a thread that sees what is due and sends couriers, one at a time to each destination.

A destination that does not answer is left alone for a while that doubles, and is probed with a few deliveries after
each; one that asks for time gets it.
"""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from scribe.courier import Return
from scribe.store.board import Board

log = logging.getLogger("scribe.delivery")
_LOOK_SECONDS = 1.0
"""How often it looks by itself: other processes put deliveries in the outbox too."""
_LONGEST_PAUSE = 30.0
_FIRST_PAUSE = 1.0
_LONGEST_ASKED = 3600.0


@dataclass(slots=True)
class _Way:
    """A destination of a hospital: whether a courier is under way, and how long nobody goes after silence."""

    under_way: bool = False
    silences: int = 0
    not_before: datetime | None = None


Send = Callable[[str, str, bool], None]
"""Sends a courier for a hospital to a destination, probing or not; it calls :meth:`Dispatcher.returned` at its end."""


class Dispatcher:
    """Of one process; several processes on one database share the work through the claims of their couriers."""

    def __init__(
        self,
        board: Board,
        destinations: Collection[str],
        send: Send,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        longest_pause: float = _LONGEST_PAUSE,
    ) -> None:
        self._board = board
        self._destinations = frozenset(destinations)
        self._send = send
        self._clock = clock
        self._chance = chance
        self._longest_pause = longest_pause
        self._lock = threading.Lock()
        self._ways: dict[tuple[str, str], _Way] = {}
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """Something was put in the outbox."""
        self._awake.set()

    def returned(self, hospital_id: str, destination: str, courier: Return | None) -> None:
        """A courier is back; None where it broke."""
        with self._lock:
            way = self._way(hospital_id, destination)
            way.under_way = False
            silent = courier is None or courier.silent
            way.silences = way.silences + 1 if silent else 0
            asked = min(courier.asked, _LONGEST_ASKED) if courier else 0.0
            pause = max(asked, self._pause(way.silences))
            way.not_before = self._clock() + timedelta(seconds=pause) if pause else None
        self._awake.set()

    def _pause(self, silences: int) -> float:
        """Seconds after that many rounds in a row that nobody answered."""
        if not silences:
            return 0.0
        doubled = min(_FIRST_PAUSE * 2.0 ** min(silences - 1, 20), self._longest_pause)
        return doubled * (1.0 - self._chance() / 2.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                seconds = self._look()
            except SQLAlchemyError as error:
                log.error("the outbox cannot be read: %s", type(error).__name__)
                seconds = 5.0
            self._awake.wait(seconds)

    def _look(self) -> float:
        """Send couriers to where something is due; seconds until the next look."""
        now = self._clock()
        for hospital_id, destination in self._board.due(now):
            if destination in self._destinations:
                self._dispatch(hospital_id, destination, now)
        moments = [way.not_before for way in self._ways.values() if way.not_before and way.not_before > now]
        following = self._board.next_due(now)
        moments += [following] if following else []
        soonest = min((moment - now).total_seconds() for moment in moments) if moments else _LOOK_SECONDS
        return min(max(soonest, 0.01), _LOOK_SECONDS)

    def _dispatch(self, hospital_id: str, destination: str, now: datetime) -> None:
        with self._lock:
            way = self._way(hospital_id, destination)
            if way.under_way or (way.not_before is not None and way.not_before > now):
                return
            way.under_way = True
            probing = way.silences > 0
        self._send(hospital_id, destination, probing)

    def _way(self, hospital_id: str, destination: str) -> _Way:
        return self._ways.setdefault((hospital_id, destination), _Way())
