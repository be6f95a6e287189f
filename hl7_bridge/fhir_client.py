"""A FHIR R4 client that never writes twice, and never over what somebody else changed."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Final, Literal, Self

import httpx

from hl7_bridge.adapters import Adapter
from hl7_bridge.auth import Auth
from hl7_bridge.capabilities import Capabilities
from hl7_bridge.fhir import FhirJson, Held, Resource, TransactionBundle, TransactionEntry, plain_token
from hl7_bridge.fhir_errors import (
    IgnoredSearchError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    PartlyStoredError,
    RefusedError,
    TooLargeTransactionError,
    TooManyPagesError,
    UnsupportedServerError,
    WrongAnswerError,
)
from hl7_bridge.fhir_http import Answer, FhirHttp, Limits, Request, failure, outcome_of
from hl7_bridge.read_again import ReadAgain
from scribe.domain.delivery import DeliveredResource
from scribe.domain.encounter import Identifier

WriteMode = Literal["auto", "transaction", "single"]
_LOCATION: Final = re.compile(
    r"(?:^|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})(?:/_history/(?P<version>[A-Za-z0-9.\-]{1,64}))?/?$"
)
REMEMBERED_SECONDS: Final = 600.0
"""How long a capability statement is believed."""
_TOO_MANY: Final = re.compile(r"too (many|large|big)|more [a-z ]{1,40}than allowed", re.IGNORECASE)
"""How servers without a code for it say that a transaction has too many entries."""


class FhirClient:
    """One server.  Use as a context manager, or call :meth:`close`.  DestinationError for an address that is none.

    No identifier is ever put in an address: searches are POST requests, unless ``search`` is ``get``, for servers
    that take nothing else.  What only reads is asked again as ``again`` says where it breaks off; what writes never is.
    ``http`` may be given; it is then closed here only with ``owns_http``.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        limits: Limits | None = None,
        adapter: Adapter | None = None,
        search: Literal["post", "get"] = "post",
        write_mode: WriteMode = "auto",
        max_pages: int = 100,
        http: httpx.Client | None = None,
        owns_http: bool = False,
        clock: Callable[[], float] = time.monotonic,
        again: ReadAgain | None = None,
    ) -> None:
        self._http = FhirHttp(
            base_url, auth=auth, limits=limits, adapter=adapter, http=http, owns_http=owns_http, again=again
        )
        self._search = search
        self.write_mode = write_mode
        self._max_pages = max_pages
        self._clock = clock
        self._capabilities: tuple[float, Capabilities] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    @property
    def host(self) -> str:
        return self._http.host

    @property
    def base_url(self) -> str:
        return self._http.base_url

    def capabilities(self) -> Capabilities:
        """What /metadata says, asked for again when it is older than :data:`REMEMBERED_SECONDS`.

        Where the site insists on a way of writing, a server without /metadata is taken at the site's word.
        """
        remembered = self._capabilities
        if remembered is None or self._clock() - remembered[0] > REMEMBERED_SECONDS:
            remembered = self._capabilities = (self._clock(), self._asked_capabilities())
        return remembered[1]

    def _asked_capabilities(self) -> Capabilities:
        action = "the capability statement"
        try:
            statement = self._http.ask(Request(method="GET", path="metadata", action=action))
        except RefusedError as error:
            if error.status in (404, 405, 501) and self.write_mode != "auto":
                return Capabilities.unknown()
            raise
        if statement["resourceType"] != "CapabilityStatement":
            raise WrongAnswerError(host=self.host, action=action)
        return Capabilities.parse(statement)

    def require_r4(self) -> Capabilities:
        """The capabilities of a server that the bridge can talk to; UnsupportedServerError for another."""
        found = self.capabilities()
        if not found.speaks_r4_json:
            formats = ", ".join(sorted(found.formats)) or "none"
            raise UnsupportedServerError(host=self.host, version=found.fhir_version or "none", formats=formats)
        return found

    def read(self, reference: str) -> Resource:
        """The current version of ``Type/id``."""
        return self.read_held(reference).resource

    def read_held(self, reference: str) -> Held:
        """The current version with the ETag that guards an update of it, exactly as the server writes it."""
        kind, name = reference.split("/")[-2:]
        action = f"a read of {kind}"
        answer = self._http.send(Request(method="GET", path=reference, action=action))
        if answer.content is None:
            raise NotFhirError(host=self.host, action=action)
        resource = Resource(answer.content)
        if resource.type != kind or resource.id != name:
            raise WrongAnswerError(host=self.host, action=action)
        return Held(reference=f"{kind}/{name}", resource=resource, etag=answer.headers.get("ETag") or _etag(resource))

    def search(self, resource_type: str, parameters: Mapping[str, str]) -> list[Resource]:
        """All matches, every page; TooManyPagesError where there are more than allowed."""
        action = f"a search of {resource_type}"
        found: list[Resource] = []
        page = self._first_page(resource_type, parameters, action)
        for _ in range(self._max_pages):
            found += self._matches(page, resource_type, action)
            following = next((link.get("url") for link in page.get("link", []) if link.get("relation") == "next"), None)
            if not isinstance(following, str):
                return found
            page = self._http.ask(Request(method="GET", path=self._http.own(following, action), action=action))
        raise TooManyPagesError(host=self.host, action=action, limit=self._max_pages)

    def find(self, resource_type: str, key: Identifier, parameter: str = "identifier") -> Resource | None:
        """The resource under ``key``, or None; MultipleMatchesError where the server holds several.

        IgnoredSearchError where it answers with one that does not carry the key.
        """
        found = {item.id: item for item in self.search(resource_type, {parameter: plain_token(key)})}
        if any(not _carries(item, key, parameter) for item in found.values()):
            raise IgnoredSearchError(host=self.host, type=resource_type, parameter=parameter)
        if len(found) > 1:
            raise MultipleMatchesError(status=412, action=resource_type, issues="", outcome=())
        return next(iter(found.values()), None)

    def find_held(self, resource_type: str, key: Identifier, parameter: str = "identifier") -> Held | None:
        """What :meth:`find` finds, read again with its ETag; None where there is nothing."""
        found = self.find(resource_type, key, parameter)
        return self.read_held(f"{resource_type}/{found.id}") if found is not None else None

    def resolve(self, resource_type: str, key: Identifier) -> str:
        """``Type/id`` of exactly one match; NoMatchError or MultipleMatchesError otherwise."""
        found = self.find(resource_type, key)
        if found is None or found.id is None:
            raise NoMatchError(type=resource_type, system=key.system)
        return f"{resource_type}/{found.id}"

    def transact(self, bundle: TransactionBundle) -> tuple[DeliveredResource, ...]:
        """Create what is not there and update what is, all or nothing; in one transaction.

        ChangedError where somebody changed what would be updated, TooLargeTransactionError where the server says that
        the transaction is too large for it; nothing was written then.  PartlyStoredError where the server stored a part
        in spite of FHIR.
        """
        action = "a transaction"
        updates = any(entry.reference is not None for entry in bundle.entries)
        request = Request(
            method="POST", path="", action=action, body=bundle.as_json(), headers=_MINIMAL, updates=updates
        )
        try:
            answer = self._http.ask(request)
        except RefusedError as error:
            if _too_large(error):
                raise TooLargeTransactionError(**error.context) from None
            raise
        responses = answer.get("entry", [])
        if answer.get("type") != "transaction-response" or len(responses) != len(bundle.entries):
            raise NotFhirError(host=self.host, action=action)
        self._require_all(bundle, responses)
        pairs = zip(bundle.entries, responses, strict=True)
        return tuple(self._written(entry, response) for entry, response in pairs)

    def write(self, entry: TransactionEntry, resource: Resource, *, conditional: bool = True) -> DeliveredResource:
        """Create ``resource`` unless the server holds one under the entry's key, or update what the entry names.

        ``conditional`` is False for a server that knows no If-None-Exist; the caller has looked then.
        """
        if entry.reference is None:
            headers = {**_MINIMAL, "If-None-Exist": entry.if_none_exist} if conditional else _MINIMAL
            action = f"a create of {resource.type}"
            request = Request(method="POST", path=resource.type, action=action, body=resource.content, headers=headers)
            return self._delivered(entry, self._http.send(request))
        headers = {**_MINIMAL, "If-Match": entry.if_match} if entry.if_match is not None else _MINIMAL
        action = f"an update of {resource.type}"
        request = Request(
            method="PUT", path=entry.reference, action=action, body=resource.content, headers=headers, updates=True
        )
        return self._delivered(entry, self._http.send(request))

    def create(self, entry: TransactionEntry, resource: Resource) -> DeliveredResource:
        """A conditional create; see :meth:`write`."""
        return self.write(entry, resource)

    def _first_page(self, resource_type: str, parameters: Mapping[str, str], action: str) -> FhirJson:
        if self._search == "get":
            return self._http.ask(
                Request(method="GET", path=resource_type, action=action, query=parameters, headers=_STRICT)
            )
        path = f"{resource_type}/_search"
        return self._http.ask(Request(method="POST", path=path, action=action, form=parameters, headers=_STRICT))

    def _matches(self, page: FhirJson, resource_type: str, action: str) -> Iterator[Resource]:
        if page["resourceType"] != "Bundle":
            raise WrongAnswerError(host=self.host, action=action)
        for entry in page.get("entry", []):
            if entry.get("search", {}).get("mode", "match") == "match" and "resource" in entry:
                resource = Resource(entry["resource"])
                if resource.type != resource_type or resource.id is None:
                    raise WrongAnswerError(host=self.host, action=action)
                yield resource

    def _require_all(self, bundle: TransactionBundle, responses: list[FhirJson]) -> None:
        statuses = [_status(item) for item in responses]
        refused = next((index for index, status in enumerate(statuses) if not 200 <= status < 300), None)
        if refused is None:
            return
        if statuses[refused] == 0:
            raise NotFhirError(host=self.host, action="a transaction")
        kind = bundle.entries[refused].resource.type
        outcome = outcome_of(responses[refused].get("response", {}).get("outcome"))
        cause = failure(statuses[refused], f"a write of {kind}", outcome)
        stored = sum(200 <= status < 300 for status in statuses)
        raise PartlyStoredError(host=self.host, stored=stored, wanted=len(statuses), cause=cause)

    def _written(self, entry: TransactionEntry, item: FhirJson) -> DeliveredResource:
        response = item.get("response", {})
        location = response.get("location")
        resource = item.get("resource") or {}
        if location is None and resource.get("id"):
            location = f"{entry.resource.type}/{resource['id']}"
        return self._as_delivered(entry, _status(item), location, response.get("etag"))

    def _delivered(self, entry: TransactionEntry, answer: Answer) -> DeliveredResource:
        content = answer.content or {}
        location = answer.headers.get("Location") or answer.headers.get("Content-Location")
        if location is None and content.get("resourceType") == entry.resource.type and content.get("id"):
            location = f"{entry.resource.type}/{content['id']}"
        return self._as_delivered(entry, answer.status, location, answer.headers.get("ETag"))

    def _as_delivered(
        self, entry: TransactionEntry, status: int, location: str | None, etag: str | None
    ) -> DeliveredResource:
        """What the server says it holds; where it does not say, it is asked by the entry's key."""
        kind = entry.resource.type
        found = _LOCATION.search(location or "")
        reference, version = entry.reference, found["version"] if found else None
        if reference is None and found is not None and found["type"] == kind:
            reference = f"{kind}/{found['id']}"
        if reference is None:
            held = self.find(kind, entry.key, entry.parameter)
            if held is None:
                raise NotFhirError(host=self.host, action=f"a create of {kind}")
            reference, version = f"{kind}/{held.id}", None
        return DeliveredResource(
            role=entry.role, key=entry.key, reference=reference, version=version or etag, created=status == 201
        )


_MINIMAL: Final = {"Prefer": "return=minimal"}
_STRICT: Final = {"Prefer": "handling=strict"}


def _too_large(error: RefusedError) -> bool:
    said = " ".join(issue.diagnostics or "" for issue in error.outcome)
    codes = {issue.code for issue in error.outcome}
    return error.status == 413 or "too-costly" in codes or (error.status == 400 and bool(_TOO_MANY.search(said)))


def _etag(resource: Resource) -> str | None:
    """The ETag of a server that sends no such header: FHIR makes it of the version."""
    version = _version(resource)
    return f'W/"{version}"' if version else None


def _version(resource: Resource) -> str | None:
    meta = resource.content.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _status(item: FhirJson) -> int:
    """The status of one entry of a transaction's answer; 0 where it has none."""
    text = str(item.get("response", {}).get("status", "")).split(" ", maxsplit=1)[0]
    return int(text) if re.fullmatch("[1-5][0-9][0-9]", text) else 0


def _carries(resource: Resource, key: Identifier, parameter: str) -> bool:
    """True where the resource bears the key, or where the parameter is one that cannot be seen on it."""
    if parameter == "_tag":
        meta = resource.content.get("meta")
        tags = meta.get("tag", []) if isinstance(meta, dict) else []
        return any(_pair(item, "code") == (key.system, key.value) for item in tags)
    if parameter != "identifier":
        return True
    held = resource.content.get("identifier", [])
    return any(_pair(item, "value") == (key.system, key.value) for item in (held if isinstance(held, list) else [held]))


def _pair(item: object, name: str) -> tuple[object, object]:
    return (item.get("system"), item.get(name)) if isinstance(item, dict) else (None, None)
