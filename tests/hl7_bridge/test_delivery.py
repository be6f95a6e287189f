"""Delivery to a real FHIR server, and through connections that fail at the worst moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from hl7_bridge.delivery import deliver, read_back
from hl7_bridge.fhir import Resource
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.kr_core import map_note
from hl7_bridge.site import GivenReferences, Site
from hl7_bridge.validate import table_validator
from scribe.domain.delivery import Delivery
from scribe.domain.encounter import Identifier
from scribe.domain.entries import Code, Dose, Evidence, MedicationOrder
from scribe.domain.note import SignedNote

SITE = Site()
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
KINDS = (
    "Condition",
    "Observation",
    "MedicationRequest",
    "AllergyIntolerance",
    "DocumentReference",
    "Device",
    "Provenance",
    "Patient",
    "Encounter",
    "Practitioner",
    "Organization",
)


class Wire(httpx.BaseTransport):
    """The real connection, which ``fault`` may break: before the request leaves, or after the server has answered."""

    def __init__(self, fault: Callable[[httpx.Request], httpx.Response | None], after: bool = False) -> None:
        self._real = httpx.HTTPTransport()
        self._fault = fault
        self._after = after
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not self._after:
            broken = self._fault(request)
            return broken if broken is not None else self._real.handle_request(request)
        response = self._real.handle_request(request)
        response.read()
        self._fault(request)
        return response

    def close(self) -> None:
        self._real.close()


def held(client: FhirClient) -> dict[str, list[tuple[str | None, str]]]:
    """Everything on the server with its version."""
    return {
        kind: sorted(
            (item.id or "", item.content["meta"]["versionId"]) for item in client.search(kind, {"_count": "500"})
        )
        for kind in KINDS
    }


def is_transaction(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.rstrip("/").endswith("/fhir")


@pytest.fixture
def through(base_url: str) -> Iterator[Callable[[Wire], FhirClient]]:
    opened: list[httpx.Client] = []

    def connect(wire: Wire) -> FhirClient:
        http = httpx.Client(transport=wire)
        opened.append(http)
        return FhirClient(base_url, http=http)

    yield connect
    for http in opened:
        http.close()


def test_a_note_arrives_and_is_what_was_sent(registered: SignedNote, client: FhirClient) -> None:
    delivery = deliver(registered, SITE, client)
    assert delivery.state == "accepted"
    assert (delivery.created, delivery.existing) == (10, 0)
    assert read_back(delivery, registered, SITE, client) == ()
    condition = client.read(delivery.resources[0].reference).content
    assert condition["subject"]["reference"].startswith("Patient/")
    assert table_validator().validate(condition).valid


def test_sending_twice_changes_nothing(registered: SignedNote, client: FhirClient) -> None:
    first = deliver(registered, SITE, client)
    before = held(client)
    second = deliver(registered, SITE, client)
    assert held(client) == before
    assert (second.state, second.created, second.existing) == ("accepted", 0, 10)
    assert [item.reference for item in second.resources] == [item.reference for item in first.resources]


def test_what_changed_on_the_server_is_noticed(registered: SignedNote, client: FhirClient, base_url: str) -> None:
    delivery = deliver(registered, SITE, client)
    changed = dict(client.read(delivery.resources[0].reference).content)
    changed["code"] = {"text": "두통"}
    httpx.put(f"{base_url}/{delivery.resources[0].reference}", json=changed).raise_for_status()
    assert read_back(delivery, registered, SITE, client) == (delivery.resources[0].reference,)


def test_patient_and_encounter_are_never_created(make_note: Callable[..., SignedNote], client: FhirClient) -> None:
    before = held(client)
    delivery = deliver(make_note(), SITE, client)
    assert held(client) == before
    assert delivery.state == "rejected"
    assert delivery.problem is not None
    assert (delivery.problem.code, delivery.problem.retryable) == ("no-match", False)


def test_two_patients_of_one_number_stop_the_delivery(
    registered: SignedNote, client: FhirClient, base_url: str
) -> None:
    patient = registered.encounter.patient
    assert patient is not None
    assert patient.identifier is not None
    twin = {
        "resourceType": "Patient",
        "identifier": [{"system": patient.identifier.system, "value": patient.identifier.value}],
    }
    httpx.post(f"{base_url}/Patient", json=twin).raise_for_status()
    delivery = deliver(registered, SITE, client)
    assert delivery.state == "rejected"
    assert delivery.problem is not None
    assert delivery.problem.code == "multiple-matches"


def test_given_references_need_no_identifiers(registered: SignedNote, client: FhirClient) -> None:
    there = deliver(registered, SITE, client)
    condition = client.read(there.resources[0].reference).content
    anonymous = replace(
        registered, note_id="anonymous", encounter=replace(registered.encounter, patient=None, identifier=None)
    )
    given = GivenReferences(patient=condition["subject"]["reference"], encounter=condition["encounter"]["reference"])
    assert deliver(anonymous, SITE, client, given).state == "accepted"


def test_an_answer_that_is_lost_is_asked_for_by_identifier(
    registered: SignedNote, client: FhirClient, through: Callable[[Wire], FhirClient]
) -> None:
    def lose(request: httpx.Request) -> httpx.Response | None:
        if is_transaction(request):
            raise httpx.ReadTimeout("lost", request=request)
        return None

    delivery = deliver(registered, SITE, through(Wire(lose, after=True)))
    assert delivery.state == "accepted"
    assert len(delivery.resources) == 10
    before = held(client)
    assert deliver(registered, SITE, client).existing == 10
    assert held(client) == before


def test_a_request_that_is_lost_leaves_the_outcome_unknown_and_is_safe_to_repeat(
    registered: SignedNote, client: FhirClient, through: Callable[[Wire], FhirClient]
) -> None:
    def lose(request: httpx.Request) -> httpx.Response | None:
        if is_transaction(request):
            raise httpx.ReadTimeout("lost", request=request)
        return None

    delivery = deliver(registered, SITE, through(Wire(lose)))
    assert (delivery.state, delivery.retryable) == ("outcome_unknown", True)
    again = deliver(registered, SITE, client)
    assert (again.state, again.created) == ("accepted", 10)


@pytest.mark.parametrize(
    ("status", "body", "state", "code", "retryable"),
    [
        (503, {}, "not_sent", "busy", True),
        (429, {}, "not_sent", "busy", True),
        (502, {}, "outcome_unknown", "busy", True),
        (422, {"resourceType": "OperationOutcome", "issue": []}, "rejected", "refused", False),
        (400, {}, "rejected", "refused", False),
        (401, {}, "not_sent", "unauthorised", False),
        (403, {}, "not_sent", "forbidden", False),
        (302, {}, "not_sent", "redirected", False),
        (202, {}, "outcome_unknown", "outcome-unknown", True),
        (
            200,
            {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]},
            "rejected",
            "refused",
            False,
        ),
        (412, {}, "rejected", "multiple-matches", False),
        (409, {}, "rejected", "conflict", False),
        (200, {"hello": "world"}, "outcome_unknown", "not-fhir", False),
    ],
)
def test_each_answer_is_judged(
    registered: SignedNote,
    through: Callable[[Wire], FhirClient],
    status: int,
    body: dict[str, Any],
    state: str,
    code: str,
    retryable: bool,
) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json=body, headers={"Retry-After": "7"}) if is_transaction(request) else None

    delivery = deliver(registered, SITE, through(Wire(answer)))
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code, delivery.retryable) == (state, code, retryable)
    if code == "busy":
        assert delivery.problem.retry_after == 7


def test_a_server_that_is_not_there_is_not_sent_to(registered: SignedNote) -> None:
    with FhirClient("http://127.0.0.1:9/fhir") as nowhere:
        delivery = deliver(registered, SITE, nowhere)
    assert (delivery.state, delivery.retryable) == ("not_sent", True)


def test_what_the_server_says_about_the_patient_stays_out_of_the_messages(
    registered: SignedNote, through: Callable[[Wire], FhirClient]
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response | None:
        if not is_transaction(request):
            return None
        issue = {
            "severity": "error",
            "code": "invalid",
            "expression": ["Condition.code"],
            "diagnostics": "김가람: 기침",
        }
        return httpx.Response(422, json={"resourceType": "OperationOutcome", "issue": [issue]})

    delivery = deliver(registered, SITE, through(Wire(refuse)))
    assert delivery.problem is not None
    assert delivery.problem.expressions == ("Condition.code",)
    assert "김가람" not in repr(delivery)


def test_no_patient_number_is_in_an_address(registered: SignedNote, through: Callable[[Wire], FhirClient]) -> None:
    wire = Wire(lambda request: None)
    assert deliver(registered, SITE, through(wire)).state == "accepted"
    patient = registered.encounter.patient
    assert patient is not None
    assert patient.identifier is not None
    assert all(patient.identifier.value not in str(request.url) for request in wire.requests)


def test_a_server_without_transactions_gets_creates_in_order(
    registered: SignedNote, client: FhirClient, through: Callable[[Wire], FhirClient]
) -> None:
    statement = dict(client_metadata(client))

    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=statement) if request.url.path.endswith("/metadata") else None

    delivery = deliver(registered, SITE, through(Wire(answer)))
    assert (delivery.state, delivery.created) == ("accepted", 10)
    assert read_back(delivery, registered, SITE, client) == ()
    before = held(client)
    again = deliver(registered, SITE, through(Wire(answer)))
    assert (again.created, again.existing) == (0, 10)
    assert held(client) == before


def client_metadata(client: FhirClient) -> dict[str, Any]:
    """The server's own statement, without transactions."""
    statement: dict[str, Any] = httpx.get(f"{client.base_url}/metadata").json()
    for rest in statement["rest"]:
        rest["interaction"] = []
    return statement


def test_a_read_only_server_is_told_apart(registered: SignedNote, through: Callable[[Wire], FhirClient]) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/metadata"):
            return None
        types = [{"type": kind, "interaction": [{"code": "read"}]} for kind in KINDS]
        rest = [{"mode": "server", "resource": types}]
        bare = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest}
        return httpx.Response(200, json=bare)

    delivery = deliver(registered, SITE, through(Wire(answer)))
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code) == ("rejected", "read-only")


@pytest.mark.parametrize(("status", "state", "retryable"), [(503, "outcome_unknown", True), (422, "rejected", False)])
def test_creates_that_stop_half_way_say_so_and_go_on_later(
    registered: SignedNote,
    client: FhirClient,
    through: Callable[[Wire], FhirClient],
    status: int,
    state: str,
    retryable: bool,
) -> None:
    statement = client_metadata(client)

    def stop(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/metadata"):
            return httpx.Response(200, json=statement)
        return httpx.Response(status) if request.url.path.endswith("/MedicationRequest") else None

    stopped = deliver(registered, SITE, through(Wire(stop)))
    assert (stopped.state, stopped.retryable, len(stopped.resources)) == (state, retryable, 4)
    resumed = deliver(registered, SITE, client)
    assert (resumed.state, resumed.created, resumed.existing) == ("accepted", 6, 4)


def test_a_server_that_cannot_tell_a_second_sending_is_not_sent_to(
    registered: SignedNote, client: FhirClient, through: Callable[[Wire], FhirClient]
) -> None:
    statement = client_metadata(client)
    for resource in statement["rest"][0]["resource"]:
        if resource["type"] == "Condition":
            resource["searchParam"] = [{"name": "patient", "type": "reference"}]

    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=statement) if request.url.path.endswith("/metadata") else None

    before = held(client)
    delivery = deliver(registered, SITE, through(Wire(answer)))
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code) == ("rejected", "unsearchable")
    assert held(client) == before


@pytest.mark.parametrize(
    ("missing", "state", "created"), [("Provenance", "accepted", 8), ("DocumentReference", "rejected", 0)]
)
def test_a_server_of_fewer_types_gets_what_it_takes(
    registered: SignedNote,
    client: FhirClient,
    through: Callable[[Wire], FhirClient],
    missing: str,
    state: str,
    created: int,
) -> None:
    statement = httpx.get(f"{client.base_url}/metadata").json()
    resources = statement["rest"][0]["resource"]
    statement["rest"][0]["resource"] = [resource for resource in resources if resource["type"] != missing]

    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json=statement) if request.url.path.endswith("/metadata") else None

    delivery = deliver(registered, SITE, through(Wire(answer)))
    assert (delivery.state, delivery.created) == (state, created)
    if state == "accepted":
        assert delivery.left_out[-1].kind == "provenance"
    else:
        assert delivery.problem is not None
        assert delivery.problem.code == "unsupported"


def test_many_senders_at_once_store_one_note(registered: SignedNote, base_url: str, client: FhirClient) -> None:
    def send(_: int) -> Delivery:
        with FhirClient(base_url) as own:
            return deliver(registered, SITE, own)

    with ThreadPoolExecutor(4) as pool:
        deliveries = list(pool.map(send, range(6)))
    assert {delivery.state for delivery in deliveries} == {"accepted"}
    assert sum(delivery.created for delivery in deliveries) == 10
    assert len({tuple(item.reference for item in delivery.resources) for delivery in deliveries}) == 1


def test_what_does_not_conform_is_not_sent(make_note: Callable[..., SignedNote], client: FhirClient) -> None:
    miscoded = MedicationOrder(
        id="m0",
        name="타이레놀",
        evidence=EVIDENCE,
        action="start",
        dose=Dose(value=1, unit="정"),
        code=Code(system="원내 약품 코드", code="TYL500"),
    )
    note = make_note(entries=(miscoded,))
    seed_hospital(client, note.encounter)
    before = held(client)
    delivery = deliver(note, SITE, client)
    assert held(client) == before
    assert delivery.state == "rejected"
    assert delivery.problem is not None
    assert delivery.problem.code == "invalid"
    assert any("medicationCodeableConcept.coding[0].system" in path for path in delivery.problem.expressions)


def test_an_amendment_stands_beside_what_it_replaces(
    registered: SignedNote, client: FhirClient, amend: Callable[[SignedNote, str], SignedNote]
) -> None:
    first = deliver(registered, SITE, client)
    second = deliver(amend(registered, "용량 정정"), SITE, client)
    assert (second.state, second.created) == ("accepted", 10)
    for role in ("note-document", "patient-summary-document"):
        old = next(item.reference for item in first.resources if item.role == role)
        new = next(item.reference for item in second.resources if item.role == role)
        assert client.read(new).content["relatesTo"][0]["target"]["reference"] == old


def test_an_amendment_of_what_never_arrived_is_delivered_alone(
    registered: SignedNote, client: FhirClient, amend: Callable[[SignedNote, str], SignedNote]
) -> None:
    delivery = deliver(amend(registered, "정정"), SITE, client)
    assert delivery.state == "accepted"
    document = next(item.reference for item in delivery.resources if item.role == "note-document")
    assert "relatesTo" not in client.read(document).content


def test_the_hospital_is_registered_once_and_conforms(registered: SignedNote, client: FhirClient) -> None:
    before = held(client)
    references = seed_hospital(client, registered.encounter)
    assert held(client) == before
    for reference in references.values():
        report = table_validator().validate(client.read(reference).content)
        assert report.issues == (), reference


def test_identifiers_with_separators_find_their_own(client: FhirClient, base_url: str) -> None:
    odd = Identifier(system="urn:oid:1.2.3", value="a,b|c$d\\e 가&나")
    httpx.post(
        f"{base_url}/Patient",
        json={"resourceType": "Patient", "identifier": [{"system": odd.system, "value": odd.value}]},
    ).raise_for_status()
    found = client.find("Patient", odd)
    assert isinstance(found, Resource)
    assert client.find("Patient", Identifier(system=odd.system, value="a")) is None


def test_conditional_references_are_resolved_by_the_server_too(registered: SignedNote, client: FhirClient) -> None:
    written = client.transact(map_note(registered, SITE))
    assert all(item.created for item in written)
    assert client.read(written[0].reference).content["subject"]["reference"].startswith("Patient/")
