"""The tables of what follows a signature: amendments under way, and retractions."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scribe.store.models import Id, OfEncounter, Table, Word

AmendmentEnd = Literal["signed", "abandoned"]
UNENDED = "ended_at IS NULL"


class AmendmentRow(OfEncounter, Table):
    """Somebody amends a signed version: from ``created_at`` until it is signed as the next one, or given up.

    A consultation has one that has not ended at most.  ``first_draft`` is the draft it began with; the reason lies
    under the record key.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended"),
        Index(
            "ix_amendment_open",
            "encounter_id",
            unique=True,
            sqlite_where=text(UNENDED),
            postgresql_where=text(UNENDED),
        ),
    )

    amends: Mapped[int]
    first_draft: Mapped[int]
    started_by: Mapped[str] = mapped_column(Id)
    sealed_reason: Mapped[bytes]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[AmendmentEnd | None] = mapped_column(Word)


class RetractionRow(OfEncounter, Table):
    """A note that does not belong to its patient, or should never have been written; the reason under the record key.

    ``version`` is the latest that was signed; none follows.
    """

    __tablename__ = "retraction"
    __table_args__ = (UniqueConstraint("encounter_id"), UniqueConstraint("note_id"))

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    retracted_by: Mapped[str] = mapped_column(Id)
    sealed_reason: Mapped[bytes]
