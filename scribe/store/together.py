"""Transactions that several threads make at the same time, committed together.

Every commit waits for the disk, and on SQLite for every other commit: workers that each have a small change make it
in one transaction with whoever came meanwhile.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from scribe.store import Actor, Store, Work

T = TypeVar("T")


@dataclass(slots=True)
class _Change:
    body: Callable[[Work], Any]
    done: bool = False
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Together:
    """The changes of one actor.  A body may run twice, the first time rolled back: it must only touch the store."""

    store: Store
    actor: Actor
    _waiting: list[_Change] = field(default_factory=list)
    _arriving: threading.Lock = field(default_factory=threading.Lock)
    _leading: threading.Lock = field(default_factory=threading.Lock)

    def run(self, body: Callable[[Work], T]) -> T:
        """What ``body`` returned, once it is committed; its error where it raised one, and nothing of it is kept."""
        change = _Change(body)
        with self._arriving:
            self._waiting.append(change)
        with self._leading:
            if not change.done:
                self._commit(self._all_waiting())
        if change.error is not None:
            raise change.error
        return cast("T", change.result)

    def _all_waiting(self) -> list[_Change]:
        with self._arriving:
            waiting, self._waiting = self._waiting, []
        return waiting

    def _commit(self, changes: list[_Change]) -> None:
        """All in one transaction; each by itself where one of them fails, so that it fails alone."""
        try:
            with self.store.begin(self.actor) as work:
                results = [change.body(work) for change in changes]
        except Exception as error:  # it belongs to the thread whose change it is
            if len(changes) > 1:
                for change in changes:
                    self._commit([change])
                return
            changes[0].error, changes[0].done = error, True
            return
        except BaseException:  # this thread is being ended: the others must not take their change for made
            for change in changes:
                change.error, change.done = InterruptedError("the thread that committed was ended"), True
            raise
        for change, result in zip(changes, results, strict=True):
            change.result, change.done = result, True
