"""Signing in and out."""

import unicodedata
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.accounts import Attempt, LockedError, SignedIn, SignInError, sign_out, start_session
from scribe.web.access import (
    SESSION_COOKIE,
    AnyFormViewer,
    Anyone,
    ServiceOf,
    address_of,
    browser_of,
    give_session,
    require_sign_in_proof,
    sign_in_proof,
    take_session,
)
from scribe.web.frame import PLACES, home_of
from scribe.web.pages import page
from scribe.web.refusals import problem_of
from scribe.web.service import Service

router = APIRouter()

_LIST = "/encounters"
_OURS = ("/account", "/keys", *(place.href for place in PLACES))
_WRONG = "아이디 또는 비밀번호가 맞지 않습니다."


@router.get("/")
def home(viewer: Anyone) -> Response:
    return RedirectResponse(home_of(viewer.account.role), status_code=303)


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = _LIST, *, over: bool = False) -> Response:  # noqa: A002
    return _sign_in_page(request, next, login="", problem="", status=200, over=over)


@router.post("/sign-in")
def start(
    request: Request,
    service: ServiceOf,
    login: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    csrf: Annotated[str, Form()] = "",
    *,
    next: Annotated[str, Form()] = _LIST,  # noqa: A002
) -> Response:
    """Begin a session; what is wrong is said alike whether or not the login exists."""
    require_sign_in_proof(request, csrf)
    try:
        signed_in = begin_session(service, Attempt(login, password, address_of(request)), browser_of(request))
    except SignInError as error:
        status = 429 if isinstance(error, LockedError) else 401
        response = _sign_in_page(request, next, login=login, problem=problem_of(error, _WRONG), status=status)
        if isinstance(error, LockedError):
            response.headers["retry-after"] = str(error.seconds)
        return response
    response = RedirectResponse(_first_page(next, signed_in), status_code=303)
    end_former(service, request)
    give_session(response, request, signed_in)
    return response


@router.post("/sign-out")
def end_session(request: Request, service: ServiceOf, viewer: AnyFormViewer) -> Response:
    del viewer
    sign_out(service.store, request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/sign-in", status_code=303)
    take_session(response)
    return response


def end_former(service: Service, request: Request) -> None:
    """End the session that the browser had: whoever signed in before, or planted it, is out."""
    sign_out(service.store, request.cookies.get(SESSION_COOKIE, ""))


def begin_session(service: Service, attempt: Attempt, browser: str) -> SignedIn:
    """A session in ``browser`` at the first hospital of this installation whose account the attempt proves to be."""
    attempt = replace(attempt, login=unicodedata.normalize("NFC", attempt.login.strip()))
    account = service.authenticator.sign_in(service.store, service.store.hospitals(), attempt)
    return start_session(service.store, account, service.limits, attempt.address, browser=browser)


def _first_page(asked: str, signed_in: SignedIn) -> str:
    if signed_in.account.temporary_until is not None:
        return "/account"
    own = _own_address(asked)
    return home_of(signed_in.account.role) if own == _LIST else own


def _sign_in_page(
    request: Request, next_address: str, *, login: str, problem: str, status: int, over: bool = False
) -> Response:
    blank = Response()
    proof = sign_in_proof(request, blank)
    context = {"csrf": proof, "next": _own_address(next_address), "login": login, "problem": problem, "over": over}
    response = page("sign_in.html", context, status)
    for name, value in blank.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    return response


def _own_address(address: str) -> str:
    """``address`` where it is one of ours, else the worklist: nobody is sent elsewhere after signing in."""
    ours = any(address == place or address.startswith(place + "/") for place in _OURS)
    return address if ours else _LIST
