"""Every answer's security headers, and an access log that knows routes and times only."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("scribe.web")

# The strictest policy that the pages work with: own files alone, nothing inline, no framing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For a page that shows another page of ours within, and for the one that is shown.
FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
FRAMED_POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
_PERMISSIONS = "camera=(), geolocation=(), microphone={}, payment=()"
PERMISSIONS_WITH_MICROPHONE = _PERMISSIONS.format("(self)")
"""For the page that dictation is spoken into; no other page may listen."""
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": _PERMISSIONS.format("()"),
    "x-robots-tag": "noindex, nofollow",
}
_ONLY_HTTPS = "max-age=31536000"
"""A browser that has once reached the service by https never tries http again."""


class Guarded:
    """Adds the headers that an answer does not set itself, keeps all but static files out of caches, and logs what was
    asked by route, with status and milliseconds.

    The log holds the route's pattern, never the address: tokens and query strings do not reach it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                _harden(headers, static=scope["path"].startswith("/static/"))
                if scope["scheme"] == "https":
                    headers["strict-transport-security"] = _ONLY_HTTPS
            await send(message)

        try:
            await self.app(scope, receive, guarded_send)
        finally:
            took = (time.perf_counter() - started) * 1000
            _log.info("%s %s %d %.1f ms", scope["method"], _route(scope), status, took)


def _harden(headers: MutableHeaders, *, static: bool) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if not static:
        headers["cache-control"] = "no-store"


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "-")) if route else "-"
