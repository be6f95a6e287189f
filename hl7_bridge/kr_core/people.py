"""Patient, physician, institution and encounter as KR Core resources.

The bridge never creates them on a hospital's server; they stand inside the document Bundle, so that the
document can be read alone, and ``hl7_bridge.hospital`` fills a demonstration server with them.
"""

from typing import Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core.codes import (
    HIRA_DEPARTMENT,
    HIRA_INSTITUTION,
    MD_LICENCE,
    MD_QUALIFICATION,
    PROFILE,
    TERMINOLOGY,
    concept,
)
from hl7_bridge.kr_core.context import fhir_instant
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner, Setting

_CLASS: dict[Setting, tuple[str, str]] = {
    "outpatient": ("AMB", "ambulatory"),
    "emergency": ("EMER", "emergency"),
    "inpatient_round": ("IMP", "inpatient encounter"),
    "telephone": ("VR", "virtual"),
}

DEPARTMENTS: Final = frozenset(
    [*(f"{code:02d}" for code in (*range(27), *range(50, 60), 61, *range(80, 88))), *"12345789"]
)
"""The HIRA departments (진료과목) that krcore-medical-doctor-role takes."""


def identifier_json(identifier: Identifier) -> FhirJson:
    return {"system": identifier.system, "value": identifier.value}


def patient(value: Patient) -> FhirJson:
    """krcore-patient, which needs an identifier: without one no profile is claimed."""
    resource: FhirJson = {"resourceType": "Patient"}
    if value.identifier is not None:
        resource["meta"] = {"profile": [f"{PROFILE}krcore-patient"]}
        number_type = concept(f"{TERMINOLOGY}v2-0203", "MR")
        resource["identifier"] = [{"type": number_type, **identifier_json(value.identifier)}]
    resource["name"] = [{"text": value.name}]
    resource["gender"] = value.sex
    resource["birthDate"] = value.birth_date.isoformat()
    return resource


def practitioner(value: Practitioner) -> FhirJson:
    """krcore-medical-doctor where the licence is known; its number also stands where a search finds it."""
    resource: FhirJson = {"resourceType": "Practitioner"}
    licence = value.identifier
    if licence is not None:
        if licence.system == MD_LICENCE:
            resource["meta"] = {"profile": [f"{PROFILE}krcore-medical-doctor"]}
        resource["identifier"] = [identifier_json(licence)]
    resource["name"] = [{"text": value.name}]
    if licence is not None and licence.system == MD_LICENCE:
        resource["qualification"] = [
            {"identifier": [identifier_json(licence)], "code": concept(MD_QUALIFICATION, "의사", "의사")}
        ]
    return resource


def practitioner_role(doctor: FhirJson, institution: FhirJson, department: str, identifier: Identifier) -> FhirJson:
    """krcore-medical-doctor-role; ``doctor`` and ``institution`` are references, ``department`` a HIRA code."""
    return {
        "resourceType": "PractitionerRole",
        "meta": {"profile": [f"{PROFILE}krcore-medical-doctor-role"]},
        "identifier": [identifier_json(identifier)],
        "practitioner": doctor,
        "organization": institution,
        "code": [concept(f"{TERMINOLOGY}practitioner-role", "doctor", "Doctor")],
        "specialty": [concept(HIRA_DEPARTMENT, department)],
    }


def organization(value: Organization) -> FhirJson:
    """krcore-healthcare-organization under a HIRA number, else krcore-organization."""
    numbered = value.identifier is not None and value.identifier.system == HIRA_INSTITUTION
    profile = "krcore-healthcare-organization" if numbered else "krcore-organization"
    resource: FhirJson = {"resourceType": "Organization", "meta": {"profile": [f"{PROFILE}{profile}"]}}
    if value.identifier is not None:
        resource["identifier"] = [identifier_json(value.identifier)]
    resource["name"] = value.name
    return resource


def encounter(value: Encounter, subject: FhirJson, doctor: FhirJson | None, institution: FhirJson | None) -> FhirJson:
    """krcore-encounter, of which only the start is known.

    A consultation is finished once its note is signed; a stay in hospital or emergency department goes on.
    """
    code, display = _CLASS[value.setting]
    resource: FhirJson = {"resourceType": "Encounter", "meta": {"profile": [f"{PROFILE}krcore-encounter"]}}
    if value.identifier is not None:
        resource["identifier"] = [identifier_json(value.identifier)]
    resource["status"] = "finished" if value.setting in ("outpatient", "telephone") else "in-progress"
    resource["class"] = {"system": f"{TERMINOLOGY}v3-ActCode", "code": code, "display": display}
    resource["subject"] = subject
    if doctor is not None:
        resource["participant"] = [{"individual": doctor}]
    resource["period"] = {"start": fhir_instant(value.start)}
    if institution is not None:
        resource["serviceProvider"] = institution
    return resource
