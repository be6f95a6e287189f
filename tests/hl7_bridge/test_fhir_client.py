"""The client against servers that answer oddly."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from hl7_bridge.adapters import JsonField
from hl7_bridge.auth import StaticHeaders
from hl7_bridge.errors import DestinationError
from hl7_bridge.fhir import Resource, TransactionBundle, TransactionEntry, plain_token, token
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import (
    BusyError,
    ChangedError,
    ForbiddenError,
    GatewayBusyError,
    GatewayRefusedError,
    IgnoredSearchError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    OutcomeUnknownError,
    OversizeAnswerError,
    PartlyStoredError,
    PostponedError,
    RedirectedError,
    RefusedError,
    TlsError,
    TooManyPagesError,
    UnauthorisedError,
    UnreachableError,
    UnsupportedServerError,
    WrongAnswerError,
)
from hl7_bridge.fhir_http import Limits
from hl7_bridge.read_again import ReadAgain
from hl7_bridge.setting import Secret
from scribe.domain.encounter import Identifier

BASE = "http://hospital.test/fhir"
KEY = Identifier(system="urn:oid:1.2.3", value="7")
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **options: Any) -> FhirClient:
    again = ReadAgain(sleep=lambda _: None)
    return FhirClient(BASE, http=httpx.Client(transport=httpx.MockTransport(answer)), again=again, **options)


def patient(name: str) -> dict[str, Any]:
    number = {"system": KEY.system, "value": KEY.value}
    return {"resourceType": "Patient", "id": name, "identifier": [number]}


def bundle(*ids: str, following: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": patient(name)} for name in ids],
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


def test_endless_pages_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=bundle("a", following=f"{BASE}?page=2"))

    with pytest.raises(TooManyPagesError, match="more than 5 pages"):
        client(answer, max_pages=5).search("Patient", {})


def test_no_search_puts_a_number_in_an_address_unless_the_site_says_so() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(405) if request.method == "POST" else httpx.Response(200, json=bundle("a"))

    with pytest.raises(RefusedError):
        client(answer).resolve("Patient", KEY)
    assert [request.method for request in asked] == ["POST"]
    assert client(answer, search="get").resolve("Patient", KEY) == "Patient/a"
    assert asked[1].url.params["identifier"] == "urn:oid:1.2.3|7"


def test_a_server_that_ignores_the_search_parameter_gives_no_patient() -> None:
    somebody = {"resourceType": "Patient", "id": "x", "identifier": [{"system": KEY.system, "value": "8"}]}
    found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": somebody}]}
    with pytest.raises(IgnoredSearchError, match="ignores the search parameter"):
        client(lambda _: httpx.Response(200, json=found)).resolve("Patient", KEY)


def test_the_same_match_on_two_pages_is_one() -> None:
    pages = iter([bundle("a", following="?page=2"), bundle("a")])
    assert client(lambda _: httpx.Response(200, json=next(pages))).resolve("Patient", KEY) == "Patient/a"


def test_headers_go_with_every_request() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-Key"] == "secret"
        return httpx.Response(200, json=bundle("a"))

    client(answer, auth=StaticHeaders((("X-Key", Secret("secret")),))).search("Patient", {})


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
        (httpx.Response(200), NotFhirError),
        (httpx.Response(204), NotFhirError),
        (httpx.Response(101), NotFhirError),
        (httpx.Response(202, json=patient("1")), PostponedError),
        (httpx.Response(200, json=patient("2")), WrongAnswerError),
        (httpx.Response(200, json={"resourceType": "Bundle", "id": "1"}), WrongAnswerError),
        (httpx.Response(302, headers={"Location": "https://login.test/"}), RedirectedError),
        (httpx.Response(307, headers={"Location": "https://hospital.test/fhir/Patient/1"}), RedirectedError),
        (httpx.Response(308, headers={"Location": "http://[oops"}), RedirectedError),
        (httpx.Response(302), RedirectedError),
        (httpx.Response(401), UnauthorisedError),
        (httpx.Response(403), ForbiddenError),
        (httpx.Response(404), RefusedError),
        (httpx.Response(408), BusyError),
        (httpx.Response(425), BusyError),
        (
            httpx.Response(200, json={"resourceType": "OperationOutcome", "issue": [{"severity": "fatal"}]}),
            RefusedError,
        ),
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
        (httpx.ReadError, "update", OutcomeUnknownError),
    ],
)
def test_only_a_write_that_left_is_of_unknown_outcome(
    fault: type[httpx.TransportError], method: str, error: type[Exception]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise fault("broken", request=request)

    entry = TransactionEntry(role="x", key=KEY, resource=Resource({"resourceType": "Device"}))
    asked = client(answer)
    update = replace(entry, reference="Device/1", if_match='W/"1"')
    ask = {
        "read": partial(asked.read, "Patient/1"),
        "create": partial(asked.write, entry, entry.resource),
        "update": partial(asked.write, update, entry.resource),
    }[method]
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
    ("asked", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 14 Sep 2026 01:00:30 GMT", 30.0),
        ("Mon, 14 Sep 2026 00:59:00 GMT", 0.0),
        ("9" * 400, 86_400.0),
        ("-3", None),
        ("٣", None),
        ("soon", None),
        (None, None),
    ],
)
def test_how_long_to_wait_is_what_the_server_asks(asked: str | None, seconds: float | None) -> None:
    headers = [(b"Date", b"Mon, 14 Sep 2026 01:00:00 GMT")]
    headers += [(b"Retry-After", asked.encode())] if asked else []
    with pytest.raises(BusyError) as busy:
        client(lambda _: httpx.Response(429, headers=headers)).read("Patient/1")
    assert busy.value.retry_after == seconds


def test_tokens_escape_what_fhir_reads_as_separators() -> None:
    odd = Identifier(system="urn:x", value="a,b|c$d\\e f가")
    assert plain_token(odd) == "urn:x|a\\,b\\|c\\$d\\\\e f가"
    assert token(odd) == "urn:x|a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce%20f%EA%B0%80"


def test_redirects_stay_on_the_server_and_repeat_the_request() -> None:
    asked: list[tuple[str, str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, request.headers.get("X-Key")))
        if request.url.path.startswith("/fhir/"):
            target = f"http://hospital.test:80/r4/{request.url.path.removeprefix('/fhir/')}"
            return httpx.Response(307, headers={"Location": target})
        return httpx.Response(200, json=bundle("a") if request.method == "POST" else patient("1"))

    found = client(answer, auth=StaticHeaders((("X-Key", Secret("k")),)))
    assert found.read("Patient/1").id == "1"
    assert found.resolve("Patient", KEY) == "Patient/a"
    assert asked[1] == ("GET", "/r4/Patient/1", "k")
    assert asked[3] == ("POST", "/r4/Patient/_search", "k")


def test_a_post_that_would_become_a_get_is_not_followed() -> None:
    answer = httpx.Response(303, headers={"Location": f"{BASE}/elsewhere"})
    with pytest.raises(RedirectedError, match=r"sends a search of Patient on to hospital\.test"):
        client(lambda _: answer).search("Patient", {})


def test_redirects_in_a_circle_end() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"Location": f"{BASE}/Patient/1"})

    with pytest.raises(RedirectedError):
        client(answer).read("Patient/1")
    assert len(asked) == 4


def test_an_answer_that_does_not_end_is_cut_off() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 100_000

    with pytest.raises(OversizeAnswerError, match="more than 1 MB"):
        client(lambda _: httpx.Response(200, content=endless()), limits=Limits(max_mb=1)).read("Patient/1")


def test_an_answer_that_drips_is_cut_off() -> None:
    ticks = iter(range(0, 10_000, 20))

    def dripping() -> Iterator[bytes]:
        while True:
            yield b" "

    slow = client(lambda _: httpx.Response(200, content=dripping()), limits=Limits(timeout=30))
    slow._http._clock = lambda: float(next(ticks))
    with pytest.raises(UnreachableError, match="ReadTimeout"):
        slow.read("Patient/1")


@pytest.mark.parametrize("etag", ['W/"1"', 'W/"7d1f-44ab"', '"strong"', "no-quotes"])
def test_an_etag_goes_back_exactly_as_it_came(etag: str) -> None:
    matched: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=patient("1"), headers={"ETag": etag})
        matched.append(request.headers["If-Match"])
        return httpx.Response(200, headers={"ETag": 'W/"next"'})

    asked = client(answer)
    held = asked.read_held("Patient/1")
    entry = TransactionEntry(role="x", key=KEY, resource=held.resource).onto(held)
    written = asked.write(entry, entry.resource)
    assert (matched, written.reference, written.version, written.created) == ([etag], "Patient/1", 'W/"next"', False)


def test_without_an_etag_header_the_version_makes_one() -> None:
    held = {**patient("1"), "meta": {"versionId": "8"}}
    assert client(lambda _: httpx.Response(200, json=held)).read_held("Patient/1").etag == 'W/"8"'
    assert client(lambda _: httpx.Response(200, json=patient("1"))).read_held("Patient/1").etag is None


@pytest.mark.parametrize("status", [409, 412])
def test_a_refused_update_means_that_somebody_changed_it(status: int) -> None:
    asked = client(lambda _: httpx.Response(status))
    update = TransactionEntry(
        role="x", key=KEY, resource=Resource(patient("1")), reference="Patient/1", if_match='W/"1"'
    )
    with pytest.raises(ChangedError):
        asked.write(update, update.resource)
    with pytest.raises(ChangedError):
        asked.transact(TransactionBundle(entries=(update,)))


def test_a_transaction_that_stored_a_part_says_so() -> None:
    statuses = [{"response": {"status": "201 Created", "location": "Device/1"}}, {"response": {"status": "422"}}]
    answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": statuses}
    entry = TransactionEntry(role="x", key=KEY, resource=Resource({"resourceType": "Device"}))
    with pytest.raises(PartlyStoredError, match="stored 1 of 2 resources") as partly:
        client(lambda _: httpx.Response(200, json=answer)).transact(TransactionBundle(entries=(entry, entry)))
    assert isinstance(partly.value.cause, RefusedError)


def alert(text: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {text}] x")
    error.reason = text
    return error


@pytest.mark.parametrize(
    ("fault", "cause", "error"),
    [
        (httpx.ConnectError, alert("CERTIFICATE_VERIFY_FAILED"), TlsError),
        (httpx.ReadError, alert("TLSV13_ALERT_CERTIFICATE_REQUIRED"), TlsError),
        (httpx.ReadError, alert("UNEXPECTED_EOF_WHILE_READING"), OutcomeUnknownError),
    ],
)
def test_only_a_refused_connection_is_a_tls_problem(
    fault: type[httpx.TransportError], cause: Exception, error: type[Exception]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise fault("broken", request=request) from cause

    entry = TransactionEntry(role="x", key=KEY, resource=Resource({"resourceType": "Device"}))
    with pytest.raises(error):
        client(answer).write(entry, entry.resource)


ADAPTER = JsonField(
    field="header.RESULT_CD", good=("0000", "OK"), retryable=("E900",), message="header.RESULT_MSG", payload="DATA"
)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"header": {"RESULT_CD": "E102", "RESULT_MSG": "김가람 환자 없음"}}, GatewayRefusedError),
        ({"header": {"RESULT_CD": "E900"}}, GatewayBusyError),
        ({"header": {"RESULT_CD": "0000"}, "DATA": {"no": "resource"}}, NotFhirError),
        ({"header": {"RESULT_CD": 17}, "DATA": {}}, GatewayRefusedError),
    ],
)
def test_a_business_error_in_a_successful_answer_is_one(body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        client(lambda _: httpx.Response(200, json=body), adapter=ADAPTER).read("Patient/1")
    assert "김가람" not in f"{raised.value!r}{raised.value}{raised.value.__dict__}"


def test_what_the_gateway_accepts_is_unwrapped() -> None:
    wrapped = {"header": {"RESULT_CD": "0000"}, "DATA": patient("1")}
    assert client(lambda _: httpx.Response(200, json=wrapped), adapter=ADAPTER).read("Patient/1").id == "1"
    plain = client(lambda _: httpx.Response(200, json=patient("1")), adapter=ADAPTER)
    assert plain.read("Patient/1").id == "1"
    with pytest.raises(GatewayRefusedError):
        client(lambda _: httpx.Response(200, json=patient("1")), adapter=replace(ADAPTER, required=True)).read(
            "Patient/1"
        )


@pytest.mark.parametrize(
    ("version", "formats", "fits"),
    [
        ("4.0.1", ["json"], True),
        ("4.3.0", ["application/fhir+json; charset=utf-8", "xml"], True),
        ("4.0.1", [], True),
        ("4.0.1", ["xml"], False),
        ("3.0.2", ["json"], False),
        ("5.0.0", ["json"], False),
        ("", ["json"], False),
    ],
)
def test_only_r4_in_json_is_spoken_to(version: str, formats: list[str], fits: bool) -> None:
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": version, "format": formats}
    asked = client(lambda _: httpx.Response(200, json=statement))
    if fits:
        assert asked.require_r4().fhir_version == version
    else:
        with pytest.raises(UnsupportedServerError):
            asked.require_r4()


def test_a_capability_statement_is_read_leniently() -> None:
    odd = {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "software": "x",
        "format": "json",
        "rest": [
            {"mode": "client"},
            {
                "mode": "server",
                "interaction": [{"code": "transaction"}, 5],
                "resource": [
                    {"type": "Patient", "searchParam": [{"name": "identifier"}], "conditionalCreate": "yes"},
                    {"type": "Condition", "interaction": [{"code": "create"}], "conditionalCreate": True,
                     "conditionalUpdate": False, "versioning": "no-version", "updateCreate": True},
                    {"no": "type"},
                ],
            },
        ],
    }  # fmt: skip
    found = client(lambda _: httpx.Response(200, json=odd)).capabilities()
    assert found.transaction
    assert found.types == {"Patient", "Condition"}
    assert found.creatable == {"Condition"}
    assert found.creates_conditionally({"Condition"})
    assert not found.creates_conditionally({"Condition", "Patient"})
    assert not found.creates_conditionally({"Observation"})
    assert not found.keeps_versions("Condition")
    assert found.keeps_versions("Patient")
    assert found.cannot_find("Patient", "birthdate")
    assert not found.cannot_find("Condition", "identifier")
    assert (found.resources["Condition"].conditional_update, found.resources["Condition"].update_create) == (
        False,
        True,
    )


def test_a_server_without_metadata_is_taken_at_the_sites_word_only() -> None:
    with pytest.raises(RefusedError):
        client(lambda _: httpx.Response(404)).capabilities()
    found = client(lambda _: httpx.Response(404), write_mode="transaction").capabilities()
    assert (found.known, found.transaction) == (False, True)
