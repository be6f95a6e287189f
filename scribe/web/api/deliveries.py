"""Signed versions on their way to the hospital's systems."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from hl7_bridge.conflicts import ChangedResource
from scribe.store.records import DeliveryState, OutboxRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.routes.revisions import ask_hospital, changed_row

router = APIRouter(tags=["deliveries"], dependencies=[Depends(permitted("see_deliveries"))])


class DeliveryAnswer(Answer):
    """The delivery of one signed version to one destination: ids, times and states, nothing of a patient.

    ``behind`` is the earlier version that it waits for; ``problem`` a code where something stands in its way.
    """

    id: str
    encounter_id: str
    note_id: str
    version: int
    destination: str
    state: DeliveryState
    attempts: int
    queued_at: datetime
    changed_at: datetime
    behind: int | None
    problem: str | None


class DifferenceAnswer(Answer):
    """A field by its FHIRPath: what was sent last, what is there now, what would be; empty where there is none."""

    path: str
    sent: str
    theirs: str
    ours: str


class ChangedResourceAnswer(Answer):
    """A resource that is neither what an earlier version wrote nor what the new one states."""

    type: str
    reference: str
    changed_at: datetime | None
    differences: list[DifferenceAnswer]


class ChangedAnswer(Answer):
    """``problem`` where the destination could not be asked, in Korean."""

    asked_at: datetime
    problem: str | None
    resources: list[ChangedResourceAnswer]


class ReplayWish(Wish):
    """``overwrite``: replace what somebody else changed at the destination meanwhile."""

    overwrite: bool = False


class SetAsideWish(Wish):
    """Why it is not sent; kept with the record."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


@router.get("/deliveries", summary="What has not arrived", responses=problems())
def open_deliveries(service: ServiceOf, viewer: Signed) -> list[DeliveryAnswer]:
    """A physician's own; for IT those of the hospital."""
    with service.store.begin(viewer.actor) as work:
        return [_answer(row) for row in work.outbox.open_items()]


@router.get("/deliveries/{delivery_id}", summary="One delivery", responses=problems(404))
def delivery(delivery_id: RecordId, service: ServiceOf, viewer: Signed) -> DeliveryAnswer:
    """How far it has come."""
    with service.store.begin(viewer.actor) as work:
        return _answer(work.outbox.get(delivery_id))


@router.get("/encounters/{encounter_id}/deliveries", summary="Deliveries of a consultation", responses=problems(404))
def deliveries_of(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[DeliveryAnswer]:
    """By version and destination."""
    with service.store.begin(viewer.actor) as work:
        return [_answer(row) for row in work.outbox.list(encounter_id)]


@router.post("/deliveries/{delivery_id}/replay", summary="Send again", responses=problems(404, 409))
def replay(delivery_id: RecordId, wish: ReplayWish, service: ServiceOf, viewer: ScriptViewer) -> DeliveryAnswer:
    """Put a rejected or parked delivery on its way again."""
    with service.store.begin(viewer.actor) as work:
        work.outbox.replay(delivery_id, overwrite=wish.overwrite)
        return _answer(work.outbox.get(delivery_id))


@router.post("/deliveries/{delivery_id}/set-aside", summary="Do not send", responses=problems(404, 409))
def set_aside(delivery_id: RecordId, wish: SetAsideWish, service: ServiceOf, viewer: ScriptViewer) -> DeliveryAnswer:
    """Leave it unsent, with a reason; the version stays signed and is kept here."""
    with service.store.begin(viewer.actor) as work:
        work.outbox.set_aside(delivery_id, wish.reason)
        return _answer(work.outbox.get(delivery_id))


@router.get(
    "/encounters/{encounter_id}/deliveries/{delivery_id}/changed",
    summary="What the hospital changed",
    responses=problems(404),
)
def changed(encounter_id: RecordId, delivery_id: RecordId, service: ServiceOf, viewer: Signed) -> ChangedAnswer:
    """What is there now beside what would be written, asked of the destination for this answer; 404 where the delivery
    does not wait for that decision."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        row = changed_row(work, encounter_id, delivery_id)
        versions = [record.note for record in work.notes.versions(encounter_id)]
    note = next(version for version in versions if version.version == row.version)
    found, problem = ask_hospital(service, row.destination, note, versions)
    resources = [_changed(one) for one in found]
    return ChangedAnswer(asked_at=service.store.clock(), problem=problem or None, resources=resources)


def _changed(resource: ChangedResource) -> ChangedResourceAnswer:
    differences = [
        DifferenceAnswer(path=one.path, sent=one.sent, theirs=one.theirs, ours=one.ours) for one in resource.differences
    ]
    return ChangedResourceAnswer(
        type=resource.type, reference=resource.reference, changed_at=resource.changed_at, differences=differences
    )


def _answer(row: OutboxRecord) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=row.id,
        encounter_id=row.encounter_id,
        note_id=row.note_id,
        version=row.version,
        destination=row.destination,
        state=row.state,
        attempts=row.attempts,
        queued_at=row.queued_at,
        changed_at=row.changed_at,
        behind=row.behind,
        problem=row.problem,
    )
