"""Procedures done in the consultation as Procedure."""

from hl7_bridge.fhir import FhirJson, Omission, TransactionEntry
from hl7_bridge.kr_core.codes import concept
from hl7_bridge.kr_core.context import SEOUL, Context
from scribe.domain.entries import Procedure

PLANNED = "아직 하지 않은 시술이므로 본문으로만 보냅니다"


def procedures(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    """Every procedure that was done; its day is the day of the encounter."""
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for procedure in context.note.content.entries:
        if isinstance(procedure, Procedure):
            if procedure.status == "planned":
                left.append(Omission(entry=procedure.id, kind="procedure", reason=PLANNED))
            else:
                made.append(_done(context, procedure))
    return made, left


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
        "performedDateTime": context.note.encounter.start.astimezone(SEOUL).date().isoformat(),
        "recorder": context.author,
    }
    return context.clinical("procedure", [procedure], body, "krcore-procedure")
