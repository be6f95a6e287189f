"""What the agent tells whoever is watching: the page, the terminal, a test.

A watcher is woken and then looks: it gets the newest state, never a queue of old ones, so that a slow or forgotten
watcher costs nothing and a page that connects anew misses nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from edge_agent.capture import Counts
from edge_agent.level import Level
from edge_agent.states import AgentState

ConsentBy = Literal["patient", "guardian"]
Upload = Literal["local", "waiting", "sending", "done", "problem"]


class NoticeKind(StrEnum):
    """What a physician or the hospital's staff should know now; ``edge_agent.wording`` says it in words."""

    CLIPPING = "clipping"
    SILENCE = "silence"
    ONE_CHANNEL = "one_channel"
    DEVICE_LOST = "device_lost"
    DEVICE_CHANGED = "device_changed"
    AUDIO_LOST = "audio_lost"
    BACKLOG = "backlog"
    SLEPT = "slept"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    STORAGE_FAILED = "storage_failed"
    MICROPHONE_FAILED = "microphone_failed"
    MODEL_MISSING = "model_missing"
    RECOGNISER_RESTARTED = "recogniser_restarted"
    RECOGNISER_FAILED = "recogniser_failed"
    SERVICE_PROBLEM = "service_problem"
    UPLOAD_PROBLEM = "upload_problem"
    ERASED_BY_ORDER = "erased_by_order"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning that holds now.

    ``amount`` is seconds lost, minutes left, or times it happened, by kind; ``detail`` a device's name or an
    English sentence for those who maintain the machine, never what was said.
    """

    kind: NoticeKind
    since: datetime
    amount: float | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The recording under way; ``seconds`` are those kept, ``erased`` those deleted off the record."""

    id: str
    started_at: datetime
    encounter_id: str | None
    consent_by: ConsentBy
    language: str
    seconds: float = 0.0
    erased: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """A recording that is over, or was broken off.

    ``state`` is the spool's; ``upload`` where it stands on its way to the service (``local``: nothing is configured);
    ``unreadable`` counts quarantined chunks; ``failed`` says that the transcript could not be made; ``advice`` is
    what the uplink asks for, in Korean.
    """

    id: str
    started_at: datetime
    seconds: float
    state: str
    encounter_id: str | None
    consent_by: ConsentBy | None
    unfinished: bool
    has_transcript: bool
    upload: Upload
    progress: float | None = None
    unreadable: int = 0
    failed: bool = False
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The way to the service; without enrolment everything stays here.

    ``reachable`` is None before the first attempt; ``advice`` is what the uplink asks for, in Korean.
    """

    enrolled: bool = False
    reachable: bool | None = None
    waiting: int = 0
    unassigned: int = 0
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a page needs to show the agent, apart from level and live text, which change faster."""

    state: AgentState
    microphone: str | None
    wanted_microphone: str | None
    trying_microphone: bool
    current: Current | None
    counts: Counts
    partials_dropped: int
    recogniser_restarts: int
    notices: tuple[Notice, ...]
    recordings: tuple[RecordingRow, ...]
    disk_minutes: float | None
    service: Service
    language: str


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of the live text; ``start`` in seconds on the recording's clock."""

    text: str
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """The live text of one recording.

    ``stable`` grows only at its end, but for what is deleted off the record: then ``generation`` counts up.
    """

    recording_id: str | None = None
    generation: int = 0
    stable: tuple[SpokenWord, ...] = ()
    tentative: str = ""


@dataclass(frozen=True, slots=True)
class LevelView:
    """The meter; ``listening``: the microphone is open.  ``seconds`` of the recording under way, None without one."""

    level: Level = field(default_factory=Level)
    listening: bool = False
    seconds: float | None = None


class Topic(StrEnum):
    STATE = "state"
    LEVEL = "level"
    LIVE = "live"


class Watch:
    """One watcher's view of what has changed since it last looked."""

    def __init__(self, board: "Board", wake: Callable[[], None]) -> None:
        self._board = board
        self.wake = wake
        self._changed = set(Topic)

    def mark(self, topic: Topic) -> None:
        self._changed.add(topic)

    def take(self) -> frozenset[Topic]:
        """The topics that changed since the last call; all of them at the first."""
        with self._board.lock:
            changed = frozenset(self._changed)
            self._changed.clear()
        return changed

    def close(self) -> None:
        self._board.forget(self)


class Board:
    """Tells every watcher that something changed; from any thread, never blocking."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._watches: list[Watch] = []

    def watch(self, wake: Callable[[], None]) -> Watch:
        """``wake`` is called from the agent's threads and must return at once; it may look only later."""
        watch = Watch(self, wake)
        with self.lock:
            self._watches.append(watch)
        return watch

    def changed(self, topic: Topic) -> None:
        with self.lock:
            for watch in self._watches:
                watch.mark(topic)
            wakes = [watch.wake for watch in self._watches]
        for wake in wakes:
            wake()

    def forget(self, watch: Watch) -> None:
        with self.lock:
            if watch in self._watches:
                self._watches.remove(watch)
