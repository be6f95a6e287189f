"""From a finished recording to its transcript in the spool, one after the other, also after a restart."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_agent.chores import Chores
from edge_agent.enrolment import Voiceprint
from edge_agent.errors import AudioSourceError, SpoolError
from edge_agent.parts import Hearing, Recogniser
from edge_agent.recordings import RecordingState, RecordingSummary
from edge_agent.spool import Spool
from edge_agent.uplink_attempt import TRANSCRIPT_DOCUMENT
from models.audio import SAMPLE_RATE, Samples
from scribe.domain.errors import ScribeError
from scribe.domain.formats import write_transcript
from scribe.domain.transcript import Recording, Transcript

if TYPE_CHECKING:
    from edge_agent.session import Source

_log = logging.getLogger(__name__)
_PIECE = 30.0
"""Seconds of a stored recording that are read at a time."""


@dataclass(slots=True)
class _Awaited:
    hearing: Hearing
    seconds: float
    from_disk: bool


class Transcripts:
    """Makes the transcript of every recording that is over and keeps it sealed in the spool.

    ``done`` is told of each recording whose transcript is there, ``changed`` of every change; both are called from
    the thread of ``chores``.
    """

    def __init__(
        self,
        spool: Spool,
        recogniser: Recogniser,
        chores: Chores,
        *,
        physician: Callable[[], Voiceprint | None],
        terms: Callable[[str | None], Sequence[str]],
        done: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._recogniser = recogniser
        self._chores = chores
        self._physician = physician
        self._terms = terms
        self._done = done
        self._changed = changed
        self._awaited: dict[str, _Awaited] = {}
        self._waiting: list[str] = []
        self.failed: dict[str, str] = {}

    @property
    def busy(self) -> bool:
        return bool(self._awaited or self._waiting)

    def progress(self, recording_id: str) -> float | None:
        """How much of the recording is recognised, 0 to 1; None where it is not in work."""
        awaited = self._awaited.get(recording_id)
        if awaited is None:
            return None
        return min(1.0, awaited.hearing.pace.recorded_to / awaited.seconds) if awaited.seconds else 0.0

    def source(self, recording_id: str) -> "Source":
        """How the recogniser reads a recording back."""

        def read(start: int, end: int) -> Samples:
            try:
                return self._spool.reader(recording_id).samples(start / SAMPLE_RATE, end / SAMPLE_RATE)
            except SpoolError as error:
                raise AudioSourceError(recording_id=recording_id, problem=str(error)) from None

        return read

    def follow(self, recording_id: str, hearing: Hearing, seconds: float, *, from_disk: bool = False) -> None:
        """All of the recording was fed to ``hearing``: its transcript is awaited."""
        self._awaited[recording_id] = _Awaited(hearing, seconds, from_disk)
        self.failed.pop(recording_id, None)
        future = hearing.finish()
        future.add_done_callback(lambda made: self._chores.add(lambda: self._keep(recording_id, made)))
        self._changed()

    def add(self, recording_id: str) -> None:
        """Make the transcript of a stored recording when its turn comes; again is harmless."""
        if recording_id in self._awaited or recording_id in self._waiting:
            return
        self.failed.pop(recording_id, None)
        self._waiting.append(recording_id)
        self._chores.add(self._next)

    def forget(self, recording_id: str) -> None:
        """The recording is discarded."""
        awaited = self._awaited.pop(recording_id, None)
        if awaited is not None:
            awaited.hearing.abandon()
        if recording_id in self._waiting:
            self._waiting.remove(recording_id)
        self.failed.pop(recording_id, None)
        self._chores.add(self._next)

    def _next(self) -> None:
        if not self._waiting or any(awaited.from_disk for awaited in list(self._awaited.values())):
            return
        recording_id = self._waiting.pop(0)
        try:
            self._hear_again(self._spool.summary(recording_id))
        except ScribeError as error:
            self._fail(recording_id, error)

    def _hear_again(self, summary: RecordingSummary) -> None:
        hearing = self._recogniser.begin(
            summary.id,
            channels=summary.channels,
            language=summary.language,
            source=self.source(summary.id),
            live=False,
            physician=self._physician(),
            terms=self._terms(summary.encounter_id),
        )
        reader = self._spool.reader(summary.id)
        start = 0.0
        while start < summary.duration:
            end = min(summary.duration, start + _PIECE)
            hearing.feed(reader.samples(start, end))
            start = end
        self.follow(summary.id, hearing, summary.duration, from_disk=True)

    def _keep(self, recording_id: str, made: "Future[Transcript]") -> None:
        if self._awaited.pop(recording_id, None) is None:
            return
        try:
            transcript = self._dated(recording_id, made.result())
            self._spool.put_document(recording_id, TRANSCRIPT_DOCUMENT, write_transcript(transcript))
            if self._spool.summary(recording_id).state is RecordingState.STOPPED:
                self._spool.set_state(recording_id, RecordingState.TRANSCRIBED)
            _log.info("%s: transcript kept, %d utterances", recording_id, len(transcript.utterances))
            self._done(recording_id)
        except (ScribeError, CancelledError) as error:
            self._fail(recording_id, error)
        self._changed()
        self._next()

    def _fail(self, recording_id: str, error: BaseException) -> None:
        _log.error("%s: no transcript: %s", recording_id, error)
        self.failed[recording_id] = str(error)
        self._changed()

    def _dated(self, recording_id: str, transcript: Transcript) -> Transcript:
        """The transcript, bound to the audio it was made from."""
        summary = self._spool.summary(recording_id)
        recording = Recording(
            id=recording_id,
            duration=round(summary.duration, 3),
            sha256=summary.sha256 or self._spool.reader(recording_id).manifest().sha256,
            sample_rate=SAMPLE_RATE,
            started_at=summary.started_at,
        )
        return replace(transcript, recording=recording)
