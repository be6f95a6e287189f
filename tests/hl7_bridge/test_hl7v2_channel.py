"""An HL7 v2 destination as a channel: real receivers, and every way in which one can fail."""

import json
import time
from dataclasses import replace

import pytest

from hl7_bridge.channel import open_channel
from hl7_bridge.destination import KINDS
from hl7_bridge.errors import DestinationError
from hl7_bridge.hl7v2.channel import open_hl7
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.site import Site
from hl7_bridge.site_file import read_site
from scribe.domain.summary import PatientSummary
from tests.faults import MllpWire
from tests.hl7_bridge.hl7v2_peers import PythonHl7Server, Scripted, ack
from tests.hl7_bridge.test_hl7v2_outgoing import RETRACTION
from tests.node_peers import node_modules, node_peer

MEDPLUM = "@medplum/hl7@4.5.2"


def site(port: int, **more: object) -> Site:
    return Site(destinations=(Hl7Destination(**{"host": "127.0.0.1", "port": port, "timeout": 5.0, **more}),))


def deliver(note, port: int, **more: object):
    with open_channel(site(port, **more)) as channel:
        return channel.deliver(note)


def wait_until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def accepting() -> Scripted:
    return Scripted(lambda number: [ack("AA", number)])


@pytest.mark.parametrize(("charset", "encoding"), [("UNICODE UTF-8", "utf-8"), ("KS X 1001", "cp949")])
def test_python_hl7_takes_the_whole_note(make_note, charset, encoding):
    note = make_note()
    note = replace(note, encounter=replace(note.encounter, patient=replace(note.encounter.patient, name="뷁서준")))
    with PythonHl7Server(encoding) as peer:
        delivery = deliver(note, peer.port, charset=charset)
    assert (delivery.state, delivery.problem) == ("accepted", None)
    assert [item.role for item in delivery.resources] == ["note-document", "patient-summary-document", "observations"]
    assert [item.type for item in delivery.resources] == ["MDM^T02", "MDM^T02", "ORU^R01"]
    assert [str(message["MSH.F10"]) for message in peer.messages] == [
        item.reference.split("/")[1] for item in delivery.resources
    ]
    assert {str(message["PID.F5.R1.C1"]) for message in peer.messages} == {"뷁서준"}
    assert str(peer.messages[0]["OBX.F5"]) == "3일 전부터 기침."


@pytest.mark.parametrize(("code", "state"), [("AE", "rejected"), ("AR", "not_sent")])
def test_python_hl7_refuses(make_note, code, state):
    with PythonHl7Server(code=code) as peer:
        delivery = deliver(make_note(), peer.port)
    assert (delivery.state, delivery.retryable, len(peer.messages)) == (state, state == "not_sent", 1)
    assert code in delivery.problem.message


@pytest.mark.parametrize(
    ("mode", "encoding", "charset"),
    [
        ("original", "utf-8", "UNICODE UTF-8"),
        ("enhanced", "utf-8", "UNICODE UTF-8"),
        ("enhanced", "euc-kr", "KS X 1001"),
    ],
)
def test_medplum_takes_the_whole_note(make_note, tmp_path, mode, encoding, charset):
    modules = node_modules(MEDPLUM)
    note = make_note()
    note = replace(note, encounter=replace(note.encounter, patient=replace(note.encounter.patient, name="뷁서준")))
    read = tmp_path / "read.jsonl"
    with node_peer("medplum_hl7.mjs", modules, "server", encoding, mode, str(read)) as port:
        delivery = deliver(note, int(port), acknowledgement=mode, charset=charset)
    assert (delivery.state, delivery.problem) == ("accepted", None)
    messages = [json.loads(line) for line in read.read_text("utf-8").splitlines()]
    assert len(messages) == 3
    assert all("뷁서준" in message for message in messages)
    assert "3일 전부터 기침." in messages[0]


def test_nothing_leaves_where_a_character_cannot_be_written(make_note):
    note = make_note()
    note = replace(note, encounter=replace(note.encounter, patient=replace(note.encounter.patient, name="김😷")))
    with accepting() as peer:
        refused = deliver(note, peer.port, charset="KS X 1001")
        assert peer.seen == []
        assert (refused.state, refused.problem.code, refused.retryable) == ("rejected", "hl7-unencodable", False)
        assert refused.problem.expressions == ("PID-5 2 U+1F637",)
        assert "😷" not in refused.problem.message
        marked = deliver(note, peer.port, charset="KS X 1001", unencodable="code_point")
        assert marked.state == "accepted"
        assert b"[U+1F637]" in peer.received[0]


def test_what_the_note_lacks_is_told_before_anything_is_sent(make_note):
    note = make_note()
    with accepting() as peer:
        delivery = deliver(replace(note, encounter=replace(note.encounter, identifier=None)), peer.port)
        assert (delivery.state, delivery.retryable, peer.seen) == ("rejected", False, [])
        assert deliver(note, peer.port, max_message_kb=1).problem.code == "hl7-too-long"


def test_nobody_there_is_not_sent_and_may_be_tried_again(make_note):
    with accepting() as peer:
        free = peer.port
    delivery = deliver(make_note(), free)
    assert (delivery.state, delivery.problem.code, delivery.retryable) == ("not_sent", "hl7-unreachable", True)


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("ae", "not_sent", "hl7-busy"),
        ("ar", "not_sent", "hl7-busy"),
        ("dropped_before", "outcome_unknown", "hl7-unanswered"),
        ("dropped_after", "outcome_unknown", "hl7-unanswered"),
        ("half_frame", "outcome_unknown", "hl7-unanswered"),
        ("foreign_ack", "outcome_unknown", "hl7-unanswered"),
        ("garbled", "outcome_unknown", "hl7-unanswered"),
    ],
)
def test_after_a_fault_the_same_bytes_go_again_and_all_is_there_once(make_note, fault, state, code):
    note = make_note()
    with accepting() as peer, MllpWire(peer.port) as wire:
        wire.script(fault)
        failed = deliver(note, wire.port, timeout=1.0 if fault == "foreign_ack" else 30.0)
        assert (failed.state, failed.problem.code, failed.retryable) == (state, code, True)
        again = deliver(note, wire.port, timeout=30.0)
        assert again.state == "accepted"
        assert len(set(peer.seen)) == len(set(peer.received)) == 3


def test_a_report_that_fails_leaves_the_rest_told(make_note):
    note = make_note()
    refuse = [False, False, True]
    with Scripted(
        lambda number: [ack("AE", number, "ERR||OBX^1^6|103^^HL70357|E") if refuse.pop(0) else ack("AA", number)]
    ) as peer:
        delivery = deliver(note, peer.port)
    assert (delivery.state, delivery.problem.code) == ("rejected", "hl7-refused")
    assert [item.role for item in delivery.resources] == ["note-document", "patient-summary-document"]
    assert delivery.problem.expressions == ("AE 103", "OBX-6")
    assert "코드표에 없는 값" in delivery.problem.message


def test_conditions_after_which_to_try_again_are_the_sites_choice(make_note):
    def locked(number: str) -> list[bytes | None]:
        return [ack("AE", number, "ERR|||206^^HL70357|E")]

    with Scripted(locked) as peer:
        assert deliver(make_note(), peer.port).state == "not_sent"
        strict = deliver(make_note(), peer.port, retry_errors=("207",))
    assert (strict.state, strict.retryable) == ("rejected", False)


def test_looking_up_sends_nothing_and_knows_late_answers(make_note):
    note = make_note(entries=(), summary=PatientSummary(language="ko", sections=()))

    def late(number: str) -> list[bytes | None]:
        time.sleep(1.0)
        return [ack("AA", number)]

    with Scripted(late) as peer, open_channel(site(peer.port, timeout=0.3)) as channel:
        assert channel.deliver(note).state == "outcome_unknown"
        unknown = channel.look_up(note)
        assert (unknown.state, unknown.problem) == ("outcome_unknown", None)
        wait_until(lambda: channel.look_up(note).state == "accepted")
        assert channel.deliver(note).state == "accepted"
        assert len(peer.seen) == 1


def test_where_the_site_wants_a_person_to_look_first(make_note):
    note = make_note()
    with (
        Scripted(lambda number: []) as peer,
        open_channel(site(peer.port, timeout=0.2, resend_unknown=False)) as channel,
    ):
        sent, asked = channel.deliver(note), channel.look_up(note)
    assert [(one.state, one.retryable) for one in (sent, asked)] == [("outcome_unknown", False)] * 2
    assert "확인한 뒤" in asked.problem.message


def test_a_retraction_is_accepted_message_by_message(make_note, amend):
    note = make_note()
    with accepting() as peer, open_channel(site(peer.port)) as channel:
        delivery = channel.retract(amend(note, "오타"), (note,), retraction=RETRACTION)
        assert delivery.state == "accepted"
        assert len(peer.seen) == 5
        assert sum(b"ADT" in one for one in peer.received) == 0
        assert [item.type for item in delivery.resources] == ["MDM^T11"] * 4 + ["ORU^R01"]


def test_the_delivery_of_an_amendment(make_note, amend):
    note = make_note()
    with accepting() as peer, open_channel(site(peer.port)) as channel:
        channel.deliver(note)
        delivery = channel.deliver(amend(note, "오타"), (note,))
    assert [item.type for item in delivery.resources] == ["MDM^T10", "MDM^T10", "ORU^R01"]
    assert peer.connections == 1


SITE = """
identifier_system = "urn:oid:1.2.3"
[destinations.emr]
kind = "hl7v2"
host = "his.hospital.example"
port = 6661
charset = "KS X 1001"
acknowledgement = "enhanced"
units = { "mm[Hg]" = "mmHg" }
document_types = { outpatient = "OPD" }
[receive]
charset = "KS X 1001"
physicians = { D777 = "kim" }
"""


def test_a_site_file_names_receivers_and_senders(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(SITE, "utf-8")
    read = read_site(path)
    wanted = read.destination("emr")
    assert isinstance(wanted, Hl7Destination)
    assert (wanted.address, wanted.charset, dict(wanted.units)) == (
        "mllp://his.hospital.example:6661", "KS X 1001", {"mm[Hg]": "mmHg"},
    )  # fmt: skip
    assert (wanted.document_type("outpatient"), wanted.document_type("emergency")) == ("OPD", "ED")
    assert read.receive is not None
    assert read.receive.login_of("D777") == "kim"
    assert KINDS["hl7v2"] is Hl7Destination


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"enhanced"', '"maybe"', "destinations.emr.acknowledgement is wrong"),
        ("port = 6661", "port = 0", "destinations.emr.port is wrong"),
        ('charset = "KS X 1001"\nack', 'charset = "EUC-KR"\nack', "destinations.emr.charset is wrong"),
        ("[receive]", "[receive]\ncolour = 1", "receive.colour is not a setting here"),
        ("[receive]", "sending_facility = \"a|b\"\n[receive]", "sending_facility must be NAMESPACE"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path, old, new, said):
    path = tmp_path / "site.toml"
    assert old in SITE
    path.write_text(SITE.replace(old, new, 1), "utf-8")
    with pytest.raises(Exception, match=said):
        read_site(path)


def test_only_an_hl7_destination_is_opened_as_one():
    with pytest.raises(DestinationError):
        open_hl7(KINDS["fhir"](url="http://127.0.0.1/fhir"), Site())
