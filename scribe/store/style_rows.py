"""The tables of what is learnt from edits: rules, observations, and shares of what was kept."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scribe.domain.encounter import Setting
from scribe.domain.style import RuleOrigin, RuleState
from scribe.store.models import Id, OfEncounter, Scoped, Table, Word


class StyleRuleRow(Scoped, Table):
    """A habit of the owner, sealed under a key of its own: its words may echo what a note said."""

    __tablename__ = "style_rule"

    state: Mapped[RuleState] = mapped_column(Word)
    origin: Mapped[RuleOrigin] = mapped_column(Word)
    seen: Mapped[int]
    applied: Mapped[int]
    changed_at: Mapped[datetime]
    wrapped_key: Mapped[bytes]
    sealed_habit: Mapped[bytes]


class StyleObservationRow(OfEncounter, Table):
    """What one signed consultation tells of its physician's habits, under the capture key: it goes with the draft."""

    __tablename__ = "style_observation"
    __table_args__ = (UniqueConstraint("encounter_id"),)

    sealed_document: Mapped[bytes]


class EditShareRow(OfEncounter, Table):
    """How many of the drafter's pieces a signed version kept; numbers only.

    ``note_*``, ``summary_*`` and ``entries_*`` count; ``review_seconds`` is from the draft to the signature.
    """

    __tablename__ = "edit_share"
    __table_args__ = (UniqueConstraint("encounter_id", "version"),)

    version: Mapped[int]
    account_id: Mapped[str] = mapped_column(Id)
    template: Mapped[str] = mapped_column(Word)
    setting: Mapped[Setting] = mapped_column(Word)
    language: Mapped[str] = mapped_column(Word)
    signed_at: Mapped[datetime] = mapped_column(index=True)
    review_seconds: Mapped[int]
    note_kept: Mapped[int]
    note_edited: Mapped[int]
    note_deleted: Mapped[int]
    note_added: Mapped[int]
    summary_kept: Mapped[int]
    summary_edited: Mapped[int]
    summary_deleted: Mapped[int]
    summary_added: Mapped[int]
    entries_kept: Mapped[int]
    entries_edited: Mapped[int]
    entries_deleted: Mapped[int]
    entries_added: Mapped[int]
