"""Servers that are real and difficult: one that validates, a gateway with verdicts of its own, one without promises."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hl7_bridge.adapters import JsonField
from hl7_bridge.connection import client_of
from hl7_bridge.delivery import deliver, read_back
from hl7_bridge.destination import FhirDestination
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.site import Site
from hl7_bridge.validate import table_validator
from scribe.domain.delivery import Delivery
from scribe.domain.note import SignedNote
from tests.faults import HttpWire
from tests.hl7_bridge.stand_in import StandIn

SITE = Site()
VALIDATOR = table_validator()
GATEWAY = JsonField(field="RESULT_CD", good=("0000",), retryable=("E503",), message="RESULT_MSG", payload="DATA")


def sent(note: SignedNote, url: str, **settings: Any) -> Delivery:
    with client_of(FhirDestination(url=url, timeout=20.0, **settings)) as client:
        return deliver(note, SITE, client)


def outcome(paths: list[str]) -> dict[str, Any]:
    issues = [{"severity": "error", "code": "value", "expression": [path], "diagnostics": "김가람"} for path in paths]
    return {"resourceType": "OperationOutcome", "issue": issues}


def validating(method: str, path: str, body: Any) -> tuple[int, Any] | None:
    """Answers 422 where the project's validator finds an error in what is written."""
    if method not in ("POST", "PUT") or body is None:
        return None
    resources = [entry["resource"] for entry in body["entry"]] if body["resourceType"] == "Bundle" else [body]
    errors = [issue.path for resource in resources for issue in VALIDATOR.validate(resource).errors]
    return (422, outcome(errors)) if errors else None


@pytest.mark.parametrize("write", ["transaction", "single"])
def test_a_validating_server_takes_what_we_send(registered: SignedNote, base_url: str, write: Any) -> None:
    with StandIn(base_url, judge=validating) as url:
        delivery = sent(registered, url, write=write)
    assert (delivery.state, delivery.created) == ("accepted", 10), delivery.problem


@pytest.mark.parametrize(("write", "held"), [("transaction", 0), ("single", 2)])
def test_a_validating_server_that_wants_more_says_where(
    registered: SignedNote, base_url: str, client: FhirClient, write: Any, held: int
) -> None:
    def stricter(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        """A hospital rule of its own: no body temperature."""
        if body is not None and "8310-5" in json.dumps(body) and "Observation" in json.dumps(body):
            kinds = [entry["resource"]["resourceType"] for entry in body.get("entry", [])] or [body["resourceType"]]
            if "Observation" in kinds:
                return 422, outcome(["Observation.code"])
        return None

    with StandIn(base_url, judge=stricter) as url:
        delivery = sent(registered, url, write=write)
    assert delivery.state == "rejected"
    assert delivery.problem is not None
    assert (delivery.problem.code, delivery.problem.retryable) == ("refused", False)
    assert delivery.problem.expressions == ("Observation.code",)
    assert "김가람" not in repr(delivery)
    assert len(delivery.resources) >= held
    assert sent(registered, base_url).state == "accepted"
    assert len(mine(client, registered, "Observation")) == 2


def mine(client: FhirClient, note: SignedNote, kind: str) -> list[dict[str, Any]]:
    found = client.search(kind, {"_count": "1000"})
    return [item.content for item in found if f"{note.note_id}." in str(item.content.get("identifier"))]


class Gateway:
    """Answers HTTP 200 whatever happens, and puts the FHIR answer into an envelope, or its own refusal."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.verdicts: list[str] = []

    def judge(self, method: str, path: str, body: Any) -> tuple[int, Any] | None:
        if method != "POST" or body is None:
            return None
        if self.verdicts:
            return 200, {"RESULT_CD": self.verdicts.pop(0), "RESULT_MSG": "김가람 환자 등록번호 오류"}
        real = httpx.post(f"{self.base_url}{path}", json=body, timeout=20.0)
        good = "0000" if real.is_success else "E999"
        return 200, {"RESULT_CD": good, "RESULT_MSG": "", "DATA": real.json()}


@pytest.fixture
def gateway(base_url: str) -> Iterator[tuple[Gateway, str]]:
    answers = Gateway(base_url)
    with StandIn(base_url, judge=answers.judge) as url:
        yield answers, url


def test_what_a_gateway_accepts_is_accepted(registered: SignedNote, gateway: tuple[Gateway, str]) -> None:
    delivery = sent(registered, gateway[1], adapter=GATEWAY)
    assert (delivery.state, delivery.created) == ("accepted", 10), delivery.problem


@pytest.mark.parametrize(
    ("verdict", "state", "code", "retryable"),
    [("E102", "rejected", "gateway-refused", False), ("E503", "not_sent", "gateway-busy", True)],
)
def test_a_gateways_refusal_in_a_200_is_no_acceptance(
    registered: SignedNote, gateway: tuple[Gateway, str], verdict: str, state: str, code: str, retryable: bool
) -> None:
    gateway[0].verdicts.append(verdict)
    delivery = sent(registered, gateway[1], adapter=GATEWAY)
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code, delivery.retryable) == (state, code, retryable)
    assert delivery.problem.expressions == (verdict,)
    assert "김가람" not in repr(delivery)
    assert sent(registered, gateway[1], adapter=GATEWAY).state == "accepted"


def test_without_its_adapter_a_gateways_answer_is_no_fhir(registered: SignedNote, gateway: tuple[Gateway, str]) -> None:
    gateway[0].verdicts.append("E102")
    delivery = sent(registered, gateway[1])
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code) == ("outcome_unknown", "not-fhir")


def silent_about(statement: dict[str, Any], *, transaction: bool) -> dict[str, Any]:
    """The statement of a server that promises no conditional creates."""
    copy: dict[str, Any] = json.loads(json.dumps(statement))
    rest = copy["rest"][0]
    for resource in rest["resource"]:
        resource.pop("conditionalCreate")
    if not transaction:
        rest["interaction"] = []
    return copy


@pytest.mark.parametrize("transaction", [True, False])
def test_a_server_without_conditional_creates_is_asked_first(
    registered: SignedNote, base_url: str, client: FhirClient, transaction: bool
) -> None:
    written: list[Any] = []

    def forgetful(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        """It ignores every condition."""
        if method != "POST" or body is None:
            return None
        written.append(body)
        for entry in body.get("entry", []):
            entry["request"].pop("ifNoneExist", None)
        real = httpx.post(f"{base_url}{path}", json=body, timeout=20.0)
        location = real.headers.get("Location", "").partition("/_history")[0]
        answer = real.json()
        return real.status_code, answer if answer["resourceType"] == "Bundle" else {
            **body, "id": location.rsplit("/", maxsplit=1)[-1]
        }  # fmt: skip

    statement = silent_about(httpx.get(f"{base_url}/metadata").json(), transaction=transaction)
    with StandIn(base_url, {"/metadata": statement}, judge=forgetful) as url:
        first = sent(registered, url)
        assert (first.state, first.created) == ("accepted", 10), first.problem
        written.clear()
        again = sent(registered, url)
        assert written == []
    assert (again.state, again.created, again.existing) == ("accepted", 0, 10)
    assert read_back(first, registered, SITE, client) == ()
    assert len(mine(client, registered, "Condition")) == 2


def test_what_is_half_there_is_completed_by_a_transaction_without_conditions(
    registered: SignedNote, base_url: str, client: FhirClient
) -> None:
    statement = silent_about(httpx.get(f"{base_url}/metadata").json(), transaction=True)

    def refuse_documents(method: str, path: str, body: Any) -> tuple[int, Any] | None:
        return (422, outcome([])) if method == "POST" and path == "/DocumentReference" else None

    with StandIn(base_url, judge=refuse_documents) as url:
        stopped = sent(registered, url, write="single")
    assert stopped.state == "rejected"
    assert len(stopped.resources) > 3
    with StandIn(base_url, {"/metadata": statement}) as url:
        done = sent(registered, url)
    assert (done.state, done.existing) == ("accepted", len(stopped.resources))
    provenance = client.read(next(item.reference for item in done.resources if item.type == "Provenance")).content
    targets = {target["reference"] for target in provenance["target"]}
    assert {item.reference for item in stopped.resources} <= targets


def test_many_notes_at_once_through_a_bad_line_arrive_once(
    make_note: Callable[..., SignedNote], base_url: str, client: FhirClient
) -> None:
    from hl7_bridge.hospital import seed_hospital

    notes = [make_note() for _ in range(6)]
    for note in notes:
        seed_hospital(client, note.encounter)
    with HttpWire(base_url, delay=0.1, retry_after=0.1) as wire:
        wire.mixed(0.3, ("dropped_before", "dropped_after", "half_answer", "truncated", "busy", "gateway"), seed=7)

        def until_accepted(note: SignedNote) -> int:
            for attempt in range(40):
                if sent(note, wire.base_url).state == "accepted":
                    return attempt
            raise AssertionError("never accepted")

        with ThreadPoolExecutor(2) as pool:
            attempts = list(pool.map(until_accepted, notes))
    assert sum(attempts) > 0
    for note in notes:
        assert len(mine(client, note, "DocumentReference")) == 2
        assert len(mine(client, note, "MedicationRequest")) == 1


def test_a_note_whose_content_was_replaced_is_of_another_identity(registered: SignedNote, base_url: str) -> None:
    other = replace(registered, note_id=f"{registered.note_id[:-4]}ffff")
    assert sent(registered, base_url).created == 10
    assert sent(other, base_url).created == 10
