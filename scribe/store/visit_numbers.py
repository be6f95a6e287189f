"""The hospital's numbers of consultations that were typed in: given and corrected by hand until something was sent."""

from dataclasses import dataclass, replace

from sqlalchemy import exists, or_, select

from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store import models as rows
from scribe.store.admission_rows import VisitRow
from scribe.store.encounters import Encounters, Patients, details_of, keep_details
from scribe.store.errors import NumberSettledError, OtherPatientsNumberError
from scribe.store.outbox import Outbox
from scribe.store.records import EncounterRecord
from scribe.store.scope import Scope

_MAYBE = ("accepted", "outcome_unknown", "broken")


@dataclass(frozen=True, slots=True)
class VisitNumbers:
    """The actor's consultations by where they belong at the hospital."""

    scope: Scope

    def told(self, encounter_id: str) -> bool:
        """True where the hospital itself told of the visit: its number is not for us to change."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "encounter", row.id, row.id)
        return self._told(row)

    def fixed(self, encounter_id: str) -> bool:
        """True where the number can no longer change."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "encounter", row.id, row.id)
        return self._told(row) or self._may_have_arrived(row)

    def known(self, number: Identifier) -> tuple[str, ...]:
        """The ids of the consultations of that visit number that the actor may see, the earliest first."""
        query = (
            select(rows.EncounterRow.id)
            .where(self.scope.visible(rows.EncounterRow), rows.EncounterRow.visit_index == self._index(number))
            .order_by(rows.EncounterRow.started_at)
        )
        found = tuple(self.scope.session.scalars(query))
        self.scope.trace_list("encounter", found)
        return found

    def give(
        self, encounter_id: str, *, visit: Identifier | None, registration: Identifier | None = None
    ) -> EncounterRecord:
        """Give a consultation its visit number, signed or not, and its patient a registration number who has none;
        what waited for them is sent.  ``visit`` None takes a number back.

        Raises :class:`NumberSettledError` where it can no longer change, and :class:`OtherPatientsNumberError` where
        the hospital told of the visit for another patient, or registered another one under the number.
        """
        self.scope.permit("admit_patients")
        row = self.scope.encounter(encounter_id, locked=True)
        before = details_of(self.scope, row)
        after = replace(before, identifier=visit, patient=_with_number(before.patient, registration))
        if after != before:
            if after.patient != before.patient and Patients(self.scope).differences(_known(after)):
                raise OtherPatientsNumberError(what="registration number")
            if after.identifier != before.identifier and (self._told(row) or self._may_have_arrived(row)):
                raise NumberSettledError
            self.check(after)
            if after.patient != before.patient:
                row.patient_id = Patients(self.scope).register(_known(after), owner_id=row.owner_id).id
            self._keep(row, after)
        return Encounters(self.scope).get(row.id)

    def take(self, encounter_id: str, number: Identifier) -> None:
        """Let a consultation bear the number that the hospital told of its visit, and send what waited for it.

        One under which something was sent stays: :class:`NumberSettledError`.
        """
        row = self.scope.encounter(encounter_id, locked=True)
        before = details_of(self.scope, row)
        if before.identifier not in (None, number) and self._may_have_arrived(row):
            raise NumberSettledError
        self._keep(row, replace(before, identifier=number))

    def check(self, encounter: Encounter) -> None:
        """:class:`OtherPatientsNumberError` where the hospital told of that visit for another patient."""
        self.scope.permit("admit_patients")
        patient = encounter.patient.identifier if encounter.patient else None
        visit = None if encounter.identifier is None else self._visit(encounter.identifier)
        self.scope.trace("read", "visit", visit.id if visit else "none")
        if visit is None or visit.patient_index is None or patient is None:
            return
        if visit.patient_index != self.scope.index("patient", patient):
            raise OtherPatientsNumberError(what="visit number")

    def _keep(self, row: rows.EncounterRow, details: Encounter) -> None:
        keep_details(self.scope, row, details)
        self._join(row, details)
        self.scope.session.flush()
        self.scope.trace("number", "encounter", row.id, row.id)
        Outbox(self.scope).resume(row.id)

    def _join(self, row: rows.EncounterRow, details: Encounter) -> None:
        """A visit that the hospital told of, and that nobody has a consultation of yet, is this one."""
        number = details.identifier
        visit = None if number is None else self._visit(number)
        if visit is None or visit.encounter_id is not None or visit.state == "cancelled" or details.patient is None:
            return
        if details.patient.identifier is None:
            return
        visit.become(row.id, row.owner_id)
        self.scope.trace("update", "visit", visit.id, row.id)

    def _told(self, row: rows.EncounterRow) -> bool:
        return self.scope.session.scalars(select(exists().where(VisitRow.encounter_id == row.id))).one()

    def _may_have_arrived(self, row: rows.EncounterRow) -> bool:
        """True where a receiver has, or may have, something of the consultation, or is being sent it."""
        outbox, attempt = rows.OutboxRow, rows.OutboxAttemptRow
        moving = outbox.state.in_(("claimed", "sent_outcome_unknown", "accepted"))
        sent = attempt.outcome.is_(None) | attempt.outcome.in_(_MAYBE)
        query = select(
            or_(
                exists().where(outbox.encounter_id == row.id, moving),
                exists().where(attempt.encounter_id == row.id, attempt.kind == "send", sent),
            )
        )
        return bool(self.scope.session.scalars(query).one())

    def _index(self, number: Identifier) -> bytes:
        return self.scope.index("visit", number)

    def _visit(self, number: Identifier) -> VisitRow | None:
        query = select(VisitRow).where(
            VisitRow.hospital_id == self.scope.actor.hospital_id, VisitRow.visit_index == self._index(number)
        )
        return self.scope.session.scalars(query.with_for_update(key_share=True)).one_or_none()


def _with_number(patient: Patient | None, registration: Identifier | None) -> Patient | None:
    """The patient with a registration number, where they had none."""
    if registration is None or patient is None or patient.identifier is not None:
        return patient
    return replace(patient, identifier=registration)


def _known(encounter: Encounter) -> Patient:
    if encounter.patient is None:
        raise ValueError("a consultation whose patient changes has one")
    return encounter.patient
