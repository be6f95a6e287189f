"""What was recorded, and the earlier versions of what was made of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import JSONResponse, Response

from scribe.domain.formats import DraftFile, TranscriptFile, write_draft, write_transcript
from scribe.store.captures import AudioMissingError
from scribe.store.errors import NotFoundError
from scribe.store.transcript_versions import TranscriptVersions
from scribe.web.access import ListeningScript, ScriptViewer, ServiceOf, Signed, permitted
from scribe.web.api.answers import Answer, RecordId, problems
from scribe.web.api.drafts import JSON
from scribe.web.audio import ranged
from scribe.web.review.desk import open_desk
from scribe.web.review.versions_view import MOST_VERSIONS
from scribe.web.routes.presence import Here, Others, presence
from scribe.web.routes.transcript import RewritingAnswer, StaleAnswer, StaleRequest, show_rewriting
from scribe.web.routes.transcript import decide_stale as decide

router = APIRouter(tags=["drafts"], dependencies=[Depends(permitted("review"))])

Version = Annotated[int, Path(ge=1, le=1_000_000)]
_BYTES = {"audio/*": {"schema": {"type": "string", "format": "binary"}}}
_AUDIO: dict[int | str, dict[str, Any]] = {
    200: {"content": _BYTES, "description": "The whole recording."},
    206: {"content": _BYTES, "description": "The part that `Range` names."},
}


class VersionLine(Answer):
    """A version; ``by`` is null where a machine wrote it."""

    version: int
    at: datetime
    by: str | None


class StaleDone(Answer):
    """The draft's version after the decision and what is still ``stale``; ``rewriting`` where one was asked for."""

    version: int
    open: int
    stale: int
    rewriting: RewritingAnswer | None


@router.get(
    "/encounters/{encounter_id}/audio",
    summary="The recording",
    response_class=Response,
    responses={**problems(404, 409, 410, 416), **_AUDIO},
)
def audio(
    encounter_id: RecordId,
    service: ServiceOf,
    viewer: Signed,
    range: Annotated[str | None, Header(max_length=100)] = None,  # noqa: A002
) -> Response:
    """The sound of the consultation, or the part that ``Range`` names; 404 where none was kept."""
    with service.store.begin(viewer.actor) as work:
        recording_id = open_desk(work, encounter_id).transcript.recording_id
        if recording_id is None:
            raise NotFoundError(subject="recording")
        recording = work.recordings.get(recording_id)
        try:
            body = work.recordings.audio(recording_id)
        except AudioMissingError:
            raise NotFoundError(subject="recording") from None
    answer = ranged(body, recording.media_type, range)
    if answer.status_code != 416:
        return answer
    headers = {"content-range": answer.headers["content-range"]}
    return JSONResponse({"error": "The recording ends before that range."}, status_code=416, headers=headers)


@router.get(
    "/encounters/{encounter_id}/transcript/versions",
    summary="Versions of the transcript",
    responses=problems(404, 409, 410),
)
def transcript_versions(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[VersionLine]:
    """Who changed it when, the latest first."""
    with service.store.begin(viewer.actor) as work:
        open_desk(work, encounter_id)
        found = TranscriptVersions(work.scope).list(encounter_id)
    return [VersionLine(version=one.version, at=one.created_at, by=one.made_by) for one in found]


@router.get(
    "/encounters/{encounter_id}/transcript/versions/{version}",
    summary="One version of the transcript",
    response_model=TranscriptFile,
    responses=problems(404, 409, 410),
)
def transcript_version(encounter_id: RecordId, version: Version, service: ServiceOf, viewer: Signed) -> Response:
    """As it stood then, scribe-transcript/1."""
    with service.store.begin(viewer.actor) as work:
        open_desk(work, encounter_id)
        record = TranscriptVersions(work.scope).get(encounter_id, version)
    return Response(write_transcript(record.transcript), media_type=JSON)


@router.get(
    "/encounters/{encounter_id}/draft/versions", summary="Versions of the draft", responses=problems(404, 409, 410)
)
def draft_versions(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[VersionLine]:
    """Who saved the latest ones when, the latest first."""
    with service.store.begin(viewer.actor) as work:
        open_desk(work, encounter_id)
        found = work.drafts.recent(encounter_id, most=MOST_VERSIONS)
        authors = work.drafts.authors(encounter_id)
    return [VersionLine(version=one.version, at=one.created_at, by=authors.get(one.id)) for one in found]


@router.get(
    "/encounters/{encounter_id}/draft/versions/{version}",
    summary="One version of the draft",
    response_model=DraftFile,
    responses=problems(404, 409, 410),
)
def draft_version(encounter_id: RecordId, version: Version, service: ServiceOf, viewer: Signed) -> Response:
    """As it stood then, scribe-draft/1; the edit ``revert`` goes back to it."""
    with service.store.begin(viewer.actor) as work:
        open_desk(work, encounter_id)
        record = work.drafts.get(encounter_id, version)
    return Response(write_draft(record.draft), media_type=JSON)


@router.post(
    "/encounters/{encounter_id}/draft/stale", summary="Decide about what went stale", responses=problems(404, 409, 410)
)
def decide_stale(encounter_id: RecordId, request: StaleRequest, service: ServiceOf, viewer: ScriptViewer) -> StaleDone:
    """Write anew what rests on corrected words, keep it, or take up what the corrected transcript tells besides."""
    return _done(decide(encounter_id, request, service, viewer))


@router.get(
    "/encounters/{encounter_id}/rewritings/{rewriting_id}", summary="How far a rewriting is", responses=problems(404)
)
def rewriting(encounter_id: RecordId, rewriting_id: RecordId, service: ServiceOf, viewer: Signed) -> RewritingAnswer:
    """Of what ``POST …/draft/stale`` asked for."""
    return show_rewriting(encounter_id, rewriting_id, service, viewer)


@router.post("/encounters/{encounter_id}/presence", summary="Say that one is at a draft", responses=problems(404))
def say_present(
    encounter_id: RecordId, here: Here, request: Request, service: ServiceOf, signed_in: ListeningScript
) -> Others:
    """Every 10 seconds, under a name that the program chose for itself; the answer tells who else has it open."""
    return presence(encounter_id, here, request, service, signed_in)


def _done(answer: StaleAnswer) -> StaleDone:
    return StaleDone(version=answer.version, open=answer.open, stale=answer.stale, rewriting=answer.rewriting)
