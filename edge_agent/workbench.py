"""The recordings that the recogniser process has in hand: audio comes in, live text and transcripts go out.

Two threads work: one for the live text of what is being said, one for the record.  Audio is only appended, never
dropped; where time is short the live text goes on with the newest.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from edge_agent.enrolment import Voiceprint
from edge_agent.live import LiveText
from edge_agent.messages import (
    Abandon,
    AudioBlock,
    Beat,
    Begin,
    ChunkDone,
    Failed,
    Finish,
    Finished,
    GarbledError,
    LiveWords,
    Message,
    PhysicianVoice,
    Rewind,
)
from edge_agent.partial import Pace, Partial
from edge_agent.record_pass import RecordPass
from edge_agent.tape import GrowingTape, mono
from edge_agent.transcribe import Listener
from models.audio import SAMPLE_RATE
from scribe.domain.errors import ScribeError
from scribe.domain.transcript import Recording

_log = logging.getLogger(__name__)
_HASHED_AT_ONCE = 60 * SAMPLE_RATE
_LONGEST_WAIT = 1.0
_LONGEST_PATIENCE = 8.0
"""Seconds that the record of a recording under way waits for a pause in the speech."""


@dataclass(slots=True)
class _Job:
    """A recording in hand.

    ``cuts`` are the frames of its rewinds here; ``generations`` what each made of the count over all processes.
    """

    begin: Begin
    tape: GrowingTape
    cuts: list[int] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    ended: bool = False
    mute: bool = False
    """Live text failed: the transcript will say why."""
    live: "_LiveWork | None" = None
    record: "_RecordWork | None" = None

    def generation_of(self, seen: int) -> int:
        """The generation of work that follows the first ``seen`` cuts."""
        return self.generations[seen - 1] if seen else self.begin.generation

    @property
    def order(self) -> int:
        """Which job's record comes first: somebody waits for what has ended; what was never live can wait."""
        if self.begin.live_from is None:
            return 2
        return 0 if self.ended else 1


@dataclass(slots=True)
class _LiveWork:
    text: LiveText
    frames: int
    """How far the tape was given to ``text``."""
    seen: int
    """How many cuts are followed."""
    shown: int = 0
    tentative: str = ""
    seconds: float = 0.0
    begun: int = 0


@dataclass(slots=True)
class _RecordWork:
    passing: RecordPass
    seen: int
    looked: int = -1
    """Frames that were there at the last look."""
    seconds: float = 0.0
    stepped_at: float = 0.0


class Workbench:
    """``send`` may be called from any of the threads that work here."""

    def __init__(self, send: Callable[[Message], None], clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._jobs: dict[int, _Job] = {}
        self._begun = 0
        self._changed = threading.Condition()
        self._working_since: dict[str, float] = {}

    def take(self, message: Message) -> None:
        """Follow the parent's message; what it may not say now raises :class:`GarbledError`."""
        with self._changed:
            match message:
                case Begin():
                    self._begun = max(self._begun, message.number)
                    self._jobs[message.number] = _Job(message, GrowingTape(message.channels))
                case AudioBlock() | Rewind() | Finish() if self._is_dropped(message.number):
                    pass  # it was said before the parent knew
                case AudioBlock():
                    self._append(self._job(message.number), message)
                case Rewind():
                    job = self._job(message.number)
                    job.tape.truncate(message.frames)
                    job.generations.append(message.generation)
                    job.cuts.append(message.frames)
                case Finish():
                    self._job(message.number).ended = True
                case Abandon():
                    self._jobs.pop(message.number, None)
                case _:
                    raise GarbledError(problem=f"{type(message).__name__} is not for this side")
            self._changed.notify_all()

    def _is_dropped(self, number: int) -> bool:
        return number <= self._begun and number not in self._jobs

    def _job(self, number: int) -> _Job:
        job = self._jobs.get(number)
        if job is None:
            raise GarbledError(problem="it is about a recording that was not begun")
        return job

    @staticmethod
    def _append(job: _Job, block: AudioBlock) -> None:
        if block.start != job.tape.frames or len(block.pcm) != job.tape.channels or job.ended:
            raise GarbledError(problem="a block of audio is out of its place")
        job.tape.append(block.pcm)

    def beat(self) -> Beat:
        """How the work goes."""
        with self._changed:
            now = self._clock()
            busy = max((now - since for since in self._working_since.values()), default=0.0)
            job = min(self._jobs.values(), key=lambda job: job.order, default=None)
            return Beat(
                busy=round(busy, 2),
                number=job.begin.number if job else None,
                pace=_pace(job) if job else None,
            )

    def work_live(self, listener: Listener) -> None:
        """Make live text, for ever."""
        while True:
            with self._changed:
                while (job := next((j for j in self._jobs.values() if _wants_live(j)), None)) is None:
                    self._changed.wait(_LONGEST_WAIT)
                self._working_since["live"] = self._clock()
            self._step_live(job, listener)
            with self._changed:
                del self._working_since["live"]

    def _step_live(self, job: _Job, listener: Listener) -> None:
        try:
            live = self._live(job, listener)
            end = job.tape.frames
            began = self._clock()
            partial = live.text.feed(mono(job.tape.samples(live.frames, end)))
        except ScribeError as error:
            _log.error("%s: no live text: %s", job.begin.recording_id, error)
            job.mute = True
            return
        live.seconds += self._clock() - began
        live.frames = max(live.frames, end)
        self._tell(job, live, partial)

    def _live(self, job: _Job, listener: Listener) -> _LiveWork:
        """The live text of the job as it is now: begun anew where the tape was cut since."""
        cuts = list(job.cuts)
        if job.live is None:
            first = min([int((job.begin.live_from or 0.0) * SAMPLE_RATE), *cuts])
        elif job.live.seen < len(cuts):
            first = min(job.live.frames, *cuts[job.live.seen :])
        else:
            return job.live
        seconds = job.live.seconds if job.live else 0.0
        text = listener.live_text(language=job.begin.language, start=first / SAMPLE_RATE)
        job.live = _LiveWork(text, frames=first, seen=len(cuts), seconds=seconds, begun=first)
        return job.live

    def _tell(self, job: _Job, live: _LiveWork, partial: Partial) -> None:
        fresh = partial.stable[live.shown :]
        if not fresh and partial.tentative == live.tentative:
            return
        live.shown, live.tentative = len(partial.stable), partial.tentative
        self._send(
            LiveWords(
                number=job.begin.number,
                generation=job.generation_of(live.seen),
                fresh=fresh,
                tentative=partial.tentative,
                heard_to=round(partial.heard_to, 3),
                skipped=round(partial.skipped, 3),
            )
        )

    def work_for_the_record(self, listener: Listener) -> None:
        """Make transcripts, for ever."""
        while True:
            with self._changed:
                while not (jobs := [job for job in self._jobs.values() if self._takes_record(job)]):
                    self._changed.wait(_LONGEST_WAIT)
                job = min(jobs, key=lambda job: job.order)
                self._working_since["record"] = self._clock()
            self._step_record(job, listener)
            with self._changed:
                del self._working_since["record"]

    def _takes_record(self, job: _Job) -> bool:
        """Whether to work on the job's record now: while somebody speaks, the live text has the recogniser first."""
        if not _wants_record(job) or job.record is None:
            return job.record is None
        speaking = job.live is not None and not job.ended and job.live.text.is_open
        return not speaking or self._clock() - job.record.stepped_at > _LONGEST_PATIENCE

    def _step_record(self, job: _Job, listener: Listener) -> None:
        try:
            work = self._record(job, listener)
            work.looked = job.tape.frames
            work.stepped_at = began = self._clock()
            done = work.passing.work()
            work.seconds += self._clock() - began
            if done is not None:
                work.looked = -1
                self._send(ChunkDone(number=job.begin.number, generation=job.generation_of(work.seen), done=done))
            elif job.ended and work.seen == len(job.cuts):
                self._finish(job, work, listener)
        except ScribeError as error:
            self._drop(job)
            self._send(Failed(number=job.begin.number, problem=str(error).rstrip(".")))

    def _record(self, job: _Job, listener: Listener) -> _RecordWork:
        cuts = list(job.cuts)
        if job.record is None:
            passing = listener.record_pass(
                job.tape,
                language=job.begin.language,
                speakers=job.begin.speakers,
                physician=_voiceprint(job.begin.physician),
                terms=job.begin.terms,
                known=job.begin.known,
            )
            job.record = _RecordWork(passing, seen=len(cuts))
        elif job.record.seen < len(cuts):
            job.record.passing.rewind(min(cuts[job.record.seen :]))
            job.record.seen = len(cuts)
        return job.record

    def _finish(self, job: _Job, work: _RecordWork, listener: Listener) -> None:
        spoken = work.passing.finish()
        recording = Recording(
            id=job.begin.recording_id,
            duration=round(job.tape.frames / SAMPLE_RATE, 3),
            sha256=_sha256(job.tape),
            sample_rate=SAMPLE_RATE,
        )
        transcript = listener.transcript(spoken, recording, language=job.begin.language, speakers=job.begin.speakers)
        self._drop(job)
        self._send(Finished(number=job.begin.number, transcript=transcript, pace=_pace(job)))

    def _drop(self, job: _Job) -> None:
        with self._changed:
            self._jobs.pop(job.begin.number, None)


def _wants_live(job: _Job) -> bool:
    if job.begin.live_from is None or job.ended or job.mute:
        return False
    live = job.live
    return live is None or live.seen < len(job.cuts) or live.frames < job.tape.frames or live.text.waits


def _wants_record(job: _Job) -> bool:
    record = job.record
    return job.ended or record is None or record.seen < len(job.cuts) or record.looked != job.tape.frames


def _pace(job: _Job) -> Pace:
    live, record = job.live, job.record
    listened = max((live.frames - live.begun) / SAMPLE_RATE, 1e-3) if live else 1e-3
    recorded = record.passing.recognised_to if record else 0.0
    return Pace(
        lag=round((job.tape.frames - live.frames) / SAMPLE_RATE, 3) if live else 0.0,
        live_rtf=round(live.seconds / listened, 4) if live else 0.0,
        record_rtf=round(record.seconds / recorded, 4) if record and recorded else 0.0,
        recorded_to=round(recorded, 3),
        partials_dropped=live.text.dropped if live else 0,
        skipped=round(live.text.partial.skipped, 3) if live else 0.0,
    )


def _voiceprint(voice: PhysicianVoice | None) -> Voiceprint | None:
    if voice is None:
        return None
    return Voiceprint(
        model=voice.model,
        vector=np.array(voice.vector, dtype=np.float32),
        likeness=voice.likeness,
        spread=voice.spread,
        seconds=voice.seconds,
    )


def _sha256(tape: GrowingTape) -> str:
    """Of the 16-bit little-endian PCM, frame by frame with its channels side by side."""
    digest = hashlib.sha256()
    for start in range(0, tape.frames, _HASHED_AT_ONCE):
        digest.update(np.ascontiguousarray(tape.pcm(start, start + _HASHED_AT_ONCE).T, dtype="<i2").tobytes())
    return digest.hexdigest()
