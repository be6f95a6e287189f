"""A courier brings what is due at one destination there, and leaves when nothing is, or when nobody answers."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import TypeAdapter

from hl7_bridge.kr_core.revision import Retraction
from scribe.crypto import CryptoError
from scribe.delivery_policy import RetryPolicy, Verdict, judge
from scribe.domain.delivery import Delivery
from scribe.domain.errors import ScribeError
from scribe.progress import Observer, Progress, place_of, unobserved
from scribe.stages import Channel, Receiver
from scribe.store import Work
from scribe.store.board import Board
from scribe.store.errors import LeaseLostError
from scribe.store.records import AttemptKind, Consignment, DestinationChange, OutboxRecord
from scribe.store.together import Together

LEASE = timedelta(seconds=60)
"""How long a delivery stays with a worker that is not heard of; the heartbeat comes three times as often."""

log = logging.getLogger("scribe.delivery")
_DELIVERY = TypeAdapter(Delivery)
_SILENCES = 4
"""Attempts in a row, for each thread, after which nobody is taken to answer."""
_PROBES = 3
"""The same where nobody answered before."""
BROKEN = "broken"
"""The problem of a delivery that a defect of ours stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What couriers to one destination have in common.

    ``chance`` gives numbers from 0 to 1 for the jitter; ``changed`` is told, after the commit, that the destination
    began to fail or works again.
    """

    destination: str
    receiver: Receiver
    together: Together
    policy: RetryPolicy
    chance: Callable[[], float]
    changed: Callable[[DestinationChange], None]
    observe: Observer = field(default=unobserved)
    lease: timedelta = LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """How a courier came back: with the number of deliveries settled as accepted.

    ``silent`` where it left because nobody answered; ``asked`` is how many seconds the receiver wants to be left
    alone.
    """

    accepted: int
    silent: bool = False
    asked: float = 0.0


class Courier:
    """One round; ``worker`` is the name it holds deliveries by, and nobody else's.

    ``probing`` sends one delivery at a time, and turns back after a few that are not answered.
    """

    def __init__(self, route: Route, worker: str, *, probing: bool = False) -> None:
        self._route = route
        self._worker = worker
        self._probing = probing
        self._board = Board(route.together.store.engine)
        self._lock = threading.Condition()
        self._busy = 0
        self._held: set[str] = set()
        self._accepted = self._silences = 0
        self._asked = 0.0
        self._failing = self._broken = False
        self._leaving = threading.Event()
        self._over = threading.Event()

    def leave(self) -> None:
        """Begin nothing more."""
        self._leaving.set()

    def run(self) -> Return:
        """Carry until nothing is due that this courier may take; what an earlier life of it held is let go first."""
        heart = threading.Thread(target=self._beat, name="delivery-heartbeat", daemon=True)
        heart.start()
        try:
            self._failing = self._route.together.run(self._begin)
            self._probing = self._probing or self._failing
            self._start(self._claim(1 if self._probing else self._route.receiver.at_once))
            with self._lock:
                self._lock.wait_for(lambda: self._busy == 0)
            if self._broken:
                self._route.together.run(lambda work: work.outbox.release(self._worker))
        finally:
            self._over.set()
            heart.join()
        return Return(accepted=self._accepted, silent=self._nobody_answers, asked=self._asked)

    @property
    def _nobody_answers(self) -> bool:
        return self._silences >= (_PROBES if self._probing else _SILENCES * self._route.receiver.at_once)

    def _begin(self, work: Work) -> bool:
        work.outbox.release(self._worker)
        return self._route.destination in work.destinations.failing()

    def _claim(self, most: int) -> tuple[OutboxRecord, ...]:
        return self._route.together.run(lambda work: self._claimed(work, most))

    def _claimed(self, work: Work, most: int) -> tuple[OutboxRecord, ...]:
        if most < 1:
            return ()
        return work.outbox.claim(self._route.destination, self._worker, most=most, lease=self._route.lease)

    def _start(self, taken: tuple[OutboxRecord, ...], reserved: int = 0) -> None:
        """A thread for each delivery; it goes on to others afterwards."""
        with self._lock:
            self._busy += len(taken) - reserved
            self._held |= {row.id for row in taken}
        for row in taken:
            threading.Thread(target=self._walk, args=(row,), name="delivery", daemon=True).start()

    def _walk(self, first: OutboxRecord) -> None:
        row: OutboxRecord | None = first
        try:
            with self._route.receiver.open() as channel:
                while row is not None:
                    row = self._carry(row, channel)
        except Exception as error:  # the message may hold what a patient said: only type and place go on
            log.error("a courier to %s broke: %s at %s", self._route.destination, type(error).__name__, place_of(error))
            with self._lock:
                self._broken = True
                self._silences += _SILENCES * self._route.receiver.at_once
        finally:
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()

    def _carry(self, row: OutboxRecord, channel: Channel) -> OutboxRecord | None:
        """Bring one delivery to an end; the next for this thread.

        A retraction is not looked up: it finds out by itself what is still to be taken back.
        """
        self._tell("started", row.id)
        try:
            if row.state == "sent_outcome_unknown" and row.action == "deliver":
                verdict, following = self._attempt(row, channel, "look_up")
                if not verdict.send_now:
                    return following
            return self._attempt(row, channel, "send")[1]
        except LeaseLostError:
            log.warning("delivery %s went to another worker", row.id)
            room = self._reserve()
            return self._shared_out(self._claim(room), room)
        finally:
            with self._lock:
                self._held.discard(row.id)
            self._tell("finished", row.id)

    def _attempt(self, row: OutboxRecord, channel: Channel, kind: AttemptKind) -> tuple[Verdict, OutboxRecord | None]:
        together = self._route.together
        consignment = together.run(lambda work: work.outbox.open(row.id, self._worker, kind))
        delivery = self._asked_of(channel, consignment, kind)
        verdict = self._judged(row, consignment, delivery, kind)
        self._count(delivery, verdict)
        room = 0 if verdict.send_now else self._reserve()
        try:
            change, taken = together.run(lambda work: self._ended(work, consignment, delivery, verdict, room))
        except BaseException:
            self._shared_out((), room)
            raise
        if change is not None:
            self._failing = change.failing
            self._route.changed(change)
        return verdict, self._shared_out(taken, room)

    def _judged(
        self, row: OutboxRecord, consignment: Consignment, delivery: Delivery | None, kind: AttemptKind
    ) -> Verdict:
        policy, chance = self._route.policy, self._route.chance()
        tries = row.tries + consignment.number - row.attempts
        age = self._route.together.store.clock() - row.queued_at
        if delivery is not None:
            return judge(delivery, kind, tries=tries, age=age, policy=policy, chance=chance)
        if policy.exhausted(tries, age):
            return Verdict(state="parked", problem=BROKEN)
        return Verdict(state="sent_outcome_unknown", problem=BROKEN, wait=policy.wait(tries, chance))

    def _asked_of(self, channel: Channel, consignment: Consignment, kind: AttemptKind) -> Delivery | None:
        """What became of it; None where the channel itself broke, which only a defect does."""
        try:
            if consignment.retraction is not None:
                retraction = Retraction(at=consignment.retraction.at, reason=consignment.retraction.reason)
                return channel.retract(consignment.note, consignment.earlier, retraction=retraction)
            if kind == "look_up":
                return channel.look_up(consignment.note, consignment.earlier)
            return channel.deliver(consignment.note, consignment.earlier, overwrite=consignment.overwrite)
        except (ScribeError, CryptoError) as error:
            log.error("%s of %s failed: %s at %s", kind, consignment.outbox_id, type(error).__name__, place_of(error))
        except Exception as error:  # the message may hold what a patient said: only type and place go on
            log.error("%s of %s broke: %s at %s", kind, consignment.outbox_id, type(error).__name__, place_of(error))
        return None

    def _ended(
        self, work: Work, consignment: Consignment, delivery: Delivery | None, verdict: Verdict, room: int
    ) -> tuple[DestinationChange | None, tuple[OutboxRecord, ...]]:
        """Write down what an attempt came to, and take the next deliveries, in one transaction."""
        outcome = "broken" if delivery is None else delivery.state
        work.outbox.close(consignment, outcome, problem=verdict.problem)
        if verdict.send_now:
            return None, ()
        clock = work.scope.clock
        work.outbox.settle(
            consignment.outbox_id,
            self._worker,
            verdict.state,
            due_at=None if verdict.wait is None else clock() + timedelta(seconds=verdict.wait),
            problem=verdict.problem,
            outcome=None if delivery is None else _DELIVERY.dump_json(delivery),
        )
        change = None
        if self._failing or not verdict.answered:
            change = work.destinations.judge(self._route.destination)
        if change is not None and not change.failing:
            work.outbox.hasten(self._route.destination)
        return change, self._claimed(work, room)

    def _count(self, delivery: Delivery | None, verdict: Verdict) -> None:
        with self._lock:
            self._accepted += verdict.state == "accepted"
            self._silences = 0 if verdict.answered else self._silences + 1
            if delivery is not None and delivery.problem is not None and delivery.problem.retry_after:
                self._asked = max(self._asked, delivery.problem.retry_after)

    def _reserve(self) -> int:
        """How many deliveries this thread may take: one for itself, and one for each thread not begun, which counts
        as begun until :meth:`_shared_out`."""
        with self._lock:
            if self._leaving.is_set() or self._nobody_answers or self._asked > 0:
                return 0
            spare = 0 if self._probing and self._failing else max(self._route.receiver.at_once - self._busy, 0)
            self._busy += spare
            return 1 + spare

    def _shared_out(self, taken: tuple[OutboxRecord, ...], room: int) -> OutboxRecord | None:
        """The first of ``taken`` for this thread; the others get threads of their own."""
        with self._lock:
            self._held |= {row.id for row in taken}
        self._start(taken[1:], reserved=max(room - 1, 0))
        return taken[0] if taken else None

    def _beat(self) -> None:
        """Hold what is on its way for as long as it takes."""
        while not self._over.wait(self._route.lease.total_seconds() / 3):
            with self._lock:
                held = frozenset(self._held)
            if held:
                until = self._route.together.store.clock() + self._route.lease
                self._board.extend(held, self._worker, until)

    def _tell(self, phase: str, outbox_id: str) -> None:
        self._route.observe(
            Progress(step="deliver", phase="started" if phase == "started" else "finished", subject_id=outbox_id)
        )
