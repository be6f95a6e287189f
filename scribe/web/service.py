"""What the pages work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from scribe.accounts import SessionLimits
from scribe.settings import Settings
from scribe.store import Store, Work
from scribe.uploads import Drafting

Enqueue = Callable[[Work, str, int], None]
"""Puts version ``int`` of the note with id ``str`` on its way, within the transaction that signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The store, the settings, how a signed note is sent off, and how a new transcript is drafted."""

    store: Store
    settings: Settings
    enqueue: Enqueue
    redraft: Drafting
    link_lifetime: timedelta = field(default=timedelta(days=30))

    @property
    def limits(self) -> SessionLimits:
        return SessionLimits(
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            longest=timedelta(hours=self.settings.session_max_hours),
        )
