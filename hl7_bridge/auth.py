"""How requests to a FHIR server are authorised: fixed headers, or a token that is renewed in time."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hl7_bridge.setting import Secret

EARLY_SECONDS = 60.0
"""A token is renewed this long before it ends, or a fifth of its life before, whichever is less."""


class Auth(Protocol):
    """Asked before each request; instances serve several threads at once."""

    def headers(self) -> Mapping[str, str]:
        """What to send; TokenError where a token is needed and cannot be had."""
        ...

    def renew(self, refused: Mapping[str, str]) -> bool:
        """After a 401 to a request with the headers ``refused``: True where other ones can be had."""
        ...


@dataclass(frozen=True, slots=True)
class StaticHeaders:
    """Fixed headers, such as a gateway key; none at all for an open server."""

    values: tuple[tuple[str, Secret], ...] = field(default=(), repr=False)

    def headers(self) -> Mapping[str, str]:
        return {name: secret.value for name, secret in self.values}

    def renew(self, refused: Mapping[str, str]) -> bool:
        del refused
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and how many seconds it lives."""

    value: Secret
    seconds: float


class TokenSource(Protocol):
    def fetch(self) -> Token:
        """A fresh token; TokenError where there is none."""
        ...


class BearerToken:
    """A token from ``source``, kept while it lives, in front of ``fixed`` headers.

    It is renewed early, and once after a 401; several threads that need one wait for a single request.
    ``clock`` is in seconds and runs evenly.
    """

    def __init__(
        self, source: TokenSource, fixed: StaticHeaders | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._fixed = fixed or StaticHeaders()
        self._clock = clock
        self._lock = threading.Lock()
        self._authorization: str | None = None
        self._renew_at = 0.0

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if self._authorization is None or self._clock() >= self._renew_at:
                self._fetch()
            return {**self._fixed.headers(), "Authorization": str(self._authorization)}

    def renew(self, refused: Mapping[str, str]) -> bool:
        with self._lock:
            if self._authorization == refused.get("Authorization"):
                self._authorization = None
            return True

    def _fetch(self) -> None:
        asked = self._clock()
        self._authorization = None
        token = self._source.fetch()
        self._renew_at = asked + token.seconds - min(EARLY_SECONDS, token.seconds / 5)
        self._authorization = f"Bearer {token.value.value}"
