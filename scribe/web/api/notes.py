"""Signing a draft, and the signed versions."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from scribe.domain.formats import NoteFile
from scribe.store.errors import NotFoundError
from scribe.store.records import NoteRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems, proving
from scribe.web.api.drafts import JSON
from scribe.web.routes.signing import confirm_signer
from scribe.web.signing.note_view import chosen
from scribe.web.signing.signatures import sign_shown, signable

router = APIRouter(tags=["notes"], dependencies=[Depends(permitted("read_notes"))])


class SignableAnswer(Answer):
    """What a signature would be put under.

    ``content_sha256`` is what signing has to name; ``open_questions`` are to be settled first;
    ``unacknowledged`` are the statements without support (with SCRIBE_CONFIRM_PARTIAL
    also those with support in part), each of which has to be named when signing, or changed.
    """

    content_sha256: str
    version: int
    open_questions: int
    unacknowledged: list[str]
    unchanged: bool


class SignWish(Wish):
    """Sign what was shown: ``content_sha256`` as :class:`SignableAnswer` told it, and the password where asked for."""

    content_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    acknowledged: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=1000)] = ()
    password: Annotated[str, Field(max_length=256, json_schema_extra={"format": "password"})] = ""


class NoteLine(Answer):
    """A signed version."""

    note_id: str
    version: int
    signed_at: datetime
    author: str
    reason: str | None


class KeyAnswer(Answer):
    """A public key of the hospital, as PEM."""

    key_id: str
    algorithm: str
    pem: str


class AccessLine(Answer):
    """A record of the audit log about a consultation."""

    sequence: int
    at: datetime
    account: str
    role: str
    action: str
    subject: str
    subject_id: str
    previous_hash: str
    hash: str


@router.get("/encounters/{encounter_id}/sign", summary="What would be signed", responses=problems(404, 409, 410))
def show_for_signing(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> SignableAnswer:
    """The hash of everything that a signature now would cover, and what stands in its way."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        found = signable(work, viewer.account, encounter_id)
    return SignableAnswer(
        content_sha256=found.shown_sha256,
        version=found.version,
        open_questions=found.open_questions,
        unacknowledged=[statement.id for statement in found.unacknowledged],
        unchanged=found.unchanged,
    )


@router.post(
    "/encounters/{encounter_id}/sign",
    summary="Sign",
    status_code=201,
    response_model=NoteFile,
    responses=problems(404, 409, 410, 429),
)
def sign(
    encounter_id: RecordId, wish: SignWish, request: Request, service: ServiceOf, viewer: ScriptViewer
) -> Response:
    """Sign the draft, provided that it is, to the character, what the hash says; the answer is the signed version."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        work.encounters.get(encounter_id)
    with proving():
        confirm_signer(service, request, viewer, wish.password)
    with service.store.begin(viewer.actor) as work:
        sign_shown(
            work,
            viewer.account,
            encounter_id,
            shown_sha256=wish.content_sha256,
            acknowledged=frozenset(wish.acknowledged),
            enqueue=service.enqueue,
        )
    with service.store.begin(viewer.actor) as work:
        return _note(work.notes.latest(encounter_id), 201)


@router.get(
    "/encounters/{encounter_id}/note",
    summary="The signed note",
    response_model=NoteFile,
    responses=problems(404),
)
def note(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> Response:
    """The latest signed version, scribe-note/1, byte for byte as it was signed."""
    with service.store.begin(viewer.actor) as work:
        return _note(work.notes.latest(encounter_id))


@router.get("/encounters/{encounter_id}/note/versions", summary="The signed versions", responses=problems(404))
def versions(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[NoteLine]:
    """Every signed version, oldest first; empty where nothing is signed."""
    with service.store.begin(viewer.actor) as work:
        records = work.notes.versions(encounter_id)
    return [_line(record) for record in records]


@router.get(
    "/encounters/{encounter_id}/note/versions/{version}",
    summary="One signed version",
    response_model=NoteFile,
    responses=problems(404),
)
def one_version(encounter_id: RecordId, version: int, service: ServiceOf, viewer: Signed) -> Response:
    """A signed version, byte for byte as it was signed."""
    with service.store.begin(viewer.actor) as work:
        records = work.notes.versions(encounter_id)
    return _note(next((record for record in records if record.note.version == version), None))


@router.get("/encounters/{encounter_id}/note/key", summary="The key it was signed with", responses=problems(404))
def key(
    encounter_id: RecordId, service: ServiceOf, viewer: Signed, version: Annotated[int | None, Query(ge=1)] = None
) -> KeyAnswer:
    """The public key of a signed version, by default the latest: what ``scribe note verify`` takes."""
    with service.store.begin(viewer.actor) as work:
        note = chosen(work.notes.versions(encounter_id), version).note
        public = work.signing_keys.public(note.signature.key_id)
    return KeyAnswer(key_id=public.key_id, algorithm=note.signature.algorithm, pem=public.to_pem().decode())


@router.get("/encounters/{encounter_id}/note/access", summary="Who touched the record", responses=problems(404))
def access(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[AccessLine]:
    """Who read and changed what of the consultation, oldest first, from the hospital's audit log."""
    with service.store.begin(viewer.actor) as work:
        work.notes.versions(encounter_id)
        records = work.trail.of_encounter(encounter_id)
    return [
        AccessLine(
            sequence=one.sequence, at=one.at, account=one.account_id, role=one.role, action=one.action,
            subject=one.subject, subject_id=one.subject_id, previous_hash=one.previous_hash, hash=one.hash,
        )
        for one in records
    ]  # fmt: skip


def _line(record: NoteRecord) -> NoteLine:
    note = record.note
    return NoteLine(
        note_id=note.note_id,
        version=note.version,
        signed_at=note.signed_at,
        author=note.author.name,
        reason=note.reason,
    )


def _note(record: NoteRecord | None, status: int = 200) -> Response:
    if record is None:
        raise NotFoundError(subject="signed note")
    return Response(record.document, status_code=status, media_type=JSON)
