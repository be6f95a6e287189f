"""Which role of the physician a note is written in, on a paper server and on a real one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from hl7_bridge.delivery import deliver, read_back, resolve_references, withdraw
from hl7_bridge.doctor import examine
from hl7_bridge.fhir import FhirJson, Resource
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import BusyError
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.codes import HIRA_DEPARTMENT
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.roles import NO_FITTING_ROLE, NO_ROLE, NOT_SEARCHABLE, SEVERAL_ROLES, RoleSought, find_role
from hl7_bridge.site import References, Site
from hl7_bridge.site_file import read_site
from hl7_bridge.validate import package_validator, table_validator
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote
from tests.faults import HttpWire
from tests.hl7_bridge.stand_in import StandIn

SITE = Site()
BASE = "http://fhir.test/r4"
SOUGHT = RoleSought(
    practitioner="Practitioner/7", organization="Organization/1", department="01", day=date(2026, 9, 14)
)
MakeNote = Callable[..., SignedNote]


def role(name: str, *, department: str | None = None, organization: str | None = None, **more: Any) -> FhirJson:
    made: FhirJson = {"resourceType": "PractitionerRole", "id": name, "practitioner": {"reference": "Practitioner/7"}}
    if department is not None:
        made["specialty"] = [{"coding": [{"system": HIRA_DEPARTMENT, "code": department}]}]
    if organization is not None:
        made["organization"] = {"reference": organization}
    return made | more


@contextmanager
def server(answer: Callable[[httpx.Request], httpx.Response], **listed: Any) -> Iterator[FhirClient]:
    """A server whose /metadata says of PractitionerRole what ``listed`` says; it is asked for roles only."""
    kinds = [{"type": "Patient"}, *([{"type": "PractitionerRole", **listed}] if listed.pop("has", True) else [])]
    statement = {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "rest": [{"mode": "server", "resource": kinds}],
    }

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=statement) if request.url.path.endswith("/metadata") else answer(request)

    with httpx.Client(transport=httpx.MockTransport(handle)) as http, FhirClient(BASE, http=http) as client:
        yield client


def searchset(*roles: FhirJson) -> httpx.Response:
    entries = [{"resource": item} for item in roles]
    return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "entry": entries})


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        ([role("a")], "a"),
        ([role("a", department="01", organization="Organization/1")], "a"),
        ([role("a", organization=f"{BASE}/Organization/1/_history/3")], "a"),
        ([role("a", practitioner={"reference": f"{BASE}/Practitioner/7"})], "a"),
        ([role("a", department="23"), role("b", department="1")], "b"),
        ([role("a"), role("b", department="01")], "b"),
        ([role("a"), role("b", organization="Organization/1")], "b"),
        ([role("a", active=True), role("b")], "a"),
        ([role("a", active=True), role("b", department="01")], "b"),
        ([role("a", active=False), role("b")], "b"),
        ([role("a", period={"end": "2026-09-13T23:00:00+09:00"}), role("b", period={"start": "2026-09"})], "b"),
        ([role("a", period={"start": "2027"}), role("b", period={"start": "2020-01-01", "end": "2026"})], "b"),
        ([role("a", organization="Organization/2"), role("b", organization="Organization/1")], "b"),
        ([], NO_ROLE),
        ([role("a", active=False)], NO_FITTING_ROLE),
        ([role("a", department="23")], NO_FITTING_ROLE),
        ([role("a", organization="Organization/2")], NO_FITTING_ROLE),
        ([role("a"), role("b")], SEVERAL_ROLES),
        ([role("a", department="01", active=True), role("b", department="01", active=True)], SEVERAL_ROLES),
    ],
)
def test_the_one_role_that_fits_is_taken_in_whatever_order(roles: list[FhirJson], found: str) -> None:
    for answered in (roles, roles[::-1]):
        with server(lambda request, answered=answered: searchset(*answered)) as client:  # type: ignore[misc]
            result = find_role(client, SOUGHT)
        assert found in (result.lacking, (result.reference or "").removeprefix("PractitionerRole/"))


def test_a_department_that_is_no_hira_code_tells_no_roles_apart() -> None:
    roles = (role("a", department="01"), role("b", department="23"))
    with server(lambda request: searchset(*roles)) as client:
        assert find_role(client, replace(SOUGHT, department="내과")).lacking == SEVERAL_ROLES
        assert find_role(client, SOUGHT).reference == "PractitionerRole/a"


def test_roles_are_searched_by_the_physician_in_a_post() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return searchset(role("a"))

    with server(answer) as client:
        find_role(client, SOUGHT)
    assert [(request.method, request.url.path) for request in asked] == [("POST", "/r4/PractitionerRole/_search")]
    assert asked[0].content == b"practitioner=Practitioner%2F7"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, json={}),
        httpx.Response(400, json={}),
        httpx.Response(501, json={}),
        httpx.Response(200, json={"resourceType": "OperationOutcome"}),
        searchset(role("a", practitioner={"reference": "Practitioner/8"})),
        searchset(role("a"), role("b", practitioner={"display": "이의사"})),
    ],
)
def test_roles_that_cannot_be_searched_safely_are_none(answer: httpx.Response) -> None:
    with server(lambda request: answer) as client:
        assert find_role(client, SOUGHT).lacking == NOT_SEARCHABLE


@pytest.mark.parametrize("listed", [{"has": False}, {"searchParam": [{"name": "identifier", "type": "token"}]}])
def test_a_server_that_lists_no_such_search_is_not_asked(listed: dict[str, Any]) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url.path)

    with server(refuse, **listed) as client:
        assert find_role(client, SOUGHT).lacking == NOT_SEARCHABLE


def test_a_busy_server_is_tried_again_later() -> None:
    with server(lambda request: httpx.Response(503)) as client, pytest.raises(BusyError):
        find_role(client, SOUGHT)


def test_a_role_stands_beside_the_physician_and_conforms(make_note: MakeNote, package: Any) -> None:
    note = make_note()
    alone = References(
        patient="Patient/1", encounter="Encounter/1", practitioner="Practitioner/7", organization="Organization/1"
    )
    bundle = map_note(note, SITE, replace(alone, practitioner_role="PractitionerRole/a"))
    plain = map_note(note, SITE, alone)
    both = [{"reference": "Practitioner/7"}, {"reference": "PractitionerRole/a"}]
    for entry, without in zip(bundle.entries, plain.entries, strict=True):
        if entry.resource.type == "DocumentReference":
            assert entry.resource.content == without.resource.content | {"author": both}
            assert entry.resource.content["authenticator"] == both[0]
        else:
            assert entry.resource == without.resource
    for validator in (table_validator(), package_validator(package)):
        for entry in bundle.entries:
            report = validator.validate(entry.resource.content)
            assert [(issue.path, issue.constraint) for issue in report.errors] == []
    assert bundle.omissions == plain.omissions


def document(client: FhirClient, delivery: Any) -> Resource:
    return client.read(next(item.reference for item in delivery.resources if item.role == "note-document"))


@pytest.fixture
def newcomer(make_note: MakeNote, client: FhirClient, base_url: str) -> SignedNote:
    """A note by a physician of whom the server has no role."""
    note = make_note()
    licence = note.author.identifier
    assert licence is not None
    author = replace(note.author, identifier=Identifier(system=licence.system, value=note.note_id[-6:] + "1"))
    encounter = replace(note.encounter, practitioner=author)
    references = seed_hospital(client, encounter)
    httpx.delete(f"{base_url}/{references['PractitionerRole']}").raise_for_status()
    return replace(note, author=author, encounter=encounter)


def test_a_real_server_gives_the_role(registered: SignedNote, client: FhirClient) -> None:
    references = resolve_references(registered, SITE, client)
    assert references.practitioner_role is not None
    held = client.read(references.practitioner_role).content
    assert held["practitioner"]["reference"] == references.practitioner
    delivery = deliver(registered, SITE, client)
    assert document(client, delivery).content["author"][1]["reference"] == references.practitioner_role
    assert "practitioner_role" not in {item.kind for item in delivery.left_out}
    assert read_back(delivery, registered, SITE, client) == ()


def test_without_a_role_the_note_goes_and_what_comes_later_changes_nothing(
    newcomer: SignedNote, client: FhirClient, base_url: str, amend: Callable[[SignedNote, str], SignedNote]
) -> None:
    first = deliver(newcomer, SITE, client)
    assert (first.state, [item.reason for item in first.left_out if item.kind == "practitioner_role"]) == (
        "accepted",
        [NO_ROLE],
    )
    before = document(client, first)
    practitioner = before.content["author"][0]["reference"]
    made = {"resourceType": "PractitionerRole", "active": True, "practitioner": {"reference": practitioner}}
    created = httpx.post(f"{base_url}/PractitionerRole", json=made)
    again = deliver(newcomer, SITE, client)
    assert (again.state, again.created) == ("accepted", 0)
    assert document(client, again) == before
    second = amend(newcomer, "정정")
    amended = deliver(second, SITE, client, earlier=[newcomer])
    assert amended.state == "accepted"
    authors = [item["reference"] for item in document(client, amended).content["author"]]
    assert authors == [practitioner, f"PractitionerRole/{created.json()['id']}"]
    assert deliver(second, SITE, client, earlier=[newcomer]).created == 0


def test_a_retraction_asks_for_no_role(registered: SignedNote, client: FhirClient, base_url: str) -> None:
    deliver(registered, SITE, client)
    with HttpWire(base_url) as wire, FhirClient(wire.base_url) as observed:
        retraction = Retraction(at=registered.signed_at, reason="잘못된 환자")
        assert withdraw(registered, SITE, observed, retraction).state == "accepted"
        paths = [exchange.path for exchange in wire.exchanges]
    assert any("Practitioner/_search" in path for path in paths)
    assert not any("PractitionerRole" in path for path in paths)


def test_the_doctor_says_whether_roles_are_found(base_url: str, tmp_path: Any) -> None:
    def said(url: str) -> tuple[str, str]:
        file = tmp_path / "site.toml"
        file.write_text(f'destination = "{url}"\n', encoding="utf-8")
        site = read_site(file)
        (found,) = [item for item in examine(site, site.destination()) if item.check == "roles"]
        return found.level, found.message

    assert said(base_url) == ("ok", "PractitionerRole: 진료의의 역할을 찾아 문서의 작성자에 함께 적습니다.")
    statement = json.loads(httpx.get(f"{base_url}/metadata").text)
    listed = statement["rest"][0]["resource"]
    statement["rest"][0]["resource"] = [item for item in listed if item["type"] != "PractitionerRole"]
    with StandIn(base_url, {"/metadata": statement}) as url:
        assert said(url)[0] == "warning"
