"""The store of recordings: what was heard is on disk, sealed and indexed, before anybody lets go of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from edge_agent.disk import DiskLimits
from edge_agent.recordings import (
    Clock,
    Manifest,
    Problem,
    Reason,
    RecordingHeader,
    RecordingState,
    RecordingSummary,
    Stretch,
    expired,
)
from models.audio import Samples
from scribe.crypto import KeyWrapper


class SpoolWriter:
    """Writes one recording; everything is on disk for good when a call returns.  For one thread."""

    recording_id: str

    @property
    def duration(self) -> float:
        """Seconds kept."""
        raise NotImplementedError

    def append(self, samples: Samples) -> float:
        """Keep samples of shape (channels, n), -1 to 1 at 16 kHz; the seconds kept so far.

        Raises :class:`SpoolFullError` or :class:`SpoolWriteError` once: the recording is then stopped and whole up to
        there.
        """
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        """Go on: the next samples begin a new stretch."""
        raise NotImplementedError

    def erase_last(self, seconds: float, documents: Mapping[str, bytes] = {}) -> float:
        """Destroy the last ``seconds`` for good; the seconds that were erased.

        Everything kept is sealed anew and the old key destroyed.  The documents, which may hold what was said, are
        destroyed too, apart from those given anew here.  A crash leaves all of it done or nothing.
        """
        raise NotImplementedError

    def finish(self) -> Manifest:
        """Close the recording: its state is stopped; again gives the same."""
        raise NotImplementedError


class SpoolReader:
    """Reads a recording, also while it is written.  What is quarantined is silence of the same length."""

    def samples(self, start: float = 0.0, end: float | None = None) -> Samples:
        """Float samples of shape (channels, n) between two times in seconds."""
        raise NotImplementedError

    def pcm(self, start: int, size: int) -> bytes:
        """``size`` bytes of the 16-bit PCM from byte ``start`` on, fewer at the end."""
        raise NotImplementedError

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything in quarantine, found by reading the whole recording."""
        raise NotImplementedError

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        raise NotImplementedError

    def manifest(self) -> Manifest:
        """Of what can be read now."""
        raise NotImplementedError


class Spool:
    """All recordings of this computer, in ``folder``; one process at a time.  Safe for several threads."""

    def __init__(self, folder: Path, wrapper: KeyWrapper, *, clock: Clock, limits: DiskLimits = DiskLimits()) -> None:
        """Raises :class:`SpoolBusyError` where another process has the spool."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    def begin(self, header: RecordingHeader) -> SpoolWriter:
        """Begin a recording; :class:`ConsentMissingError` without consent, :class:`SpoolRoomError` without room."""
        raise NotImplementedError

    def resume(self, recording_id: str) -> SpoolWriter:
        """Go on with an interrupted recording, in a new stretch."""
        raise NotImplementedError

    def recordings(self) -> tuple[RecordingSummary, ...]:
        """Every recording, whatever its age and state, the oldest first."""
        raise NotImplementedError

    def summary(self, recording_id: str) -> RecordingSummary:
        raise NotImplementedError

    def header(self, recording_id: str) -> RecordingHeader:
        raise NotImplementedError

    def reader(self, recording_id: str) -> SpoolReader:
        raise NotImplementedError

    def set_state(self, recording_id: str, state: RecordingState) -> None:
        """Between stopped, transcribed, uploading and acknowledged only; from acknowledged there is no way back."""
        raise NotImplementedError

    def assign(self, recording_id: str, encounter_id: str) -> None:
        """Say whose consultation it is."""
        raise NotImplementedError

    def put_document(self, recording_id: str, name: str, content: bytes) -> None:
        """Keep a document sealed beside the audio; one of the same name is replaced."""
        raise NotImplementedError

    def document(self, recording_id: str, name: str) -> bytes:
        """Raises :class:`DocumentMissingError` or :class:`DocumentDamagedError`."""
        raise NotImplementedError

    def documents(self, recording_id: str) -> tuple[str, ...]:
        raise NotImplementedError

    def delete_audio(self, recording_id: str) -> None:
        """Destroy the audio of an acknowledged recording for good; header, documents and summary stay."""
        raise NotImplementedError

    def discard(self, recording_id: str) -> None:
        """Destroy audio and documents for good, in any state; the summary stays."""
        raise NotImplementedError

    def minutes_left(self, channels: int) -> float:
        """How long can be recorded before the disk is full."""
        raise NotImplementedError


__all__ = [
    "DiskLimits",
    "Manifest",
    "Problem",
    "Reason",
    "RecordingHeader",
    "RecordingState",
    "RecordingSummary",
    "Spool",
    "SpoolReader",
    "SpoolWriter",
    "Stretch",
    "expired",
]
