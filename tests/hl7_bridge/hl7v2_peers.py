"""HL7 v2 receivers and senders that are not ours, and plain ones that do exactly what a test says."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from hl7.mllp import start_hl7_server

START, END = b"\x0b", b"\x1c\r"


class PythonHl7Server:
    """python-hl7's MLLP server in a thread: keeps what it understood, answers with its own acknowledgement."""

    def __init__(self, encoding: str = "utf-8", code: str = "AA") -> None:
        self.encoding = encoding
        self.code = code
        self.messages: list[object] = []
        self.port = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "PythonHl7Server":
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await start_hl7_server(self._connected, "127.0.0.1", 0, encoding=self.encoding, limit=1 << 22)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _connected(self, reader, writer) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                message = await reader.readmessage()
                self.messages.append(message)
                writer.writemessage(message.create_ack(self.code))
                await writer.drain()
        writer.close()


class Scripted:
    """A receiver that reads a message and then sends what ``reply`` makes of its MSH-10, as it is."""

    def __init__(self, reply: Callable[[str], list[bytes | None]], tls: ssl.SSLContext | None = None) -> None:
        self.reply = reply
        self.tls = tls
        self.seen: list[str] = []
        self.received: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Scripted":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for opened in (self._listener, *self._open):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(60)
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffer = b""
        with suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while received := connection.recv(65536):
                buffer += received
                while END in buffer:
                    frame, _, buffer = buffer.partition(END)
                    if not self._answer(connection, frame.partition(START)[2]):
                        connection.close()
                        return

    def _answer(self, connection: socket.socket, message: bytes) -> bool:
        """None in the script hangs up."""
        self.received.append(message)
        number = message.split(b"\r")[0].split(b"|")[9].decode()
        self.seen.append(number)
        for part in self.reply(number):
            if part is None:
                return False
            connection.sendall(part)
        return True


def ack(code: str, number: str, *more: str, accept: str = "") -> bytes:
    """A framed acknowledgement."""
    header = f"MSH|^~\\&|HIS||SCRIBE||20260914102001||ACK|R{number}|P|2.5|||{accept}"
    return START + "\r".join([header, f"MSA|{code}|{number}", *more, ""]).encode() + END


@contextmanager
def client(port: int) -> Iterator[socket.socket]:
    """A plain connection to a listener of ours."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        yield connection


def frames(connection: socket.socket, number: int) -> list[bytes]:
    """The next ``number`` frames that arrive."""
    found: list[bytes] = []
    buffer = b""
    while len(found) < number:
        received = connection.recv(65536)
        if not received:
            break
        buffer += received
        while END in buffer:
            frame, _, buffer = buffer.partition(END)
            found.append(frame.removeprefix(START))
    return found
