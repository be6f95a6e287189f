"""Where a consultation belongs at the hospital: its numbers, and whether a visit that was told is the same one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.web.access import FormViewer, ServiceOf, permitted, require
from scribe.web.pages import page
from scribe.web.worklist.numbers_view import Numbers, give_numbers
from scribe.web.worklist.visit_view import visit_context

router = APIRouter(dependencies=[Depends(permitted("see_worklist"))])

Short = Annotated[str, Form(max_length=200)]


@router.post("/encounters/{encounter_id}/numbers")
def numbers(
    encounter_id: str, service: ServiceOf, viewer: FormViewer, visit: Short = "", registration: Short = ""
) -> Response:
    """Gives the consultation the hospital's numbers; what waited for them is sent."""
    require(viewer, "admit_patients")
    wanted = Numbers(visit=visit.strip(), registration=registration.strip())
    with service.store.begin(viewer.actor) as work:
        entered = give_numbers(work, service.settings, encounter_id, wanted)
        if not entered.problems:
            return _back(encounter_id)
        context = visit_context(work, encounter_id, service.store.clock(), desk_port=service.settings.desk_port)
    return page("visit.html", {"viewer": viewer, **context, "entered": entered}, 422)


@router.post("/encounters/{encounter_id}/same-visits/{doubt_id}")
def decide(
    encounter_id: str, doubt_id: str, service: ServiceOf, viewer: FormViewer, *, same: Annotated[bool, Form()]
) -> Response:
    """Says whether a visit that the hospital told of is this consultation."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.visit_matches.decide(encounter_id, doubt_id, same=same)
    return _back(encounter_id)


def _back(encounter_id: str) -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}/visit", status_code=303)
