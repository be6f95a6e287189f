"""Writing a recording: sealed, on the disk and in the index before a call returns."""

import errno
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from edge_agent.chunks import cut_to_chunks, end_frame, microseconds, sealed_frame, to_pcm
from edge_agent.disk import free_bytes
from edge_agent.erasure import erase
from edge_agent.errors import RecordingStateError, SpoolError, SpoolFullError, SpoolIndexError, SpoolWriteError
from edge_agent.recordings import LIVE, SAMPLE_BYTES, Manifest, RecordingState
from edge_agent.spool_index import ChunkRow, RecordingRow
from edge_agent.spool_reader import SpoolReader, head_of
from edge_agent.vault import Vault
from models.audio import SAMPLE_RATE, Samples


class SpoolWriter:
    """Writes one recording; what a call was given is on the disk for good when it returns.  Safe for several threads.

    Every call raises :class:`~edge_agent.errors.RecordingStateError` where the recording's state does not allow it.
    """

    def __init__(self, vault: Vault, recording_id: str, *, stretch: int, began_at: datetime) -> None:
        self._vault = vault
        self._id = recording_id
        row = vault.index.recording(recording_id)
        self._open_audio(row)
        self._stretch, self._began = stretch, microseconds(began_at)
        self._unindexed: ChunkRow | None = None
        self._is_open = True

    @property
    def recording_id(self) -> str:
        return self._id

    @property
    def is_open(self) -> bool:
        """False once the recording was finished, broken off or discarded."""
        return self._is_open

    @property
    def duration(self) -> float:
        """Seconds kept."""
        return self._vault.index.recording(self._id).samples / SAMPLE_RATE

    def append(self, samples: Samples) -> float:
        """Keep samples of shape (channels, n), -1 to 1 at 16 kHz, at once; the seconds kept so far.

        Raises :class:`~edge_agent.errors.SpoolFullError` or :class:`~edge_agent.errors.SpoolWriteError` once: the
        recording is stopped then, and whole up to the chunk that could not be written.
        """
        with self._vault.lock:
            row = self._row(RecordingState.RECORDING)
            if samples.ndim != 2 or len(samples) != row.channels:
                raise ValueError("samples have the shape (channels, n) of the recording's channels")
            for pcm in cut_to_chunks(to_pcm(samples), row.channels):
                try:
                    row = self._keep(row, pcm)
                except (OSError, SpoolIndexError) as error:
                    raise self._broken_off(error) from error
            return row.samples / SAMPLE_RATE

    def pause(self) -> None:
        """Until :meth:`resume` nothing can be appended."""
        self._set(RecordingState.RECORDING, RecordingState.PAUSED)

    def resume(self) -> None:
        """Go on: the next samples begin a new stretch, now."""
        self._set(RecordingState.PAUSED, RecordingState.RECORDING)
        self._new_stretch()

    def erase_last(self, seconds: float, documents: Mapping[str, bytes] = {}) -> float:
        """Destroy the last ``seconds`` for good; the seconds that were erased.

        Everything kept is sealed anew and the old key destroyed.  The documents, which may hold what was said, are
        destroyed too, apart from those given anew here.  A crash leaves all of it done or nothing.  Raises
        :class:`~edge_agent.errors.SpoolRoomError` or :class:`~edge_agent.errors.SpoolDiskError` where nothing was
        erased, :class:`~edge_agent.errors.ErasureUnfinishedError` where traces may be left.
        """
        with self._vault.lock:
            row = self._row(*LIVE)
            kept = max(0, row.samples - round(max(0.0, seconds) * SAMPLE_RATE))
            self._file.close()
            try:
                erase(self._vault, row, kept, documents)
            finally:
                self._open_audio(self._vault.index.recording(self._id))
            self._new_stretch()
            return (row.samples - kept) / SAMPLE_RATE

    def finish(self) -> Manifest:
        """Close the recording: it is read through once and its state is stopped; again gives the same manifest."""
        with self._vault.changing():
            manifest = close_recording(self._vault, self._id)
            self.release()
            return manifest

    def release(self) -> None:
        """Let go of the file and leave the recording as it is: it counts as interrupted unless it was finished."""
        if self._is_open:
            self._is_open = False
            self._file.close()

    def _row(self, *states: RecordingState) -> RecordingRow:
        row = self._vault.index.recording(self._id)
        if not self._is_open or row.state not in states:
            raise RecordingStateError(recording_id=row.id, state=row.state, problem="it cannot be written to now")
        return row

    def _set(self, before: RecordingState, after: RecordingState) -> None:
        with self._vault.changing():
            row = self._row(before)
            self._vault.index.update(replace(row, state=after, changed_at=self._vault.clock()))

    def _new_stretch(self) -> None:
        self._stretch, self._began = self._stretch + 1, microseconds(self._vault.clock())

    def _open_audio(self, row: RecordingRow) -> None:
        path = self._vault.audio(row.id, row.generation)
        self._key = self._vault.data_key(row)
        self._file = self._vault.open_append(path)
        self._end = path.stat().st_size

    def _keep(self, row: RecordingRow, pcm: bytes) -> RecordingRow:
        """Write a chunk to the file, then to the index."""
        if free_bytes(self._vault.folder) < self._vault.limits.floor:
            raise OSError(errno.ENOSPC, "too little room is left")
        chunk = ChunkRow(
            number=row.chunks,
            first=row.samples,
            samples=len(pcm) // (SAMPLE_BYTES * row.channels),
            stretch=self._stretch,
            began=self._began,
            place=self._end,
        )
        frame = sealed_frame(head_of(row, chunk), self._key, pcm)
        self._file.write(frame)
        self._file.sync()
        self._end += len(frame)
        self._unindexed = chunk
        return self._index(row)

    def _index(self, row: RecordingRow) -> RecordingRow:
        chunk = self._unindexed
        if chunk is None:
            return row
        self._vault.index.append(row.id, chunk, self._vault.clock())
        self._unindexed = None
        return replace(row, samples=chunk.first + chunk.samples, chunks=chunk.number + 1)

    def _broken_off(self, error: OSError | SpoolIndexError) -> SpoolError:
        """Stop the recording with what is written; where even that fails it stays interrupted, and can be recovered."""
        vault = self._vault
        vault.reserve.release()
        try:
            self._file.cut(self._end)
            self._index(vault.index.recording(self._id))
            close_recording(vault, self._id)
        except (OSError, SpoolError) as second:
            error.add_note(f"and it could not be closed: {second}")
        self.release()
        seconds = self.duration
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            needed = vault.limits.needed(1) // 1_000_000 + 1
            return SpoolFullError(seconds=seconds, megabytes=needed, folder=vault.folder)
        problem = error.strerror if isinstance(error, OSError) else str(error)
        return SpoolWriteError(seconds=seconds, problem=problem, folder=vault.folder)


def close_recording(vault: Vault, recording_id: str) -> Manifest:
    """Seal what there is: read it through, write the end to the file, and set the state to stopped.

    Raises OSError where the disk does, :class:`~edge_agent.errors.RecordingSealedError` without the right site key.
    """
    with vault.lock:
        row = vault.index.recording(recording_id)
        if row.state not in LIVE:
            return manifest_in(row)
        key = vault.data_key(row)
        manifest = SpoolReader(vault, recording_id).manifest()
        now = vault.clock()
        path = vault.audio(row.id, row.generation)
        file = vault.open_append(path)
        try:
            size = path.stat().st_size
            try:
                file.write(end_frame(manifest, row.generation, key, stopped_at=now))
                file.sync()
            except OSError:
                file.cut(size)
                raise
        finally:
            file.close()
        stopped = replace(row, state=RecordingState.STOPPED, stopped_at=now, changed_at=now)
        vault.index.update(replace(stopped, sha256=manifest.sha256, lost=manifest.lost))
        return manifest


def manifest_in(row: RecordingRow) -> Manifest:
    """What the index keeps of a recording's manifest; it must be stopped, or deleted since."""
    if row.sha256 is None:
        raise RecordingStateError(recording_id=row.id, state=row.state, problem="it has no manifest")
    return Manifest(
        recording_id=row.id,
        sha256=row.sha256,
        bytes=row.samples * SAMPLE_BYTES * row.channels,
        chunks=row.chunks,
        channels=row.channels,
        lost=row.lost,
    )
