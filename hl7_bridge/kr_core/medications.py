"""Prescriptions as MedicationRequest."""

import math
from typing import Final

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import DATA_ABSENT, PROFILE, SNOMED, TERMINOLOGY, concept, quantity
from hl7_bridge.kr_core.context import Context
from scribe.domain.entries import ATC_SYSTEM, MedicationOrder

NO_DOSE = "1회 용량이 없어 처방 자원을 만들 수 없습니다(KR Core 필수 요소)"

_UCUM: Final = {
    "mg": "mg", "g": "g", "ug": "ug", "μg": "ug", "mcg": "ug", "kg": "kg", "ng": "ng",
    "ml": "mL", "cc": "mL", "l": "L", "dl": "dL",
    "iu": "[IU]", "[iu]": "[IU]", "meq": "meq", "mmol": "mmol",
    "%": "%", "mg/ml": "mg/mL", "mg/kg": "mg/kg", "mg/m2": "mg/m2", "ug/kg": "ug/kg",
    "정": "{tbl}", "알": "{tbl}", "tablet": "{tbl}", "tab": "{tbl}", "캡슐": "{capsule}", "capsule": "{capsule}",
    "포": "{packet}", "packet": "{packet}", "방울": "[drp]", "drop": "[drp]", "drops": "[drp]",
    "puff": "{puff}", "앰플": "{ampule}", "바이알": "{vial}",
}  # fmt: skip
_ROUTES: Final = {
    "oral": ("26643006", "Oral route"),
    "intravenous": ("47625008", "Intravenous route"),
    "intramuscular": ("78421000", "Intramuscular route"),
    "subcutaneous": ("34206005", "Subcutaneous route"),
    "sublingual": ("37839007", "Sublingual route"),
    "topical": ("6064005", "Topical route"),
    "ophthalmic": ("54485002", "Ophthalmic route"),
    "nasal": ("46713006", "Nasal route"),
    "rectal": ("37161004", "Rectal route"),
}
_AS_NEEDED = ("필요시", "필요 시", "필요하면", "필요할 때", "아플 때", "아프면", "as needed", "prn")
_UNKNOWN: Final = {"system": DATA_ABSENT, "code": "unknown", "display": "Unknown"}


def medication_requests(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every order with a dose; KR Core refuses a prescription without one, so the others stay text."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for order in context.note.content.entries:
        if isinstance(order, MedicationOrder):
            if order.dose is None or not 0 < order.dose.value < math.inf:
                left.append(Omission(entry=order.id, kind="medication_order", reason=NO_DOSE))
            else:
                made.append(_request(context, order))
    return made, left


def _request(context: Context, order: MedicationOrder) -> TransactionEntry:
    body: FhirJson = {
        "resourceType": "MedicationRequest",
        "status": "stopped" if order.action == "stop" else "active",
        "intent": "order",
        "category": [concept(f"{TERMINOLOGY}medicationrequest-category", "outpatient", "Outpatient")]
        if context.note.encounter.setting == "outpatient"
        else None,
        "medicationCodeableConcept": medication(order),
        "subject": context.subject,
        "encounter": context.encounter,
        "authoredOn": context.recorded("medication", order),
        "requester": context.author,
        "dosageInstruction": [dosage(order)],
        "dispenseRequest": {"expectedSupplyDuration": quantity(order.duration_days, "일", "d")}
        if order.duration_days and order.duration_days > 0
        else None,
    }
    return context.clinical("medication", [order], body, "krcore-medicationrequest")


def medication(order: MedicationOrder) -> FhirJson:
    """Product coding and ingredient extension.

    A known code goes where it belongs (EDI: product; ATC: ingredient, and the product's coding for want of a
    better one); what is not known is stated as such with a data-absent-reason coding.
    """
    coding: FhirJson = dict(_UNKNOWN)
    ingredient: FhirJson = dict(_UNKNOWN)
    if order.code is not None:
        coding = {
            "system": order.code.system,
            "code": order.code.code,
            "display": order.code.display or order.name,
        }
        if order.code.system == ATC_SYSTEM:
            ingredient = coding
    return {
        "extension": [
            {"url": f"{PROFILE}krcore-medicationIngredient", "valueCodeableConcept": {"coding": [ingredient]}}
        ],
        "coding": [coding],
        "text": order.name,
    }


def dosage(order: MedicationOrder) -> FhirJson:
    """Text as said, timing where the count a day is known, route, dose."""
    if order.dose is None:
        raise ValueError("an order without a dose has no dosage")
    unit = order.dose.unit.strip()
    instruction: FhirJson = {}
    if order.frequency:
        instruction["text"] = order.frequency
    repeat = _repeat(order.times_per_day)
    if repeat:
        instruction["timing"] = {"repeat": repeat}
    if order.frequency and any(word in order.frequency.lower() for word in _AS_NEEDED):
        instruction["asNeededBoolean"] = True
    if order.route:
        known = _ROUTES.get(order.route.lower())
        instruction["route"] = concept(SNOMED, *known, order.route) if known else {"text": order.route}
    instruction["doseAndRate"] = [{"doseQuantity": quantity(order.dose.value, unit, _UCUM.get(unit.lower()))}]
    return instruction


def _repeat(times_per_day: float | None) -> FhirJson | None:
    """A whole number of times a day, or once in a whole number of days; else nothing, the text says it."""
    if times_per_day is None or not 0 < times_per_day < 100:
        return None
    if float(times_per_day).is_integer():
        return {"frequency": int(times_per_day), "period": 1, "periodUnit": "d"}
    days = 1 / times_per_day
    if abs(days - round(days)) < 0.02:
        return {"frequency": 1, "period": round(days), "periodUnit": "d"}
    return None
