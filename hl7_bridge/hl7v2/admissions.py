"""Admissions in: what an ADT message says, as values.

A snapshot changes only what it states: an empty field leaves a value as it is, and whoever keeps the values decides
what is enough to make a new patient or visit of.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from hl7_bridge.hl7v2.errors import MessageError
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.hl7v2.syntax import Message, Segment
from hl7_bridge.hl7v2.times import read_day, read_moment
from scribe.domain.encounter import Identifier, Setting, Sex

Kind = Literal["visit", "discharge", "cancel", "person", "merge"]
EVENTS: Final[dict[str, Kind]] = {
    "A01": "visit",
    "A04": "visit",
    "A08": "visit",
    "A03": "discharge",
    "A11": "cancel",
    "A31": "person",
    "A40": "merge",
}
_LONGEST: Final = 8192
_MOST: Final = 100
_READ: Final = frozenset({"EVN", "PID", "PV1", "MRG"})
"""Bounds of what is read: characters of a field, repetitions of one, merges of a message."""
_SEX: Final[dict[str, Sex]] = {"M": "male", "F": "female", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
_CLASS: Final[dict[str, Setting]] = {
    "O": "outpatient",
    "R": "outpatient",
    "P": "outpatient",
    "E": "emergency",
    "I": "inpatient_round",
    "B": "inpatient_round",
    "V": "telephone",
}
"""PV1-2 (table 0004: outpatient, recurring, preadmission, emergency, inpatient, obstetrics; V is of version 2.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTold:
    """A patient as a message has them; None is what it does not say."""

    identifier: Identifier
    name: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTold:
    """A visit as a message has it; ``attending`` is the hospital's number of the physician (PV1-7.1)."""

    identifier: Identifier
    setting: Setting | None = None
    start: datetime | None = None
    attending: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """``prior`` is from now on the patient ``survivor``."""

    survivor: PatientTold
    prior: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What makes a message the same message again: its sender (MSH-3, MSH-4), MSH-10, and everything but the header."""

    sender: str
    control_id: str
    body_sha256: str

    @property
    def key(self) -> str:
        """A digest that says nothing of the message."""
        return hashlib.sha256("\n".join((self.sender, self.control_id, self.body_sha256)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """An ADT message understood; ``at`` is when it happened (EVN-2, else MSH-7)."""

    kind: Kind
    event: str
    receipt: Receipt
    at: datetime
    patient: PatientTold | None = None
    visit: VisitTold | None = None
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """The URIs under which the hospital's patients and visits are numbered."""

    patient: str
    visit: str


def read_admission(message: Message, settings: Hl7Receiver, systems: Systems) -> Admission:
    """What an ADT message says; MessageError names the field that is missing or wrong."""
    event = event_of(message)
    kind = EVENTS.get(event)
    if kind is None:
        known = " ".join(EVENTS)
        raise MessageError(location="MSH-9", problem=f"the event is not one of {known}", code="201", rejects=True)
    _bounded(message)
    zone = ZoneInfo(settings.timezone)
    reader = _Reader(message, settings, systems, zone)
    return Admission(
        kind=kind,
        event=event,
        receipt=receipt_of(message),
        at=reader.happened(),
        patient=reader.patient(message.require("PID")) if kind != "merge" else None,
        visit=reader.visit() if kind in ("visit", "discharge", "cancel") else None,
        merges=tuple(reader.merges()) if kind == "merge" else (),
    )


def event_of(message: Message) -> str:
    """MSH-9.2; old messages have the event in EVN-1 alone."""
    event = message.first("EVN")
    return message.header.text(9, 2) or (event.text(1) if event else "")


def receipt_of(message: Message) -> Receipt:
    header = message.header
    body = "\r".join(segment.written() for segment in message.segments[1:])
    return Receipt(
        sender=f"{header.raw(3)}|{header.raw(4)}",
        control_id=header.text(10),
        body_sha256=hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
    )


class _Reader:
    def __init__(self, message: Message, settings: Hl7Receiver, systems: Systems, zone: ZoneInfo) -> None:
        self._message = message
        self._settings = settings
        self._systems = systems
        self._zone = zone

    def happened(self) -> datetime:
        event = self._message.first("EVN")
        if event is not None and event.text(2):
            return read_moment(event.text(2), self._zone, "EVN-2")
        stated = self._message.header.text(7)
        if not stated:
            raise MessageError(location="MSH-7", problem="neither it nor EVN-2 says when this happened", code="101")
        return read_moment(stated, self._zone, "MSH-7")

    def patient(self, pid: Segment) -> PatientTold:
        return PatientTold(
            identifier=self._number(pid, 3),
            name=_name(pid) or None,
            sex=self._sex(pid),
            birth_date=read_day(pid.text(7), "PID-7") if pid.text(7) else None,
        )

    def visit(self) -> VisitTold:
        pv1 = self._message.require("PV1")
        number = pv1.text(19)
        if not number:
            raise MessageError(location="PV1-19", problem="the visit has no number", code="101")
        code = pv1.text(2).upper()
        if code and code not in _CLASS:
            raise MessageError(location="PV1-2", problem=f"the class is not one of {' '.join(_CLASS)}", code="103")
        return VisitTold(
            identifier=Identifier(system=self._systems.visit, value=_value(number, "PV1-19")),
            setting=_CLASS.get(code),
            start=read_moment(pv1.text(44), self._zone, "PV1-44") if pv1.text(44) else None,
            attending=_value(pv1.text(7), "PV1-7") if pv1.text(7) else None,
        )

    def merges(self) -> Iterator[Merge]:
        """Each MRG with the PID before it."""
        survivor: PatientTold | None = None
        found = 0
        for part in self._message.segments:
            if part.name == "PID":
                survivor = self.patient(part)
            elif part.name == "MRG":
                if survivor is None:
                    raise MessageError(location="MRG", problem="no PID stands before it", code="100")
                found += 1
                prior = self._number(part, 1)
                if prior == survivor.identifier:
                    raise MessageError(location="MRG-1", problem="a patient cannot be merged into itself", code="205")
                yield Merge(survivor=survivor, prior=prior)
        if not found:
            raise MessageError(location="MRG", problem="the segment is missing", code="100")

    def _number(self, part: Segment, field: int) -> Identifier:
        """The number by which the hospital knows a patient, among the repetitions of a CX."""
        location = f"{part.name}-{field}"
        numbers = [n for n in range(1, part.count(field) + 1) if part.text(field, 1, 1, n)]
        wanted = self._settings
        if wanted.patient_authority:
            numbers = [n for n in numbers if wanted.patient_authority in _authorities(part, field, n)]
        typed = [n for n in numbers if part.text(field, 5, 1, n) == wanted.patient_type]
        untyped = [n for n in numbers if not part.text(field, 5, 1, n)]
        chosen = typed or untyped
        if not chosen:
            problem = f"no number of the type {wanted.patient_type}, or of the configured authority"
            raise MessageError(location=location, problem=problem, code="101")
        values = {part.text(field, 1, 1, n) for n in chosen}
        if len(values) > 1:
            raise MessageError(
                location=location, problem="several numbers of that type: configure patient_authority", code="204"
            )
        return Identifier(system=self._systems.patient, value=_value(values.pop(), location))

    def _sex(self, pid: Segment) -> Sex | None:
        code = pid.text(8).upper()
        if not code:
            return "unknown" if pid.is_null(8) else None
        if code not in _SEX:
            raise MessageError(location="PID-8", problem=f"the sex is not one of {' '.join(_SEX)}", code="103")
        return _SEX[code]


def _bounded(message: Message) -> None:
    """MessageError where a field is so long, or repeats so often, that reading it would take its time."""
    if sum(part.name == "MRG" for part in message.segments) > _MOST:
        raise MessageError(location="MRG", problem=f"more than {_MOST} merges in one message", code="104")
    for part in message.segments:
        for number in range(1, len(part.fields) + 1 if part.name in _READ else 1):
            if len(part.raw(number)) > _LONGEST or part.count(number) > _MOST:
                problem = f"longer than {_LONGEST} characters, or more than {_MOST} repetitions"
                raise MessageError(location=f"{part.name}-{number}", problem=problem, code="104")


def _authorities(part: Segment, field: int, repetition: int) -> set[str]:
    return {part.text(field, 4, n, repetition) for n in (1, 2)} - {""}


def _name(pid: Segment) -> str:
    """The legal name: of several, the one of type L, and the one in Hangul before any other.

    Parts in Hangul or Hanja are joined as Koreans write them, others given name first.
    """
    found = []
    for n in range(1, pid.count(5) + 1):
        family, given, middle = (pid.text(5, part, 1, n) for part in (1, 2, 3))
        parts = [part for part in (family, given, middle) if part]
        if parts:
            korean = all(_is_korean(part) for part in parts)
            whole = "".join(parts) if korean else " ".join(part for part in (given, middle, family) if part)
            found.append((pid.text(5, 7, 1, n) != "L", not any(map(_is_hangul, whole)), n, whole))
    return min(found)[3][:200] if found else ""


def _is_korean(text: str) -> bool:
    return all(_is_hangul(sign) or unicodedata.name(sign, "").startswith("CJK") or not sign.isalpha() for sign in text)


def _is_hangul(sign: str) -> bool:
    return "\uac00" <= sign <= "\ud7a3" or "\u1100" <= sign <= "\u11ff" or "\u3131" <= sign <= "\u318e"


def _value(text: str, location: str) -> str:
    if len(text) > 64 or not text.isprintable():
        raise MessageError(
            location=location, problem="longer than 64 characters, or with control characters", code="104"
        )
    return text
