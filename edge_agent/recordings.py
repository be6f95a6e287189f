"""What the spool says about recordings: their header, their state, their manifest and what is wrong with them."""

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.audio import SAMPLE_RATE
from scribe.domain.consent import Consent

Clock = Callable[[], datetime]
"""The time of day, timezone-aware."""

SAMPLE_BYTES = 2
_DOCUMENT_NAME = re.compile(r"[a-z][a-z_]{0,31}(\.[a-z]{1,8})?")


class RecordingState(StrEnum):
    RECORDING = "recording"
    PAUSED = "paused"
    STOPPED = "stopped"
    TRANSCRIBED = "transcribed"
    UPLOADING = "uploading"
    ACKNOWLEDGED = "acknowledged"
    DELETED = "deleted"
    """The audio was destroyed after its acknowledgement; the documents are there."""
    DISCARDED = "discarded"
    """Audio and documents were destroyed."""


LIVE = frozenset({RecordingState.RECORDING, RecordingState.PAUSED})
GONE = frozenset({RecordingState.DELETED, RecordingState.DISCARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHeader:
    """What is known when a recording begins; ``id`` is a UUID, ``encounter_id`` an opaque id or None until assigned.

    ``device`` is the microphone's resolved name: it is stored sealed only.
    """

    id: str
    started_at: datetime
    channels: int
    device: str
    consent: Consent
    language: str = "ko"
    encounter_id: str | None = None

    def __post_init__(self) -> None:
        folder_name(self.id)
        if self.started_at.tzinfo is None:
            raise ValueError("started_at needs a time zone")
        if self.channels not in (1, 2):
            raise ValueError("a recording has one or two channels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the audio is, for whoever receives it.

    ``sha256`` is over the PCM (16-bit little-endian, channels interleaved, 16 kHz) and ``bytes`` its length;
    ``chunks`` are numbered from 0.  Where chunks are lost (``lost``), silence stands in their place, in the digest
    too.
    """

    recording_id: str
    sha256: str
    bytes: int
    chunks: int
    channels: int
    lost: int = 0

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.bytes / (SAMPLE_BYTES * self.channels * SAMPLE_RATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSummary:
    """A recording as the index knows it; ``sha256`` is None until it is stopped.

    ``interrupted``: it was being recorded when the program ended, and waits for ``recovery.recover``.
    ``changed_at`` is when it came into its state, or, while it is recorded, when audio was last kept.
    """

    id: str
    state: RecordingState
    started_at: datetime
    changed_at: datetime
    stopped_at: datetime | None
    channels: int
    language: str
    encounter_id: str | None
    duration: float
    chunks: int
    sha256: str | None
    interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Audio without a pause in it: seconds on the recording's clock, and when it began on the wall's."""

    start: float
    end: float
    began_at: datetime


class Reason(StrEnum):
    """Why a piece is in quarantine."""

    MISSING = "missing"
    """No such chunk is in the file any more."""
    TRUNCATED = "truncated"
    """The file ends within the chunk."""
    UNREADABLE = "unreadable"
    """The chunk's bytes are damaged, or under another key."""
    FOREIGN = "foreign"
    """A chunk of another recording, or of another generation of this one."""
    DUPLICATE = "duplicate"
    MOVED = "moved"
    """The chunk is not where it was written."""
    UNKNOWN = "unknown bytes"
    TORN = "torn"
    """The write in flight when the program was killed: never handed over, kept beside the audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A piece in quarantine: ``seconds`` of silence stand in place of what is lost from ``start`` on, 0 if nothing is.

    ``chunk`` is None where it cannot be told.
    """

    chunk: int | None
    reason: Reason
    start: float
    seconds: float


def folder_name(recording_id: str) -> str:
    """The only form in which a recording is named on disk: a UUID in canonical form; ValueError for any other text.

    So neither a name nor a registration number can come into a path.
    """
    try:
        canonical = str(uuid.UUID(recording_id))
    except ValueError:
        canonical = None
    if canonical is None or canonical != recording_id:
        raise ValueError("a recording's id is a UUID in lower case with hyphens")
    return canonical


def document_name(name: str) -> str:
    """``name``, which must be a plain word with an optional ending (``transcript.json``); else ValueError."""
    if not _DOCUMENT_NAME.fullmatch(name):
        raise ValueError("a document's name is lower-case letters, with an ending at most")
    return name


def expired(summaries: Iterable[RecordingSummary], *, now: datetime, days: int) -> tuple[RecordingSummary, ...]:
    """The recordings whose audio may be deleted: acknowledged at least ``days`` days before ``now``."""
    limit = now - timedelta(days=days)
    return tuple(
        summary for summary in summaries if summary.state is RecordingState.ACKNOWLEDGED and summary.changed_at <= limit
    )
