"""How the hospital's systems are doing: when each began to fail and worked again, and what was reconciled."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from scribe.store import models as rows
from scribe.store.records import (
    CLEARED,
    AttemptOutcome,
    DestinationChange,
    ReconciliationCounts,
    ReconciliationRecord,
    Unreconciled,
)
from scribe.store.revision_rows import RetractionRow
from scribe.store.scope import Scope

_FAILURES = 3
_FAILING_FOR = timedelta(seconds=10)
_SUCCESSES = 3
_ANSWERED: tuple[AttemptOutcome, ...] = ("accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Destinations:
    """What is known of the destinations of the actor's hospital; nothing of it is a patient's."""

    scope: Scope

    def failing(self) -> dict[str, DestinationChange]:
        """The destinations that fail now, each with since when and why."""
        self.scope.trace("list", "destination", "failing")
        return {change.destination: change for change in map(_change, self._latest()) if change.failing}

    def history(self, *, most: int = 50) -> tuple[DestinationChange, ...]:
        """The latest changes of all destinations, the newest first."""
        self.scope.trace("list", "destination", "history")
        query = select(rows.DestinationChangeRow).where(
            rows.DestinationChangeRow.hospital_id == self.scope.actor.hospital_id
        )
        newest = query.order_by(rows.DestinationChangeRow.created_at.desc()).limit(most)
        return tuple(_change(row) for row in self.scope.session.scalars(newest))

    def judge(self, destination: str) -> DestinationChange | None:
        """Whether the latest attempts make a destination begin to fail, or work again; None where nothing changes.

        It begins to fail with three attempts in a row, over ten seconds or more, that got no answer; it works again
        with three answers in a row, or with one where nothing else waits.  A refusal is an answer.
        """
        self.scope.require("judge destinations", "service")
        latest = next(iter(self._latest(destination)), None)
        failing = latest is not None and latest.failing
        recent = self._recent(destination)
        changed = self._recovered(destination, recent) if failing else _collapsed(recent)
        if not changed:
            return None
        row = rows.DestinationChangeRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=self.scope.actor.account_id,
            destination=destination,
            number=1 if latest is None else latest.number + 1,
            failing=not failing,
            problem=None if failing else recent[0].problem,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("update", "destination", destination)
        return _change(row)

    def untold(self) -> tuple[DestinationChange, ...]:
        """The latest change of each destination that nobody was told of."""
        self.scope.trace("list", "destination", "untold")
        return tuple(_change(row) for row in self._latest() if row.told_at is None)

    def told(self, change_id: str) -> None:
        """The change was told."""
        self.scope.require("tell of destinations", "service")
        row = self.scope.session.get(rows.DestinationChangeRow, change_id)
        if row is None or row.hospital_id != self.scope.actor.hospital_id:
            self.scope.refuse("destination", change_id)
        row.told_at = self.scope.clock()
        self.scope.trace("update", "destination", row.destination)

    def unreconciled(self, start: datetime, end: datetime, destination: str) -> Unreconciled:
        """What was signed from ``start`` until ``end``, by what became of it at a destination; ids only.

        What was retracted and never put on its way there is not counted: it never will be.
        """
        self.scope.require("reconcile deliveries", "service")
        self.scope.trace("list", "outbox", "reconciliation")
        query = (
            select(rows.SignedNoteRow.note_id, rows.SignedNoteRow.version, rows.OutboxRow.id, rows.OutboxRow.state)
            .outerjoin(
                rows.OutboxRow,
                (rows.OutboxRow.note_id == rows.SignedNoteRow.note_id)
                & (rows.OutboxRow.version == rows.SignedNoteRow.version)
                & (rows.OutboxRow.destination == destination),
            )
            .where(self.scope.visible(rows.SignedNoteRow))
            .where(rows.SignedNoteRow.signed_at >= start, rows.SignedNoteRow.signed_at < end)
            .where(or_(rows.OutboxRow.id.is_not(None), ~_retracted()))
            .order_by(rows.SignedNoteRow.id)
        )
        found = Unreconciled()
        for note_id, version, outbox_id, state in self.scope.session.execute(query):
            if outbox_id is None:
                found.unqueued.append((note_id, version))
            elif state == "accepted":
                found.accepted.append((note_id, version))
            elif state == "set_aside":
                found.set_aside.append((note_id, version))
            else:
                found.unanswered.append((note_id, version))
        return found

    def reconciled(self, day: date, destination: str, counts: ReconciliationCounts) -> ReconciliationRecord:
        """Keep what a reconciliation counted."""
        self.scope.require("reconcile deliveries", "service")
        row = rows.ReconciliationRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=self.scope.actor.account_id,
            day=day,
            destination=destination,
            **asdict(counts),
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "reconciliation", row.id)
        return _reconciliation(row)

    def reconciliations(self, *, since: date) -> tuple[ReconciliationRecord, ...]:
        """The latest reconciliation of each day and destination, the newest day first."""
        self.scope.trace("list", "reconciliation", "latest")
        later = aliased(rows.ReconciliationRow)
        repeated = exists().where(
            later.hospital_id == rows.ReconciliationRow.hospital_id,
            later.day == rows.ReconciliationRow.day,
            later.destination == rows.ReconciliationRow.destination,
            later.id > rows.ReconciliationRow.id,
        )
        query = select(rows.ReconciliationRow).where(
            rows.ReconciliationRow.hospital_id == self.scope.actor.hospital_id,
            rows.ReconciliationRow.day >= since,
            ~repeated,
        )
        newest = query.order_by(rows.ReconciliationRow.day.desc(), rows.ReconciliationRow.destination)
        return tuple(_reconciliation(row) for row in self.scope.session.scalars(newest))

    def _latest(self, destination: str | None = None) -> Iterable[rows.DestinationChangeRow]:
        later = aliased(rows.DestinationChangeRow)
        superseded = exists().where(
            later.hospital_id == rows.DestinationChangeRow.hospital_id,
            later.destination == rows.DestinationChangeRow.destination,
            later.number > rows.DestinationChangeRow.number,
        )
        query = select(rows.DestinationChangeRow).where(
            rows.DestinationChangeRow.hospital_id == self.scope.actor.hospital_id, ~superseded
        )
        if destination is not None:
            query = query.where(rows.DestinationChangeRow.destination == destination)
        return self.scope.session.scalars(query.order_by(rows.DestinationChangeRow.destination))

    def _recent(self, destination: str) -> list[rows.OutboxAttemptRow]:
        """The latest attempts that came to something, the newest first, as far as the rules above look back."""
        query = select(rows.OutboxAttemptRow).where(
            rows.OutboxAttemptRow.hospital_id == self.scope.actor.hospital_id,
            rows.OutboxAttemptRow.destination == destination,
            rows.OutboxAttemptRow.outcome.is_not(None),
        )
        return list(self.scope.session.scalars(query.order_by(rows.OutboxAttemptRow.created_at.desc()).limit(50)))

    def _recovered(self, destination: str, recent: list[rows.OutboxAttemptRow]) -> bool:
        if not recent or recent[0].outcome not in _ANSWERED:
            return False
        if len(recent) >= _SUCCESSES and all(attempt.outcome in _ANSWERED for attempt in recent[:_SUCCESSES]):
            return True
        waiting = select(func.count()).where(
            rows.OutboxRow.hospital_id == self.scope.actor.hospital_id,
            rows.OutboxRow.destination == destination,
            rows.OutboxRow.state.not_in((*CLEARED, "rejected", "parked")),
        )
        return self.scope.session.scalars(waiting).one() == 0


def _collapsed(recent: list[rows.OutboxAttemptRow]) -> bool:
    """Three or more failures in a row, the first and the last at least ten seconds apart."""
    failures = []
    for attempt in recent:
        if attempt.outcome in _ANSWERED:
            break
        failures.append(attempt)
    return len(failures) >= _FAILURES and failures[0].created_at - failures[-1].created_at >= _FAILING_FOR


def _retracted() -> ColumnElement[bool]:
    return exists().where(RetractionRow.encounter_id == rows.SignedNoteRow.encounter_id)


def _change(row: rows.DestinationChangeRow) -> DestinationChange:
    return DestinationChange(
        id=row.id, destination=row.destination, failing=row.failing, at=row.created_at, problem=row.problem
    )


def _reconciliation(row: rows.ReconciliationRow) -> ReconciliationRecord:
    return ReconciliationRecord(
        id=row.id,
        day=row.day,
        destination=row.destination,
        at=row.created_at,
        counts=ReconciliationCounts(
            signed=row.signed,
            accepted=row.accepted,
            set_aside=row.set_aside,
            unqueued=row.unqueued,
            unanswered=row.unanswered,
            missing=row.missing,
            duplicated=row.duplicated,
            unchecked=row.unchecked,
        ),
    )
