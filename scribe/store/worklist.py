"""The worklist: the consultations of a day, and those of earlier days that somebody still has to finish."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Identifier, Practitioner
from scribe.store import models as rows
from scribe.store.accounts import practitioner_of
from scribe.store.encounters import consent_now, encounter_records
from scribe.store.records import HELD, OVER, EncounterRecord
from scribe.store.scope import Scope
from scribe.store.visit_matches import in_doubt

_UNFINISHED = ("recorded", "transcribing", "transcribed", "drafting", "drafted")
_LISTED = rows.EncounterRow.problem.is_distinct_from("merged")
"""Two consultations that were merged are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistLine:
    """A consultation with what the worklist shows beside it.

    ``open_items``: how much of the latest draft waits for a decision; None where it is not known.  ``recorded_at`` is
    when the latest recording or transcript came in, ``ready_at`` when the first draft was there, ``signed_at`` that of
    the latest version.  ``recording_since``: a device says that it records this consultation, last at
    ``recording_seen_at``.  ``in_doubt``: somebody has to say whether it is a visit that the hospital told of.
    """

    record: EncounterRecord
    physician: Practitioner
    consent: ConsentState | None
    open_items: int | None
    recorded_at: datetime | None
    ready_at: datetime | None
    signed_at: datetime | None
    recording_since: datetime | None
    recording_seen_at: datetime | None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Worklist:
    """What the actor may see of it; every page shown is audited."""

    scope: Scope

    def between(self, start: datetime, end: datetime, *, limit: int = 300, offset: int = 0) -> tuple[WorklistLine, ...]:
        """The consultations that began from ``start`` until ``end``, in their order."""
        query = self._seen(_LISTED, rows.EncounterRow.started_at >= start, rows.EncounterRow.started_at < end)
        return self._listed(query.order_by(rows.EncounterRow.started_at, rows.EncounterRow.id), limit, offset)

    def count(self, start: datetime, end: datetime) -> int:
        """How many consultations began from ``start`` until ``end``."""
        self._permit()
        self.scope.trace("list", "encounter", "count")
        query = select(func.count()).select_from(
            self._seen(_LISTED, rows.EncounterRow.started_at >= start, rows.EncounterRow.started_at < end).subquery()
        )
        return self.scope.session.scalars(query).one()

    def unfinished(self, before: datetime, *, limit: int = 100) -> tuple[WorklistLine, ...]:
        """The consultations before a moment that were recorded and wait for a signature, or for a person to look at
        their delivery, oldest first."""
        held = exists().where(rows.OutboxRow.encounter_id == rows.EncounterRow.id, rows.OutboxRow.state.in_(HELD))
        destroyed = exists().where(
            rows.EncounterKeyRow.encounter_id == rows.EncounterRow.id,
            rows.EncounterKeyRow.purpose == "capture",
            rows.EncounterKeyRow.destroyed_at.is_not(None),
        )
        waits = rows.EncounterRow.stage.in_(_UNFINISHED) & ~destroyed
        query = self._seen(rows.EncounterRow.started_at < before, or_(waits, held))
        query = query.where(or_(rows.EncounterRow.problem.is_(None), rows.EncounterRow.problem.not_in(OVER)))
        return self._listed(query.order_by(rows.EncounterRow.started_at, rows.EncounterRow.id), limit, 0)

    def of(self, encounter_ids: Collection[str]) -> tuple[WorklistLine, ...]:
        """Those of the consultations that the actor may see."""
        query = self._seen(rows.EncounterRow.id.in_(encounter_ids))
        return self._listed(query.order_by(rows.EncounterRow.started_at, rows.EncounterRow.id), len(encounter_ids), 0)

    def latest(self, *, limit: int) -> tuple[WorklistLine, ...]:
        """The latest consultations of any day, to search among."""
        order = (rows.EncounterRow.started_at.desc(), rows.EncounterRow.id.desc())
        return self._listed(self._seen(_LISTED).order_by(*order), limit, 0)

    def of_patient(self, number: Identifier, start: datetime, end: datetime) -> tuple[str, ...]:
        """The ids of the consultations of the patient of that number that began from ``start`` until ``end`` and are
        not closed."""
        self._permit()
        index = self.scope.index("patient", number)
        query = (
            select(rows.EncounterRow.id)
            .join(rows.PatientRow, rows.PatientRow.id == rows.EncounterRow.patient_id)
            .where(self.scope.visible(rows.EncounterRow), rows.PatientRow.identifier_index == index)
            .where(rows.EncounterRow.started_at >= start, rows.EncounterRow.started_at < end)
            .where(or_(rows.EncounterRow.problem.is_(None), rows.EncounterRow.problem.not_in(OVER)))
            .order_by(rows.EncounterRow.started_at)
        )
        found = tuple(self.scope.session.scalars(query))
        for encounter_id in found or ("none",):
            self.scope.trace("list", "encounter", encounter_id, encounter_id if found else None)
        return found

    def _permit(self) -> None:
        self.scope.permit("see_worklist")

    def _seen(self, *conditions: ColumnElement[bool]) -> Select[rows.EncounterRow]:
        self._permit()
        return select(rows.EncounterRow).where(self.scope.visible(rows.EncounterRow), *conditions)

    def _listed(self, query: Select[rows.EncounterRow], limit: int, offset: int) -> tuple[WorklistLine, ...]:
        records = encounter_records(self.scope, query.limit(limit).offset(offset))
        beside = self._beside([record.id for record in records])
        self.scope.trace_list("encounter", [record.id for record in records])
        return tuple(_line(record, *beside[record.id]) for record in records)

    def _beside(self, encounter_ids: list[str]) -> dict[str, tuple[Any, rows.AccountRow]]:
        if not encounter_ids:
            return {}
        query = (
            select(
                rows.EncounterRow.id,
                rows.EncounterRow.recording_since,
                rows.EncounterRow.recording_seen_at,
                consent_now().label("consent"),
                _open_items().label("open_items"),
                in_doubt().label("in_doubt"),
                _moment(func.max(rows.TranscriptRow.created_at), rows.TranscriptRow.encounter_id).label("heard_at"),
                _moment(func.max(rows.RecordingRow.created_at), rows.RecordingRow.encounter_id).label("recorded_at"),
                _moment(func.min(rows.DraftRow.created_at), rows.DraftRow.encounter_id).label("ready_at"),
                _moment(func.max(rows.SignedNoteRow.signed_at), rows.SignedNoteRow.encounter_id).label("signed_at"),
                rows.AccountRow,
            )
            .join(rows.AccountRow, rows.AccountRow.id == rows.EncounterRow.owner_id)
            .where(rows.EncounterRow.id.in_(encounter_ids))
        )
        return {row.id: (row, row.AccountRow) for row in self.scope.session.execute(query)}


def _line(record: EncounterRecord, beside: Any, account: rows.AccountRow) -> WorklistLine:
    return WorklistLine(
        record=record,
        physician=practitioner_of(account),
        consent=beside.consent,
        open_items=beside.open_items,
        recorded_at=_later(beside.recorded_at, beside.heard_at),
        ready_at=beside.ready_at,
        signed_at=beside.signed_at,
        recording_since=beside.recording_since,
        recording_seen_at=beside.recording_seen_at,
        in_doubt=bool(beside.in_doubt),
    )


def _later(*moments: datetime | None) -> datetime | None:
    return max(_known(moments), default=None)


def _known(moments: Iterable[datetime | None]) -> Iterable[datetime]:
    return (moment for moment in moments if moment is not None)


def _moment(moment: ColumnElement[datetime], encounter_id: InstrumentedAttribute[str]) -> ScalarSelect[datetime]:
    """Null where the consultation has no such row."""
    return select(moment).where(encounter_id == rows.EncounterRow.id).correlate(rows.EncounterRow).scalar_subquery()


def _open_items() -> ScalarSelect[int | None]:
    """Of the latest draft."""
    query = select(rows.DraftRow.open_items).where(rows.DraftRow.encounter_id == rows.EncounterRow.id)
    latest = query.order_by(rows.DraftRow.version.desc()).limit(1)
    return latest.correlate(rows.EncounterRow).scalar_subquery()
