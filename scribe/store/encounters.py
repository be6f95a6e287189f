"""Patients, encounters and their keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, get_args

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from scribe.crypto import new_data_key
from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Encounter, Patient
from scribe.store import models as rows
from scribe.store.errors import DuplicateError, NotPermittedError, RecordedAlreadyError
from scribe.store.records import DeliveryState, EncounterRecord, PatientRecord, Problem, Stage, UnfinishedWork
from scribe.store.revision_rows import AmendmentRow, RetractionRow
from scribe.store.scope import Scope, place, seal_column, unseal_column

ValueT = TypeVar("ValueT", int, str)
_ENCOUNTER = TypeAdapter(Encounter)
_PATIENT = TypeAdapter(Patient)
_BEFORE_DRAFT: tuple[Stage, ...] = ("recorded", "transcribing", "transcribed", "drafting")
_TOUCHES = (rows.ConsentRow, rows.RecordingRow, rows.UploadRow, rows.TranscriptRow)
_ORDER: tuple[Stage, ...] = get_args(Stage)
_LEAST_FAR: tuple[DeliveryState, ...] = (
    "rejected", "parked", "waiting", "claimed", "sent_outcome_unknown", "set_aside", "accepted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patients:
    """The hospital's patients; a physician sees those they registered."""

    scope: Scope

    def register(self, patient: Patient, *, owner_id: str | None = None) -> PatientRecord:
        """The record of ``patient``: known by the registration number, made where that is new or missing."""
        owner_id = owner_id or self.scope.actor.account_id
        index = self._index(patient)
        row = None if index is None else self._by_index(index)
        if row is None:
            row = self._new(owner_id, index, patient)
        elif self._identity(row) != patient:
            key = self.scope.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
            seal_column(key, row, "sealed_identity", _PATIENT.dump_json(patient))
            self.scope.trace("update", "patient", row.id)
        else:
            self.scope.trace("read", "patient", row.id)
        return PatientRecord(id=row.id, patient=patient)

    def get(self, patient_id: str) -> PatientRecord:
        query = select(rows.PatientRow).where(rows.PatientRow.id == patient_id, self.scope.visible(rows.PatientRow))
        row = self.scope.one(query, "patient", patient_id)
        self.scope.trace("read", "patient", row.id)
        return PatientRecord(id=row.id, patient=self._identity(row))

    def differences(self, patient: Patient) -> frozenset[str]:
        """What the patient who is registered under that number is known by otherwise: name, birth_date, sex.

        Nothing where the number is new, or all is the same; an unknown sex is no difference.
        """
        self.scope.permit("admit_patients")
        index = self._index(patient)
        row = None if index is None else self._by_index(index)
        if row is None:
            self.scope.trace("read", "patient", "none")
            return frozenset()
        self.scope.trace("read", "patient", row.id)
        known = self._identity(row)
        found = {name for name in ("name", "birth_date", "sex") if getattr(known, name) != getattr(patient, name)}
        return frozenset(found - {"sex"} if "unknown" in (known.sex, patient.sex) else found)

    def _identity(self, row: rows.PatientRow) -> Patient:
        key = self.scope.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
        return _PATIENT.validate_json(unseal_column(key, row, "sealed_identity"))

    def _new(self, owner_id: str, index: bytes | None, patient: Patient) -> rows.PatientRow:
        """Insert the patient; a concurrent registration of the same number wins."""
        key = new_data_key()
        row = rows.PatientRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=owner_id,
            identifier_index=index,
        )
        row.wrapped_key = self.scope.wrapper.wrap(key, place(row, "wrapped_key"))
        seal_column(key, row, "sealed_identity", _PATIENT.dump_json(patient))
        try:
            with self.scope.session.begin_nested():
                self.scope.session.add(row)
        except IntegrityError:
            known = None if index is None else self._by_index(index)
            if known is None:
                raise
            self.scope.trace("read", "patient", known.id)
            return known
        self.scope.trace("create", "patient", row.id)
        return row

    def _index(self, patient: Patient) -> bytes | None:
        return None if patient.identifier is None else self.scope.index("patient", patient.identifier)

    def _by_index(self, index: bytes) -> rows.PatientRow | None:
        return self.scope.session.scalars(
            select(rows.PatientRow)
            .where(
                rows.PatientRow.hospital_id == self.scope.actor.hospital_id,
                rows.PatientRow.identifier_index == index,
            )
            .with_for_update(key_share=True)
        ).one_or_none()


@dataclass(frozen=True, slots=True)
class Encounters:
    """Consultations; a physician sees their own."""

    scope: Scope

    def add(
        self, encounter: Encounter, *, language: str = "ko", template: str = "soap", owner_id: str | None = None
    ) -> EncounterRecord:
        """Open a consultation with its two keys.

        ``encounter.id`` becomes the id of the row.  Others name the physician who owns it; a physician owns what they
        open.  Raises :class:`DuplicateError` where the id is taken.
        """
        self.scope.permit("admit_patients")
        scope = self.scope
        if scope.session.get(rows.EncounterRow, encounter.id) is not None:
            raise DuplicateError(subject="encounter")
        if scope.actor.role == "physician":
            owner_id = scope.actor.account_id
        elif owner_id is None:
            raise NotPermittedError(role=scope.actor.role, action="open a consultation that nobody owns")
        else:
            self._require_physician(owner_id)
        patient = Patients(scope).register(encounter.patient, owner_id=owner_id) if encounter.patient else None
        row = rows.EncounterRow(
            id=encounter.id,
            created_at=scope.clock(),
            hospital_id=scope.actor.hospital_id,
            owner_id=owner_id,
            patient_id=patient.id if patient else None,
            started_at=encounter.start,
            stage="new",
            language=language,
            template=template,
            sealed_details=b"",
        )
        scope.session.add(row)
        scope.session.flush()
        scope.new_key(row, "capture")
        scope.new_key(row, "record")
        keep_details(scope, row, encounter)
        scope.session.flush()
        scope.trace("create", "encounter", row.id, row.id)
        return encounter_records(self.scope, select(rows.EncounterRow).where(rows.EncounterRow.id == row.id))[0]

    def get(self, encounter_id: str) -> EncounterRecord:
        """A consultation; :class:`NotFoundError` where the actor may not see one of that id."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "encounter", row.id, row.id)
        return encounter_records(self.scope, select(rows.EncounterRow).where(rows.EncounterRow.id == row.id))[0]

    def watch(self, encounter_id: str) -> None:
        """Note that somebody follows the states of a consultation, without reading it; refused as in :meth:`get`."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("watch", "encounter", row.id, row.id)

    def list(self, *, limit: int = 50, offset: int = 0) -> tuple[EncounterRecord, ...]:
        """The worklist: the latest consultations first; the page shown is audited as one."""
        query = (
            select(rows.EncounterRow)
            .where(self.scope.visible(rows.EncounterRow))
            .order_by(rows.EncounterRow.started_at.desc(), rows.EncounterRow.id.desc())
            .limit(limit)
            .offset(offset)
        )
        found = encounter_records(self.scope, query)
        self.scope.trace_list("encounter", [record.id for record in found])
        return found

    def count(self) -> int:
        """How many consultations the actor may see."""
        query = select(func.count()).select_from(rows.EncounterRow).where(self.scope.visible(rows.EncounterRow))
        self.scope.trace("list", "encounter", "count")
        return self.scope.session.scalars(query).one()

    def to_review(self, *, since: datetime, but: str = "") -> tuple[str, ...]:
        """The ids of the consultations since then whose draft waits for its signature, but for one, oldest first."""
        self.scope.permit("see_worklist")
        self.scope.trace("list", "encounter", "to_review")
        query = (
            select(rows.EncounterRow.id)
            .where(self.scope.visible(rows.EncounterRow), rows.EncounterRow.stage == "drafted")
            .where(rows.EncounterRow.problem.is_(None), _destroyed() == 0)
            .where(rows.EncounterRow.started_at >= since, rows.EncounterRow.id != but)
            .order_by(rows.EncounterRow.started_at, rows.EncounterRow.id)
        )
        return tuple(self.scope.session.scalars(query))

    def update(self, encounter: Encounter) -> EncounterRecord:
        """Correct the details of a consultation that is not signed yet."""
        row = self.scope.encounter(encounter.id, locked=True)
        if _reached(row.stage, "signed"):
            raise DuplicateError(subject="signed note")
        if encounter.patient is not None:
            row.patient_id = Patients(self.scope).register(encounter.patient, owner_id=row.owner_id).id
        row.started_at = encounter.start
        keep_details(self.scope, row, encounter)
        self.scope.session.flush()
        self.scope.trace("update", "encounter", row.id, row.id)
        return encounter_records(self.scope, select(rows.EncounterRow).where(rows.EncounterRow.id == row.id))[0]

    def reach(self, encounter_id: str, stage: Stage) -> None:
        """Note how far the work has come; it never goes back, and a problem that stood there is over."""
        row = self.scope.encounter(encounter_id, locked=True)
        advance(row, stage)
        self.scope.trace("update", "encounter", row.id, row.id)

    def stop(self, encounter_id: str, problem: Problem) -> None:
        """Note why the work stopped where it is."""
        row = self.scope.encounter(encounter_id, locked=True)
        row.problem = problem
        self.scope.trace("update", "encounter", row.id, row.id)

    def close(self, encounter_id: str) -> None:
        """Say that nothing will be recorded; :class:`RecordedAlreadyError` where something is, or is being."""
        row = self.scope.encounter(encounter_id, locked=True)
        if row.stage != "new" or row.recording_since is not None or self._captured(row.id):
            raise RecordedAlreadyError
        row.problem = "closed"
        self.scope.trace("close", "encounter", row.id, row.id)

    def reopen(self, encounter_id: str) -> None:
        """Take back that a consultation was closed here."""
        row = self.scope.encounter(encounter_id, locked=True)
        if row.problem == "closed":
            row.problem = None
            self.scope.trace("reopen", "encounter", row.id, row.id)
        else:
            self.scope.trace("read", "encounter", row.id, row.id)

    def note_recording(self, encounter_id: str, *, under_way: bool) -> None:
        """Note that a device is recording a consultation now, said again and again while it does, or has stopped."""
        row = self.scope.encounter(encounter_id, locked=True)
        began, now = row.recording_since is None, self.scope.clock()
        row.recording_since = (row.recording_since or now) if under_way else None
        row.recording_seen_at = now if under_way else None
        if under_way and row.problem == "closed":
            row.problem = None
        moved = began if under_way else not began
        self.scope.trace("record" if moved else "watch", "encounter", row.id, row.id)

    def unfinished(self) -> tuple[UnfinishedWork, ...]:
        """The hospital's consultations on their way to a draft that nothing has stopped, oldest first."""
        self.scope.require("look for unfinished work", "service")
        self.scope.trace("list", "encounter", "unfinished")
        query = (
            select(
                rows.EncounterRow.id,
                rows.EncounterRow.stage,
                _latest(rows.RecordingRow.id, rows.RecordingRow.encounter_id),
                _unheard(),
                _latest(rows.TranscriptRow.id, rows.TranscriptRow.encounter_id),
                _undrafted(),
            )
            .where(self.scope.visible(rows.EncounterRow), rows.EncounterRow.problem.is_(None), _destroyed() == 0)
            .where(
                or_(
                    rows.EncounterRow.stage.in_(_BEFORE_DRAFT),
                    _unheard().is_not(None),
                    and_(rows.EncounterRow.stage == "drafted", _undrafted().is_not(None)),
                )
            )
            .order_by(rows.EncounterRow.id)
        )
        found = []
        for encounter_id, stage, recording, unheard, transcript, undrafted in self.scope.session.execute(query):
            changed = stage == "drafted" and transcript == undrafted
            if recording is not None and recording == unheard:
                found.append(UnfinishedWork(encounter_id=encounter_id, recording_id=recording))
            elif transcript is not None and (stage in _BEFORE_DRAFT or changed):
                found.append(UnfinishedWork(encounter_id=encounter_id, transcript_id=transcript))
        return tuple(found)

    def _captured(self, encounter_id: str) -> bool:
        tables = (rows.RecordingRow, rows.UploadRow, rows.TranscriptRow)
        return any(
            self.scope.session.scalars(select(exists().where(table.encounter_id == encounter_id))).one()
            for table in tables
        )

    def _require_physician(self, account_id: str) -> None:
        """The hospital's own, as consultations are nobody else's."""
        query = select(rows.AccountRow).where(
            rows.AccountRow.id == account_id,
            rows.AccountRow.hospital_id == self.scope.actor.hospital_id,
            rows.AccountRow.role == "physician",
        )
        self.scope.one(query, "account", account_id)


def details_of(scope: Scope, row: rows.EncounterRow) -> Encounter:
    """The details of a consultation that the caller has scoped."""
    return _ENCOUNTER.validate_json(unseal_column(scope.key(row, "record"), row, "sealed_details"))


def begun(scope: Scope, row: rows.EncounterRow) -> bool:
    """Whether consent was asked for, or anything is recorded or being recorded."""
    touched = any(
        scope.session.scalars(select(exists().where(table.encounter_id == row.id))).one() for table in _TOUCHES
    )
    return touched or row.stage != "new" or row.recording_since is not None


def keep_details(scope: Scope, row: rows.EncounterRow, encounter: Encounter) -> None:
    """Seal the details of a consultation, and let it be found by its visit number."""
    seal_column(scope.key(row, "record"), row, "sealed_details", _ENCOUNTER.dump_json(encounter))
    row.visit_index = None if encounter.identifier is None else scope.index("visit", encounter.identifier)


def encounter_records(scope: Scope, query: Select[rows.EncounterRow]) -> tuple[EncounterRecord, ...]:
    """The records of ``query``, which the caller has scoped."""
    columns = (
        _latest(rows.TranscriptRow.version, rows.TranscriptRow.encounter_id),
        _latest(rows.DraftRow.version, rows.DraftRow.encounter_id),
        _latest(rows.SignedNoteRow.version, rows.SignedNoteRow.encounter_id),
        _latest(rows.SignedNoteRow.note_id, rows.SignedNoteRow.encounter_id),
        _delivery(),
        _destroyed(),
        amending(),
        retracted(),
    )
    found = scope.session.execute(query.add_columns(*columns).execution_options(populate_existing=True)).all()
    if len(found) > 1:
        scope.load_record_keys([row[0].id for row in found])
    return tuple(
        EncounterRecord(
            id=row.id,
            owner_id=row.owner_id,
            patient_id=row.patient_id,
            encounter=details_of(scope, row),
            stage=row.stage,
            problem=row.problem,
            language=row.language,
            template=row.template,
            created_at=row.created_at,
            capture_destroyed=bool(destroyed),
            transcript_version=transcript,
            draft_version=draft,
            note_id=note_id,
            note_version=note,
            delivery=delivery,
            amending=bool(is_amending),
            retracted=bool(is_retracted),
        )
        for row, transcript, draft, note, note_id, delivery, destroyed, is_amending, is_retracted in found
    )


def standings(scope: Scope) -> Select[Any]:
    """How far the consultations that the actor may see have come; the columns say nothing of the patient."""
    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
        rows.EncounterRow.id,
        rows.EncounterRow.stage,
        rows.EncounterRow.problem,
        rows.EncounterRow.recording_seen_at,
        _destroyed().label("capture_destroyed"),
        consent_now().label("consent"),
        _latest(rows.TranscriptRow.version, rows.TranscriptRow.encounter_id).label("transcript_version"),
        _latest(rows.DraftRow.version, rows.DraftRow.encounter_id).label("draft_version"),
        _latest(rows.SignedNoteRow.version, rows.SignedNoteRow.encounter_id).label("note_version"),
        _delivery().label("delivery"),
    )
    return select(*columns).where(scope.visible(rows.EncounterRow))


def advance(row: rows.EncounterRow, stage: Stage) -> None:
    """Move an encounter on to ``stage``, never back."""
    if not _reached(row.stage, stage):
        row.stage = stage
    row.problem = None


def _reached(now: Stage, stage: Stage) -> bool:
    return _ORDER.index(now) >= _ORDER.index(stage)


def _latest(
    column: InstrumentedAttribute[ValueT], encounter_id: InstrumentedAttribute[str]
) -> ScalarSelect[ValueT | None]:
    """The greatest value of ``column`` among the rows of an encounter."""
    query = select(func.max(column)).where(encounter_id == rows.EncounterRow.id)
    return query.correlate(rows.EncounterRow).scalar_subquery()


def _unheard() -> ScalarSelect[str | None]:
    """The latest recording of an encounter that no transcript was made from."""
    heard = exists().where(rows.TranscriptRow.recording_id == rows.RecordingRow.id)
    query = select(func.max(rows.RecordingRow.id)).where(rows.RecordingRow.encounter_id == rows.EncounterRow.id, ~heard)
    return query.correlate(rows.EncounterRow).scalar_subquery()


def _undrafted() -> ScalarSelect[str | None]:
    """The latest transcript of an encounter that no draft was made from."""
    drafted = exists().where(rows.DraftRow.transcript_id == rows.TranscriptRow.id)
    of_encounter = rows.TranscriptRow.encounter_id == rows.EncounterRow.id
    query = select(func.max(rows.TranscriptRow.id)).where(of_encounter, ~drafted)
    return query.correlate(rows.EncounterRow).scalar_subquery()


def _delivery() -> ScalarSelect[DeliveryState]:
    """The state of the delivery of the latest signed version, where it has several the one that is least far."""
    least_far = case({state: place for place, state in enumerate(_LEAST_FAR)}, value=rows.OutboxRow.state)
    return (
        select(rows.OutboxRow.state)
        .where(rows.OutboxRow.encounter_id == rows.EncounterRow.id)
        .order_by(rows.OutboxRow.version.desc(), least_far)
        .limit(1)
        .correlate(rows.EncounterRow)
        .scalar_subquery()
    )


def consent_now() -> ScalarSelect[ConsentState]:
    """The latest decision on recording, which holds."""
    return (
        select(rows.ConsentRow.state)
        .where(rows.ConsentRow.encounter_id == rows.EncounterRow.id, rows.ConsentRow.purpose == "recording")
        .order_by(rows.ConsentRow.id.desc())
        .limit(1)
        .correlate(rows.EncounterRow)
        .scalar_subquery()
    )


def amending() -> ScalarSelect[int]:
    """How many amendments of an encounter are under way: one, or none."""
    query = select(func.count()).select_from(AmendmentRow).where(AmendmentRow.encounter_id == rows.EncounterRow.id)
    return query.where(AmendmentRow.ended_at.is_(None)).correlate(rows.EncounterRow).scalar_subquery()


def retracted() -> ScalarSelect[int]:
    """How often an encounter's note was retracted: once, or never."""
    query = select(func.count()).select_from(RetractionRow).where(RetractionRow.encounter_id == rows.EncounterRow.id)
    return query.correlate(rows.EncounterRow).scalar_subquery()


def _destroyed() -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(rows.EncounterKeyRow)
        .where(
            rows.EncounterKeyRow.encounter_id == rows.EncounterRow.id,
            rows.EncounterKeyRow.purpose == "capture",
            rows.EncounterKeyRow.destroyed_at.is_not(None),
        )
        .correlate(rows.EncounterRow)
        .scalar_subquery()
    )
