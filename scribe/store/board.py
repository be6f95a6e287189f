"""The dispatch board: what workers ask and say many times a minute.

Times, names and states of deliveries, nothing of a patient; therefore it is not audited.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from scribe.store import models as rows
from scribe.store.database import READS_ONLY
from scribe.store.outbox import is_due
from scribe.store.records import HELD, SETTLED, UNSETTLED, DeliveryState


@dataclass(frozen=True, slots=True)
class Board:
    """The deliveries of all hospitals of an installation."""

    engine: Engine

    def due(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """Hospital and destination of everything that a worker may take up now."""
        query = select(rows.OutboxRow.hospital_id, rows.OutboxRow.destination).where(is_due(now)).distinct()
        with self._reading() as session:
            return tuple((hospital_id, destination) for hospital_id, destination in session.execute(query))

    def next_due(self, now: datetime) -> datetime | None:
        """When the next delivery that is not due yet will be."""
        query = select(func.min(rows.OutboxRow.due_at)).where(
            rows.OutboxRow.state.not_in(SETTLED), rows.OutboxRow.due_at > now
        )
        with self._reading() as session:
            return session.scalars(query).one()

    def under_way(self) -> bool:
        """Whether anything is with a worker, or will be without anybody's doing."""
        earlier = aliased(rows.OutboxRow)
        stuck = exists().where(
            earlier.encounter_id == rows.OutboxRow.encounter_id,
            earlier.destination == rows.OutboxRow.destination,
            earlier.version < rows.OutboxRow.version,
            earlier.state.in_(HELD),
        )
        query = select(rows.OutboxRow.id).where(rows.OutboxRow.state.in_(UNSETTLED), ~stuck).limit(1)
        with self._reading() as session:
            return session.scalars(query).one_or_none() is not None

    def states(self, note_id: str, version: int) -> dict[str, DeliveryState]:
        """The state of a signed version at each destination."""
        query = select(rows.OutboxRow.destination, rows.OutboxRow.state).where(
            rows.OutboxRow.note_id == note_id, rows.OutboxRow.version == version
        )
        with self._reading() as session:
            return {row.destination: row.state for row in session.execute(query)}

    def extend(self, outbox_ids: Collection[str], worker: str, until: datetime) -> None:
        """Hold deliveries longer, as far as ``worker`` holds them still: its heartbeat."""
        held = (rows.OutboxRow.id.in_(outbox_ids), rows.OutboxRow.worker == worker)
        with Session(self.engine) as session, session.begin():
            session.execute(update(rows.OutboxRow).where(*held).values(due_at=until))

    def _reading(self) -> Session:
        return Session(self.engine.execution_options(**{READS_ONLY: True}))
