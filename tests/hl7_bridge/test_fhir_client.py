"""The client against servers that answer oddly."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from hl7_bridge.errors import DestinationError
from hl7_bridge.fhir import Resource, TransactionEntry, plain_token, token
from hl7_bridge.fhir_client import FhirClient, StaticHeaders
from hl7_bridge.fhir_errors import (
    BusyError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    OutcomeUnknownError,
    RefusedError,
    UnreachableError,
)
from scribe.domain.encounter import Identifier

BASE = "http://hospital.test/fhir"
KEY = Identifier(system="urn:oid:1.2.3", value="7")
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **options: Any) -> FhirClient:
    return FhirClient(BASE, http=httpx.Client(transport=httpx.MockTransport(answer)), **options)


def bundle(*ids: str, following: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": {"resourceType": "Patient", "id": name}} for name in ids],
    }
    if following:
        found["link"] = [{"relation": "next", "url": following}]
    return found


def test_exactly_one_match_or_stop() -> None:
    assert client(lambda _: httpx.Response(200, json=bundle("a"))).resolve("Patient", KEY) == "Patient/a"
    with pytest.raises(NoMatchError, match=r"no Patient under the identifier system urn:oid:1\.2\.3"):
        client(lambda _: httpx.Response(200, json=bundle())).resolve("Patient", KEY)
    with pytest.raises(MultipleMatchesError):
        client(lambda _: httpx.Response(200, json=bundle("a", "b"))).resolve("Patient", KEY)


def test_every_page_is_read() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=bundle("a", following=f"{BASE}?page=2"))
        return httpx.Response(200, json=bundle("b"))

    assert [item.id for item in client(answer).search("Patient", {})] == ["a", "b"]


def test_a_page_on_another_server_is_not_followed() -> None:
    with pytest.raises(NotFhirError):
        client(lambda _: httpx.Response(200, json=bundle("a", following="http://evil.test/x"))).search("Patient", {})


def test_a_server_without_post_search_is_asked_by_get() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(405)
        assert request.url.params["identifier"] == "urn:oid:1.2.3|7"
        return httpx.Response(200, json=bundle("a"))

    assert client(answer).resolve("Patient", KEY) == "Patient/a"


def test_headers_go_with_every_request() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-Key"] == "secret"
        return httpx.Response(200, json=bundle("a"))

    client(answer, auth=StaticHeaders((("X-Key", "secret"),))).search("Patient", {})


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, html="<html>login</html>"), NotFhirError),
        (httpx.Response(200, json=[]), NotFhirError),
        (httpx.Response(200, text='{"resourceType": "Bun'), NotFhirError),
        (httpx.Response(200, text='{"resourceType": ' + "[" * 100_000), NotFhirError),
        (httpx.Response(200, json={"resourceType": "Bundle", "entry": [1, None]}), NotFhirError),
        (httpx.Response(200, json={"resourceType": "Bundle", "entry": {"resource": {}}}), NotFhirError),
        (httpx.Response(200, json={"resourceType": "Bundle", "entry": [{"resource": 5}]}), NotFhirError),
        (httpx.Response(200, json={"resourceType": "Bundle", "link": ["next"]}), NotFhirError),
        (httpx.Response(400, text='{"resourceType": ' + "[" * 100_000), RefusedError),
        (httpx.Response(400, json={"resourceType": "OperationOutcome", "issue": 5}), RefusedError),
        (httpx.Response(302, headers={"Location": "/login"}), RefusedError),
        (httpx.Response(401), RefusedError),
        (httpx.Response(503, headers={"Retry-After": "soon"}), BusyError),
    ],
)
def test_what_is_no_answer_is_told_apart(response: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        client(lambda _: response).read("Patient/1")


@pytest.mark.parametrize(
    ("fault", "method", "error"),
    [
        (httpx.ConnectError, "read", UnreachableError),
        (httpx.ConnectTimeout, "create", UnreachableError),
        (httpx.ReadTimeout, "read", UnreachableError),
        (httpx.ReadTimeout, "create", OutcomeUnknownError),
        (httpx.RemoteProtocolError, "create", OutcomeUnknownError),
        (httpx.WriteError, "create", OutcomeUnknownError),
    ],
)
def test_only_a_write_that_left_is_of_unknown_outcome(
    fault: type[httpx.TransportError], method: str, error: type[Exception]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise fault("broken", request=request)

    entry = TransactionEntry(role="x", key=KEY, resource=Resource({"resourceType": "Device"}))
    asked = client(answer)
    ask = partial(asked.read, "Patient/1") if method == "read" else partial(asked.create, entry, entry.resource)
    with pytest.raises(error):
        ask()


@pytest.mark.parametrize(
    "address",
    ["http://[oops/fhir", "hospital/fhir", "ftp://hospital/fhir", "http://user:secret@hospital/fhir", "http://"],
)
def test_an_impossible_address_is_a_wrong_destination(address: str) -> None:
    with pytest.raises(DestinationError) as refused:
        FhirClient(address)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7.0), ("Mon, 14 Sep 2026 01:00:30 GMT", 30.0), ("soon", None), (None, None)]
)
def test_how_long_to_wait_is_what_the_server_asks(asked: str | None, seconds: float | None) -> None:
    headers = {"Date": "Mon, 14 Sep 2026 01:00:00 GMT"} | ({"Retry-After": asked} if asked else {})
    with pytest.raises(BusyError) as busy:
        client(lambda _: httpx.Response(429, headers=headers)).read("Patient/1")
    assert busy.value.retry_after == seconds


def test_tokens_escape_what_fhir_reads_as_separators() -> None:
    odd = Identifier(system="urn:x", value="a,b|c$d\\e f가")
    assert plain_token(odd) == "urn:x|a\\,b\\|c\\$d\\\\e f가"
    assert token(odd) == "urn:x|a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce%20f%EA%B0%80"
