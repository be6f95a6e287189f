"""The audit log's rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scribe.audit import GENESIS, AuditRecord
from scribe.store import models as rows
from scribe.store.records import Actor
from scribe.store.scope import Clock, NewId, Scope, Trace


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit log of the actor's hospital."""

    scope: Scope

    def all(self) -> Iterator[AuditRecord]:
        """The whole chain from its first record, read in portions."""
        self.scope.require("read the audit log", "admin", "service")
        self.scope.trace("read", "audit", "all")
        query = select(rows.AuditRow).where(rows.AuditRow.hospital_id == self.scope.actor.hospital_id)
        for row in self.scope.session.scalars(query.order_by(rows.AuditRow.sequence).execution_options(yield_per=500)):
            yield record_of(row)

    def of_encounter(self, encounter_id: str) -> tuple[AuditRecord, ...]:
        """Who touched a consultation, oldest first: for administrators and the physician who owns it."""
        if self.scope.actor.role == "physician":
            self.scope.encounter(encounter_id)
        self.scope.trace("read", "audit", encounter_id, encounter_id)
        query = select(rows.AuditRow).where(
            rows.AuditRow.hospital_id == self.scope.actor.hospital_id, rows.AuditRow.encounter_id == encounter_id
        )
        return tuple(record_of(row) for row in self.scope.session.scalars(query.order_by(rows.AuditRow.sequence)))


def append(session: Session, actor: Actor, traces: Sequence[Trace], clock: Clock, new_id: NewId) -> None:
    """Chain ``traces`` to the hospital's log; the hospital's row is locked until the transaction ends.

    The lock lets others insert rows that refer to the hospital meanwhile (FOR NO KEY UPDATE): two transactions that
    both have done so would otherwise wait for each other.
    """
    if not traces:
        return
    session.scalars(
        select(rows.HospitalRow.id).where(rows.HospitalRow.id == actor.hospital_id).with_for_update(key_share=True)
    ).one()
    last = session.scalars(
        select(rows.AuditRow)
        .where(rows.AuditRow.hospital_id == actor.hospital_id)
        .order_by(rows.AuditRow.sequence.desc())
        .limit(1)
    ).one_or_none()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    links = []
    for trace in traces:
        sequence += 1
        unhashed = AuditRecord(
            hospital_id=actor.hospital_id,
            sequence=sequence,
            at=clock(),
            account_id=actor.account_id,
            role=actor.role,
            action=trace.action,
            subject=trace.subject,
            subject_id=trace.subject_id,
            encounter_id=trace.encounter_id,
            previous_hash=previous,
            hash="",
        )
        previous = unhashed.expected_hash()
        links.append(_columns(unhashed, previous, new_id()))
    session.execute(insert(rows.AuditRow), links)


def _columns(record: AuditRecord, digest: str, row_id: str) -> dict[str, object]:
    return {
        "id": row_id,
        "created_at": record.at,
        "hospital_id": record.hospital_id,
        "owner_id": record.account_id,
        "sequence": record.sequence,
        "role": record.role,
        "action": record.action,
        "subject": record.subject,
        "subject_id": record.subject_id,
        "encounter_id": record.encounter_id,
        "previous_hash": record.previous_hash,
        "hash": digest,
    }


def record_of(row: rows.AuditRow) -> AuditRecord:
    return AuditRecord(
        hospital_id=row.hospital_id,
        sequence=row.sequence,
        at=row.created_at,
        account_id=row.owner_id,
        role=row.role,
        action=row.action,
        subject=row.subject,
        subject_id=row.subject_id,
        encounter_id=row.encounter_id,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
