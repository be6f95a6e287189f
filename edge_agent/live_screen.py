"""The live text as it is shown: one recording's at a time, and nothing of what went off the record."""

import threading
from collections.abc import Callable
from dataclasses import replace

from edge_agent.events import LiveView, SpokenWord
from edge_agent.partial import Partial


class LiveScreen:
    """Takes partials from the recogniser's threads; ``changed`` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._view = LiveView()
        self._rewinds = 0

    @property
    def view(self) -> LiveView:
        return self._view

    def begin(self, recording_id: str | None) -> None:
        """Show that recording from now on; None shows nothing."""
        with self._lock:
            self._view, self._rewinds = LiveView(recording_id=recording_id), 0
        self._changed()

    def show(self, recording_id: str, partial: Partial) -> None:
        """The newest text of a recording; of one that is not shown any more, or from before a cut, it is dropped."""
        with self._lock:
            if self._view.recording_id != recording_id or partial.generation < self._rewinds:
                return
            self._rewinds = partial.generation
            stable = tuple(SpokenWord(word.text, word.start) for word in partial.stable)
            self._view = replace(self._view, stable=stable, tentative=partial.tentative)
        self._changed()

    def cut(self, seconds: float) -> None:
        """Forget what was said from ``seconds`` on, and everything that was not certain."""
        with self._lock:
            kept = tuple(word for word in self._view.stable if word.start < seconds)
            generation = self._view.generation + 1
            self._view = replace(self._view, stable=kept, tentative="", generation=generation)
        self._changed()
