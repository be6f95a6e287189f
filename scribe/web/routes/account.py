"""One's own account: the password, and where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.accounts import SamePasswordError, SignInError, WeakPasswordError, change_password
from scribe.web.access import SESSION_COOKIE, AnyFormViewer, Anyone, ServiceOf, Viewer, take_session
from scribe.web.account_view import facts, problem_in_words, session_views
from scribe.web.pages import page
from scribe.web.refusals import problem_of
from scribe.web.service import Service

router = APIRouter()

_NOT_TWICE = "새 비밀번호 두 개가 서로 다릅니다. 같은 비밀번호를 두 번 적어 주세요."
_WRONG = "지금 비밀번호가 맞지 않습니다."

Password = Annotated[str, Form(max_length=256)]


@router.get("/account")
def own_account(service: ServiceOf, viewer: Anyone, done: str = "") -> Response:
    return _account_page(service, viewer, done=done)


@router.post("/account/password")
def choose_password(
    service: ServiceOf, viewer: AnyFormViewer, old: Password, new: Password, again: Password
) -> Response:
    """A password of one's own; all other sessions of the account end."""
    problem = _changed(service, viewer, old, new, again)
    if problem:
        return _account_page(service, viewer, problem=problem, status=422)
    return RedirectResponse("/account?done=password", status_code=303)


@router.post("/account/sessions/end-others")
def end_other_sessions(service: ServiceOf, viewer: AnyFormViewer) -> Response:
    with service.store.begin(viewer.actor) as work:
        work.sessions.end_all(viewer.account.id, but=viewer.session.id)
    return RedirectResponse("/account?done=others", status_code=303)


@router.post("/account/sessions/{session_id}/end")
def end_one_session(session_id: str, request: Request, service: ServiceOf, viewer: AnyFormViewer) -> Response:
    with service.store.begin(viewer.actor) as work:
        work.sessions.end(session_id)
    if session_id != viewer.session.id:
        return RedirectResponse("/account?done=one", status_code=303)
    response = RedirectResponse("/sign-in", status_code=303)
    if SESSION_COOKIE in request.cookies:
        take_session(response)
    return response


def _changed(service: Service, viewer: Viewer, old: str, new: str, again: str) -> str:
    """The password changed, or what stands in the way."""
    if new != again:
        return _NOT_TWICE
    try:
        change_password(service.store, viewer.account, old=old, new=new, session_id=viewer.session.id)
    except SignInError as error:
        return problem_of(error, _WRONG)
    except (WeakPasswordError, SamePasswordError) as error:
        return problem_in_words(error)
    return ""


_DONE = {
    "password": "비밀번호를 바꾸었습니다. 다른 곳에서는 로그아웃되었습니다.",
    "others": "다른 곳에서는 모두 로그아웃되었습니다.",
    "one": "그곳에서는 로그아웃되었습니다.",
}


def _account_page(
    service: Service, viewer: Viewer, *, problem: str = "", done: str = "", status: int = 200
) -> Response:
    with service.store.begin(viewer.actor) as work:
        sessions = work.sessions.open_ones(viewer.account.id)
    context = {
        "viewer": viewer,
        "facts": facts(viewer.account),
        "sessions": session_views(sessions, viewer.session.id),
        "temporary": viewer.account.temporary_until is not None,
        "problem": problem,
        "done": _DONE.get(done, ""),
    }
    return page("account.html", context, status)
