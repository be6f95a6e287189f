"""The agent: one object that records, and that page, terminal and command line command and watch.

A recording goes on whatever happens to those who watch it, to the recogniser and to the way to the service; it ends
by a command, by a full or failing disk, or with the process, and is finished at the next start in the last case.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from edge_agent.capture import Block, CaptureEvent
from edge_agent.chores import Chores
from edge_agent.ears import Ears
from edge_agent.enrolment import Voiceprint
from edge_agent.errors import CaptureError, EdgeError, SpoolError, SpoolFullError, SpoolRoomError
from edge_agent.events import Board, LevelView, LiveView, NoticeKind, Snapshot, Topic
from edge_agent.live_screen import LiveScreen
from edge_agent.notices import Notices
from edge_agent.partial import RecogniserEvent, RecogniserState
from edge_agent.parts import MakesRecogniser, MakesWay, OpensMicrophone
from edge_agent.recordings import RecordingHeader
from edge_agent.shelf import Shelf
from edge_agent.sleep import SleepWatch, Uptime, suspended
from edge_agent.spool import Spool
from edge_agent.states import AgentState, Command, possible
from edge_agent.take import Take
from edge_agent.vigil import Vigil
from scribe.domain.consent import Consent

_log = logging.getLogger(__name__)

_TRIAL = 30.0
"""Seconds that the microphone is open for a trial."""


class CommandRefusedError(EdgeError):
    """{command} is not possible while the agent is {state}."""


class ConsentNeededError(EdgeError):
    """Recording needs the consent of the patient or the guardian, given and with its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How this desk records: ``channels`` 1 or 2, ``microphone`` by name, None for the system's default."""

    channels: int = 1
    microphone: str | None = None
    language: str = "ko"
    live: bool = True


class Agent:
    """Records, and sees to it that every recording gets its transcript and goes its way.

    Every command raises :class:`CommandRefusedError` where it is not possible now.  Commands, :meth:`snapshot`,
    :meth:`live` and :meth:`level` may be called from any thread; ``board`` tells when to look.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        microphone: OpensMicrophone,
        recogniser: MakesRecogniser,
        uplink: MakesWay | None,
        desk: Desk,
        physician: Callable[[], Voiceprint | None],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        site_terms: Sequence[str] = (),
        keep_choice: Callable[[str | None], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        uptime: Uptime = suspended,
    ) -> None:
        self.board = Board()
        self.notices = Notices(now, lambda: self.board.changed(Topic.STATE))
        self._spool, self._desk, self._now, self._new_id, self._clock = spool, desk, now, new_id, clock
        self._physician, self._keep_choice = physician, keep_choice
        self._chores = Chores("agent-chores")
        self._recogniser = recogniser(on_event=self._on_recogniser)
        self.shelf = Shelf(
            spool,
            self._recogniser,
            self._chores,
            uplink,
            notices=self.notices,
            now=now,
            physician=physician,
            site_terms=site_terms,
            current=lambda: self._take.header.id if self._take else None,
            changed=lambda: self.board.changed(Topic.STATE),
        )
        self._ears = Ears(microphone, self.notices, desk.channels, on_block=self._on_block, on_event=self._on_event)
        self._vigil = Vigil(
            minutes_left=lambda: spool.minutes_left(desk.channels),
            sleep=SleepWatch(uptime),
            notices=self.notices,
            now=now,
            beat=self._beat,
            slept=self._slept,
        )
        self._commands = threading.RLock()
        self._shifting = threading.Lock()
        self._state = AgentState.IDLE
        self._take: Take | None = None
        self._wanted = desk.microphone
        self._gate = threading.Lock()
        self._trial_ends: float | None = None
        self._screen = LiveScreen(lambda: self.board.changed(Topic.LIVE))
        self._closing = threading.Event()

    # ---- life

    def open(self) -> None:
        """Load the recogniser, go on with what was unfinished, and begin to watch disk and sleep."""
        self._chores.start()
        self._recogniser.start()
        self.shelf.open()
        self._vigil.start()

    def close(self) -> None:
        """End: a recording under way is closed properly, its transcript is made at the next start."""
        self._closing.set()
        self._vigil.close()
        with self._commands:
            take = self._take
            self._silence()
            self._take = None
            if take is not None:
                take.finish()
                take.hearing.abandon()
        self.shelf.close()
        self._recogniser.close()
        self._chores.close()
        self.board.changed(Topic.STATE)

    @property
    def closing(self) -> bool:
        return self._closing.is_set()

    # ---- what watchers see

    @property
    def state(self) -> AgentState:
        state = self._state
        return AgentState.TRANSCRIBING if state is AgentState.IDLE and self.shelf.transcripts.busy else state

    @property
    def recogniser_state(self) -> RecogniserState:
        return self._recogniser.state

    def snapshot(self) -> Snapshot:
        take = self._take
        pace = take.hearing.pace if take else None
        return Snapshot(
            state=self.state,
            microphone=self._ears.name,
            wanted_microphone=self._wanted,
            trying_microphone=self._trial_ends is not None,
            current=take.current if take else None,
            counts=self._ears.counts,
            partials_dropped=pace.partials_dropped if pace else 0,
            recogniser_restarts=self._recogniser.restarts,
            notices=self.notices.held,
            recordings=self.shelf.rows,
            disk_minutes=self._vigil.disk_minutes,
            service=self.shelf.service(),
            language=self._desk.language,
        )

    def level(self) -> LevelView:
        take = self._take
        return LevelView(level=self._ears.level, listening=self._ears.open, seconds=take.seconds if take else None)

    def live(self) -> LiveView:
        return self._screen.view

    # ---- commands of the recording

    def start(self, consent: Consent, *, encounter_id: str | None = None, language: str | None = None) -> str:
        """Begin a recording under ``consent``; the id.  Audio counts from the first block on, about 1.5 s later.

        Raises :class:`ConsentNeededError`, :class:`~edge_agent.errors.CaptureError` where no microphone opens, and
        :class:`~edge_agent.errors.SpoolError` where there is no room.
        """
        if consent.purpose != "recording" or not consent.permits:
            raise ConsentNeededError
        with self._commanded(Command.START):
            self._end_trial()
            self._ears.fresh()
            self.notices.drop(*_OF_ONE_RECORDING)
            self._to(AgentState.STARTING)
            try:
                return self._begin(consent, encounter_id, language or self._desk.language)
            except (CaptureError, SpoolError) as error:
                self._fault(error)
                raise

    def pause(self) -> None:
        with self._commanded(Command.PAUSE):
            self._under_way.pause()
            self._to(AgentState.PAUSED)

    def resume(self) -> None:
        with self._commanded(Command.RESUME):
            self._under_way.resume()
            self._to(AgentState.RECORDING)

    def off_the_record(self, seconds: float) -> float:
        """Destroy the last ``seconds`` for good, audio and live text; the seconds that were there to destroy."""
        with self._commanded(Command.OFF_THE_RECORD):
            take = self._under_way
            gone = take.erase_last(seconds)
            self._screen.cut(take.seconds)
            self.board.changed(Topic.STATE)
            return gone

    def stop(self) -> str | None:
        """End the recording; its id, or None where nothing was heard yet.  The transcript follows by itself."""
        with self._commanded(Command.STOP):
            take, before = self._under_way, self._state
            self._to(AgentState.FINISHING)
            try:
                self._ears.stop()
            except CaptureError:
                self._to(before)
                raise
            try:
                return self._end(take)
            except SpoolError as error:
                self._take = None
                self._fault(error)
                raise

    def discard(self) -> None:
        """Destroy the recording under way for good."""
        with self._commanded(Command.DISCARD):
            take = self._under_way
            take.deafen()
            self._ears.stop()
            self._drop(take)
            self._to(AgentState.IDLE)

    # ---- the microphone

    def set_microphone(self, name: str | None) -> None:
        """Use the microphone of that name, or the system's default, now and at every start from now on."""
        with self._commanded(Command.SET_MICROPHONE):
            before, self._wanted = self._wanted, name
            if self._ears.open:
                self._swap(before)
            self._keep_choice(name)
            self.board.changed(Topic.STATE)

    def try_microphone(self, on: bool = True) -> None:
        """Open the microphone for half a minute to see its level; nothing of it is kept."""
        with self._commanded(Command.TRY_MICROPHONE):
            self._end_trial()
            if on:
                self._ears.fresh()
                self._ears.listen(self._wanted)
                self._trial_ends = self._clock() + _TRIAL
            self.board.changed(Topic.STATE)

    def assign(self, recording_id: str, encounter_id: str) -> None:
        """Say whose consultation a recording is, under way or over; it is sent once its transcript is there."""
        take = self._take
        if take is not None and take.header.id == recording_id:
            self._spool.assign(recording_id, encounter_id)
            take.encounter_id = encounter_id
            self.board.changed(Topic.STATE)
        else:
            self.shelf.assign(recording_id, encounter_id)

    # ---- within

    @contextmanager
    def _commanded(self, command: Command) -> Iterator[None]:
        with self._commands:
            if self.closing or not possible(command, self._state):
                raise CommandRefusedError(command=command.value, state=self._state.value)
            yield

    @property
    def _under_way(self) -> Take:
        if self._take is None:
            raise CommandRefusedError(command="this", state=self._state.value)
        return self._take

    def _to(self, state: AgentState, *, only_from: AgentState | None = None) -> None:
        with self._shifting:
            if only_from is not None and self._state is not only_from:
                return
            self._state = state
        _log.info("the agent is %s", state.value)
        self.board.changed(Topic.STATE)

    def _begin(self, consent: Consent, encounter_id: str | None, language: str) -> str:
        with self._gate:  # blocks that come before the spool is ready wait in the microphone's ring
            self._ears.listen(self._wanted)
            try:
                self._take = take = self._opened(consent, encounter_id, language)
            except SpoolError as error:
                problem = error
            else:
                return take.header.id
        self._ears.stop()
        raise problem

    def _opened(self, consent: Consent, encounter_id: str | None, language: str) -> Take:
        header = RecordingHeader(
            id=self._new_id(),
            started_at=self._now(),
            channels=self._desk.channels,
            device=self._ears.name or "",
            consent=consent,
            language=language,
            encounter_id=encounter_id,
        )
        writer = self._spool.begin(header)
        hearing = self._recogniser.begin(
            header.id,
            channels=header.channels,
            language=language,
            source=self.shelf.transcripts.source(header.id),
            live=self._desk.live,
            physician=self._physician(),
            terms=self.shelf.expected.of(encounter_id),
            on_partial=lambda partial: self._screen.show(header.id, partial),
        )
        self._screen.begin(header.id)
        return Take(header=header, writer=writer, hearing=hearing, clock=self._clock, encounter_id=encounter_id)

    def _end(self, take: Take) -> str | None:
        """Close the recording, hand it on, and be ready for the next."""
        manifest = take.finish()
        self._take = None
        recording_id = take.header.id
        if manifest.bytes == 0:
            self._drop(take)
            self._to(AgentState.IDLE)
            return None
        self.shelf.transcripts.follow(recording_id, take.hearing, manifest.duration)
        self._to(AgentState.IDLE)
        self.shelf.refresh()
        return recording_id

    def _drop(self, take: Take) -> None:
        self._take = None
        take.hearing.abandon()
        self._spool.discard(take.header.id)
        self._screen.begin(None)
        self.shelf.refresh()

    def _swap(self, before: str | None) -> None:
        """Change the microphone of the recording under way; the seconds between are a gap with its own time."""
        self._ears.stop()
        if self._take is not None:
            self._take.gap()
        try:
            self._ears.listen(self._wanted)
        except CaptureError:
            self._wanted = before
            try:
                self._ears.listen(before)
            except CaptureError as error:
                self._break_off(error)
            raise

    def _end_trial(self) -> None:
        if self._trial_ends is not None:
            self._trial_ends = None
            self._ears.stop()

    def _silence(self) -> None:
        """Close the microphone, whatever it still holds."""
        try:
            self._ears.stop()
        except CaptureError as unfinished:
            _log.error("%s", unfinished)

    def _fault(self, error: BaseException) -> None:
        """The recording cannot go on, or not begin."""
        _log.error("%s: %s", type(error).__name__, error)
        if isinstance(error, SpoolFullError | SpoolRoomError):
            self.notices.put(NoticeKind.DISK_FULL, detail=str(error))
        elif isinstance(error, SpoolError):
            self.notices.put(NoticeKind.STORAGE_FAILED, detail=str(error))
        else:
            self.notices.put(NoticeKind.MICROPHONE_FAILED, detail=str(error))
        self._to(AgentState.FAULT)

    def _break_off(self, error: BaseException) -> None:
        """What was recorded until now is kept and handed on; the agent says loudly that it stopped."""
        with self._commands:
            take = self._take
            if take is None:
                return
            self._take = None
            self._silence()
            self._fault(error)
            self._keep_broken_off(take)
        self.shelf.refresh()

    def _keep_broken_off(self, take: Take) -> None:
        """Close the recording; where the disk refuses even that, it is finished by `recover` or at the next start."""
        try:
            manifest = take.finish()
        except SpoolError as unfinished:
            _log.error("%s stays to be recovered: %s", take.header.id, type(unfinished).__name__)
            take.hearing.abandon()
            return
        if manifest.bytes:
            self.shelf.transcripts.follow(take.header.id, take.hearing, manifest.duration)
        else:
            self._drop(take)

    # ---- what the parts tell, in their own threads

    def _on_block(self, block: Block) -> None:
        with self._gate:
            take = self._take
        if take is not None:
            take.take(block)
            self._to_recording()

    def _to_recording(self) -> None:
        if self._state is AgentState.STARTING:
            self._to(AgentState.RECORDING, only_from=AgentState.STARTING)

    def _on_event(self, event: CaptureEvent) -> None:
        _log.info("microphone: %s: %s", event.kind, event.detail)
        if event.kind == "reopened":
            self._mark_gap()
        if event.kind == "failed":
            failure = self._ears.failure or CaptureError(problem=event.detail)
            self._chores.add(lambda: self._break_off(failure))
        self.board.changed(Topic.STATE)

    def _on_recogniser(self, event: RecogniserEvent) -> None:
        _log.info("recogniser: %s %s", event.state.value, event.detail)
        match event.state:
            case RecogniserState.READY:
                self.notices.drop(NoticeKind.RECOGNISER_FAILED, NoticeKind.MODEL_MISSING)
            case RecogniserState.RESTARTING:
                self.notices.put(NoticeKind.RECOGNISER_RESTARTED, amount=event.restarts, detail=event.detail)
            case RecogniserState.GAVE_UP:
                self.notices.put(NoticeKind.RECOGNISER_FAILED, detail=event.detail)
            case RecogniserState.REFUSED:
                self.notices.put(NoticeKind.MODEL_MISSING, detail=event.detail)
        self.board.changed(Topic.STATE)

    def _beat(self) -> None:
        if self._trial_ends is not None and self._clock() > self._trial_ends:
            with self._commands:
                self._end_trial()
            self.board.changed(Topic.STATE)
        if self._ears.open:
            self.board.changed(Topic.LEVEL)

    def _slept(self, seconds: float) -> None:
        """The machine slept: what follows has a wall-clock time of its own."""
        if self._take is not None:
            self.notices.add(NoticeKind.SLEPT, seconds)
            self._mark_gap()

    def _mark_gap(self) -> None:
        """Time has passed unheard; a disk that refuses the mark ends the recording as it would with the next block."""
        take = self._take
        if take is None:
            return
        try:
            take.gap()
        except SpoolError as error:
            failure = error
            self._chores.add(lambda: self._break_off(failure))


_OF_ONE_RECORDING = (
    NoticeKind.SLEPT,
    NoticeKind.DISK_FULL,
    NoticeKind.STORAGE_FAILED,
    NoticeKind.MICROPHONE_FAILED,
    NoticeKind.INTERRUPTED,
)
