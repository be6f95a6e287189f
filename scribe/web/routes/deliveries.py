"""What has not arrived at the hospital's systems: shown, sent again, or set aside with a reason."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.store.changes import Changes
from scribe.store.errors import NotHeldError
from scribe.web.access import FormViewer, Listening, ServiceOf, Signed, permitted, require, viewer_of
from scribe.web.deliveries.page import deliveries_context
from scribe.web.pages import page

router = APIRouter()
_PERMITTED = [Depends(permitted("see_deliveries"))]


@router.get("/deliveries", dependencies=_PERMITTED)
def deliveries(service: ServiceOf, viewer: Signed, problem: str = "", show: str = "") -> Response:
    """An administrator sees those of the hospital, without anything of a patient; a physician their own."""
    with service.store.begin(viewer.actor) as work:
        since = Changes(service.store).latest(viewer.actor.hospital_id)
        context = deliveries_context(work, service.store.clock(), show)
    told = {"viewer": viewer, "since": since, "problem": _TOO_LATE if problem else ""}
    return page("deliveries.html", {**told, **context})


@router.get("/deliveries/rows")
def delivery_rows(service: ServiceOf, signed_in: Listening) -> Response:
    """The list as it stands, for a page that was told that something moved; it does not count as use."""
    viewer = viewer_of(signed_in)
    require(viewer, "see_deliveries")
    with service.store.begin(viewer.actor) as work:
        context = deliveries_context(work, service.store.clock(), "")
    return page("_delivery_rows.html", {"viewer": viewer, **context})


@router.post("/deliveries/{outbox_id}/replay", dependencies=_PERMITTED)
def replay(
    outbox_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    *,
    encounter: Annotated[str, Form(pattern="^[A-Za-z0-9-]{0,64}$")] = "",
    overwrite: Annotated[bool, Form()] = False,
) -> Response:
    """Back to the page that it was asked on; the delivery begins within a second."""
    with service.store.begin(viewer.actor) as work:
        work.outbox.replay(outbox_id, overwrite=overwrite)
    return RedirectResponse(f"/encounters/{encounter}/note" if encounter else "/deliveries", status_code=303)


@router.post("/deliveries/{outbox_id}/set-aside", dependencies=_PERMITTED)
def set_aside(
    outbox_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    reason: Annotated[str, Form(min_length=2, max_length=500)],
) -> Response:
    try:
        with service.store.begin(viewer.actor) as work:
            work.outbox.set_aside(outbox_id, reason)
    except NotHeldError:
        return RedirectResponse("/deliveries?problem=moving", status_code=303)
    return RedirectResponse("/deliveries", status_code=303)


_TOO_LATE = "그 사이 전달되었거나 지금 보내고 있어 제외할 수 없습니다."
