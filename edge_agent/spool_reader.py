"""Reading a recording back: only what opens is returned, and what does not is silence in its place."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edge_agent.chunks import HEAD_BYTES, ChunkFile, Head, Kind, Layout, Located, from_pcm, open_frame, parse_head
from edge_agent.errors import RecordingSealedError, RecordingStateError
from edge_agent.recordings import GONE, LIVE, SAMPLE_BYTES, Manifest, Problem, Reason, Stretch
from edge_agent.spool_index import ChunkRow, RecordingRow
from edge_agent.vault import Vault
from models.audio import SAMPLE_RATE, Samples

_NOWHERE = Layout(frames=(), gaps=(), size=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a recording; ``reason`` is None where it is as it was written, else ``pcm`` is silence."""

    number: int
    first: int
    pcm: bytes
    reason: Reason | None


class SpoolReader:
    """Reads a recording, also while it is written: each call sees what was handed over before it.

    Safe for several threads.  Every call raises :class:`~edge_agent.errors.RecordingStateError` once the audio is
    deleted or discarded, and :class:`~edge_agent.errors.SpoolDiskError` where the disk fails.
    """

    def __init__(self, vault: Vault, recording_id: str) -> None:
        self._vault = vault
        self._id = recording_id
        self._row()

    @property
    def recording_id(self) -> str:
        return self._id

    @property
    def channels(self) -> int:
        return self._row().channels

    @property
    def duration(self) -> float:
        """Seconds handed over so far, silence in place of what is lost included."""
        return self._row().samples / SAMPLE_RATE

    def samples(self, start: float = 0.0, end: float | None = None) -> Samples:
        """Float samples of shape (channels, n) between two times in seconds, by default all."""
        channels = self._row().channels
        first = max(0, round(start * SAMPLE_RATE))
        last = None if end is None else max(first, round(end * SAMPLE_RATE))
        pcm = self._cut(first, last)
        return from_pcm(pcm, channels) if pcm else np.zeros((channels, 0), dtype=np.float32)

    def pcm(self, start: int, size: int) -> bytes:
        """``size`` bytes of the PCM that the manifest tells of, from byte ``start`` on; fewer at the end."""
        frame = SAMPLE_BYTES * self._row().channels
        first, last = start // frame, -(-(start + size) // frame)
        skipped = start - first * frame
        return self._cut(first, last)[skipped : skipped + size]

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number ``start`` on."""
        with ExitStack() as stack:
            view = self._view(stack, 0, None)
            yield from (view.chunk(row) for row in view.rows if row.number >= start)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything in quarantine, by its place; the whole recording is read for it."""
        with ExitStack() as stack:
            view = self._view(stack, 0, None)
            found = [*view.problems(), *self._torn()]
        return tuple(sorted(found, key=lambda problem: (problem.start, problem.chunk or 0)))

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The recording between its pauses."""
        return tuple(
            Stretch(start=first / SAMPLE_RATE, end=last / SAMPLE_RATE, began_at=began)
            for first, last, began in self._vault.index.stretches(self._id)
        )

    def manifest(self) -> Manifest:
        """What can be read now, read through; it equals what was sealed at the end unless pieces were lost since."""
        digest, length, lost, count = hashlib.sha256(), 0, 0, 0
        for chunk in self.chunks():
            digest.update(chunk.pcm)
            length += len(chunk.pcm)
            lost += chunk.reason is not None
            count += 1
        return Manifest(
            recording_id=self._id,
            sha256=digest.hexdigest(),
            bytes=length,
            chunks=count,
            channels=self._row().channels,
            lost=lost,
        )

    def _cut(self, first: int, last: int | None) -> bytes:
        with ExitStack() as stack:
            view = self._view(stack, first, last)
            if not view.rows:
                return b""
            frame = SAMPLE_BYTES * view.recording.channels
            whole = b"".join(view.chunk(row).pcm for row in view.rows)
            begin = (first - view.rows[0].first) * frame
            return whole[max(0, begin) : None if last is None else (last - view.rows[0].first) * frame]

    def _row(self) -> RecordingRow:
        row = self._vault.index.recording(self._id)
        if row.state in GONE:
            raise RecordingStateError(recording_id=row.id, state=row.state, problem="its audio was destroyed")
        return row

    def _view(self, stack: ExitStack, first: int, last: int | None) -> "_View":
        """The recording as it is now; what is erased meanwhile can still be read from it, until it is closed."""
        with self._vault.changing():
            row = self._row()
            chunks = self._vault.index.chunks(self._id, first, last)
            try:
                file = stack.enter_context(ChunkFile(self._vault.audio(row.id, row.generation)))
            except FileNotFoundError:
                file = None
            try:
                key = self._vault.data_key(row)
            except RecordingSealedError:
                key = None
        return _View(recording=row, rows=chunks, file=file, key=key)

    def _torn(self) -> Iterator[Problem]:
        for number, first in self._vault.index.torn(self._id):
            yield Problem(chunk=number, reason=Reason.TORN, start=first / SAMPLE_RATE, seconds=0.0)


@dataclass(kw_only=True)
class _View:
    """A recording's rows beside its open file."""

    recording: RecordingRow
    rows: tuple[ChunkRow, ...]
    file: ChunkFile | None
    key: bytes | None

    @cached_property
    def layout(self) -> Layout:
        return _NOWHERE if self.file is None else self.file.layout()

    @cached_property
    def _frames(self) -> dict[Head, list[Located]]:
        """Where the frames with a head are: several, where one was copied."""
        found: dict[Head, list[Located]] = {}
        for frame in () if self.file is None else self.file.frames():
            found.setdefault(frame.head, []).append(frame)
        return found

    def chunk(self, row: ChunkRow) -> Chunk:
        pcm, reason = self._found(row)
        if pcm is not None:
            return Chunk(number=row.number, first=row.first, pcm=pcm, reason=None)
        silence = bytes(row.samples * SAMPLE_BYTES * self.recording.channels)
        return Chunk(number=row.number, first=row.first, pcm=silence, reason=reason)

    def problems(self) -> Iterator[Problem]:
        """Chunks that are lost or not where they were, and bytes in the file that belong to none."""
        for row in self.rows:
            pcm, reason = self._found(row)
            if reason is not None:
                yield Problem(
                    chunk=row.number,
                    reason=reason,
                    start=row.first / SAMPLE_RATE,
                    seconds=row.samples / SAMPLE_RATE if pcm is None else 0.0,
                )
        yield from self._strangers()

    def _found(self, row: ChunkRow) -> tuple[bytes | None, Reason | None]:
        """The samples or why they are lost; samples that are not where they were written are :attr:`Reason.MOVED`."""
        pcm = self._at_its_place(row)
        if pcm is not None:
            return pcm, None
        pcm = self._elsewhere(row)
        return (None, self._loss(row)) if pcm is None else (pcm, Reason.MOVED)

    def _at_its_place(self, row: ChunkRow) -> bytes | None:
        if self.file is None or row.place < 0:
            return None
        expected = self._expected(row)
        found = self.file.read(row.place, HEAD_BYTES + expected.body)
        if parse_head(found) != expected:
            return None
        return self._opened(expected, found[HEAD_BYTES:])

    def _elsewhere(self, row: ChunkRow) -> bytes | None:
        expected = self._expected(row)
        for frame in self._frames.get(expected, ()):
            if self.file is not None and (pcm := self._opened(expected, self.file.body(frame))) is not None:
                return pcm
        return None

    def _opened(self, head: Head, body: bytes) -> bytes | None:
        return None if self.key is None else open_frame(head, body, self.key)

    def _expected(self, row: ChunkRow) -> Head:
        return head_of(self.recording, row)

    def _loss(self, row: ChunkRow) -> Reason:
        if self._expected(row) in self._frames:
            return Reason.UNREADABLE
        size, end = self.layout.size, row.place + HEAD_BYTES + self._expected(row).body
        for offset, length in self.layout.gaps:
            if offset < end and row.place < offset + length:
                return Reason.TRUNCATED if offset + length == size < end else Reason.UNREADABLE
        return Reason.MISSING

    def _strangers(self) -> Iterator[Problem]:
        """Frames and bytes that are no part of the recording; they cost nothing."""
        yield from self._ends()
        heads = {self._expected(row) for row in self.rows}
        places = sorted(row.place for row in self.rows)
        seen: set[Head] = set()
        for frame in self.layout.frames:
            reason = self._strangeness(frame.head, heads, seen)
            seen.add(frame.head)
            if reason is not None:
                yield self._without_loss(reason, frame.offset)
        for offset, length in self.layout.gaps:
            if bisect_left(places, offset) == bisect_left(places, offset + length):
                yield self._without_loss(Reason.UNKNOWN, offset)

    def _ends(self) -> Iterator[Problem]:
        """The key at the file's start and, of a recording that is over, the end: both are kept in the index too."""
        row, frames = self.recording, self.layout.frames
        first = next((frame for frame in frames if frame.offset == 0 and frame.head.kind is Kind.KEY), None)
        if first is None or self.file is None or self.file.body(first) != row.wrapped_key:
            yield Problem(chunk=None, reason=Reason.UNREADABLE, start=0.0, seconds=0.0)
        ends = [frame for frame in frames if frame.head.kind is Kind.END]
        opened = [frame for frame in ends if self.file and self._opened(frame.head, self.file.body(frame)) is not None]
        if len(opened) < max(len(ends), row.state not in LIVE):
            reason = Reason.UNREADABLE if ends else Reason.MISSING
            yield Problem(chunk=None, reason=reason, start=row.samples / SAMPLE_RATE, seconds=0.0)

    def _strangeness(self, head: Head, heads: set[Head], seen: set[Head]) -> Reason | None:
        if (head.recording_id, head.generation) != (self.recording.id, self.recording.generation):
            return Reason.FOREIGN
        if head in seen:
            return Reason.DUPLICATE
        return Reason.UNKNOWN if head.kind is Kind.AUDIO and head not in heads else None

    def _without_loss(self, reason: Reason, offset: int) -> Problem:
        """A problem behind the last chunk that lies before ``offset``."""
        before = [row for row in self.rows if 0 <= row.place <= offset][-1:]
        start = sum((row.first + row.samples) / SAMPLE_RATE for row in before)
        return Problem(chunk=None, reason=reason, start=start, seconds=0.0)


def head_of(recording: RecordingRow, row: ChunkRow) -> Head:
    """The head that the chunk was written with."""
    return Head.audio(
        recording_id=recording.id,
        generation=recording.generation,
        channels=recording.channels,
        number=row.number,
        first=row.first,
        samples=row.samples,
        stretch=row.stretch,
        began=row.began,
    )
