"""What outsiders can check by themselves: the signed file, the public key, and who touched the record."""

import json
from dataclasses import asdict

from fastapi import APIRouter, Depends
from starlette.responses import Response

from scribe.audit import AuditRecord
from scribe.store import Work
from scribe.store.records import NoteRecord
from scribe.web.access import ServiceOf, Signed, permitted, require
from scribe.web.labels import SEOUL
from scribe.web.signing.note_view import chosen

router = APIRouter(dependencies=[Depends(permitted("read_notes"))])


@router.get("/encounters/{encounter_id}/note/document", response_class=Response)
def document(encounter_id: str, service: ServiceOf, viewer: Signed, version: int | None = None) -> Response:
    """A signed version, scribe-note/1, byte for byte as it was signed: ``scribe note verify`` takes it."""
    require(viewer, "read_notes")
    with service.store.begin(viewer.actor) as work:
        record = _record(work, encounter_id, version)
    return _file(record.document, "application/json", f"note-{record.note.note_id}-v{record.note.version}.json")


@router.get("/encounters/{encounter_id}/note/key", response_class=Response)
def key(encounter_id: str, service: ServiceOf, viewer: Signed, version: int | None = None) -> Response:
    """The public key that the version was signed with, as PEM."""
    require(viewer, "read_notes")
    with service.store.begin(viewer.actor) as work:
        record = _record(work, encounter_id, version)
        public = work.signing_keys.public(record.note.signature.key_id)
    return _file(public.to_pem(), "application/x-pem-file", f"signer-{public.key_id[:16]}.pub.pem")


@router.get("/encounters/{encounter_id}/note/access", response_class=Response)
def access(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """Who read and changed what of this consultation, from the hospital's audit chain: one JSON object a line."""
    require(viewer, "read_notes")
    with service.store.begin(viewer.actor) as work:
        records = work.trail.of_encounter(encounter_id)
    lines = "".join(f"{json.dumps(_line(record), ensure_ascii=False)}\n" for record in records)
    return _file(lines.encode(), "application/jsonl", f"access-{encounter_id}.jsonl")


def _record(work: Work, encounter_id: str, version: int | None) -> NoteRecord:
    return chosen(work.notes.versions(encounter_id), version)


def _line(record: AuditRecord) -> dict[str, object]:
    return {**asdict(record), "at": record.at.isoformat(timespec="microseconds"), "at_seoul": _local(record)}


def _local(record: AuditRecord) -> str:
    return record.at.astimezone(SEOUL).isoformat(timespec="seconds")


def _file(content: bytes, media_type: str, name: str) -> Response:
    """A download; names hold ids only."""
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})
