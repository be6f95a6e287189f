"""The final transcript of a recording, made chunk by chunk while the recording goes on.

Speech is found, cut into chunks at its pauses and recognised with all the recogniser's quality.  A chunk is taken
as soon as nothing to come can change where it begins and ends, so that the text is the same whether the recording
was there at once or arrived bit by bit.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from edge_agent.speakers import SpeakerTracker
from edge_agent.tape import Tape, mono
from edge_agent.turns import Phrase, phrases
from models.audio import SAMPLE_RATE
from models.memory import give_back
from models.speech import Passage, Piece, Progress, seconds_read
from models.vad import ActivityStream, Region, RegionFinder, VoiceActivity, chunks
from scribe.domain.transcript import Speaker

_MARGIN = 1
"""Seconds of audio around a chunk that the recogniser is given."""
_PAUSE_THAT_CUTS = 2.0
_SNAPSHOT_SECONDS = 10


class ChunkRecogniser(Protocol):
    """What the pass needs of :class:`models.speech.SpeechRecognizer`."""

    def recognise_chunks(
        self, pieces: Iterable[Piece], *, language: str, read: Callable[[Piece], None] | None = None
    ) -> list[tuple[Passage, ...]]: ...


class Voices(Protocol):
    """Makes what tells the speakers of one recording apart."""

    def __call__(self, channels: int) -> SpeakerTracker: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A chunk with its passages; equal chunks of equal audio have equal passages."""

    chunk: Region
    passages: tuple[Passage, ...]


class SpeechTrack:
    """Where someone speaks in a tape, as far as it was listened to."""

    def __init__(self, tape: Tape, activity: VoiceActivity) -> None:
        self._tape = tape
        self._stream = ActivityStream(activity)
        self._snapshots: list[tuple[int, ActivityStream, RegionFinder]] = []
        self.finder = RegionFinder()
        self.frames = 0

    def hear(self) -> None:
        """Listen to what is on the tape by now."""
        while self.hear_on():
            pass

    def hear_on(self) -> bool:
        """Listen to the next ten seconds that are on the tape by now; False where there are none."""
        if self.frames >= self._tape.frames:
            return False
        if not self._snapshots or self.frames - self._snapshots[-1][0] >= _SNAPSHOT_SECONDS * SAMPLE_RATE:
            self._snapshots.append((self.frames, copy.copy(self._stream), copy.deepcopy(self.finder)))
        samples = self._tape.samples(self.frames, self.frames + _SNAPSHOT_SECONDS * SAMPLE_RATE)
        self.finder.feed(self._stream.feed(mono(samples)))
        self.frames += samples.shape[1]
        return True

    def rewind(self, frames: int) -> None:
        """Forget what was heard from ``frames`` on."""
        while self._snapshots and self._snapshots[-1][0] > frames:
            self._snapshots.pop()
        if frames < self.frames and self._snapshots:
            self.frames, self._stream, self.finder = self._snapshots.pop()

    def end(self) -> tuple[Region, ...]:
        """All regions; the tape does not grow any more."""
        self.hear()
        self.finder.feed(self._stream.end())
        return self.finder.end(self._tape.frames / SAMPLE_RATE)


class RecordPass:
    """Recognises one tape for the record; not safe for use from several threads.

    ``voices`` None leaves every speaker unknown; it is called when the first voice is to be heard.
    """

    def __init__(
        self,
        tape: Tape,
        recogniser: ChunkRecogniser,
        activity: VoiceActivity,
        *,
        language: str,
        longest_chunk: float,
        voices: Voices | None,
        known: Sequence[Recognised] = (),
    ) -> None:
        self._tape = tape
        self._recogniser = recogniser
        self._track = SpeechTrack(tape, activity)
        self._language = language
        self._longest = longest_chunk
        self._voices = voices
        self._tracker: SpeakerTracker | None = None
        self._voices_to = 0
        self._done = {item.chunk: item for item in known}
        self._closed: list[Region] = []
        self._anchor = 0
        self._since_anchor = 0

    @property
    def recognised_to(self) -> float:
        """Seconds of the recording whose text is final."""
        return self._closed[-1].end if self._closed else 0.0

    def work(self) -> Recognised | None:
        """Recognise the next chunk that is closed, or do nothing and return None where there is none."""
        self._track.hear()
        chunk = self._next_closed()
        if chunk is None:
            return None
        regions = self._track.finder.settled()
        if chunk not in self._done:
            self._recognise([(chunk, regions)])
        self._close(chunk)
        tracker = self._tracked()
        if tracker is not None and tracker.follows:
            self._hear_voices(tracker, chunk.end, regions)
        return self._done[chunk]

    def rewind(self, frames: int) -> None:
        """Forget audio, text and voices from ``frames`` on; the tape was cut there."""
        self._track.rewind(frames)
        end = frames / SAMPLE_RATE - _MARGIN
        self._done = {chunk: item for chunk, item in self._done.items() if chunk.end <= end}
        self._closed = []
        self._anchor = self._since_anchor = 0
        self._tracker = None
        self._voices_to = 0

    def finish(self, progress: Progress | None = None) -> list[tuple[Phrase, Speaker]]:
        """Every phrase of the recording, which does not grow any more, with its speaker."""
        total = self._tape.frames / SAMPLE_RATE
        self._recognise(self._coming(), seconds_read(progress, total) if progress is not None else None)
        regions = self._track.end()
        planned = chunks(regions, self._longest, _PAUSE_THAT_CUTS)
        passages = [passage for chunk in planned for passage in self._done[chunk].passages]
        give_back()
        tracker = self._tracked()
        if tracker is None:
            spoken: list[tuple[Phrase, Speaker]] = [(phrase, "unknown") for phrase in phrases(passages)]
        else:
            for end in (*(chunk.end for chunk in planned if tracker.follows), total):
                self._hear_voices(tracker, end, regions)
            spoken = tracker.finish(passages)
        if progress is not None:
            progress(total, total)
        return spoken

    def _tracked(self) -> SpeakerTracker | None:
        """What tells the voices apart, made anew after a cut."""
        if self._tracker is None and self._voices is not None:
            self._tracker = self._voices(self._tape.channels)
        return self._tracker

    def _coming(self) -> Iterator[tuple[Region, Sequence[Region]]]:
        """The chunks that are to be recognised, with the regions around them, as soon as listening on closes them.

        What is left when all is heard comes at last.
        """
        planned = set(self._done)
        while self._track.hear_on():
            while (chunk := self._next_closed()) is not None:
                if chunk not in planned:
                    planned.add(chunk)
                    yield chunk, self._track.finder.settled()
                self._close(chunk)
        regions = self._track.end()
        for chunk in chunks(regions, self._longest, _PAUSE_THAT_CUTS):
            if chunk not in planned:
                yield chunk, regions

    def _next_closed(self) -> Region | None:
        """The chunk after the last, where the next has begun for good or the pause after it is long enough."""
        finder = self._track.finder
        planned = chunks(finder.settled(self._anchor), self._longest, _PAUSE_THAT_CUTS)[self._since_anchor :]
        if not planned:
            return None
        quiet_to = finder.settled_to if len(planned) == 1 else planned[1].start
        long_enough = quiet_to - planned[0].end >= _PAUSE_THAT_CUTS
        is_closed = len(planned) > 1 or long_enough
        known_around = min(finder.settled_to, self._tape.frames / SAMPLE_RATE) >= planned[0].end + 1 + _MARGIN
        return planned[0] if is_closed and known_around else None

    def _close(self, chunk: Region) -> None:
        """Plan on from behind the chunk: from the first region that is not in it, where it cuts none in two."""
        self._closed.append(chunk)
        self._since_anchor += 1
        regions = self._track.finder.settled(self._anchor)
        inside = sum(region.start < chunk.end for region in regions)
        if regions[inside - 1].end <= chunk.end:
            self._anchor += inside
            self._since_anchor = 0

    def _recognise(
        self, some: Iterable[tuple[Region, Sequence[Region]]], read: Callable[[Piece], None] | None = None
    ) -> None:
        """Recognise chunks, each given with the regions around it."""
        places: list[tuple[Region, int]] = []

        def pieces() -> Iterator[Piece]:
            for chunk, regions in some:
                first = max(0, int(chunk.start) - _MARGIN)
                places.append((chunk, first))
                yield self._piece(chunk, first, regions)

        found = self._recogniser.recognise_chunks(pieces(), language=self._language, read=read)
        for (chunk, first), passages in zip(places, found, strict=True):
            self._done[chunk] = Recognised(chunk=chunk, passages=tuple(_later(p, first) for p in passages))

    def _piece(self, chunk: Region, first: int, regions: Sequence[Region]) -> Piece:
        """The chunk with what is around it, on a clock that begins at ``first`` seconds."""
        last = int(chunk.end) + 1 + _MARGIN
        audio = mono(self._tape.samples(first * SAMPLE_RATE, last * SAMPLE_RATE))
        near = [_moved(region, -first) for region in regions if region.end > first and region.start < last]
        return Piece(audio=np.ascontiguousarray(audio), chunk=_moved(chunk, -first), regions=near)

    def _hear_voices(self, tracker: SpeakerTracker, to: float, regions: Sequence[Region]) -> None:
        """Hear the voices of the regions that begin before ``to`` seconds, each once."""
        end = next((i for i, region in enumerate(regions) if region.start >= to), len(regions))
        fresh = regions[self._voices_to : end]
        if not fresh:
            return
        first = max(0, int(fresh[0].start) - _MARGIN)
        last = int(fresh[-1].end) + 1 + _MARGIN
        tracker.hear(self._tape.samples(first * SAMPLE_RATE, last * SAMPLE_RATE), float(first), fresh)
        self._voices_to = end


def _moved(region: Region, seconds: float) -> Region:
    return Region(start=region.start + seconds, end=region.end + seconds)


def _later(passage: Passage, seconds: float) -> Passage:
    words = tuple(
        replace(word, start=round(word.start + seconds, 3), end=round(word.end + seconds, 3)) for word in passage.words
    )
    return replace(passage, words=words)
