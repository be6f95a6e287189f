"""Signed versions on their way to the hospital's systems."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from scribe.store.records import DeliveryState, OutboxRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted
from scribe.web.api.answers import Answer, RecordId, Wish, problems

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
