"""The audit log for the hospital's IT: searched, verified and taken along."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from pydantic import Field, TypeAdapter
from starlette.responses import RedirectResponse, Response, StreamingResponse

from scribe.audit import AuditRecord
from scribe.store import Store
from scribe.store.records import Actor
from scribe.store.trail_pages import TrailPages, check_trail, whole_trail
from scribe.visits import patient_system
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.audit_view import ACTS, PAGE_SIZE, WHO, AuditAsked, check_view, rows
from scribe.web.pages import page
from scribe.web.service import Service

router = APIRouter(dependencies=[Depends(permitted("read_audit"))])

JSON_LINES = "application/jsonl"
_RECORD = TypeAdapter(AuditRecord)

AskedDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]
Who = Annotated[str, Field(max_length=64, pattern=r"^[0-9A-Za-z-]*$")]
Kind = Annotated[str, Field(max_length=20)]
Sequence = Annotated[int, Field(ge=1, le=2**53)]
Since = Annotated[AskedDay | None, Query(alias="from")]
Until = Annotated[AskedDay | None, Query(alias="to")]


@router.get("/audit")
def audit(
    service: ServiceOf,
    viewer: Signed,
    since: Since = None,
    until: Until = None,
    who: Annotated[Who, Query()] = "people",
    act: Annotated[Kind, Query()] = "",
    before: Annotated[Sequence | None, Query()] = None,
) -> Response:
    """The records of some days, by default today's."""
    asked = AuditAsked.of(service.store.clock(), since, until, who=who, act=act, before=before)
    return _page(service, viewer, asked)


@router.post("/audit/search")
def search(
    service: ServiceOf,
    viewer: FormViewer,
    number: Annotated[str, Form(pattern=r"^\s*[0-9A-Za-z-]{0,32}\s*$")] = "",
    since: Annotated[AskedDay | None, Form(alias="from")] = None,
    until: Annotated[AskedDay | None, Form(alias="to")] = None,
    who: Annotated[Who, Form()] = "people",
    act: Annotated[Kind, Form()] = "",
    before: Annotated[Sequence | None, Form()] = None,
) -> Response:
    """Who touched the consultations of the patient of that number; numbers never stand in an address."""
    asked = AuditAsked.of(service.store.clock(), since, until, who=who, act=act, number=number.strip(), before=before)
    return _page(service, viewer, asked)


@router.post("/audit/check")
def check(service: ServiceOf, viewer: FormViewer) -> Response:
    """Verify every link of the hospital's log now."""
    check_trail(service.store, viewer.actor)
    return RedirectResponse("/audit", status_code=303)


@router.get("/audit/export", response_class=Response)
def export(service: ServiceOf, viewer: Signed) -> Response:
    """The whole log of the hospital, as ``scribe audit export`` writes it and ``scribe audit verify`` takes it."""
    return exported(service.store, viewer.actor)


def exported(store: Store, actor: Actor) -> Response:
    """The log as JSON Lines, sent as it is read."""
    disposition = 'attachment; filename="audit-log.jsonl"'
    lines = _written(store, actor)
    return StreamingResponse(lines, media_type=JSON_LINES, headers={"content-disposition": disposition})


def _written(store: Store, actor: Actor) -> Iterator[bytes]:
    for record in whole_trail(store, actor):
        yield _RECORD.dump_json(record) + b"\n"


def _page(service: Service, viewer: Viewer, asked: AuditAsked) -> Response:
    system = patient_system(service.settings, viewer.actor.hospital_id)
    with service.store.begin(viewer.actor) as work:
        pages = TrailPages(work.scope)
        lines = pages.page(asked.query(system), PAGE_SIZE + 1)
        last = pages.last_check()
        people = [
            (account.id, account.practitioner.name) for account in work.accounts.list() if account.role != "service"
        ]
    shown = rows(lines[:PAGE_SIZE])
    context = {
        "viewer": viewer,
        "asked": asked,
        "rows": shown,
        "next": shown[-1].sequence if len(lines) > PAGE_SIZE else None,
        "damaged": sum(not row.intact for row in shown),
        "check": check_view(last),
        "acts": ACTS,
        "who": WHO,
        "people": sorted(people, key=lambda one: one[1]),
        "several_days": bool(asked.number) or asked.since != asked.until,
    }
    return page("audit.html", context)
