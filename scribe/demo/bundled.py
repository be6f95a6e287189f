"""The consultation that ships with the product, and the invented clinic it takes place in."""

from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.formats import read_encounter

HIRA_NUMBER = "99900001"
CLINIC = "바른숲가정의학과의원"
SYSTEM = f"urn:oid:1.2.410.100110.10.{HIRA_NUMBER}"
"""Identifiers of the invented clinic: the OID arc of Korean care institutions with its number."""

ORGANIZATION = Organization(
    name=CLINIC, identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/hira-krnpi", value=HIRA_NUMBER)
)
PHYSICIAN = Practitioner(
    name="이서연",
    identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/mohw-md-license-id", value="990001"),
    department="23",
)
"""Department 23 is family medicine (가정의학과) in HIRA's list of medical departments."""

LOGIN = "demo"


def audio_file() -> Path:
    """The bundled recording (synthetic speech)."""
    return Path(str(files("scribe.demo") / "consultation.flac"))


def case_file() -> Path:
    """Its reference transcript and gold entries, a consultation-case/1 file."""
    return Path(str(files("scribe.demo") / "consultation.json"))


def encounter_of(stated: Encounter | None, encounter_id: str, now: datetime) -> Encounter:
    """The encounter as the invented clinic's system knows it: what the file states, with the clinic's numbers.

    Without a stated patient it is an invented one, so that the user's own recording can be shown end to end.
    """
    stated = stated or Encounter(id=encounter_id, start=now)
    patient = stated.patient or Patient(name="홍길동", sex="unknown", birth_date=date(1970, 1, 1))
    return replace(
        stated,
        id=encounter_id,
        patient=replace(patient, identifier=patient.identifier or Identifier(system=f"{SYSTEM}.1", value="00012345")),
        practitioner=PHYSICIAN,
        organization=ORGANIZATION,
        identifier=Identifier(system=f"{SYSTEM}.2", value=encounter_id),
    )


def bundled_encounter() -> Encounter | None:
    return read_encounter(case_file().read_bytes(), case_file().name)
