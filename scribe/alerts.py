"""Telling that a destination began to fail, once, and that it works again, once."""

import logging
import threading
from collections.abc import Callable

from scribe.store import Actor, Store
from scribe.store.records import DestinationChange

log = logging.getLogger("scribe.delivery")
_SECONDS = 5.0

Tell = Callable[[DestinationChange], None]


class Alerts:
    """The log, and where one is configured an address on the hospital's network that takes a JSON POST.

    What is told is the destination's name, since when and the code of the problem: nothing of a patient.  A change
    that was noticed right before a crash is told at the next start.
    """

    def __init__(self, store: Store, webhook: str | None = None) -> None:
        self._store = store
        self._webhook = webhook

    def catch_up(self, hospital_id: str) -> None:
        """Tell what nobody was told of."""
        with self._store.begin(Actor.service(hospital_id)) as work:
            untold = work.destinations.untold()
        for change in untold:
            self.tell(hospital_id, change)

    def tell(self, hospital_id: str, change: DestinationChange) -> None:
        if change.failing:
            log.error("destination %s is failing since %s: %s", change.destination, change.at, change.problem)
        else:
            log.warning("destination %s works again since %s", change.destination, change.at)
        if self._webhook is not None:
            threading.Thread(target=self._post, args=(change,), name="alert", daemon=True).start()
        with self._store.begin(Actor.service(hospital_id)) as work:
            work.destinations.told(change.id)

    def _post(self, change: DestinationChange) -> None:
        import httpx  # noqa: PLC0415 - takes long to import, and few installations have the address

        body = {
            "event": "destination_failing" if change.failing else "destination_working",
            "destination": change.destination,
            "since": change.at.isoformat(),
            "problem": change.problem,
        }
        try:
            httpx.post(str(self._webhook), json=body, timeout=_SECONDS, trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            log.error("the alert about destination %s was not taken: %s", change.destination, type(error).__name__)
