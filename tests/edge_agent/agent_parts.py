"""Stand-ins for microphone, recogniser and uplink: what they do is what the test says."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from edge_agent.agent import Agent, Desk
from edge_agent.capture import Block, CaptureEvent, Counts
from edge_agent.errors import RecogniserError
from edge_agent.level import Level
from edge_agent.partial import Pace, Partial, RecogniserEvent, RecogniserState
from edge_agent.spool import Spool
from edge_agent.uplink_errors import UnreachableError
from edge_agent.uplink_status import Parked, Sending, UplinkStatus
from models.audio import SAMPLE_RATE, Samples
from scribe.crypto import HospitalKey, new_id
from scribe.domain.consent import Consent
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.domain.uplink import OpenEncounter

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KEY = HospitalKey(bytes(range(32)))


def consent(decided_by="patient", state="given", purpose="recording") -> Consent:
    return Consent(purpose=purpose, state=state, decided_at=NOON, decided_by=decided_by)


def speech(seconds: float, level: float = 0.1, channels: int = 1) -> Samples:
    """Something that is not silence; every second differs from every other."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = level * np.sin(2 * np.pi * (200 + 7 * time) * time)
    return np.tile(wave.astype(np.float32), (channels, 1))


class FakeMicrophone:
    """A microphone that hears what :meth:`hear` is given."""

    def __init__(self, room: "Room", device: str | None, channels: int, on_block, on_event) -> None:
        self.room, self.device, self.channels = room, device, channels
        self.on_block, self.on_event = on_block, on_event
        self.name: str | None = None
        self.level = Level(-30.0, -20.0)
        self.counts = Counts()
        self.failure: BaseException | None = None
        self.started = self.closed = False

    def start(self) -> None:
        if self.room.refuses is not None:
            raise self.room.refuses
        wanted = self.device if self.device in self.room.names else None
        self.name = wanted or self.room.names[0]
        self.started = True
        if self.device is not None and wanted is None:
            self.say("device_changed", device=self.name)

    def stop(self) -> None:
        if self.room.stop_refuses is not None:
            raise self.room.stop_refuses
        self.started = False

    def close(self) -> None:
        self.started = False
        self.closed = True

    def hear(self, samples: Samples, *, ago: float = 0.0) -> None:
        """A block whose first sample was in the air ``ago`` seconds before its own length; as the real one calls it."""
        if not self.started:
            return
        seconds = samples.shape[1] / SAMPLE_RATE
        try:
            self.on_block(Block(samples=samples, heard_at=self.room.clock() - seconds - ago))
        except Exception as error:
            self.failure = error
            self.started = False
            self.say("failed")

    def say(self, kind, *, lost: float = 0.0, device: str | None = None, channel: int | None = None) -> None:
        self.on_event(
            CaptureEvent(kind=kind, detail=f"it is {kind}", position=0.0, lost=lost, device=device, channel=channel)
        )


@dataclass
class Room:
    """Where the microphones are; ``refuses`` is what opening raises."""

    names: list[str] = field(default_factory=lambda: ["Built-in", "USB"])
    refuses: Exception | None = None
    stop_refuses: Exception | None = None
    opened: list[FakeMicrophone] = field(default_factory=list)
    time: float = 1000.0

    def __call__(self, *, device, channels, on_block, on_event) -> FakeMicrophone:
        self.opened.append(FakeMicrophone(self, device, channels, on_block, on_event))
        return self.opened[-1]

    @property
    def microphone(self) -> FakeMicrophone:
        return self.opened[-1]

    def clock(self) -> float:
        return self.time

    def talk(self, seconds: float, level: float = 0.1) -> None:
        """Half-second blocks, as time passes."""
        whole = speech(seconds, level, self.microphone.channels)
        for start in range(0, whole.shape[1], SAMPLE_RATE // 2):
            part = whole[:, start : start + SAMPLE_RATE // 2]
            self.time += part.shape[1] / SAMPLE_RATE
            self.microphone.hear(part)


class FakeHearing:
    def __init__(self, recogniser: "FakeRecogniser", recording_id, channels, language, source, live, on_partial):
        self.recogniser, self.recording_id, self.channels, self.language = recogniser, recording_id, channels, language
        self.source, self.live, self.on_partial = source, live, on_partial
        self.frames = 0
        self.rewound: list[int] = []
        self.abandoned = False
        self.future: Future[Transcript] = Future()

    @property
    def pace(self) -> Pace:
        return Pace(recorded_to=self.frames / SAMPLE_RATE / 2)

    def feed(self, samples: Samples) -> None:
        assert samples.dtype == np.float32
        assert samples.shape[0] == self.channels
        self.frames += samples.shape[1]

    def rewind(self, frames: int) -> None:
        assert 0 <= frames <= self.frames
        self.frames = frames
        self.rewound.append(frames)

    def finish(self) -> "Future[Transcript]":
        if self.recogniser.breaks:
            self.break_down()
        elif self.recogniser.prompt:
            self.answer()
        return self.future

    def abandon(self) -> None:
        self.abandoned = True

    def partial(self, *words: str, tentative: str = "", step: float = 0.5) -> None:
        stable = tuple(Word(text=word, start=step * i, end=step * (i + 1)) for i, word in enumerate(words))
        self.on_partial(Partial(stable=stable, tentative=tentative, heard_to=step * len(words)))

    def answer(self, *texts: str) -> None:
        lines = texts or self.recogniser.says
        utterances = tuple(
            Utterance(
                id=f"u{i}", speaker="doctor" if i % 2 == 0 else "patient", start=3.0 * i, end=3.0 * i + 2.5, text=text
            )
            for i, text in enumerate(lines)
        )
        self.future.set_result(Transcript(language=self.language, utterances=utterances))

    def break_down(self) -> None:
        self.future.set_exception(RecogniserError(problem="it was killed"))


class FakeRecogniser:
    """Gives each recording its transcript at once, unless ``prompt`` is False: then :meth:`FakeHearing.answer` does."""

    def __init__(self, *, prompt: bool = True, says: tuple[str, ...] = ("안녕하세요.", "기침이 나요.")) -> None:
        self.prompt, self.says = prompt, says
        self.state = RecogniserState.READY
        self.restarts = 0
        self.breaks = False
        self.hearings: list[FakeHearing] = []
        self.terms: dict[str, tuple[str, ...]] = {}
        self.on_event: Callable[[RecogniserEvent], None] = lambda _: None
        self.closed = False

    def __call__(self, *, on_event) -> "FakeRecogniser":
        self.on_event = on_event
        return self

    def start(self) -> None: ...

    def close(self) -> None:
        self.closed = True
        for hearing in self.hearings:
            if not hearing.future.done():
                hearing.future.cancel()

    def begin(
        self,
        recording_id,
        *,
        channels,
        language,
        source,
        live=True,
        physician=None,
        terms=(),
        on_partial=lambda _: None,
    ):
        self.terms[recording_id] = tuple(terms)
        self.hearings.append(FakeHearing(self, recording_id, channels, language, source, live, on_partial))
        return self.hearings[-1]

    @property
    def last(self) -> FakeHearing:
        return self.hearings[-1]

    def tell(self, state: RecogniserState, detail: str = "") -> None:
        self.state = state
        if state is RecogniserState.RESTARTING:
            self.restarts += 1
        self.on_event(RecogniserEvent(state=state, detail=detail, restarts=self.restarts))


class FakeWay:
    """A service that takes what it is given when :meth:`deliver` is called."""

    def __init__(self, *encounters: OpenEncounter) -> None:
        self.known = encounters
        self.submitted: list[str] = []
        self.retried: list[str] = []
        self.parked: tuple[Parked, ...] = ()
        self.sending: Sending | None = None
        self.problem: str | None = None
        self.notices: tuple[str, ...] = ()
        self.last_success: datetime | None = NOON
        self.running = False
        self.on_change: Callable[[], None] = lambda: None

    def __call__(self, *, on_change) -> "FakeWay":
        self.on_change = on_change
        return self

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def submit(self, recording_id: str) -> None:
        if recording_id not in self.submitted:
            self.submitted.append(recording_id)

    def retry(self, recording_id: str) -> None:
        self.retried.append(recording_id)
        self.parked = ()

    def status(self) -> UplinkStatus:
        return UplinkStatus(
            waiting=len(self.submitted), oldest_since=None, unassigned=0, sending=self.sending, parked=self.parked,
            problem=self.problem, problem_code=None, last_success=self.last_success, notices=self.notices,
        )  # fmt: skip

    def terms(self, encounter_id: str) -> tuple[str, ...]:
        if self.problem is not None:
            raise UnreachableError(problem="ConnectError")
        return (f"term of {encounter_id}",)

    def encounters(self) -> tuple[OpenEncounter, ...]:
        if self.problem is not None:
            raise UnreachableError(problem="ConnectError")
        return self.known

    def park(self, recording_id: str, reason: str) -> None:
        self.parked = (Parked(recording_id=recording_id, code="signed", reason=reason, since=NOON),)
        self.on_change()


@dataclass
class Bench:
    """An agent on stand-ins over a real spool."""

    agent: Agent
    room: Room
    recogniser: FakeRecogniser
    way: FakeWay | None
    spool: Spool
    slept: list[float]
    chosen: list[str | None]

    def settle(self) -> None:
        """Wait until the agent has done all that it put off."""
        for _ in range(8):
            done = threading.Event()
            self.agent.shelf.after_chores(done.set)
            assert done.wait(10)

    def record(self, seconds: float = 3.0, **start) -> str:
        recording_id = self.agent.start(consent(), **start)
        self.room.talk(seconds)
        return recording_id

    @property
    def kinds(self) -> set[str]:
        return {notice.kind.value for notice in self.agent.notices.held}


@contextmanager
def bench(
    folder: Path,
    *,
    recogniser: FakeRecogniser | None = None,
    way: FakeWay | None = None,
    room: Room | None = None,
    now: Callable[[], datetime] = lambda: NOON,
    key: HospitalKey = KEY,
    **desk,
) -> Iterator[Bench]:
    room, recogniser = room or Room(), recogniser or FakeRecogniser()
    slept, chosen = [0.0], []
    with Spool(folder, key, clock=now) as spool:
        agent = Agent(
            spool, microphone=room, recogniser=recogniser, uplink=way, desk=Desk(**desk), physician=lambda: None,
            now=now, new_id=new_id, keep_choice=chosen.append, clock=room.clock, uptime=lambda: slept[0],
        )  # fmt: skip
        agent.open()
        try:
            yield Bench(agent, room, recogniser, way, spool, slept, chosen)
        finally:
            agent.close()
