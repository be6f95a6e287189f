"""Who and what made the resources: the assembling software as Device, and Provenance."""

from collections.abc import Sequence
from datetime import datetime

from hl7_bridge.fhir import FhirJson, TransactionEntry
from hl7_bridge.kr_core.codes import TERMINOLOGY, concept
from hl7_bridge.kr_core.context import Context, fhir_instant
from scribe.domain.note import Drafter

DEVICE = "software"
_PARTICIPANT = f"{TERMINOLOGY}provenance-participant-type"


def software(context: Context) -> TransactionEntry | None:
    """The drafting software with its models; None where the physician wrote the note alone."""
    drafter = context.note.content.drafter
    if drafter is None:
        return None
    body: FhirJson = {
        "resourceType": "Device",
        "status": "active",
        "deviceName": [{"name": f"clinical-scribe {drafter.name}", "type": "model-name"}],
        "type": {"text": "진료기록 작성 보조 소프트웨어"},
        "version": _versions(drafter),
    }
    return context.entry(DEVICE, body)


def retracted(context: Context, role: str, targets: Sequence[str], at: datetime, reason: str) -> TransactionEntry:
    """The Provenance of a retraction: who withdrew the resources at ``targets`` (references), when and why."""
    body: FhirJson = {
        "resourceType": "Provenance",
        "target": [{"reference": target} for target in targets],
        "recorded": fhir_instant(at),
        "reason": [{"text": reason}],
        "activity": concept(f"{TERMINOLOGY}v3-DataOperation", "NULLIFY"),
        "agent": [_author(context)],
    }
    return context.entry(role, body)


def provenance(context: Context, targets: Sequence[TransactionEntry]) -> TransactionEntry:
    """One Provenance over all that is written: the signing physician is the author, the software assembled it."""
    agents = [_author(context)]
    if context.note.content.drafter is not None:
        agents.append(
            {"type": concept(_PARTICIPANT, "assembler", "Assembler"), "who": {"reference": context.urn(DEVICE)}}
        )
    body: FhirJson = {
        "resourceType": "Provenance",
        "target": [{"reference": target.full_url} for target in targets],
        "occurredDateTime": context.encountered_at,
        "recorded": context.signed_at,
        "reason": [{"text": context.note.reason}] if context.note.reason else None,
        "activity": concept(
            f"{TERMINOLOGY}v3-DataOperation", "UPDATE" if context.note.replaces is not None else "CREATE"
        ),
        "agent": agents,
    }
    return context.entry("provenance", body)


def _author(context: Context) -> FhirJson:
    agent: FhirJson = {"type": concept(_PARTICIPANT, "author", "Author"), "who": context.author}
    if context.custodian is not None:
        agent["onBehalfOf"] = context.custodian
    return agent


def _versions(drafter: Drafter) -> list[FhirJson]:
    """Each part's version, named by ``Device.version.type``."""
    parts = (
        ("drafter", drafter.version),
        ("language model", drafter.language_model),
        ("speech recogniser", drafter.recognizer),
    )
    return [{"type": {"text": name}, "value": value} for name, value in parts if value]
