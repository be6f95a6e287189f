"""Faults on the wire: a loopback proxy before a real HTTP or MLLP server, which does wrong what it is asked for.

::

    with HttpWire(server_url) as wire:              # wire.base_url stands in for the server's
        wire.script("dropped_after", None, "busy")  # the next three writes
        ...
        assert [exchange.fault for exchange in wire.exchanges] == ["dropped_after", None, "busy"]

What happens to an exchange (one request and its answer, one message and its acknowledgement) is decided when the
proxy has read the request whole: by the script while it lasts, then by the chance that ``mixed`` gave, else nothing.
``watch`` is called around each exchange, so that a test can kill its client exactly there.  Everything stops with
the block; a socket that nobody uses is given up after :data:`IDLE_SECONDS`.
"""

import random
import re
import socket
import socketserver
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import Literal, Self
from urllib.parse import urlsplit

HttpFault = Literal[
    "dropped_before",  # the connection ends before the server has seen the request
    "half_request",  # the server sees half of the request, then the connection ends
    "dropped_after",  # the server has done it, and the answer is lost
    "half_answer",  # … half of it arrives
    "truncated",  # … the JSON is cut, the HTTP around it is whole
    "slow",  # … the answer takes ``delay`` seconds
    "gateway",  # … a gateway says 504
    "html",  # a login page with status 200; the server has seen nothing
    "html_after",  # the same, but the server has done it
    "busy",  # 429 with Retry-After
    "unavailable",  # 503
]
MllpFault = Literal[
    "dropped_before",
    "dropped_after",
    "half_frame",  # half of the acknowledgement, then the connection ends
    "slow",
    "duplicate_ack",  # the acknowledgement twice
    "foreign_ack",  # only an acknowledgement of another message
    "foreign_ack_first",  # … before the right one
    "garbled",  # a frame that is no HL7
    "ae",  # MSA-1 AE; the server has seen nothing
    "ar",  # MSA-1 AR
]
Moment = Literal["received", "done", "answered"]
"""``received``: the proxy has the request, the server not; ``done``: the server has answered, the client knows
nothing; ``answered``: the client has been sent what it gets."""

HARMFUL: tuple[HttpFault, ...] = (
    "dropped_before", "half_request", "dropped_after", "half_answer", "truncated", "gateway", "busy", "unavailable",
)  # fmt: skip
"""What a bridge must get over without help."""
IDLE_SECONDS = 60.0
_AFTER = {"dropped_after", "half_answer", "truncated", "slow", "gateway", "html_after"}
_START, _END = b"\x0b", b"\x1c\r"
_PAGE = b"<!DOCTYPE html><title>Login</title><h1>Login</h1>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """``method`` and ``path`` of an HTTP request, or ``MLLP`` and the message's MSH-10; ``write`` is False for
    reads and searches; ``done`` is True once the server has answered."""

    number: int
    method: str
    path: str
    write: bool
    fault: str | None = None
    done: bool = False


Watch = Callable[[Exchange, Moment], None]


class _Wire:
    """What both proxies share: the listener on a port that stays, the script, the journal."""

    _handler: type[socketserver.BaseRequestHandler]

    def __init__(
        self, host: str, port: int, *, delay: float = 1.0, retry_after: float = 1.0, watch: Watch | None = None
    ) -> None:
        self.upstream = (host, port)
        self.delay, self.retry_after, self.watch = delay, retry_after, watch
        self._lock = threading.Lock()
        self._script: deque[str | None] = deque()
        self._chance: Callable[[], str | None] = lambda: None
        self._matching: Callable[[Exchange], bool] = lambda exchange: exchange.write
        self._exchanges: list[Exchange] = []
        self._open: set[socket.socket] = set()
        self._server: _Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *exception: object) -> None:
        self._silence()

    def script(self, *faults: str | None, matching: Callable[[Exchange], bool] | None = None) -> None:
        """What becomes of the next exchanges, in order; ``matching`` chooses which count (by default the writes)."""
        with self._lock:
            self._script = deque(faults)
            self._matching = matching or (lambda exchange: exchange.write)

    def mixed(
        self,
        share: float,
        faults: tuple[str, ...],
        *,
        seed: int,
        matching: Callable[[Exchange], bool] = lambda _: True,
    ) -> None:
        """From now on a ``share`` of the matching exchanges suffers one of ``faults``, drawn from ``seed``."""
        drawn = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        with self._lock:
            self._matching = matching
            self._chance = lambda: drawn.choice(faults) if drawn.random() < share else None

    def calm(self) -> None:
        """From now on nothing happens."""
        with self._lock:
            self._script.clear()
            self._chance = lambda: None

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Inside the block every connection is refused; open ones are cut."""
        self._silence()
        try:
            yield
        finally:
            self._listen()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        with self._lock:
            return tuple(self._exchanges)

    def writes(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.exchanges if exchange.write)

    def opened(self, method: str, path: str, *, write: bool) -> Exchange:
        """Enter an exchange in the journal and decide what becomes of it."""
        with self._lock:
            exchange = Exchange(number=len(self._exchanges), method=method, path=path, write=write)
            if self._matching(exchange):
                fault = self._script.popleft() if self._script else self._chance()
                exchange = replace(exchange, fault=fault)
            self._exchanges.append(exchange)
        self._tell(exchange, "received")
        return exchange

    def done(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges[exchange.number] = replace(exchange, done=True)
        self._tell(exchange, "done")

    def answered(self, exchange: Exchange) -> None:
        self._tell(exchange, "answered")

    def _tell(self, exchange: Exchange, moment: Moment) -> None:
        if self.watch is not None:
            self.watch(exchange, moment)

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self._handler, self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="faults", daemon=True).start()

    def _silence(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        with self._lock:
            for connection in self._open:
                _cut(connection)
            self._open.clear()

    def connected(self, connection: socket.socket) -> None:
        connection.settimeout(IDLE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)

    def disconnected(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[socketserver.BaseRequestHandler], wire: "_Wire") -> None:
        self.wire = wire
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client or server that went away is what this is about."""


class _HttpHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.wire = self.server.wire
        self.wire.connected(self.request)
        self._upstream: HTTPConnection | None = None
        super().setup()

    def finish(self) -> None:
        self.wire.disconnected(self.request)
        if self._upstream is not None:
            self._upstream.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, *arguments: object) -> None:
        """Nothing: the journal says what happened."""

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        write = self.command in {"POST", "PUT", "PATCH", "DELETE"} and not self.path.endswith(("_search", "/token"))
        exchange = self.wire.opened(self.command, self.path, write=write)
        fault = exchange.fault
        if fault == "dropped_before":
            return self._drop()
        if fault == "half_request":
            self._send_half(body)
            return self._drop()
        if fault in {"busy", "unavailable", "html"}:
            self._refuse(fault)
        else:
            status, headers, content = self._forward(body)
            self.wire.done(exchange)
            if fault == "dropped_after":
                return self._drop()
            self._answer(fault, status, headers, content)
        self.wire.answered(exchange)
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _exchange  # noqa: N815 - the library calls these names

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        for attempt in (1, 2):
            if self._upstream is None:
                self._upstream = HTTPConnection(*self.wire.upstream, timeout=IDLE_SECONDS)
            try:
                response = self._ask(self._upstream, body)
            except (OSError, ValueError):  # an idle connection that the server has closed meanwhile
                self._upstream.close()
                self._upstream = None
                if attempt == 2:
                    raise
                continue
            dropped = {"connection", "content-length", "transfer-encoding", "date", "server"}
            headers = [
                (name, self._moved(value)) for name, value in response.getheaders() if name.lower() not in dropped
            ]
            return response.status, headers, self._moved(response.read().decode("latin-1")).encode("latin-1")
        raise AssertionError("unreachable")

    def _ask(self, upstream: HTTPConnection, body: bytes) -> HTTPResponse:
        skipped = {"host", "connection", "content-length", "accept-encoding"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
        upstream.request(self.command, self.path, body or None, headers)
        return upstream.getresponse()

    def _moved(self, text: str) -> str:
        """The server's own addresses as the client knows them."""
        host, port = self.wire.upstream
        return text.replace(f"//{host}:{port}/", f"//127.0.0.1:{self.wire.port}/")

    def _send_half(self, body: bytes) -> None:
        with socket.create_connection(self.wire.upstream, timeout=10) as upstream:
            head = f"{self.command} {self.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            head += f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n"
            upstream.sendall(head.encode() + body[: len(body) // 2])

    def _refuse(self, fault: str) -> None:
        if fault == "html":
            return self._write(200, [("Content-Type", "text/html")], _PAGE)
        status = 429 if fault == "busy" else 503
        retry = [("Retry-After", f"{self.wire.retry_after:g}")] if fault == "busy" else []
        return self._write(status, [("Content-Type", "text/plain"), *retry], b"not now")

    def _answer(self, fault: str | None, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        if fault == "slow":
            time.sleep(self.wire.delay)
        if fault == "gateway":
            return self._write(504, [("Content-Type", "text/html")], b"<h1>504 Gateway Time-out</h1>")
        if fault == "html_after":
            return self._write(200, [("Content-Type", "text/html")], _PAGE)
        if fault == "half_answer":
            self._write(status, headers, content, most=len(content) // 2)
            return self._drop()
        return self._write(status, headers, content[: len(content) // 2] if fault == "truncated" else content)

    def _write(self, status: int, headers: list[tuple[str, str]], content: bytes, most: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:most])
        self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        _cut(self.request)


class HttpWire(_Wire):
    """Before an HTTP server; the server's addresses in answers become the proxy's."""

    _handler = _HttpHandler

    def __init__(
        self, base_url: str, *, delay: float = 1.0, retry_after: float = 1.0, watch: Watch | None = None
    ) -> None:
        parts = urlsplit(base_url)
        super().__init__(
            parts.hostname or "127.0.0.1", parts.port or 80, delay=delay, retry_after=retry_after, watch=watch
        )
        self._path = parts.path

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._path}"


class _MllpHandler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        wire = self.server.wire
        wire.connected(self.request)
        try:
            with socket.create_connection(wire.upstream, timeout=IDLE_SECONDS) as upstream:
                kept = {self.request: b"", upstream: b""}
                while (message := _frame(self.request, kept)) is not None:
                    exchange = wire.opened("MLLP", control_id(message), write=True)
                    if not self._exchange(exchange, message, upstream, kept):
                        break
                    wire.answered(exchange)
        except OSError:
            pass
        finally:
            wire.disconnected(self.request)
            _cut(self.request)

    def _exchange(
        self, exchange: Exchange, message: bytes, upstream: socket.socket, kept: dict[socket.socket, bytes]
    ) -> bool:
        """False where the connection ends with it."""
        fault = exchange.fault
        if fault == "dropped_before":
            return False
        if fault in {"ae", "ar"}:
            self._send(_acknowledgement(message, fault.upper()))
            return True
        upstream.sendall(_START + message + _END)
        answer = _frame(upstream, kept)
        self.server.wire.done(exchange)
        if answer is None or fault == "dropped_after":
            return False
        return self._acknowledge(fault, answer)

    def _acknowledge(self, fault: str | None, answer: bytes) -> bool:
        if fault == "slow":
            time.sleep(self.server.wire.delay)
        if fault == "half_frame":
            self.request.sendall(_START + answer[: len(answer) // 2])
            return False
        if fault == "garbled":
            self._send(b"what was that?")
            return True
        if fault in {"foreign_ack", "foreign_ack_first"}:
            self._send(_foreign(answer))
        if fault != "foreign_ack":
            self._send(answer)
        if fault == "duplicate_ack":
            self._send(answer)
        return True

    def _send(self, message: bytes) -> None:
        self.request.sendall(_START + message + _END)


class MllpWire(_Wire):
    """Before an MLLP server; one connection to it for each to the proxy."""

    _handler = _MllpHandler

    def __init__(self, port: int, *, host: str = "127.0.0.1", delay: float = 1.0, watch: Watch | None = None) -> None:
        super().__init__(host, port, delay=delay, watch=watch)


def control_id(message: bytes) -> str:
    """MSH-10, or nothing where the message is none."""
    fields = message.split(b"\r", 1)[0].split(message[3:4] or b"|")
    return fields[9].decode("ascii", "replace") if len(fields) > 9 else ""


def _acknowledgement(message: bytes, code: str) -> bytes:
    """An acknowledgement in the message's own separators, character set and version."""
    bar = message[3:4]
    fields = message.split(b"\r", 1)[0].split(bar)
    fields += [b""] * (20 - len(fields))
    head = [b"MSH", fields[1], fields[4], fields[5], fields[2], fields[3], fields[6], b"", b"ACK"]
    head += [b"F" + fields[9], fields[10], fields[11]]
    error = bar.join((b"ERR", b"", b"", b"207", b"E"))
    return b"\r".join((bar.join(head), bar.join((b"MSA", code.encode(), fields[9])), error)) + b"\r"


def _foreign(answer: bytes) -> bytes:
    """The acknowledgement as if for another message (MSA-2)."""
    return re.sub(rb"(\rMSA.[A-Z]{2}.)[^|\r]+", rb"\g<1>SOMEBODY-ELSES", answer, count=1)


def _frame(connection: socket.socket, kept: dict[socket.socket, bytes]) -> bytes | None:
    """The content of the next frame; None where the connection ends before."""
    buffer = kept[connection]
    while _END not in buffer:
        received = connection.recv(65536)
        if not received:
            return None
        buffer += received
    frame, _, kept[connection] = buffer.partition(_END)
    return frame.partition(_START)[2]


def _cut(connection: socket.socket) -> None:
    """End a connection at once, with a reset."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()
