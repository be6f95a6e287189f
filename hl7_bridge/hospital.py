"""Fills a demonstration server with what a hospital's own system would hold before a consultation."""

from dataclasses import dataclass

from hl7_bridge.errors import unidentified
from hl7_bridge.fhir import FhirJson, Resource, TransactionBundle, TransactionEntry
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.kr_core import people
from hl7_bridge.kr_core.codes import HIRA_INSTITUTION_TYPE, concept
from hl7_bridge.site import INSTITUTION_ARC
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner

CLINIC = "31"  # 의원
INTERNAL_MEDICINE = "01"  # 내과


@dataclass(frozen=True, slots=True)
class _Registered:
    encounter: Encounter
    patient: Patient
    practitioner: Practitioner
    organization: Organization


def seed_hospital(client: FhirClient, encounter: Encounter) -> dict[str, str]:
    """Create institution, physician, role, patient and encounter, unless they are there.

    Returns the references by resource type.  Every one of them needs its identifier: UnidentifiedError.
    """
    hospital = _registered(encounter)
    written = client.transact(TransactionBundle(entries=tuple(_entries(hospital))))
    return {item.type: item.reference for item in written}


def _registered(encounter: Encounter) -> _Registered:
    if encounter.identifier is None:
        raise unidentified(what="Encounter", option="encounter")
    patient, practitioner, organization = encounter.patient, encounter.practitioner, encounter.organization
    if patient is None or patient.identifier is None:
        raise unidentified(what="Patient", option="patient")
    if practitioner is None or practitioner.identifier is None:
        raise unidentified(what="Practitioner", option="practitioner")
    if organization is None or organization.identifier is None:
        raise unidentified(what="Organization", option="organization")
    return _Registered(encounter, patient, practitioner, organization)


def _entries(hospital: _Registered) -> list[TransactionEntry]:
    institution = people.organization(hospital.organization)
    institution["type"] = [concept(HIRA_INSTITUTION_TYPE, CLINIC, "의원")]
    organization = _entry("organization", hospital.organization.identifier, institution)
    practitioner = _entry("practitioner", hospital.practitioner.identifier, people.practitioner(hospital.practitioner))
    patient = _entry("patient", hospital.patient.identifier, people.patient(hospital.patient))
    role_key = _role_identifier(hospital)
    role = people.practitioner_role(
        {"reference": practitioner.full_url},
        {"reference": organization.full_url},
        hospital.practitioner.department or INTERNAL_MEDICINE,
        role_key,
    )
    visit = people.encounter(
        hospital.encounter,
        {"reference": patient.full_url},
        {"reference": practitioner.full_url},
        {"reference": organization.full_url},
    )
    visit["status"] = "in-progress"
    return [
        organization,
        practitioner,
        patient,
        _entry("practitioner-role", role_key, role),
        _entry("encounter", hospital.encounter.identifier, visit),
    ]


def _entry(role: str, key: Identifier | None, content: FhirJson) -> TransactionEntry:
    if key is None:
        raise ValueError(f"{role} has no identifier")
    return TransactionEntry(role=role, key=key, resource=Resource(content))


def _role_identifier(hospital: _Registered) -> Identifier:
    organization, practitioner = hospital.organization.identifier, hospital.practitioner.identifier
    if organization is None or practitioner is None:
        raise ValueError("a role joins an identified physician and an identified institution")
    return Identifier(system=f"{INSTITUTION_ARC}.{organization.value}", value=f"role-{practitioner.value}")
