"""The application: routes, errors and headers, wired in order."""

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from scribe.devices import RefusalError
from scribe.domain.errors import ScribeError
from scribe.store.changes import Changes
from scribe.store.errors import CaptureKeyDestroyedError, NotFoundError, NotPermittedError, StaleVersionError
from scribe.web.edits import EditError
from scribe.web.errors import (
    AlreadySignedError,
    ForgedRequestError,
    NothingToReviewError,
    RoleError,
    SignInNeededError,
    TooManyListenersError,
)
from scribe.web.events import Broadcaster
from scribe.web.headers import Guarded
from scribe.web.pages import ASSETS, message_page
from scribe.web.routes import (
    api,
    deliveries,
    devices,
    events,
    frame,
    health,
    patient,
    review,
    sign_in,
    signing,
    worklist,
)
from scribe.web.service import Service

_log = logging.getLogger("scribe.web")

_STATUS: dict[type[ScribeError], int] = {
    SignInNeededError: 401,
    ForgedRequestError: 403,
    RoleError: 403,
    NotFoundError: 404,
    NotPermittedError: 404,
    NothingToReviewError: 404,
    StaleVersionError: 409,
    AlreadySignedError: 409,
    CaptureKeyDestroyedError: 410,
    EditError: 422,
    TooManyListenersError: 429,
    ScribeError: 500,
}
_MESSAGES: dict[int, tuple[str, str]] = {
    403: ("요청을 확인할 수 없습니다", "화면이 오래되었습니다. 다시 열어 한 번 더 시도하세요."),
    404: ("찾을 수 없습니다", "없는 주소이거나 볼 수 없는 기록입니다."),
    409: ("그사이 바뀌었습니다", "다른 곳에서 먼저 바뀌었습니다. 다시 열어 확인하세요."),
    410: ("볼 수 없는 녹음입니다", "환자가 녹음 동의를 철회하여 녹음과 초안이 파기되었습니다."),
    422: ("요청이 올바르지 않습니다", "입력한 내용을 확인하세요."),
}


def create_app(service: Service) -> FastAPI:
    """The whole service over ``service``; the interactive API pages are left out, as they load foreign scripts."""
    app = FastAPI(title="Clinical Scribe", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.service = service
    app.state.events = Broadcaster(Changes(service.store))
    app.add_middleware(Guarded)
    app.add_exception_handler(SignInNeededError, _ask_to_sign_in)
    for error, status in _STATUS.items():
        if error is not SignInNeededError:
            app.add_exception_handler(error, _answer(status))
    app.add_exception_handler(RefusalError, devices.refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _answer(422))
    for module in (health, sign_in, frame, events, worklist, review, signing, deliveries, patient, api, devices):
        app.include_router(module.router)
    app.mount("/static", ASSETS, name="static")
    return app


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    del error
    if _wants_json(request):
        return JSONResponse({"error": "sign in first"}, status_code=401)
    address = request.url.path if request.method == "GET" else "/encounters"
    return RedirectResponse(f"/sign-in?next={address}", status_code=303)


def _answer(status: int) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        reason = str(error) if isinstance(error, ScribeError) else "the request is not of the expected form"
        if status == 500:
            _log.error("%s: %s", type(error).__name__, reason)
        return _error(request, status, reason)

    return answer


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(request, status, "no such address" if status == 404 else "the request cannot be answered")


def _error(request: Request, status: int, reason: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"error": reason}, status_code=status)
    title, text = _MESSAGES.get(status, ("요청을 처리할 수 없습니다", "잠시 뒤 다시 시도하세요."))
    return message_page(title, text, status=status, link="/encounters", link_text="진료 목록으로")


def _wants_json(request: Request) -> bool:
    by_script = request.headers.get("content-type") == "application/json"
    listens = "text/event-stream" in request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or by_script or listens
