"""Prescriptions as MedicationRequest."""

import math
import re
from typing import Final

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import DATA_ABSENT, PROFILE, SNOMED, TERMINOLOGY, concept, quantity
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.measured import ucum
from scribe.domain.entries import ATC_SYSTEM, Code, MedicationOrder

NO_DOSE = "1회 용량이 없어 처방 자원을 만들 수 없습니다(KR Core 필수 요소)"

_ROUTES: Final = {
    "oral": ("26643006", "Oral route", "경구"),
    "intravenous": ("47625008", "Intravenous route", "정맥"),
    "intramuscular": ("78421000", "Intramuscular route", "근육"),
    "subcutaneous": ("34206005", "Subcutaneous route", "피하"),
    "sublingual": ("37839007", "Sublingual route", "설하"),
    "topical": ("6064005", "Topical route", "국소"),
    "ophthalmic": ("54485002", "Ophthalmic route", "점안"),
    "nasal": ("46713006", "Nasal route", "비강"),
    "rectal": ("37161004", "Rectal route", "직장"),
    "vaginal": ("16857009", "Vaginal route", "질"),
    "otic": ("10547007", "Otic route", "점이"),
    "inhaled": ("447694001", "Respiratory tract route", "흡입"),
    "inhalation": ("447694001", "Respiratory tract route", "흡입"),
    "transdermal": ("45890007", "Transdermal route", "경피"),
    "intradermal": ("372464004", "Intradermal route", "피내"),
}
_EVERY_HOURS: Final = re.compile(r"(?<![\d–-])(\d{1,2})\s?시간마다")
_AS_NEEDED = ("필요시", "필요 시", "필요하면", "필요할 때", "아플 때", "아프면", "as needed", "prn")
_UNKNOWN: Final = {"system": DATA_ABSENT, "code": "unknown", "display": "Unknown"}


def medication_requests(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every order with a dose; KR Core refuses a prescription without one, so the others stay text."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for order in context.stated(MedicationOrder):
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
        "reportedBoolean": True,
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
    ingredient = order.ingredient
    if ingredient is None and order.code is not None and order.code.system == ATC_SYSTEM:
        ingredient = order.code
    product = order.code or order.ingredient
    substance = _coding(ingredient, order.name) if ingredient else dict(_UNKNOWN)
    named = {"text": ingredient.display} if ingredient and ingredient.display else {}
    return {
        "extension": [
            {
                "url": f"{PROFILE}krcore-medicationIngredient",
                "valueCodeableConcept": {"coding": [substance]} | named,
            }
        ],
        "coding": [_coding(product, order.name) if product else dict(_UNKNOWN)],
        "text": order.name,
    }


def _coding(code: Code, name: str) -> FhirJson:
    """With a display, which KR Core demands: the code's own, else the name that was prescribed."""
    return {"system": code.system, "code": code.code, "display": code.display or name}


def dosage(order: MedicationOrder) -> FhirJson:
    """Text as said, timing where the count a day is known, route, dose."""
    if order.dose is None:
        raise ValueError("an order without a dose has no dosage")
    unit = order.dose.unit.strip()
    instruction: FhirJson = {}
    if order.frequency:
        instruction["text"] = order.frequency
    repeat = _hours_between(order.frequency or "") or _repeat(order.times_per_day)
    if repeat:
        instruction["timing"] = {"repeat": repeat}
    if order.frequency and any(word in order.frequency.lower() for word in _AS_NEEDED):
        instruction["asNeededBoolean"] = True
    if order.route:
        known = _ROUTES.get(order.route.lower())
        instruction["route"] = concept(SNOMED, *known) if known else {"text": order.route}
    instruction["doseAndRate"] = [{"doseQuantity": quantity(order.dose.value, unit, ucum(unit))}]
    return instruction


def _hours_between(frequency: str) -> FhirJson | None:
    """ "8시간마다": once in so many hours."""
    match = _EVERY_HOURS.search(frequency)
    return {"frequency": 1, "period": int(match[1]), "periodUnit": "h"} if match and int(match[1]) > 0 else None


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
