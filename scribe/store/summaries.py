"""What patients are handed of a signed version: approvals, and what is kept off the sheet."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from scribe.crypto import sha256_hex
from scribe.store import models as rows
from scribe.store.errors import NotFoundError, RetractedNoteError, StaleVersionError
from scribe.store.handout_rows import SummaryApprovalRow, SummaryWithholdingRow
from scribe.store.records import NoteRecord, SummaryApproval
from scribe.store.revision_rows import RetractionRow
from scribe.store.scope import Scope, seal_column, unseal_column

_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Summaries:
    """Sheets approved for patients, under the record key; patient services see those of the hospital.

    Nothing here is ever removed: an approval is withdrawn, or another takes its place.
    """

    scope: Scope

    def approve(self, note: NoteRecord, language: str, document: bytes, approver: str) -> SummaryApproval:
        """Keep ``document`` as what may be handed out of ``note`` in ``language``.

        Raises :class:`StaleVersionError` where a later version is signed, :class:`RetractedNoteError` where it was
        taken back.
        """
        self.scope.permit("approve_summaries")
        encounter = self.scope.encounter(note.encounter_id, locked=True)
        if self._is_retracted(encounter.id):
            raise RetractedNoteError
        latest = self._latest_version(encounter.id)
        if note.note.version != latest:
            raise StaleVersionError(subject="patient summary", expected=note.note.version, found=latest)
        row = SummaryApprovalRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            note_id=note.note.note_id,
            version=note.note.version,
            language=language,
            approved_by=self.scope.actor.account_id,
            approver_name=approver,
            sha256=sha256_hex(document),
        )
        seal_column(self.scope.key(encounter, "record"), row, "sealed_document", document)
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("approve", "patient_summary", row.id, row.encounter_id)
        return _approval(row, document)

    def standing(self, encounter_id: str) -> tuple[SummaryApproval, ...]:
        """What may be handed out now: the latest approval of each language that was not withdrawn, Korean first.

        Nothing where the note was retracted.
        """
        found = self._rows(encounter_id)
        if self._is_retracted(encounter_id):
            return ()
        latest = {row.language: row for row in found}
        standing = [row for row in latest.values() if row.withdrawn_at is None]
        return tuple(self._open(row) for row in sorted(standing, key=lambda row: row.language != "ko"))

    def history(self, encounter_id: str) -> tuple[SummaryApproval, ...]:
        """Every approval of a consultation, the newest first."""
        return tuple(self._open(row) for row in reversed(self._rows(encounter_id)))

    def recent(self, since: datetime) -> tuple[SummaryApproval, ...]:
        """The standing approvals given since then, the newest first, no more than 200."""
        self.scope.permit("share_summaries")
        self.scope.trace("list", "patient_summary", "recent")
        newest = (
            select(func.max(SummaryApprovalRow.id))
            .where(self.scope.visible(SummaryApprovalRow))
            .group_by(SummaryApprovalRow.encounter_id, SummaryApprovalRow.language)
        )
        query = select(SummaryApprovalRow).where(
            SummaryApprovalRow.id.in_(newest),
            SummaryApprovalRow.created_at >= since,
            SummaryApprovalRow.withdrawn_at.is_(None),
            SummaryApprovalRow.encounter_id.not_in(select(RetractionRow.encounter_id)),
        )
        found = self.scope.session.scalars(query.order_by(SummaryApprovalRow.id.desc()).limit(_MOST_LISTED))
        return tuple(self._open(row) for row in found)

    def withdraw(self, encounter_id: str) -> int:
        """From now on nothing of the consultation may be handed out; the number of approvals that this ended."""
        self.scope.permit("approve_summaries")
        ended = [row for row in self._rows(encounter_id) if row.withdrawn_at is None]
        for row in ended:
            row.withdrawn_at = self.scope.clock()
            row.withdrawn_by = self.scope.actor.account_id
            self.scope.trace("withdraw", "patient_summary", row.id, row.encounter_id)
        return len(ended)

    def withhold(self, note: NoteRecord, parts: Iterable[str]) -> None:
        """From now on ``parts`` (ids of statements, "section:…", "medicine:…") are kept off the sheets of ``note``."""
        self.scope.permit("approve_summaries")
        encounter = self.scope.encounter(note.encounter_id)
        row = SummaryWithholdingRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            note_id=note.note.note_id,
            version=note.note.version,
        )
        document = json.dumps(sorted(set(parts))).encode()
        seal_column(self.scope.key(encounter, "record"), row, "sealed_parts", document)
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("withhold", "patient_summary", row.id, row.encounter_id)

    def withheld(self, encounter_id: str, version: int) -> frozenset[str] | None:
        """What is kept off the sheets of that version; None where nobody has chosen yet."""
        self.scope.permit("approve_summaries")
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("read", "patient_summary", encounter.id, encounter.id)
        query = select(SummaryWithholdingRow).where(
            SummaryWithholdingRow.encounter_id == encounter.id, SummaryWithholdingRow.version == version
        )
        row = self.scope.session.scalars(query.order_by(SummaryWithholdingRow.id.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        return frozenset(json.loads(unseal_column(self.scope.key(encounter, "record"), row, "sealed_parts")))

    def _rows(self, encounter_id: str) -> list[SummaryApprovalRow]:
        """The approvals of a consultation that the actor may see, oldest first; refused where it is not theirs."""
        self.scope.permit("share_summaries")
        query: Select[SummaryApprovalRow] = select(SummaryApprovalRow).where(
            SummaryApprovalRow.encounter_id == encounter_id, self.scope.visible(SummaryApprovalRow)
        )
        found = list(self.scope.session.scalars(query.order_by(SummaryApprovalRow.id)))
        if not found:
            self.scope.encounter(encounter_id)
        self.scope.trace("read", "patient_summary", encounter_id, encounter_id)
        return found

    def _is_retracted(self, encounter_id: str) -> bool:
        query = select(RetractionRow.id).where(RetractionRow.encounter_id == encounter_id)
        return self.scope.session.scalars(query).first() is not None

    def _latest_version(self, encounter_id: str) -> int:
        query = select(func.max(rows.SignedNoteRow.version)).where(rows.SignedNoteRow.encounter_id == encounter_id)
        latest = self.scope.session.scalars(query).one()
        if latest is None:
            raise NotFoundError(subject="signed note")
        return int(latest)

    def _open(self, row: SummaryApprovalRow) -> SummaryApproval:
        encounter = self.scope.session.get_one(rows.EncounterRow, row.encounter_id)
        return _approval(row, unseal_column(self.scope.key(encounter, "record"), row, "sealed_document"))


def _approval(row: SummaryApprovalRow, document: bytes) -> SummaryApproval:
    return SummaryApproval(
        id=row.id,
        encounter_id=row.encounter_id,
        note_id=row.note_id,
        version=row.version,
        language=row.language,
        approved_by=row.approved_by,
        approver=row.approver_name,
        approved_at=row.created_at,
        sha256=row.sha256,
        document=document,
        withdrawn_at=row.withdrawn_at,
    )
