"""The listener: no sender can deafen it, hold it up or make it lose an answer.

``HL7V2_FUZZ=20000 pytest tests/hl7_bridge/test_mllp_listener.py -k fuzz`` runs the long version.
"""

import asyncio
import json
import os
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import hl7
import pytest
from hl7.client import MLLPClient

from hl7_bridge.hl7v2.acknowledgements import read_acknowledgement
from hl7_bridge.hl7v2.admissions import Admission, Systems
from hl7_bridge.hl7v2.errors import UnansweredError, UnreachableReceiverError
from hl7_bridge.hl7v2.receiving import Done, Receiver
from hl7_bridge.hl7v2.settings import Hl7Destination, Hl7Receiver
from hl7_bridge.mllp.frames import Broken, Frame, FrameReader, framed
from hl7_bridge.mllp.listener import AddressError, Limits, ListenerTlsError, MllpListener, listener_context
from hl7_bridge.mllp.sender import MllpSender
from tests.hl7_bridge.certificates import Certificates
from tests.hl7_bridge.hl7v2_peers import END, START, client, frames
from tests.node_peers import node_modules, node_peer

SYSTEMS = Systems(patient="urn:oid:1.2.3.1", visit="urn:oid:1.2.3.2")


def adt(control: str = "M1", name: str = "김서준", charset: str = "UNICODE UTF-8") -> str:
    return (
        f"MSH|^~\\&|HIS||SCRIBE||20260914102000||ADT^A04|{control}|P|2.5||||||{charset}\r"
        f"EVN|A04|20260914102000\rPID|1||7^^^HIS^MR||{name}||19810402|M\rPV1|1|O|||||1{'|' * 12}V1\r"
    )


class Running:
    """A listener in a thread; what it took is in ``done``."""

    def __init__(self, settings: Hl7Receiver, tls: ssl.SSLContext | None = None) -> None:
        self.done: list[Admission] = []
        self.trouble: list[Exception] = []
        self.delay = 0.0
        receiver = Receiver(
            settings=settings, systems=SYSTEMS, apply=self.apply, clock=lambda: datetime(2026, 9, 14, tzinfo=UTC)
        )
        self.listener = MllpListener(receiver, Limits.of(settings), tls)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def apply(self, admission: Admission) -> Done:
        time.sleep(self.delay)
        if self.trouble:
            raise self.trouble.pop()
        self.done.append(admission)
        return "applied"

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await self.listener.start("127.0.0.1", 0)
        self._ready.set()
        await self._stop.wait()
        await self.listener.stop()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def port(self) -> int:
        return self.listener.port

    def hears(self) -> bool:
        """True where a plain message is answered AA."""
        with client(self.port) as connection:
            connection.sendall(framed(adt("HEARS").encode()))
            return codes(frames(connection, 1)) == [("AA", "HEARS")]


@contextmanager
def listening(tls: ssl.SSLContext | None = None, **settings: object) -> Iterator[Running]:
    running = Running(Hl7Receiver(**settings), tls)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def running() -> Iterator[Running]:
    with listening() as started:
        yield started


def codes(answers: list[bytes]) -> list[tuple[str, str]]:
    told = [read_acknowledgement(answer) for answer in answers]
    return [(one.code, one.control_id) for one in told]


def test_frames_in_any_portions():
    data = b"noise" + framed(b"one") + b"\r\n" + framed("둘".encode()) + START + b"half" + framed(b"three")
    for size in range(1, len(data) + 1):
        reader = FrameReader(100)
        found = [item for start in range(0, len(data), size) for item in reader.feed(data[start : start + size])]
        assert found == [Frame(b"one"), Frame("둘".encode()), Broken(b"half", too_long=False), Frame(b"three")]


def test_a_long_frame_is_read_over_without_being_held():
    for size in (1, 7, 64, 5000):
        reader = FrameReader(50)
        data = START + b"MSH" + b"x" * 4000 + END + framed(b"next")
        found = [item for start in range(0, len(data), size) for item in reader.feed(data[start : start + size])]
        assert [type(item) for item in found] == [Broken, Frame]
        assert found[0].too_long
        assert found[0].head.startswith(b"MSHxxx")
        assert len(reader._buffer) == 0


def test_several_messages_in_one_write_get_their_answers_in_order(running):
    with client(running.port) as connection:
        connection.sendall(b"".join(framed(adt(f"M{n}").encode()) for n in range(20)))
        assert codes(frames(connection, 20)) == [("AA", f"M{n}") for n in range(20)]
    assert len(running.done) == 20


def test_a_message_in_single_bytes_is_answered(running):
    with client(running.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in framed(adt().encode()):
            connection.sendall(bytes([byte]))
        assert codes(frames(connection, 1)) == [("AA", "M1")]


def test_garbage_around_and_within_frames_is_answered_and_got_over(running):
    with client(running.port) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\n\r\n" + framed(b"no message at all") + b"\xff\xfe" + framed(adt().encode())
        )
        first, second = frames(connection, 2)
        assert codes([first, second]) == [("AR", ""), ("AA", "M1")]
        assert b"the message does not begin with MSH" in first


def test_a_frame_that_breaks_off_is_refused_and_the_next_one_taken(running):
    with client(running.port) as connection:
        half = framed(adt("HALF").encode())[:60]
        connection.sendall(half + framed(adt("WHOLE").encode()))
        assert codes(frames(connection, 2)) == [("AR", "HALF"), ("AA", "WHOLE")]


def test_a_sender_that_hangs_up_halfway_harms_nobody(running):
    for cut in (1, 30, 150):
        with client(running.port) as connection:
            connection.sendall(framed(adt().encode())[:cut])
    assert running.hears()
    assert len(running.done) == 1


def test_a_message_over_the_limit_is_refused_by_name():
    with listening(max_message_kb=1) as running, client(running.port) as connection:
        connection.sendall(framed(adt("BIG", name="가" * 2000).encode()) + framed(adt("SMALL").encode()))
        first, second = frames(connection, 2)
        assert codes([first, second]) == [("AR", "BIG"), ("AA", "SMALL")]
        assert b"longer than 1 kB" in first


def test_a_slow_sender_is_cut_off_and_a_slow_loris_too():
    with listening(frame_timeout=0.4) as running, client(running.port) as connection:
        connection.settimeout(30)
        began = time.monotonic()
        with suppress(OSError):
            for byte in framed(adt().encode()):
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
            connection.recv(1)
        assert time.monotonic() - began < 25
        assert running.done == []
        assert running.hears()


def test_a_silent_connection_ends():
    with listening(idle_timeout=0.3) as running, client(running.port) as connection:
        connection.settimeout(30)
        assert connection.recv(1) == b""


def test_a_connection_too_many_is_closed():
    with listening(max_connections=2) as running, client(running.port) as one, client(running.port) as two:
        one.sendall(framed(adt("ONE").encode()))
        two.sendall(framed(adt("TWO").encode()))
        assert codes(frames(one, 1) + frames(two, 1)) == [("AA", "ONE"), ("AA", "TWO")]
        with client(running.port) as three:
            assert three.recv(1) == b""
        one.sendall(framed(adt("AGAIN").encode()))
        assert codes(frames(one, 1)) == [("AA", "AGAIN")]


def test_only_configured_addresses_may_connect():
    with listening(allow=("10.0.0.0/8",)) as running, client(running.port) as connection:
        assert connection.recv(1) == b""
    with pytest.raises(AddressError, match="allow holds his"):
        Limits.of(Hl7Receiver(allow=("his.local",)))
    limits = Limits.of(Hl7Receiver(allow=("10.1.0.0/16",)))
    addresses = ("10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1", "", "::1")
    assert [limits.admits(address) for address in addresses] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("7^^^HIS^MR", "7^^^HIS^MR" + "~8" * 300_000, ("AE", "PID-3")),
        ("김서준", "김" + "\u0301\u0323" * 100_000, ("AE", "PID-5")),
        ("|HIS|", "|" + "\u0301\u0323" * 100_000 + "|", ("AR", "MSH")),
        ("김서준", "\\a" * 200_000, ("AE", "PID-5")),
        ("\rEVN", "\rZZZ|" + "x" * 500_000 + "\rEVN", ("AA", "")),
        ("\rEVN", "\r" * 500_000 + "EVN", ("AA", "")),
        ("\rEVN", "\rZZZ" * 20_000 + "\rEVN", ("AR", "MSH")),
    ],
)
def test_a_message_made_to_be_slow_is_answered_soon(running, old, new, answer):
    message = adt().replace(old, new, 1)
    began = time.process_time()
    with client(running.port) as connection:
        connection.sendall(framed(message.encode()))
        (told,) = frames(connection, 1)
    assert time.process_time() - began < 5
    assert read_acknowledgement(told).code == answer[0]
    assert answer[1].encode() in told
    assert running.hears()


def test_endless_noise_outside_frames_ends_the_connection(running):
    with client(running.port) as connection:
        with suppress(OSError):
            for _ in range(40):
                connection.sendall(b"x" * 8192)
                time.sleep(0.01)
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
    assert running.hears()


def test_our_own_trouble_is_told_as_such_and_does_not_deafen(running, caplog):
    running.trouble.append(RuntimeError("환자 김서준의 기록"))
    with client(running.port) as connection:
        for number in ("M1", "M2"):
            connection.sendall(framed(adt(number).encode()))
        first, second = frames(connection, 2)
    assert codes([first, second]) == [("AR", "M1"), ("AA", "M2")]
    assert read_acknowledgement(first).conditions == ("207",)
    assert "RuntimeError" in caplog.text
    assert "김서준" not in caplog.text


def test_an_acknowledgement_is_never_acknowledged(running):
    with client(running.port) as connection:
        connection.sendall(framed(b"MSH|^~\\&|HIS||SCRIBE||2026||ACK|A1|P|2.5\rMSA|AA|X\r") + framed(adt().encode()))
        assert codes(frames(connection, 1)) == [("AA", "M1")]


def test_stopping_answers_what_is_in_hand():
    running = Running(Hl7Receiver())
    running.delay = 0.5
    running.start()
    with client(running.port) as connection:
        connection.sendall(framed(adt().encode()))
        time.sleep(0.2)
        running.stop()
        assert codes(frames(connection, 1)) == [("AA", "M1")]
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError), client(running.port):
        pass


def test_python_hl7s_client_understands_our_answers(running):
    with MLLPClient("127.0.0.1", running.port) as sender:
        answer = hl7.parse(sender.send_message(adt("PY")).strip(b"\x0b\x1c\r"), encoding="utf-8")
    assert (str(answer["MSA.F1"]), str(answer["MSA.F2"])) == ("AA", "PY")
    assert str(answer["MSH.F9.R1.C1"]) == "ACK"


@pytest.mark.parametrize(("encoding", "charset"), [("utf-8", "UNICODE UTF-8"), ("euc-kr", "KS X 1001")])
def test_medplums_client_understands_our_answers(running, tmp_path, encoding, charset):
    modules = node_modules("@medplum/hl7@4.5.2")
    (tmp_path / "adt.hl7").write_text(adt("MED", name="뷁^서준", charset=charset), "utf-8", newline="")
    with node_peer(
        "medplum_hl7.mjs", modules, "client", encoding, str(running.port), str(tmp_path / "adt.hl7")
    ) as told:
        assert "MSA|AA|MED" in json.loads(told)
    assert running.done[0].patient.name == "뷁서준"


def test_our_sender_and_our_listener_understand_each_other(running):
    destination = Hl7Destination(host="127.0.0.1", port=running.port, timeout=30)
    with MllpSender(destination) as sender:
        assert sender.exchange("M1", adt("M1").encode()).code == "AA"
        assert sender.exchange("M2", adt("M2", charset="UNICODE UTF-8").replace("ADT", "ORU").encode()).code == "AR"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


def test_tls_with_certificates_on_both_sides(certificates):
    with listening(listener_context(certificates.listener(client_ca=True))) as running:
        known = Hl7Destination(host="localhost", port=running.port, timeout=30, tls=certificates.tls(client=True))
        with MllpSender(known) as sender:
            assert sender.exchange("M1", adt().encode()).code == "AA"
        anonymous = Hl7Destination(host="localhost", port=running.port, timeout=30, tls=certificates.tls())
        with MllpSender(anonymous) as sender, pytest.raises((UnansweredError, UnreachableReceiverError)):
            sender.exchange("M2", adt().encode())
        assert len(running.done) == 1


def test_a_certificate_file_that_is_none_is_named(certificates, tmp_path):
    (tmp_path / "wrong.pem").write_text("no certificate")
    settings = certificates.listener()
    wrong = type(settings)(certificate_file=tmp_path / "wrong.pem", key_file=settings.key_file)
    with pytest.raises(ListenerTlsError, match=r"certificate_file .*wrong\.pem.* cannot be used: it is not a PEM"):
        listener_context(wrong)
    missing = type(settings)(certificate_file=tmp_path / "none.pem", key_file=settings.key_file)
    with pytest.raises(ListenerTlsError, match="No such file"):
        listener_context(missing)


def test_fuzz_neither_breaks_nor_deafens_it(running, caplog):
    """Random damage to framing, separators, character sets and fields; now and then a whole message gets through."""
    rounds = int(os.environ.get("HL7V2_FUZZ", "1500"))
    drawn = random.Random(5)
    sound = framed(adt("F").encode())
    connection = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    drain = threading.Thread(target=_drain, args=(connection,), daemon=True)
    drain.start()
    for number in range(rounds):
        try:
            connection.sendall(_damaged(sound, drawn))
        except OSError:
            connection.close()
            connection = socket.create_connection(("127.0.0.1", running.port), timeout=10)
            drain = threading.Thread(target=_drain, args=(connection,), daemon=True)
            drain.start()
        if number % 500 == 499:
            assert running.hears()
    connection.close()
    assert running.hears()
    assert "a message broke the receiver" not in caplog.text
    assert len(running.done) > rounds // 100


def _drain(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(65536):
            pass


def _damaged(sound: bytes, drawn: random.Random) -> bytes:
    data = bytearray(sound)
    for _ in range(drawn.choice((0, 1, 1, 2, 5, 30))):
        kind = drawn.randrange(4)
        place = drawn.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[place] = drawn.randrange(256)
        elif kind == 1:
            data[place:place] = drawn.choice((b"\x0b", b"\x1c\r", b"\r", b"|", b"^~\\&", "뷁".encode("cp949"), b"\x00"))
        elif kind == 2:
            del data[place : place + drawn.randrange(1, 40)]
        else:
            data[place:place] = bytes(drawn.randrange(256) for _ in range(drawn.randrange(200)))
    return bytes(data)
