"""What is left of a resource that was entered in error: nothing is deleted, its status says it."""

from typing import Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core.codes import DATA_ABSENT, TERMINOLOGY, concept

IN_ERROR: Final = "entered-in-error"

_VERIFIED: Final = {
    "Condition": f"{TERMINOLOGY}condition-ver-status",
    "AllergyIntolerance": f"{TERMINOLOGY}allergyintolerance-verification",
}
_MASKED: Final = concept(DATA_ABSENT, "masked", "Masked")
_NO_CONTENT: Final = {
    "attachment": {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
    }
}
# what base R4 demands beside the status: references stay, content gives way
_KEPT: Final = ("resourceType", "id", "identifier", "subject", "patient", "intent", "occurrenceDateTime")
_EMPTIED: Final[dict[str, FhirJson]] = {
    "Observation": {"code": _MASKED},
    "MedicationRequest": {"medicationCodeableConcept": _MASKED},
    "Immunization": {"vaccineCode": _MASKED},
    "DocumentReference": {"content": [_NO_CONTENT]},
}


def is_withdrawn(content: FhirJson) -> bool:
    """True where the resource already says that it was entered in error."""
    if content.get("status") == IN_ERROR:
        return True
    codings = content.get("verificationStatus", {}).get("coding", [])
    return any(coding.get("code") == IN_ERROR for coding in codings)


def withdrawn(content: FhirJson, *, strip: bool = False) -> FhirJson:
    """The resource as entered in error; ``strip`` leaves only identity, status and what base R4 demands.

    Condition and AllergyIntolerance say it by their verification status, beside which base R4 forbids a clinical
    one (con-5, ait-2).
    """
    kind = content["resourceType"]
    if strip:
        left = {name: content[name] for name in _KEPT if name in content} | _EMPTIED.get(kind, {})
    else:
        left = {name: value for name, value in as_stored(content).items() if name != "clinicalStatus"}
    if kind in _VERIFIED:
        return left | {"verificationStatus": concept(_VERIFIED[kind], IN_ERROR, "Entered in Error")}
    return left | {"status": IN_ERROR}


def superseded(content: FhirJson) -> FhirJson:
    """A document that a newer one replaces."""
    return as_stored(content) | {"status": "superseded"}


def as_stored(content: FhirJson) -> FhirJson:
    """What the server holds, without what the server itself writes: the version and its narrative."""
    meta = {name: value for name, value in content.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    left = {name: value for name, value in content.items() if name not in ("meta", "text")}
    return left | {"meta": meta} if meta else left
