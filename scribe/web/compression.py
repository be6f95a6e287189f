"""Pages and their data, compressed.

What is left as it is: streams (server-sent events, audio), short answers, those compressed already, and those that
hand out a cookie: a sign-in page repeats what was typed beside its secret.  Form tokens are masked (:mod:`.csrf`), and
the length of what is compressed says little besides, as each answer carries up to :data:`_BLUR` random bytes more, in
the file name of its gzip header ("Heal the Breach", Palacios, Fernández and Luján, IEEE Access 10, 2022).
"""

import gzip
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SHORT = 1024
_BLUR = 100
_LEVEL = 6
_HAS_NAME = 0x08
_HEADER = 10
_MEDIA = ("text/html", "application/json", "application/fhir+json", "text/csv", "text/plain")


class Compressed:
    """Compresses the answers of ``app`` for whoever accepts gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def compressing_send(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _compressible(message):
                start = message  # its headers depend on the body
                return
            if start is not None and message["type"] == "http.response.body":
                begun, start = start, None
                message = _compressed(begun, message)
                await send(begun)
            await send(message)

        await self.app(scope, receive, compressing_send)


def _compressible(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    kept = "content-encoding" in headers or "set-cookie" in headers
    return headers.get("content-type", "").startswith(_MEDIA) and not kept


def _compressed(start: Message, body: Message) -> Message:
    headers = MutableHeaders(scope=start)
    headers.add_vary_header("Accept-Encoding")
    content = body.get("body", b"")
    if body.get("more_body") or len(content) < _SHORT:
        return body
    zipped = _blurred(gzip.compress(content, _LEVEL, mtime=0))
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(zipped))
    return {**body, "body": zipped}


def _blurred(zipped: bytes) -> bytes:
    """The same content under a random file name, which nobody reads (RFC 1952, 2.3: FNAME, ended by a zero)."""
    name = secrets.token_hex(_BLUR // 2)[: secrets.randbelow(_BLUR)].encode()
    flags = bytes([zipped[3] | _HAS_NAME])
    return zipped[:3] + flags + zipped[4:_HEADER] + name + b"\0" + zipped[_HEADER:]
