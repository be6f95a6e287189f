"""One recording at the recogniser, as the agent sees it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from edge_agent.enrolment import Voiceprint
from edge_agent.errors import AudioSourceError, RecogniserError
from edge_agent.messages import (
    LONGEST_AUDIO,
    Abandon,
    AudioBlock,
    Begin,
    ChunkDone,
    Finish,
    LiveWords,
    Message,
    PhysicianVoice,
    Rewind,
)
from edge_agent.partial import Pace, Partial
from edge_agent.record_pass import Recognised
from edge_agent.tape import Pcm, to_pcm
from models.audio import SAMPLE_RATE, Samples
from models.vad import Region
from scribe.domain.errors import ScribeError
from scribe.domain.transcript import Transcript, Word

Source = Callable[[int, int], Samples]
"""Reads a recording back: frames ``start`` to ``end`` of its clock as float32, shape (channels, end - start).

It is called from the recogniser's own thread, after a crash or where memory does not hold the audio any more, for
frames that were fed before.
"""

_REMEMBERED = 20 * SAMPLE_RATE
"""Frames kept in memory; what is older is read back from the source."""

_HEARD_AGAIN = 30.0
"""Seconds before the last audio listened to that live text goes back to at most, after a crash."""


@dataclass(slots=True)
class Sent:
    """What the present child was told of a session."""

    begun: bool = False
    frames: int = 0
    cuts: int = 0
    finish: bool = False


class Session:
    """One recording at the recogniser; made by :meth:`RecogniserProcess.begin`.

    ``feed``, ``rewind``, ``finish`` and ``abandon`` are for one thread at a time.
    """

    def __init__(
        self,
        number: int,
        recording_id: str,
        *,
        channels: int,
        language: str,
        source: Source,
        live: bool,
        speakers: bool,
        physician: Voiceprint | None,
        terms: Sequence[str],
        on_partial: Callable[[Partial], None],
        changed: threading.Condition,
    ) -> None:
        self.number = number
        self.recording_id = recording_id
        self._channels = channels
        self._language = language
        self._source = source
        self._live = live
        self._speakers = speakers
        self._physician = physician
        self._terms = tuple(terms)
        self._on_partial = on_partial
        self._changed = changed
        self._blocks: deque[tuple[int, Pcm]] = deque()
        self._frames = 0
        self._cuts: list[int] = []
        self._stable: list[Word] = []
        self._heard_to = 0.0
        self._skipped = self._skipped_before = 0.0
        self._known: dict[Region, Recognised] = {}
        self._ended = False
        self._sent = Sent()
        self._future: Future[Transcript] = Future()
        self.pace = Pace()
        """How fast its recognition is; a second old at most while the child is well."""

    @property
    def over(self) -> bool:
        """Whether the recogniser has nothing more to do for it."""
        return self._future.done()

    def feed(self, samples: Samples) -> None:
        """The next samples, float32 (channels, n) at 16 kHz; never blocks and never fails on the child's account."""
        pcm = to_pcm(samples)
        if len(pcm) != self._channels:
            raise RecogniserError(problem=f"{len(pcm)} channels were fed where {self._channels} were begun")
        with self._changed:
            if self._ended or self.over:
                return
            self._blocks.append((self._frames, pcm))
            self._frames += pcm.shape[1]
            while self._frames - self._blocks[0][0] - self._blocks[0][1].shape[1] > _REMEMBERED:
                self._blocks.popleft()
            self._changed.notify_all()

    def rewind(self, frames: int) -> None:
        """Forget all audio and text from frame ``frames`` on (off the record); the clock goes on from there.

        A partial that was on its way may still arrive after this one: its ``generation`` is lower.
        """
        with self._changed:
            if frames >= self._frames:
                return
            self._frames = frames
            kept = [(start, pcm[:, : max(0, frames - start)]) for start, pcm in self._blocks if start < frames]
            self._blocks = deque(kept)
            self._cuts.append(frames)
            seconds = frames / SAMPLE_RATE
            self._stable = [word for word in self._stable if word.end <= seconds]
            self._heard_to = min(self._heard_to, seconds)
            self._known = {chunk: done for chunk, done in self._known.items() if chunk.end < seconds - 1.0}
            partial = self._partial("")
            self._changed.notify_all()
        self._on_partial(partial)

    def finish(self) -> "Future[Transcript]":
        """No more audio: the transcript, when it is there; or :class:`RecogniserError` from the future."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        return self._future

    def abandon(self) -> None:
        """The recording is discarded: forget it.  Its future is cancelled."""
        self._future.cancel()
        with self._changed:
            self._forget()
            self._changed.notify_all()

    def renew(self) -> None:
        """A new child was started, which knows nothing yet."""
        self._sent = Sent()

    def next_message(self) -> Message | None:
        """What the child should be told next; None where it knows all.

        It may read from the source: call without holding the lock.
        """
        with self._changed:
            notice = self._notice()
            start, cuts = self._sent.frames, len(self._cuts)
            end = min(start + LONGEST_AUDIO, self._frames)
            if notice is not None or self.over or start >= end:
                return notice
            remembered = self._remembered(start, end)
        pcm = self._read(start, end) if remembered is None else remembered
        with self._changed:
            if len(self._cuts) == cuts:
                self._sent.frames = start + pcm.shape[1]
                return AudioBlock(self.number, start, pcm)
        return self.next_message()

    def _notice(self) -> Message | None:
        """What is to be said before, or instead of, more audio."""
        sent = self._sent
        if self.over:
            if sent.begun and not sent.finish:
                sent.finish = True
                return Abandon(number=self.number)
        elif not sent.begun:
            sent.begun, sent.cuts = True, len(self._cuts)
            return self._begin()
        elif sent.cuts < len(self._cuts):
            cut = min(self._cuts[sent.cuts :])
            sent.cuts, sent.frames = len(self._cuts), min(sent.frames, cut)
            return Rewind(number=self.number, frames=cut, generation=sent.cuts)
        elif self._ended and not sent.finish and sent.frames >= self._frames:
            sent.finish = True
            return Finish(number=self.number, frames=self._frames)
        return None

    def take(self, message: LiveWords | ChunkDone) -> None:
        """Keep what the child says, where no rewind has overtaken it."""
        with self._changed:
            if self.over or message.generation != len(self._cuts):
                return
            if isinstance(message, ChunkDone):
                self._known[message.done.chunk] = message.done
                return
            self._stable.extend(message.fresh)
            self._heard_to = max(self._heard_to, message.heard_to)
            self._skipped = self._skipped_before + message.skipped
            partial = self._partial(message.tentative)
        self._on_partial(partial)

    def succeed(self, transcript: Transcript) -> None:
        if self._future.set_running_or_notify_cancel():
            self._future.set_result(transcript)
        self._forget()

    def fail(self, error: ScribeError) -> None:
        """The recogniser can do nothing more for the recording."""
        if not self.over and self._future.set_running_or_notify_cancel():
            self._future.set_exception(error)
        self._forget()

    def _forget(self) -> None:
        self._blocks.clear()
        self._known.clear()

    def _partial(self, tentative: str) -> Partial:
        return Partial(
            stable=tuple(self._stable),
            tentative=tentative,
            heard_to=self._heard_to,
            skipped=self._skipped,
            generation=len(self._cuts),
        )

    def _begin(self) -> Begin:
        self._skipped_before = self._skipped
        voice = self._physician
        return Begin(
            number=self.number,
            recording_id=self.recording_id,
            channels=self._channels,
            language=self._language,
            live_from=self._live_from() if self._live else None,
            generation=len(self._cuts),
            known=tuple(self._known.values()),
            speakers=self._speakers,
            physician=None if voice is None else _on_its_way(voice),
            terms=self._terms,
        )

    def _live_from(self) -> float:
        """Behind the last stable word, but not so far back that only silence would be heard again."""
        shown = self._stable[-1].end if self._stable else 0.0
        return max(shown, self._heard_to - _HEARD_AGAIN, 0.0)

    def _remembered(self, start: int, end: int) -> Pcm | None:
        """The frames from memory, fewer where a block ends; None where memory does not go back so far."""
        for first, pcm in self._blocks:
            if first <= start < first + pcm.shape[1]:
                return pcm[:, start - first : end - first]
        return None

    def _read(self, start: int, end: int) -> Pcm:
        samples = self._source(start, end)
        if samples.shape != (self._channels, end - start):
            problem = f"{samples.shape[-1]} of {end - start} frames came from its source"
            raise AudioSourceError(recording_id=self.recording_id, problem=problem)
        return to_pcm(samples)


def _on_its_way(voice: Voiceprint) -> PhysicianVoice:
    return PhysicianVoice(
        model=voice.model,
        vector=tuple(float(value) for value in voice.vector),
        likeness=voice.likeness,
        spread=voice.spread,
        seconds=voice.seconds,
    )
