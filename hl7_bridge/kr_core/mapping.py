"""A signed note as one transaction of KR Core 2.0.0 resources."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from hl7_bridge.fhir import Omission, TransactionBundle, TransactionEntry
from hl7_bridge.kr_core.allergies import allergies
from hl7_bridge.kr_core.conditions import chief_complaint, diagnoses
from hl7_bridge.kr_core.context import Context, Origin
from hl7_bridge.kr_core.documents import document_references, inside_document
from hl7_bridge.kr_core.laboratory import laboratory_results
from hl7_bridge.kr_core.lineage import Lineage, trace
from hl7_bridge.kr_core.medications import medication_requests
from hl7_bridge.kr_core.procedures import procedures
from hl7_bridge.kr_core.provenance import DEVICE, provenance, software
from hl7_bridge.kr_core.vitals import vital_signs
from hl7_bridge.site import References, Site, business_identifier
from scribe.domain.note import SignedNote

_Builder = Callable[[Context], tuple[list[TransactionEntry], list[Omission]]]
_BUILDERS: tuple[_Builder, ...] = (
    chief_complaint,
    diagnoses,
    vital_signs,
    laboratory_results,
    medication_requests,
    allergies,
    procedures,
)
MAPPED = frozenset({"symptom", "diagnosis", "vital", "lab_result", "medication_order", "allergy", "procedure"})

# Kinds that KR Core has no profile for, or whose source is another system.
TEXT_ONLY: Final = {
    "history": "KR Core에 과거력·가족력·사회력 프로파일이 없어 본문으로만 보냅니다",
    "medication_statement": "KR Core에 복용 중인 약 프로파일이 없어 본문으로만 보냅니다",
    "exam": "KR Core에 진찰 소견 프로파일이 없어 본문으로만 보냅니다",
    "test_order": "KR Core에 검사 의뢰 프로파일이 없어 본문으로만 보냅니다",
    "referral": "KR Core에 진료 의뢰 프로파일이 없어 본문으로만 보냅니다",
    "advice": "설명과 교육은 본문과 환자 안내문으로만 보냅니다",
    "follow_up": "재진 예약은 예약 시스템의 몫이므로 본문과 환자 안내문으로만 보냅니다",
    "return_precaution": "주의 사항은 본문과 환자 안내문으로만 보냅니다",
    "red_flag": "위험 신호는 본문으로만 보냅니다",
}


def map_note(
    note: SignedNote, site: Site, references: References | None = None, earlier: Sequence[SignedNote] = ()
) -> TransactionBundle:
    """The note as conditional creates: the same bytes for the same note, site, references and earlier versions.

    Without ``references`` the resources point at the patient, encounter and author by conditional reference
    (``Patient?identifier=…``).  With ``earlier`` (all of them, oldest first) a resource that goes on with a record of
    theirs bears its identifier and date.  Raises UnidentifiedError or IdentifierSystemError where the note names too
    little.  Whatever is not made a resource is in the note document and listed in ``omissions``.
    """
    origins = lineage(note, site, earlier).origins | _software(note, site, earlier) if earlier else {}
    context = Context(note, site, references or References.by_identifier(note, site), origins)
    clinical, omissions = _clinical(context)
    enclosed, _ = _clinical(inside_document(context))
    documents = document_references(context, enclosed)
    device = software(context)
    made = [*clinical, *documents]
    return TransactionBundle(
        entries=(*made, *([device] if device else []), provenance(context, made)),
        omissions=(*omissions, *_left_as_text(context), *_without_role(context)),
    )


def lineage(note: SignedNote, site: Site, earlier: Sequence[SignedNote]) -> Lineage:
    """The records that the note goes on with, and those it no longer states."""
    return trace(note, earlier, site, lambda context: _clinical(context)[0])


def _software(note: SignedNote, site: Site, earlier: Sequence[SignedNote]) -> dict[str, Origin]:
    """The device of the first version that the same software drafted."""
    same = next((one for one in earlier if one.content.drafter == note.content.drafter), note)
    return {DEVICE: Origin(business_identifier(same, site, DEVICE), same.signed_at)}


def _clinical(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for build in _BUILDERS:
        entries, omissions = build(context)
        made += entries
        left += omissions
    return made, left


def _left_as_text(context: Context) -> Iterator[Omission]:
    for entry in context.note.content.entries:
        reason = context.withheld(entry) if entry.kind in MAPPED else TEXT_ONLY[entry.kind]
        if reason is not None:
            yield Omission(entry=entry.id, kind=entry.kind, reason=reason)


def _without_role(context: Context) -> Iterator[Omission]:
    reason = context.references.without_role
    if reason is not None:
        yield Omission(entry="practitioner-role", kind="practitioner_role", reason=reason)
