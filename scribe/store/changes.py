"""What changed since, for those who watch: ids, states and versions, nothing of a patient; therefore not audited.

The audit log is the marker of change: whatever anybody does in any process leaves a record there, in the order of the
commits of its hospital.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scribe.domain.consent import ConsentState
from scribe.store import Store
from scribe.store import models as rows
from scribe.store.database import READS_ONLY
from scribe.store.desk_rows import RewritingRow
from scribe.store.encounters import standings
from scribe.store.records import Actor, DeliveryState, Problem, Stage
from scribe.store.rewritings import RewritingRecord, record_of
from scribe.store.scope import Scope

_READS = ("read", "list", "watch", "refused", "use")
MOST_CHANGES = 2000
"""Audit records looked back over at a time; who missed more is told to look at everything anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a consultation has come: the fields of an encounter record that say nothing of the patient.

    ``recording_seen_at``: when a device last said that it is recording the consultation.
    """

    id: str
    stage: Stage
    problem: Problem | None
    recording_seen_at: datetime | None
    capture_destroyed: bool
    consent: ConsentState | None
    transcript_version: int | None
    draft_version: int | None
    note_version: int | None
    delivery: DeliveryState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What happened up to the record ``sequence``; ``missed`` where it was too much to be told one by one."""

    sequence: int
    encounters: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes in all hospitals of an installation, whichever process made them."""

    store: Store

    def latest(self, hospital_id: str) -> int:
        """The number of the hospital's last audit record, 0 where there is none."""
        query = select(func.max(rows.AuditRow.sequence)).where(rows.AuditRow.hospital_id == hospital_id)
        with self._reading() as session:
            return session.scalars(query).one() or 0

    def since(self, hospital_id: str, sequence: int) -> Changed:
        """The consultations written to, and the kinds of rows written, after the record ``sequence``."""
        latest = self.latest(hospital_id)
        if latest - sequence > MOST_CHANGES or latest < sequence:
            return Changed(sequence=latest, missed=True)
        query = (
            select(rows.AuditRow.encounter_id, rows.AuditRow.subject)
            .where(rows.AuditRow.hospital_id == hospital_id, rows.AuditRow.action.not_in(_READS))
            .where(rows.AuditRow.sequence > sequence, rows.AuditRow.sequence <= latest)
            .distinct()
        )
        with self._reading() as session:
            found = session.execute(query).all()
        return Changed(
            sequence=latest,
            encounters=frozenset(encounter_id for encounter_id, _ in found if encounter_id is not None),
            subjects=frozenset(subject for _, subject in found),
        )

    def standings(self, actor: Actor, encounter_ids: Collection[str]) -> tuple[Standing, ...]:
        """How far those of the consultations have come that the actor may see."""
        if not encounter_ids:
            return ()
        with self._reading() as session:
            query = standings(self._scope(actor, session)).where(rows.EncounterRow.id.in_(encounter_ids))
            return tuple(
                Standing(**{**row._mapping, "capture_destroyed": bool(row.capture_destroyed)})
                for row in session.execute(query)
            )

    def rewriting(self, actor: Actor, rewriting_id: str) -> RewritingRecord | None:
        """How far a rewriting is, None where there is none that the actor may see."""
        with self._reading() as session:
            query = select(RewritingRow).where(
                RewritingRow.id == rewriting_id, self._scope(actor, session).visible(RewritingRow)
            )
            row = session.scalars(query).one_or_none()
            return None if row is None else record_of(row)

    def _scope(self, actor: Actor, session: Session) -> Scope:
        store = self.store
        return Scope(actor, session, store.wrapper, store.clock, store.new_id, store.audio_dir)

    def _reading(self) -> Session:
        return Session(self.store.engine.execution_options(**{READS_ONLY: True}))
