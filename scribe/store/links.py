"""The addresses under which patients open the summary of a signed version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from scribe.store import models as rows
from scribe.store.records import NoteRecord, PatientLinkRecord
from scribe.store.scope import Scope


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Links to patient summaries: made by the physician who signed, looked up by the service alone."""

    scope: Scope

    def add(self, note: NoteRecord, token_hash: str, expires_at: datetime) -> PatientLinkRecord:
        """A link to the summary in ``note`` that opens until ``expires_at``."""
        encounter = self.scope.encounter(note.encounter_id)
        row = rows.PatientLinkRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            note_id=note.note.note_id,
            version=note.note.version,
            token_hash=token_hash,
            expires_at=expires_at,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "patient_link", row.id, row.encounter_id)
        return _link(row)

    def list(self, encounter_id: str) -> tuple[PatientLinkRecord, ...]:
        """The links of a consultation, oldest first."""
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("list", "patient_link", encounter.id, encounter.id)
        query = select(rows.PatientLinkRow).where(rows.PatientLinkRow.encounter_id == encounter.id)
        return tuple(_link(row) for row in self.scope.session.scalars(query.order_by(rows.PatientLinkRow.id)))

    def revoke(self, link_id: str) -> None:
        """From now on the link opens nothing."""
        query = select(rows.PatientLinkRow).where(
            rows.PatientLinkRow.id == link_id, self.scope.visible(rows.PatientLinkRow)
        )
        row = self.scope.one(query, "patient link", link_id)
        if row.revoked_at is None:
            row.revoked_at = self.scope.clock()
            self.scope.trace("update", "patient_link", row.id, row.encounter_id)

    def open(self, token_hash: str) -> PatientLinkRecord | None:
        """The link of that token, its opening audited; None where it never was, has expired or was revoked."""
        self.scope.require("open patient links", "service")
        row = self.scope.session.scalars(
            select(rows.PatientLinkRow).where(
                rows.PatientLinkRow.token_hash == token_hash, self.scope.visible(rows.PatientLinkRow)
            )
        ).one_or_none()
        if row is None:
            return None
        if row.revoked_at is not None or row.expires_at <= self.scope.clock():
            self.scope.trace("refused", "patient_link", row.id, row.encounter_id)
            return None
        self.scope.trace("read", "patient_link", row.id, row.encounter_id)
        return _link(row)


def _link(row: rows.PatientLinkRow) -> PatientLinkRecord:
    return PatientLinkRecord(
        id=row.id,
        encounter_id=row.encounter_id,
        note_id=row.note_id,
        version=row.version,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
