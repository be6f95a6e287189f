"""A channel to a destination that exists in the test only."""

from collections.abc import Callable
from typing import Self

from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote

Ask = Callable[[SignedNote, str], Delivery]


class ScriptedChannel:
    """Asks the test for every answer: ``ask(note, "send", "look_up" or "retract")``."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def deliver(self, note: SignedNote, earlier: object = (), *, overwrite: bool = False) -> Delivery:
        return self._ask(note, "send")

    def look_up(self, note: SignedNote, earlier: object = ()) -> Delivery:
        return self._ask(note, "look_up")

    def retract(self, note: SignedNote, earlier: object = (), *, retraction: object) -> Delivery:
        return self._ask(note, "retract")

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
