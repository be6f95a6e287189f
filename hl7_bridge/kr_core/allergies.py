"""Allergies as AllergyIntolerance."""

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import TERMINOLOGY, concept
from hl7_bridge.kr_core.context import Context
from scribe.domain.entries import ATC_SYSTEM, Allergy

DENIED = "없다고 한 알레르기이므로 알레르기 자원으로 보내지 않습니다"


def allergies(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every allergy that the patient has; a denial stays in the text."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for allergy in context.stated(Allergy):
        if allergy.status == "absent":
            left.append(Omission(entry=allergy.id, kind="allergy", reason=DENIED))
        else:
            made.append(_intolerance(context, allergy))
    return made, left


def _intolerance(context: Context, allergy: Allergy) -> TransactionEntry:
    code: FhirJson = {"text": allergy.name}
    if allergy.code is not None:
        code = concept(allergy.code.system, allergy.code.code, allergy.code.display, allergy.name)
    medicine = allergy.code is not None and allergy.code.system == ATC_SYSTEM
    category = allergy.category or ("medication" if medicine else None)
    signs = [sign.strip() for sign in (allergy.reaction or "").split(",") if sign.strip()]
    body: FhirJson = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": concept(f"{TERMINOLOGY}allergyintolerance-clinical", "active"),
        "category": [category] if category else None,
        "code": code,
        "patient": context.subject,
        "encounter": context.encounter,
        "recordedDate": context.recorded("allergy", allergy),
        "recorder": context.author,
        "reaction": [{"manifestation": [{"text": sign} for sign in signs]}] if signs else None,
    }
    return context.clinical("allergy", [allergy], body, "krcore-allergyintolerance")
