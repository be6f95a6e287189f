"""Who has a draft open besides oneself: what a page says every few seconds, kept in the store for every process.

Nothing rests on it: edits are safe without it.  It tells two people early that they are at the same draft.  Kept are
the ids of consultation and account, the name that the page chose for itself, and when it spoke last: nothing of a
patient.
"""

from dataclasses import dataclass
from datetime import timedelta

from scribe.store import Store
from scribe.store.open_pages import OpenPages
from scribe.store.records import AccountRecord

GONE_AFTER = timedelta(seconds=25)
"""A page that has said nothing for so long is closed, asleep or without a line; it speaks every 10 seconds."""
MOST_PAGES = 50
"""Pages of one consultation that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another page at the same draft; ``own`` where the same person opened it."""

    name: str
    own: bool


class Presences:
    """The open pages of an installation, whichever process they speak to; used from any thread."""

    def __init__(self, store: Store) -> None:
        self._pages = OpenPages(store)
        self._clock = store.clock

    def seen(self, account: AccountRecord, encounter_id: str, page: str) -> tuple[Other, ...]:
        """Note that ``page`` (a name it chose) is open, and tell who else is; one line a person."""
        now = self._clock()
        self._pages.forget(now - GONE_AFTER)
        self._pages.keep(account, encounter_id, page, now, most=MOST_PAGES)
        others = {one.account_id: one for one in self._pages.of(account.hospital_id, encounter_id) if one.page != page}
        return tuple(Other(one.name, one.account_id == account.id) for one in others.values())

    def left(self, account: AccountRecord, encounter_id: str, page: str) -> None:
        """The page is closed; only who opened it can say so."""
        self._pages.drop(account, encounter_id, page)
