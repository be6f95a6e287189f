"""Who may use the page: this user, on this computer, from this page.

Loopback keeps other computers out, not other programs: any web page in the same browser can send requests to
127.0.0.1, a hostile name server can point its own name there (DNS rebinding), and on a shared computer other users
reach the port.  So a request must name a loopback host and this port, must not come from another site, and must
carry the cookie that this user's key file signed; a command also carries a token that only this page can read.
"""

import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from scribe.crypto import KeyFileError

COOKIE = "scribe_desk"
TOKEN_HEADER = "x-scribe-desk"  # noqa: S105 - the header's name
TICKET_SECONDS = 120
COOKIE_SECONDS = 180 * 24 * 3600
_KEY_BYTES = 32
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class DeskKey:
    """The secret behind tickets, cookie and token; whoever can read its file is the user of this desk."""

    _secret: bytes

    def __repr__(self) -> str:
        return "DeskKey(…)"

    @classmethod
    def from_file(cls, path: Path) -> "DeskKey":
        """The key in ``path``, made there with mode 0600 on the first call."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls._read(path)
        with os.fdopen(descriptor, "wb") as stream:
            secret = secrets.token_bytes(_KEY_BYTES)
            stream.write(secret)
        return cls(secret)

    @classmethod
    def _read(cls, path: Path) -> "DeskKey":
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyFileError(file=path, problem="others may read it; run `chmod 600` on it")
        secret = path.read_bytes()
        if len(secret) != _KEY_BYTES:
            raise KeyFileError(file=path, problem="does not hold the desk's key; delete it and start again")
        return cls(secret)

    @property
    def cookie(self) -> str:
        return self._mac("cookie")

    @property
    def token(self) -> str:
        """What a command must carry."""
        return self._mac("token")

    def ticket(self, now: float | None = None) -> str:
        """Opens the page for :data:`TICKET_SECONDS`; it is part of an address and so must not live long."""
        expires = int(now if now is not None else time.time()) + TICKET_SECONDS
        return f"{expires}.{self._mac(f'ticket {expires}')}"

    def admits(self, ticket: str, now: float | None = None) -> bool:
        expires, _, mac = ticket.partition(".")
        if not expires.isdecimal() or not _same(mac, self._mac(f"ticket {expires}")):
            return False
        return int(expires) >= (now if now is not None else time.time())

    def _mac(self, purpose: str) -> str:
        return hmac.new(self._secret, f"scribe-desk/1 {purpose}".encode(), hashlib.sha256).hexdigest()


def host_is_ours(headers: Headers, port: int) -> bool:
    """Whether the Host header names this computer and this port: a rebound name does not."""
    return headers.get("host", "") in {f"{host}:{port}" for host in _LOOPBACK}


def comes_from_here(headers: Headers, port: int) -> bool:
    """False where the browser says that another site sent the request (Fetch Metadata, or the Origin header)."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    return parts.scheme == "http" and parts.netloc in {f"{host}:{port}" for host in _LOOPBACK}


def has_cookie(cookies: dict[str, str], key: DeskKey) -> bool:
    return _same(cookies.get(COOKIE, ""), key.cookie)


def has_token(headers: Headers, key: DeskKey) -> bool:
    return _same(headers.get(TOKEN_HEADER, ""), key.token)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
