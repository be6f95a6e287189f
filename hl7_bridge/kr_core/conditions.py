"""Chief complaint and diagnoses as Condition."""

import re
from datetime import timedelta

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import CONDITION_CATEGORY_KR, TERMINOLOGY, concept
from hl7_bridge.kr_core.context import SEOUL, Context
from scribe.domain.entries import KCD8_SYSTEM, Code, Diagnosis, Symptom

_KCD8 = re.compile(r"([A-Z][0-9]{2})\.?([0-9A-Z]{1,3})?")
_DURATION = re.compile(r"P(\d+)([DWMY])")
_HEADINGS = ("주호소", "주소:", "c.c", "cc:", "chief complaint")

RULED_OUT = "배제된 진단이므로 진단 자원으로 보내지 않습니다"
NO_CODE = "KCD-8 코드가 없어 진단 자원을 만들 수 없습니다(KR Core 필수 결합)"
WRONG_CODE = "코드가 KCD-8 형식이 아니어서 진단 자원을 만들 수 없습니다"
NOT_CHIEF = "주호소가 아닌 증상은 본문으로만 보냅니다"
NOT_PRESENT = "환자에게 지금 있는 증상이 아니므로 본문으로만 보냅니다"


def kcd8(code: Code | None) -> str | None:
    """The dotted KCD-8 code (``J06.9``; claims write ``J069``), or None where ``code`` is no KCD-8 code."""
    if code is None or code.system != KCD8_SYSTEM:
        return None
    match = _KCD8.fullmatch(code.code.strip().upper().rstrip("*†+"))
    if match is None:
        return None
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


def chief_complaint(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """The chief complaint: the present symptoms that the note calls so, else the first present one told."""
    symptoms = [entry for entry in context.note.content.entries if isinstance(entry, Symptom)]
    present = [symptom for symptom in symptoms if symptom.status == "present"]
    called = _called_chief(context)
    chief = [symptom for symptom in present if symptom.id in called] or present[:1]
    omissions = [
        Omission(entry=symptom.id, kind="symptom", reason=NOT_CHIEF if symptom.status == "present" else NOT_PRESENT)
        for symptom in symptoms
        if symptom not in chief
    ]
    return [_complaint(context, symptom) for symptom in chief], omissions


def _called_chief(context: Context) -> set[str]:
    """Ids of the entries stated in the section, or in a sentence, that is headed as the chief complaint."""
    return {
        entry_id
        for section in context.note.content.sections
        for statement in section.statements
        if section.code == "chief_complaint" or statement.text.lower().startswith(_HEADINGS)
        for entry_id in statement.entries
    }


def diagnoses(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every diagnosis with a KCD-8 code that was not ruled out."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for diagnosis in context.note.content.entries:
        if not isinstance(diagnosis, Diagnosis):
            continue
        code = kcd8(diagnosis.code)
        if diagnosis.certainty == "ruled_out":
            left.append(Omission(entry=diagnosis.id, kind="diagnosis", reason=RULED_OUT))
        elif code is None:
            known = diagnosis.code is not None and diagnosis.code.system == KCD8_SYSTEM
            left.append(Omission(entry=diagnosis.id, kind="diagnosis", reason=WRONG_CODE if known else NO_CODE))
        else:
            made.append(_diagnosis(context, diagnosis, code))
    return made, left


def _complaint(context: Context, symptom: Symptom) -> TransactionEntry:
    code: FhirJson = {"text": symptom.name}
    if symptom.code is not None:
        code = concept(symptom.code.system, symptom.code.code, symptom.code.display, symptom.name)
    body: FhirJson = {
        "resourceType": "Condition",
        "clinicalStatus": concept(f"{TERMINOLOGY}condition-clinical", "active"),
        "category": [concept(CONDITION_CATEGORY_KR, "주호소", "주호소")],
        "code": code,
        "subject": context.subject,
        "encounter": context.encounter,
        "onsetDateTime": _onset(context, symptom.duration_iso),
        "recordedDate": context.recorded("chief-complaint", symptom),
        "recorder": context.author,
    }
    return context.clinical("chief-complaint", [symptom], body, "krcore-condition-chief-complaint")


def _diagnosis(context: Context, diagnosis: Diagnosis, code: str) -> TransactionEntry:
    verification = "confirmed" if diagnosis.certainty == "confirmed" else "provisional"
    display = diagnosis.code.display if diagnosis.code else None
    body: FhirJson = {
        "resourceType": "Condition",
        "clinicalStatus": concept(f"{TERMINOLOGY}condition-clinical", "active"),
        "verificationStatus": concept(f"{TERMINOLOGY}condition-ver-status", verification),
        "category": [
            concept(CONDITION_CATEGORY_KR, "진단", "진단"),
            concept(f"{TERMINOLOGY}condition-category", "encounter-diagnosis", "Encounter Diagnosis"),
        ],
        "code": concept(KCD8_SYSTEM, code, display, diagnosis.name),
        "subject": context.subject,
        "encounter": context.encounter,
        "recordedDate": context.recorded("diagnosis", diagnosis),
        "recorder": context.author,
    }
    return context.clinical("diagnosis", [diagnosis], body, "krcore-condition-encounter-diagnosis")


def _onset(context: Context, duration: str | None) -> str | None:
    """Encounter minus the told duration, no finer than its unit: "3일" gives a day, "두 달" a month."""
    match = _DURATION.fullmatch(duration or "")
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    start = context.note.encounter.start.astimezone(SEOUL).date()
    if unit in "DW":
        days = count * (7 if unit == "W" else 1)
        return (start - timedelta(days=days)).isoformat() if days < 36500 else None
    if unit == "M":
        year, month = divmod(start.year * 12 + start.month - 1 - count, 12)
        return f"{year:04d}-{month + 1:02d}" if year > 0 else None
    return f"{start.year - count:04d}" if count < start.year else None
