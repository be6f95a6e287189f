"""What was said and what was made of it: the transcript, the draft with its entries, and their edits."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from scribe.domain.diagnoses import ranks
from scribe.domain.entries import Entry
from scribe.domain.formats import DraftFile, TranscriptFile, write_draft, write_transcript
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted
from scribe.web.api.answers import Answer, RecordId, problems
from scribe.web.review.desk import open_desk, save_edit
from scribe.web.routes.review import EditRequest
from scribe.web.routes.transcript import TranscriptEditRequest
from scribe.web.transcript.desk import save_transcript_edit

router = APIRouter(tags=["drafts"], dependencies=[Depends(permitted("review"))])

JSON = "application/json"
_VERSIONS: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "X-Draft-Version": {"description": "What an edit has to name.", "schema": {"type": "string"}},
            "X-Transcript-Version": {
                "description": "What an edit of the transcript has to name.",
                "schema": {"type": "string"},
            },
        }
    }
}


class EntriesAnswer(Answer):
    """The structured entries of a draft's version, in the order of the note.

    ``primary_diagnosis`` is the id of the first diagnosis that is not ruled out (주상병); the edit ``move_entry`` makes
    another the first.
    """

    version: int
    primary_diagnosis: str | None
    entries: tuple[Annotated[Entry, Field(discriminator="kind")], ...]


class DraftSaved(Answer):
    """The draft's version after an edit, and how much is left to settle before it can be signed."""

    version: int
    open: int


class TranscriptSaved(Answer):
    """The transcript's version after an edit, the draft's, and how much of the draft rests on changed words now."""

    version: int
    draft_version: int
    stale: int


@router.get(
    "/encounters/{encounter_id}/transcript",
    summary="The transcript",
    response_model=TranscriptFile,
    responses={**problems(404, 409, 410), **_VERSIONS},
)
def transcript(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> Response:
    """The transcript beside the latest draft, scribe-transcript/1."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    return _document(write_transcript(desk.transcript.transcript), desk.draft.version, desk.transcript.version)


@router.post(
    "/encounters/{encounter_id}/transcript/edits", summary="Correct the transcript", responses=problems(404, 409, 410)
)
def edit_transcript(
    encounter_id: RecordId, request: TranscriptEditRequest, service: ServiceOf, viewer: ScriptViewer
) -> TranscriptSaved:
    """Keep a correction as the transcript's next version; what of the draft rests on it is marked stale."""
    with service.store.begin(viewer.actor) as work:
        desk = save_transcript_edit(work, encounter_id, request.version, request.edit)
    stale = sum(flag.is_stale and flag.is_open for flag in desk.draft.draft.flags)
    return TranscriptSaved(version=desk.transcript.version, draft_version=desk.draft.version, stale=stale)


@router.get(
    "/encounters/{encounter_id}/draft",
    summary="The draft",
    response_model=DraftFile,
    responses={**problems(404, 409, 410), **_VERSIONS},
)
def draft(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> Response:
    """The latest draft, scribe-draft/1: entries, note, patient summary and flags with their evidence."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    return _document(write_draft(desk.draft.draft), desk.draft.version, desk.transcript.version)


@router.get("/encounters/{encounter_id}/entries", summary="The structured entries", responses=problems(404, 409, 410))
def entries(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> EntriesAnswer:
    """The clinical facts of the latest draft, each with its code and its evidence where it has them."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    entries = desk.draft.draft.entries
    primary = next((name for name, rank in ranks(entries).items() if rank == "primary"), None)
    return EntriesAnswer(version=desk.draft.version, primary_diagnosis=primary, entries=entries)


@router.post("/encounters/{encounter_id}/draft/edits", summary="Edit the draft", responses=problems(404, 409, 410))
def edit_draft(encounter_id: RecordId, request: EditRequest, service: ServiceOf, viewer: ScriptViewer) -> DraftSaved:
    """Keep an edit of a statement, a section, an entry, a medicine or a flag as the draft's next version.

    One made on an earlier version is kept too where nobody touched in the meantime what it touches.
    """
    with service.store.begin(viewer.actor) as work:
        desk = save_edit(work, encounter_id, request.version, request.edit, service.settings.templates_dir)
    return DraftSaved(version=desk.draft.version, open=desk.open.count)


def _document(body: bytes, draft_version: int, transcript_version: int) -> Response:
    headers = {"x-draft-version": str(draft_version), "x-transcript-version": str(transcript_version)}
    return Response(body, media_type=JSON, headers=headers)
