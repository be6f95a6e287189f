"""Taking the end of a recording away for good: what stays is sealed under a new key, and the old key destroyed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from edge_agent.chunks import key_frame, sealed_frame
from edge_agent.disk import free_bytes, sync_folder
from edge_agent.errors import ErasureUnfinishedError, SpoolError, SpoolRoomError
from edge_agent.recordings import SAMPLE_BYTES
from edge_agent.spool_index import ChunkRow, RecordingRow
from edge_agent.spool_reader import SpoolReader, head_of
from edge_agent.vault import Vault

_MARGIN = 1_000_000


def erase(vault: Vault, row: RecordingRow, kept: int, documents: Mapping[str, bytes]) -> None:
    """Leave the first ``kept`` samples of a recording, and of its documents those given.

    The index decides: before its commit the old generation counts, after it the new one, and :func:`salvage.mend`
    removes the other.
    """
    needed = kept * SAMPLE_BYTES * row.channels * 21 // 20 + _MARGIN
    free = free_bytes(vault.folder)
    if free < needed:
        raise SpoolRoomError(folder=vault.folder, free=free // 1_000_000, needed=needed // 1_000_000 + 1)
    with vault.changing():
        try:
            after, chunks = _write_anew(vault, row, kept)
            vault.put_documents(row.id, after.generation, documents)
            vault.index.replace_chunks(after, chunks)
        except BaseException:
            vault.sweep(vault.index.recording(row.id))
            raise
    try:
        vault.index.forget_log()
        vault.sweep(after)
    except (OSError, SpoolError) as error:
        raise ErasureUnfinishedError(recording_id=row.id, problem=str(error)) from error


def _write_anew(vault: Vault, row: RecordingRow, kept: int) -> tuple[RecordingRow, list[ChunkRow]]:
    """The next generation's file, whole on the disk, and what the index is to say of it."""
    generation = row.generation + 1
    key, wrapped = vault.new_key(row.id, generation)
    draft = vault.folder_of(row.id) / f"audio.{generation}.draft"
    chunks: list[ChunkRow] = []
    file = vault.open_append(draft)
    try:
        frame = key_frame(row.id, generation, row.channels, wrapped)
        file.write(frame)
        place = len(frame)
        after = replace(row, generation=generation, samples=kept, wrapped_key=wrapped)
        for chunk, pcm in _kept_chunks(vault, row, kept):
            if pcm is None:
                chunks.append(replace(chunk, place=-1))
                continue
            frame = sealed_frame(head_of(after, chunk), key, pcm)
            file.write(frame)
            chunks.append(replace(chunk, place=place))
            place += len(frame)
        file.sync()
    finally:
        file.close()
    draft.replace(vault.audio(row.id, generation))
    sync_folder(draft.parent)
    return replace(after, chunks=len(chunks)), chunks


def _kept_chunks(vault: Vault, row: RecordingRow, kept: int) -> Iterator[tuple[ChunkRow, bytes | None]]:
    """The chunks up to sample ``kept``, the last one cut there; None for audio that is lost."""
    rows = vault.index.chunks(row.id, 0, kept)
    for chunk, old in zip(SpoolReader(vault, row.id).chunks(), rows, strict=False):
        samples = min(old.samples, kept - old.first)
        pcm = chunk.pcm[: samples * SAMPLE_BYTES * row.channels]
        yield replace(old, samples=samples), None if chunk.reason is not None else pcm
