"""Who met whom, when and where."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Sex = Literal["male", "female", "other", "unknown"]
Setting = Literal["outpatient", "emergency", "inpatient_round", "telephone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A business identifier as FHIR has it: ``value`` is unique within the URI ``system``."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The person the record is about; ``identifier`` is the hospital's registration number (MRN)."""

    name: str
    sex: Sex
    birth_date: date
    identifier: Identifier | None = None

    def age_on(self, day: date) -> int:
        """Completed years on ``day`` (만 나이)."""
        before_birthday = (day.month, day.day) < (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - before_birthday


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The care institution; ``identifier`` is its HIRA number (요양기관기호)."""

    name: str
    identifier: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """A clinician; ``identifier`` is the MOHW licence, ``department`` a HIRA medical department code."""

    name: str
    identifier: Identifier | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One consultation.

    ``start`` is timezone-aware and is what "어제" or "2주 뒤" in the dialogue is relative to.  ``identifier``
    is the hospital's own encounter number, by which the bridge finds the encounter on the hospital's server.
    """

    id: str
    start: datetime
    setting: Setting = "outpatient"
    specialty: str | None = None
    patient: Patient | None = None
    practitioner: Practitioner | None = None
    organization: Organization | None = None
    identifier: Identifier | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("encounter.start needs a time zone")
