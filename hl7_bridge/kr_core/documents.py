"""The note and the patient summary as documents: Composition, document Bundle, DocumentReference."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Final

from hl7_bridge.fhir import FhirJson, TransactionEntry, readable
from hl7_bridge.kr_core import people
from hl7_bridge.kr_core.codes import AI_LABEL, INLINE_LABEL, concept
from hl7_bridge.kr_core.context import Context, statements_of
from hl7_bridge.site import NOTE_DOCUMENT, SUMMARY_DOCUMENT, References
from scribe.domain.encounter import Setting
from scribe.domain.entries import LOINC_SYSTEM
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section
from scribe.domain.summary import Medicine, PatientSummary

_NOTE_TYPE: Final[dict[Setting, tuple[str, str, str]]] = {
    "outpatient": ("34108-1", "Outpatient Note", "외래진료기록"),
    "emergency": ("34111-5", "Emergency department Note", "응급진료기록"),
    "inpatient_round": ("11506-3", "Progress note", "입원경과기록"),
    "telephone": ("34748-4", "Telephone encounter Note", "전화상담기록"),
}
_OUTPATIENT_TYPE: Final = {
    "initial": ("34120-6", "Outpatient Initial assessment note", "외래초진기록"),
    "follow_up": ("34131-3", "Outpatient Progress note", "외래경과기록"),
}
_SECTIONS: Final = {
    "subjective": ("61150-9", "Subjective"),
    "objective": ("61149-1", "Objective"),
    "assessment": ("51848-0", "Assessment"),
    "plan": ("18776-5", "Plan of care note"),
    "chief_complaint": ("10154-3", "Chief complaint"),
    "present_illness": ("10164-2", "History of Present illness"),
    "past_history": ("11348-0", "History of Past illness"),
    "family_history": ("10157-6", "History of family member diseases"),
    "social_history": ("29762-2", "Social history"),
    "review_of_systems": ("10187-3", "Review of systems"),
    "medications": ("10160-0", "History of Medication use"),
    "allergies": ("48765-2", "Allergies and adverse reactions"),
    "vitals": ("8716-3", "Vital signs"),
    "physical_exam": ("29545-1", "Physical findings"),
    "results": ("30954-2", "Relevant diagnostic tests and laboratory data"),
    "birth_and_immunization": ("11369-6", "History of Immunization"),
    "instructions": ("69730-0", "Instructions"),
}
_ROLE: Final = "practitioner-role"
_TIMES: Final = (("morning", "아침"), ("noon", "점심"), ("evening", "저녁"), ("bedtime", "자기 전"))


def document_references(context: Context, clinical: Sequence[TransactionEntry]) -> list[TransactionEntry]:
    """The signed note, as text and as a FHIR document, and the patient summary as text."""
    entries = [_note_document(context, clinical)]
    summary = context.note.content.patient_summary
    if statements_of(summary.sections) or summary.medicines:
        entries.append(_summary_document(context, summary))
    return entries


def note_type(note: SignedNote) -> tuple[str, str, str]:
    """LOINC code, display and Korean title: by setting; of outpatients first or further visit by the template."""
    setting = note.encounter.setting
    by_template = _OUTPATIENT_TYPE.get(note.content.template or "") if setting == "outpatient" else None
    return by_template or _NOTE_TYPE[setting]


def note_text(sections: Sequence[Section]) -> str:
    """The note as a person reads it: titles, then one sentence a line."""
    blocks = ["\n".join([f"[{section.title}]", *(s.text for s in section.statements)]) for section in sections]
    return "\n\n".join(blocks) + "\n"


def summary_text(summary: PatientSummary) -> str:
    """The patient summary with its medicines, one a line, and the notice below."""
    blocks = [note_text(summary.sections)] if summary.sections else []
    if summary.medicines:
        blocks.append("\n".join(["[약 먹는 법]", *(_medicine_line(medicine) for medicine in summary.medicines)]) + "\n")
    if summary.notice:
        blocks.append(f"{summary.notice}\n")
    return "\n".join(blocks)


def document_bundle(context: Context, clinical: Sequence[TransactionEntry]) -> FhirJson:
    """A document that stands alone: Composition first, then everything that it leads to and nothing else.

    ``clinical`` must already point at the document's own ``urn:uuid:`` references (:func:`inside_document`); what no
    section of the note states is left out.
    """
    composition_url = context.urn("composition")
    key = context.entry("document", {"resourceType": "Bundle"}).key
    cited = {name for section in context.note.content.sections for name in _cited(section)}
    stated = [item for item in clinical if cited.intersection(item.sources)]
    members = [_member(composition_url, _composition(context, stated))]
    members += [_member(url, resource) for url, resource in _people(context)]
    members += [_member(item.full_url, item.resource.content) for item in stated]
    document: FhirJson = {
        "resourceType": "Bundle",
        "identifier": people.identifier_json(key),
        "type": "document",
        "timestamp": context.signed_at,
        "entry": members,
    }
    return {name: readable(part) for name, part in document.items()}


def inside_document(context: Context) -> Context:
    """The same context with references to the people inside the document Bundle."""
    has_patient = context.note.encounter.patient is not None
    has_organization = context.site.organization_of(context.note) is not None
    inside = References(
        patient=context.urn("patient") if has_patient else context.references.patient,
        encounter=context.urn("encounter"),
        practitioner=context.urn("practitioner"),
        organization=context.urn("organization") if has_organization else None,
    )
    return replace(context, references=inside)


def _member(full_url: str, resource: FhirJson) -> FhirJson:
    return {"fullUrl": full_url, "resource": resource}


def _people(context: Context) -> list[tuple[str, FhirJson]]:
    """Patient, physician, institution, the physician's role in its department, and the encounter."""
    note = context.note
    found: list[tuple[str, FhirJson]] = []
    if note.encounter.patient is not None:
        found.append((context.urn("patient"), people.patient(note.encounter.patient)))
    found.append((context.urn("practitioner"), people.practitioner(note.author)))
    organization = context.site.organization_of(note)
    if organization is not None:
        found.append((context.urn("organization"), people.organization(organization)))
    role = _role(context)
    doctor = {"reference": context.urn(_ROLE)} if role else context.author
    encounter = people.encounter(note.encounter, context.subject, doctor, context.custodian)
    found.append((context.urn("encounter"), encounter))
    return [*found, (context.urn(_ROLE), role)] if role else found


def _role(context: Context) -> FhirJson | None:
    """The physician in the department that KR Core knows, at the institution."""
    department = context.note.author.department
    if context.custodian is None or department is None or department not in people.DEPARTMENTS:
        return None
    return people.practitioner_role(context.author, context.custodian, department, context.key(_ROLE))


def _composition(context: Context, clinical: Sequence[TransactionEntry]) -> FhirJson:
    code, display, title = note_type(context.note)
    key = context.entry("composition", {"resourceType": "Composition"}).key
    resource: FhirJson = {"resourceType": "Composition"}
    if context.text_by_ai(context.note.content.sections):
        resource["meta"] = {"security": [AI_LABEL]}
    resource |= {
        "identifier": people.identifier_json(key),
        "status": "amended" if context.note.replaces is not None else "final",
        "type": concept(LOINC_SYSTEM, code, display),
        "subject": context.subject,
        "encounter": context.encounter,
        "date": context.signed_at,
        "author": [context.author],
        "title": title,
        "attester": [{"mode": "legal", "time": context.signed_at, "party": context.author}],
    }
    if context.custodian is not None:
        resource["custodian"] = context.custodian
    sections = [
        _section(context, section, clinical)
        for section in context.note.content.sections
        if any(statement.text.strip() for statement in section.statements)
    ]
    if sections:
        resource["section"] = sections
    return resource


def _cited(section: Section) -> set[str]:
    """Ids of the section's statements and of the entries they state."""
    return {name for statement in section.statements for name in (statement.id, *statement.entries)}


def _section(context: Context, section: Section, clinical: Sequence[TransactionEntry]) -> FhirJson:
    """Title, code, every sentence, and the resources made of what they state.

    Where the machine wrote the sentences, the section says so itself: a section has no meta to say it in.
    """
    cited = _cited(section)
    paragraphs = "".join(f"<p>{escape(readable(statement.text))}</p>" for statement in section.statements)
    made: FhirJson = {}
    if context.text_by_ai([section]):
        made["extension"] = [{"url": INLINE_LABEL, "valueCoding": AI_LABEL}]
    made["title"] = section.title
    known = _SECTIONS.get(section.code)
    if known is not None:
        made["code"] = concept(LOINC_SYSTEM, *known)
    made["text"] = {
        "status": "additional",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>',
    }
    entries = [{"reference": item.full_url} for item in clinical if cited.intersection(item.sources)]
    if entries:
        made["entry"] = entries
    return made


def _note_document(context: Context, clinical: Sequence[TransactionEntry]) -> TransactionEntry:
    code, display, title = note_type(context.note)
    sections = context.note.content.sections
    bundle = json.dumps(document_bundle(inside_document(context), clinical), ensure_ascii=False, separators=(",", ":"))
    body = _document_reference(context, concept(LOINC_SYSTEM, code, display), title) | {
        "content": [
            _attachment(context, "text/plain; charset=utf-8", note_text(sections), title),
            _attachment(context, "application/fhir+json", bundle, title),
        ],
    }
    body |= _replacing(context.references.previous)
    return context.entry(NOTE_DOCUMENT, body, ai=context.text_by_ai(sections))


def _summary_document(context: Context, summary: PatientSummary) -> TransactionEntry:
    title = "환자용 진료 안내문"
    body = _document_reference(context, concept(LOINC_SYSTEM, "69730-0", "Instructions"), title)
    body["content"] = [_attachment(context, "text/plain; charset=utf-8", summary_text(summary), title)]
    body |= _replacing(context.references.previous_summary)
    return context.entry(SUMMARY_DOCUMENT, body, ai=context.text_by_ai(summary.sections))


def _document_reference(context: Context, kind: FhirJson, title: str) -> FhirJson:
    """DocumentReference as MyHealthWay 1.0.1 takes it."""
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "amended" if context.note.replaces is not None else "final",
        "type": kind,
        "subject": context.subject,
        "date": context.signed_at,
        "author": context.authors,
        "authenticator": context.author,
        "custodian": context.custodian,
        "description": title,
        "context": {"encounter": [context.encounter], "period": {"start": context.encountered_at}},
    }


def _replacing(previous: str | None) -> FhirJson:
    return {"relatesTo": [{"code": "replaces", "target": {"reference": previous}}]} if previous else {}


def _language(text: str) -> str:
    """Korean where the text has Hangul syllables, else English: the two languages the drafts are made in."""
    return "ko" if any("가" <= character <= "힣" for character in text) else "en"


def _attachment(context: Context, content_type: str, text: str, title: str) -> FhirJson:
    data = text.encode("utf-8")
    digest = hashlib.sha1(data, usedforsecurity=False).digest()  # Attachment.hash is SHA-1 by definition
    return {
        "attachment": {
            "contentType": content_type,
            "language": _language(text),
            "data": base64.b64encode(data).decode("ascii"),
            "size": len(data),
            "hash": base64.b64encode(digest).decode("ascii"),
            "title": title,
            "creation": context.signed_at,
        }
    }


def _medicine_line(medicine: Medicine) -> str:
    times = [f"{label} {amount}" for name, label in _TIMES if (amount := getattr(medicine, name))]
    parts = [
        medicine.name,
        ", ".join(times),
        medicine.relation_to_meal,
        f"{medicine.days}일분" if medicine.days else "",
        medicine.to_confirm,
    ]
    return " · ".join(part for part in parts if part)
