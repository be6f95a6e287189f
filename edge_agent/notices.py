"""The warnings that hold now, each once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from edge_agent.events import Notice, NoticeKind


class Notices:
    """A set of warnings by kind; ``changed`` is called after each change, from the thread that made it."""

    def __init__(self, now: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self._now = now
        self._changed = changed
        self._lock = threading.Lock()
        self._held: dict[NoticeKind, Notice] = {}

    @property
    def held(self) -> tuple[Notice, ...]:
        """In the order in which they arose."""
        with self._lock:
            return tuple(self._held.values())

    def raised(self, kind: NoticeKind) -> bool:
        with self._lock:
            return kind in self._held

    def put(self, kind: NoticeKind, *, amount: float | None = None, detail: str | None = None) -> None:
        """Raise a warning, or renew what it says; the time it arose stays."""
        with self._lock:
            before = self._held.get(kind)
            fresh = Notice(kind=kind, since=before.since if before else self._now(), amount=amount, detail=detail)
            self._held[kind] = fresh
        if fresh != before:
            self._changed()

    def add(self, kind: NoticeKind, amount: float, *, detail: str | None = None) -> None:
        """Raise a warning whose amounts add up, such as seconds lost."""
        with self._lock:
            before = self._held.get(kind) or Notice(kind=kind, since=self._now(), amount=0.0)
            self._held[kind] = replace(before, amount=(before.amount or 0.0) + amount, detail=detail or before.detail)
        self._changed()

    def drop(self, *kinds: NoticeKind) -> None:
        with self._lock:
            dropped = [self._held.pop(kind) for kind in kinds if kind in self._held]
        if dropped:
            self._changed()
