"""The deliveries of one process: the dispatcher, its couriers as durable jobs, and what is told of destinations.

The outbox is the truth; a job is one courier's round.  After a crash the engine starts the round again under its
old name, which lets go of whatever that name held: what was claimed waits again, what was sent is looked up.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from dbos import DBOS, SetWorkflowID

from scribe.alerts import Alerts
from scribe.courier import LEASE, Courier, Return, Route
from scribe.delivery_policy import RetryPolicy
from scribe.dispatcher import Dispatcher
from scribe.progress import Observer, place_of
from scribe.reconciliation import reconcile, yesterday
from scribe.stages import Receiver
from scribe.store import Actor, Store
from scribe.store.board import Board
from scribe.store.together import Together

ATTEMPTS_KEPT = timedelta(days=365)
"""How long the attempts of what arrived are kept; those of what did not arrive are kept until it did."""

log = logging.getLogger("scribe.delivery")
_DAILY = "20 1 * * *"
"""Twenty past one at night: the day before is over, and few are at work."""
_LAST_SECONDS = 5.0
"""How long :meth:`Deliveries.stop` waits at least for answers that are under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How deliveries are repeated; ``chance`` gives numbers from 0 to 1, ``longest_pause`` is seconds between probes
    of a destination that does not answer."""

    chance: Callable[[], float]
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    longest_pause: float = 30.0


class Deliveries:
    """Register before the engine starts, start after it, stop before it ends."""

    def __init__(
        self, store: Store, receivers: Mapping[str, Receiver], alerts: Alerts, observe: Observer, pace: Pace
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._alerts = alerts
        self._observe = observe
        self._pace = pace
        self.board = Board(store.engine)
        self._together: dict[str, Together] = {}
        self._lock = threading.Lock()
        self._couriers: dict[str, Courier] = {}
        self._stopping = False
        self._dispatcher = self._new_dispatcher()

    def register(self) -> None:
        """Give the engine the job functions, before each of its starts."""
        self._stopping = False
        self._dispatcher = self._new_dispatcher()
        self._carry = DBOS.step(name="carry")(_plain(self._carried))
        self._deliver = DBOS.workflow(name="deliver")(_plain(self._delivered))
        self._count = DBOS.step(name="count")(_plain(self._counted))
        self._daily = DBOS.workflow(name="daily")(_daily(self._every_day))

    def start(self) -> None:
        for hospital_id in self._store.hospitals():
            self._alerts.catch_up(hospital_id)
        if self._receivers:
            DBOS.apply_schedules(
                [
                    {
                        "schedule_name": "daily",
                        "workflow_fn": self._daily,
                        "schedule": _DAILY,
                        "cron_timezone": "Asia/Seoul",
                        "automatic_backfill": True,
                        "context": None,
                    }
                ]
            )
        self._dispatcher.start()

    def stop(self, *, grace_seconds: float = 0.0) -> None:
        """Send nobody, and wait a little for those who are out."""
        self._dispatcher.stop()
        with self._lock:
            self._stopping = True
            for courier in self._couriers.values():
                courier.leave()
        deadline = time.monotonic() + max(grace_seconds, _LAST_SECONDS)
        while self._couriers and time.monotonic() < deadline:
            time.sleep(0.01)

    def wake(self) -> None:
        """Something was put in the outbox."""
        self._dispatcher.wake()

    def _every_day(self, scheduled: datetime) -> int:
        """Reconcile the day before with every destination, and forget what is long over; how much is open."""
        day = yesterday(scheduled).isoformat()
        return sum(
            self._count(hospital_id, destination, day)
            for hospital_id in self._store.hospitals()
            for destination in self._receivers
        )

    def _counted(self, hospital_id: str, destination: str, day: str) -> int:
        receiver = self._receivers[destination]
        try:
            found = reconcile(self._store, hospital_id, destination, receiver, date.fromisoformat(day))
        except Exception as error:  # as above; the next night, or a person, tries again
            log.error("reconciliation with %s broke: %s at %s", destination, type(error).__name__, place_of(error))
            return 0
        counts = found.record.counts
        if found.open:
            log.error("reconciliation of %s with %s: %d of %d are open", day, destination, counts.open, counts.signed)
        with self._store.begin(Actor.service(hospital_id)) as work:
            work.outbox.prune(self._store.clock() - ATTEMPTS_KEPT)
        return counts.open

    def _new_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.board,
            self._receivers.keys(),
            self._send,
            clock=self._store.clock,
            chance=self._pace.chance,
            longest_pause=self._pace.longest_pause,
        )

    def _send(self, hospital_id: str, destination: str, probing: bool) -> None:
        with SetWorkflowID(f"deliver-{destination}-{self._store.new_id()}"):
            DBOS.start_workflow(self._deliver, hospital_id, destination, probing)

    def _delivered(self, hospital_id: str, destination: str, probing: bool) -> int:
        worker = DBOS.workflow_id
        accepted: int = self._carry(hospital_id, destination, worker, probing)
        return accepted

    def _carried(self, hospital_id: str, destination: str, worker: str, probing: bool) -> int:
        """One courier's round; a destination that is no longer configured has none."""
        if destination not in self._receivers:
            return 0
        courier = Courier(self._route(hospital_id, destination), worker, probing=probing)
        came_back: Return | None = None
        with self._lock:
            if self._stopping:
                courier.leave()
            self._couriers[worker] = courier
        try:
            came_back = courier.run()
            return came_back.accepted
        except Exception as error:  # the engine would keep its message, which may hold what a patient said
            log.error("couriers to %s broke: %s at %s", destination, type(error).__name__, place_of(error))
            return 0
        finally:
            with self._lock:
                del self._couriers[worker]
            self._dispatcher.returned(hospital_id, destination, came_back)

    def _route(self, hospital_id: str, destination: str) -> Route:
        with self._lock:
            together = self._together.setdefault(hospital_id, Together(self._store, Actor.service(hospital_id)))
        return Route(
            destination=destination,
            receiver=self._receivers[destination],
            together=together,
            policy=self._pace.policy,
            chance=self._pace.chance,
            changed=lambda change: self._alerts.tell(hospital_id, change),
            observe=self._observe,
            lease=LEASE,
        )


def _daily(method: Callable[[datetime], int]) -> Callable[[datetime, Any], None]:
    """What the engine calls at the scheduled moment."""

    def run(scheduled: datetime, context: Any) -> None:
        del context
        method(scheduled)

    return run


def _plain(method: Callable[..., Any]) -> Callable[..., Any]:
    """A function for a bound method: the engine would look up the instance of a method by itself."""

    def run(*args: Any) -> Any:
        return method(*args)

    return run
