"""The same data as JSON, in the published formats."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from scribe.domain.formats import write_draft, write_transcript
from scribe.store.errors import NotFoundError
from scribe.store.records import EncounterRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed
from scribe.web.desk import Desk, open_desk, save_edit
from scribe.web.draft_view import open_items
from scribe.web.routes.review import EditRequest
from scribe.web.worklist_view import StateKey, state_of

router = APIRouter()

_JSON = "application/json"


class EncounterSummary(BaseModel):
    """A consultation in the list, by ids and states."""

    id: str
    start: datetime
    state: StateKey
    draft_version: int | None
    note_version: int | None


class Saved(BaseModel):
    """The draft's version after an edit, and how much is left to settle."""

    version: int
    open: int


@router.get("/encounters")
def encounters(service: ServiceOf, viewer: Signed, limit: int = 50, offset: int = 0) -> list[EncounterSummary]:
    with service.store.begin(viewer.actor) as work:
        records = work.encounters.list(limit=max(1, min(limit, 200)), offset=max(0, offset))
    return [_summary(record) for record in records]


@router.get("/encounters/{encounter_id}")
def encounter(encounter_id: str, service: ServiceOf, viewer: Signed) -> EncounterSummary:
    with service.store.begin(viewer.actor) as work:
        return _summary(work.encounters.get(encounter_id))


@router.get("/encounters/{encounter_id}/draft", response_class=Response)
def draft(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The latest draft, scribe-draft/1; ``X-Draft-Version`` is what an edit has to name."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    return _versioned(write_draft(desk.draft.draft), desk)


@router.post("/encounters/{encounter_id}/draft/edits")
def edit(encounter_id: str, request: EditRequest, service: ServiceOf, viewer: ScriptViewer) -> Saved:
    with service.store.begin(viewer.actor) as work:
        desk = save_edit(work, encounter_id, request.version, request.edit)
    return Saved(version=desk.draft.version, open=open_items(desk.draft.draft).count)


@router.get("/encounters/{encounter_id}/transcript", response_class=Response)
def transcript(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The transcript behind the latest draft, scribe-transcript/1."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    return Response(write_transcript(desk.transcript.transcript), media_type=_JSON)


@router.get("/encounters/{encounter_id}/note", response_class=Response)
def note(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The latest signed version, scribe-note/1, byte for byte as it was signed."""
    with service.store.begin(viewer.actor) as work:
        latest = work.notes.latest(encounter_id)
    if latest is None:
        raise NotFoundError(subject="signed note")
    return Response(latest.document, media_type=_JSON)


def _summary(record: EncounterRecord) -> EncounterSummary:
    return EncounterSummary(
        id=record.id,
        start=record.encounter.start,
        state=state_of(record).key,
        draft_version=record.draft_version,
        note_version=record.note_version,
    )


def _versioned(body: bytes, desk: Desk) -> Response:
    return Response(body, media_type=_JSON, headers={"x-draft-version": str(desk.draft.version)})
