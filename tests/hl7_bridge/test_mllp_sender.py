"""Sending over MLLP: whatever the receiver does, no other answer is taken for the one to the message."""

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hl7_bridge.hl7v2.acknowledgements import Received, acknowledge, read_acknowledgement
from hl7_bridge.hl7v2.errors import (
    MessageError,
    NotSentError,
    TooLongError,
    UnansweredError,
    UnreachableReceiverError,
)
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.mllp.sender import MllpSender
from tests.faults import MllpWire
from tests.hl7_bridge.certificates import Certificates
from tests.hl7_bridge.hl7v2_peers import END, START, Scripted, ack

NOW = datetime(2026, 9, 14, 1, 20, tzinfo=UTC)
MESSAGE = "MSH|^~\\&|SCRIBE||HIS||20260914102000||MDM^T02|{}|P|2.5\rEVN|T02\r"


def destination(port: int, **more: object) -> Hl7Destination:
    return Hl7Destination(**{"host": "127.0.0.1", "port": port, "timeout": 30.0, **more})


def send(sender: MllpSender, number: str = "M1"):
    return sender.exchange(number, MESSAGE.format(number).encode())


def test_one_connection_serves_many_messages():
    with Scripted(lambda number: [ack("AA", number)]) as peer, MllpSender(destination(peer.port)) as sender:
        assert [send(sender, f"M{n}").code for n in range(5)] == ["AA"] * 5
        assert (peer.seen, peer.connections) == ([f"M{n}" for n in range(5)], 1)


def test_a_connection_for_each_message_where_the_site_says_so():
    with Scripted(lambda number: [ack("AA", number)]) as peer:
        with MllpSender(destination(peer.port, keep_open=False)) as sender:
            send(sender, "M1")
            send(sender, "M2")
        assert peer.connections == 2


def test_answers_to_other_messages_and_repeated_ones_are_not_taken():
    def reply(number: str) -> list[bytes | None]:
        return [ack("AA", "other"), ack("AE", "M0"), ack("AA", number), ack("AA", number), ack("AE", number)]

    with Scripted(reply) as peer, MllpSender(destination(peer.port)) as sender:
        assert [send(sender, f"M{n}").code for n in (1, 2, 3)] == ["AA"] * 3
        assert peer.connections == 1


def test_an_answer_in_single_bytes_is_whole():
    def reply(number: str) -> list[bytes | None]:
        return [bytes([byte]) for byte in ack("AA", number)]

    with Scripted(reply) as peer, MllpSender(destination(peer.port)) as sender:
        assert send(sender).control_id == "M1"


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([None], "closed the connection"),
        ([ack("AA", "M1")[:20], None], "closed the connection"),
        ([START + b"what was that?" + END], "cannot be read"),
        ([START + b"MSH|^~\\&|HIS\rMSA|??|M1\r" + END], "cannot be read"),
        ([ack("AA", "M1")[:20] + ack("AA", "M1")], "cannot be read"),
        ([ack("AA", "other")], "no answer in time"),
        ([ack("AA", f"M{n}") for n in range(200, 400)], "other messages only"),
        ([b"x" * 400_000], "cannot be read"),
        ([], "no answer in time"),
    ],
)
def test_no_answer_is_an_unknown_outcome_and_the_next_message_goes_through(parts, problem):
    replies = [parts]
    with (
        Scripted(lambda number: replies.pop() if replies else [ack("AA", number)]) as peer,
        MllpSender(destination(peer.port, timeout=1.5 if problem == "no answer in time" else 30.0)) as sender,
    ):
        with pytest.raises(UnansweredError, match=problem):
            send(sender)
        assert send(sender, "M2").code == "AA"


def test_a_late_answer_settles_the_message_without_sending_it_again():
    answered: list[float] = []

    def reply(number: str) -> list[bytes | None]:
        if not answered:
            answered.append(time.monotonic())
            time.sleep(1.5)
        return [ack("AA", number)]

    with Scripted(reply) as peer, MllpSender(destination(peer.port, timeout=0.3)) as sender:
        with pytest.raises(UnansweredError):
            send(sender)
        assert sender.settled("M1") is None
        deadline = time.monotonic() + 30
        while sender.settled("M1") is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert send(sender).code == "AA"
        assert peer.seen == ["M1"]


def test_a_late_answer_arrives_while_another_is_waited_for():
    def reply(number: str) -> list[bytes | None]:
        return [] if number == "M1" else [ack("AE", "M1"), ack("AA", number)]

    with Scripted(reply) as peer, MllpSender(destination(peer.port, timeout=2.0)) as sender:
        with pytest.raises(UnansweredError):
            send(sender)
        assert send(sender, "M2").code == "AA"
        assert send(sender).code == "AE"
        assert peer.seen == ["M1", "M2"]


def test_enhanced_mode_waits_for_the_application():
    with Scripted(lambda number: [ack("CA", number), ack("AE", number)]) as peer:
        with MllpSender(destination(peer.port, acknowledgement="enhanced")) as sender:
            assert send(sender).code == "AE"
        with MllpSender(destination(peer.port, acknowledgement="accept")) as sender:
            assert send(sender).code == "CA"
    refusing = Scripted(lambda number: [ack("CR", number)])
    with refusing, MllpSender(destination(refusing.port, acknowledgement="enhanced")) as sender:
        assert send(sender).code == "CR"


def test_stored_and_no_more_said_is_an_unknown_outcome():
    with (
        Scripted(lambda number: [ack("CA", number)]) as peer,
        MllpSender(destination(peer.port, acknowledgement="enhanced", timeout=1.5)) as sender,
        pytest.raises(UnansweredError, match="has taken the message and said nothing more"),
    ):
        send(sender)


def test_an_application_answer_that_asks_for_it_is_confirmed():
    def confirm(answer) -> bytes:
        return acknowledge(Received(control_id=answer.own_id), "CA", ours=("SCRIBE", ""), at=NOW)

    with Scripted(
        lambda number: [] if number[0] == "A" else [ack("CA", number), ack("AA", number, accept="AL")]
    ) as peer:
        with MllpSender(destination(peer.port, acknowledgement="enhanced"), accept=confirm) as sender:
            assert send(sender).code == "AA"
            deadline = time.monotonic() + 5
            while len(peer.received) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
        assert b"MSA|CA|RM1" in peer.received[1]


def test_nobody_listening_is_not_sent():
    with Scripted(lambda number: []) as peer:
        free = peer.port
    with MllpSender(destination(free)) as sender, pytest.raises(UnreachableReceiverError):
        send(sender)


def test_a_message_over_the_limit_is_not_sent():
    with Scripted(lambda number: []) as peer, MllpSender(destination(peer.port, max_message_kb=1)) as sender:
        with pytest.raises(TooLongError, match="2000 bytes, and the site allows 1024"):
            sender.exchange("M1", b"x" * 2000)
        assert peer.connections == 0


def test_a_connection_that_the_receiver_closed_is_opened_again():
    with Scripted(lambda number: [ack("AA", number), None]) as peer, MllpSender(destination(peer.port)) as sender:
        for number in ("M1", "M2"):
            assert send(sender, number).code == "AA"
            time.sleep(0.1)
        assert peer.connections == 2


def test_a_receiver_that_reads_nothing_has_no_message():
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        MllpSender(destination(silent.getsockname()[1], timeout=0.5)) as sender,
        pytest.raises(NotSentError),
    ):
        sender.exchange("M1", b"x" * 4_000_000)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (None, "AA"),
        ("duplicate_ack", "AA"),
        ("foreign_ack_first", "AA"),
        ("ae", "AE"),
        ("ar", "AR"),
        ("dropped_before", UnansweredError),
        ("dropped_after", UnansweredError),
        ("half_frame", UnansweredError),
        ("foreign_ack", UnansweredError),
        ("garbled", UnansweredError),
        ("slow", UnansweredError),
    ],
)
def test_faults_on_the_wire(fault, expected):
    with Scripted(lambda number: [ack("AA", number)]) as peer, MllpWire(peer.port, delay=3.0) as wire:
        wire.script(fault)
        seconds = 1.5 if fault in ("slow", "foreign_ack") else 30.0
        with MllpSender(destination(wire.port, timeout=seconds)) as sender:
            if isinstance(expected, str):
                assert send(sender).code == expected
            else:
                with pytest.raises(expected):
                    send(sender)
            time.sleep(3.0 if fault == "slow" else 0)
            assert send(sender).code == "AA"
        assert set(peer.seen) == {"M1"}


def test_what_an_acknowledgement_says_is_judged():
    def verdict(code: str, *errors: str) -> str:
        answer = read_acknowledgement(ack(code, "M1", *errors).removeprefix(START).removesuffix(END))
        return answer.verdict(("206", "207"))

    assert [verdict(code) for code in ("AA", "CA", "AE", "CE", "AR", "CR")] == [
        "accepted", "accepted", "refused", "refused", "later", "later",
    ]  # fmt: skip
    assert verdict("AE", "ERR|||207^^HL70357|E") == "later"
    assert verdict("AE", "ERR|||207^^HL70357|E", "ERR||PID^1^3|101^^HL70357|E") == "refused"
    assert verdict("AR", "ERR|||203^^HL70357|E") == "refused"
    assert verdict("AE", "ERR|PID^1^3^206&locked&HL70357") == "later"
    assert verdict("AR", "ERR|||환자 김서준 없음|E") == "refused"
    with pytest.raises(MessageError, match="MSA: the segment is missing"):
        read_acknowledgement(b"MSH|^~\\&|HIS|||||ACK\r")


def test_places_and_codes_of_an_answer_hold_no_text():
    told = ack(
        "AE", "M1", "ERR||PID^1^5|101^^HL70357|E||||김서준님", "ERR||김서준|김서준님의 오류가 있습니다 아주 길게"
    )
    answer = read_acknowledgement(told.removeprefix(START).removesuffix(END))
    assert (answer.conditions, answer.places) == (("101", "other"), ("PID-5",))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


def test_tls_both_ways(certificates):
    with Scripted(lambda number: [ack("AA", number)], certificates.server_context(client_ca=True)) as peer:
        trusted = certificates.tls(client=True)
        with MllpSender(destination(peer.port, host="localhost", tls=trusted)) as sender:
            assert send(sender).code == "AA"
        anonymous = replace(trusted, certificate_file=None, key_file=None)
        with (
            MllpSender(destination(peer.port, host="localhost", tls=anonymous)) as sender,
            pytest.raises((UnansweredError, UnreachableReceiverError, NotSentError)),
        ):
            send(sender)
        assert peer.seen == ["M1"]


def test_a_certificate_that_nobody_vouches_for_is_refused(certificates):
    with Scripted(lambda number: [ack("AA", number)], certificates.server_context()) as peer:
        for host, tls in (("localhost", certificates.tls(ca=False)), ("127.0.0.1", certificates.tls())):
            with (
                MllpSender(destination(peer.port, host=host, tls=tls)) as sender,
                pytest.raises(UnreachableReceiverError, match="not trusted"),
            ):
                send(sender)
        assert peer.seen == []
