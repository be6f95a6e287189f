"""The form of a recording's audio on disk: frames, each of which says what it is and where it belongs.

A frame is a head of 64 bytes in the clear and a sealed body::

    magic "SCSP" | version | kind | channels | 0 | recording id (16) | generation | number | first sample (8)
    | samples | stretch | stretch began, µs since 1970 UTC (8) | body length | CRC-32 of the head

(little-endian, 4 bytes where nothing is said).  The body is sealed by :func:`scribe.crypto.seal` with the whole head
as associated data: a frame that was changed, moved to another recording or put in another's place does not open.
The CRC finds heads in damaged files and proves nothing.  A file is the wrapped key, the audio in order, and, once the
recording is stopped, an end that says how much there is.
"""

import json
import struct
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from edge_agent.recordings import SAMPLE_BYTES, Manifest
from models.audio import SAMPLE_RATE, Samples
from scribe.crypto import UndecipherableError, seal, unseal

CHUNK_SAMPLES = SAMPLE_RATE
"""The most of one chunk, by channel: a second."""

_MAGIC = b"SCSP"
_VERSION = 1
_FIELDS = struct.Struct("<4sBBBx16sIIQIIqI")
_CRC = struct.Struct("<I")
HEAD_BYTES = _FIELDS.size + _CRC.size
SEAL_BYTES = 29
_PURPOSE = b"scribe-spool/1 frame "
_LONGEST_BODY = 1 << 20
_SEARCH_BYTES = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(IntEnum):
    KEY = 1
    AUDIO = 2
    END = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a frame says of itself; of audio the ``number`` of the chunk, of the end the number of chunks.

    ``began`` is when the chunk's stretch began, of the end when the recording stopped.
    """

    kind: Kind
    recording_id: str
    generation: int
    channels: int
    number: int = 0
    first: int = 0
    samples: int = 0
    stretch: int = 0
    began: int = 0
    body: int = 0

    def pack(self) -> bytes:
        fields = _FIELDS.pack(
            _MAGIC,
            _VERSION,
            self.kind,
            self.channels,
            uuid.UUID(self.recording_id).bytes,
            self.generation,
            self.number,
            self.first,
            self.samples,
            self.stretch,
            self.began,
            self.body,
        )
        return fields + _CRC.pack(zlib.crc32(fields))

    @classmethod
    def audio(
        cls,
        *,
        recording_id: str,
        generation: int,
        channels: int,
        number: int,
        first: int,
        samples: int,
        stretch: int,
        began: int,
    ) -> Self:
        """Of a chunk, whose length follows from its samples."""
        return cls(
            kind=Kind.AUDIO,
            recording_id=recording_id,
            generation=generation,
            channels=channels,
            number=number,
            first=first,
            samples=samples,
            stretch=stretch,
            began=began,
            body=samples * channels * SAMPLE_BYTES + SEAL_BYTES,
        )


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def parse_head(data: bytes) -> Head | None:
    """The head in the first 64 bytes, None where there is no whole one."""
    if len(data) < HEAD_BYTES or data[:4] != _MAGIC:
        return None
    fields = data[: _FIELDS.size]
    if _CRC.unpack_from(data, _FIELDS.size)[0] != zlib.crc32(fields):
        return None
    _, version, kind, channels, recording, generation, number, first, samples, stretch, began, body = _FIELDS.unpack(
        fields
    )
    if version != _VERSION or kind not in Kind.__members__.values() or body > _LONGEST_BODY:
        return None
    return Head(
        kind=Kind(kind),
        recording_id=str(uuid.UUID(bytes=recording)),
        generation=generation,
        channels=channels,
        number=number,
        first=first,
        samples=samples,
        stretch=stretch,
        began=began,
        body=body,
    )


def sealed_frame(head: Head, key: bytes, content: bytes) -> bytes:
    """The frame of ``content``; ``head.body`` must be its length and :data:`SEAL_BYTES`."""
    if head.body != len(content) + SEAL_BYTES:
        raise ValueError("the head does not tell the body's length")
    packed = head.pack()
    return packed + seal(key, content, _PURPOSE + packed)


def key_frame(recording_id: str, generation: int, channels: int, wrapped: bytes) -> bytes:
    """The first frame of a file; its body is the data key, wrapped by the site's."""
    head = Head(kind=Kind.KEY, recording_id=recording_id, generation=generation, channels=channels, body=len(wrapped))
    return head.pack() + wrapped


def key_place(recording_id: str, generation: int) -> bytes:
    """What a wrapped data key is bound to."""
    return f"scribe-spool/1 key {recording_id} {generation}".encode()


def end_frame(manifest: Manifest, generation: int, key: bytes, *, stopped_at: datetime) -> bytes:
    content = json.dumps(asdict(manifest)).encode()
    samples = manifest.bytes // (SAMPLE_BYTES * manifest.channels)
    head = Head(
        kind=Kind.END,
        recording_id=manifest.recording_id,
        generation=generation,
        channels=manifest.channels,
        number=manifest.chunks,
        first=samples,
        began=microseconds(stopped_at),
        body=len(content) + SEAL_BYTES,
    )
    return sealed_frame(head, key, content)


def open_frame(head: Head, body: bytes, key: bytes) -> bytes | None:
    """What was sealed, None where head or body are not as they were written or the key is another."""
    try:
        return unseal(key, body, _PURPOSE + head.pack())
    except UndecipherableError:
        return None


def manifest_of(content: bytes) -> Manifest:
    """What :func:`end_frame` sealed."""
    return Manifest(**json.loads(content))


def to_pcm(samples: Samples) -> bytes:
    """16-bit little-endian, channels interleaved; beyond -1 to 1 is clipped, what is no number is silence."""
    scaled = np.rint(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0) * np.float32(32768))
    return np.ascontiguousarray(np.clip(scaled, -32768, 32767).astype("<i2").T).tobytes()


def from_pcm(pcm: bytes, channels: int) -> Samples:
    """Shape (channels, n); what :func:`to_pcm` was given where that came from 16-bit samples."""
    integers = np.frombuffer(pcm, dtype="<i2").reshape(-1, channels)
    return np.ascontiguousarray(integers.T.astype(np.float32) / np.float32(32768))


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A frame in a file: its head is whole, its body was not looked at."""

    offset: int
    head: Head

    @property
    def end(self) -> int:
        return self.offset + HEAD_BYTES + self.head.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What lies where in a file: ``frames`` whole in length, and ``gaps``, (offset, length) of what belongs to none."""

    frames: tuple[Located, ...]
    gaps: tuple[tuple[int, int], ...]
    size: int


class ChunkFile:
    """A recording's audio file, for reading; it may grow meanwhile."""

    def __init__(self, path: Path) -> None:
        """An OSError where the file cannot be opened."""
        self._file = path.open("rb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        return self._file.seek(0, 2)

    def read(self, offset: int, size: int) -> bytes:
        """Fewer bytes at the end of the file."""
        self._file.seek(offset)
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def body(self, frame: Located) -> bytes:
        return self.read(frame.offset + HEAD_BYTES, frame.head.body)

    def frames(self, start: int = 0) -> tuple[Located, ...]:
        """Every whole head from ``start`` on whose body fits into the file, also one that lies within another frame.

        What of it is true only opening tells; so no damage can hide a frame that is whole.
        """
        size = self.size
        found = []
        position = self.search(start, size)
        while position < size:
            head = parse_head(self.read(position, HEAD_BYTES))
            if head is not None and position + HEAD_BYTES + head.body <= size:
                found.append(Located(offset=position, head=head))
            position = self.search(position + 1, size)
        return tuple(found)

    def search(self, position: int, size: int) -> int:
        """Where the next whole head begins, or ``size``, the file's end."""
        while position < size:
            window = self.read(position, _SEARCH_BYTES + HEAD_BYTES)
            at = window.find(_MAGIC)
            while 0 <= at < _SEARCH_BYTES:
                if parse_head(window[at : at + HEAD_BYTES]) is not None:
                    return position + at
                at = window.find(_MAGIC, at + 1)
            position += _SEARCH_BYTES
        return size

    def layout(self) -> Layout:
        """What follows what.  Where neither a head nor the end follows a frame, the search goes on within it."""
        size = self.size
        found = _Survey(self, size)
        found.run()
        return Layout(frames=tuple(found.frames), gaps=_joined(found.gaps), size=size)


@dataclass
class _Survey:
    file: ChunkFile
    size: int
    frames: list[Located] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)

    def run(self) -> None:
        position = 0
        while position < self.size:
            head = parse_head(self.file.read(position, HEAD_BYTES))
            frame = None if head is None else Located(offset=position, head=head)
            if frame is not None and self._whole(frame):
                self.frames.append(frame)
                position = frame.end
                continue
            following = self.file.search(position + 1, self.size)
            self.gaps.append((position, following - position))
            position = following

    def _whole(self, frame: Located) -> bool:
        """Whether no other head lies within the frame and the file does not end there."""
        if frame.end >= self.size:
            return frame.end == self.size
        if parse_head(self.file.read(frame.end, HEAD_BYTES)) is not None:
            return True
        return self.file.search(frame.offset + HEAD_BYTES, self.size) >= frame.end


def _joined(gaps: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Neighbouring gaps as one."""
    out: list[tuple[int, int]] = []
    for offset, length in gaps:
        if out and sum(out[-1]) == offset:
            out[-1] = (out[-1][0], out[-1][1] + length)
        else:
            out.append((offset, length))
    return tuple(out)


def cut_to_chunks(pcm: bytes, channels: int) -> Iterator[bytes]:
    """``pcm`` in pieces of a second at most."""
    step = CHUNK_SAMPLES * SAMPLE_BYTES * channels
    for start in range(0, len(pcm), step):
        yield pcm[start : start + step]
