"""Chief complaint and diagnoses as Condition."""

import re
from collections.abc import Sequence

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry, readable
from hl7_bridge.kr_core.codes import CONDITION_CATEGORY_KR, TERMINOLOGY, concept
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.names import term
from hl7_bridge.kr_core.onset import onset
from scribe.domain.entries import KCD8_SYSTEM, Code, Diagnosis, Symptom
from scribe.domain.statement import Statement

_KCD8 = re.compile(r"([A-Z][0-9]{2})\.?([0-9A-Z]{1,3})?")
_HEADING = re.compile(
    r"\A\s*(?:주호소|c\.\s?c\.?|chief complaints?|(?:주소|(?:방문|내원) 사유|cc|reason for visit)(?=\s*[:：]))"
    r"\s*[:：]?\s*",
    re.IGNORECASE,
)

_FURTHER_VISITS = ("follow_up", "ward_round")

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
    """What the note calls the chief complaint: its present symptoms, else the words ("고혈압 추적 진료").

    A note that calls nothing so has its present symptom, if that is the only one and this is no further visit.
    """
    symptoms = context.stated(Symptom)
    present = [symptom for symptom in symptoms if symptom.status == "present"]
    called = _called_chief(context)
    cited = {entry_id for statement in called for entry_id in statement.entries}
    chief = [symptom for symptom in present if symptom.id in cited]
    worded = [statement for statement in called[:1] if not chief and _complaint_in(statement)]
    if not called and len(present) == 1 and context.note.content.template not in _FURTHER_VISITS:
        chief = present
    omissions = [
        Omission(entry=symptom.id, kind="symptom", reason=NOT_CHIEF if symptom.status == "present" else NOT_PRESENT)
        for symptom in symptoms
        if symptom not in chief
    ]
    made = [_symptom(context, symptom) for symptom in chief]
    return made + [_complaint(context, [item], {"text": _complaint_in(item)}, {}) for item in worded], omissions


def _called_chief(context: Context) -> list[Statement]:
    """The sentences of the section, or those headed, as the chief complaint."""
    return [
        statement
        for section in context.note.content.sections
        for statement in section.statements
        if section.code == "chief_complaint" or _HEADING.match(statement.text)
    ]


def _complaint_in(statement: Statement) -> str:
    """The sentence without its heading and full stop."""
    return str(readable(_HEADING.sub("", statement.text))).strip().rstrip(".").strip()


def diagnoses(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every diagnosis with a KCD-8 code that was not ruled out."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for diagnosis in context.stated(Diagnosis):
        code = kcd8(diagnosis.code)
        if diagnosis.certainty == "ruled_out":
            left.append(Omission(entry=diagnosis.id, kind="diagnosis", reason=RULED_OUT))
        elif code is None:
            known = diagnosis.code is not None and diagnosis.code.system == KCD8_SYSTEM
            left.append(Omission(entry=diagnosis.id, kind="diagnosis", reason=WRONG_CODE if known else NO_CODE))
        else:
            made.append(_diagnosis(context, diagnosis, code))
    return made, left


def _symptom(context: Context, symptom: Symptom) -> TransactionEntry:
    code: FhirJson = {"text": term(symptom)}
    if symptom.code is not None:
        code = concept(symptom.code.system, symptom.code.code, symptom.code.display, term(symptom))
    return _complaint(context, [symptom], code, onset(symptom, context.day))


def _complaint(
    context: Context, sources: Sequence[Symptom | Statement], code: FhirJson, began: FhirJson
) -> TransactionEntry:
    body: FhirJson = {
        "resourceType": "Condition",
        "clinicalStatus": concept(f"{TERMINOLOGY}condition-clinical", "active"),
        "category": [concept(CONDITION_CATEGORY_KR, "주호소", "주호소")],
        "code": code,
        "subject": context.subject,
        "encounter": context.encounter,
        **began,
        "recordedDate": context.recorded("chief-complaint", *sources),
        "recorder": context.author,
    }
    return context.clinical("chief-complaint", sources, body, "krcore-condition-chief-complaint")


def _diagnosis(context: Context, diagnosis: Diagnosis, code: str) -> TransactionEntry:
    verification = "confirmed" if diagnosis.certainty == "confirmed" else "provisional"
    name = term(diagnosis)
    official = diagnosis.code.display if diagnosis.code else None
    body: FhirJson = {
        "resourceType": "Condition",
        "clinicalStatus": concept(f"{TERMINOLOGY}condition-clinical", "active"),
        "verificationStatus": concept(f"{TERMINOLOGY}condition-ver-status", verification),
        "category": [
            concept(CONDITION_CATEGORY_KR, "진단", "진단"),
            concept(f"{TERMINOLOGY}condition-category", "encounter-diagnosis", "Encounter Diagnosis"),
        ],
        "code": concept(KCD8_SYSTEM, code, official if official != name else None, name),
        "subject": context.subject,
        "encounter": context.encounter,
        "recordedDate": context.recorded("diagnosis", diagnosis),
        "recorder": context.author,
    }
    return context.clinical("diagnosis", [diagnosis], body, "krcore-condition-encounter-diagnosis")
