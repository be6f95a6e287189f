"""A physician's habits of writing: rules that words, order and template of a draft follow.

A rule changes how something is said, never what: :mod:`scribe.style` refuses the others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scribe.domain.encounter import Setting

RuleState = Literal["active", "paused", "dismissed"]
"""``dismissed``: the physician deleted a learnt rule; it is kept so that it is not learnt again."""

RuleOrigin = Literal["learnt", "written"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Whole words ``before`` are written as ``after``: another name of a thing, another turn of phrase."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionOrder:
    """The sections of notes by ``template`` stand in the order of these codes."""

    template: str
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTemplate:
    """Consultations of a ``setting`` ("outpatient" …) are drafted by ``template``."""

    setting: str
    template: str


Habit = Wording | SectionOrder | DefaultTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRule:
    """A habit of one physician; ``seen`` counts the consultations it was learnt from, ``applied`` its uses."""

    id: str
    habit: Habit
    state: RuleState
    origin: RuleOrigin
    seen: int = 0
    applied: int = 0

    @property
    def active(self) -> bool:
        return self.state == "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one signed consultation tells of its physician's habits.

    ``replaced`` are exchanges of words that left the statement as well supported as it was; ``drafted`` the texts of
    the drafter's statements, in which a phrase may have been left alone; ``order`` the codes of the signed sections.
    """

    template: str
    setting: str
    replaced: tuple[Wording, ...]
    drafted: tuple[str, ...]
    order: tuple[str, ...]
    drafted_order: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What became of the drafter's pieces at signing, counted; ``added`` are the physician's own."""

    kept: int = 0
    edited: int = 0
    deleted: int = 0
    added: int = 0

    @property
    def drafted(self) -> int:
        return self.kept + self.edited + self.deleted

    def __add__(self, other: "Share") -> "Share":
        return Share(
            kept=self.kept + other.kept,
            edited=self.edited + other.edited,
            deleted=self.deleted + other.deleted,
            added=self.added + other.added,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditShares:
    """The shares of one signed consultation: note, patient summary and structured entries."""

    note: Share
    summary: Share
    entries: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedShares:
    """The shares of one signed version; ``review_seconds`` is from the first draft to the signature."""

    account_id: str
    template: str
    setting: Setting
    language: str
    signed_at: datetime
    review_seconds: int
    shares: EditShares
