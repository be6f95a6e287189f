"""Fresh state to every open page, as server-sent events."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi.sse import ServerSentEvent

from edge_agent.agent import Agent
from edge_agent.desk.view import level_of, live_of, state_of
from edge_agent.events import Topic

_PACE = 0.1
"""At most ten rounds a second, whatever happens."""
_ALIVE = 10.0


async def events(agent: Agent, token: str, leaving: threading.Event) -> AsyncIterator[ServerSentEvent]:
    """Everything at once on connecting, then what changes; ends when the page is ``leaving``."""
    loop = asyncio.get_running_loop()
    bell = asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop is gone: so is the page
            loop.call_soon_threadsafe(bell.set)

    watch = agent.board.watch(wake)
    told = _Told(agent)
    try:
        yield ServerSentEvent(event="hello", data={"token": token}, retry=1000)
        while not leaving.is_set():
            bell.clear()
            for event in told.since(watch.take()):
                yield event
            await asyncio.sleep(_PACE)
            try:
                await asyncio.wait_for(bell.wait(), _ALIVE)
            except TimeoutError:
                yield ServerSentEvent(event="alive", data={})
    finally:
        watch.close()


class _Told:
    """What one page has been told of the live text, so that it gets only the rest."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._recording: str | None = None
        self._generation = -1
        self._words = 0

    def since(self, changed: frozenset[Topic]) -> list[ServerSentEvent]:
        events = []
        if Topic.STATE in changed:
            events.append(ServerSentEvent(event="state", data=state_of(self._agent.snapshot())))
        if Topic.LEVEL in changed or Topic.STATE in changed:
            events.append(ServerSentEvent(event="level", data=level_of(self._agent.level())))
        if Topic.LIVE in changed:
            events.append(ServerSentEvent(event="live", data=self._live()))
        return events

    def _live(self) -> dict[str, object]:
        view = self._agent.live()
        if (view.recording_id, view.generation) != (self._recording, self._generation):
            self._recording, self._generation, self._words = view.recording_id, view.generation, 0
        known, self._words = min(self._words, len(view.stable)), len(view.stable)
        return live_of(view, known)
