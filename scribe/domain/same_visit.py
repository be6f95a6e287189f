"""Whether a visit that the hospital tells of is one that was typed in at the desk before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scribe.domain.encounter import Identifier, Patient, Sex

Doubt = Literal["several", "birth_date", "sex", "number", "physician"]
"""Why nobody but a person can say it: several consultations fit, the patient's birth date or sex or the visit number
differs, or nobody knows which physician the hospital means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the hospital tells; None is what it does not.  ``physician``: the account that it means, where known."""

    number: Identifier
    birth_date: date | None
    sex: Sex | None
    physician: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedIn:
    """A consultation of the same patient and day, or of that visit number, that no visit of the hospital stands for."""

    encounter_id: str
    owner_id: str
    patient: Patient | None
    number: Identifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """``same`` is the consultation that the visit is for certain; ``doubts`` are those that a person has to look at."""

    same: str | None = None
    doubts: tuple[tuple[str, Doubt], ...] = ()


def contradicts(arrival: Arrival, one: TypedIn) -> Doubt | None:
    """What of the patient differs; what either side does not know is no difference."""
    if one.patient is None:
        return None
    if arrival.birth_date is not None and arrival.birth_date != one.patient.birth_date:
        return "birth_date"
    known = {arrival.sex, one.patient.sex} - {None, "unknown"}
    return "sex" if len(known) > 1 else None


def match(arrival: Arrival, typed: Sequence[TypedIn]) -> Matching:
    """Which of ``typed`` the visit is.

    The visit number decides; without one the physician has to be the same, as patients see several in a day.
    """
    judged = [(one, _doubt(arrival, one)) for one in typed if _possible(arrival, one)]
    doubts = tuple((one.encounter_id, doubt) for one, doubt in judged if doubt is not None)
    certain = [one for one, doubt in judged if doubt is None]
    numbered = [one for one in certain if one.number is not None]
    best = numbered or certain
    if len(best) == 1:
        return Matching(same=best[0].encounter_id, doubts=doubts)
    return Matching(doubts=(*doubts, *((one.encounter_id, "several") for one in best)))


def _possible(arrival: Arrival, one: TypedIn) -> bool:
    return one.number == arrival.number or arrival.physician in (None, one.owner_id)


def _doubt(arrival: Arrival, one: TypedIn) -> Doubt | None:
    differing = contradicts(arrival, one)
    if differing is not None or one.number == arrival.number:
        return differing
    if one.number is not None:
        return "number"
    return "physician" if arrival.physician is None else None
