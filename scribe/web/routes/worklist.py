"""The list of consultations."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import Response

from scribe.store.changes import Changes
from scribe.web.access import FormViewer, Listening, ServiceOf, Signed, permitted, require
from scribe.web.pages import page
from scribe.web.worklist.page import Asked, Day, day_context, row_context, search_context

router = APIRouter()

MOST_ROWS = 100
"""Rows a page asks for at once; it asks for the whole day anew where more have changed."""


@router.get("/encounters", dependencies=[Depends(permitted("see_worklist"))])
def worklist(
    service: ServiceOf,
    viewer: Signed,
    day: date | None = None,
    state: Annotated[str, Query(max_length=20)] = "",
    department: Annotated[str, Query(max_length=8, pattern="^[0-9A-Za-z]*$")] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=1000)] = 1,
) -> Response:
    """The consultations of a day in Seoul, by default today."""
    now = service.store.clock()
    asked = Asked(day=Day(day) if day else Day.of(now), page=page_number, state=state, department=department)
    with service.store.begin(viewer.actor) as work:
        context = day_context(work, Changes(service.store), asked, now)
    return page("worklist.html", {"viewer": viewer, **context})


@router.post("/encounters/search")
def search(service: ServiceOf, viewer: FormViewer, query: Annotated[str, Form(max_length=100)] = "") -> Response:
    """The consultations of any day whose patient is called so or has that number; names never stand in an address."""
    require(viewer, "see_worklist")
    with service.store.begin(viewer.actor) as work:
        context = search_context(work, Changes(service.store), query.strip(), service.store.clock())
    return page("worklist.html", {"viewer": viewer, **context})


@router.get("/encounters/rows")
def rows(
    service: ServiceOf,
    signed_in: Listening,
    encounter_ids: Annotated[list[str], Query(alias="id", max_length=MOST_ROWS)],
) -> Response:
    """The rows of some consultations, for a page that was told that they changed; it does not count as use."""
    with service.store.begin(signed_in.actor) as work:
        context = row_context(work, encounter_ids, service.store.clock())
    return page("_worklist_rows.html", context)
