"""What the capture key protects: recordings, transcripts, drafts."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from scribe.crypto import seal, sha256_hex, unseal
from scribe.domain.formats import read_draft, read_transcript, write_draft, write_transcript
from scribe.domain.note import Draft
from scribe.domain.settling import open_count
from scribe.domain.transcript import Transcript
from scribe.store import models as rows
from scribe.store.amending import open_amendment
from scribe.store.consents import Consents
from scribe.store.encounters import advance
from scribe.store.errors import ConsentRequiredError, StaleVersionError, StoreError
from scribe.store.records import DraftedBy, DraftRecord, RecordingRecord, TranscriptRecord
from scribe.store.scope import Scope, place, seal_column, unseal_column


class AudioMissingError(StoreError):
    """The audio file of recording {recording_id} is gone from the data directory."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """Audio, one sealed file a recording."""

    scope: Scope

    def add(
        self, encounter_id: str, audio: bytes, *, media_type: str, duration: float | None = None
    ) -> RecordingRecord:
        """Keep ``audio`` durably; the same bytes twice are one recording.

        Raises :class:`ConsentRequiredError` unless the patient's consent to recording stands.
        """
        row = self.scope.encounter(encounter_id, locked=True)
        key = self.scope.key(row, "capture")
        if not Consents(self.scope).permits(encounter_id, "recording"):
            raise ConsentRequiredError
        digest = sha256_hex(audio)
        known = self._by_hash(encounter_id, digest)
        if known is not None:
            self.scope.trace("read", "recording", known.id, row.id)
            return _recording(known)
        entry = rows.RecordingRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            media_type=media_type,
            size=len(audio),
            duration=duration,
            sha256=digest,
        )
        path = self._path(entry)
        self.scope.after_rollback.append(lambda: path.unlink(missing_ok=True))
        write_durably(path, seal(key, audio, place(entry, "audio")))
        self.scope.session.add(entry)
        advance(row, "recorded")
        self.scope.session.flush()
        self.scope.trace("create", "recording", entry.id, row.id)
        return _recording(entry)

    def list(self, encounter_id: str) -> tuple[RecordingRecord, ...]:
        """The recordings of a consultation, oldest first."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "recording", row.id, row.id)
        query = select(rows.RecordingRow).where(rows.RecordingRow.encounter_id == row.id)
        return tuple(_recording(entry) for entry in self.scope.session.scalars(query.order_by(rows.RecordingRow.id)))

    def get(self, recording_id: str) -> RecordingRecord:
        row = self._row(recording_id)
        self.scope.trace("read", "recording", row.id, row.encounter_id)
        return _recording(row)

    def audio(self, recording_id: str) -> bytes:
        """The audio as it came in.

        Raises :class:`CaptureKeyDestroyedError` after withdrawal, :class:`AudioMissingError` where the file
        is gone and ``UndecipherableError`` where it is damaged.
        """
        row = self._row(recording_id)
        self.scope.trace("read", "recording", row.id, row.encounter_id)
        key = self.scope.key(self.scope.encounter(row.encounter_id), "capture")
        path = self._path(row)
        if not path.is_file():
            raise AudioMissingError(recording_id=row.id)
        return unseal(key, path.read_bytes(), place(row, "audio"))

    def _row(self, recording_id: str) -> rows.RecordingRow:
        query = select(rows.RecordingRow).where(
            rows.RecordingRow.id == recording_id, self.scope.visible(rows.RecordingRow)
        )
        return self.scope.one(query, "recording", recording_id)

    def _by_hash(self, encounter_id: str, digest: str) -> rows.RecordingRow | None:
        query = select(rows.RecordingRow).where(
            rows.RecordingRow.encounter_id == encounter_id, rows.RecordingRow.sha256 == digest
        )
        return self.scope.session.scalars(query).one_or_none()

    def _path(self, row: rows.RecordingRow) -> Path:
        return self.scope.audio_dir / row.hospital_id / f"{row.id}.sealed"


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Versions of what was said."""

    scope: Scope

    def add(
        self, encounter_id: str, transcript: Transcript, *, expected_version: int, recording_id: str | None = None
    ) -> TranscriptRecord:
        """The next version; :class:`StaleVersionError` unless the latest is ``expected_version`` (0: none yet)."""
        row = self.scope.encounter(encounter_id, locked=True)
        found = self._latest_version(encounter_id)
        if found != expected_version:
            raise StaleVersionError(subject="transcript", expected=expected_version, found=found)
        entry = rows.TranscriptRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            version=found + 1,
            recording_id=recording_id,
        )
        seal_column(self.scope.key(row, "capture"), entry, "sealed_document", write_transcript(transcript))
        self.scope.session.add(entry)
        advance(row, "transcribed")
        self.scope.session.flush()
        self.scope.trace("create", "transcript", entry.id, row.id)
        return self._record(entry, transcript)

    def latest(self, encounter_id: str) -> TranscriptRecord | None:
        """The latest version, None where there is none yet."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "transcript", row.id, row.id)
        query = select(rows.TranscriptRow).where(rows.TranscriptRow.encounter_id == row.id)
        entry = self.scope.session.scalars(query.order_by(rows.TranscriptRow.version.desc()).limit(1)).one_or_none()
        return None if entry is None else self._open(row, entry)

    def get(self, transcript_id: str) -> TranscriptRecord:
        query = select(rows.TranscriptRow).where(
            rows.TranscriptRow.id == transcript_id, self.scope.visible(rows.TranscriptRow)
        )
        entry = self.scope.one(query, "transcript", transcript_id)
        self.scope.trace("read", "transcript", entry.id, entry.encounter_id)
        return self._open(self.scope.encounter(entry.encounter_id), entry)

    def first_of(self, recording_id: str) -> str | None:
        """The id of the first transcript made from a recording; None where there is none yet."""
        recording = self.scope.one(
            select(rows.RecordingRow).where(
                rows.RecordingRow.id == recording_id, self.scope.visible(rows.RecordingRow)
            ),
            "recording",
            recording_id,
        )
        self.scope.trace("list", "transcript", recording.id, recording.encounter_id)
        query = select(rows.TranscriptRow).where(rows.TranscriptRow.recording_id == recording.id)
        entry = self.scope.session.scalars(query.order_by(rows.TranscriptRow.version).limit(1)).one_or_none()
        return None if entry is None else entry.id

    def _latest_version(self, encounter_id: str) -> int:
        query = select(func.max(rows.TranscriptRow.version)).where(rows.TranscriptRow.encounter_id == encounter_id)
        return self.scope.session.scalars(query).one() or 0

    def _open(self, encounter: rows.EncounterRow, row: rows.TranscriptRow) -> TranscriptRecord:
        document = unseal_column(self.scope.key(encounter, "capture"), row, "sealed_document")
        return self._record(row, read_transcript(document, f"transcript {row.id}"))

    def _record(self, row: rows.TranscriptRow, transcript: Transcript) -> TranscriptRecord:
        return TranscriptRecord(
            id=row.id,
            encounter_id=row.encounter_id,
            version=row.version,
            recording_id=row.recording_id,
            created_at=row.created_at,
            transcript=transcript,
        )


@dataclass(frozen=True, slots=True)
class Drafts:
    """Versions of the draft: what the drafter wrote, then each saved edit."""

    scope: Scope

    def add(
        self,
        encounter_id: str,
        draft: Draft,
        *,
        expected_version: int,
        drafted_by: DraftedBy,
        transcript_id: str | None = None,
    ) -> DraftRecord:
        """The next version; :class:`StaleVersionError` unless the latest is ``expected_version`` (0: none yet).

        While a signed version is being amended it is a version of the amendment.
        """
        row = self.scope.encounter(encounter_id, locked=True)
        found = self._latest_version(encounter_id)
        if found != expected_version:
            raise StaleVersionError(subject="draft", expected=expected_version, found=found)
        amendment = open_amendment(self.scope, row.id)
        entry = rows.DraftRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            version=found + 1,
            transcript_id=transcript_id,
            drafted_by=drafted_by,
            amendment_id=amendment.id if amendment else None,
            open_items=open_count(draft, self.scope.settling),
        )
        seal_column(self._key(row, entry), entry, "sealed_document", write_draft(draft))
        self.scope.session.add(entry)
        if amendment is None:
            advance(row, "drafted")
        self.scope.session.flush()
        self.scope.trace("create", "draft", entry.id, row.id)
        return self._record(entry, draft)

    def latest(self, encounter_id: str) -> DraftRecord | None:
        """The latest version, None where there is none yet."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "draft", row.id, row.id)
        query = select(rows.DraftRow).where(rows.DraftRow.encounter_id == row.id)
        entry = self.scope.session.scalars(query.order_by(rows.DraftRow.version.desc()).limit(1)).one_or_none()
        return None if entry is None else self._open(row, entry)

    def as_drafted(self, encounter_id: str) -> DraftRecord | None:
        """The latest version that the drafter wrote, before any edit; None where there is none.

        While a signed version is being amended, the version that the amendment began with.
        """
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "draft", row.id, row.id)
        amendment = open_amendment(self.scope, row.id)
        first = rows.DraftRow.version == amendment.first_draft if amendment else rows.DraftRow.drafted_by == "drafter"
        query = select(rows.DraftRow).where(rows.DraftRow.encounter_id == row.id, first)
        entry = self.scope.session.scalars(query.order_by(rows.DraftRow.version.desc()).limit(1)).one_or_none()
        return None if entry is None else self._open(row, entry)

    def get(self, encounter_id: str, version: int) -> DraftRecord:
        """One version; while a signed version is being amended, only those of the amendment."""
        row = self.scope.encounter(encounter_id)
        amendment = open_amendment(self.scope, row.id)
        query = select(rows.DraftRow).where(rows.DraftRow.encounter_id == row.id, rows.DraftRow.version == version)
        if amendment is not None:
            query = query.where(rows.DraftRow.amendment_id == amendment.id)
        entry = self.scope.one(query, "draft", f"{row.id}/{version}")
        self.scope.trace("read", "draft", entry.id, row.id)
        return self._open(row, entry)

    def recent(self, encounter_id: str, *, most: int) -> tuple[DraftRecord, ...]:
        """The latest versions, the newest first; of a consultation under amendment those of this amendment."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "draft", row.id, row.id)
        query = select(rows.DraftRow).where(rows.DraftRow.encounter_id == row.id)
        found = self.scope.session.scalars(query.order_by(rows.DraftRow.version.desc()).limit(most)).all()
        return tuple(self._open(row, entry) for entry in found if entry.amendment_id == found[0].amendment_id)

    def authors(self, encounter_id: str) -> dict[str, str]:
        """Who saved a version, by its id, as the audit log has it; what the drafter wrote is not there."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "draft", "authors", row.id)
        query = (
            select(rows.AuditRow.subject_id, rows.AccountRow.display_name)
            .join(rows.AccountRow, rows.AccountRow.id == rows.AuditRow.owner_id)
            .where(rows.AuditRow.hospital_id == row.hospital_id, rows.AuditRow.encounter_id == row.id)
            .where(rows.AuditRow.action == "create", rows.AuditRow.subject == "draft")
        )
        return {row.subject_id: row.display_name for row in self.scope.session.execute(query)}

    def first_of(self, transcript_id: str) -> str | None:
        """The id of the first draft made from a transcript; None where there is none yet."""
        transcript = self.scope.one(
            select(rows.TranscriptRow).where(
                rows.TranscriptRow.id == transcript_id, self.scope.visible(rows.TranscriptRow)
            ),
            "transcript",
            transcript_id,
        )
        self.scope.trace("list", "draft", transcript.id, transcript.encounter_id)
        query = select(rows.DraftRow).where(rows.DraftRow.transcript_id == transcript.id)
        entry = self.scope.session.scalars(query.order_by(rows.DraftRow.version).limit(1)).one_or_none()
        return None if entry is None else entry.id

    def _latest_version(self, encounter_id: str) -> int:
        query = select(func.max(rows.DraftRow.version)).where(rows.DraftRow.encounter_id == encounter_id)
        return self.scope.session.scalars(query).one() or 0

    def _open(self, encounter: rows.EncounterRow, row: rows.DraftRow) -> DraftRecord:
        document = unseal_column(self._key(encounter, row), row, "sealed_document")
        return self._record(row, read_draft(document, f"draft {row.id}"))

    def _key(self, encounter: rows.EncounterRow, row: rows.DraftRow) -> bytes:
        return self.scope.key(encounter, "capture" if row.amendment_id is None else "record")

    def _record(self, row: rows.DraftRow, draft: Draft) -> DraftRecord:
        return DraftRecord(
            id=row.id,
            encounter_id=row.encounter_id,
            version=row.version,
            transcript_id=row.transcript_id,
            drafted_by=row.drafted_by,
            created_at=row.created_at,
            draft=draft,
        )


def _recording(row: rows.RecordingRow) -> RecordingRecord:
    return RecordingRecord(
        id=row.id,
        encounter_id=row.encounter_id,
        media_type=row.media_type,
        size=row.size,
        duration=row.duration,
        sha256=row.sha256,
        created_at=row.created_at,
    )


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that is whole after a power cut, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    with open(partial, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
