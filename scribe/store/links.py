"""The addresses under which patients open their approved summary."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from scribe.store import models as rows
from scribe.store.records import PatientLinkRecord, SummaryApproval
from scribe.store.scope import Scope, seal_column, unseal_column

MOST_FAILURES = 5
"""After so many wrong answers in a row an address closes itself."""


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Addresses of approved summaries: made by who hands them out, looked up by the service alone."""

    scope: Scope

    def add(
        self, approval: SummaryApproval, token_hash: str, expires_at: datetime, *, code: str | None = None
    ) -> PatientLinkRecord:
        """An address that opens until ``expires_at``: to who knows the birth date, or ``code`` where one is given."""
        self.scope.permit("share_summaries")
        encounter = self.scope.encounter(approval.encounter_id)
        row = rows.PatientLinkRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            note_id=approval.note_id,
            version=approval.version,
            token_hash=token_hash,
            language=approval.language,
            expires_at=expires_at,
            failures=0,
            openings=0,
        )
        if code is not None:
            seal_column(self.scope.key(encounter, "record"), row, "sealed_code", code.encode())
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "patient_link", row.id, row.encounter_id)
        return self._link(row)

    def list(self, encounter_id: str) -> tuple[PatientLinkRecord, ...]:
        """The addresses of a consultation, oldest first."""
        self.scope.permit("share_summaries")
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("list", "patient_link", encounter.id, encounter.id)
        query = select(rows.PatientLinkRow).where(rows.PatientLinkRow.encounter_id == encounter.id)
        return tuple(self._link(row) for row in self.scope.session.scalars(query.order_by(rows.PatientLinkRow.id)))

    def of_token(self, encounter_id: str, token_hash: str) -> PatientLinkRecord | None:
        """The consultation's address of that token; None where it has none such."""
        self.scope.permit("share_summaries")
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("find", "patient_link", encounter.id, encounter.id)
        query = select(rows.PatientLinkRow).where(
            rows.PatientLinkRow.encounter_id == encounter.id, rows.PatientLinkRow.token_hash == token_hash
        )
        row = self.scope.session.scalars(query).one_or_none()
        return None if row is None else self._link(row)

    def revoke(self, link_id: str) -> None:
        """From now on the address opens nothing."""
        self.scope.permit("share_summaries")
        query = select(rows.PatientLinkRow).where(
            rows.PatientLinkRow.id == link_id, self.scope.visible(rows.PatientLinkRow)
        )
        row = self.scope.one(query, "patient link", link_id)
        if row.revoked_at is None:
            row.revoked_at = self.scope.clock()
            self.scope.trace("update", "patient_link", row.id, row.encounter_id)

    def find(self, token_hash: str) -> PatientLinkRecord | None:
        """The address of that token in whatever state; None where there never was one."""
        self.scope.require("look up patient links", "service")
        query = select(rows.PatientLinkRow).where(
            rows.PatientLinkRow.token_hash == token_hash, self.scope.visible(rows.PatientLinkRow)
        )
        row = self.scope.session.scalars(query).one_or_none()
        if row is None:
            return None
        self.scope.trace("find", "patient_link", row.id, row.encounter_id)
        return self._link(row)

    def attempt(self, link_id: str) -> PatientLinkRecord:
        """The address as it stands now, kept from everybody else's attempts until the transaction ends."""
        row = self._locked(link_id)
        self.scope.trace("find", "patient_link", row.id, row.encounter_id)
        return self._link(row)

    def open(self, link_id: str) -> None:
        """Count and audit an opening by somebody who gave the right answer."""
        row = self._locked(link_id)
        row.openings += 1
        row.failures = 0
        row.opened_at = self.scope.clock()
        self.scope.trace("read", "patient_link", row.id, row.encounter_id)

    def read(self, link_id: str) -> None:
        """Audit that somebody who had opened it reads on."""
        row = self._locked(link_id)
        self.scope.trace("read", "patient_link", row.id, row.encounter_id)

    def fail(self, link_id: str) -> PatientLinkRecord:
        """Count and audit a wrong answer; the last one that is allowed closes the address."""
        row = self._locked(link_id)
        row.failures += 1
        if row.failures >= MOST_FAILURES and row.locked_at is None:
            row.locked_at = self.scope.clock()
        self.scope.trace("refused", "patient_link", row.id, row.encounter_id)
        return self._link(row)

    def refuse(self, link_id: str) -> None:
        """Audit that an address was tried that no longer opens anything."""
        row = self._locked(link_id)
        self.scope.trace("refused", "patient_link", row.id, row.encounter_id)

    def _locked(self, link_id: str) -> rows.PatientLinkRow:
        """The row, kept from other transactions: attempts made at the same time are all counted."""
        self.scope.require("open patient links", "service")
        query = select(rows.PatientLinkRow).where(
            rows.PatientLinkRow.id == link_id, self.scope.visible(rows.PatientLinkRow)
        )
        return self.scope.one(
            query.with_for_update().execution_options(populate_existing=True), "patient link", link_id
        )

    def _link(self, row: rows.PatientLinkRow) -> PatientLinkRecord:
        code = None
        if row.sealed_code is not None:
            encounter = self.scope.session.get_one(rows.EncounterRow, row.encounter_id)
            code = unseal_column(self.scope.key(encounter, "record"), row, "sealed_code").decode()
        return PatientLinkRecord(
            id=row.id,
            encounter_id=row.encounter_id,
            note_id=row.note_id,
            version=row.version,
            language=row.language,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            code=code,
            failures=row.failures,
            locked_at=row.locked_at,
            openings=row.openings,
            opened_at=row.opened_at,
        )
