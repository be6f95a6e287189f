"""Visits, patients and messages of the hospital's information system; only the service works with them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update

from scribe.crypto import new_data_key
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store import models as rows
from scribe.store.admission_rows import AdmissionMessageRow, PatientNewsRow, VisitRow
from scribe.store.encounters import Encounters, Patients, begun
from scribe.store.records import PatientRecord
from scribe.store.scope import Scope, place, seal_column, unseal_column
from scribe.store.visits import PatientNews, VisitLine, VisitRecord, VisitState

_ENCOUNTER = TypeAdapter(Encounter)
_NEWS = TypeAdapter(PatientNews)
_MOST_MERGES = 20


@dataclass(frozen=True, slots=True)
class Admissions:
    """What was told, and the consultations made of it."""

    scope: Scope

    def seen(self, receipt: str) -> bool:
        """True where this message was done before."""
        self._service()
        query = select(AdmissionMessageRow.id).where(
            AdmissionMessageRow.hospital_id == self._hospital, AdmissionMessageRow.receipt == receipt
        )
        self.scope.trace("read", "admission_message", receipt)
        return self.scope.session.scalars(query).first() is not None

    def remember(self, receipt: str, event: str, done: str) -> None:
        row = AdmissionMessageRow(**self._new(), receipt=receipt, event=event, done=done)
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "admission_message", row.id)

    def forget(self, before: datetime) -> None:
        """Forget the messages that were done before a moment."""
        self._service()
        found = self.scope.session.scalars(
            delete(AdmissionMessageRow)
            .where(AdmissionMessageRow.hospital_id == self._hospital, AdmissionMessageRow.created_at < before)
            .returning(AdmissionMessageRow.id)
        ).all()
        self.scope.trace("destroy", "admission_message", f"{len(found)} messages")

    def visit(self, number: Identifier) -> VisitRecord | None:
        """The visit of that number, kept from others until the transaction ends."""
        self._service()
        row = self._visit_row(number)
        if row is None:
            self.scope.trace("read", "visit", "none")
            return None
        return self._opened(row)

    def get(self, visit_id: str) -> VisitRecord:
        return self._opened(self._row(visit_id))

    def add_visit(
        self, number: Identifier, *, state: VisitState, told_at: datetime, details: Encounter | None = None
    ) -> VisitRecord:
        row = VisitRow(
            **self._new(), visit_index=self._index("visit", number), patient_index=None, encounter_id=None,
            attending=None, state=state, told_at=told_at, wrapped_key=None, sealed_details=None,
        )  # fmt: skip
        self._seal_details(row, details)
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "visit", row.id)
        return self._opened(row)

    def tell_visit(
        self,
        visit_id: str,
        *,
        state: VisitState,
        told_at: datetime,
        attending: str | None = None,
        details: Encounter | None = None,
    ) -> VisitRecord:
        """Note the latest of a visit; ``details`` go into its consultation, where there is one that is not signed."""
        row = self._row(visit_id)
        row.state, row.told_at = state, told_at
        row.attending = attending or row.attending
        if details is not None:
            self._seal_details(row, details)
            if row.encounter_id is not None:
                self._correct(row.encounter_id, details)
        self.scope.session.flush()
        self.scope.trace("update", "visit", row.id, row.encounter_id)
        return self._opened(row)

    def assign(self, visit_id: str, owner_id: str, *, template: str = "soap", language: str = "ko") -> VisitRecord:
        """Make the consultation of a visit, for the physician who owns it from now on; nothing where it is there."""
        row = self._row(visit_id)
        details = self._opened(row).details
        if row.encounter_id is None and details is not None:
            account = self.scope.session.get_one(rows.AccountRow, owner_id)
            if account.hospital_id != self._hospital:
                self.scope.refuse("account", owner_id)
            added = Encounters(self.scope).add(details, owner_id=owner_id, template=template, language=language)
            row.become(added.id, owner_id)
            self.scope.session.flush()
            self.scope.trace("update", "visit", row.id, added.id)
        return self._opened(row)

    def hand_over(self, visit_id: str, owner_id: str) -> bool:
        """Give a consultation that nobody has begun to another physician; False where somebody has."""
        row = self._row(visit_id)
        if row.encounter_id is None or not self.untouched(row.encounter_id):
            return False
        encounter = self.scope.encounter(row.encounter_id, locked=True)
        encounter.owner_id = row.owner_id = owner_id
        self.scope.session.execute(
            update(rows.EncounterKeyRow)
            .where(rows.EncounterKeyRow.encounter_id == encounter.id)
            .values(owner_id=owner_id)
        )
        self.scope.session.flush()
        self.scope.trace("update", "encounter", encounter.id, encounter.id)
        return True

    def untouched(self, encounter_id: str) -> bool:
        """True where no consent was asked for and nothing was recorded."""
        self._service()
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "encounter", row.id, row.id)
        return not begun(self.scope, row)

    def unassigned(self) -> tuple[VisitRecord, ...]:
        """The open visits that have no consultation, oldest first."""
        self._service()
        query = select(VisitRow).where(
            VisitRow.hospital_id == self._hospital, VisitRow.state == "open", VisitRow.encounter_id.is_(None)
        )
        found = tuple(self._opened(row) for row in self.scope.session.scalars(query.order_by(VisitRow.told_at)))
        self.scope.trace("list", "visit", "unassigned")
        return found

    def lines(self, *, since: datetime) -> tuple[VisitLine, ...]:
        """The visits that something was told of since a moment, latest first, without anything of the patient."""
        self.scope.require("list visits", "admin", "service")
        query = (
            select(VisitRow, rows.AccountRow.login, rows.EncounterRow.stage)
            .outerjoin(rows.AccountRow, rows.AccountRow.id == VisitRow.owner_id)
            .outerjoin(rows.EncounterRow, rows.EncounterRow.id == VisitRow.encounter_id)
            .where(VisitRow.hospital_id == self._hospital, VisitRow.told_at >= since)
            .order_by(VisitRow.told_at.desc())
        )
        self.scope.trace("list", "visit", "states")
        return tuple(
            VisitLine(
                id=row.id, state=row.state, told_at=row.told_at, attending=row.attending, login=login, stage=stage
            )
            for row, login, stage in self.scope.session.execute(query)
        )

    def news(self, number: Identifier) -> PatientNews | None:
        """The latest told of the patient of that number; of one registered here by hand, their identity of old."""
        self._service()
        row = self._news_row(number)
        self.scope.trace("read", "patient_news", row.id if row else "none")
        if row is not None:
            return self._open_news(row)
        registered = self._registered(number)
        if registered is None:
            return None
        return PatientNews(told_at=datetime.min.replace(tzinfo=self.scope.clock().tzinfo), patient=registered.patient)

    def survivor(self, number: Identifier) -> Identifier:
        """The number under which the patient goes on after all merges."""
        self._service()
        self.scope.trace("read", "patient_news", "survivor")
        for _ in range(_MOST_MERGES):
            row = self._news_row(number)
            news = None if row is None else self._open_news(row)
            if news is None or news.survivor is None:
                break
            number = news.survivor
        return number

    def tell_patient(self, patient: Patient, told_at: datetime, *, but: Collection[str] = ()) -> None:
        """Keep who a patient is, and correct that in every consultation of theirs that is not signed, ``but`` those."""
        number = _numbered(patient)
        self._keep_news(number, PatientNews(told_at=told_at, patient=patient))
        for row in self._held_visits(number):
            details = self._opened(row).details
            if details is not None:
                self._seal_details(row, replace(details, patient=patient))
        registered = self._registered(number)
        if registered is not None:
            Patients(self.scope).register(patient)
            for encounter_id in self._unsigned(registered.id):
                if encounter_id not in but:
                    self._correct_patient(encounter_id, patient)

    def merge(self, prior: Identifier, survivor: Patient, told_at: datetime) -> None:
        """From now on the patient ``prior`` is ``survivor``, in all consultations; what is signed stays as signed."""
        number = _numbered(survivor)
        self._keep_news(prior, PatientNews(told_at=told_at, survivor=number))
        for row in self._held_visits(prior):
            details = self._opened(row).details
            row.patient_index = self._index("patient", number)
            if details is not None:
                self._seal_details(row, replace(details, patient=survivor))
        before = self._registered(prior)
        if before is None:
            return
        owner = self.scope.session.get_one(rows.PatientRow, before.id).owner_id
        after = Patients(self.scope).register(survivor, owner_id=owner)
        for encounter_id in self._unsigned(before.id):
            self._correct_patient(encounter_id, survivor)
        self.scope.session.execute(
            update(rows.EncounterRow)
            .where(rows.EncounterRow.hospital_id == self._hospital, rows.EncounterRow.patient_id == before.id)
            .values(patient_id=after.id)
        )
        self.scope.session.flush()
        self.scope.trace("update", "patient", before.id)

    @property
    def _hospital(self) -> str:
        return self.scope.actor.hospital_id

    def _service(self) -> None:
        self.scope.require("keep admissions", "service")

    def _new(self) -> dict[str, object]:
        self._service()
        now = self.scope.clock()
        return {"id": self.scope.new_id(), "created_at": now, "hospital_id": self._hospital, "owner_id": None}

    def _index(self, purpose: str, number: Identifier) -> bytes:
        return self.scope.index(purpose, number)

    def _visit_row(self, number: Identifier) -> VisitRow | None:
        query = select(VisitRow).where(
            VisitRow.hospital_id == self._hospital, VisitRow.visit_index == self._index("visit", number)
        )
        return self.scope.session.scalars(query.with_for_update(key_share=True)).one_or_none()

    def _row(self, visit_id: str) -> VisitRow:
        self._service()
        query = select(VisitRow).where(VisitRow.id == visit_id, VisitRow.hospital_id == self._hospital)
        return self.scope.one(query.with_for_update(key_share=True), "visit", visit_id)

    def _held_visits(self, patient: Identifier) -> list[VisitRow]:
        query = select(VisitRow).where(
            VisitRow.hospital_id == self._hospital, VisitRow.patient_index == self._index("patient", patient)
        )
        return list(self.scope.session.scalars(query))

    def _opened(self, row: VisitRow) -> VisitRecord:
        self.scope.trace("read", "visit", row.id, row.encounter_id)
        return VisitRecord(
            id=row.id,
            state=row.state,
            told_at=row.told_at,
            attending=row.attending,
            owner_id=row.owner_id,
            encounter_id=row.encounter_id,
            details=details_to_be(self.scope, row),
        )

    def _seal_details(self, row: VisitRow, details: Encounter | None) -> None:
        """Keep what the consultation is to be, until there is one; and whose it is in any case."""
        if details is None:
            return
        if details.patient is not None and details.patient.identifier is not None:
            row.patient_index = self._index("patient", details.patient.identifier)
        if row.encounter_id is None:
            key = new_data_key()
            row.wrapped_key = self.scope.wrapper.wrap(key, place(row, "wrapped_key"))
            seal_column(key, row, "sealed_details", _ENCOUNTER.dump_json(details))

    def _news_row(self, number: Identifier) -> PatientNewsRow | None:
        query = select(PatientNewsRow).where(
            PatientNewsRow.hospital_id == self._hospital, PatientNewsRow.patient_index == self._index("patient", number)
        )
        return self.scope.session.scalars(query.with_for_update(key_share=True)).one_or_none()

    def _open_news(self, row: PatientNewsRow) -> PatientNews:
        key = self.scope.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
        return _NEWS.validate_json(unseal_column(key, row, "sealed_news"))

    def _keep_news(self, number: Identifier, news: PatientNews) -> None:
        row = self._news_row(number)
        action = "update"
        if row is None:
            action = "create"
            row = PatientNewsRow(**self._new(), patient_index=self._index("patient", number))
            self.scope.session.add(row)
        key = new_data_key()
        row.told_at, row.merged = news.told_at, news.survivor is not None
        row.wrapped_key = self.scope.wrapper.wrap(key, place(row, "wrapped_key"))
        seal_column(key, row, "sealed_news", _NEWS.dump_json(news))
        self.scope.session.flush()
        self.scope.trace(action, "patient_news", row.id)

    def _registered(self, number: Identifier) -> PatientRecord | None:
        query = select(rows.PatientRow.id).where(
            rows.PatientRow.hospital_id == self._hospital,
            rows.PatientRow.identifier_index == self._index("patient", number),
        )
        found = self.scope.session.scalars(query).one_or_none()
        return None if found is None else Patients(self.scope).get(found)

    def _unsigned(self, patient_id: str) -> list[str]:
        query = select(rows.EncounterRow.id).where(
            rows.EncounterRow.hospital_id == self._hospital,
            rows.EncounterRow.patient_id == patient_id,
            rows.EncounterRow.stage.not_in(("signed", "delivered")),
        )
        return list(self.scope.session.scalars(query))

    def _correct_patient(self, encounter_id: str, patient: Patient) -> None:
        encounters = Encounters(self.scope)
        encounters.update(replace(encounters.get(encounter_id).encounter, patient=patient))

    def _correct(self, encounter_id: str, details: Encounter) -> None:
        """What the hospital knows better than the physician's desk: patient, setting, start, number."""
        encounters = Encounters(self.scope)
        record = encounters.get(encounter_id)
        if record.stage in ("signed", "delivered"):
            return
        told = replace(
            record.encounter,
            patient=details.patient,
            setting=details.setting,
            start=details.start,
            identifier=details.identifier,
        )
        if told != record.encounter:
            encounters.update(told)


def details_to_be(scope: Scope, visit: VisitRow) -> Encounter | None:
    """What the consultation of a visit is to be; None once there is one, or where the hospital told nothing of it."""
    if visit.wrapped_key is None:
        return None
    key = scope.wrapper.unwrap(visit.wrapped_key, place(visit, "wrapped_key"))
    return _ENCOUNTER.validate_json(unseal_column(key, visit, "sealed_details"))


def _numbered(patient: Patient) -> Identifier:
    if patient.identifier is None:
        raise ValueError("a patient of the hospital has a number")
    return patient.identifier
