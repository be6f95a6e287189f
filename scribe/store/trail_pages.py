"""The audit log page by page, for the hospital's IT: who did what and when, and whether the log is unbroken."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from scribe.audit import GENESIS, AuditChainError, AuditRecord, verify_chain
from scribe.domain.encounter import Identifier
from scribe.store import Store
from scribe.store import models as rows
from scribe.store.database import READS_ONLY
from scribe.store.records import Actor
from scribe.store.scope import Scope
from scribe.store.trail import record_of

MOST_DAYS = 31
"""Days of the log that a page looks through; a patient's consultations are found whenever they were."""
MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuery:
    """What is asked of the log, the newest first.

    ``start`` to ``end`` is cut to the last :data:`MOST_DAYS` days; with a ``patient`` it counts for nothing.  ``role``
    ``"people"`` leaves the program's own acts out, ``"program"`` those of people; empty ``actions`` and ``subjects``
    are all of them.  ``before`` is the number of a record that is known already.
    """

    start: datetime
    end: datetime
    account_id: str = ""
    role: str = ""
    actions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    patient: Identifier | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """A record with the name of who acted (empty: the program) and of whom it was about, where that is an account.

    ``intact``: the record's hash is that of its content.
    """

    record: AuditRecord
    name: str
    about: str
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailCheck:
    """When the whole log was last verified: ``records`` of them, or the number at which it is ``broken``."""

    at: datetime
    records: int
    head: str
    broken: int | None


@dataclass(frozen=True, slots=True)
class TrailPages:
    """Pages of the audit log of the actor's hospital; every page that is read is audited itself."""

    scope: Scope

    def page(self, asked: TrailQuery, most: int) -> tuple[TrailLine, ...]:
        """At most ``most`` records, the newest first: ids, names of accounts and times, nothing of a patient."""
        self.scope.permit("read_audit")
        patient_id = self._patient(asked.patient) if asked.patient is not None else None
        query = self._of_patient(patient_id or "") if asked.patient is not None else self._of_days(asked)
        query = query.where(*_conditions(asked)).limit(min(most, MOST_LINES))
        self.scope.trace("list", "audit", _told(asked, patient_id))
        return self._lines([record_of(row) for row in self.scope.session.scalars(query)])

    def last_check(self) -> TrailCheck | None:
        """How the last verification of the whole log ended; None where there was none."""
        self.scope.permit("read_audit")
        query = (
            select(rows.AuditRow)
            .where(self._ours(), rows.AuditRow.action == "verify")
            .order_by(rows.AuditRow.sequence.desc())
            .limit(1)
        )
        row = self.scope.session.scalars(query).one_or_none()
        return None if row is None else _check(row)

    def _ours(self) -> ColumnElement[bool]:
        ours: ColumnElement[bool] = rows.AuditRow.hospital_id == self.scope.actor.hospital_id
        return ours

    def _of_days(self, asked: TrailQuery) -> Select[rows.AuditRow]:
        start = max(asked.start, asked.end - timedelta(days=MOST_DAYS))
        query = select(rows.AuditRow).where(
            self._ours(), rows.AuditRow.created_at >= start, rows.AuditRow.created_at < asked.end
        )
        if asked.before is not None:
            query = query.where(tuple_(rows.AuditRow.created_at, rows.AuditRow.sequence) < self._place(asked.before))
        return query.order_by(rows.AuditRow.created_at.desc(), rows.AuditRow.sequence.desc())

    def _place(self, sequence: int) -> tuple[datetime, int]:
        query = select(rows.AuditRow.created_at).where(self._ours(), rows.AuditRow.sequence == sequence)
        found = self.scope.session.scalars(query).one_or_none()
        if found is None:
            self.scope.refuse("audit record", str(sequence))
        return found, sequence

    def _of_patient(self, patient_id: str) -> Select[rows.AuditRow]:
        """Asked for by expressions: no database is to look for these few by walking through the hospital's log."""
        visits = select(rows.EncounterRow.id).where(rows.EncounterRow.patient_id == patient_id)
        query = select(rows.AuditRow).where(
            rows.AuditRow.encounter_id.in_(visits), rows.AuditRow.hospital_id + "" == self.scope.actor.hospital_id
        )
        return query.order_by((rows.AuditRow.sequence + 0).desc())

    def _patient(self, number: Identifier) -> str | None:
        query = select(rows.PatientRow.id).where(
            rows.PatientRow.hospital_id == self.scope.actor.hospital_id,
            rows.PatientRow.identifier_index == self.scope.index("patient", number),
        )
        return self.scope.session.scalars(query).one_or_none()

    def _lines(self, records: list[AuditRecord]) -> tuple[TrailLine, ...]:
        told = {record.subject_id: record.subject_id for record in records if record.subject in {"account", "session"}}
        about = {**told, **self._owners(told)}
        names = self._names({*about.values(), *(record.account_id for record in records)})
        return tuple(
            TrailLine(
                record=record,
                name=names.get(record.account_id, ""),
                about=names.get(about.get(record.subject_id, ""), ""),
                intact=record.hash == record.expected_hash(),
            )
            for record in records
        )

    def _owners(self, session_ids: Iterable[str]) -> dict[str, str]:
        query = select(rows.SessionRow.id, rows.SessionRow.owner_id).where(
            rows.SessionRow.hospital_id == self.scope.actor.hospital_id, rows.SessionRow.id.in_(set(session_ids))
        )
        return {session_id: owner or "" for session_id, owner in self.scope.session.execute(query)}

    def _names(self, account_ids: set[str]) -> dict[str, str]:
        query = select(rows.AccountRow.id, rows.AccountRow.display_name).where(
            rows.AccountRow.hospital_id == self.scope.actor.hospital_id, rows.AccountRow.id.in_(account_ids)
        )
        return {row.id: row.display_name for row in self.scope.session.execute(query)}


@dataclass(slots=True)
class _Counted:
    """Records as they pass, and the hash of the last."""

    records: Iterable[AuditRecord]
    count: int = 0
    head: str = field(default=GENESIS)

    def __iter__(self) -> Iterator[AuditRecord]:
        for record in self.records:
            self.count, self.head = self.count + 1, record.hash
            yield record


def whole_trail(store: Store, actor: Actor) -> Generator[AuditRecord, None, None]:
    """Every record of the actor's hospital in order, as it stands now, without keeping anybody from writing."""
    with store.begin(actor) as work:
        work.scope.permit("read_audit")
        work.scope.trace("read", "audit", "all")
    query = select(rows.AuditRow).where(rows.AuditRow.hospital_id == actor.hospital_id)
    query = query.order_by(rows.AuditRow.sequence).execution_options(yield_per=500)
    with (
        Session(store.engine.execution_options(**{READS_ONLY: True})) as session,
        closing(session.scalars(query)) as found,
    ):
        for row in found:
            yield record_of(row)


def check_trail(store: Store, actor: Actor) -> TrailCheck:
    """Verify every link now; how it ended is written to the log itself, for :meth:`TrailPages.last_check`."""
    broken = None
    with closing(whole_trail(store, actor)) as records:
        passing = _Counted(records)
        try:
            verify_chain(passing, hospital_id=actor.hospital_id)
        except AuditChainError:
            broken = passing.count
    outcome = f"intact {passing.count} {passing.head}" if broken is None else f"broken {broken} {passing.head}"
    with store.begin(actor) as work:
        work.scope.trace("verify", "audit", outcome)
    return TrailCheck(at=store.clock(), records=passing.count, head=passing.head, broken=broken)


def _check(row: rows.AuditRow) -> TrailCheck:
    outcome, records, head = row.subject_id.split(" ")
    broken = int(records) if outcome == "broken" else None
    return TrailCheck(at=row.created_at, records=int(records), head=head, broken=broken)


def _conditions(asked: TrailQuery) -> Iterator[ColumnElement[bool]]:
    if asked.account_id:
        yield rows.AuditRow.owner_id == asked.account_id
    if asked.role:
        program = asked.role == "program"
        yield rows.AuditRow.role == "service" if program else rows.AuditRow.role != "service"
    if asked.actions:
        yield rows.AuditRow.action.in_(asked.actions)
    if asked.subjects:
        yield rows.AuditRow.subject.in_(asked.subjects)


def _told(asked: TrailQuery, patient_id: str | None) -> str:
    """What was asked for, as the log keeps it: a patient by the id of the record, never by number."""
    if asked.patient is not None:
        return f"patient {patient_id or 'unknown'}"
    return f"{asked.start.isoformat(timespec='minutes')}..{asked.end.isoformat(timespec='minutes')}"
