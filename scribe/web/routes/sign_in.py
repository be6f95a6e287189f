"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.accounts import SignedIn, SignInError, sign_in, sign_out
from scribe.web.access import (
    SESSION_COOKIE,
    FormViewer,
    ServiceOf,
    give_session,
    require_sign_in_proof,
    sign_in_proof,
    take_session,
)
from scribe.web.pages import page
from scribe.web.service import Service

router = APIRouter()

_HOME = "/encounters"


@router.get("/")
def home() -> Response:
    return RedirectResponse(_HOME, status_code=303)


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = _HOME) -> Response:  # noqa: A002 - the parameter's public name
    return _sign_in_page(request, next, login="", problem="", status=200)


@router.post("/sign-in")
def start_session(
    request: Request,
    service: ServiceOf,
    login: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    csrf: Annotated[str, Form()] = "",
    *,
    next: Annotated[str, Form()] = _HOME,  # noqa: A002
) -> Response:
    require_sign_in_proof(request, csrf)
    signed_in = _sign_in(service, login, password)
    if signed_in is None:
        return _sign_in_page(request, next, login=login, problem="아이디 또는 비밀번호가 맞지 않습니다.", status=401)
    response = RedirectResponse(_own_address(next), status_code=303)
    give_session(response, request, signed_in)
    return response


@router.post("/sign-out")
def end_session(request: Request, service: ServiceOf, viewer: FormViewer) -> Response:
    del viewer
    sign_out(service.store, request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/sign-in", status_code=303)
    take_session(response)
    return response


def _sign_in(service: Service, login: str, password: str) -> SignedIn | None:
    """The session at the first hospital of this installation that knows the login and password."""
    for hospital_id in service.store.hospitals():
        try:
            return sign_in(service.store, hospital_id, login, password, service.limits)
        except SignInError:
            continue
    return None


def _sign_in_page(request: Request, next_address: str, *, login: str, problem: str, status: int) -> Response:
    blank = Response()
    proof = sign_in_proof(request, blank)
    context = {"csrf": proof, "next": _own_address(next_address), "login": login, "problem": problem}
    response = page("sign_in.html", context, status)
    for name, value in blank.raw_headers:
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    return response


def _own_address(address: str) -> str:
    """``address`` where it is one of ours, else the worklist: nobody is sent elsewhere after signing in."""
    return address if address == _HOME or address.startswith(_HOME + "/") else _HOME
