"""The recording under way: blocks of the microphone go to the spool first, then to the recogniser."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from edge_agent.capture import Block
from edge_agent.events import Current
from edge_agent.parts import Hearing
from edge_agent.recordings import Manifest, RecordingHeader
from edge_agent.spool import SpoolWriter
from models.audio import SAMPLE_RATE, Samples


@dataclass(slots=True)
class Take:
    """One recording under way.

    :meth:`take` is called from the microphone's thread, everything else from the agent's; audio that arrives while
    the agent changes something waits in the microphone's ring.
    """

    header: RecordingHeader
    writer: SpoolWriter
    hearing: Hearing
    clock: Callable[[], float]
    paused: bool = False
    erased: float = 0.0
    seconds: float = 0.0
    encounter_id: str | None = None
    _unheard: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def current(self) -> Current:
        """The recording as watchers see it."""
        return Current(
            id=self.header.id,
            started_at=self.header.started_at,
            encounter_id=self.encounter_id,
            consent_by=self.header.consent.decided_by,
            language=self.header.language,
            seconds=self.seconds,
            erased=self.erased,
        )

    def take(self, block: Block) -> None:
        """Keep a block; once this returns it is on the disk.  While paused it is dropped.

        Raises :class:`~edge_agent.errors.SpoolError`: then the recording is stopped and whole up to there.
        """
        with self._lock:
            if self.paused:
                return
            samples = self._since(block)
            if samples.shape[1] == 0:
                return
            self.seconds = self.writer.append(samples)
            self.hearing.feed(samples)

    def pause(self) -> None:
        with self._lock:
            self.writer.pause()
            self.paused = True

    def deafen(self) -> None:
        """Keep nothing more: the recording is about to be destroyed."""
        with self._lock:
            self.paused = True

    def resume(self) -> None:
        """Go on from now: what the ring still holds of the pause is dropped."""
        with self._lock:
            self.writer.resume()
            self._unheard = self.clock()
            self.paused = False

    def gap(self) -> None:
        """Note that time has passed unheard: what follows is a new stretch with its own wall-clock time."""
        with self._lock:
            if not self.paused:
                self.writer.pause()
                self.writer.resume()

    def erase_last(self, seconds: float) -> float:
        """Destroy the last ``seconds`` before this moment, also what has been heard and not yet kept."""
        with self._lock:
            self._unheard = self.clock()
            gone = self.writer.erase_last(seconds)
            self.seconds = self.writer.duration
            self.hearing.rewind(round(self.seconds * SAMPLE_RATE))
            self.erased += gone
            return gone

    def finish(self) -> Manifest:
        with self._lock:
            return self.writer.finish()

    def _since(self, block: Block) -> Samples:
        """What of the block was heard after the last pause or erasure."""
        early = round((self._unheard - block.heard_at) * SAMPLE_RATE)
        return block.samples if early <= 0 else block.samples[:, early:]
