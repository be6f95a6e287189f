"""What the agent and its recogniser process say to each other, over a pipe each way.

A frame is ``RP``, one byte for the kind, the length of its payload (32 bits, little-endian), the CRC-32 of kind and
payload, and the payload.  What does not fit this is garbage: the reader stops with :class:`GarbledError`, and the
process is started anew.  Payloads are JSON, but for audio: recording number, first frame, then 16-bit PCM,
frame by frame with its channels side by side.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from pydantic import TypeAdapter, ValidationError

from edge_agent.errors import EdgeError
from edge_agent.partial import Pace
from edge_agent.record_pass import Recognised
from edge_agent.tape import Pcm
from scribe.domain.transcript import Transcript, Word

PROTOCOL = 1
LONGEST_AUDIO = 16_000 * 10
"""Frames in one message."""

_MAGIC = b"RP"
_HEAD = struct.Struct("<2sBII")
_AUDIO_HEAD = struct.Struct("<IQB")
_LONGEST_PAYLOAD = 64 << 20


class GarbledError(EdgeError):
    """The recogniser process sent what is no message: {problem}."""


class EndedError(EdgeError):
    """The recogniser process has closed its pipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """To the child, once: what to load; ``model`` None takes the registry's model for each ``language``."""

    models_home: str
    model: str | None = None
    language: str = "ko"
    registry: str | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The models are loaded."""

    protocol: int = PROTOCOL
    load_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The models cannot be loaded; ``problem`` is the error's sentence.  The child ends."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicianVoice:
    """A :class:`~edge_agent.enrolment.Voiceprint` on its way."""

    model: str
    vector: tuple[float, ...]
    likeness: float
    spread: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A recording: ``live_from`` seconds on it gets live text (None: none at all), after what is ``known``."""

    number: int
    recording_id: str
    channels: int
    language: str
    live_from: float | None
    generation: int = 0
    known: tuple[Recognised, ...] = ()
    speakers: bool = True
    physician: PhysicianVoice | None = None
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """The next audio of a recording, int16, shape (channels, n), from frame ``start`` on."""

    number: int
    start: int
    pcm: Pcm


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind:
    """Forget everything from frame ``frames`` on; live text goes on from there."""

    number: int
    frames: int
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """No more audio comes; make the transcript."""

    number: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandon:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWords:
    """More stable words, and the new tentative text; ``generation`` counts the rewinds that it follows."""

    number: int
    generation: int
    fresh: tuple[Word, ...]
    tentative: str
    heard_to: float
    skipped: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkDone:
    """A chunk's final text: what a successor of this process need not do again."""

    number: int
    generation: int
    done: Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    number: int
    transcript: Transcript
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The recording cannot be transcribed; ``problem`` names the error, never what was said."""

    number: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life every second; ``busy`` seconds with the oldest piece of work under way."""

    busy: float
    number: int | None = None
    pace: Pace | None = None


Message = (
    Start
    | Ready
    | Refused
    | Begin
    | AudioBlock
    | Rewind
    | Finish
    | Abandon
    | LiveWords
    | ChunkDone
    | Finished
    | Failed
    | Beat
)
_KINDS: tuple[type, ...] = (
    Start,
    Ready,
    Refused,
    Begin,
    AudioBlock,
    Rewind,
    Finish,
    Abandon,
    LiveWords,
    ChunkDone,
    Finished,
    Failed,
    Beat,
)
_ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in _KINDS if kind is not AudioBlock}


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one frame and flush; the pipe's own :class:`OSError` where nobody reads any more."""
    payload = _packed(message) if isinstance(message, AudioBlock) else _ADAPTERS[type(message)].dump_json(message)
    kind = _KINDS.index(type(message))
    stream.write(_HEAD.pack(_MAGIC, kind, len(payload), _checksum(kind, payload)) + payload)
    stream.flush()


def read_message(stream: BinaryIO) -> Message:
    """The next message; :class:`EndedError` at the end, :class:`GarbledError` for anything else that is no message."""
    head = _exactly(stream, _HEAD.size)
    magic, kind, length, checksum = _HEAD.unpack(head)
    if magic != _MAGIC or kind >= len(_KINDS) or length > _LONGEST_PAYLOAD:
        raise GarbledError(problem="a frame does not begin as one")
    payload = _exactly(stream, length)
    if _checksum(kind, payload) != checksum:
        raise GarbledError(problem="a frame's checksum is wrong")
    if _KINDS[kind] is AudioBlock:
        return _unpacked(payload)
    try:
        message: Message = _ADAPTERS[_KINDS[kind]].validate_json(payload)
    except ValidationError as error:
        problem = f"a {_KINDS[kind].__name__} message has {error.error_count()} wrong fields"
        raise GarbledError(problem=problem) from None
    return message


def _exactly(stream: BinaryIO, count: int) -> bytes:
    parts: list[bytes] = []
    while count > 0:
        part = stream.read(count)
        if not part:
            raise EndedError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _checksum(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, kind)


def _packed(block: AudioBlock) -> bytes:
    pcm = np.ascontiguousarray(block.pcm.T, dtype="<i2")
    return _AUDIO_HEAD.pack(block.number, block.start, len(block.pcm)) + pcm.tobytes()


def _unpacked(payload: bytes) -> AudioBlock:
    if len(payload) < _AUDIO_HEAD.size:
        raise GarbledError(problem="a block of audio is too short")
    number, start, channels = _AUDIO_HEAD.unpack_from(payload)
    values = len(payload) - _AUDIO_HEAD.size
    if channels not in (1, 2) or values % (2 * channels):
        raise GarbledError(problem="a block of audio has no whole frames")
    pcm = np.frombuffer(payload, dtype="<i2", offset=_AUDIO_HEAD.size).reshape(-1, channels).T
    return AudioBlock(number=number, start=start, pcm=pcm)
