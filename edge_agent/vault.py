"""Where a recording's sealed files lie, and the keys that open them.

A recording has a folder named by its id: ``audio.<generation>`` (:mod:`edge_agent.chunks`), ``header.sealed``,
``<document>.<generation>.sealed``, and ``torn.<generation>.<digest>``, cut-off ends of the audio.  A generation is
what was sealed under one data key: erasing begins the next one.  Documents have keys of their own, so that the audio
can be destroyed without them.
"""

import contextlib
import json
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from edge_agent.chunks import HEAD_BYTES, ChunkFile, Kind, key_place, parse_head
from edge_agent.disk import AppendFile, DiskLimits, Reserve, sync_folder, wipe, write_durably
from edge_agent.errors import (
    DocumentDamagedError,
    DocumentMissingError,
    RecordingSealedError,
    RecordingStateError,
    SpoolDiskError,
)
from edge_agent.recordings import Clock, RecordingHeader, RecordingState, document_name, folder_name
from edge_agent.spool_index import RecordingRow, SpoolIndex
from scribe.crypto import KeyWrapper, UndecipherableError, new_data_key, seal, unseal
from scribe.domain.consent import Consent

OpenAppend = Callable[[Path], AppendFile]
_LENGTH = struct.Struct("<H")
_HEADER = "header"


@dataclass
class Vault:
    """The folder of all recordings with its index; ``lock`` is held by whoever changes files."""

    folder: Path
    wrapper: KeyWrapper
    index: SpoolIndex
    clock: Clock
    limits: DiskLimits
    reserve: Reserve
    open_append: OpenAppend = AppendFile
    lock: threading.RLock = field(default_factory=threading.RLock)

    def folder_of(self, recording_id: str) -> Path:
        return self.folder / folder_name(recording_id)

    def audio(self, recording_id: str, generation: int) -> Path:
        return self.folder_of(recording_id) / f"audio.{generation}"

    def known(self) -> Iterator[str]:
        """Ids of the recordings that have a folder."""
        for path in sorted(self.folder.iterdir()):
            try:
                name = folder_name(path.name)
            except ValueError:
                continue
            if path.is_dir():
                yield name

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One at a time, and the disk's refusal as :class:`SpoolDiskError`."""
        with self.lock:
            try:
                yield
            except OSError as error:
                raise SpoolDiskError(folder=self.folder, problem=error.strerror or type(error).__name__) from error

    def new_key(self, recording_id: str, generation: int) -> tuple[bytes, bytes]:
        """A data key, and the same wrapped for its place."""
        key = new_data_key()
        return key, self.wrapper.wrap(key, key_place(recording_id, generation))

    def data_key(self, row: RecordingRow) -> bytes:
        """The key of the audio, from the index or, where it is damaged there, from the file.

        Raises :class:`RecordingSealedError` where neither opens with the site's key.
        """
        place = key_place(row.id, row.generation)
        if row.wrapped_key is not None:
            with contextlib.suppress(UndecipherableError):
                return self.wrapper.unwrap(row.wrapped_key, place)
        try:
            return self.wrapper.unwrap(self.stored_key(row.id, row.generation) or b"", place)
        except UndecipherableError:
            raise RecordingSealedError(recording_id=row.id) from None

    def stored_key(self, recording_id: str, generation: int) -> bytes | None:
        """The wrapped key at the start of an audio file, None where it is not there whole."""
        try:
            with ChunkFile(self.audio(recording_id, generation)) as file:
                head = parse_head(file.read(0, HEAD_BYTES))
                if head is None or head.kind is not Kind.KEY:
                    return None
                return file.read(HEAD_BYTES, head.body)
        except FileNotFoundError:
            return None

    def sealed_header(self, header: RecordingHeader) -> bytes:
        return self._seal(header.id, _HEADER, _header_json(header))

    def write_header(self, recording_id: str, sealed: bytes) -> None:
        write_durably(self.folder_of(recording_id) / f"{_HEADER}.sealed", sealed)

    def header_of(self, row: RecordingRow) -> RecordingHeader:
        """From the index or, where it is damaged there, from the file; else :class:`DocumentDamagedError`."""
        if row.state is RecordingState.DISCARDED:
            raise RecordingStateError(recording_id=row.id, state=row.state, problem="its header was destroyed with it")
        for sealed in (row.header, self.stored_header(row.id)):
            if sealed is not None and (header := self.opened_header(row.id, sealed)) is not None:
                return header
        raise DocumentDamagedError(recording_id=row.id, name=_HEADER)

    def stored_header(self, recording_id: str) -> bytes | None:
        try:
            return (self.folder_of(recording_id) / f"{_HEADER}.sealed").read_bytes()
        except FileNotFoundError:
            return None

    def opened_header(self, recording_id: str, sealed: bytes) -> RecordingHeader | None:
        content = self._unseal(recording_id, _HEADER, sealed)
        return None if content is None else _header_of(content)

    def put_documents(self, recording_id: str, generation: int, documents: Mapping[str, bytes]) -> None:
        for name, content in documents.items():
            sealed = self._seal(recording_id, f"document {name}", content)
            write_durably(self._document(recording_id, generation, name), sealed)

    def document(self, row: RecordingRow, name: str) -> bytes:
        try:
            sealed = self._document(row.id, row.generation, name).read_bytes()
        except FileNotFoundError:
            raise DocumentMissingError(recording_id=row.id, name=name) from None
        content = self._unseal(row.id, f"document {name}", sealed)
        if content is None:
            raise DocumentDamagedError(recording_id=row.id, name=name)
        return content

    def documents(self, row: RecordingRow) -> tuple[str, ...]:
        ending = f".{row.generation}.sealed"
        found = self.folder_of(row.id).glob(f"[a-z]*{ending}")
        return tuple(sorted(path.name.removesuffix(ending) for path in found))

    def sweep(self, row: RecordingRow) -> None:
        """Destroy what the recording's state and generation leave no place for."""
        folder = self.folder_of(row.id)
        if not folder.is_dir():
            return
        if row.state is RecordingState.DISCARDED:
            self.remove(row.id)
            return
        doomed = [path for path in folder.iterdir() if not _belongs(path.name, row)]
        for path in doomed:
            wipe(path)
        if doomed:
            sync_folder(folder)

    def remove(self, recording_id: str) -> None:
        """Destroy all files of a recording."""
        folder = self.folder_of(recording_id)
        for path in folder.iterdir():
            wipe(path)
        folder.rmdir()
        sync_folder(self.folder)

    def _document(self, recording_id: str, generation: int, name: str) -> Path:
        return self.folder_of(recording_id) / f"{document_name(name)}.{generation}.sealed"

    def _seal(self, recording_id: str, what: str, content: bytes) -> bytes:
        place = f"scribe-spool/1 {recording_id} {what}".encode()
        key = new_data_key()
        wrapped = self.wrapper.wrap(key, place)
        return _LENGTH.pack(len(wrapped)) + wrapped + seal(key, content, place)

    def _unseal(self, recording_id: str, what: str, sealed: bytes) -> bytes | None:
        place = f"scribe-spool/1 {recording_id} {what}".encode()
        if len(sealed) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(sealed)[0]
        try:
            return unseal(self.wrapper.unwrap(sealed[_LENGTH.size : end], place), sealed[end:], place)
        except UndecipherableError:
            return None


def _belongs(name: str, row: RecordingRow) -> bool:
    if name == f"{_HEADER}.sealed":
        return True
    if name.endswith(".sealed"):
        return name.endswith(f".{row.generation}.sealed")
    if name.startswith("torn."):
        return row.state is not RecordingState.DELETED and name.startswith(f"torn.{row.generation}.")
    return row.state is not RecordingState.DELETED and name == f"audio.{row.generation}"


def _header_json(header: RecordingHeader) -> bytes:
    consent = header.consent
    return json.dumps(
        {
            "id": header.id,
            "started_at": header.started_at.isoformat(),
            "channels": header.channels,
            "device": header.device,
            "language": header.language,
            "encounter_id": header.encounter_id,
            "consent": {
                "purpose": consent.purpose,
                "state": consent.state,
                "decided_at": consent.decided_at.isoformat(),
                "decided_by": consent.decided_by,
            },
        }
    ).encode()


def _header_of(content: bytes) -> RecordingHeader:
    fields = json.loads(content)
    consent = fields.pop("consent")
    decided_at = datetime.fromisoformat(consent.pop("decided_at"))
    started_at = datetime.fromisoformat(fields.pop("started_at"))
    return RecordingHeader(started_at=started_at, consent=Consent(decided_at=decided_at, **consent), **fields)
