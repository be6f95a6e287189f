"""Reviewing a draft: the page, its edits and its audio."""

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from scribe.store.records import EncounterRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer
from scribe.web.audio import ranged
from scribe.web.desk import Desk, open_desk, regions, review_context, save_edit, save_transcript_edit
from scribe.web.draft_view import Part, open_items, section_views
from scribe.web.edits import ChangeStatement, Edit, Revert
from scribe.web.errors import AlreadySignedError, NothingToReviewError
from scribe.web.labels import patient_bar
from scribe.web.pages import message_page, page
from scribe.web.transcript_edits import TranscriptEdit
from scribe.web.worklist_view import state_of

router = APIRouter()


class EditRequest(BaseModel):
    """An edit, and the version of the draft that it was made on."""

    model_config = ConfigDict(extra="forbid")

    version: int
    edit: Annotated[Edit | Revert, Field(discriminator="op")]


class TranscriptEditRequest(BaseModel):
    """An edit of the transcript, and the version of the draft that stood beside it."""

    model_config = ConfigDict(extra="forbid")

    version: int
    edit: TranscriptEdit


class TranscriptEditAnswer(BaseModel):
    """The transcript's version; a new draft follows in a moment where it is another one."""

    transcript_version: int
    changed: bool


class MarkAnswer(BaseModel):
    """How a changed statement is marked now."""

    support: str
    mark: str
    meaning: str


class EditAnswer(BaseModel):
    """The draft's version after the edit, how much is left to settle, and the pieces of the page."""

    version: int
    open: int
    statement: MarkAnswer | None
    html: dict[str, str]


@router.get("/encounters/{encounter_id}")
def review(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    try:
        with service.store.begin(viewer.actor) as work:
            context = review_context(open_desk(work, encounter_id))
    except AlreadySignedError:
        return RedirectResponse(f"/encounters/{encounter_id}/note", status_code=303)
    except NothingToReviewError:
        with service.store.begin(viewer.actor) as work:
            return _waiting_page(work.encounters.get(encounter_id), viewer)
    return page("review.html", {"viewer": viewer, **context})


@router.post("/encounters/{encounter_id}/edits")
def edit_draft(encounter_id: str, request: EditRequest, service: ServiceOf, viewer: ScriptViewer) -> EditAnswer:
    with service.store.begin(viewer.actor) as work:
        desk = save_edit(work, encounter_id, request.version, request.edit)
    changed = request.edit if isinstance(request.edit, ChangeStatement) else None
    return EditAnswer(
        version=desk.draft.version,
        open=open_items(desk.draft.draft).count,
        statement=_mark(desk, changed.part, changed.statement) if changed else None,
        html=regions(desk),
    )


@router.post("/encounters/{encounter_id}/transcript/edits")
def edit_transcript(
    encounter_id: str, request: TranscriptEditRequest, service: ServiceOf, viewer: ScriptViewer
) -> TranscriptEditAnswer:
    with service.store.begin(viewer.actor) as work:
        before = work.encounters.get(encounter_id).transcript_version
        kept = save_transcript_edit(work, encounter_id, request.version, request.edit, service.redraft)
    return TranscriptEditAnswer(transcript_version=kept.version, changed=kept.version != before)


@router.get("/encounters/{encounter_id}/audio")
def audio(
    encounter_id: str,
    service: ServiceOf,
    viewer: Signed,
    range: Annotated[str | None, Header()] = None,  # noqa: A002
) -> Response:
    with service.store.begin(viewer.actor) as work:
        recording_id = open_desk(work, encounter_id).transcript.recording_id
        if recording_id is None:
            return message_page("녹음이 없습니다", "이 대화에는 녹음이 없습니다.", status=404)
        recording = work.recordings.get(recording_id)
        body = work.recordings.audio(recording_id)
    return ranged(body, recording.media_type, range)


def _mark(desk: Desk, part: Part, statement_id: str) -> MarkAnswer:
    views = section_views(desk.draft.draft, desk.transcript.transcript, part)
    view = next(s for section in views for s in section.statements if s.id == statement_id)
    return MarkAnswer(support=view.support, mark=view.mark, meaning=view.meaning)


_WAITING = {
    "waiting": ("녹음을 기다리고 있습니다", "진료실에서 녹음이 끝나면 인식이 시작됩니다."),
    "recognizing": ("인식하고 있습니다", "대화를 글로 옮기고 초안을 쓰고 있습니다. 이 화면은 스스로 새로 고쳐집니다."),
}


def _waiting_page(record: EncounterRecord, viewer: Viewer) -> Response:
    state = state_of(record)
    title, text = _WAITING.get(state.key, (state.label, state.hint))
    context = {
        "viewer": viewer,
        "bar": patient_bar(record.encounter),
        "badge": state.label,
        "badge_kind": state.kind,
        "title": title,
        "text": text,
        "refresh": state.key == "recognizing",
    }
    return page("waiting.html", context)
