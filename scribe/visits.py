"""Consultations that are typed in: what a person at the desk says of a visit that no hospital system told of."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from hl7_bridge.hl7v2.admissions import Systems
from hl7_bridge.hl7v2.settings import Hl7Receiver
from scribe.admissions import NoSystemError, Opening, systems_of
from scribe.domain.consent import Consent, ConsentState
from scribe.domain.encounter import Encounter, Identifier, Patient, Setting
from scribe.settings import Settings
from scribe.site import site_of
from scribe.store import Work
from scribe.store.records import EncounterRecord

DecidedBy = Literal["patient", "guardian"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedVisit:
    """What was typed in; ``department`` None: the physician's own.  ``number`` is the hospital's of the visit."""

    patient: Patient
    owner_id: str
    start: datetime
    setting: Setting
    template: str
    department: str | None = None
    number: Identifier | None = None
    consent: ConsentState | None = None
    decided_by: DecidedBy = "patient"


def patient_system(settings: Settings, hospital_id: str) -> str:
    """The URI under which the hospital numbers its patients: the one its own system's messages are read with.

    A hospital without a number of its own has one that is this installation's alone.
    """
    systems = _systems(settings)
    return systems.patient if systems else f"urn:uuid:{hospital_id}"


def visit_number(settings: Settings, hospital_id: str, number: str) -> Identifier | None:
    """The hospital's number of a visit, if any, under the URI that its own system's messages are read with."""
    if not number:
        return None
    systems = _systems(settings)
    return Identifier(system=systems.visit if systems else f"urn:uuid:{hospital_id}#visit", value=number)


def registration_number(settings: Settings, hospital_id: str, number: str) -> Identifier | None:
    """The hospital's number of a patient, if any."""
    return Identifier(system=patient_system(settings, hospital_id), value=number) if number else None


def _systems(settings: Settings) -> Systems | None:
    """None where nothing says how the hospital numbers patients and visits."""
    site = site_of(settings)
    try:
        return systems_of(site, site.receive or Hl7Receiver())
    except NoSystemError:
        return None


def template_for(work: Work, settings: Settings, owner_id: str, setting: Setting) -> str:
    """The template of a physician's consultations in a setting: what they chose, else the installation's.

    Only the service looks up what another person chose.
    """
    return Opening(template=settings.template).template_of(work, owner_id, setting)


def open_visit(work: Work, settings: Settings, visit: TypedVisit) -> EncounterRecord:
    """The consultation of a typed visit, with the decision on recording where one was made.

    NotFoundError where the owner is no physician for whom the actor may open consultations, OtherPatientsNumberError
    where the visit number is known of another patient.
    """
    physician = next((one for one in work.accounts.physicians() if one.id == visit.owner_id), None)
    if physician is None:
        work.scope.refuse("account", visit.owner_id)
    department = visit.department or physician.practitioner.department
    encounter = Encounter(
        id=work.scope.new_id(),
        start=visit.start,
        setting=visit.setting,
        patient=visit.patient,
        practitioner=replace(physician.practitioner, department=department),
        organization=work.accounts.hospital().organization,
        identifier=visit.number,
    )
    work.visit_numbers.check(encounter)
    added = work.encounters.add(
        encounter,
        language=settings.language,
        template=visit.template,
        owner_id=physician.id,
    )
    if visit.number is not None:
        work.visit_numbers.take(added.id, visit.number)
    if visit.consent is not None:
        decision = Consent(
            purpose="recording", state=visit.consent, decided_at=work.scope.clock(), decided_by=visit.decided_by
        )
        work.consents.add(added.id, decision)
    return added


def numbered(patient: Patient, system: str, number: str) -> Patient:
    """The patient with the hospital's registration number, if any."""
    return replace(patient, identifier=Identifier(system=system, value=number) if number else None)
