"""A signed note as one transaction of KR Core 2.0.0 resources."""

from collections.abc import Callable, Iterator

from hl7_bridge.fhir import Omission, TransactionBundle, TransactionEntry
from hl7_bridge.kr_core.allergies import allergies
from hl7_bridge.kr_core.conditions import chief_complaint, diagnoses
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.documents import document_references, inside_document
from hl7_bridge.kr_core.medications import medication_requests
from hl7_bridge.kr_core.provenance import provenance, software
from hl7_bridge.kr_core.vitals import vital_signs
from hl7_bridge.site import References, Site
from scribe.domain.note import SignedNote

_Builder = Callable[[Context], tuple[list[TransactionEntry], list[Omission]]]
_BUILDERS: tuple[_Builder, ...] = (chief_complaint, diagnoses, vital_signs, medication_requests, allergies)
_MAPPED = frozenset({"symptom", "diagnosis", "vital", "medication_order", "allergy"})

TEXT_ONLY = "구조화 자원으로 보내지 않는 항목이어서 진료기록 본문으로만 보냅니다"


def map_note(note: SignedNote, site: Site, references: References | None = None) -> TransactionBundle:
    """The note as conditional creates: the same bytes for the same note, site and references.

    Without ``references`` the resources point at the patient, encounter and author by conditional reference
    (``Patient?identifier=…``).  Raises UnidentifiedError or IdentifierSystemError where the note names too little.
    Whatever is not made a resource is in the note document and listed in ``omissions``.
    """
    context = Context(note, site, references or References.by_identifier(note, site))
    clinical, omissions = _clinical(context)
    enclosed, _ = _clinical(inside_document(context))
    documents = document_references(context, enclosed)
    device = software(context)
    made = [*clinical, *documents]
    return TransactionBundle(
        entries=(*made, *([device] if device else []), provenance(context, made)),
        omissions=(*omissions, *_text_only(note)),
    )


def _clinical(context: Context) -> tuple[list[TransactionEntry], list[Omission]]:
    made: list[TransactionEntry] = []
    left: list[Omission] = []
    for build in _BUILDERS:
        entries, omissions = build(context)
        made += entries
        left += omissions
    return made, left


def _text_only(note: SignedNote) -> Iterator[Omission]:
    for entry in note.content.entries:
        if entry.kind not in _MAPPED:
            yield Omission(entry=entry.id, kind=entry.kind, reason=TEXT_ONLY)
