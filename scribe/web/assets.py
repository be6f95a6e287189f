"""The pages' own files: read once, compressed once, at addresses that change with their content.

``/static/<version>/app.css`` may be kept for a year by whoever got it; the same file at ``/static/app.css`` is asked
for anew each time (304 where it is unchanged).  Modules import their neighbours by relative paths, so a page whose
entry module is versioned gets all of them from that version.  A page names them all beforehand
(:meth:`Assets.preloads`): a browser that learnt of a module only from the one that imports it would wait in turn.
"""

import gzip
import hashlib
import mimetypes
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

_COMPRESSED = ("text/", "image/svg+xml")
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_VERSION = re.compile(r"^[0-9a-f]{12}/")
_IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*["']\./([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; ``zipped`` is None where that would not be smaller."""

    media_type: str
    etag: str
    plain: bytes
    zipped: bytes | None


class Assets:
    """The files under ``folder``, as an ASGI application to mount at ``/static``."""

    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        self._assets = {path.relative_to(folder).as_posix(): _asset(path.name, path.read_bytes()) for path in files}
        self._imports = {name: _imports(name, asset.plain) for name, asset in self._assets.items()}
        every = hashlib.sha256()
        for name, asset in self._assets.items():
            every.update(f"{name} {asset.etag}\n".encode())
        self.version = every.hexdigest()[:12]

    @property
    def root(self) -> str:
        """Where the pages of this version find the files."""
        return f"/static/{self.version}"

    def preloads(self, entries: Iterable[str]) -> tuple[str, ...]:
        """Every module that the modules named import, and these again, each once, the nearest first; not the named.

        Names are those of the files, ``review.js``; a name that no file has is a :class:`KeyError`.
        """
        named = tuple(entries)
        reached = dict.fromkeys(named)
        waiting = deque(named)
        while waiting:
            fresh = [one for one in self._imports[waiting.popleft()] if one not in reached]
            reached |= dict.fromkeys(fresh)
            waiting += fresh
        return tuple(reached)[len(dict.fromkeys(named)) :]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("no such method", status_code=405, headers={"allow": "GET, HEAD"})
        path = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        name = _VERSION.sub("", path)
        asset = self._assets.get(name)
        if asset is None:
            return PlainTextResponse("no such file", status_code=404)
        caching = _FOR_A_YEAR if path == f"{self.version}/{name}" else _ASK_AGAIN
        return _response(asset, Headers(scope=scope), caching)


def _imports(name: str, content: bytes) -> tuple[str, ...]:
    """The files that a module imports from beside it."""
    if not name.endswith(".js"):
        return ()
    beside = PurePosixPath(name).parent
    return tuple((beside / found).as_posix() for found in _IMPORT.findall(content.decode()))


def _asset(name: str, content: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    zipped = gzip.compress(content, 9, mtime=0) if media_type.startswith(_COMPRESSED) else content
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return Asset(media_type, etag, content, zipped if len(zipped) < len(content) else None)


def _response(asset: Asset, asked: Headers, caching: str) -> Response:
    headers = {"etag": asset.etag, "cache-control": caching, "vary": "accept-encoding"}
    if asset.etag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.zipped is not None and "gzip" in asked.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(asset.zipped, media_type=asset.media_type, headers=headers)
    return Response(asset.plain, media_type=asset.media_type, headers=headers)
