"""What a patient opens from a link: a question, then the sheet, or a page that says what to do instead.

The address holds the token, and nothing else of these pages stands in any address: answers are posted, and the log
knows the pattern of the route alone.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from scribe.patient_sheet.markup import Approved, Around
from scribe.patient_sheet.sheet import LANGUAGES, Language
from scribe.web.access import ServiceOf
from scribe.web.pages import ASSETS, page
from scribe.web.patient import ask as patient_ask
from scribe.web.patient.ask import Closed, language_of
from scribe.web.patient.links import (
    PASS_MINUTES,
    FoundLink,
    admits,
    answer,
    find_link,
    handout,
    looks_like_an_answer,
    pass_for,
    refuse,
)
from scribe.web.routes.summary import MARKINGS
from scribe.web.service import Service

router = APIRouter()

PASS_COOKIE = "scribe_sheet"  # noqa: S105 - a name


@router.get("/robots.txt", include_in_schema=False)
def robots() -> Response:
    """Nothing here is for search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


@router.get("/p/{token}")
def patient_summary(token: str, request: Request, service: ServiceOf) -> Response:
    return _open(token, None, request, service)


@router.get("/p/{token}/{language}")
def patient_summary_in(token: str, language: Language, request: Request, service: ServiceOf) -> Response:
    """The same in another language that was approved."""
    return _open(token, language, request, service)


@router.post("/p/{token}")
def open_patient_summary(
    token: str, request: Request, service: ServiceOf, given: Annotated[str, Form(alias="answer", max_length=40)] = ""
) -> Response:
    """Answer the question: right, the sheet opens here for a while; wrong five times, the address closes."""
    found = find_link(service.store, token)
    shut = _shut(found, service)
    if shut is not None or found is None:
        return shut or _closed("unknown", None, service)
    if not looks_like_an_answer(found.link, given):
        return _ask(found, token, service, problem=patient_ask.malformed(found), status=422)
    failed = answer(service.store, found, given)
    if failed is None:
        return _let_in(found, token, request, service)
    if failed.link.state(service.store.clock()) != "open":
        return _closed("locked", failed, service)
    return _ask(failed, token, service, problem=patient_ask.wrong(failed), status=403)


def _open(token: str, language: Language | None, request: Request, service: Service) -> Response:
    found = find_link(service.store, token)
    shut = _shut(found, service)
    if shut is not None or found is None:
        return shut or _closed("unknown", None, service)
    if not admits(service.store, found.link, request.cookies.get(PASS_COOKIE, "")):
        return _ask(found, token, service)
    return _sheet(found, token, language or language_of(found), service)


def _shut(found: FoundLink | None, service: Service) -> Response | None:
    """The page of an address that opens nothing, its use audited; None where it is open."""
    if found is None:
        return None
    state = found.link.state(service.store.clock())
    if state == "open":
        return None
    refuse(service.store, found)
    return _closed(state, found, service)


def _sheet(found: FoundLink, token: str, language: Language, service: Service) -> Response:
    shown = handout(service.store, found, language)
    if shown is None:
        return _closed("withdrawn", found, service)
    others = tuple((other, f"/p/{token}/{other}") for other in LANGUAGES if other in shown.others)
    around = Around(
        approved=Approved(shown.approval.approver, shown.approval.approved_at),
        outdated=shown.outdated,
        expires=found.link.expires_at,
        others=others,
        is_page=True,
        assets=ASSETS.root,
    )
    return _private(HTMLResponse(MARKINGS.page(shown.sheet, around)))


def _let_in(found: FoundLink, token: str, request: Request, service: Service) -> Response:
    """Off to the sheet, with a cookie for this address alone."""
    response = RedirectResponse(f"/p/{token}", status_code=303)
    response.set_cookie(
        PASS_COOKIE,
        pass_for(service.store, found.link),
        max_age=PASS_MINUTES * 60,
        path=f"/p/{token}",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return _private(response)


def _ask(found: FoundLink, token: str, service: Service, *, problem: str = "", status: int = 200) -> Response:
    phone = service.settings.hospital_phone
    return _private(
        page("patient_ask.html", patient_ask.ask(found, f"/p/{token}", phone=phone, problem=problem), status)
    )


def _closed(why: Closed, found: FoundLink | None, service: Service) -> Response:
    context = patient_ask.closed(why, found, phone=service.settings.hospital_phone)
    return _private(page("patient_ask.html", context, 404 if why == "unknown" else 410))


def _private(response: Response) -> Response:
    """The address is a secret: no site that the patient goes to from here is to learn it."""
    response.headers["referrer-policy"] = "no-referrer"
    return response
