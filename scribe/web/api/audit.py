"""Who did what and when, for the hospital's IT."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from scribe.store.trail_pages import MOST_LINES, TrailCheck, TrailLine, TrailPages, check_trail
from scribe.visits import patient_system
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.api.answers import Answer, Wish, problems
from scribe.web.audit_view import AuditAsked
from scribe.web.routes.audit import JSON_LINES, Kind, Sequence, Since, Until, Who, exported
from scribe.web.service import Service

router = APIRouter(tags=["audit"], dependencies=[Depends(permitted("read_audit"))])

Limit = Annotated[int, Query(ge=1, le=MOST_LINES)]
_LINES: dict[int | str, dict[str, Any]] = {200: {"content": {JSON_LINES: {"schema": {"type": "string"}}}}}


class AuditAnswer(Answer):
    """A record: ids and times, nothing of a patient.

    ``name`` is empty where the program acted; ``about`` is the account that it was done to, if any; ``intact``: the
    record's hash is that of its content.
    """

    sequence: int
    at: datetime
    account: str
    name: str
    role: str
    action: str
    subject: str
    subject_id: str
    about: str
    encounter_id: str | None
    hash: str
    intact: bool


class CheckAnswer(Answer):
    """How verifying the whole log ended: ``broken`` is the number of the first record that does not fit."""

    at: datetime
    records: int
    head: str
    broken: int | None


class AuditList(Answer):
    """Records, the newest first; ``before`` asks for the next ones, null at the end."""

    records: list[AuditAnswer]
    before: int | None
    verified: CheckAnswer | None


class AuditWish(Wish):
    """The records of a patient's consultations, whenever they were; ``number`` is the registration number."""

    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,32}$")]
    who: Who = ""
    act: Kind = ""
    before: Sequence | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_LINES)] = 50


@router.get("/audit", summary="Who did what", responses=problems(404))
def records(
    service: ServiceOf,
    viewer: Signed,
    since: Since = None,
    until: Until = None,
    who: Annotated[Who, Query()] = "",
    act: Annotated[Kind, Query()] = "",
    before: Annotated[Sequence | None, Query()] = None,
    limit: Limit = 50,
) -> AuditList:
    """The records of some days in Seoul, by default today's and at most 31 days; ``who`` is ``people``, ``program`` or
    an account's id, ``act`` ``opened``, ``changed``, ``signed``, ``handed``, ``sent``, ``session``, ``kept``,
    ``refused`` or ``log``."""
    asked = AuditAsked.of(service.store.clock(), since, until, who=who, act=act, before=before)
    return _list(service, viewer, asked, limit)


@router.post("/audit/search", summary="Who touched a patient's record", responses=problems(404))
def search(wish: AuditWish, service: ServiceOf, viewer: ScriptViewer) -> AuditList:
    """By registration number, which stands in no address and in no record."""
    now = service.store.clock()
    asked = AuditAsked.of(now, None, None, who=wish.who, act=wish.act, number=wish.number, before=wish.before)
    return _list(service, viewer, asked, wish.limit)


@router.post("/audit/check", summary="Verify the audit log", status_code=201, responses=problems())
def check(service: ServiceOf, viewer: ScriptViewer) -> CheckAnswer:
    """Every link of the hospital's log, now; the result is kept in the log."""
    return _check(check_trail(service.store, viewer.actor))


@router.get("/audit/export", summary="The whole audit log", response_class=Response, responses={**problems(), **_LINES})
def export(service: ServiceOf, viewer: Signed) -> Response:
    """JSON Lines, as ``scribe audit export`` writes them and ``scribe audit verify`` takes them."""
    return exported(service.store, viewer.actor)


def _list(service: Service, viewer: Viewer, asked: AuditAsked, limit: int) -> AuditList:
    system = patient_system(service.settings, viewer.actor.hospital_id)
    with service.store.begin(viewer.actor) as work:
        pages = TrailPages(work.scope)
        found = pages.page(asked.query(system), limit)
        last = pages.last_check()
    return AuditList(
        records=[_answer(line) for line in found],
        before=found[-1].record.sequence if len(found) == limit else None,
        verified=_check(last) if last else None,
    )


def _answer(line: TrailLine) -> AuditAnswer:
    record = line.record
    return AuditAnswer(
        sequence=record.sequence,
        at=record.at,
        account=record.account_id,
        name=line.name,
        role=record.role,
        action=record.action,
        subject=record.subject,
        subject_id=record.subject_id,
        about=line.about,
        encounter_id=record.encounter_id,
        hash=record.hash,
        intact=line.intact,
    )


def _check(check: TrailCheck) -> CheckAnswer:
    return CheckAnswer(at=check.at, records=check.records, head=check.head, broken=check.broken)
