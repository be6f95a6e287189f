"""Results read aloud in the consultation as laboratory Observation.

The laboratory system owns its results; what is sent here is what the physician stated and signed.  ``issued`` is
therefore the signing, ``effective`` is left out because the dialogue does not tell it, and a note says so.  A value
becomes a resource only where it can be read without guessing: it has a code that KR Core's list takes, it is a result
of now and not of an earlier time or of the patient's own meter, and it is a number, negative or positive.  A number
whose unit was not said goes without one, and says that its unit is unknown: it is never taken from a table.
"""

import math
import re
from typing import Final

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import EDI_PROCEDURE, SNOMED, TERMINOLOGY, concept, quantity
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.measured import ucum
from scribe.domain.entries import LOINC_SYSTEM, LabResult

NO_CODE = "검사 코드(LOINC·EDI)가 없어 본문으로만 보냅니다"
NOT_NOW = "지난 검사나 집에서 잰 값이어서 검사 일시를 알 수 없으므로 본문으로만 보냅니다"
NO_VALUE = "값이 아니라 말로 평가한 결과이므로 본문으로만 보냅니다"
STATED = "진료 중 의료진이 말한 결과입니다. 검사 일시와 원본은 검사 시스템에 있습니다."

NOT_STATED: Final = {
    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "valueCode": "unknown",
}
_SYSTEMS: Final = (LOINC_SYSTEM, EDI_PROCEDURE)
_UNITLESS: Final = {"6301-6": "{INR}", "34714-6": "{INR}", "2744-1": "[pH]", "2746-6": "[pH]", "5803-2": "[pH]"}
_ELSEWHEN = re.compile(
    r"지난|이전|저번|과거|예전|작년|올해 초|어제|그제|(?:일|주|개월|달|년|해)\s?전(?=\s|$)|(?:수술|치료|시작) 전|처음|"
    r"가정|자가(?!항체|면역)|집에서|\b(?:previous|last|home|baseline)\b",
    re.IGNORECASE,
)
_CODED_VALUES: Final = {
    "음성": ("260385009", "Negative"),
    "negative": ("260385009", "Negative"),
    "양성": ("10828004", "Positive"),
    "positive": ("10828004", "Positive"),
}
_BOUND = re.compile(r"(\d+(?:\.\d+)?)\s?(미만|이하|이상|초과)")
_COMPARATORS: Final = {"미만": "<", "이하": "<=", "이상": ">=", "초과": ">"}
_INTERPRETATIONS: Final = (
    (re.compile(r"^(?:낮음|감소|저하|low)$", re.IGNORECASE), "L", "Low"),
    (re.compile(r"^(?:높음|증가|상승|high)$", re.IGNORECASE), "H", "High"),
    (re.compile(r"^(?:정상|정상 범위|양호|normal)$", re.IGNORECASE), "N", "Normal"),
    (re.compile(r"^(?:음성|negative)$", re.IGNORECASE), "NEG", "Negative"),
    (re.compile(r"^(?:양성|positive)$", re.IGNORECASE), "POS", "Positive"),
    (re.compile(r"^(?:비정상|이상|abnormal)$", re.IGNORECASE), "A", "Abnormal"),
)  # fmt: skip


def laboratory_results(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """One Observation a result that can be read without guessing; the others stay text, each with its reason."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for result in context.stated(LabResult):
        reason = _why_not(result)
        if reason is None:
            made.append(_observation(context, result))
        else:
            left.append(Omission(entry=result.id, kind="lab_result", reason=reason))
    return made, left


def _why_not(result: LabResult) -> str | None:
    if _ELSEWHEN.search(result.name) or _ELSEWHEN.match(result.interpretation or ""):
        return NOT_NOW
    if result.code is None or result.code.system not in _SYSTEMS:
        return NO_CODE
    if isinstance(result.value, str):
        told = result.value.strip()
        return None if told.lower() in _CODED_VALUES or _BOUND.fullmatch(told) else NO_VALUE
    return None if math.isfinite(result.value) else NO_VALUE


def _unit(result: LabResult) -> tuple[str, str | None] | None:
    """The unit as said with its UCUM code; the unit of a result that has none but its scale (INR, pH)."""
    if result.unit and result.unit.strip():
        return result.unit.strip(), ucum(result.unit)
    scale = _UNITLESS.get(result.code.code) if result.code else None
    return (scale.strip("{}[]"), scale) if scale else None


def _observation(context: Context, result: LabResult) -> TransactionEntry:
    code = result.code
    if code is None:
        raise ValueError("a result without a code stays text")
    body: FhirJson = {
        "resourceType": "Observation",
        "status": "final",
        "category": [concept(f"{TERMINOLOGY}observation-category", "laboratory", "Laboratory")],
        "code": concept(code.system, code.code, code.display, result.name),
        "subject": context.subject,
        "encounter": context.encounter,
        "issued": context.recorded("laboratory", result),
        **_value(result),
        "interpretation": _interpretation(result),
        "note": [{"text": STATED}],
    }
    return context.clinical("laboratory", [result], body, "krcore-observation-laboratory-result")


def _value(result: LabResult) -> FhirJson:
    if not isinstance(result.value, str):
        return {"valueQuantity": _quantity(result, result.value)}
    told = result.value.strip()
    bound = _BOUND.fullmatch(told)
    if bound is not None:
        amount = _quantity(result, float(bound[1]))
        return {"valueQuantity": {"value": amount.pop("value"), "comparator": _COMPARATORS[bound[2]]} | amount}
    return {"valueCodeableConcept": concept(SNOMED, *_CODED_VALUES[told.lower()], told)}


def _quantity(result: LabResult, value: float) -> FhirJson:
    unit = _unit(result)
    if unit is None:
        return quantity(value, "", None) | {"_unit": {"extension": [NOT_STATED]}}
    return quantity(value, *unit)


def _interpretation(result: LabResult) -> list[FhirJson] | None:
    """As it was said, coded where it is one of HL7's words for it."""
    told = (result.interpretation or "").strip()
    if not told or told == result.value:
        return None
    for pattern, code, display in _INTERPRETATIONS:
        if pattern.match(told):
            return [concept(f"{TERMINOLOGY}v3-ObservationInterpretation", code, display, told)]
    return [{"text": told}]
