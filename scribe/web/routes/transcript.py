"""Correcting the transcript on the review page, and what follows from it for the draft."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from scribe.domain.rewriting import RewriteWish, RewritingState
from scribe.store.changes import Changes
from scribe.store.errors import NotFoundError
from scribe.store.rewritings import RewritingRecord
from scribe.store.transcript_versions import TranscriptVersions
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.pages import page
from scribe.web.review.desk import Desk, open_desk, regions
from scribe.web.review.edits import Id
from scribe.web.routes.review import Pieces
from scribe.web.service import Service
from scribe.web.transcript.desk import decide_offer, keep, save_transcript_edit
from scribe.web.transcript.edits import TranscriptEdit
from scribe.web.transcript.history import MOST_VERSIONS, version_views
from scribe.web.transcript.page import transcript_context, transcript_pieces
from scribe.web.transcript.rewriting import ask

_LOOK_SECONDS = 0.1

router = APIRouter(dependencies=[Depends(permitted("review"))])


class TranscriptEditRequest(BaseModel):
    """An edit of the transcript; ``version`` is the transcript's that it was made on."""

    model_config = ConfigDict(extra="forbid")

    version: int
    edit: TranscriptEdit


class TranscriptPieces(Pieces):
    """The draft and the transcript after an edit.

    ``lines`` are the utterances that read otherwise now, by id; where any came, went or moved, ``html`` holds the whole
    transcript instead.  ``stale`` counts what rests on changed words.
    """

    transcript_version: int
    changed: bool
    stale: int
    lines: dict[str, str]


class Chosen(BaseModel):
    """What of the stale things is meant, by id; ``everything`` that no physician wrote."""

    model_config = ConfigDict(extra="forbid")

    statements: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    entries: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    everything: bool = False

    @property
    def wish(self) -> RewriteWish:
        return RewriteWish(
            statements=frozenset(self.statements), entries=frozenset(self.entries), everything=self.everything
        )


class Rewrite(Chosen):
    op: Literal["rewrite"]


class Keep(Chosen):
    op: Literal["keep"]


class RewriteWhole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op: Literal["rewrite_whole"]

    @property
    def wish(self) -> RewriteWish:
        return RewriteWish(whole=True)


class DecideOffer(BaseModel):
    """A fact that the corrected transcript tells is taken up, or not."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["take_offer", "drop_offer"]
    offer: Id


class StaleRequest(BaseModel):
    """What is to be done about what went stale."""

    model_config = ConfigDict(extra="forbid")

    decision: Annotated[Rewrite | Keep | RewriteWhole | DecideOffer, Field(discriminator="op")]


class RewritingAnswer(BaseModel):
    """How far a rewriting is: how many statements were written anew, how many went, how many facts are offered.

    ``before`` and ``after`` are the draft's versions around it, once it is done.
    """

    id: str
    state: RewritingState
    rewritten: int
    removed: int
    offered: int
    before: int | None
    after: int | None


class StaleAnswer(Pieces):
    """The draft after the decision; ``rewriting`` where one was asked for, which may still be under way."""

    stale: int
    rewriting: RewritingAnswer | None = None


@router.post("/encounters/{encounter_id}/transcript/edits")
def edit_transcript(
    encounter_id: str, request: TranscriptEditRequest, service: ServiceOf, viewer: ScriptViewer
) -> TranscriptPieces:
    """Keep a correction; the draft stays as it is, but for the marks on what rests on changed words."""
    with service.store.begin(viewer.actor) as work:
        before = open_desk(work, encounter_id)
        desk = save_transcript_edit(work, encounter_id, request.version, request.edit)
        whole, lines = transcript_pieces(work, before.transcript.transcript, desk)
    return TranscriptPieces(
        version=desk.draft.version,
        open=desk.open.count,
        html={**regions(desk, service.settings.templates_dir), **whole},
        transcript_version=desk.transcript.version,
        changed=desk.transcript.version != before.transcript.version,
        stale=_stale(desk),
        lines=lines,
    )


@router.post("/encounters/{encounter_id}/stale")
def decide_stale(encounter_id: str, request: StaleRequest, service: ServiceOf, viewer: ScriptViewer) -> StaleAnswer:
    """Rewrite what is stale, keep it, or take up what the corrected transcript tells besides."""
    decision = request.decision
    if isinstance(decision, Rewrite | RewriteWhole):
        with service.store.begin(viewer.actor) as work:
            asked = ask(service, work, encounter_id, decision.wish)
        return _rewriting(service, viewer, encounter_id, asked.id)
    with service.store.begin(viewer.actor) as work:
        if isinstance(decision, Keep):
            desk = keep(work, encounter_id, decision.wish)
        else:
            desk = decide_offer(work, encounter_id, decision.offer, take=decision.op == "take_offer")
    return _answer(service, desk)


@router.get("/encounters/{encounter_id}/rewritings/{rewriting_id}")
def show_rewriting(encounter_id: str, rewriting_id: str, service: ServiceOf, viewer: Signed) -> RewritingAnswer:
    """How far a rewriting of this consultation is: numbers alone, so that asking again leaves no record."""
    found = Changes(service.store).rewriting(viewer.actor, rewriting_id)
    if found is None or found.encounter_id != encounter_id:
        raise NotFoundError(subject="rewriting")
    return _told(found)


@router.get("/encounters/{encounter_id}/transcript/lines", response_class=HTMLResponse)
def transcript_lines(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The transcript as it stands, for a page that was told of another's correction."""
    with service.store.begin(viewer.actor) as work:
        return page("_transcript.html", transcript_context(work, open_desk(work, encounter_id)))


@router.get("/encounters/{encounter_id}/transcript/versions", response_class=HTMLResponse)
def transcript_versions(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The latest versions of the transcript, who changed what and when: a piece of the review page."""
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
        versions = TranscriptVersions(work.scope)
        listed = versions.list(encounter_id)[: MOST_VERSIONS + 1]
        texts = {one.version: versions.get(encounter_id, one.version).transcript for one in listed}
    context = {"versions": version_views(listed, texts), "editable": desk.amendment is None}
    return page("_transcript_versions.html", context)


def _rewriting(service: Service, viewer: Viewer, encounter_id: str, rewriting_id: str) -> StaleAnswer:
    """The draft once the rewriting is over, or as it stands where that takes longer than somebody likes to wait."""
    deadline = time.monotonic() + service.patience
    changes = Changes(service.store)
    while time.monotonic() < deadline:
        now = changes.rewriting(viewer.actor, rewriting_id)
        if now is None or now.state != "waiting":
            break
        time.sleep(_LOOK_SECONDS)
    with service.store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
        found = work.rewritings.get(rewriting_id)
    return _answer(service, desk, found)


def _told(found: RewritingRecord) -> RewritingAnswer:
    return RewritingAnswer(
        id=found.id,
        state=found.state,
        rewritten=found.result.rewritten,
        removed=found.result.removed,
        offered=found.result.offered,
        before=found.before,
        after=found.after,
    )


def _stale(desk: Desk) -> int:
    return sum(flag.is_stale and flag.is_open for flag in desk.draft.draft.flags)


def _answer(service: Service, desk: Desk, rewriting: RewritingRecord | None = None) -> StaleAnswer:
    return StaleAnswer(
        version=desk.draft.version,
        open=desk.open.count,
        html=regions(desk, service.settings.templates_dir),
        stale=_stale(desk),
        rewriting=_told(rewriting) if rewriting else None,
    )
