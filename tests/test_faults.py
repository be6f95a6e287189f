"""The proxy of the fault tests does what it says, before it is trusted with others."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.faults import HttpWire, MllpWire, control_id

MESSAGE = b"MSH|^~\\&|SCRIBE|CLINIC|HIS|CLINIC|20260914||MDM^T02|M0001|P|2.5\rEVN|T02\r"


class Counting(ThreadingHTTPServer):
    """Answers every request with JSON, and counts those that came whole."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.daemon_threads = True
        self.seen = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/fhir"


class _Answer(BaseHTTPRequestHandler):
    server: Counting

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if len(self.rfile.read(length)) < length:
            return
        self.server.seen += 1
        content = b'{"resourceType": "Patient", "id": "1"}'
        self.send_response(201)
        self.send_header("Location", f"{self.server.base_url}/Patient/1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Counting]:
    with Counting() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def wire(server: Counting) -> Iterator[HttpWire]:
    with HttpWire(server.base_url, delay=0.3, retry_after=7) as opened:
        yield opened


def post(wire: HttpWire) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        return client.post(f"{wire.base_url}/Patient", json={"resourceType": "Patient"})


def test_without_a_fault_the_answer_passes_with_its_addresses_moved(server, wire):
    answer = post(wire)
    assert (answer.status_code, answer.json()["id"]) == (201, "1")
    assert answer.headers["Location"] == f"{wire.base_url}/Patient/1"
    assert [(item.method, item.path, item.fault, item.done) for item in wire.exchanges] == [
        ("POST", "/fhir/Patient", None, True)
    ]


@pytest.mark.parametrize(
    ("fault", "expected", "seen"),
    [
        ("dropped_before", httpx.RequestError, 0),
        ("half_request", httpx.RequestError, 0),
        ("dropped_after", httpx.RequestError, 1),
        ("half_answer", httpx.RequestError, 1),
        ("busy", 429, 0),
        ("unavailable", 503, 0),
        ("gateway", 504, 1),
        ("html", 200, 0),
        ("html_after", 200, 1),
        ("truncated", 201, 1),
        ("slow", 201, 1),
    ],
)
def test_each_http_fault_does_what_it_says(server, wire, fault, expected, seen):
    wire.script(fault)
    began = time.monotonic()
    if isinstance(expected, int):
        answer = post(wire)
        assert answer.status_code == expected
        assert answer.headers.get("Retry-After") == ("7" if fault == "busy" else None)
        if fault not in {"slow"}:
            with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
                answer.json()
    else:
        with pytest.raises(expected):
            post(wire)
    assert (time.monotonic() - began > 0.25) == (fault == "slow")
    assert server.seen == seen
    assert post(wire).json()["id"] == "1"


def test_refusing_means_that_nothing_listens(server, wire):
    with wire.refusing(), pytest.raises(httpx.ConnectError):
        post(wire)
    assert post(wire).status_code == 201
    assert server.seen == 1


def test_a_share_of_the_exchanges_is_drawn_from_the_seed(server, wire):
    def faults(seed: int) -> list[str | None]:
        wire.mixed(0.5, ("busy", "unavailable"), seed=seed)
        start = len(wire.exchanges)
        for _ in range(20):
            post(wire)
        return [exchange.fault for exchange in wire.exchanges[start:]]

    first = faults(1)
    assert set(first) == {None, "busy", "unavailable"}
    assert faults(1) == first != faults(2)
    wire.calm()
    assert post(wire).status_code == 201


def test_the_watcher_stands_at_both_sides_of_the_server(server, wire):
    told = []
    wire.watch = lambda exchange, moment: told.append((exchange.number, moment, server.seen))
    post(wire)
    deadline = time.monotonic() + 5
    while len(told) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told == [(0, "received", 0), (0, "done", 1), (0, "answered", 1)]


class Acknowledging(threading.Thread):
    """An MLLP server that says AA."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.seen: list[str] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                while b"\x1c\r" in (received := connection.recv(4096)):
                    number = control_id(received[1:])
                    self.seen.append(number)
                    connection.sendall(f"\x0bMSH|^~\\&|HIS\rMSA|AA|{number}\r\x1c\r".encode())


@pytest.fixture
def receiver() -> Iterator[Acknowledging]:
    running = Acknowledging()
    running.start()
    yield running
    running.listener.shutdown(socket.SHUT_RDWR)
    running.listener.close()


def exchange(port: int) -> bytes:
    """Everything that comes back within a moment after one message."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
        connection.sendall(b"\x0b" + MESSAGE + b"\x1c\r")
        received = b""
        try:
            while more := connection.recv(4096):
                received += more
        except (TimeoutError, ConnectionResetError):
            pass
        return received


@pytest.mark.parametrize(
    ("fault", "acknowledged", "seen"),
    [
        (None, [b"AA|M0001"], 1),
        ("duplicate_ack", [b"AA|M0001", b"AA|M0001"], 1),
        ("foreign_ack", [b"AA|SOMEBODY-ELSES"], 1),
        ("foreign_ack_first", [b"AA|SOMEBODY-ELSES", b"AA|M0001"], 1),
        ("ae", [b"AE|M0001"], 0),
        ("ar", [b"AR|M0001"], 0),
        ("dropped_before", [], 0),
        ("dropped_after", [], 1),
        ("half_frame", [], 1),
        ("garbled", [], 1),
        ("slow", [b"AA|M0001"], 1),
    ],
)
def test_each_mllp_fault_does_what_it_says(receiver, fault, acknowledged, seen):
    with MllpWire(receiver.port, delay=0.2) as wire:
        wire.script(fault)
        received = exchange(wire.port)
    frames = [frame for frame in received.split(b"\x1c\r") if b"MSA|" in frame]
    assert [frame.partition(b"MSA|")[2].split(b"\r")[0] for frame in frames] == acknowledged
    assert len(receiver.seen) == seen
    assert (b"what was that" in received) == (fault == "garbled")
