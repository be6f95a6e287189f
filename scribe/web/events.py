"""Live changes for open pages, as server-sent events: which consultation moved, its state and versions.

Nothing of a patient is in an event.  Changes of other processes are seen as well: while somebody listens, one task a
hospital asks the database about once a second for the number of its last audit record.

Events, all JSON:

``hello``       the stream is open
``encounter``   ``{"encounter": id, "state": key of the worklist, "stage", "problem", "transcript", "draft", "note",
                "delivery", "consent", "destroyed"}``: versions are the latest, null where there is none
``deliveries``  something happened to what is sent to the hospital's systems
``anew``        too much was missed: look at everything again
``alive``       every few seconds, so that a page notices a dead connection
``end``         ``{"reason": "session"}``: the session has ended; or ``"stopping"``: the service is going down
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from fastapi.concurrency import run_in_threadpool
from fastapi.sse import ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError

from scribe.store.changes import Changed, Changes, Standing
from scribe.store.records import Actor
from scribe.web.errors import TooManyListenersError
from scribe.web.worklist.view import RECORDING, is_recording, state_of

MOST_LISTENERS = 8
"""Open streams an account may have; a page that is not looked at closes its own."""
_RETRY_MS = 2000
_DELIVERING = frozenset({"outbox", "outbox_attempt", "destination"})
_SESSIONS = frozenset({"session", "account"})

_log = logging.getLogger("scribe.web")


@dataclass(slots=True, eq=False)
class _Listener:
    """An open page, and what it is still to be told."""

    hospital_id: str
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    encounters: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    missed: bool = False
    sequence: int = 0

    def tell(self, changed: Changed) -> None:
        self.encounters |= changed.encounters
        self.subjects |= changed.subjects
        self.missed |= changed.missed
        self.sequence = max(self.sequence, changed.sequence)
        self.bell.set()

    def take(self) -> Changed:
        taken = Changed(
            sequence=self.sequence,
            encounters=frozenset(self.encounters),
            subjects=frozenset(self.subjects),
            missed=self.missed,
        )
        self.bell.clear()
        self.encounters, self.subjects, self.missed = set(), set(), False
        return taken


@dataclass(frozen=True, slots=True)
class _Watch:
    """A hospital that is looked at; whoever joins once it is ``ready`` misses nothing."""

    ready: asyncio.Event
    task: asyncio.Task[None]


class Broadcaster:
    """Tells open pages what changed; one an application, used from its event loop alone."""

    def __init__(self, changes: Changes, *, interval: float = 1.0, alive: float = 10.0) -> None:
        self._changes = changes
        self._interval = interval
        self._alive = alive
        self._closed = False
        self._listeners: set[_Listener] = set()
        self._accounts: Counter[str] = Counter()
        self._watches: dict[str, _Watch] = {}

    def close(self) -> None:
        """End every stream at once, and those that come after as soon as they are open."""
        self._closed = True
        for watch in self._watches.values():
            watch.ready.set()
        for listener in self._listeners:
            listener.bell.set()

    @contextmanager
    def seat(self, actor: Actor) -> Iterator[None]:
        """A stream's place; :class:`TooManyListenersError` where the account has too many already."""
        if self._accounts[actor.account_id] >= MOST_LISTENERS:
            raise TooManyListenersError(most=MOST_LISTENERS)
        self._accounts[actor.account_id] += 1
        try:
            yield
        finally:
            self._accounts[actor.account_id] -= 1

    async def listen(
        self, actor: Actor, *, lasts: Callable[[], bool], since: int | None = None, encounter_id: str | None = None
    ) -> AsyncIterator[ServerSentEvent]:
        """What ``actor`` may see of the changes after the audit record ``since`` (by default, from now on), of one
        consultation or of all, until ``lasts()`` says that the session is over or the service stops.

        What changed several times in a short while is told once, as it stands then.
        """
        with self._joined(actor.hospital_id) as listener:
            await self._watches[actor.hospital_id].ready.wait()
            latest = await run_in_threadpool(self._changes.latest, actor.hospital_id)
            listener.sequence = max(listener.sequence, latest)
            yield ServerSentEvent(event="hello", data={}, id=str(latest if since is None else since), retry=_RETRY_MS)
            if since is not None and since != latest:
                listener.tell(await run_in_threadpool(self._changes.since, actor.hospital_id, since))
            while not self._closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(listener.bell.wait(), self._alive)
                changed = listener.take()
                if self._closed:
                    break
                asks = not changed.subjects or changed.subjects & _SESSIONS
                if asks and not await run_in_threadpool(lasts):
                    yield ServerSentEvent(event="end", data={"reason": "session"})
                    return
                for event in await self._events(actor, changed, encounter_id):
                    yield event
            yield ServerSentEvent(event="end", data={"reason": "stopping"})

    async def _events(self, actor: Actor, changed: Changed, encounter_id: str | None) -> list[ServerSentEvent]:
        number = str(changed.sequence)
        if changed.missed:
            return [ServerSentEvent(event="anew", data={}, id=number)]
        wanted = changed.encounters if encounter_id is None else changed.encounters & {encounter_id}
        found = await run_in_threadpool(self._changes.standings, actor, wanted)
        events = [
            ServerSentEvent(event="encounter", data=_told(standing, self._changes.store.clock())) for standing in found
        ]
        if changed.subjects & _DELIVERING:
            events.append(ServerSentEvent(event="deliveries", data={}))
        last = events[-1] if events else ServerSentEvent(event="alive", data={})
        return [*events[:-1], last.model_copy(update={"id": number})]

    @contextmanager
    def _joined(self, hospital_id: str) -> Iterator[_Listener]:
        listener = _Listener(hospital_id)
        self._listeners.add(listener)
        if hospital_id not in self._watches:
            ready = asyncio.Event()
            self._watches[hospital_id] = _Watch(ready, asyncio.create_task(self._watch(hospital_id, ready)))
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if all(other.hospital_id != hospital_id for other in self._listeners):
                self._watches.pop(hospital_id).task.cancel()

    async def _watch(self, hospital_id: str, ready: asyncio.Event) -> None:
        sequence: int | None = None
        while True:
            try:
                sequence = await self._look(hospital_id, sequence)
                ready.set()
            except SQLAlchemyError as error:  # the database is away: pages go on showing what they have
                _log.warning("live changes wait for the database: %s", type(error).__name__)
            await asyncio.sleep(self._interval)

    async def _look(self, hospital_id: str, sequence: int | None) -> int:
        if sequence is None:
            return await run_in_threadpool(self._changes.latest, hospital_id)
        changed = await run_in_threadpool(self._changes.since, hospital_id, sequence)
        if changed.encounters or changed.subjects or changed.missed:
            for listener in self._listeners:
                if listener.hospital_id == hospital_id:
                    listener.tell(changed)
        return changed.sequence


def _told(standing: Standing, now: datetime) -> dict[str, object]:
    recording = is_recording(standing.recording_seen_at, now)
    return {
        "encounter": standing.id,
        "state": (RECORDING if recording else state_of(standing)).key,
        "stage": standing.stage,
        "problem": standing.problem,
        "transcript": standing.transcript_version,
        "draft": standing.draft_version,
        "note": standing.note_version,
        "delivery": standing.delivery,
        "consent": standing.consent,
        "destroyed": standing.capture_destroyed,
    }
