"""The recogniser in a process of its own: what happens to it there costs no recording."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.child import Child, Ending, program
from edge_agent.enrolment import Voiceprint
from edge_agent.errors import (
    AudioSourceError,
    RecogniserClosedError,
    RecogniserError,
    RecogniserGaveUpError,
    RecogniserRefusedError,
)
from edge_agent.messages import Beat, ChunkDone, Failed, Finished, LiveWords, Message, Ready, Start
from edge_agent.partial import Partial, RecogniserEvent, RecogniserState
from edge_agent.session import Session, Source
from scribe.domain.errors import ScribeError

__all__ = ["ProcessLimits", "RecogniserProcess", "Session", "Source"]

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.25
_LATE = 5.0
"""Seconds of lag that are worth a line in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """When the child counts as hung, and when it is given up."""

    load_seconds: float = 180.0
    silent_seconds: float = 15.0
    """Without a sign of life."""
    busy_seconds: float = 120.0
    """In one piece of work."""
    crashes: int = 4
    """In ``crash_window`` seconds: then it is not started again."""
    crash_window: float = 600.0
    pause: float = 0.5
    """Seconds before it is started again, doubled with each crash."""


class RecogniserProcess:
    """Holds the models in a child process that is restarted when it dies.

    One for the life of the agent; several recordings may be open, one after the other.  Callbacks come from its
    own threads and must return at once.  ``model`` None takes the registry's model for each recording's language;
    the one for ``language`` is loaded at once.
    """

    def __init__(
        self,
        models_home: Path,
        *,
        model: str | None = None,
        language: str = "ko",
        registry: Path | None = None,
        threads: int | None = None,
        on_event: Callable[[RecogniserEvent], None] = lambda _: None,
        limits: ProcessLimits | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        self._start = Start(
            models_home=str(models_home),
            model=model,
            language=language,
            registry=str(registry) if registry else None,
            threads=threads,
        )
        self._on_event = on_event
        self._limits = limits or ProcessLimits()
        self._command = tuple(command or program())
        self._changed = threading.Condition()
        self._sessions: dict[int, Session] = {}
        self._numbers = 0
        self._crashes: deque[float] = deque()
        self._child: Child | None = None
        self._keeper: threading.Thread | None = None
        self._state = RecogniserState.CLOSED
        self.restarts = 0

    @property
    def state(self) -> RecogniserState:
        return self._state

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        child = self._child
        return child.pid if child else None

    def start(self) -> None:
        """Start loading the model; returns at once.  Harmless where it runs; what gave up is tried again."""
        with self._changed:
            if self._keeper is not None and self._keeper.is_alive() and self._state not in _OVER:
                return
            self._crashes.clear()
            self._state = RecogniserState.STARTING
            self._keeper = threading.Thread(target=self._keep, name="recogniser", daemon=True)
            self._keeper.start()

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the model is loaded; raises :class:`RecogniserError` where it is not by then."""
        with self._changed:
            self._changed.wait_for(lambda: self._state in (RecogniserState.READY, *_OVER), seconds)
            if self._state is not RecogniserState.READY:
                raise RecogniserError(problem=f"it is {self._state} after {seconds:.0f} s")

    def close(self) -> None:
        """End the child; transcripts that are still awaited fail with :class:`RecogniserClosedError`."""
        with self._changed:
            keeper, self._state = self._keeper, RecogniserState.CLOSED
            self._changed.notify_all()
        if keeper is not None:
            keeper.join()
        self._fail_all(RecogniserClosedError())

    def begin(
        self,
        recording_id: str,
        *,
        channels: int,
        language: str,
        source: Source,
        live: bool = True,
        speakers: bool = True,
        physician: Voiceprint | None = None,
        terms: Sequence[str] = (),
        on_partial: Callable[[Partial], None] = lambda _: None,
    ) -> Session:
        """Open a recording; audio may be fed at once, whatever state the child is in.

        ``terms`` are likely to be said, the likeliest first.
        """
        with self._changed:
            self._numbers += 1
            session = Session(
                self._numbers,
                recording_id,
                channels=channels,
                language=language,
                source=source,
                live=live,
                speakers=speakers,
                physician=physician,
                terms=terms,
                on_partial=on_partial,
                changed=self._changed,
            )
            self._sessions[session.number] = session
        self.start()
        return session

    def _keep(self) -> None:
        """Keep a child alive until it is closed, refuses or is given up."""
        while True:
            child = Child(self._command, self._start, self._heard, self._next_message)
            with self._changed:
                self._child = child
                for session in self._sessions.values():
                    session.renew()
            child.run()
            ending = self._watch(child)
            child.end()
            with self._changed:
                self._child = None
            if not self._again(ending):
                return

    def _watch(self, child: Child) -> Ending:
        """Wait for the child's end, its hanging, or our closing."""
        limits = self._limits
        while not self._is_closed(after=_LOOK_SECONDS):
            if (ending := child.ending) is not None:
                return ending
            if not child.ready and child.age > limits.load_seconds:
                return Ending("it did not load its model in time")
            if child.ready and (child.quiet_for > limits.silent_seconds or child.busy_for > limits.busy_seconds):
                return Ending("it hung")
        return Ending("it was closed")

    def _is_closed(self, *, after: float) -> bool:
        """Whether it is closed, at the latest so many seconds from now."""
        with self._changed:
            return self._changed.wait_for(lambda: self._state is RecogniserState.CLOSED, after)

    def _again(self, ending: Ending) -> bool:
        """Whether another child is to be started, after a pause; what follows where not."""
        if self._is_closed(after=0):
            return False
        if ending.refused is not None:
            self._enter(RecogniserState.REFUSED, ending.refused)
            self._fail_all(RecogniserRefusedError(problem=ending.refused))
            return False
        now = time.monotonic()
        self._crashes.append(now)
        while self._crashes[0] < now - self._limits.crash_window:
            self._crashes.popleft()
        if len(self._crashes) >= self._limits.crashes:
            self._enter(RecogniserState.GAVE_UP, ending.problem)
            self._fail_all(RecogniserGaveUpError(crashes=len(self._crashes), problem=ending.problem))
            return False
        self.restarts += 1
        self._enter(RecogniserState.RESTARTING, ending.problem)
        return not self._is_closed(after=self._limits.pause * 2 ** (len(self._crashes) - 1))

    def _enter(self, state: RecogniserState, detail: str = "") -> None:
        with self._changed:
            if self._state is RecogniserState.CLOSED:
                return
            self._state = state
            self._changed.notify_all()
        level = logging.INFO if state is RecogniserState.READY else logging.WARNING
        _log.log(level, "recogniser: %s%s", state, f": {detail}" if detail else "")
        self._on_event(RecogniserEvent(state=state, detail=detail, restarts=self.restarts))

    def _fail_all(self, error: ScribeError) -> None:
        with self._changed:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            session.fail(error)

    def _next_message(self) -> Message | None:
        """The next thing to tell the child; called by the thread that writes to it, which waits where there is none."""
        with self._changed:
            sessions = list(self._sessions.values())
        for session in sessions:
            try:
                message = session.next_message()
            except (ScribeError, OSError) as error:
                _log.error("%s: its audio cannot be read back: %s", session.recording_id, error)
                session.fail(AudioSourceError(recording_id=session.recording_id, problem=str(error).rstrip(".")))
                continue
            if message is not None:
                return message
            if session.over:
                with self._changed:
                    self._sessions.pop(session.number, None)
        return None

    def _heard(self, message: Message) -> None:
        """From the thread that reads what the child says."""
        match message:
            case Ready():
                self._enter(RecogniserState.READY)
            case Beat():
                self._pace(message)
            case LiveWords() | ChunkDone() | Finished() | Failed():
                with self._changed:
                    session = self._sessions.get(message.number)
                if session is not None:
                    self._deliver(session, message)

    @staticmethod
    def _deliver(session: Session, message: LiveWords | ChunkDone | Finished | Failed) -> None:
        match message:
            case LiveWords() | ChunkDone():
                session.take(message)
            case Finished():
                session.pace = pace = message.pace
                _log.info(
                    "%s: transcribed; real-time factor %.3f live, %.3f for the record; %d partials dropped",
                    session.recording_id,
                    pace.live_rtf,
                    pace.record_rtf,
                    pace.partials_dropped,
                )
                session.succeed(message.transcript)
            case Failed():
                session.fail(RecogniserError(problem=message.problem))

    def _pace(self, beat: Beat) -> None:
        with self._changed:
            session = self._sessions.get(beat.number) if beat.number is not None else None
        if session is None or beat.pace is None:
            return
        session.pace = beat.pace
        if beat.pace.lag > _LATE:
            _log.warning(
                "%s: live text is %.1f s behind; real-time factor %.2f",
                session.recording_id,
                beat.pace.lag,
                beat.pace.live_rtf,
            )


_OVER = (RecogniserState.GAVE_UP, RecogniserState.REFUSED, RecogniserState.CLOSED)
