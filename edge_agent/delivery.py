"""Hands things on in order in a thread of its own, so that nobody who produces them waits."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Delivery(Generic[Item]):
    """Calls ``receive`` with every item, one at a time; the first exception ends it and is kept as ``failure``.

    ``waiting`` is the sum of ``weigh`` over what was not yet received.  The item that failed and those after it stay
    in :meth:`undelivered`.
    """

    def __init__(self, receive: Callable[[Item], None], weigh: Callable[[Item], float], *, name: str) -> None:
        self._receive = receive
        self._weigh = weigh
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._finishing = False
        self.waiting = 0.0
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, item: Item) -> None:
        with self._changed:
            self._items.append(item)
            self.waiting += self._weigh(item)
            self._changed.notify_all()

    def undelivered(self) -> tuple[Item, ...]:
        with self._changed:
            return tuple(self._items)

    def finish(self, limit: float) -> bool:
        """Whether all was received (or it failed) within ``limit`` seconds; at once from within ``receive``."""
        if threading.current_thread() is self._thread:
            self._finishing = True
            return True
        with self._changed:
            self._finishing = True
            self._changed.notify_all()
        if self._thread.ident is None:
            return True
        self._thread.join(limit)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._items:
                    if self._finishing:
                        return
                    self._changed.wait()
                item = self._items[0]
            try:
                self._receive(item)
            except Exception as error:  # whatever it is, the recording must end and say so
                self.failure = error
                return
            with self._changed:
                self._items.popleft()
                self.waiting = self.waiting - self._weigh(item) if self._items else 0.0
