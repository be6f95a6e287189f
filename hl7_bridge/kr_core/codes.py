"""Canonical addresses, code systems and codes of KR Core 2.0.0 and base R4 that the mapping writes."""

from typing import Final

from hl7_bridge.fhir import FhirJson

PROFILE: Final = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
CONDITION_CATEGORY_KR: Final = "http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types"
HIRA_INSTITUTION: Final = "http://www.hl7korea.or.kr/Identifier/hira-krnpi"
HIRA_DEPARTMENT: Final = "http://www.hl7korea.or.kr/CodeSystem/hira-medical-department"
HIRA_INSTITUTION_TYPE: Final = "http://www.hl7korea.or.kr/CodeSystem/hira-healthcare-organization-types"
VACCINATION: Final = "http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-vcnt-types"
EDI_PROCEDURE: Final = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-procedure"
EDI_MEDICATION: Final = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication"
MD_LICENCE: Final = "http://www.hl7korea.or.kr/Identifier/mohw-md-license-id"
MD_QUALIFICATION: Final = "http://www.hl7korea.or.kr/CodeSystem/mohw-practitioner-qualification-types"

TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
SNOMED: Final = "http://snomed.info/sct"
DATA_ABSENT: Final = f"{TERMINOLOGY}data-absent-reason"

AI_LABEL: Final[FhirJson] = {
    "system": f"{TERMINOLOGY}v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}

# A label on a part of a resource (HL7 Data Segmentation for Privacy, inline security labels).
INLINE_LABEL: Final = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"


def concept(system: str, code: str, display: str | None = None, text: str | None = None) -> FhirJson:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def quantity(value: float, unit: str, code: str | None) -> FhirJson:
    """A Quantity; UCUM where ``code`` is one.  Whole numbers are written without a fraction."""
    number = int(value) if float(value).is_integer() else value
    if code is None:
        return {"value": number, "unit": unit} if unit else {"value": number}
    return {"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}
