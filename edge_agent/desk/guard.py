"""What every request must satisfy and every answer carries; the log knows routes and times only."""

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.desk.access import DeskKey, comes_from_here, has_cookie, has_token, host_is_ours
from edge_agent.desk.place import STATIC

_log = logging.getLogger("scribe.desk")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
_OPEN = ("/static/", "/enter")
_LARGEST_BODY = 4096


class Guard:
    """Refuses what is not this user's own page; see :mod:`edge_agent.desk.access`."""

    def __init__(self, app: ASGIApp, *, key: DeskKey) -> None:
        self.app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def guarded_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        try:
            await (refusal or self.app)(scope, receive, guarded_send)
        finally:
            took = (time.perf_counter() - started) * 1000
            _log.info("%s %s %d %.1f ms", scope["method"], _route(scope), status, took)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        port = scope["server"][1]
        if not host_is_ours(headers, port) or not comes_from_here(headers, port):
            return _answer(403, "이 주소로는 열 수 없습니다.")
        if scope["path"].startswith(_OPEN):
            return None
        if not has_cookie(cookie_parser(headers.get("cookie", "")), self._key):
            if scope["path"].startswith("/api/"):
                return _answer(401, "이 컴퓨터의 ‘진료 녹음’에서 다시 여세요.")
            return FileResponse(STATIC / "closed.html", status_code=401)
        return None if scope["method"] in ("GET", "HEAD") else self._command_refusal(headers)

    def _command_refusal(self, headers: Headers) -> Response | None:
        if not has_token(headers, self._key) or headers.get("content-type") != "application/json":
            return _answer(403, "화면을 새로 고친 뒤 다시 시도하세요.")
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            return _answer(413, "요청이 너무 큽니다.")
        return None


def _answer(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "-")) if route else "-"
