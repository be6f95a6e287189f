"""A FHIR R4 client that never writes twice: every create carries the condition that nothing is there yet."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx

from hl7_bridge.errors import DestinationError
from hl7_bridge.fhir import FhirJson, Resource, TransactionBundle, TransactionEntry, plain_token
from hl7_bridge.fhir_errors import (
    BusyError,
    ConflictError,
    FhirError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    OutcomeIssue,
    OutcomeUnknownError,
    RefusedError,
    UnreachableError,
)
from scribe.domain.delivery import DeliveredResource
from scribe.domain.encounter import Identifier

MEDIA_TYPE = "application/fhir+json"
_LOCATION = re.compile(
    r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})(?:/_history/(?P<version>[A-Za-z0-9.\-]{1,64}))?/?$"
)


class Auth(Protocol):
    """How requests are authorised; called before each, so that a token can be renewed in time."""

    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class StaticHeaders:
    """Fixed headers, such as a gateway key; none at all for an open server."""

    values: tuple[tuple[str, str], ...] = ()

    def headers(self) -> Mapping[str, str]:
        return dict(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What /metadata promises.

    ``types`` are the resource types it lists, ``creatable`` those with the create interaction.  ``searchable``
    are the search parameters that it lists for a type; a type for which it lists none is not in it.
    """

    fhir_version: str
    software: str | None
    transaction: bool
    types: frozenset[str]
    creatable: frozenset[str]
    searchable: Mapping[str, frozenset[str]]

    def cannot_find(self, resource_type: str, parameter: str) -> bool:
        """True where the server lists its parameters and this one, specific to the type, is not among them."""
        listed = self.searchable.get(resource_type)
        return listed is not None and parameter not in listed and not parameter.startswith("_")


class FhirClient:
    """One server.  Use as a context manager, or call :meth:`close`.  DestinationError for an address that is none.

    ``http`` may be given for tests and proxies; it is then not closed here.  No identifier of a patient is ever
    put in a URL: searches are POST requests, with GET only where a server refuses those.
    """

    def __init__(
        self, base_url: str, *, auth: Auth | None = None, timeout: float = 30.0, http: httpx.Client | None = None
    ) -> None:
        self._host = _host_of(base_url)
        self.base_url = base_url.rstrip("/")
        self._auth = auth or StaticHeaders()
        self._owns_http = http is None
        # trust_env=False: no proxy from the environment sees what goes to the hospital
        self._http = http or httpx.Client(timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)), trust_env=False)
        self._capabilities: Capabilities | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._owns_http:
            self._http.close()

    @property
    def host(self) -> str:
        return self._host

    def capabilities(self) -> Capabilities:
        """The server's CapabilityStatement, asked for once."""
        if self._capabilities is None:
            self._capabilities = _capabilities(self._ask("GET", "metadata", "the capability statement"))
        return self._capabilities

    def read(self, reference: str) -> Resource:
        """The current version of ``Type/id``."""
        return Resource(self._ask("GET", reference, f"a read of {reference.split('/', maxsplit=1)[0]}"))

    def search(self, resource_type: str, parameters: Mapping[str, str]) -> list[Resource]:
        """All matches, every page."""
        action = f"a search of {resource_type}"
        try:
            page = self._ask("POST", f"{resource_type}/_search", action, form=parameters)
        except RefusedError as refusal:
            if refusal.status not in (404, 405, 415, 501):
                raise
            page = self._ask("GET", resource_type, action, query=parameters)
        found = list(_matches(page))
        for _ in range(100):
            following = next((link.get("url") for link in page.get("link", []) if link.get("relation") == "next"), None)
            if following is None:
                break
            page = self._ask("GET", self._own(following), action)
            found += _matches(page)
        return found

    def find(self, resource_type: str, key: Identifier, parameter: str = "identifier") -> Resource | None:
        """The resource under ``key``, or None; MultipleMatchesError where the server holds several."""
        found = self.search(resource_type, {parameter: plain_token(key)})
        if len(found) > 1:
            raise MultipleMatchesError(status=412, action=resource_type, issues="", outcome=())
        return found[0] if found else None

    def resolve(self, resource_type: str, key: Identifier) -> str:
        """``Type/id`` of exactly one match; NoMatchError or MultipleMatchesError otherwise."""
        found = self.find(resource_type, key)
        if found is None or found.id is None:
            raise NoMatchError(type=resource_type, system=key.system)
        return f"{resource_type}/{found.id}"

    def transact(self, bundle: TransactionBundle) -> tuple[DeliveredResource, ...]:
        """Create what is not there, all or nothing; in one transaction."""
        answer = self._ask("POST", "", "a transaction", body=bundle.as_json())
        responses = answer.get("entry", [])
        if answer.get("type") != "transaction-response" or len(responses) != len(bundle.entries):
            raise NotFhirError(host=self.host, action="a transaction")
        pairs = zip(bundle.entries, responses, strict=True)
        return tuple(self._written(entry, response) for entry, response in pairs)

    def create(self, entry: TransactionEntry, resource: Resource) -> DeliveredResource:
        """Create ``resource`` unless the server holds one under the entry's key."""
        condition = {"If-None-Exist": entry.if_none_exist}
        action = f"a create of {resource.type}"
        response = self._send("POST", resource.type, action, body=resource.content, headers=condition)
        location = response.headers.get("Location") or response.headers.get("Content-Location")
        return self._delivered(entry, response.status_code, location, response.headers.get("ETag"))

    def _written(self, entry: TransactionEntry, item: FhirJson) -> DeliveredResource:
        response = item.get("response") or {}
        status = str(response.get("status", "")).split(" ", maxsplit=1)[0]
        if not status.startswith("2") or not status.isdigit():
            raise NotFhirError(host=self.host, action="a transaction")
        location = response.get("location")
        resource = item.get("resource") or {}
        if location is None and resource.get("id"):
            location = f"{entry.resource.type}/{resource['id']}"
        return self._delivered(entry, int(status), location, response.get("etag"))

    def _delivered(
        self, entry: TransactionEntry, status: int, location: str | None, etag: str | None
    ) -> DeliveredResource:
        """What the server says it holds; where it does not say, it is asked by the entry's key."""
        kind = entry.resource.type
        found = _LOCATION.search(location or "")
        if found is None or found["type"] != kind:
            held = self.find(kind, entry.key, entry.parameter)
            if held is None or held.id is None:
                raise NotFhirError(host=self.host, action=f"a create of {kind}")
            reference, version = f"{kind}/{held.id}", None
        else:
            reference, version = f"{kind}/{found['id']}", found["version"]
        return DeliveredResource(
            role=entry.role, key=entry.key, reference=reference, version=version or etag, created=status == 201
        )

    def _own(self, url: str) -> str:
        """A paging link, only if it stays on this server."""
        full = url if "://" in url else f"{self.base_url}/{url.lstrip('/')}"
        try:
            leaves = _host_of(full) != self.host
        except DestinationError:
            leaves = True
        if leaves:
            raise NotFhirError(host=self.host, action="a further page")
        return full

    def _ask(
        self,
        method: str,
        path: str,
        action: str,
        *,
        body: FhirJson | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> FhirJson:
        return self._json(self._send(method, path, action, body=body, form=form, query=query), action)

    def _send(
        self,
        method: str,
        path: str,
        action: str,
        *,
        body: FhirJson | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = path if "://" in path else f"{self.base_url}/{path}".rstrip("/")
        sent = {"Accept": MEDIA_TYPE, **self._auth.headers(), **(headers or {})}
        options: dict[str, Any] = {"headers": sent}
        if body is not None:
            sent |= {"Content-Type": f"{MEDIA_TYPE}; charset=utf-8", "Prefer": "return=minimal"}
            options["json"] = body
        if form is not None:
            options["data"] = dict(form)
        if query is not None:
            options["params"] = dict(query)
        try:
            response = self._http.request(method, url, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise UnreachableError(host=self.host, problem=_name(error)) from None
        except httpx.RequestError as error:
            if method == "GET" or form is not None:
                raise UnreachableError(host=self.host, problem=_name(error)) from None
            raise OutcomeUnknownError(host=self.host, action=action, problem=_name(error)) from None
        if not response.is_success:
            raise self._failure(response, action)
        return response

    def _failure(self, response: httpx.Response, action: str) -> FhirError:
        status, outcome = response.status_code, _outcome(response)
        codes = ", ".join(sorted({issue.code for issue in outcome if issue.severity in ("error", "fatal")}))
        issues = f" ({codes})" if codes else ""
        context = {"status": status, "action": action, "issues": issues, "outcome": outcome}
        if status == 429 or status >= 500:
            return BusyError(**context, retry_after=_retry_after(response))
        if status == 412:
            return MultipleMatchesError(**context)
        if status == 409:
            return ConflictError(**context)
        return RefusedError(**context)

    def _json(self, response: httpx.Response, action: str) -> FhirJson:
        try:
            content = response.json()
        except (ValueError, RecursionError):
            raise NotFhirError(host=self.host, action=action) from None
        if not isinstance(content, dict) or "resourceType" not in content or not _is_shaped(content):
            raise NotFhirError(host=self.host, action=action)
        return content


def _is_shaped(content: FhirJson) -> bool:
    """Lists of objects where R4 has them, in the parts of an answer that are read here."""
    for name in ("entry", "link", "rest"):
        items = content.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return False
    parts = (entry.get(name, {}) for entry in content.get("entry", []) for name in ("search", "response", "resource"))
    return all(isinstance(part, dict) for part in parts)


def _matches(page: FhirJson) -> Iterator[Resource]:
    for entry in page.get("entry", []):
        if entry.get("search", {}).get("mode", "match") == "match" and isinstance(entry.get("resource"), dict):
            yield Resource(entry["resource"])


def _capabilities(statement: FhirJson) -> Capabilities:
    rest: FhirJson = next((item for item in statement.get("rest", []) if item.get("mode") == "server"), {})
    resources = rest.get("resource", [])
    return Capabilities(
        fhir_version=str(statement.get("fhirVersion", "")),
        software=statement.get("software", {}).get("name"),
        transaction=any(item.get("code") == "transaction" for item in rest.get("interaction", [])),
        types=frozenset(item["type"] for item in resources),
        creatable=frozenset(
            item["type"]
            for item in resources
            if any(interaction.get("code") == "create" for interaction in item.get("interaction", []))
        ),
        searchable={
            item["type"]: frozenset(parameter.get("name") for parameter in item["searchParam"])
            for item in resources
            if item.get("searchParam")
        },
    )


def _outcome(response: httpx.Response) -> tuple[OutcomeIssue, ...]:
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return ()
    if not isinstance(content, dict) or content.get("resourceType") != "OperationOutcome":
        return ()
    issues = content.get("issue")
    return tuple(
        OutcomeIssue(
            severity=str(item.get("severity", "error")),
            code=str(item.get("code", "unknown")),
            expression=tuple(item.get("expression") or item.get("location") or ()),
            diagnostics=item.get("diagnostics"),
        )
        for item in (issues if isinstance(issues, list) else [])
        if isinstance(item, dict)
    )


def _host_of(url: str) -> str:
    """Host and port of an http(s) address; DestinationError for anything else."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise DestinationError() from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise DestinationError()
    return parts.netloc


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the server asks to wait, said as a number or as a moment by its own clock."""
    asked = response.headers.get("Retry-After", "")
    if asked.strip().isdigit():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
        return max(0.0, (moment - parsedate_to_datetime(response.headers.get("Date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None


def _name(error: httpx.HTTPError) -> str:
    return type(error).__name__
