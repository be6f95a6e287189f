"""What has not arrived at the hospital's systems: shown, sent again, or set aside with a reason."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.store.errors import NotHeldError
from scribe.web.access import FormViewer, ServiceOf, Signed, permitted
from scribe.web.delivery_view import failing_lines, rows
from scribe.web.pages import page

router = APIRouter(dependencies=[Depends(permitted("see_deliveries"))])


@router.get("/deliveries")
def deliveries(service: ServiceOf, viewer: Signed, problem: str = "") -> Response:
    """An administrator sees those of the hospital, without anything of a patient; a physician their own."""
    with service.store.begin(viewer.actor) as work:
        items, failing = work.outbox.open_items(), work.destinations.failing()
    context = {
        "viewer": viewer,
        "rows": rows(items, links=viewer.actor.role == "physician"),
        "failing": failing_lines(failing.values()),
        "problem": _TOO_LATE if problem else "",
    }
    return page("deliveries.html", context)


@router.post("/deliveries/{outbox_id}/replay")
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


@router.post("/deliveries/{outbox_id}/set-aside")
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
