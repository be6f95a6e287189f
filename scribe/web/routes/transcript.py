"""Correcting the transcript on the review page, and what follows from it for the draft."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from scribe.drafting.redraft import Choice, Redrafted
from scribe.store.transcript_versions import TranscriptVersions
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.pages import page
from scribe.web.review.desk import Desk, open_desk, regions
from scribe.web.review.draft_view import open_items
from scribe.web.review.edits import Id
from scribe.web.routes.review import Pieces
from scribe.web.service import Service
from scribe.web.transcript.desk import decide_offer, keep, rewrite, rewrite_whole, save_transcript_edit
from scribe.web.transcript.edits import TranscriptEdit
from scribe.web.transcript.history import MOST_VERSIONS, version_views
from scribe.web.transcript.page import transcript_context, transcript_pieces

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
    def choice(self) -> Choice:
        return Choice(
            statements=frozenset(self.statements), entries=frozenset(self.entries), everything=self.everything
        )


class Rewrite(Chosen):
    op: Literal["rewrite"]


class Keep(Chosen):
    op: Literal["keep"]


class RewriteWhole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op: Literal["rewrite_whole"]


class DecideOffer(BaseModel):
    """A fact that the corrected transcript tells is taken up, or not."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["take_offer", "drop_offer"]
    offer: Id


class StaleRequest(BaseModel):
    """What is to be done about what went stale."""

    model_config = ConfigDict(extra="forbid")

    decision: Annotated[Rewrite | Keep | RewriteWhole | DecideOffer, Field(discriminator="op")]


class StaleAnswer(Pieces):
    """The draft after the decision: how many statements were written anew, how many went, how many are offered."""

    stale: int
    rewritten: int = 0
    removed: int = 0
    offered: int = 0


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
        open=open_items(desk.draft.draft).count,
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
    if isinstance(decision, Rewrite):
        templates = service.settings.templates_dir
        desk, done = rewrite(service.store, viewer.actor, encounter_id, decision.choice, service.drafter, templates)
        return _answer(service, desk, done)
    return _answer(service, _decided(service, viewer, encounter_id, decision))


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


def _decided(service: Service, viewer: Viewer, encounter_id: str, decision: Keep | RewriteWhole | DecideOffer) -> Desk:
    if isinstance(decision, RewriteWhole):
        return rewrite_whole(service.store, viewer.actor, encounter_id, service.drafter)
    with service.store.begin(viewer.actor) as work:
        if isinstance(decision, Keep):
            return keep(work, encounter_id, decision.choice)
        return decide_offer(work, encounter_id, decision.offer, take=decision.op == "take_offer")


def _stale(desk: Desk) -> int:
    return sum(flag.is_stale and flag.is_open for flag in desk.draft.draft.flags)


def _answer(service: Service, desk: Desk, done: Redrafted | None = None) -> StaleAnswer:
    return StaleAnswer(
        version=desk.draft.version,
        open=open_items(desk.draft.draft).count,
        html=regions(desk, service.settings.templates_dir),
        stale=_stale(desk),
        rewritten=done.rewritten if done else 0,
        removed=done.removed if done else 0,
        offered=done.offered if done else 0,
    )
