"""The outbox: what goes to the hospital's systems, one row a signed version and destination.

A *lane* is the versions of one note for one destination.  Only its oldest version that is neither accepted nor set
aside is ever given to a worker, so that none overtakes another; whatever happens to it, other lanes go on.

A worker holds a row by a lease: nobody else is given the row until the lease ends, and what a worker says of a row
that it no longer holds counts only where the receiver has accepted it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import aliased

from hl7_bridge.problems import NO_PATIENT_NUMBER, NO_VISIT_NUMBER
from scribe.store import models as rows
from scribe.store.amending import retraction_of
from scribe.store.consigned import Consigned, is_numbered, version_row
from scribe.store.encounters import advance
from scribe.store.errors import LeaseLostError, NotHeldError, RetractedNoteError
from scribe.store.records import (
    CLEARED,
    HELD,
    SETTLED,
    UNSETTLED,
    AttemptKind,
    AttemptOutcome,
    AttemptRecord,
    Consignment,
    DeliveryState,
    OutboxAction,
    OutboxRecord,
    Problem,
)
from scribe.store.scope import Scope, seal_column, unseal_column

_RETRACTED = "기록이 취소되어 보내지 않음"
UNNUMBERED = frozenset({NO_PATIENT_NUMBER, NO_VISIT_NUMBER})
"""Problems of deliveries that go as soon as the consultation has its numbers."""
_BY_NUMBER = UNNUMBERED | {"no-match", "incomplete"}
"""Those that another number may solve; ``incomplete`` was said of all of them once."""
_PROBLEM: dict[DeliveryState, Problem] = {"rejected": "delivery_rejected", "parked": "delivery_parked"}
_OURS: tuple[Problem, ...] = (*_PROBLEM.values(), "delivery_unnumbered")


@dataclass(frozen=True, slots=True)
class Outbox:
    """Physicians see the deliveries of their own notes.  Administrators see and replay those of their hospital,
    which hold ids, times, states and codes, but not what a receiver said."""

    scope: Scope

    def add(self, note_id: str, version: int, destination: str) -> OutboxRecord:
        """Put a signed version on its way; a second time gives the row that is there."""
        note = version_row(self.scope, note_id, version)
        encounter = self.scope.encounter(note.encounter_id, locked=True)
        if retraction_of(self.scope, encounter.id) is not None:
            raise RetractedNoteError
        row = self._find(note_id, version, destination)
        if row is None:
            row = self._new(encounter, note_id, version, destination, "deliver")
        else:
            self.scope.trace("read", "outbox", row.id, row.encounter_id)
        return self._record(row)

    def retract(self, encounter_id: str) -> tuple[OutboxRecord, ...]:
        """Put the retraction of a consultation's note on its way to wherever a version of it was to go.

        What has not arrived yet is set aside; what a worker is sending right now is waited for.  A second time gives
        the rows that are there.  Raises :class:`NotFoundError` where the note was not retracted.
        """
        self.scope.permit("sign")
        encounter = self.scope.encounter(encounter_id, locked=True)
        retraction = retraction_of(self.scope, encounter.id)
        if retraction is None:
            self.scope.refuse("retraction", encounter_id)
        query = select(rows.OutboxRow).where(rows.OutboxRow.encounter_id == encounter.id)
        there = tuple(self.scope.session.scalars(query.with_for_update(key_share=True)))
        queued = [row for row in there if row.action == "retract"]
        for row in there:
            if row.action == "deliver" and row.state not in CLEARED and row.worker is None:
                self._give_up(encounter, row, _RETRACTED)
        for destination in sorted({row.destination for row in there} - {row.destination for row in queued}):
            version = retraction.version + 1
            queued.append(self._new(encounter, retraction.note_id, version, destination, "retract"))
        self._reflect(encounter)
        self.scope.trace("list", "outbox", encounter.id, encounter.id)
        return tuple(self._record(row) for row in queued)

    def claim(self, destination: str, worker: str, *, most: int, lease: timedelta) -> tuple[OutboxRecord, ...]:
        """Give ``worker`` up to ``most`` deliveries that are due, the longest due first, each for the ``lease``.

        One that was never sent becomes claimed; one whose outcome is unknown stays so, and is to be looked up.
        """
        self.scope.require("claim deliveries", "service")
        now = self.scope.clock()
        query = (
            select(rows.OutboxRow)
            .where(self.scope.visible(rows.OutboxRow), rows.OutboxRow.destination == destination)
            .where(is_due(now))
            .order_by(rows.OutboxRow.due_at, rows.OutboxRow.id)
            .limit(most)
            .with_for_update(key_share=True, skip_locked=True)
        )
        taken = tuple(self.scope.session.scalars(query))
        for row in taken:
            row.worker, row.due_at, row.changed_at = worker, now + lease, now
            if row.state == "waiting":
                row.state = "claimed"
            self.scope.trace("claim", "outbox", row.id, row.encounter_id)
        self.scope.session.flush()
        return tuple(self._record(row) for row in taken)

    def open(self, outbox_id: str, worker: str, kind: AttemptKind) -> Consignment:
        """What to send or look up, and the record of the attempt; after ``send`` the receiver may have it.

        Raises :class:`LeaseLostError` where the worker no longer holds the row.
        """
        row = self._row(outbox_id)
        if row.worker != worker or row.state in SETTLED:
            raise LeaseLostError
        now = self.scope.clock()
        if kind == "send":
            row.state = "sent_outcome_unknown"
        row.attempts += 1
        row.tries += 1
        row.changed_at = now
        content = Consigned.of(self.scope, row)
        attempt = rows.OutboxAttemptRow(
            id=self.scope.new_id(),
            created_at=now,
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.encounter_id,
            outbox_id=row.id,
            number=row.attempts,
            kind=kind,
            destination=row.destination,
            worker=worker,
            payload_sha256=content.sha256,
        )
        self.scope.session.add(attempt)
        self.scope.session.flush()
        self.scope.trace(kind, "outbox", row.id, row.encounter_id)
        return Consignment(
            outbox_id=row.id,
            encounter_id=row.encounter_id,
            attempt_id=attempt.id,
            number=row.attempts,
            note=content.note,
            earlier=content.earlier,
            overwrite=row.overwrite,
            retraction=content.retraction,
        )

    def close(self, attempt: Consignment, outcome: AttemptOutcome, *, problem: str | None = None) -> None:
        """Note what an attempt came to; ``problem`` is a code without patient data."""
        ours = (
            rows.OutboxAttemptRow.id == attempt.attempt_id,
            rows.OutboxAttemptRow.hospital_id == self.scope.actor.hospital_id,
        )
        self.scope.require("deliver", "service")
        ended = {"ended_at": self.scope.clock(), "outcome": outcome, "problem": problem}
        self.scope.session.execute(update(rows.OutboxAttemptRow).where(*ours).values(**ended))
        self.scope.trace("update", "outbox_attempt", attempt.attempt_id, attempt.encounter_id)

    def settle(
        self,
        outbox_id: str,
        worker: str,
        state: DeliveryState,
        *,
        due_at: datetime | None = None,
        problem: str | None = None,
        outcome: bytes | None = None,
    ) -> OutboxRecord:
        """Let go of a delivery: settled, or to be taken up again at ``due_at`` (by default at once).

        ``outcome`` is kept under the record key.  What did not arrive before its note was retracted is set aside.
        A worker that has lost its lease is heard where the receiver
        accepted the delivery, else not: :class:`LeaseLostError`.
        """
        row = self._row(outbox_id)
        if row.state in CLEARED or (row.worker != worker and state != "accepted"):
            if row.state == state:
                return self._record(row)
            raise LeaseLostError
        encounter = self.scope.encounter(row.encounter_id, locked=True)
        if state in HELD and problem in UNNUMBERED and is_numbered(self.scope, encounter):
            state, problem = "waiting", None  # the numbers came while it was under way
        row.state, row.problem, row.worker = state, problem, None
        row.changed_at = self.scope.clock()
        row.due_at = due_at or row.changed_at
        if row.action == "deliver" and state != "accepted" and retraction_of(self.scope, encounter.id) is not None:
            self._give_up(encounter, row, _RETRACTED)
        if outcome is not None:
            seal_column(self.scope.key(encounter, "record"), row, "sealed_outcome", outcome)
        self.scope.session.flush()
        self._reflect(encounter)
        self.scope.trace("update", "outbox", row.id, row.encounter_id)
        return self._record(row)

    def release(self, worker: str) -> int:
        """Let go of whatever ``worker`` holds: it has ended.  Claimed rows wait again, sent ones are due to be
        looked up; returns how many there were."""
        self.scope.require("release deliveries", "service")
        query = (
            select(rows.OutboxRow)
            .where(self.scope.visible(rows.OutboxRow), rows.OutboxRow.worker == worker)
            .with_for_update(key_share=True)
        )
        held = tuple(self.scope.session.scalars(query))
        for row in held:
            row.worker, row.due_at = None, self.scope.clock()
            if row.state == "claimed":
                row.state = "waiting"
            self.scope.trace("release", "outbox", row.id, row.encounter_id)
        if not held:
            self.scope.trace("release", "outbox", "none")
        self.scope.session.flush()
        return len(held)

    def hasten(self, destination: str) -> int:
        """Make everything that waits for another attempt at a destination due now: it works again."""
        self.scope.require("hasten deliveries", "service")
        now = self.scope.clock()
        query = select(rows.OutboxRow).where(
            self.scope.visible(rows.OutboxRow),
            rows.OutboxRow.destination == destination,
            rows.OutboxRow.state.not_in(SETTLED),
            rows.OutboxRow.worker.is_(None),
            rows.OutboxRow.due_at > now,
        )
        waiting = tuple(self.scope.session.scalars(query.with_for_update(key_share=True, skip_locked=True)))
        for row in waiting:
            row.due_at = now
        self.scope.session.flush()
        self.scope.trace("hasten", "outbox", destination)
        return len(waiting)

    def replay(self, outbox_id: str, *, overwrite: bool = False) -> OutboxRecord:
        """Put a rejected or parked delivery on its way again, and with it its lane; others stay as they are.

        ``overwrite``: somebody has looked at what was changed there meanwhile, and this is to replace it.
        """
        row = self._row(outbox_id)
        if row.state in HELD:
            row.state, row.problem, row.tries, row.overwrite = "waiting", None, 0, overwrite
            row.changed_at = row.queued_at = row.due_at = self.scope.clock()
            self.scope.session.flush()
            self._reflect(self._encounter_of(row))
        self.scope.trace("overwrite" if overwrite else "replay", "outbox", row.id, row.encounter_id)
        return self._record(row)

    def resume(self, encounter_id: str) -> int:
        """Put on its way again what was held up by a number that is given now; how many deliveries that are."""
        self.scope.permit("admit_patients")
        encounter = self.scope.encounter(encounter_id, locked=True)
        query = select(rows.OutboxRow).where(
            rows.OutboxRow.encounter_id == encounter.id,
            rows.OutboxRow.state.in_(HELD),
            rows.OutboxRow.problem.in_(_BY_NUMBER),
        )
        held = tuple(self.scope.session.scalars(query.with_for_update(key_share=True)))
        for row in held:
            row.state, row.problem, row.tries = "waiting", None, 0
            row.changed_at = row.queued_at = row.due_at = self.scope.clock()
            self.scope.trace("replay", "outbox", row.id, row.encounter_id)
        if held:
            self.scope.session.flush()
            self._reflect(encounter)
        else:
            self.scope.trace("read", "outbox", "none", encounter.id)
        return len(held)

    def set_aside(self, outbox_id: str, reason: str) -> OutboxRecord:
        """Give a delivery up for good, so that its lane goes on without it; the reason is kept under the record key.

        Raises :class:`NotHeldError` for one that has arrived or is with a worker.
        """
        row = self._row(outbox_id)
        if row.state in CLEARED or row.worker is not None:
            raise NotHeldError(state=row.state.replace("_", " "), action="set aside")
        encounter = self._encounter_of(row)
        self._give_up(encounter, row, reason)
        self._reflect(encounter)
        return self._record(row)

    def get(self, outbox_id: str) -> OutboxRecord:
        """A delivery with what the receiver said of it, for those who may read the consultation."""
        row = self._row(outbox_id)
        self.scope.trace("read", "outbox", row.id, row.encounter_id)
        return self._record(row, unsealed=self.scope.actor.role != "admin")

    def list(self, encounter_id: str) -> tuple[OutboxRecord, ...]:
        """The deliveries of a consultation by version and destination, with what the receivers said."""
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("list", "outbox", encounter.id, encounter.id)
        query = select(rows.OutboxRow).where(rows.OutboxRow.encounter_id == encounter.id)
        ordered = query.order_by(rows.OutboxRow.version, rows.OutboxRow.destination)
        return tuple(self._record(row, unsealed=True) for row in self.scope.session.scalars(ordered))

    def open_items(self, *, held: bool = False) -> tuple[OutboxRecord, ...]:
        """What has not arrived, or only what is ``held``, oldest first."""
        self.scope.trace("list", "outbox", "held" if held else "open")
        wanted = rows.OutboxRow.state.in_(HELD) if held else rows.OutboxRow.state.not_in(CLEARED)
        query = select(rows.OutboxRow).where(self._reachable(), wanted).order_by(rows.OutboxRow.id)
        return tuple(self._record(row) for row in self.scope.session.scalars(query))

    def counts(self) -> dict[str, dict[DeliveryState, int]]:
        """How many deliveries of each destination are in each state."""
        self.scope.trace("list", "outbox", "counts")
        query = (
            select(rows.OutboxRow.destination, rows.OutboxRow.state, func.count())
            .where(self._reachable())
            .group_by(rows.OutboxRow.destination, rows.OutboxRow.state)
        )
        found: dict[str, dict[DeliveryState, int]] = {}
        for destination, state, count in self.scope.session.execute(query):
            found.setdefault(destination, {})[state] = count
        return found

    def attempts(self, outbox_id: str) -> tuple[AttemptRecord, ...]:
        """Every attempt at a delivery, oldest first."""
        row = self._row(outbox_id)
        self.scope.trace("read", "outbox_attempt", row.id, row.encounter_id)
        query = select(rows.OutboxAttemptRow).where(rows.OutboxAttemptRow.outbox_id == row.id)
        return tuple(
            _attempt(item) for item in self.scope.session.scalars(query.order_by(rows.OutboxAttemptRow.number))
        )

    def prune(self, before: datetime) -> int:
        """Forget the attempts of what arrived or was set aside before then; of nothing else, and no delivery itself.

        Returns how many attempts there were.
        """
        self.scope.require("prune attempts", "service")
        over = select(rows.OutboxRow.id).where(
            self.scope.visible(rows.OutboxRow),
            rows.OutboxRow.state.in_(CLEARED),
            rows.OutboxRow.changed_at < before,
        )
        found = tuple(
            self.scope.session.scalars(select(rows.OutboxAttemptRow).where(rows.OutboxAttemptRow.outbox_id.in_(over)))
        )
        for attempt in found:
            self.scope.session.delete(attempt)
        self.scope.trace("prune", "outbox_attempt", before.isoformat())
        return len(found)

    def _new(
        self, encounter: rows.EncounterRow, note_id: str, version: int, destination: str, action: OutboxAction
    ) -> rows.OutboxRow:
        now = self.scope.clock()
        row = rows.OutboxRow(
            id=self.scope.new_id(),
            created_at=now,
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            note_id=note_id,
            version=version,
            destination=destination,
            action=action,
            state="waiting",
            attempts=0,
            tries=0,
            queued_at=now,
            due_at=now,
            changed_at=now,
            overwrite=False,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "outbox", row.id, row.encounter_id)
        return row

    def _give_up(self, encounter: rows.EncounterRow, row: rows.OutboxRow, reason: str) -> None:
        row.state, row.changed_at = "set_aside", self.scope.clock()
        seal_column(self.scope.key(encounter, "record"), row, "sealed_reason", reason.encode())
        self.scope.session.flush()
        self.scope.trace("set_aside", "outbox", row.id, row.encounter_id)

    def _reflect(self, encounter: rows.EncounterRow) -> None:
        """Let the consultation show what holds its deliveries up, or that all of them have arrived."""
        query = select(rows.OutboxRow.state, rows.OutboxRow.problem).where(rows.OutboxRow.encounter_id == encounter.id)
        found = [(state, problem) for state, problem in self.scope.session.execute(query)]
        states = {state for state, _ in found}
        held = next((state for state in HELD if state in states), None)
        if held is not None:
            unnumbered = all(problem in UNNUMBERED for state, problem in found if state in HELD)
            encounter.problem = "delivery_unnumbered" if unnumbered else _PROBLEM[held]
        elif states <= set(CLEARED):
            advance(encounter, "delivered")
        elif encounter.problem in _OURS:
            encounter.problem = None

    def _find(self, note_id: str, version: int, destination: str) -> rows.OutboxRow | None:
        query = select(rows.OutboxRow).where(
            rows.OutboxRow.note_id == note_id,
            rows.OutboxRow.version == version,
            rows.OutboxRow.destination == destination,
            self.scope.visible(rows.OutboxRow),
        )
        return self.scope.session.scalars(query).one_or_none()

    def _row(self, outbox_id: str) -> rows.OutboxRow:
        query = select(rows.OutboxRow).where(rows.OutboxRow.id == outbox_id, self._reachable())
        return self.scope.one(query.with_for_update(key_share=True), "delivery", outbox_id)

    def _reachable(self) -> ColumnElement[bool]:
        """The rows that the actor may see: an administrator those of the hospital, which hold nothing of a patient."""
        if self.scope.actor.role == "admin":
            return rows.OutboxRow.hospital_id == self.scope.actor.hospital_id
        return self.scope.visible(rows.OutboxRow)

    def _encounter_of(self, row: rows.OutboxRow) -> rows.EncounterRow:
        """The consultation of a row that the actor reached, an administrator included."""
        query = select(rows.EncounterRow).where(rows.EncounterRow.id == row.encounter_id)
        return self.scope.session.scalars(query.with_for_update(key_share=True)).one()

    def _record(self, row: rows.OutboxRow, *, unsealed: bool = False) -> OutboxRecord:
        return OutboxRecord(
            id=row.id,
            encounter_id=row.encounter_id,
            note_id=row.note_id,
            version=row.version,
            destination=row.destination,
            action=row.action,
            state=row.state,
            attempts=row.attempts,
            tries=row.tries,
            created_at=row.created_at,
            queued_at=row.queued_at,
            due_at=row.due_at,
            changed_at=row.changed_at,
            worker=row.worker,
            behind=None if row.version == 1 or row.state != "waiting" else self._behind(row),
            problem=row.problem,
            outcome=self._unsealed(row, "sealed_outcome") if unsealed else None,
            reason=_text(self._unsealed(row, "sealed_reason")) if unsealed else None,
        )

    def _behind(self, row: rows.OutboxRow) -> int | None:
        query = select(func.min(rows.OutboxRow.version)).where(
            rows.OutboxRow.encounter_id == row.encounter_id,
            rows.OutboxRow.destination == row.destination,
            rows.OutboxRow.version < row.version,
            rows.OutboxRow.state.not_in(CLEARED),
        )
        return self.scope.session.scalars(query).one()

    def _unsealed(self, row: rows.OutboxRow, column: str) -> bytes | None:
        if getattr(row, column) is None:
            return None
        return unseal_column(self.scope.key(self.scope.encounter(row.encounter_id), "record"), row, column)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Rows that a worker may take up now: not settled, due, and the first of their lane."""
    return and_(_UNDER_WAY, rows.OutboxRow.due_at <= now, ~_OVERTAKES)


_EARLIER = aliased(rows.OutboxRow)
_OVERTAKES = exists().where(
    _EARLIER.encounter_id == rows.OutboxRow.encounter_id,
    _EARLIER.destination == rows.OutboxRow.destination,
    _EARLIER.version < rows.OutboxRow.version,
    _EARLIER.state.not_in(CLEARED),
)
_UNDER_WAY = rows.OutboxRow.state.in_(UNSETTLED)


def _attempt(row: rows.OutboxAttemptRow) -> AttemptRecord:
    return AttemptRecord(
        id=row.id,
        outbox_id=row.outbox_id,
        number=row.number,
        kind=row.kind,
        destination=row.destination,
        worker=row.worker,
        started_at=row.created_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        problem=row.problem,
        payload_sha256=row.payload_sha256,
    )


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()
