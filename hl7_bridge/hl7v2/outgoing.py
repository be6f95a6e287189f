"""Everything that goes to an HL7 v2 receiver for one signed version, and what stays text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hl7_bridge.hl7v2.charsets import Charset
from hl7_bridge.hl7v2.documents import documents, retracted
from hl7_bridge.hl7v2.observations import omitted, report, withdrawn
from hl7_bridge.hl7v2.segments import Frame, Outgoing
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import Site
from scribe.domain.delivery import LeftOut
from scribe.domain.note import SignedNote

TEXT_ONLY = "HL7 v2에서는 진료기록 문서(MDM)의 본문으로만 보냅니다"
NOT_WANTED = "이 수신처에는 측정값(ORU)을 보내지 않도록 설정되어 본문으로만 보냅니다"
SUMMARY_NOT_WANTED = "이 수신처에는 환자 안내문을 보내지 않도록 설정되어 있습니다"
_TOLD = frozenset({"vital", "lab_result"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages in the order of sending, and what of the note is in none of them but as text."""

    messages: tuple[Outgoing, ...]
    left_out: tuple[LeftOut, ...] = ()


def messages_of(
    note: SignedNote, site: Site, destination: Hl7Destination, earlier: Sequence[SignedNote] = ()
) -> Messages:
    """MDM for the note, MDM for the patient summary, ORU for the values: the same bytes whenever it is asked.

    ``earlier`` are all versions before, oldest first.  Raises UnidentifiedError or IdentifierSystemError where the
    note names too little.
    """
    frame = Frame(note=note, site=site, destination=destination)
    made = list(documents(frame, earlier))
    values = report(frame, earlier) if destination.observations else None
    return Messages(messages=(*made, *([values] if values else [])), left_out=tuple(_left_out(note, site, destination)))


def retraction_of(
    note: SignedNote, site: Site, destination: Hl7Destination, earlier: Sequence[SignedNote], retraction: Retraction
) -> Messages:
    """Everything that any version of the note sent, as deleted (documents) or wrong (values)."""
    frame = Frame(note=note, site=site, destination=destination)
    made = list(retracted(frame, (*earlier, note), retraction.at, retraction.reason))
    values = withdrawn(frame, retraction.at) if destination.observations else None
    return Messages(messages=(*made, *([values] if values else [])))


def charset_of(destination: Hl7Destination) -> Charset:
    return Charset(destination.charset, destination.unencodable)


def _left_out(note: SignedNote, site: Site, destination: Hl7Destination) -> Iterator[LeftOut]:
    reasons = {item.entry: item.reason for item in omitted(note, site)}
    for entry in note.content.entries:
        reason = TEXT_ONLY if entry.kind not in _TOLD else reasons.get(entry.id)
        if entry.kind in _TOLD and not destination.observations:
            reason = NOT_WANTED
        if reason is not None:
            yield LeftOut(entry=entry.id, kind=entry.kind, reason=reason)
    if not destination.patient_summary:
        yield LeftOut(entry="patient-summary", kind="patient_summary", reason=SUMMARY_NOT_WANTED)
