"""The tables of open drafts: what is being written anew, and which pages look at them.  Ids and numbers only."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scribe.domain.rewriting import RewritingState
from scribe.store.models import Id, OfEncounter, Table, Word


class RewritingRow(OfEncounter, Table):
    """A physician's wish to have stale pieces written anew; ``before`` and ``after`` are the draft's versions."""

    __tablename__ = "rewriting"

    state: Mapped[RewritingState] = mapped_column(Word)
    wish: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    before: Mapped[int | None]
    after: Mapped[int | None]
    rewritten: Mapped[int]
    removed: Mapped[int]
    offered: Mapped[int]


class OpenPageRow(OfEncounter, Table):
    """A page that has a draft open: its owner is who opened it."""

    __tablename__ = "open_page"
    __table_args__ = (UniqueConstraint("encounter_id", "page"),)

    page: Mapped[str] = mapped_column(Id)
    seen_at: Mapped[datetime] = mapped_column(index=True)
