"""The versions of a consultation's transcript: who made each, when, and what was drafted beside it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from scribe.store import models as rows
from scribe.store.captures import Drafts, Transcripts
from scribe.store.records import DraftRecord, TranscriptRecord
from scribe.store.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptVersion:
    """One version; ``made_by`` is the name of who changed it, None where a machine wrote it."""

    id: str
    version: int
    created_at: datetime
    made_by: str | None


@dataclass(frozen=True, slots=True)
class TranscriptVersions:
    """The versions that the actor may see."""

    scope: Scope

    def list(self, encounter_id: str) -> tuple[TranscriptVersion, ...]:
        """Every version, the latest first; who made it is what the audit log says."""
        self.scope.permit("read_captures")
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "transcript", row.id, row.id)
        query = (
            select(
                rows.TranscriptRow.id,
                rows.TranscriptRow.version,
                rows.TranscriptRow.created_at,
                rows.AccountRow.display_name,
            )
            .outerjoin(
                rows.AuditRow,
                (rows.AuditRow.hospital_id == row.hospital_id)
                & (rows.AuditRow.encounter_id == row.id)
                & (rows.AuditRow.subject == "transcript")
                & (rows.AuditRow.action == "create")
                & (rows.AuditRow.subject_id == rows.TranscriptRow.id),
            )
            .outerjoin(rows.AccountRow, rows.AccountRow.id == rows.AuditRow.owner_id)
            .where(rows.TranscriptRow.encounter_id == row.id)
            .order_by(rows.TranscriptRow.version.desc())
        )
        return tuple(
            TranscriptVersion(id=name, version=version, created_at=created_at, made_by=made_by)
            for name, version, created_at, made_by in self.scope.session.execute(query)
        )

    def get(self, encounter_id: str, version: int) -> TranscriptRecord:
        """The transcript as it was at ``version``."""
        self.scope.permit("read_captures")
        row = self.scope.encounter(encounter_id)
        query = select(rows.TranscriptRow.id).where(
            rows.TranscriptRow.encounter_id == row.id, rows.TranscriptRow.version == version
        )
        found = self.scope.session.scalars(query).one_or_none()
        if found is None:
            self.scope.refuse("transcript", f"{row.id}/{version}")
        return Transcripts(self.scope).get(found)

    def drafts_beside(self, transcript: TranscriptRecord) -> tuple[DraftRecord, DraftRecord] | None:
        """The last draft that rested on this version, and that draft as the drafter wrote it; None where none did."""
        drafts = Drafts(self.scope)
        row = self.scope.encounter(transcript.encounter_id)
        query = (
            select(rows.DraftRow.version, rows.DraftRow.drafted_by)
            .where(rows.DraftRow.encounter_id == row.id, rows.DraftRow.transcript_id == transcript.id)
            .order_by(rows.DraftRow.version.desc())
        )
        found = self.scope.session.execute(query).all()
        written = [version for version, drafted_by in found if drafted_by == "drafter"]
        if not written:
            return None
        return drafts.get(row.id, found[0][0]), drafts.get(row.id, written[0])


@dataclass(frozen=True, slots=True)
class Listening:
    """Whether there is anything to listen to."""

    scope: Scope

    def audio_is_kept(self, recording_id: str) -> bool:
        """Whether the audio of a recording is still on disk."""
        self.scope.permit("read_captures")
        query = select(rows.RecordingRow).where(
            rows.RecordingRow.id == recording_id, self.scope.visible(rows.RecordingRow)
        )
        row = self.scope.one(query, "recording", recording_id)
        self.scope.trace("list", "recording", row.id, row.encounter_id)
        return _audio_file(self.scope.audio_dir, row).is_file()

    def is_on_its_way(self, encounter_id: str) -> bool:
        """Whether a device has announced a recording of the consultation that is not here yet."""
        self.scope.permit("read_captures")
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "upload", row.id, row.id)
        query = select(rows.UploadRow.id).where(
            rows.UploadRow.encounter_id == row.id, rows.UploadRow.finished_at.is_(None)
        )
        return self.scope.session.scalars(query.limit(1)).first() is not None


def _audio_file(folder: Path, row: rows.RecordingRow) -> Path:
    return folder / row.hospital_id / f"{row.id}.sealed"
