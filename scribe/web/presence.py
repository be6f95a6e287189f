"""Who has a draft open besides oneself: what a page says every few seconds, kept in the memory of this process.

Nothing rests on it: edits are safe without it.  It tells two people early that they are at the same draft.  Where
several processes serve one hospital, each knows the pages that speak to it.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe.store.records import AccountRecord
from scribe.store.scope import Clock

GONE_AFTER = timedelta(seconds=25)
"""A page that has said nothing for so long is closed, asleep or without a line; it speaks every 10 seconds."""
MOST_PAGES = 50
"""Pages of one consultation that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class _Page:
    account_id: str
    name: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class Other:
    """Another page at the same draft; ``own`` where the same person opened it."""

    name: str
    own: bool


class Presences:
    """The open pages of an application; used from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: dict[tuple[str, str], dict[str, _Page]] = {}

    def seen(self, account: AccountRecord, encounter_id: str, page: str) -> tuple[Other, ...]:
        """Note that ``page`` (a name it chose) is open, and tell who else is; one line a person."""
        now = self._clock()
        place = (account.hospital_id, encounter_id)
        with self._lock:
            self._forget(now)
            pages = self._pages.setdefault(place, {})
            pages.pop(page, None)
            pages[page] = _Page(account.id, account.practitioner.name, now)
            while len(pages) > MOST_PAGES:
                del pages[next(iter(pages))]
            others = {one.account_id: one for name, one in pages.items() if name != page}
        return tuple(Other(one.name, one.account_id == account.id) for one in others.values())

    def left(self, account: AccountRecord, encounter_id: str, page: str) -> None:
        """The page is closed; only who opened it can say so."""
        with self._lock:
            pages = self._pages.get((account.hospital_id, encounter_id), {})
            if page in pages and pages[page].account_id == account.id:
                del pages[page]

    def _forget(self, now: datetime) -> None:
        for place, pages in list(self._pages.items()):
            kept = {name: page for name, page in pages.items() if now - page.seen <= GONE_AFTER}
            if kept:
                self._pages[place] = kept
            else:
                del self._pages[place]
