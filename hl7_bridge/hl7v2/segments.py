"""The segments of what is sent, filled from the note's encounter as the hospital knows it; nothing is made up.

A name goes whole into the family name: a Korean name is not divided by guessing.  Whose field is empty in the
encounter is empty in the segment.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hl7_bridge.errors import unidentified
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.hl7v2.syntax import Composite, Message, Segment, Value, segment
from hl7_bridge.hl7v2.times import day, stamp
from hl7_bridge.site import Site, business_identifier
from scribe.domain.encounter import Identifier, Patient, Practitioner, Setting, Sex
from scribe.domain.note import SignedNote

_SEX: Final[dict[Sex, str]] = {"male": "M", "female": "F", "other": "O", "unknown": "U"}
_CLASS: Final[dict[Setting, str]] = {"outpatient": "O", "emergency": "E", "inpatient_round": "I", "telephone": "O"}
_MD_LICENCE: Final = "http://www.hl7korea.or.kr/Identifier/mohw-md-license-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to send: ``event`` such as ``MDM^T02``, ``key`` what it is about, ``control_id`` its MSH-10."""

    role: str
    event: str
    key: Identifier
    control_id: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all messages about one signed version have in common."""

    note: SignedNote
    site: Site
    destination: Hl7Destination

    def message(
        self, role: str, event: tuple[str, str, str], key: Identifier, *segments: Segment, at: datetime | None = None
    ) -> Outgoing:
        """MSH, EVN where the event has one, PID and PV1 before ``segments``; the same bytes for the same note.

        ``event`` is MSH-9; ``at`` (MSH-7) is when the version was signed, unless something happened to it later.
        """
        at = at or self.note.signed_at
        code, trigger = event[:2]
        control_id = self.control_id(role, f"{code}^{trigger}")
        event_type = [segment("EVN", {1: trigger, 2: stamp(at)})] if code != "ORU" else []
        header = self._header(Composite(*event), control_id, at)
        people = (self.patient(), self.visit())
        return Outgoing(
            role=role,
            event=f"{code}^{trigger}",
            key=key,
            control_id=control_id,
            message=Message((header, *event_type, *people, *segments)),
        )

    def control_id(self, role: str, event: str) -> str:
        """MSH-10: 20 characters (the most that version 2.5 takes), the same whenever the same is sent."""
        return "S" + _digest(f"{self.note.note_id}.v{self.note.version}.{role}.{event}")[:19]

    def document_key(self, role: str, version: int) -> Identifier:
        """The identifier of a version's document: TXA-12, and what the FHIR channel calls it."""
        return Identifier(system=self.site.system_for(self.note), value=f"{self.note.note_id}.v{version}.{role}")

    def key(self, role: str) -> Identifier:
        return business_identifier(self.note, self.site, role)

    def entity(self, key: Identifier) -> Composite:
        """An identifier as EI: value, our namespace, and the system as a universal id."""
        value = key.value if self.destination.document_number == "full" else _digest(key.value)[:20]
        authority = _authority(key.system, "").parts
        return Composite(value, self.destination.sending_application.split("^")[0], *authority[1:])

    def person(self, who: Practitioner) -> Composite:
        """A physician as XCN."""
        number = who.identifier
        parts: list[str | Composite] = [number.value if number else "", who.name]
        if number is None:
            return Composite(*parts)
        authority = _authority(number.system, self.destination.practitioner_authority)
        kind = "MD" if number.system == _MD_LICENCE else ""
        return Composite(*parts, "", "", "", "", "", "", authority, "L", "", "", kind)

    def ai_label(self, *, by_ai: bool) -> Value:
        """OBX-17: the label that the FHIR channel puts on what a machine drafted, where the site wants it."""
        if not (by_ai and self.destination.ai_label):
            return ""
        return Composite("AIAST", "Artificial Intelligence asserted", "ObservationValue")

    def patient(self) -> Segment:
        """PID; UnidentifiedError where the encounter names no registered patient."""
        patient = self.note.encounter.patient
        if patient is None or patient.identifier is None:
            raise unidentified(what="Patient", option="patient")
        return segment("PID", self._identity(patient, patient.identifier))

    def visit(self) -> Segment:
        """PV1; UnidentifiedError where the hospital's number of the visit is unknown."""
        encounter = self.note.encounter
        number = encounter.identifier
        if number is None:
            raise unidentified(what="Encounter", option="encounter")
        authority = _authority(number.system, self.destination.visit_authority)
        values: dict[int, Value] = {1: "1", 2: _CLASS[encounter.setting]}
        if encounter.practitioner is not None:
            values[7] = self.person(encounter.practitioner)
            values[10] = encounter.practitioner.department or ""
        return segment("PV1", values | {19: Composite(number.value, "", "", authority, "VN")})

    def _identity(self, patient: Patient, number: Identifier) -> dict[int, Value]:
        authority = _authority(number.system, self.destination.patient_authority)
        return {
            1: "1",
            3: Composite(number.value, "", "", authority, "MR"),
            5: Composite(patient.name, "", "", "", "", "", "L"),
            7: day(patient.birth_date),
            8: _SEX[patient.sex],
        }

    def _header(self, event: Composite, control_id: str, at: datetime) -> Segment:
        wanted = self.destination
        levels = {"original": ("", ""), "enhanced": ("AL", "AL"), "accept": ("AL", "NE")}[wanted.acknowledgement]
        made = segment(
            "MSH",
            {
                3: _hierarchic(wanted.sending_application),
                4: _hierarchic(wanted.sending_facility),
                5: _hierarchic(wanted.receiving_application),
                6: _hierarchic(wanted.receiving_facility),
                7: stamp(at),
                9: event,
                10: control_id,
                11: wanted.processing_id,
                12: wanted.version,
                15: levels[0],
                16: levels[1],
                17: "KOR",
                18: wanted.charset,
            },
        )
        signs = made.delimiters
        return Segment("MSH", (signs.field, signs.encoding_characters, *made.fields[2:]), signs)


def _hierarchic(text: str) -> Composite:
    return Composite(*text.split("^"))


def _authority(system: str, given: str) -> Composite:
    """An HD: as the site names the authority, else from the identifier's URI."""
    if given:
        return _hierarchic(given)
    if system.startswith("urn:oid:"):
        return Composite("", system.removeprefix("urn:oid:"), "ISO")
    return Composite("", system, "URI")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest().upper()
