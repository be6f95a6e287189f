"""Requests to one FHIR server and what came back: nothing of an answer is taken for granted."""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import urljoin, urlsplit

import httpx

from hl7_bridge.adapters import Adapter, Verdict
from hl7_bridge.auth import Auth, StaticHeaders
from hl7_bridge.errors import DestinationError
from hl7_bridge.fhir import FhirJson
from hl7_bridge.fhir_errors import (
    BusyError,
    ChangedError,
    ConflictError,
    FhirError,
    ForbiddenError,
    GatewayBusyError,
    GatewayRefusedError,
    MultipleMatchesError,
    NotFhirError,
    NotJsonError,
    OutcomeIssue,
    OutcomeUnknownError,
    OversizeAnswerError,
    PostponedError,
    RedirectedError,
    RefusedError,
    TlsError,
    UnauthorisedError,
    UnreachableError,
)
from hl7_bridge.read_again import ReadAgain
from hl7_bridge.retry_after import retry_after
from hl7_bridge.tls import Tls, tls_problem

MEDIA_TYPE: Final = "application/fhir+json"
MOST_REDIRECTS: Final = 3
_MEGABYTE: Final = 1_000_000
_REFUSAL: Final = re.compile("alert.*(certificate|unknown ca|access denied|handshake)")
"""With TLS 1.3 a server refuses our certificate only once we have sent, and reads nothing of it."""
_CODE: Final = re.compile("[a-z-]{1,32}")
_PATH: Final = re.compile(r"[A-Za-z0-9_.()\[\]:'/=$%-]{1,200}")
"""What may be shown of an issue: a code, and a path without a patient's words in it."""
_NOT_YET: Final = (408, 425, 429)
_REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``timeout`` and ``connect_timeout`` in seconds; an answer may hold ``max_mb`` megabytes once decompressed."""

    timeout: float = 30.0
    connect_timeout: float = 10.0
    max_mb: float = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``action`` names it in errors, without patient data; ``path`` is under the base address.

    ``updates``: it writes over something, and a refused condition means that somebody changed that.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    action: str
    body: FhirJson | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    query: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    updates: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET" and self.form is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A success: ``content`` is the FHIR resource in the body, None where the body is empty."""

    status: int
    headers: Mapping[str, str]
    content: FhirJson | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    headers: httpx.Headers
    body: bytes


def http_client(limits: Limits, tls: Tls | None = None) -> httpx.Client:
    """A connection pool that verifies, follows no redirect and knows no proxy of the environment."""
    for talkative in ("httpx", "httpcore"):  # they log addresses (paging links hold numbers) and headers
        logging.getLogger(talkative).setLevel(logging.WARNING)
    return httpx.Client(
        timeout=httpx.Timeout(limits.timeout, connect=min(limits.timeout, limits.connect_timeout)),
        verify=(tls or Tls()).context(),
        trust_env=False,
        follow_redirects=False,
    )


class FhirHttp:
    """One server.  DestinationError for an address that is none.

    ``http`` may be given (with its own TLS settings); it is then closed here only with ``owns_http``.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        limits: Limits | None = None,
        adapter: Adapter | None = None,
        http: httpx.Client | None = None,
        owns_http: bool = False,
        clock: Callable[[], float] = time.monotonic,
        again: ReadAgain | None = None,
    ) -> None:
        self.host = host_of(base_url)
        self.base_url = base_url.rstrip("/")
        self._auth = auth or StaticHeaders()
        self._limits = limits or Limits()
        self._adapter = adapter
        self._owns_http = http is None or owns_http
        self._http = http or http_client(self._limits)
        self._clock = clock
        self._again = again or ReadAgain()

    def close(self) -> None:
        if self._owns_http:
            self._http.close()

    def ask(self, request: Request) -> FhirJson:
        """The resource that a read or a search is answered with."""
        answer = self.send(request)
        if answer.content is None:
            raise NotFhirError(host=self.host, action=request.action)
        return answer.content

    def send(self, request: Request) -> Answer:
        """The answer to what was accepted; an error that says what can be done about anything else.

        A refused token is renewed once.  A read or search that breaks off is asked again, a write never is: one whose
        answer got lost raises OutcomeUnknownError.  Whatever else fails raises what it is.
        """
        return self._sent(request) if request.writes else self._again.until_answered(lambda: self._sent(request))

    def _sent(self, request: Request) -> Answer:
        sent = self._auth.headers()
        raw = self._followed(request, sent)
        if raw.status == 401 and self._auth.renew(sent):
            raw = self._followed(request, self._auth.headers())
        return self._judged(raw, request)

    def own(self, url: str, action: str) -> str:
        """A link of an answer, only where it stays on this server."""
        full = _joined(f"{self.base_url}/", url)
        if _origin(full) != _origin(self.base_url):
            raise NotFhirError(host=self.host, action=action)
        return full

    def _followed(self, request: Request, auth: Mapping[str, str]) -> _Raw:
        """Redirects on the same server are followed where that repeats the request; no other one ever is."""
        raw = self._exchanged(request, auth)
        for _ in range(MOST_REDIRECTS):
            if raw.status not in _REDIRECTS:
                break
            target = _joined(self._url(request), raw.headers.get("Location", ""))
            repeats = raw.status in (307, 308) or request.method == "GET"
            if not repeats or "Location" not in raw.headers or _origin(target) != _origin(self.base_url):
                break
            request = replace(request, path=target, query=None)
            raw = self._exchanged(request, auth)
        return raw

    def _url(self, request: Request) -> str:
        return request.path if "://" in request.path else f"{self.base_url}/{request.path}".rstrip("/")

    def _exchanged(self, request: Request, auth: Mapping[str, str]) -> _Raw:
        headers = {"Accept": MEDIA_TYPE, **auth, **request.headers}
        content = None
        if request.body is not None:
            headers["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
            content = json.dumps(request.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        try:
            with self._http.stream(
                request.method,
                self._url(request),
                headers=headers,
                content=content,
                data=dict(request.form) if request.form is not None else None,
                params=dict(request.query) if request.query is not None else None,
            ) as response:
                return _Raw(response.status_code, response.headers, self._body(response, request))
        except httpx.InvalidURL:
            raise NotFhirError(host=self.host, action=request.action) from None
        except httpx.RequestError as error:
            raise self._lost(error, request) from None

    def _body(self, response: httpx.Response, request: Request) -> bytes:
        body = bytearray()
        deadline = self._clock() + self._limits.timeout
        for part in response.iter_bytes():
            body += part
            if len(body) > self._limits.max_mb * _MEGABYTE:
                raise OversizeAnswerError(host=self.host, action=request.action, limit=f"{self._limits.max_mb:g}")
            if self._clock() > deadline:
                raise httpx.ReadTimeout("the answer takes too long", request=response.request)
        return bytes(body)

    def _lost(self, error: httpx.RequestError, request: Request) -> UnreachableError | OutcomeUnknownError:
        untrusted = tls_problem(error)
        if untrusted is not None and (isinstance(error, httpx.ConnectError) or _REFUSAL.search(untrusted)):
            return TlsError(host=self.host, problem=untrusted)
        problem = type(error).__name__
        before = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
        if isinstance(error, before) or not request.writes:
            return UnreachableError(host=self.host, problem=problem)
        return OutcomeUnknownError(host=self.host, action=request.action, problem=problem)

    def _judged(self, raw: _Raw, request: Request) -> Answer:
        body = _json(raw.body)
        if self._adapter is not None and body is not None:
            verdict = self._adapter.judge(body)
            if verdict.judgement != "accepted":
                raise _gateway_error(raw, verdict, request)
            body = verdict.payload
        if not 200 <= raw.status < 300:
            raise self._failure(raw, body, request)
        if raw.status == 202:
            raise PostponedError(host=self.host, action=request.action, problem="HTTP 202")
        if body is None and not raw.body.strip():
            return Answer(status=raw.status, headers=raw.headers)
        if body is None and not request.writes:
            raise NotJsonError(host=self.host, action=request.action)
        if body is None and self._adapter is not None:
            return Answer(status=raw.status, headers=raw.headers)
        if not isinstance(body, dict) or "resourceType" not in body or not _is_shaped(body):
            raise NotFhirError(host=self.host, action=request.action)
        if any(issue.severity in ("error", "fatal") for issue in outcome_of(body)):
            raise self._failure(raw, body, request)
        return Answer(status=raw.status, headers=raw.headers, content=body)

    def _failure(self, raw: _Raw, body: Any, request: Request) -> FhirError | NotFhirError:
        if raw.status < 200:
            return NotFhirError(host=self.host, action=request.action)
        if raw.status in _REDIRECTS:
            target = urlsplit(_joined(self._url(request), raw.headers.get("Location", ""))).hostname or "nowhere"
            return RedirectedError(status=raw.status, action=request.action, target=target, outcome=())
        error = failure(raw.status, request.action, outcome_of(body), retry_after(raw.headers))
        if request.updates and isinstance(error, MultipleMatchesError | ConflictError):  # 412 by FHIR, 409 elsewhere
            return ChangedError(**error.context)
        return error


def failure(status: int, action: str, outcome: tuple[OutcomeIssue, ...], wait: float | None = None) -> FhirError:
    """The error of an answer that is no success, by what its status lets the caller do."""
    codes = ", ".join(sorted({issue.code for issue in outcome if issue.severity in ("error", "fatal")}))
    context = {"status": status, "action": action, "issues": f" ({codes})" if codes else "", "outcome": outcome}
    if status in _NOT_YET or status >= 500:
        return BusyError(**context, retry_after=wait)
    kinds: dict[int, type[FhirError]] = {
        401: UnauthorisedError, 403: ForbiddenError, 409: ConflictError, 412: MultipleMatchesError,
    }  # fmt: skip
    return kinds.get(status, RefusedError)(**context)


def outcome_of(body: Any) -> tuple[OutcomeIssue, ...]:
    """The issues of an OperationOutcome; none where ``body`` is something else."""
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return ()
    issues = body.get("issue")
    return tuple(
        OutcomeIssue(
            severity=str(item.get("severity", "error")),
            code=code if _CODE.fullmatch(code := str(item.get("code"))) else "processing",
            expression=_paths(item.get("expression") or item.get("location")),
            diagnostics=_said(item),
        )
        for item in (issues if isinstance(issues, list) else [])
        if isinstance(item, dict)
    )


def _said(item: FhirJson) -> str | None:
    details = item.get("details")
    said = item.get("diagnostics") or (details.get("text") if isinstance(details, dict) else None)
    return None if said is None else str(said)


def host_of(url: str) -> str:
    """Host and port of an http(s) address; DestinationError for anything else."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        _ = parts.port
    except (ValueError, httpx.InvalidURL):
        raise DestinationError() from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise DestinationError()
    return parts.netloc


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", None, None)
    return (parts.scheme if "@" not in parts.netloc else "", parts.hostname, port)


def _joined(base: str, link: str) -> str:
    """The link as an address; nothing where it is none."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _gateway_error(raw: _Raw, verdict: Verdict, request: Request) -> FhirError:
    context = {
        "status": raw.status,
        "action": request.action,
        "issues": "",
        "outcome": (),
        "code": verdict.public_code,
    }
    if verdict.judgement == "retry":
        return GatewayBusyError(**context, retry_after=retry_after(raw.headers))
    return GatewayRefusedError(**context)


def _json(body: bytes) -> Any:
    """What the body says in JSON; None where it says nothing in it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _paths(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else []
    return tuple(item for item in found if isinstance(item, str) and _PATH.fullmatch(item))


def _is_shaped(content: FhirJson) -> bool:
    """Lists of objects where R4 has them, in the parts of an answer that are read here."""
    for name in ("entry", "link", "rest"):
        items = content.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return False
    parts = (entry.get(name, {}) for entry in content.get("entry", []) for name in ("search", "response", "resource"))
    return all(isinstance(part, dict) for part in parts)
