"""The microphone: blocks of 16 kHz audio, and every event that bears on what was heard."""

import threading
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from edge_agent.blocks import Block, CaptureEvent, Counts, EventKind
from edge_agent.delivery import Delivery
from edge_agent.errors import CaptureError, CaptureUnfinishedError
from edge_agent.level import Level
from edge_agent.listening import Listening, Patience
from edge_agent.source import MicrophoneProcess, Opened, Opener, Request

__all__ = ["Block", "CaptureEvent", "Counts", "EventKind", "Level", "Microphone", "Patience"]


class Microphone:
    """Records from ``start`` to ``stop``: ``on_block`` gets every captured block in order, ``on_event`` every event.

    ``device`` pins a microphone by name (see ``devices``); where it is missing the default is used, an event says so,
    and the pinned one is taken as soon as it is back.  ``channels`` is what blocks have, whatever the device has.
    Both callbacks run in threads of the microphone's own, one call at a time each.  A slow ``on_block`` loses nothing:
    audio waits in memory (10 minutes at most; beyond that it is lost, counted and said).  A callback that raises ends
    the recording: ``failure`` is what it raised, ``undelivered()`` the audio that it did not take.
    """

    def __init__(
        self,
        *,
        device: str | None = None,
        channels: int = 1,
        on_block: Callable[[Block], None],
        on_event: Callable[[CaptureEvent], None],
        clock: Callable[[], float] = time.monotonic,
        opener: Opener | None = None,
        rate: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        if channels not in (1, 2):
            raise CaptureError(problem=f"{channels} channels were asked for, and only 1 or 2 can be recorded")
        self._request = Request(device=device, channels=channels, rate=rate)
        self._on_block = on_block
        self._on_event = on_event
        self._clock = clock
        self._opener: Opener = opener or partial(MicrophoneProcess, clock=clock)
        self._patience = patience or Patience()
        self._listening: Listening | None = None
        self._thread: threading.Thread | None = None
        self._blocks: Delivery[Block] | None = None
        self._events: Delivery[CaptureEvent] | None = None

    def start(self) -> None:
        """Return once the microphone is open (half a second), or raise a :class:`CaptureError` that says what to do.

        The ``started`` event follows with the first sound, 0.3 to 2 s later: only then say "recording".  May be called
        again after :meth:`stop`; counts and position go on.
        """
        if self.running:
            raise CaptureError(problem="it is being recorded from already")
        self.stop()
        blocks = Delivery(self._on_block, lambda block: block.seconds, name="microphone-blocks")
        events = Delivery(self._on_event, lambda _event: 0.0, name="microphone-events")
        listening = Listening(
            request=self._request,
            opener=self._opener,
            clock=self._clock,
            patience=self._patience,
            blocks=blocks,
            events=events,
            counts=self.counts,
            frames=self._listening.frames if self._listening else 0,
        )
        listening.open()
        self._listening, self._blocks, self._events = listening, blocks, events
        self._thread = threading.Thread(target=listening.run, name="microphone", daemon=True)
        for each in (blocks, events, self._thread):
            each.start()

    def stop(self, *, limit: float = 30.0) -> None:
        """Return once ``on_block`` and ``on_event`` have got everything up to this moment.

        A :class:`CaptureUnfinishedError` after ``limit`` seconds says that ``on_block`` still has not; it may be called
        again.  From within a callback it does not wait for that callback.
        """
        listening, thread, blocks, events = self._listening, self._thread, self._blocks, self._events
        if listening is None or thread is None or blocks is None or events is None:
            return
        listening.end()
        thread.join()
        if not blocks.finish(limit):
            raise CaptureUnfinishedError(seconds=blocks.waiting)
        if blocks.failure is not None and listening.failure is None:
            listening.fail(blocks.failure)
        events.finish(limit)

    def close(self) -> None:
        """As :meth:`stop`; may be called again."""
        self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether audio is being recorded, or the microphone being reopened."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def opened(self) -> Opened | None:
        """What is open or was last: its name, its own channels and rate, whether it is the pinned one."""
        return self._listening.opened if self._listening else None

    @property
    def name(self) -> str | None:
        """The resolved name of the microphone; None before the first start."""
        return self.opened.name if self.opened else None

    @property
    def level(self) -> Level:
        return self._listening.level if self._listening else Level()

    @property
    def counts(self) -> Counts:
        return self._listening.counts if self._listening else Counts()

    @property
    def position(self) -> float:
        """Seconds captured so far, counted by frames."""
        return self._listening.position if self._listening else 0.0

    @property
    def waiting(self) -> float:
        """Seconds of audio in memory that ``on_block`` has not taken yet."""
        return self._blocks.waiting if self._blocks else 0.0

    @property
    def failure(self) -> Exception | None:
        """What ended the recording, if it was not :meth:`stop`."""
        return self._listening.failure if self._listening else None

    def undelivered(self) -> tuple[Block, ...]:
        """The blocks that ``on_block`` did not take: after a failure, that it failed on and those after it."""
        return self._blocks.undelivered() if self._blocks else ()
