"""Signing in and out, and how long the session lasts."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from scribe.accounts import Attempt, sign_out
from scribe.web.access import (
    SESSION_COOKIE,
    AnyScriptViewer,
    Listening,
    ServiceOf,
    address_of,
    browser_of,
    give_session,
    take_session,
    times_of,
    viewer_of,
)
from scribe.web.api.answers import Answer, problems
from scribe.web.routes.sign_in import begin_session, end_former

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    """The login and password of a local account."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]


class SessionAnswer(Answer):
    """How long the session lasts from now: ``idle`` seconds unused, ``longest`` whatever happens.

    ``csrf`` is what every change carries in the header ``X-CSRF-Token``; it stays good as long as the session.
    """

    idle: int
    longest: int
    csrf: str


@router.post("/sign-in", summary="Sign in", responses=problems(422, 429))
def sign_in(credentials: Credentials, request: Request, response: Response, service: ServiceOf) -> SessionAnswer:
    """Begin a session; the cookie ``scribe_session`` of the answer stands for it from then on."""
    attempt = Attempt(credentials.login, credentials.password, address_of(request))
    signed_in = begin_session(service, attempt, browser_of(request))
    end_former(service, request)
    give_session(response, request, signed_in)
    times = times_of(service, signed_in)
    return SessionAnswer(idle=times.idle, longest=times.longest, csrf=viewer_of(signed_in).csrf)


@router.get("/session", summary="How long the session lasts", responses=problems())
def session(service: ServiceOf, signed_in: Listening) -> SessionAnswer:
    """Asking does not count as use of the session."""
    times = times_of(service, signed_in)
    return SessionAnswer(idle=times.idle, longest=times.longest, csrf=viewer_of(signed_in).csrf)


@router.post("/session", summary="Use the session", responses=problems())
def use_session(viewer: AnyScriptViewer) -> SessionAnswer:
    """The session has been used now, as by somebody who types without sending anything yet."""
    return SessionAnswer(idle=viewer.session.idle, longest=viewer.session.longest, csrf=viewer.csrf)


@router.delete("/session", summary="Sign out", status_code=204, responses=problems())
def end_session(request: Request, response: Response, service: ServiceOf, viewer: AnyScriptViewer) -> None:
    """End the session."""
    del viewer
    sign_out(service.store, request.cookies.get(SESSION_COOKIE, ""))
    take_session(response)
