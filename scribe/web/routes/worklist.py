"""The list of consultations."""

from fastapi import APIRouter
from starlette.responses import Response

from scribe.web.access import ServiceOf, Signed
from scribe.web.pages import page
from scribe.web.worklist_view import RECOGNIZING, filters, rows, state_of

router = APIRouter()

_SHOWN = 200


@router.get("/encounters")
def worklist(service: ServiceOf, viewer: Signed, state: str = "") -> Response:
    with service.store.begin(viewer.actor) as work:
        records = work.encounters.list(limit=_SHOWN)
    context = {
        "viewer": viewer,
        "rows": rows(records, state),
        "filters": filters(records, state),
        "filtered": bool(state),
        "busy": any(state_of(record) == RECOGNIZING for record in records),
    }
    return page("worklist.html", context)
