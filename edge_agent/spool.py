"""The store of recordings: what was heard is on disk, sealed and indexed, before anybody lets go of it."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from edge_agent.chunks import key_frame
from edge_agent.disk import (
    AppendFile,
    DiskLimits,
    Reserve,
    bytes_a_second,
    free_bytes,
    make_folder,
    sync_folder,
)
from edge_agent.errors import (
    ConsentMissingError,
    ErasureUnfinishedError,
    RecordingStateError,
    SpoolBusyError,
    SpoolDiskError,
    SpoolIndexError,
    SpoolRoomError,
    UnknownRecordingError,
)
from edge_agent.recordings import (
    LIVE,
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
from edge_agent.salvage import mend
from edge_agent.spool_index import RecordingRow, SpoolIndex
from edge_agent.spool_reader import Chunk, SpoolReader
from edge_agent.spool_writer import SpoolWriter, close_recording, manifest_in
from edge_agent.vault import OpenAppend, Vault
from models.audio import SAMPLE_RATE
from scribe.crypto import KeyWrapper

_log = logging.getLogger(__name__)
_ON_THE_WAY = frozenset({RecordingState.STOPPED, RecordingState.TRANSCRIBED, RecordingState.UPLOADING})


class Spool:
    """All recordings of this computer, in ``folder``; one process at a time.  Safe for several threads.

    Methods that change something raise :class:`~edge_agent.errors.SpoolDiskError` where the disk refuses, and those
    that take an id :class:`~edge_agent.errors.UnknownRecordingError`.
    """

    def __init__(
        self,
        folder: Path,
        wrapper: KeyWrapper,
        *,
        clock: Clock,
        limits: DiskLimits = DiskLimits(),
        open_append: OpenAppend = AppendFile,
    ) -> None:
        """Open or create, and mend what a crash left.

        A damaged index is rebuilt from the recordings (``rebuilt`` says so).  Raises
        :class:`~edge_agent.errors.SpoolBusyError` where another process has the spool.
        """
        self._writers: dict[str, SpoolWriter] = {}
        self.rebuilt = False
        try:
            make_folder(folder)
            self._lock = FileLock(folder / "lock", thread_local=False, is_singleton=False, timeout=0)
            self._lock.acquire()
        except Timeout:
            raise SpoolBusyError(folder=folder) from None
        except OSError as error:
            raise _disk_error(folder, error) from error
        try:
            try:
                self._vault = self._opened(folder, wrapper, clock, limits, open_append)
            except SpoolIndexError as error:
                _log.warning("the index is rebuilt from the recordings: %s", error.problem)
                for damaged in folder.glob("index.db*"):
                    damaged.unlink()
                self.rebuilt = True
                self._vault = self._opened(folder, wrapper, clock, limits, open_append)
        except BaseException:
            self._lock.release()
            raise

    def _opened(
        self, folder: Path, wrapper: KeyWrapper, clock: Clock, limits: DiskLimits, open_append: OpenAppend
    ) -> Vault:
        """The vault, mended; :class:`~edge_agent.errors.SpoolIndexError` where its index is damaged."""
        try:
            index = SpoolIndex(folder / "index.db")
        except OSError as error:
            raise _disk_error(folder, error) from error
        vault = Vault(
            folder=folder,
            wrapper=wrapper,
            index=index,
            clock=clock,
            limits=limits,
            reserve=Reserve(folder / "reserve", limits.reserve),
            open_append=open_append,
        )
        try:
            with vault.changing():
                mend(vault)
        except BaseException:
            index.close()
            raise
        return vault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything; a recording that was not finished counts as interrupted."""
        for writer in self._writers.values():
            writer.release()
        self._vault.index.close()
        self._lock.release()

    @property
    def folder(self) -> Path:
        return self._vault.folder

    def begin(self, header: RecordingHeader) -> SpoolWriter:
        """Begin a recording; it is listed when this returns.

        Raises :class:`~edge_agent.errors.ConsentMissingError` without the patient's consent to recording, and
        :class:`~edge_agent.errors.SpoolRoomError` where the disk has too little room.
        """
        if header.consent.purpose != "recording":
            raise ConsentMissingError(state="not asked for")
        if not header.consent.permits:
            raise ConsentMissingError(state=header.consent.state)
        with self._vault.changing():
            self._refuse_known(header.id)
            self._require_room(header.channels)
            try:
                self._vault.index.insert(self._begun(header))
            except BaseException:
                self._vault.remove(header.id)
                raise
            return self._writing(header.id, SpoolWriter(self._vault, header.id, stretch=0, began_at=header.started_at))

    def resume(self, recording_id: str) -> SpoolWriter:
        """Go on with an interrupted recording, in a new stretch."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            if not self._interrupted(row):
                raise RecordingStateError(recording_id=row.id, state=row.state, problem="it was not interrupted")
            self._require_room(row.channels)
            now = self._vault.clock()
            stretches = {chunk.stretch for chunk in self._vault.index.chunks(row.id)}
            self._vault.index.update(replace(row, state=RecordingState.RECORDING, changed_at=now))
            stretch = max(stretches, default=-1) + 1
            return self._writing(row.id, SpoolWriter(self._vault, row.id, stretch=stretch, began_at=now))

    def finish_interrupted(self, recording_id: str) -> Manifest:
        """Close a recording that was interrupted; :mod:`edge_agent.recovery` is the way there."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            if row.state in LIVE and not self._interrupted(row):
                raise RecordingStateError(recording_id=row.id, state=row.state, problem="it is being recorded now")
            return close_recording(self._vault, recording_id)

    def recordings(self) -> tuple[RecordingSummary, ...]:
        """Every recording, whatever its age and state, the oldest first."""
        return tuple(self._summary(row) for row in self._vault.index.recordings())

    def summary(self, recording_id: str) -> RecordingSummary:
        return self._summary(self._vault.index.recording(recording_id))

    def header(self, recording_id: str) -> RecordingHeader:
        """Raises :class:`~edge_agent.errors.DocumentDamagedError`, or RecordingStateError once it is discarded."""
        return self._vault.header_of(self._vault.index.recording(recording_id))

    def manifest(self, recording_id: str) -> Manifest:
        """What was sealed when the recording stopped, also after its audio was deleted."""
        return manifest_in(self._vault.index.recording(recording_id))

    def reader(self, recording_id: str) -> SpoolReader:
        """Raises :class:`~edge_agent.errors.RecordingStateError` where the audio is gone."""
        return SpoolReader(self._vault, recording_id)

    def set_state(self, recording_id: str, state: RecordingState) -> None:
        """Between stopped, transcribed and uploading, or to acknowledged, from which there is no way back."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            state = RecordingState(state)
            if row.state is state:
                return
            if row.state not in _ON_THE_WAY or state not in _ON_THE_WAY | {RecordingState.ACKNOWLEDGED}:
                raise RecordingStateError(recording_id=row.id, state=row.state, problem=f"it cannot become {state}")
            self._vault.index.update(replace(row, state=state, changed_at=self._vault.clock()))

    def assign(self, recording_id: str, encounter_id: str) -> None:
        """Say whose consultation it is."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            sealed = self._vault.sealed_header(replace(self._vault.header_of(row), encounter_id=encounter_id))
            self._vault.write_header(row.id, sealed)
            self._vault.index.update(replace(row, encounter_id=encounter_id, header=sealed))

    def put_document(self, recording_id: str, name: str, content: bytes) -> None:
        """Keep a document sealed beside the audio; one of the same name is replaced."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            if row.state is RecordingState.DISCARDED:
                raise RecordingStateError(recording_id=row.id, state=row.state, problem="it takes no document")
            self._vault.put_documents(row.id, row.generation, {name: content})

    def document(self, recording_id: str, name: str) -> bytes:
        """Raises :class:`~edge_agent.errors.DocumentMissingError` or ``DocumentDamagedError``."""
        with self._vault.changing():
            return self._vault.document(self._vault.index.recording(recording_id), name)

    def documents(self, recording_id: str) -> tuple[str, ...]:
        """The names of the documents that are there."""
        with self._vault.changing():
            return self._vault.documents(self._vault.index.recording(recording_id))

    def delete_audio(self, recording_id: str) -> None:
        """Destroy the audio of an acknowledged recording for good; header, documents and summary stay."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            if row.state is RecordingState.DELETED:
                return
            if row.state is not RecordingState.ACKNOWLEDGED:
                raise RecordingStateError(
                    recording_id=row.id,
                    state=row.state,
                    problem="its audio stays until the service has acknowledged it",
                )
            self._destroy(replace(row, state=RecordingState.DELETED))

    def discard(self, recording_id: str) -> None:
        """Destroy audio and documents for good, in any state, while it is recorded too; the summary stays."""
        with self._vault.changing():
            row = self._vault.index.recording(recording_id)
            if row.state is RecordingState.DISCARDED:
                return
            if recording_id in self._writers:
                self._writers.pop(recording_id).release()
            self._destroy(replace(row, state=RecordingState.DISCARDED, header=None))

    def minutes_left(self, channels: int = 1) -> float:
        """How long can be recorded before the disk is full."""
        with self._vault.changing():
            room = free_bytes(self.folder) - self._vault.limits.floor
            return max(0.0, room / bytes_a_second(channels) / 60)

    def _destroy(self, row: RecordingRow) -> None:
        """The index decides: from its commit on nothing can be read, and the files are removed at the latest at the
        next start."""
        self._vault.index.replace_chunks(replace(row, wrapped_key=None, changed_at=self._vault.clock()), ())
        try:
            self._vault.index.forget_log()
            self._vault.sweep(row)
        except OSError as error:
            raise ErasureUnfinishedError(recording_id=row.id, problem=str(error)) from error

    def _begun(self, header: RecordingHeader) -> RecordingRow:
        """The folder, header and first frame on the disk, and the row of an empty recording."""
        vault = self._vault
        make_folder(vault.folder_of(header.id))
        sealed = vault.sealed_header(header)
        vault.write_header(header.id, sealed)
        key, wrapped = vault.new_key(header.id, 0)
        del key
        audio = vault.open_append(vault.audio(header.id, 0))
        try:
            audio.write(key_frame(header.id, 0, header.channels, wrapped))
            audio.sync()
        finally:
            audio.close()
        sync_folder(vault.folder_of(header.id))
        return RecordingRow(
            id=header.id,
            state=RecordingState.RECORDING,
            started_at=header.started_at,
            changed_at=vault.clock(),
            stopped_at=None,
            channels=header.channels,
            language=header.language,
            encounter_id=header.encounter_id,
            generation=0,
            samples=0,
            chunks=0,
            sha256=None,
            lost=0,
            wrapped_key=wrapped,
            header=sealed,
        )

    def _refuse_known(self, recording_id: str) -> None:
        try:
            row = self._vault.index.recording(recording_id)
        except UnknownRecordingError:
            return
        raise RecordingStateError(recording_id=row.id, state=row.state, problem="it was begun already")

    def _require_room(self, channels: int) -> None:
        needed = self._vault.limits.needed(channels)
        try:
            self._vault.reserve.fill()
        except OSError:
            free = 0
        else:
            free = free_bytes(self.folder)
        if free < needed:
            raise SpoolRoomError(folder=self.folder, free=free // 1_000_000, needed=needed // 1_000_000 + 1)

    def _writing(self, recording_id: str, writer: SpoolWriter) -> SpoolWriter:
        self._writers[recording_id] = writer
        return writer

    def _interrupted(self, row: RecordingRow) -> bool:
        writer = self._writers.get(row.id)
        return row.state in LIVE and (writer is None or not writer.is_open)

    def _summary(self, row: RecordingRow) -> RecordingSummary:
        return RecordingSummary(
            id=row.id,
            state=row.state,
            started_at=row.started_at,
            changed_at=row.changed_at,
            stopped_at=row.stopped_at,
            channels=row.channels,
            language=row.language,
            encounter_id=row.encounter_id,
            duration=row.samples / SAMPLE_RATE,
            chunks=row.chunks,
            sha256=row.sha256,
            interrupted=self._interrupted(row),
        )


def _disk_error(folder: Path, error: OSError) -> SpoolDiskError:
    return SpoolDiskError(folder=folder, problem=error.strerror or type(error).__name__)


__all__ = [
    "Chunk",
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
