"""The signed record: a version with its signature checked, its deliveries, its history and what may follow."""

from dataclasses import dataclass
from datetime import timedelta

from hl7_bridge.site import Site
from scribe.domain.note import SignedNote
from scribe.signing import SignatureMismatchError, load_document, verify
from scribe.store import Work
from scribe.store.errors import NotFoundError
from scribe.store.records import EncounterRecord, NoteRecord
from scribe.store.revisions import RetractionRecord
from scribe.web.access import Viewer
from scribe.web.labels import moment, patient_bar
from scribe.web.patient.link_view import handout_card
from scribe.web.review.amendment_view import amendment_view
from scribe.web.signing.carriage_view import kind_of
from scribe.web.signing.signed_view import Delivery, delivery_of, destinations_of
from scribe.web.signing.signing_view import content_context, drafter_line

_QUEUE = timedelta(days=7)
"""How far back a consultation may lie that is offered for review next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureView:
    """``valid`` is what checking the stored bytes with the stored public key came to."""

    valid: bool
    algorithm: str
    key_id: str
    signed_at: str
    signer: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A signed version in the list of them; ``reason`` is why it took the place of the one before."""

    version: int
    signed_at: str
    signer: str
    reason: str
    valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionView:
    at: str
    reason: str


def note_context(work: Work, viewer: Viewer, encounter_id: str, version: int | None, site: Site) -> dict[str, object]:
    """What the page of a signed version is rendered from, by default of the latest; NotFoundError without one."""
    encounter = work.encounters.get(encounter_id)
    records = work.notes.versions(encounter_id)
    record = chosen(records, version)
    note, latest = record.note, records[-1].note
    outbox = work.outbox.list(encounter_id)
    delivery = delivery_of(outbox, note)
    amendment = amendment_view(work.amendments.current(encounter_id)) if encounter.amending else None
    retraction = work.retractions.of(encounter_id) if encounter.retracted else None
    queue = work.encounters.to_review(since=work.scope.clock() - _QUEUE, but=encounter_id)
    return {
        "viewer": viewer,
        "section": "encounters",
        "encounter_id": encounter_id,
        "bar": patient_bar(note.encounter),
        "badge": _badge(encounter, delivery),
        "badge_kind": "held" if encounter.retracted else delivery.kind,
        "note": note,
        "latest": latest.version,
        "superseded": note.version < latest.version,
        "signature": signature_view(work, record),
        "drafted_by": drafter_line(note.content.drafter),
        "delivery": delivery,
        "destinations": destinations_of(
            outbox,
            note,
            attempts=work.outbox.attempts,
            system=lambda name: kind_of(site, name),
            now=work.scope.clock(),
        ),
        "refresh": delivery.moving,
        "versions": [_line(one, latest.version) for one in reversed(records)],
        "amendment": amendment,
        "retraction": _retraction(retraction),
        "may_change": viewer.may("sign") and not encounter.retracted and amendment is None,
        "next_href": f"/encounters/{queue[0]}" if queue else "",
        "next_count": len(queue),
        "handout": handout_card(work, encounter_id),
        **content_context(note.content),
    }


def chosen(records: tuple[NoteRecord, ...], version: int | None) -> NoteRecord:
    """The version of that number, or the latest; NotFoundError where there is none."""
    for record in reversed(records):
        if version in {None, record.note.version}:
            return record
    raise NotFoundError(subject="signed note")


def signature_view(work: Work, record: NoteRecord) -> SignatureView:
    """The signature of a version, checked now over the bytes that are stored."""
    note = record.note
    licence = note.author.identifier.value if note.author.identifier else ""
    return SignatureView(
        valid=_verifies(work, record),
        algorithm=note.signature.algorithm,
        key_id=note.signature.key_id,
        signed_at=moment(note.signed_at),
        signer=note.author.name,
        licence=licence,
    )


def _verifies(work: Work, record: NoteRecord) -> bool:
    try:
        key = work.signing_keys.public(record.note.signature.key_id)
        verify(load_document(record.document, "the note"), key)
    except (SignatureMismatchError, NotFoundError):
        return False
    return True


def _line(record: NoteRecord, latest: int) -> VersionLine:
    note: SignedNote = record.note
    return VersionLine(
        version=note.version,
        signed_at=moment(note.signed_at),
        signer=note.author.name,
        reason=note.reason or "",
        valid=note.version == latest,
    )


def _retraction(record: RetractionRecord | None) -> RetractionView | None:
    return None if record is None else RetractionView(at=moment(record.at), reason=record.reason)


def _badge(encounter: EncounterRecord, delivery: Delivery) -> str:
    if encounter.retracted:
        return f"취소된 기록 · {delivery.label}"
    if encounter.amending:
        version = encounter.note_version or 1
        return f"제{version + 1}판 작성 중 · 제{version}판 유효"
    return f"서명됨 · {delivery.label}"
