"""Who is asking: the session cookie, the viewer behind it, and proof that a form is one of ours."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import Depends, Form, Header, Request
from starlette.responses import Response

from scribe.accounts import SessionEndedError, SignedIn, ends_at, resume
from scribe.store.permissions import Permission, may
from scribe.store.records import AccountRecord, Actor
from scribe.web.browser_name import browser_name
from scribe.web.csrf import masked, unmasked
from scribe.web.errors import (
    ForgedRequestError,
    PasswordChangeNeededError,
    RoleError,
    SessionOverError,
    SignInNeededError,
)
from scribe.web.frame import STANDARD_FRAME, Frame, frame_of
from scribe.web.service import Service

SESSION_COOKIE = "scribe_session"
SIGN_IN_COOKIE = "scribe_sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimes:
    """The session of a viewer, for the pages' own clock: seconds until it ends unused (``idle``) and whatever
    happens (``longest``), both from now."""

    id: str = ""
    idle: int = 0
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person; ``csrf`` is what their forms must carry, written differently for each request."""

    account: AccountRecord
    csrf: str
    frame: Frame = field(default=STANDARD_FRAME)
    session: SessionTimes = field(default=SessionTimes())

    @property
    def actor(self) -> Actor:
        return self.account.actor

    @property
    def name(self) -> str:
        return self.account.practitioner.name

    @property
    def login(self) -> str:
        return self.account.login

    def may(self, permission: Permission) -> bool:
        """Whether the viewer's role has ``permission``: what templates ask before they show a way."""
        return may(self.account.role, permission)


def service_of(request: Request) -> Service:
    """The service that the application was made with."""
    service = request.app.state.service
    if not isinstance(service, Service):
        raise TypeError("the application was made without its service")
    return service


ServiceOf = Annotated[Service, Depends(service_of)]


def anyone(request: Request, service: ServiceOf) -> Viewer:
    """The person whose session the cookie names, a temporary password or not.

    Raises :class:`SignInNeededError` where there is no session, :class:`SessionOverError` where it is over.
    """
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        raise SignInNeededError
    try:
        signed_in = resume(service.store, token, service.limits)
    except SessionEndedError:
        raise SessionOverError from None
    found = _framed(service, signed_in)
    request.state.viewer = found
    return found


def viewer(viewer: Annotated[Viewer, Depends(anyone)]) -> Viewer:
    """The viewer of every page but their own account's; :class:`PasswordChangeNeededError` before they chose a
    password of their own."""
    if viewer.account.temporary_until is not None:
        raise PasswordChangeNeededError
    return viewer


def whoever_asks(request: Request) -> Viewer | None:
    """The person behind a request that failed, for the page that says so; nobody where the session is over.

    Looking does not count as use of the session: browsers ask for addresses of their own too.
    """
    known = getattr(request.state, "viewer", None)
    token = request.cookies.get(SESSION_COOKIE)
    if isinstance(known, Viewer) or not token:
        return known
    service = service_of(request)
    try:
        signed_in = resume(service.store, token, service.limits, used=False)
    except SessionEndedError:
        return None
    return _framed(service, signed_in)


def _framed(service: Service, signed_in: SignedIn) -> Viewer:
    with service.store.begin(signed_in.actor) as work:
        frame = frame_of(work)
    return replace(viewer_of(signed_in), frame=frame, session=times_of(service, signed_in))


def viewer_of(signed_in: SignedIn) -> Viewer:
    """The viewer of a session; the form token is derived from the session's secret and stored nowhere."""
    return Viewer(signed_in.account, masked(hmac.digest(signed_in.token.encode(), b"csrf", "sha256")))


def times_of(service: Service, signed_in: SignedIn) -> SessionTimes:
    """How long the session lasts, as its browser is told."""
    now, session = service.store.clock(), signed_in.session
    longest = max(0, int((session.expires_at - now).total_seconds()))
    idle = max(0, int((ends_at(session, service.limits) - now).total_seconds()))
    return SessionTimes(id=session.id, idle=idle, longest=longest)


Anyone = Annotated[Viewer, Depends(anyone)]
Signed = Annotated[Viewer, Depends(viewer)]


def require(viewer: Viewer, permission: Permission) -> None:
    """Go on where the viewer's role has ``permission``; :class:`RoleError` before anything is looked up."""
    if not viewer.may(permission):
        raise RoleError(role=viewer.account.role, permission=permission)


def permitted(permission: Permission) -> Callable[[Viewer], Viewer]:
    """A dependency of routes and routers: the viewer, who has ``permission``.

    ``Annotated[Viewer, Depends(permitted("sign"))]``, or ``dependencies=[Depends(permitted("sign"))]`` where the
    route takes the viewer of a form already.
    """

    def check(viewer: Signed) -> Viewer:
        require(viewer, permission)
        return viewer

    return check


def listener(request: Request, service: ServiceOf) -> SignedIn:
    """The session of a page that listens, which does not count as use of it; :class:`SignInNeededError` as above."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        raise SignInNeededError
    try:
        return resume(service.store, token, service.limits, used=False)
    except SessionEndedError:
        raise SessionOverError from None


Listening = Annotated[SignedIn, Depends(listener)]


def form_viewer(viewer: Signed, csrf: Annotated[str, Form()] = "") -> Viewer:
    """The viewer of a posted form; :class:`ForgedRequestError` where the form is not one of ours."""
    return _proven(viewer, csrf)


def anyone_of_form(viewer: Anyone, csrf: Annotated[str, Form()] = "") -> Viewer:
    """As :func:`form_viewer`, a temporary password or not."""
    return _proven(viewer, csrf)


def script_viewer(viewer: Signed, x_csrf_token: Annotated[str, Header()] = "") -> Viewer:
    """The viewer of a script's request; :class:`ForgedRequestError` where the script is not one of ours."""
    return _proven(viewer, x_csrf_token)


def anyone_of_script(viewer: Anyone, x_csrf_token: Annotated[str, Header()] = "") -> Viewer:
    """As :func:`script_viewer`, a temporary password or not."""
    return _proven(viewer, x_csrf_token)


def listening_script(signed_in: Listening, x_csrf_token: Annotated[str, Header()] = "") -> SignedIn:
    """The session of a script that speaks by itself, which does not count as use of it, and is one of ours."""
    _proven(viewer_of(signed_in), x_csrf_token)
    return signed_in


ListeningScript = Annotated[SignedIn, Depends(listening_script)]
AnyScriptViewer = Annotated[Viewer, Depends(anyone_of_script)]
AnyFormViewer = Annotated[Viewer, Depends(anyone_of_form)]
FormViewer = Annotated[Viewer, Depends(form_viewer)]
ScriptViewer = Annotated[Viewer, Depends(script_viewer)]


def _proven(viewer: Viewer, token: str) -> Viewer:
    if not hmac.compare_digest(unmasked(viewer.csrf), unmasked(token)):
        raise ForgedRequestError
    return viewer


def give_session(response: Response, request: Request, signed_in: SignedIn) -> None:
    """Hand the browser its session: a cookie of this site alone that scripts cannot read."""
    _set_cookie(response, request, SESSION_COOKIE, signed_in.token)
    response.delete_cookie(SIGN_IN_COOKIE, path="/")


def take_session(response: Response) -> None:
    response.delete_cookie(SESSION_COOKIE, path="/")


def address_of(request: Request) -> str:
    """The network address that a request came from; behind a proxy on this machine, the one that the proxy names."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str:
    """The browser that asks, by a name that people know; nothing where it is none."""
    return browser_name(request.headers.get("user-agent", ""))


def sign_in_proof(request: Request, response: Response) -> str:
    """The form token of the sign-in page, where no session exists yet: cookie and field must agree."""
    token = request.cookies.get(SIGN_IN_COOKIE) or secrets.token_urlsafe(24)
    _set_cookie(response, request, SIGN_IN_COOKIE, token)
    return token


def require_sign_in_proof(request: Request, token: str) -> None:
    expected = request.cookies.get(SIGN_IN_COOKIE, "")
    if not expected or not hmac.compare_digest(expected.encode(), token.encode()):
        raise ForgedRequestError


def _set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, path="/", httponly=True, samesite="lax", secure=secure)
