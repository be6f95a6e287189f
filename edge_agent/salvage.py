"""Making index and files agree again after a crash, a power cut, or the loss of the index.

The index says how much there is, and so does the end of a file; only where the index is lost, and the recording was
not stopped, nobody can tell whether chunks were cut off its end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from edge_agent.chunks import (
    HEAD_BYTES,
    ChunkFile,
    Head,
    Kind,
    Located,
    from_microseconds,
    manifest_of,
    open_frame,
    parse_head,
)
from edge_agent.disk import AppendFile, write_durably
from edge_agent.errors import RecordingSealedError
from edge_agent.recordings import LIVE, SAMPLE_BYTES, Manifest, RecordingState
from edge_agent.spool_index import ChunkRow, RecordingRow
from edge_agent.spool_reader import head_of
from edge_agent.vault import Vault
from scribe.crypto import sha256_hex


def mend(vault: Vault) -> None:
    """Bring every recording into a state that reading and recovery can start from.

    Files that erasing, discarding or beginning left half done are removed, recordings that the index does not know are
    taken up again, what reached a file but not the index is indexed, and a torn end is moved aside.  What does not
    open with the site's key is left as it is.
    """
    known = {row.id for row in vault.index.recordings()}
    for recording_id in vault.known():
        if recording_id not in known:
            _adopt(vault, recording_id)
    for row in vault.index.recordings():
        vault.sweep(row)
        if row.state in LIVE:
            _catch_up(vault, row)


def _adopt(vault: Vault, recording_id: str) -> None:
    """Take up a folder that the index does not know; one that nothing was recorded in is removed."""
    folder = vault.folder_of(recording_id)
    audio = _newest(folder, "audio.*")
    document = _newest(folder, "[a-z]*.*.sealed")
    generation = audio if audio is not None else document
    if generation is None or (document is None and not _holds_audio(vault.audio(recording_id, generation))):
        vault.remove(recording_id)
        return
    now = vault.clock()
    row = RecordingRow(
        id=recording_id,
        state=RecordingState.DELETED if audio is None else RecordingState.RECORDING,
        started_at=_time_of(recording_id, now),
        changed_at=now,
        stopped_at=None,
        channels=_channels(vault.audio(recording_id, generation)),
        language="",
        encounter_id=None,
        generation=generation,
        samples=0,
        chunks=0,
        sha256=None,
        lost=0,
        wrapped_key=None if audio is None else vault.stored_key(recording_id, generation),
        header=None,
    )
    vault.index.insert(_with_header(vault, row))


def _newest(folder: Path, pattern: str) -> int | None:
    """The highest generation of the files of a kind."""
    found = [path.name.removesuffix(".sealed").rpartition(".")[2] for path in folder.glob(pattern)]
    return max((int(generation) for generation in found if generation.isdecimal()), default=None)


def _holds_audio(path: Path) -> bool:
    """Whether more than a key was written to the file."""
    with ChunkFile(path) as file:
        head = parse_head(file.read(0, HEAD_BYTES))
        key_alone = HEAD_BYTES if head is None else HEAD_BYTES + head.body
        return file.size > key_alone


def _channels(path: Path) -> int:
    """As the first whole head says; one where there is none."""
    if not path.exists():
        return 1
    with ChunkFile(path) as file:
        return next((frame.head.channels for frame in file.frames()), 1)


def _time_of(recording_id: str, otherwise: datetime) -> datetime:
    """When a UUIDv7 was made (RFC 9562: 48 bits of milliseconds)."""
    value = UUID(recording_id)
    return datetime.fromtimestamp((value.int >> 80) / 1000, tz=UTC) if value.version == 7 else otherwise


def _with_header(vault: Vault, row: RecordingRow) -> RecordingRow:
    """``row`` with what the header on disk says, where that opens."""
    sealed = vault.stored_header(row.id)
    header = None if sealed is None else vault.opened_header(row.id, sealed)
    if header is None:
        return row
    return replace(
        row,
        started_at=header.started_at,
        channels=header.channels,
        language=header.language,
        encounter_id=header.encounter_id,
        header=sealed,
    )


def _catch_up(vault: Vault, row: RecordingRow) -> None:
    """Index what the file of an interrupted recording holds beyond the index, and move aside what is torn."""
    path = vault.audio(row.id, row.generation)
    if not path.exists():
        return
    try:
        key = vault.data_key(row)
    except RecordingSealedError:
        return
    start = _indexed_to(vault, row)
    with ChunkFile(path) as file:
        tail = _tail(file, start, row, key)
        end = max(tail.end, start)
        rest = file.read(end, file.size - end)
    if rest:
        _set_aside(vault, row, rest, end, tail)
    if row.header is None:
        row = _with_header(vault, row)
    vault.index.grow(_grown(vault, row, tail), tail.chunks)


def _indexed_to(vault: Vault, row: RecordingRow) -> int:
    """Where in the file the indexed part ends."""
    chunks = vault.index.chunks(row.id)
    ends = [chunk.place + HEAD_BYTES + head_of(row, chunk).body for chunk in chunks if chunk.place >= 0]
    return max(ends, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """Chunks that a file holds beyond the index, what its end frame says, and where the last of it ends."""

    chunks: tuple[ChunkRow, ...]
    manifest: Manifest | None
    stopped_at: datetime | None
    end: int


def _tail(file: ChunkFile, start: int, row: RecordingRow, key: bytes) -> _Tail:
    found: dict[int, Located] = {}
    manifest, stopped_at, end = None, None, 0
    for frame in file.frames(start):
        if not _is_of(frame.head, row):
            continue
        if frame.head.kind is Kind.KEY:
            end = max(end, frame.end if frame.offset == 0 else 0)
            continue
        content = open_frame(frame.head, file.body(frame), key)
        if content is None:
            continue
        end = frame.end
        if frame.head.kind is Kind.END:
            manifest, stopped_at = manifest_of(content), from_microseconds(frame.head.began)
        elif frame.head.number >= row.chunks:
            found.setdefault(frame.head.number, frame)
    return _Tail(chunks=tuple(_in_row(found, row, manifest)), manifest=manifest, stopped_at=stopped_at, end=end)


def _is_of(head: Head, row: RecordingRow) -> bool:
    return (head.recording_id, head.generation, head.channels) == (row.id, row.generation, row.channels)


def _in_row(found: Mapping[int, Located], row: RecordingRow, manifest: Manifest | None) -> Iterator[ChunkRow]:
    """Rows without a hole: the first of several missing chunks takes all the samples that are missing."""
    number, first, stretch, began = row.chunks, row.samples, 0, 0
    for frame in (found[key] for key in sorted(found)):
        head = frame.head
        stretch, began = head.stretch, head.began
        for missing in range(number, head.number):
            samples = head.first - first
            yield ChunkRow(number=missing, first=first, samples=samples, stretch=stretch, began=began, place=-1)
            first = head.first
        yield ChunkRow(
            number=head.number, first=head.first, samples=head.samples, stretch=stretch, began=began, place=frame.offset
        )
        number, first = head.number + 1, head.first + head.samples
    if manifest is not None:
        last = manifest.bytes // (SAMPLE_BYTES * manifest.channels)
        for missing in range(number, manifest.chunks):
            yield ChunkRow(number=missing, first=first, samples=last - first, stretch=stretch, began=began, place=-1)
            first = last


def _set_aside(vault: Vault, row: RecordingRow, rest: bytes, end: int, tail: _Tail) -> None:
    """Keep the torn end in a file of its own, and cut the audio to what is whole."""
    last = tail.chunks[-1] if tail.chunks else None
    number = row.chunks if last is None else last.number + 1
    first = row.samples if last is None else last.first + last.samples
    digest = sha256_hex(rest)[:16]
    write_durably(vault.folder_of(row.id) / f"torn.{row.generation}.{digest}", rest)
    vault.index.note_torn(row.id, digest, number, first)
    audio = AppendFile(vault.audio(row.id, row.generation))
    try:
        audio.cut(end)
    finally:
        audio.close()


def _grown(vault: Vault, row: RecordingRow, tail: _Tail) -> RecordingRow:
    if tail.chunks:
        last = tail.chunks[-1]
        row = replace(row, samples=last.first + last.samples, chunks=last.number + 1)
    if tail.manifest is None:
        return row
    return replace(
        row,
        state=RecordingState.STOPPED,
        stopped_at=tail.stopped_at,
        changed_at=vault.clock(),
        sha256=tail.manifest.sha256,
        lost=tail.manifest.lost,
    )
