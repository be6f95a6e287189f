"""What no route is asked about: changes that another site's page begins, and bodies larger than any form of ours.

Changes carry a form token besides.  This stands before it for those that need none, as signing in and the patient's
answer: browsers say themselves where a request comes from (Fetch Metadata, W3C), and no page can make them say
otherwise.  Programs do not say it.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scribe.dictation import MOST_BYTES
from scribe.web.errors import ForgedRequestError, TooLargeRequestError, WebError
from scribe.web.failures import answer_to

MOST_BODY = 1 << 20
"""Bytes; a draft's largest edit is a hundredth of it."""
_ELSEWHERE = frozenset({"cross-site", "same-site"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DEVICES = "/api/devices/"
"""They count their bodies themselves."""
_LARGER: Mapping[str, int] = {"/dictation": 2 * MOST_BYTES}
"""Where the route itself tells what is too long."""


class Bordered:
    """Refuses with 403 what another site began, and with 413 what is larger than :data:`MOST_BODY`; a body that turns
    out to be while it is read is cut off, and the request with it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE or scope["path"].startswith(_DEVICES):
            await self.app(scope, receive, send)
            return
        headers, most = Headers(scope=scope), _most(scope["path"])
        refusal: WebError | None = None
        if headers.get("sec-fetch-site") in _ELSEWHERE:
            refusal = ForgedRequestError()
        elif _length(headers) > most:
            refusal = TooLargeRequestError(most=most)
        if refusal is not None:
            await answer_to(Request(scope), refusal)(scope, receive, send)
            return
        await self.app(scope, _bounded(receive, most), send)


def _most(path: str) -> int:
    return next((most for end, most in _LARGER.items() if path.endswith(end)), MOST_BODY)


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() else 0


def _bounded(receive: Receive, most: int) -> Receive:
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise TooLargeRequestError(most=most)
        return message

    return receive_bounded
