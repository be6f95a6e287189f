"""Recordings on their way from an edge device, under the capture key until they are whole."""

import io
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select

from scribe.crypto import seal, sha256_hex, unseal
from scribe.domain.consent import ConsentState
from scribe.domain.formats import read_transcript
from scribe.domain.uplink import Announcement, AudioManifest, Part
from scribe.store import models as rows
from scribe.store.captures import Recordings, Transcripts, write_durably
from scribe.store.encounters import Encounters
from scribe.store.errors import StoreError
from scribe.store.records import OVER, CandidateRecord, UploadRecord
from scribe.store.scope import Scope, place, seal_column, unseal_column

_SAMPLE_BYTES = 2


class UploadConflictError(StoreError):
    """The {subject} differs from what this recording was announced or begun with."""


class UploadIncompleteError(StoreError):
    """The upload is not whole yet: {missing}."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """What devices are sending; a physician sees their own."""

    scope: Scope

    def candidates(self, *, since: datetime, limit: int = 100) -> tuple[CandidateRecord, ...]:
        """The actor's consultations from ``since`` on that a recording can be for, the latest first."""
        found = [
            record
            for record in Encounters(self.scope).list(limit=limit)
            if record.encounter.start >= since and record.note_version is None and not record.capture_destroyed
            if record.problem not in OVER
        ]
        decisions = self._decisions([record.id for record in found])
        return tuple(CandidateRecord(encounter=record, consent=decisions.get(record.id)) for record in found)

    def begin(self, device_id: str, recording_id: str, announcement: Announcement) -> UploadRecord:
        """The upload of a recording; the same announcement again finds it as it stands.

        One that is not finished may be announced for another consultation: what was sent is then sent anew.  Raises
        :class:`UploadConflictError` where the recording was announced otherwise, and NotFoundError for a consultation
        that the actor may not see.
        """
        encounter = self.scope.encounter(announcement.encounter_id, locked=True)
        self.scope.key(encounter, "capture")
        known = self._anywhere(recording_id)
        if known is not None:
            record = self._known(known, announcement)
            if record is not None:
                return record
        row = rows.UploadRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            device_id=device_id,
            recording_id=recording_id,
            started_at=announcement.started_at,
            duration=announcement.duration,
            sample_rate=announcement.sample_rate,
            channels=announcement.channels,
            audio_sha256=announcement.audio.sha256,
            audio_bytes=announcement.audio.bytes,
            audio_chunks=announcement.audio.chunks,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "upload", row.id, row.encounter_id)
        return self._record(row)

    def get(self, recording_id: str) -> UploadRecord:
        """The upload of a recording, by the device's id of it."""
        row = self._row(recording_id)
        self.scope.trace("read", "upload", row.id, row.encounter_id)
        return self._record(row)

    def withdrawn(self, recording_ids: Sequence[str]) -> tuple[UploadRecord, ...]:
        """Those of the recordings whose patient has refused or withdrawn; ids that are not there are left out."""
        self.scope.trace("list", "upload", "withdrawn")
        query = select(rows.UploadRow).where(
            rows.UploadRow.recording_id.in_(recording_ids), self.scope.visible(rows.UploadRow)
        )
        found = self.scope.session.scalars(query.order_by(rows.UploadRow.id)).all()
        encounters = sorted({row.encounter_id for row in found})
        standing = {one for one, state in self._decisions(encounters).items() if state == "given"}
        standing -= self._destroyed(encounters)
        withdrawn = [row for row in found if row.encounter_id not in standing]
        for row in withdrawn:
            self.scope.trace("read", "upload", row.id, row.encounter_id)
        return tuple(self._record(row) for row in withdrawn)

    def put_transcript(self, recording_id: str, document: bytes) -> UploadRecord:
        """Keep the scribe-transcript/1 file; :class:`UploadConflictError` where another one is there.

        Raises ``FormatError`` where it is no transcript.
        """
        row = self._row(recording_id, locked=True)
        digest = sha256_hex(document)
        if row.transcript_sha256 is not None:
            if row.transcript_sha256 != digest:
                raise UploadConflictError(subject="transcript")
            self.scope.trace("read", "upload", row.id, row.encounter_id)
            return self._record(row)
        read_transcript(document, f"transcript of recording {recording_id}")
        key = self.scope.key(self.scope.encounter(row.encounter_id), "capture")
        seal_column(key, row, "sealed_transcript", document)
        row.transcript_sha256 = digest
        self.scope.session.flush()
        self.scope.trace("update", "upload", row.id, row.encounter_id)
        return self._record(row)

    def put_part(self, recording_id: str, number: int, pcm: bytes) -> UploadRecord:
        """Keep one part of the audio durably; :class:`UploadConflictError` where that number holds another."""
        row = self._row(recording_id, locked=True)
        known = self._parts(row).get(number)
        if row.finished_at is not None or (known is not None and known.sha256 != sha256_hex(pcm)):
            raise UploadConflictError(subject="audio part")
        if known is None:
            self._keep(row, number, pcm)
        self.scope.trace("update", "upload", row.id, row.encounter_id)
        return self._record(row)

    def forget_parts(self, recording_id: str) -> None:
        """Drop the parts that came in: together they are not what was announced."""
        row = self._row(recording_id, locked=True)
        self._drop_parts(row)
        self.scope.trace("update", "upload", row.id, row.encounter_id)

    def audio(self, recording_id: str) -> bytes:
        """The PCM of all parts in their order; :class:`UploadIncompleteError` where bytes are missing."""
        row = self._row(recording_id, locked=True)
        self.scope.trace("read", "upload", row.id, row.encounter_id)
        return bytes(self._joined(row))

    def finish(self, recording_id: str, *, audio: bytes | None) -> UploadRecord:
        """Make the transcript, and the audio where given, part of the consultation; finished ones stay as they are.

        ``audio`` is the whole PCM, checked by the caller.  Raises :class:`UploadIncompleteError` without a transcript
        and ``ConsentRequiredError`` for audio that nobody consented to.
        """
        row = self._row(recording_id, locked=True)
        if row.finished_at is None:
            self._finish(row, audio)
        self.scope.trace("update", "upload", row.id, row.encounter_id)
        return self._record(row)

    def _finish(self, row: rows.UploadRow, audio: bytes | None) -> None:
        encounter = self.scope.encounter(row.encounter_id, locked=True)
        if row.sealed_transcript is None:
            raise UploadIncompleteError(missing="its transcript is missing")
        document = unseal_column(self.scope.key(encounter, "capture"), row, "sealed_transcript")
        if audio is not None:
            stored = Recordings(self.scope).add(
                encounter.id, _wav(row, audio), media_type="audio/wav", duration=row.duration
            )
            row.stored_recording_id = stored.id
        transcripts = Transcripts(self.scope)
        latest = transcripts.latest(encounter.id)
        added = transcripts.add(
            encounter.id,
            read_transcript(document, f"transcript of recording {row.recording_id}"),
            expected_version=latest.version if latest else 0,
            recording_id=row.stored_recording_id,
        )
        row.transcript_id = added.id
        row.sealed_transcript = None
        row.finished_at = self.scope.clock()
        self._drop_parts(row)

    def _known(self, row: rows.UploadRow, announcement: Announcement) -> UploadRecord | None:
        """The upload as it stands; None where it was begun for another consultation and starts anew."""
        ours = row.owner_id == self.scope.actor.account_id or self.scope.actor.role == "service"
        if not ours or _manifest(row) != announcement.audio:
            raise UploadConflictError(subject="recording")
        if row.encounter_id == announcement.encounter_id:
            self.scope.trace("read", "upload", row.id, row.encounter_id)
            return self._record(row)
        if row.finished_at is not None:
            raise UploadConflictError(subject="consultation")
        self._drop_parts(row)
        self.scope.session.delete(row)
        self.scope.session.flush()
        self.scope.trace("delete", "upload", row.id, row.encounter_id)
        return None

    def _keep(self, row: rows.UploadRow, number: int, pcm: bytes) -> None:
        part = rows.UploadPartRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.encounter_id,
            upload_id=row.id,
            number=number,
            size=len(pcm),
            sha256=sha256_hex(pcm),
        )
        key = self.scope.key(self.scope.encounter(row.encounter_id), "capture")
        path = self._path(part)
        self.scope.after_rollback.append(lambda: path.unlink(missing_ok=True))
        write_durably(path, seal(key, pcm, place(part, "audio")))
        self.scope.session.add(part)
        self.scope.session.flush()

    def _joined(self, row: rows.UploadRow) -> bytearray:
        key = self.scope.key(self.scope.encounter(row.encounter_id), "capture")
        joined = bytearray()
        for expected, part in enumerate(self._parts(row).values()):
            path = self._path(part)
            if part.number != expected or not path.is_file():
                raise UploadIncompleteError(missing=f"part {expected} of its audio is missing")
            joined += unseal(key, path.read_bytes(), place(part, "audio"))
        if len(joined) < row.audio_bytes:
            raise UploadIncompleteError(missing=f"{row.audio_bytes - len(joined)} bytes of its audio are missing")
        return joined

    def _drop_parts(self, row: rows.UploadRow) -> None:
        """Remove the parts; their files go once that is committed."""
        paths = [self._path(part) for part in self._parts(row).values()]
        self.scope.session.execute(delete(rows.UploadPartRow).where(rows.UploadPartRow.upload_id == row.id))
        self.scope.after_commit.append(lambda: _unlink(paths))

    def _parts(self, row: rows.UploadRow) -> dict[int, rows.UploadPartRow]:
        """By number, in their order."""
        query = select(rows.UploadPartRow).where(rows.UploadPartRow.upload_id == row.id)
        return {part.number: part for part in self.scope.session.scalars(query.order_by(rows.UploadPartRow.number))}

    def _row(self, recording_id: str, *, locked: bool = False) -> rows.UploadRow:
        query = select(rows.UploadRow).where(
            rows.UploadRow.recording_id == recording_id, self.scope.visible(rows.UploadRow)
        )
        return self.scope.one(query.with_for_update(key_share=True) if locked else query, "upload", recording_id)

    def _anywhere(self, recording_id: str) -> rows.UploadRow | None:
        """The upload in the whole hospital: ids of recordings are taken once."""
        query = select(rows.UploadRow).where(
            rows.UploadRow.hospital_id == self.scope.actor.hospital_id, rows.UploadRow.recording_id == recording_id
        )
        return self.scope.session.scalars(query.with_for_update(key_share=True)).one_or_none()

    def _decisions(self, encounter_ids: list[str]) -> dict[str, ConsentState]:
        """The latest decision on recording of each of the consultations."""
        query = select(rows.ConsentRow).where(
            rows.ConsentRow.encounter_id.in_(encounter_ids), rows.ConsentRow.purpose == "recording"
        )
        return {row.encounter_id: row.state for row in self.scope.session.scalars(query.order_by(rows.ConsentRow.id))}

    def _destroyed(self, encounter_ids: list[str]) -> set[str]:
        """Those of the consultations whose capture key is gone."""
        query = select(rows.EncounterKeyRow.encounter_id).where(
            rows.EncounterKeyRow.encounter_id.in_(encounter_ids),
            rows.EncounterKeyRow.purpose == "capture",
            rows.EncounterKeyRow.destroyed_at.is_not(None),
        )
        return set(self.scope.session.scalars(query))

    def _record(self, row: rows.UploadRow) -> UploadRecord:
        return UploadRecord(
            id=row.id,
            device_id=row.device_id,
            recording_id=row.recording_id,
            encounter_id=row.encounter_id,
            audio=_manifest(row),
            parts=tuple(
                Part(number=part.number, sha256=part.sha256, bytes=part.size) for part in self._parts(row).values()
            ),
            transcript_sha256=row.transcript_sha256,
            finished_at=row.finished_at,
            audio_stored=row.stored_recording_id is not None,
        )

    def _path(self, part: rows.UploadPartRow) -> Path:
        return self.scope.audio_dir / part.hospital_id / f"{part.id}.part"


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _manifest(row: rows.UploadRow) -> AudioManifest:
    return AudioManifest(sha256=row.audio_sha256, bytes=row.audio_bytes, chunks=row.audio_chunks)


def _wav(row: rows.UploadRow, pcm: bytes) -> bytes:
    """The PCM as a WAV file, which browsers play and the recogniser reads."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(row.channels)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(row.sample_rate)
        file.writeframes(pcm)
    return buffer.getvalue()
