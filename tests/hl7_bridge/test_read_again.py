"""Reads and searches that break off are asked again, a few times; what writes never is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
import pytest

from hl7_bridge.adapters import JsonField
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir import Resource, TransactionBundle, TransactionEntry
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import BusyError, NotFhirError, NotJsonError, OutcomeUnknownError, UnreachableError
from hl7_bridge.read_again import ReadAgain
from scribe.domain.encounter import Identifier

KEY = Identifier(system="urn:oid:1.2.3", value="7")
ENTRY = TransactionEntry(role="x", key=KEY, resource=Resource({"resourceType": "Device"}))
PATIENT = {"resourceType": "Patient", "id": "1", "identifier": [{"system": KEY.system, "value": KEY.value}]}
FOUND = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": PATIENT}]}
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "format": ["json"]}
HALF = httpx.Response(200, text='{"resourceType": "Patient", "id": "1", "identi')
Trouble = httpx.Response | type[httpx.TransportError]


@dataclass
class Server:
    """Answers with ``troubles`` first, and then properly."""

    troubles: list[Trouble]
    asked: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def client(self, **options: Any) -> FhirClient:
        again = ReadAgain(sleep=self.pauses.append, chance=lambda: 1.0)
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return FhirClient("http://hospital.test/fhir", http=http, again=again, **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path.removeprefix('/fhir')}")
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, httpx.Response):
            return trouble
        if trouble is not None:
            raise trouble("broken", request=request)
        path = request.url.path
        content = STATEMENT if path.endswith("metadata") else FOUND if path.endswith("_search") else PATIENT
        return httpx.Response(200, json=content)


PASSING: list[Trouble] = [
    httpx.ConnectError,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
    httpx.Response(502),
    httpx.Response(503),
    httpx.Response(504, html="<h1>504 Gateway Time-out</h1>"),
    httpx.Response(200, html="<h1>Login</h1>"),
    HALF,
]


@pytest.mark.parametrize("trouble", PASSING, ids=str)
def test_what_broke_off_is_asked_again(trouble: Trouble) -> None:
    server = Server([trouble, trouble])
    assert server.client().read("Patient/1").id == "1"
    assert server.asked == ["GET /Patient/1"] * 3
    assert server.pauses == [0.1, 0.2]


def test_so_are_searches_and_the_capability_statement() -> None:
    server = Server([HALF])
    client = server.client()
    assert client.capabilities().fhir_version == "4.0.1"
    server.troubles.append(httpx.Response(503))
    assert client.resolve("Patient", KEY) == "Patient/1"
    assert server.asked == ["GET /metadata"] * 2 + ["POST /Patient/_search"] * 2


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(httpx.ReadError, UnreachableError), (httpx.Response(504), BusyError), (HALF, NotJsonError)],
)
def test_it_ends_with_the_error_after_four_tries(trouble: Trouble, error: type[BridgeError]) -> None:
    server = Server([trouble] * 99)
    with pytest.raises(error):
        server.client().read("Patient/1")
    assert len(server.asked) == 4
    assert server.pauses == [0.1, 0.2, 0.4]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "3"}),
        httpx.Response(503, headers={"Retry-After": "30"}),
        httpx.Response(500),
        httpx.Response(404),
        httpx.Response(200, json=["not", "FHIR"]),
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.PoolTimeout,
    ],
    ids=str,
)
def test_what_another_try_does_not_help_is_not_asked_again(trouble: Trouble) -> None:
    server = Server([trouble] * 99)
    with pytest.raises(BridgeError):
        server.client().read("Patient/1")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_a_moment_gets_it(status: int) -> None:
    server = Server([httpx.Response(status, headers={"Retry-After": "2"})])
    assert server.client().read("Patient/1").id == "1"
    assert server.pauses == [2.0]


def test_chance_shortens_a_pause_to_half_at_most() -> None:
    pauses: list[float] = []
    again = ReadAgain(tries=7, sleep=pauses.append, chance=lambda: 0.0)
    with pytest.raises(UnreachableError):
        again.until_answered(partial(_fail, UnreachableError(host="x", problem="ReadError")))
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def _fail(error: BridgeError) -> None:
    raise error


WRITES: dict[str, Callable[[FhirClient], object]] = {
    "transaction": lambda client: client.transact(TransactionBundle(entries=(ENTRY,))),
    "create": lambda client: client.write(ENTRY, ENTRY.resource),
    "update": lambda client: client.write(replace(ENTRY, reference="Device/1"), ENTRY.resource),
}


@pytest.mark.parametrize("trouble", PASSING, ids=str)
@pytest.mark.parametrize("write", WRITES)
def test_what_writes_is_sent_once(write: str, trouble: Trouble) -> None:
    server = Server([trouble] * 99)
    with pytest.raises((OutcomeUnknownError, UnreachableError, BusyError, NotFhirError)):
        WRITES[write](server.client())
    assert len(server.asked) == 1
    assert server.pauses == []


def test_a_cut_answer_behind_a_gateway_with_its_own_verdict_is_asked_again() -> None:
    server = Server([HALF])
    assert server.client(adapter=JsonField(field="RESULT_CD", good=("0",))).read("Patient/1").id == "1"
    assert len(server.asked) == 2
