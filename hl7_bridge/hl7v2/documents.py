"""Documents out: MDM, HL7 v2.5 chapter 9.

An amendment is a document of its own that takes the place of the one before (T10, TXA-13 the parent): T08 is for
what nobody could read yet, and a signed note was available.  A retraction is T11 with TXA-19 CA.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hl7_bridge.hl7v2.segments import Frame, Outgoing
from hl7_bridge.hl7v2.syntax import Composite, Formatted, Segment, Value, segment
from hl7_bridge.hl7v2.times import stamp
from hl7_bridge.kr_core.documents import summary_text
from hl7_bridge.site import NOTE_DOCUMENT, SUMMARY_DOCUMENT
from scribe.domain.encounter import Identifier
from scribe.domain.note import NoteContent, SignedNote
from scribe.domain.statement import Section

_LOINC: Final = "LN"
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
    "instructions": ("69730-0", "Instructions"),
}
_ORIGINAL: Final = ("MDM", "T02", "MDM_T02")
_REPLACEMENT: Final = ("MDM", "T10", "MDM_T02")
_CANCEL: Final = ("MDM", "T11", "MDM_T01")
_STATUS: Final = ("MDM", "T03", "MDM_T01")
_Text = tuple[Composite, str, bool]
"""What an OBX is about, its text, and whether a sentence of it stands as the machine wrote it."""


def documents(frame: Frame, earlier: Sequence[SignedNote] = ()) -> Iterator[Outgoing]:
    """The note, and the patient summary where there is one; one that the version before had alone is cancelled."""
    before = earlier[-1] if earlier else None
    yield _document(frame, NOTE_DOCUMENT, parent=frame.note.replaces)
    if not frame.destination.patient_summary:
        return
    had = before is None or has_summary(before.content)
    if has_summary(frame.note.content):
        yield _document(frame, SUMMARY_DOCUMENT, parent=frame.note.replaces if had else None)
    elif before is not None and had:
        yield _cancelled(frame, SUMMARY_DOCUMENT, before.version, frame.note.signed_at, frame.note.reason or "")


def retracted(frame: Frame, versions: Sequence[SignedNote], at: datetime, reason: str) -> Iterator[Outgoing]:
    """Every document of ``versions`` as deleted."""
    for version in versions:
        yield _cancelled(frame, NOTE_DOCUMENT, version.version, at, reason)
        if frame.destination.patient_summary and has_summary(version.content):
            yield _cancelled(frame, SUMMARY_DOCUMENT, version.version, at, reason)


def has_summary(content: NoteContent) -> bool:
    summary = content.patient_summary
    return bool(summary.medicines) or any(section.statements for section in summary.sections)


def _document(frame: Frame, role: str, parent: int | None) -> Outgoing:
    replaces = parent is not None and frame.destination.amendment == "replace"
    key = frame.key(role)
    header = _txa(frame, role, key, parent)
    lines = tuple(_lines(frame, _texts(frame.note.content, role)))
    return frame.message(role, _REPLACEMENT if replaces else _ORIGINAL, key, header, *lines)


def _cancelled(frame: Frame, role: str, version: int, at: datetime, reason: str) -> Outgoing:
    key = frame.document_key(role, version)
    event = _CANCEL if frame.destination.retraction == "cancel" else _STATUS
    header = _txa(frame, role, key, None, availability="CA", reason=reason)
    return frame.message(f"{role}.v{version}.retraction", event, key, header, at=at)


def _txa(
    frame: Frame, role: str, key: Identifier, parent: int | None, *, availability: str = "AV", reason: str | None = None
) -> Segment:
    note = frame.note
    author = frame.person(note.author)
    use = "patient_summary" if role == SUMMARY_DOCUMENT else note.encounter.setting
    reason = note.reason if reason is None else reason
    values: dict[int, Value] = {
        1: "1",
        2: frame.destination.document_type(use),
        3: frame.destination.text,
        4: stamp(note.encounter.start),
        5: author,
        6: stamp(note.signed_at),
        8: stamp(note.signed_at) if note.replaces is not None else "",
        9: author,
        10: author,
        12: frame.entity(key),
        13: frame.entity(frame.document_key(role, parent)) if parent is not None else "",
        17: "LA",  # table 0271: legally authenticated, that is, signed
        19: availability,
        21: reason or "",
        22: _authenticated(author, note.signed_at),
    }
    return segment("TXA", {number: value for number, value in values.items() if value != ""})


def _authenticated(author: Composite, at: datetime) -> Composite:
    """PPN: a person as XCN has it, and in its fifteenth component the time."""
    parts = (*author.parts, *([""] * (14 - len(author.parts))))
    return Composite(*parts, stamp(at))


def _texts(content: NoteContent, role: str) -> Iterator[_Text]:
    if role == SUMMARY_DOCUMENT:
        code, display = _SECTIONS["instructions"]
        summary = content.patient_summary
        yield Composite(code, display, _LOINC), summary_text(summary).strip("\n"), _by_ai(content, summary.sections)
        return
    for section in content.sections:
        text = "\n".join(statement.text for statement in section.statements)
        if text.strip():
            yield _about(section), text, _by_ai(content, [section])


def _by_ai(content: NoteContent, sections: Sequence[Section]) -> bool:
    statements = (statement for section in sections for statement in section.statements)
    return content.drafter is not None and any(statement.support != "edited" for statement in statements)


def _about(section: Section) -> Composite:
    """The section by LOINC with its own title beside it, or by the note template's own code."""
    known = _SECTIONS.get(section.code)
    local = (section.code, section.title, "L")
    return Composite(*known, _LOINC, *local) if known else Composite(*local)


def _lines(frame: Frame, texts: Iterator[_Text]) -> Iterator[Segment]:
    number = 0
    author = frame.person(frame.note.author)
    for group, (about, text, by_ai) in enumerate(texts, 1):
        label = frame.ai_label(by_ai=by_ai)
        lines = [Formatted(text)] if frame.destination.text == "FT" else text.split("\n")
        for line in lines:
            number += 1
            values: dict[int, Value] = {
                1: str(number),
                2: frame.destination.text,
                3: about,
                4: str(group),
                5: line,
                11: "F",
                14: stamp(frame.note.signed_at),
                16: author,
            }
            yield segment("OBX", values | ({17: label} if label else {}))
