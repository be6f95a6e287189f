"""Download from a model hub: ``ENDPOINT/REPO/resolve/REVISION/FILE``, resumed where it broke off."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from models.errors import SourceUnavailableError
from models.registry import HubSource

DEFAULT_ENDPOINT = "https://huggingface.co"
"""Any server that answers the resolve addresses of the Hugging Face hub will do: a mirror inside the hospital."""

_ATTEMPTS = 5
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416

Bytes = Callable[[int], None]
"""Takes the number of bytes that the file now has."""


class HubClient:
    """Fetches files of hub repositories.

    A server that does not answer within ``connect_seconds`` is passed over; a transfer in which nothing arrives
    for ``stall_seconds`` is broken off and resumed.
    """

    def __init__(
        self,
        endpoint: str = DEFAULT_ENDPOINT,
        *,
        connect_seconds: float = 5.0,
        stall_seconds: float = 15.0,
        pause_seconds: float = 1.0,
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._timeout = httpx.Timeout(stall_seconds, connect=connect_seconds)
        self._pause = pause_seconds

    def download(self, source: HubSource, name: str, target: Path, progress: Bytes | None = None) -> None:
        """Write the file to ``target``; bytes that are already there are kept and only the rest is asked for.

        Raises :class:`SourceUnavailableError` where the hub cannot be reached or does not have the file.  After that,
        as after a kill, what has arrived stays in ``target`` for the next attempt.
        """
        url = f"{self.endpoint}/{source.repo}/resolve/{source.revision}/{name}"
        failures = 0
        with httpx.Client(timeout=self._timeout, follow_redirects=True) as client:
            while True:
                before = _size(target)
                try:
                    self._rest(client, url, target, progress)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    raise SourceUnavailableError(source=source, problem=_reason(error)) from None
                except httpx.HTTPStatusError as error:
                    problem = f"answered {error.response.status_code} for {name}"
                    raise SourceUnavailableError(source=source, problem=problem) from None
                except httpx.TransportError as error:
                    failures = 1 if _size(target) > before else failures + 1
                    if failures >= _ATTEMPTS:
                        raise SourceUnavailableError(source=source, problem=_reason(error)) from None
                    time.sleep(self._pause * failures)
                else:
                    return

    def _rest(self, client: httpx.Client, url: str, target: Path, progress: Bytes | None) -> None:
        have = _size(target)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code == _RANGE_REFUSED:
                return  # nothing is left to send: the hash tells whether the file is right
            response.raise_for_status()
            resumed = response.status_code == _PARTIAL and _starts_at(response, have)
            with target.open("ab" if resumed else "wb") as out:
                for block in response.iter_raw():
                    out.write(block)
                    if progress is not None:
                        progress(out.tell())


def _starts_at(response: httpx.Response, offset: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return "cannot be reached"
    return "stopped answering" if isinstance(error, httpx.TimeoutException) else "broke off the transfer"
