"""Vital signs as Observation, one for each measurement."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import DATA_ABSENT, SNOMED, TERMINOLOGY, concept, quantity
from hl7_bridge.kr_core.context import Context
from scribe.domain.entries import LOINC_SYSTEM, Vital

UNKNOWN_NAME = "KR Core 활력징후 항목이 아니어서 본문으로만 보냅니다"
UNKNOWN_UNIT = "단위를 KR Core가 정한 UCUM 단위로 바꿀 수 없어 본문으로만 보냅니다"
NOT_NOW = "이번 진료에서 잰 값이 아니어서 측정 시각을 알 수 없으므로 본문으로만 보냅니다"


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a vital sign is called, its LOINC code and the profile's UCUM unit; ``units`` maps spellings to a factor."""

    profile: str
    loinc: str
    display: str
    ucum: str
    unit: str
    names: tuple[str, ...]
    units: dict[str, float]


_PRESSURE_UNITS = {"mm[hg]": 1.0, "mmhg": 1.0}
_RATE_UNITS = {"/min": 1.0, "bpm": 1.0, "회/분": 1.0, "회": 1.0, "{beats}/min": 1.0, "{breaths}/min": 1.0, "1/min": 1.0}

SYSTOLIC: Final = _Measure(
    "krcore-bloodpressure",
    "8480-6",
    "Systolic blood pressure",
    "mm[Hg]",
    "mmHg",
    ("수축기혈압", "수축기", "systolicbloodpressure", "systolicbp", "systolic", "sbp"),
    _PRESSURE_UNITS,
)
DIASTOLIC: Final = _Measure(
    "krcore-bloodpressure",
    "8462-4",
    "Diastolic blood pressure",
    "mm[Hg]",
    "mmHg",
    ("이완기혈압", "확장기혈압", "이완기", "diastolicbloodpressure", "diastolicbp", "diastolic", "dbp"),
    _PRESSURE_UNITS,
)
_SINGLE: Final = (
    _Measure(
        "krcore-bodytemperature",
        "8310-5",
        "Body temperature",
        "Cel",
        "℃",
        ("체온", "bodytemperature", "temperature", "temp"),
        {"cel": 1.0, "°c": 1.0, "c": 1.0, "도": 1.0},
    ),
    _Measure(
        "krcore-heartrate",
        "8867-4",
        "Heart rate",
        "/min",
        "회/분",
        ("맥박", "맥박수", "심박수", "심박동수", "heartrate", "pulserate", "pulse"),
        _RATE_UNITS,
    ),
    _Measure(
        "krcore-respiratoryrate",
        "9279-1",
        "Respiratory rate",
        "/min",
        "회/분",
        ("호흡수", "호흡", "respiratoryrate", "respirations"),
        _RATE_UNITS,
    ),
    _Measure(
        "krcore-pulseoximetry",
        "2708-6",
        "Oxygen saturation in Arterial blood",
        "%",
        "%",
        ("산소포화도", "산소포화농도", "spo2", "oxygensaturation", "o2saturation", "o2sat"),
        {"%": 1.0},
    ),
    _Measure(
        "krcore-bodyweight",
        "29463-7",
        "Body weight",
        "kg",
        "kg",
        ("체중", "몸무게", "bodyweight", "weight"),
        {"kg": 1.0, "g": 0.001},
    ),
    _Measure(
        "krcore-bodyheight",
        "8302-2",
        "Body height",
        "cm",
        "cm",
        ("키", "신장", "bodyheight", "height"),
        {"cm": 1.0, "m": 100.0},
    ),
    _Measure(
        "krcore-vitalsigns",
        "39156-5",
        "Body mass index (BMI) [Ratio]",
        "kg/m2",
        "kg/m2",
        ("체질량지수", "bmi", "bodymassindex"),
        {"kg/m2": 1.0, "kg/m^2": 1.0},
    ),
    _Measure(
        "krcore-vitalsigns",
        "9843-4",
        "Head Occipital-frontal circumference",
        "cm",
        "cm",
        ("머리둘레", "두위", "headcircumference"),
        {"cm": 1.0},
    ),
)
_ELSEWHEN = ("이전", "지난", "과거", "어제", "그제", "가정", "자가", "집", "예전", "평소", "previous", "home", "last")

_BODY_POSITION: Final = "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition"
_POSITIONS: Final = (
    (re.compile(r"기립|서서|선 자세|standing", re.IGNORECASE), "10904000", "Standing position"),
    (re.compile(r"앉|좌위|sitting", re.IGNORECASE), "33586001", "Sitting position"),
    (re.compile(r"누워|누운|앙와위|supine|lying", re.IGNORECASE), "40199007", "Supine body position"),
)
_SITES: Final = (
    (re.compile(r"왼\s?팔|(?:왼쪽|좌측) 팔|left arm", re.IGNORECASE), "368208006", "Left upper arm structure"),
    (re.compile(r"오른\s?팔|(?:오른쪽|우측) 팔|right arm", re.IGNORECASE), "368209003", "Right upper arm structure"),
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A vital sign understood: ``prefix`` is what its name says beyond the sign itself ("기립", "좌측 팔")."""

    vital: Vital
    measure: _Measure
    prefix: str
    value: float


def vital_signs(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """One Observation a measurement; systolic and diastolic of one reading are components of one Observation."""
    readings: list[_Reading] = []
    left: list[Omission] = []
    for vital in context.stated(Vital):
        understood = _read(vital)
        if isinstance(understood, _Reading):
            readings.append(understood)
        else:
            left.append(Omission(entry=vital.id, kind="vital", reason=understood))
    made = [_pressure(context, pair) for pair in _pressure_pairs(readings)]
    made += [_single(context, item) for item in readings if item.measure not in (SYSTOLIC, DIASTOLIC)]
    return made, left


def _read(vital: Vital) -> _Reading | str:
    found = _measure(vital.name)
    if found is None:
        return UNKNOWN_NAME
    measure, prefix = found
    if prefix.startswith(_ELSEWHEN):
        return NOT_NOW
    factor = measure.units.get(unicodedata.normalize("NFKC", vital.unit).strip().lower())
    if factor is None or not math.isfinite(vital.value):
        return UNKNOWN_UNIT
    return _Reading(vital, measure, prefix, round(vital.value * factor, 6))


def _measure(name: str) -> tuple[_Measure, str] | None:
    """The sign whose longest name ends ``name``, and what stands before it."""
    folded = unicodedata.normalize("NFKC", name).lower().replace(" ", "")
    best: tuple[_Measure, str] | None = None
    length = 0
    for measure in (SYSTOLIC, DIASTOLIC, *_SINGLE):
        for alias in measure.names:
            if len(alias) > length and folded.endswith(alias) and (len(alias) > 1 or folded == alias):
                best, length = (measure, _beginning(name, len(folded) - len(alias))), len(alias)
    return best


def _beginning(name: str, letters: int) -> str:
    """The first so many letters of the name, with the spaces between them."""
    normal = unicodedata.normalize("NFKC", name)
    ends = [index + 1 for index, letter in enumerate(normal) if letter != " "]
    return normal[: ends[letters - 1]].strip() if letters else ""


def _pressure_pairs(readings: list[_Reading]) -> list[tuple[_Reading | None, _Reading | None]]:
    """Each systolic value with the next unused diastolic one of the same prefix; a value left over stands alone."""
    lower = [item for item in readings if item.measure is DIASTOLIC]
    pairs: list[tuple[_Reading | None, _Reading | None]] = []
    for upper in (item for item in readings if item.measure is SYSTOLIC):
        partner = next((item for item in lower if item.prefix == upper.prefix), None)
        if partner is not None:
            lower.remove(partner)
        pairs.append((upper, partner))
    return pairs + [(None, item) for item in lower]


def _observation(context: Context, code: FhirJson, text: str) -> FhirJson:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [concept(f"{TERMINOLOGY}observation-category", "vital-signs", "Vital Signs")],
        "code": code | {"text": text},
        "subject": context.subject,
        "encounter": context.encounter,
        "effectiveDateTime": context.encountered_at,
    }


def _single(context: Context, reading: _Reading) -> TransactionEntry:
    measure = reading.measure
    code = concept(LOINC_SYSTEM, measure.loinc, measure.display)
    body = _observation(context, code, reading.vital.name) | {
        "valueQuantity": quantity(reading.value, measure.unit, measure.ucum)
    }
    return context.clinical("vital", [reading.vital], body, measure.profile)


def _pressure(context: Context, pair: tuple[_Reading | None, _Reading | None]) -> TransactionEntry:
    """A blood pressure; the half that was not said is stated as unknown, as base R4 asks."""
    known = [reading for reading in pair if reading is not None]
    prefix = known[0].prefix
    body = _observation(
        context,
        concept(LOINC_SYSTEM, "85354-9", "Blood pressure panel with all children optional"),
        f"{prefix} 혈압".strip(),
    )
    body["component"] = [
        _component(measure, reading) for measure, reading in zip((SYSTOLIC, DIASTOLIC), pair, strict=True)
    ]
    position, site = _said_in(_POSITIONS, prefix), _said_in(_SITES, prefix)
    if position is not None:
        body["extension"] = [{"url": _BODY_POSITION, "valueCodeableConcept": position}]
    if site is not None:
        body["bodySite"] = site
    return context.clinical("vital", [reading.vital for reading in known], body, "krcore-bloodpressure")


def _said_in(words: Sequence[tuple[re.Pattern[str], str, str]], prefix: str) -> FhirJson | None:
    """The SNOMED CT concept that the words before the sign name, or None."""
    found = next(((code, display) for pattern, code, display in words if pattern.search(prefix)), None)
    return concept(SNOMED, *found, prefix) if found else None


def _component(measure: _Measure, reading: _Reading | None) -> FhirJson:
    code = concept(LOINC_SYSTEM, measure.loinc, measure.display)
    if reading is None:
        return {"code": code, "dataAbsentReason": concept(DATA_ABSENT, "unknown", "Unknown")}
    return {"code": code, "valueQuantity": quantity(reading.value, measure.unit, measure.ucum)}
