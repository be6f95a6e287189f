"""Reviewing a draft: the page, its edits and its audio."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from scribe.store.captures import AudioMissingError
from scribe.store.records import EncounterRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.audio import ranged
from scribe.web.errors import AlreadySignedError, NothingToReviewError
from scribe.web.headers import PERMISSIONS_WITH_MICROPHONE
from scribe.web.labels import consenting, patient_bar
from scribe.web.pages import message_page, page
from scribe.web.review.desk import Desk, EditConflictError, open_desk, regions, review_context, save_edit
from scribe.web.review.draft_view import Part, section_views
from scribe.web.review.edits import ChangeStatement, Edit, Revert
from scribe.web.review.versions_view import MOST_VERSIONS, version_views
from scribe.web.service import Service
from scribe.web.transcript.page import transcript_context
from scribe.web.worklist.view import state_of

router = APIRouter(dependencies=[Depends(permitted("review"))])


class EditRequest(BaseModel):
    """An edit, and the version of the draft that it was made on."""

    model_config = ConfigDict(extra="forbid")

    version: int
    edit: Annotated[Edit | Revert, Field(discriminator="op")]


class MarkAnswer(BaseModel):
    """How a changed statement is marked now."""

    kind: str
    mark: str
    meaning: str
    open: bool


class Pieces(BaseModel):
    """The draft's version, how much is left to settle, and the pieces of the page by their element ids."""

    version: int
    open: int
    html: dict[str, str]


class EditAnswer(Pieces):
    """The draft after the edit; ``merged`` where it holds edits that the page has not seen before."""

    merged: bool
    statement: MarkAnswer | None


class ConflictAnswer(Pieces):
    """The draft as it stands, nothing was kept: somebody else changed the same piece, which says ``theirs`` now."""

    theirs: str | None


@router.get("/encounters/{encounter_id}")
def review(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    try:
        with service.store.begin(viewer.actor) as work:
            desk = open_desk(work, encounter_id)
            context = review_context(desk, service.settings.templates_dir, can_dictate=service.dictation is not None)
            context |= transcript_context(work, desk)
            decided = work.consents.latest(encounter_id, "recording")
            context["consent"] = consenting(decided.state if decided else None)
    except AlreadySignedError:
        return RedirectResponse(f"/encounters/{encounter_id}/note", status_code=303)
    except NothingToReviewError:
        with service.store.begin(viewer.actor) as work:
            return _waiting_page(work.encounters.get(encounter_id), viewer)
    answer = page("review.html", {"viewer": viewer, **context})
    answer.headers["permissions-policy"] = PERMISSIONS_WITH_MICROPHONE
    return answer


@router.post("/encounters/{encounter_id}/edits", responses={409: {"model": ConflictAnswer}}, response_model=EditAnswer)
def edit_draft(
    encounter_id: str, request: EditRequest, service: ServiceOf, viewer: ScriptViewer
) -> EditAnswer | JSONResponse:
    """Keep an edit as the draft's next version; merged where others were at work elsewhere in the draft."""
    templates = service.settings.templates_dir
    try:
        with service.store.begin(viewer.actor) as work:
            desk = save_edit(work, encounter_id, request.version, request.edit, templates)
    except EditConflictError as conflict:
        return _conflict(conflict, service)
    changed = request.edit if isinstance(request.edit, ChangeStatement) else None
    return EditAnswer(
        version=desk.draft.version,
        open=desk.open.count,
        merged=desk.draft.version > request.version + 1,
        statement=_mark(desk, changed.part, changed.statement) if changed else None,
        html=regions(desk, templates),
    )


def _conflict(conflict: EditConflictError, service: Service) -> JSONResponse:
    desk = conflict.desk
    answer = ConflictAnswer(
        version=desk.draft.version,
        open=desk.open.count,
        theirs=conflict.theirs,
        html=regions(desk, service.settings.templates_dir),
    )
    return JSONResponse(answer.model_dump(), status_code=409)


@router.get("/encounters/{encounter_id}/pieces")
def pieces(encounter_id: str, service: ServiceOf, viewer: Signed) -> Pieces:
    """The draft as it stands, for a page that was told of another's edit."""
    templates = service.settings.templates_dir
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
    return Pieces(version=desk.draft.version, open=desk.open.count, html=regions(desk, templates))


@router.get("/encounters/{encounter_id}/versions", response_class=HTMLResponse)
def versions(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The latest versions of the draft, who saved them and what each changed: a piece of the review page."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
        records = work.drafts.recent(desk.encounter.id, most=MOST_VERSIONS)
        authors = work.drafts.authors(desk.encounter.id)
    return page("_versions.html", {"versions": version_views(records, authors)})


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
            return message_page("녹음이 없습니다", "이 대화에는 녹음이 없습니다.", status=404, viewer=viewer)
        recording = work.recordings.get(recording_id)
        try:
            body = work.recordings.audio(recording_id)
        except AudioMissingError:
            return message_page("녹음이 없습니다", "보관 기간이 지나 녹음을 지웠습니다.", status=404, viewer=viewer)
    return ranged(body, recording.media_type, range)


def _mark(desk: Desk, part: Part, statement_id: str) -> MarkAnswer:
    views = section_views(desk.draft.draft, desk.transcript.transcript, part, desk.settling)
    view = next(s for section in views for s in section.statements if s.id == statement_id)
    return MarkAnswer(kind=view.kind, mark=view.mark, meaning=view.meaning, open=view.open)


_WAITING = {
    "waiting": ("녹음을 기다리고 있습니다", "진료실에서 녹음을 마치면 받아쓰기와 초안 쓰기가 시작됩니다."),
    "recognizing": ("받아쓰고 있습니다", "대화를 글로 옮기고 초안을 쓰고 있습니다. 끝나면 이 화면이 저절로 바뀝니다."),
}


def _waiting_page(record: EncounterRecord, viewer: Viewer) -> Response:
    state = state_of(record)
    title, text = _WAITING.get(state.key, (state.label, state.hint))
    context = {
        "viewer": viewer,
        "encounter_id": record.id,
        "bar": patient_bar(record.encounter),
        "badge": state.label,
        "badge_kind": state.kind,
        "title": title,
        "text": text,
        "visit": f"/encounters/{record.id}/visit" if state.key == "waiting" else "",
        "refresh": state.key == "recognizing",
    }
    return page("waiting.html", context)
