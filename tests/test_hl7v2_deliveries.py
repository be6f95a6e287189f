"""From an admission to an acknowledged document: ADT in, a signed note, MDM out over a wire that fails.

``HL7V2_NOTES=300 pytest tests/test_hl7v2_deliveries.py`` runs the long version.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from hl7_bridge.channel import open_channel
from hl7_bridge.hl7v2.receiving import Receiver as AdtReceiver
from hl7_bridge.hl7v2.settings import Hl7Destination, Hl7Receiver
from hl7_bridge.hl7v2.syntax import parse
from hl7_bridge.site import Site
from scribe.admissions import Reception, systems_of
from scribe.delivery_policy import RetryPolicy
from scribe.domain.consent import Consent
from scribe.stages import Receiver
from tests.faults import MllpFault, MllpWire
from tests.hl7_bridge.hl7v2_peers import Scripted, ack
from tests.offices import DESTINATION, PACE, Hospital, Office
from tests.test_admissions import adt

NOTES = int(os.environ.get("HL7V2_NOTES", "6"))
FAULTS: tuple[MllpFault, ...] = (
    "dropped_before", "dropped_after", "half_frame", "duplicate_ack", "foreign_ack_first", "garbled", "ae", "ar",
)  # fmt: skip
SITE = Site(identifier_system="urn:oid:1.2.3")
SETTINGS = Hl7Receiver(physicians=(("D1", "kim"),))


@pytest.fixture
def peer() -> Iterator[Scripted]:
    with Scripted(lambda number: [ack("AA", number)]) as running:
        yield running


@pytest.fixture
def office(tmp_path, peer) -> Iterator[tuple[Office, MllpWire]]:
    """An installation whose only destination is the peer, behind the wire."""
    with MllpWire(peer.port) as wire:
        destination = Hl7Destination(name=DESTINATION, host="127.0.0.1", port=wire.port, timeout=5, charset="KS X 1001")
        site = replace(SITE, destinations=(destination,))
        opened = Office(tmp_path / "data", Hospital())
        receivers = {DESTINATION: Receiver(open=partial(open_channel, site, DESTINATION), at_once=1)}
        pace = replace(PACE, policy=RetryPolicy(first=0.01, longest=0.05, tries=99))
        opened.pipeline = opened.new_pipeline(stages=replace(opened.hospital.stages(), receivers=receivers), pace=pace)
        opened.pipeline.start()
        yield opened, wire
        opened.pipeline.stop()
        opened.store.close()


def admit(office: Office, number: int) -> str:
    """The consultation that an admission made."""
    reception = Reception(office.store, office.account.hospital_id, SETTINGS)
    receiver = AdtReceiver(
        settings=SETTINGS, systems=systems_of(SITE, SETTINGS), apply=reception.apply, clock=office.store.clock
    )
    message = adt("A04", patient=f"P{number}", visit=f"V{number}", attending="D1", name="뷁^서준")
    (answer,) = receiver.answer(message.encode())
    assert b"\rMSA|AA|" in answer
    with office.store.begin(office.kim) as work:
        found = next(one for one in work.encounters.list() if one.encounter.identifier.value == f"V{number}")
        work.consents.add(found.id, Consent(purpose="recording", state="given", decided_at=datetime.now(UTC)))
        work.recordings.add(found.id, b"sound" * 50, media_type="audio/wav")
    return found.id


def test_every_note_arrives_once_and_in_order_over_a_wire_that_fails(office, peer):
    running, wire = office
    wire.mixed(0.3, FAULTS, seed=11)
    visits = [admit(running, number) for number in range(NOTES)]
    for visit in visits:
        running.process(visit)
        note_id = running.sign(visit)
        assert running.deliver(note_id).outcome == "accepted"
        running.sign(visit)
        assert running.deliver(note_id, 2).outcome == "accepted"
    assert any(exchange.fault for exchange in wire.exchanges)
    messages = {parse(data).control_id: data for data in peer.received}
    assert set(messages.values()) == set(peer.received), "the same MSH-10 always bears the same bytes"
    first = [parse(data) for data in dict.fromkeys(peer.received)]
    documents: dict[str, list[str]] = {}
    for message in first:
        documents.setdefault(message.require("PV1").text(19), []).append(message.header.text(9, 2))
    assert documents == {f"V{number}": ["T02", "T10"] for number in range(NOTES)}
    assert {message.require("PID").text(5) for message in first} == {"뷁서준"}
    assert len({message.require("TXA").text(12) for message in first}) == 2 * NOTES
    assert all(running.record(visit).stage == "delivered" for visit in visits)


def test_a_refused_note_stands_on_the_worklist_with_its_reason(office, peer):
    running, _ = office
    peer.reply = lambda number: [ack("AE", number, "ERR||PID^1^3|204^^HL70357|E")]
    visit = admit(running, 1)
    running.process(visit)
    assert running.deliver(running.sign(visit)).outcome == "rejected"
    assert running.record(visit).problem == "delivery_rejected"
    with running.store.begin(running.kim) as work:
        (row,) = work.outbox.list(visit)
    assert row.problem == "hl7-refused"
    assert b"AE 204" in row.outcome
