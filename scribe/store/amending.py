"""The rows that stand after a signature, for repositories that need to know of them."""

from sqlalchemy import select

from scribe.store.revision_rows import AmendmentEnd, AmendmentRow, RetractionRow
from scribe.store.scope import Scope


def open_amendment(scope: Scope, encounter_id: str) -> AmendmentRow | None:
    """The amendment of a visible encounter that has not ended."""
    query = select(AmendmentRow).where(AmendmentRow.encounter_id == encounter_id, AmendmentRow.ended_at.is_(None))
    return scope.session.scalars(query).one_or_none()


def end_amendment(scope: Scope, row: AmendmentRow, ended_as: AmendmentEnd) -> None:
    """Nothing more is drafted for it."""
    row.ended_at, row.ended_as = scope.clock(), ended_as
    scope.session.flush()


def retraction_of(scope: Scope, encounter_id: str) -> RetractionRow | None:
    """The retraction of a visible encounter's note, None where it stands."""
    return scope.session.scalars(select(RetractionRow).where(RetractionRow.encounter_id == encounter_id)).one_or_none()
