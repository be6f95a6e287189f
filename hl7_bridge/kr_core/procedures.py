"""What was done in the consultation: procedures as Procedure, vaccinations as Immunization."""

import re
from typing import Final

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import VACCINATION, concept
from hl7_bridge.kr_core.context import Context
from scribe.domain.entries import Procedure

PLANNED = "아직 하지 않은 시술이므로 본문으로만 보냅니다"
UNKNOWN_VACCINE = "KR Core 예방접종 목록에 없는 백신이어서 본문으로만 보냅니다"

_VACCINATION = re.compile(r"예방\s?접종|백신|vaccin", re.IGNORECASE)
# krcore-vcnt-types; the disease where a name leaves the product open, as KR Core's own example does
_VACCINES: Final = (
    (r"독감|인플루엔자(?!\s?균)|influenza|\bflu\b", "13", "인플루엔자"),
    (r"폐렴구균|pneumococ", "12", "폐렴구균"),
    (r"대상포진|zoster|shingles", "43", "대상포진(HZV)"),
    (r"B형\s?간염|hepatitis B", "06", "B형간염"),
    (r"A형\s?간염|hepatitis A", "14", "A형간염"),
    (r"BCG", "05", "결핵"),
    (r"DTaP", "20", "디프테리아/파상풍/백일해 (DTaP)"),
    (r"Tdap", "24", "파상풍/디프테리아/백일해 (Tdap)"),
    (r"\bTd\b", "23", "파상풍/디프테리아(Td)"),
    (r"파상풍|tetanus", "04", "파상풍"),
    (r"소아마비|폴리오|polio", "01", "폴리오"),
    (r"Hib|헤모필루스", "11", "b형 헤모필루스 인플루엔자"),
    (r"로타|rotavirus", "28", "로타바이러스(RV) 감염증"),
    (r"MMR", "29", "홍역/유행성이하선염/풍진 (MMR)"),
    (r"수두|varicella", "09", "수두"),
    (r"일본\s?뇌염|japanese encephalitis", "10", "일본뇌염"),
    (r"자궁경부암|유두종|HPV", "15", "사람유두종바이러스"),
    (r"장티푸스|typhoid", "16", "장티푸스"),
    (r"신증후군\s?출혈열", "17", "신증후군출혈"),
    (r"수막구균|meningococ", "42", "수막구균(MCV4)"),
)  # fmt: skip


def procedures(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every procedure and vaccination that was done; its day is the day of the encounter."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for procedure in context.stated(Procedure):
        vaccine = _vaccine(procedure.name) if _VACCINATION.search(procedure.name) else None
        if procedure.status == "planned":
            left.append(Omission(entry=procedure.id, kind="procedure", reason=PLANNED))
        elif vaccine is not None:
            made.append(_vaccinated(context, procedure, vaccine))
        elif _VACCINATION.search(procedure.name):
            left.append(Omission(entry=procedure.id, kind="procedure", reason=UNKNOWN_VACCINE))
        else:
            made.append(_done(context, procedure))
    return made, left


def _vaccine(name: str) -> FhirJson | None:
    """The vaccination's coding in KR Core's list, or None where the name is none of it."""
    for pattern, code, display in _VACCINES:
        if re.search(pattern, name, re.IGNORECASE):
            return {"system": VACCINATION, "code": code, "display": display}
    return None


def _done(context: Context, procedure: Procedure) -> TransactionEntry:
    code: FhirJson = {"text": procedure.name}
    if procedure.code is not None:
        code = concept(procedure.code.system, procedure.code.code, procedure.code.display, procedure.name)
    body: FhirJson = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": code,
        "subject": context.subject,
        "encounter": context.encounter,
        "performedDateTime": context.day.isoformat(),
        "recorder": context.author,
    }
    return context.clinical("procedure", [procedure], body, "krcore-procedure")


def _vaccinated(context: Context, procedure: Procedure, vaccine: FhirJson) -> TransactionEntry:
    body: FhirJson = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [vaccine], "text": procedure.name},
        "patient": context.subject,
        "encounter": context.encounter,
        "occurrenceDateTime": context.day.isoformat(),
        "recorded": context.recorded("immunization", procedure),
        "primarySource": True,
    }
    return context.clinical("immunization", [procedure], body, "krcore-immunization")
