"""What the store knows of visits and patients from the hospital's information system, opened for reading."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scribe.domain.encounter import Encounter, Identifier, Patient

VisitState = Literal["open", "discharged", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """A visit; ``details`` is the consultation to be made of it, None once ``encounter_id`` names it, or for a visit
    that was cancelled before anything was told of it."""

    id: str
    state: VisitState
    told_at: datetime
    attending: str | None
    owner_id: str | None
    encounter_id: str | None
    details: Encounter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientNews:
    """The latest told of a patient: ``patient``, or, since a merge, the number of the ``survivor``."""

    told_at: datetime
    patient: Patient | None = None
    survivor: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """A visit as the hospital's IT sees it: nothing of the patient."""

    id: str
    state: VisitState
    told_at: datetime
    attending: str | None
    login: str | None
    stage: str | None
