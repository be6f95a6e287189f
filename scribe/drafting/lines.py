"""A line of the patient summary before it is a statement: what it tells, of which entries, and to whom."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.encounter import Setting
from scribe.domain.entries import Entry

What = Literal[
    "diagnosis",
    "suspected",
    "looked_into",
    "return_visit",
    "symptoms",
    "symptoms_too",
    "blood_pressure",
    "vital",
    "result",
    "medicine",
    "medicine_more",
    "unconfirmed",
    "advice",
    "test",
    "procedure",
    "referral",
    "follow_up",
    "warning",
]


@dataclass(frozen=True, slots=True)
class Line:
    """``told`` are the entries that ``text`` names, ``entries`` all on which it rests."""

    what: What
    text: str
    told: tuple[Entry, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who the summary speaks to: the patient, or the one who gives a child its medicine."""

    is_child: bool
    setting: Setting = "outpatient"

    @property
    def take(self) -> str:
        return "먹이세요" if self.is_child else "드세요"

    @property
    def do_not_take(self) -> str:
        return "먹이지 마세요" if self.is_child else "드시지 마세요"
