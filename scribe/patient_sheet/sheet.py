"""The sheet as it is approved: everything that the patient is to read, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Language = Literal["ko", "en"]
Role = Literal["found", "medicines", "warning", "do", "next"]
Meal = Literal["before", "after", "with", "between"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence in ``language``; ``when`` is the day it speaks of, where the record counts the days to it.

    ``original``: it stands as the physician wrote it, in another language than the sheet.
    """

    id: str
    text: str
    language: Language
    original: bool = False
    when: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A titled part of the sheet."""

    code: str
    title: str
    role: Role
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A medicine: how much at which time of the day, in ``language``; ``to_confirm`` is what the patient must ask."""

    entry: str
    name: str
    language: Language
    morning: str | None = None
    noon: str | None = None
    evening: str | None = None
    bedtime: str | None = None
    meal: Meal | None = None
    relation_to_meal: str | None = None
    days: int | None = None
    to_confirm: str | None = None

    @property
    def is_timed(self) -> bool:
        """Whether the record names a time of the day."""
        return any((self.morning, self.noon, self.evening, self.bedtime))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The hand-out of version ``version`` of a note in ``language``, its parts in reading order.

    The medicine grid stands in the part whose role is "medicines", which there is wherever there are rows.
    """

    language: Language
    hospital: str
    phone: str | None
    patient: str
    visit: datetime
    physician: str
    signed_at: datetime
    version: int
    parts: tuple[Part, ...]
    medicines: tuple[Row, ...] = ()

    @property
    def is_amended(self) -> bool:
        """Whether an earlier version was handed out, or could have been."""
        return self.version > 1
