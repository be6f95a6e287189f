"""Visits that the hospital tells of, and consultations that were typed in before: which are one, and which may be."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, or_, select

from scribe.domain.encounter import Encounter, Identifier
from scribe.domain.same_visit import Doubt, TypedIn
from scribe.store import models as rows
from scribe.store.admission_rows import VisitDoubtRow, VisitRow
from scribe.store.admissions import details_to_be
from scribe.store.encounters import Encounters, begun, details_of
from scribe.store.records import OVER
from scribe.store.scope import Scope
from scribe.store.visit_numbers import VisitNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDoubt:
    """A visit of the hospital that may be the consultation ``encounter_id``, and why a person has to say so.

    ``visit`` is what the hospital told; ``other_id`` the consultation that was made of it meanwhile, if any.
    """

    id: str
    encounter_id: str
    reason: Doubt
    visit: Encounter
    other_id: str | None


@dataclass(frozen=True, slots=True)
class VisitMatches:
    """The service finds and joins them; physicians and patient services decide where they may see the consultation."""

    scope: Scope

    def typed_in(self, patient: Identifier, visit: Identifier, start: datetime, end: datetime) -> tuple[TypedIn, ...]:
        """The consultations of the patient from ``start`` until ``end``, and those of that visit number, that no visit
        stands for, but those of which somebody said that they are another."""
        self.scope.require("match visits", "service")
        patients = select(rows.PatientRow.id).where(
            rows.PatientRow.hospital_id == self._hospital,
            rows.PatientRow.identifier_index == self.scope.index("patient", patient),
        )
        encounter = rows.EncounterRow
        of_day = encounter.patient_id.in_(patients) & (encounter.started_at >= start) & (encounter.started_at < end)
        query = (
            select(encounter)
            .where(encounter.hospital_id == self._hospital)
            .where(or_(of_day, encounter.visit_index == self.scope.index("visit", visit)))
            .where(or_(encounter.problem.is_(None), encounter.problem.not_in(OVER)))
            .where(~exists().where(VisitRow.encounter_id == encounter.id), ~self._other(visit))
            .order_by(encounter.id)
            .with_for_update(key_share=True)
        )
        found = tuple(self._typed(row) for row in self.scope.session.scalars(query))
        self.scope.trace_list("encounter", [one.encounter_id for one in found])
        return found

    def join(self, visit_id: str, encounter_id: str) -> None:
        """From now on the visit is that consultation: it bears the number, and what waited for that is sent.

        What the hospital knows better is corrected in it unless it is signed; nothing recorded, drafted or signed is
        touched.  Raises NumberSettledError where something was sent under another number.
        """
        self.scope.require("match visits", "service")
        self._join(self._row(visit_id), encounter_id)

    def doubt(self, visit_id: str, encounter_id: str, reason: Doubt) -> None:
        """Note that a person has to say whether the visit is that consultation; again only corrects the reason."""
        self.scope.require("match visits", "service")
        row = self.scope.session.scalars(
            select(VisitDoubtRow).where(VisitDoubtRow.visit_id == visit_id, VisitDoubtRow.encounter_id == encounter_id)
        ).one_or_none()
        if row is None:
            row = VisitDoubtRow(
                id=self.scope.new_id(), created_at=self.scope.clock(), hospital_id=self._hospital, owner_id=None,
                visit_id=visit_id, encounter_id=encounter_id, decided_at=None, same=None,
            )  # fmt: skip
            self.scope.session.add(row)
        row.reason = reason
        self.scope.session.flush()
        self.scope.trace("doubt", "visit", visit_id, encounter_id)

    def in_doubt(self) -> frozenset[str]:
        """The consultations that a person has to look at, so that nobody corrects them meanwhile."""
        self.scope.require("match visits", "service")
        self.scope.trace("list", "visit", "doubts")
        query = select(VisitDoubtRow.encounter_id).where(
            VisitDoubtRow.hospital_id == self._hospital, VisitDoubtRow.decided_at.is_(None)
        )
        return frozenset(self.scope.session.scalars(query))

    def doubts(self, encounter_id: str) -> tuple[VisitDoubt, ...]:
        """What is to be decided about a consultation, oldest first."""
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("read", "visit", "doubts", encounter.id)
        query = self._open(VisitDoubtRow.encounter_id == encounter.id).order_by(VisitDoubtRow.id)
        return tuple(self._opened(doubt, visit) for doubt, visit in self.scope.session.execute(query))

    def about(self, encounter_id: str) -> tuple[str, ...]:
        """The consultations that may be the same visit as this one, which was made of what the hospital told."""
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("read", "visit", "doubts", encounter.id)
        query = (
            select(VisitDoubtRow.encounter_id)
            .join(VisitRow, VisitRow.id == VisitDoubtRow.visit_id)
            .join(rows.EncounterRow, rows.EncounterRow.id == VisitDoubtRow.encounter_id)
            .where(VisitRow.encounter_id == encounter.id, VisitDoubtRow.decided_at.is_(None))
            .where(self.scope.visible(rows.EncounterRow))
        )
        return tuple(self.scope.session.scalars(query.order_by(VisitDoubtRow.id)))

    def decide(self, encounter_id: str, doubt_id: str, *, same: bool) -> str:
        """Say whether a visit is that consultation; a second time changes nothing.  Returns the id to go on with.

        Where it is, the visit's own consultation ends as merged if nobody has begun it; one that was begun stays, and
        both bear the number.  Raises NumberSettledError where something was sent under another number.
        """
        self.scope.permit("admit_patients")
        encounter = self.scope.encounter(encounter_id, locked=True)
        query = select(VisitDoubtRow).where(VisitDoubtRow.id == doubt_id, VisitDoubtRow.encounter_id == encounter.id)
        doubt = self.scope.one(query.with_for_update(key_share=True), "visit doubt", doubt_id)
        if doubt.decided_at is None:
            doubt.decided_at, doubt.same = self.scope.clock(), same
            self.scope.session.flush()
            self.scope.trace("same_visit" if same else "other_visit", "visit", doubt.visit_id, encounter.id)
            if same:
                self._merge(self._row(doubt.visit_id), encounter)
        return encounter.id

    @property
    def _hospital(self) -> str:
        return self.scope.actor.hospital_id

    def _row(self, visit_id: str) -> VisitRow:
        query = select(VisitRow).where(VisitRow.id == visit_id, VisitRow.hospital_id == self._hospital)
        return self.scope.one(query.with_for_update(key_share=True), "visit", visit_id)

    def _other(self, visit: Identifier) -> Exists:
        return exists().where(
            VisitDoubtRow.encounter_id == rows.EncounterRow.id,
            VisitDoubtRow.visit_id == VisitRow.id,
            VisitRow.visit_index == self.scope.index("visit", visit),
            VisitDoubtRow.same.is_(False),
        )

    def _typed(self, row: rows.EncounterRow) -> TypedIn:
        details = details_of(self.scope, row)
        return TypedIn(encounter_id=row.id, owner_id=row.owner_id, patient=details.patient, number=details.identifier)

    def _details(self, visit: VisitRow) -> Encounter:
        """What the hospital told of a visit, which its consultation has kept since it was made."""
        to_be = details_to_be(self.scope, visit)
        return to_be or details_of(self.scope, self.scope.session.get_one(rows.EncounterRow, visit.encounter_id))

    def _merge(self, visit: VisitRow, encounter: rows.EncounterRow) -> None:
        number = self._details(visit).identifier
        own = visit.encounter_id and self._own(visit.encounter_id)
        if own and (begun(self.scope, own) or not self._may_end(own, encounter)):
            if number is not None:
                VisitNumbers(self.scope).take(encounter.id, number)
            return
        self._join(visit, encounter.id)
        if own:
            own.problem = "merged"
            self.scope.trace("merge", "encounter", own.id, own.id)

    def _own(self, encounter_id: str) -> rows.EncounterRow:
        query = select(rows.EncounterRow).where(
            rows.EncounterRow.id == encounter_id, rows.EncounterRow.hospital_id == self._hospital
        )
        return self.scope.one(query.with_for_update(key_share=True), "encounter", encounter_id)

    def _may_end(self, own: rows.EncounterRow, encounter: rows.EncounterRow) -> bool:
        """A physician ends no consultation of another."""
        return self.scope.actor.role != "physician" or own.owner_id == encounter.owner_id

    def _join(self, visit: VisitRow, encounter_id: str) -> None:
        told = self._details(visit)
        encounters = Encounters(self.scope)
        if told.identifier is not None:
            VisitNumbers(self.scope).take(encounter_id, told.identifier)
        known = encounters.get(encounter_id)
        if known.note_version is None:
            better = replace(known.encounter, patient=told.patient, setting=told.setting, start=told.start)
            if better != known.encounter:
                encounters.update(better)
        visit.become(known.id, known.owner_id)
        self._settle(visit.id, encounter_id)
        self.scope.session.flush()
        self.scope.trace("join", "visit", visit.id, encounter_id)

    def _settle(self, visit_id: str, encounter_id: str) -> None:
        """What was in doubt of the two is no longer."""
        query = select(VisitDoubtRow).where(
            VisitDoubtRow.visit_id == visit_id,
            VisitDoubtRow.encounter_id == encounter_id,
            VisitDoubtRow.decided_at.is_(None),
        )
        for doubt in self.scope.session.scalars(query):
            doubt.decided_at, doubt.same = self.scope.clock(), True

    def _open(self, of: ColumnElement[bool]) -> Select[VisitDoubtRow, VisitRow]:
        return (
            select(VisitDoubtRow, VisitRow)
            .join(VisitRow, VisitRow.id == VisitDoubtRow.visit_id)
            .join(rows.EncounterRow, rows.EncounterRow.id == VisitDoubtRow.encounter_id)
            .where(of, VisitDoubtRow.hospital_id == self._hospital, undecided())
        )

    def _opened(self, doubt: VisitDoubtRow, visit: VisitRow) -> VisitDoubt:
        return VisitDoubt(
            id=doubt.id,
            encounter_id=doubt.encounter_id,
            reason=doubt.reason,
            visit=self._details(visit),
            other_id=visit.encounter_id,
        )


def undecided() -> ColumnElement[bool]:
    """A doubt, its visit and its consultation: whether a person still has to decide."""
    return and_(
        VisitDoubtRow.decided_at.is_(None),
        VisitRow.state != "cancelled",
        or_(rows.EncounterRow.visit_index.is_(None), rows.EncounterRow.visit_index != VisitRow.visit_index),
    )


def in_doubt() -> ColumnElement[bool]:
    """Whether a consultation of a query may be a visit that the hospital told of: somebody has to say so."""
    return (
        exists()
        .where(VisitDoubtRow.encounter_id == rows.EncounterRow.id, VisitDoubtRow.visit_id == VisitRow.id, undecided())
        .correlate(rows.EncounterRow)
    )
