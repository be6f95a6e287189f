"""Consents, and what their withdrawal destroys."""

from dataclasses import dataclass

from sqlalchemy import select

from scribe.domain.consent import Consent, ConsentPurpose
from scribe.store import models as rows
from scribe.store.database import scrub
from scribe.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Consents:
    """What the patient agreed to, in the order of the decisions."""

    scope: Scope

    def add(self, encounter_id: str, consent: Consent) -> None:
        """Record a decision.

        Withdrawal of the consent to recording destroys the capture key in the same transaction: audio,
        transcripts and drafts are unreadable from then on, the signed note stays.
        """
        row = self.scope.encounter(encounter_id, locked=True)
        entry = rows.ConsentRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            purpose=consent.purpose,
            state=consent.state,
            decided_at=consent.decided_at,
            decided_by=consent.decided_by,
        )
        self.scope.session.add(entry)
        self.scope.session.flush()
        self.scope.trace("create", "consent", entry.id, row.id)
        if consent.purpose == "recording" and consent.state == "withdrawn":
            self._destroy_capture_key(row)

    def list(self, encounter_id: str) -> tuple[Consent, ...]:
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "consent", row.id, row.id)
        query = select(rows.ConsentRow).where(rows.ConsentRow.encounter_id == row.id).order_by(rows.ConsentRow.id)
        return tuple(
            Consent(
                purpose=entry.purpose,
                state=entry.state,
                decided_at=entry.decided_at,
                decided_by=entry.decided_by,
            )
            for entry in self.scope.session.scalars(query)
        )

    def permits(self, encounter_id: str, purpose: ConsentPurpose) -> bool:
        """Whether the latest decision on ``purpose`` is consent."""
        decision = self.latest(encounter_id, purpose)
        return decision is not None and decision.permits

    def latest(self, encounter_id: str, purpose: ConsentPurpose) -> Consent | None:
        """The decision on ``purpose`` that holds, None where nobody was asked yet."""
        return next((one for one in reversed(self.list(encounter_id)) if one.purpose == purpose), None)

    def _destroy_capture_key(self, row: rows.EncounterRow) -> None:
        key = self.scope.key_row(row.id, "capture")
        if key.destroyed_at is not None:
            return
        key.wrapped_key = None
        key.destroyed_at = self.scope.clock()
        self.scope.forget_key(row.id, "capture")
        self.scope.session.flush()
        self.scope.trace("destroy", "encounter_key", key.id, row.id)
        engine = self.scope.session.get_bind().engine
        self.scope.after_commit.append(lambda: scrub(engine))
