"""Listening: any number of senders, each message answered before the next of its connection is looked at.

No sender can hold the others up: connections, message size, the time a message may take to arrive and the time a
connection may stay silent are bounded.  What a message asks for is done by one thread, in the order of arrival.
"""

import asyncio
import ipaddress
import logging
import ssl
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from hl7_bridge.hl7v2.errors import Hl7Error
from hl7_bridge.hl7v2.settings import Hl7Receiver, ListenerTls
from hl7_bridge.mllp.frames import Broken, Frame, FrameReader, framed

log = logging.getLogger("scribe.mllp")
_PORTION = 65536
_MOST_GARBAGE = 65536
_GRACE = 10.0


class ListenerTlsError(Hl7Error):
    """The TLS setting {setting} ({file}) cannot be used: {problem}."""


class AddressError(Hl7Error):
    """{setting} holds {value}, which is no address or network such as 10.1.0.0/16."""


class Answering(Protocol):
    """Who answers; none of these may raise for what a sender sent."""

    def answer(self, data: bytes) -> tuple[bytes, ...]: ...

    def refuse(self, broken: Broken) -> tuple[bytes, ...]: ...

    def out_of_order(self, data: bytes) -> tuple[bytes, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of a listener; seconds and bytes."""

    connections: int
    message: int
    frame: float
    idle: float
    allow: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def of(cls, settings: Hl7Receiver) -> "Limits":
        return cls(
            connections=settings.max_connections,
            message=settings.max_message_kb * 1024,
            frame=settings.frame_timeout,
            idle=settings.idle_timeout,
            allow=tuple(_network(text) for text in settings.allow),
        )

    def admits(self, address: str) -> bool:
        """True for an address that may connect; an IPv4 address is the same one when it is written as IPv6."""
        if not self.allow:
            return True
        try:
            given = ipaddress.ip_address(address)
        except ValueError:
            return False
        plain = (given.ipv4_mapped or given) if isinstance(given, ipaddress.IPv6Address) else given
        return any(plain in network for network in self.allow)


class MllpListener:
    """``await start()``, later ``await stop()``: what has arrived whole is answered before it ends."""

    def __init__(self, receiver: Answering, limits: Limits, tls: ssl.SSLContext | None = None) -> None:
        self._receiver = receiver
        self._limits = limits
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="hl7v2")
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen; ``port`` 0 takes a free one."""
        self._server = await asyncio.start_server(
            self._welcome, host, port, ssl=self._tls, limit=_PORTION, ssl_handshake_timeout=self._handshake
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take nothing new, answer what is in hand, then close."""
        self._stopping.set()
        if self._server is not None:
            self._server.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_GRACE)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        await asyncio.to_thread(self._worker.shutdown)

    @property
    def _handshake(self) -> float | None:
        return self._limits.frame if self._tls else None

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._connections.add(task)
        try:
            if len(self._connections) > self._limits.connections:
                log.warning("a connection too many was closed")
            elif not self._limits.admits(address.partition("%")[0]):
                log.warning("a connection from an address that is not allowed was closed")
            else:
                await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the sender is gone, or we are stopping: whatever it did not hear, it sends again
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader(self._limits.message)
        deadline = self._deadline(self._limits.idle)
        while True:
            data = await self._read(reader, deadline)
            if not data or frames.garbage > _MOST_GARBAGE:
                return
            began = frames.inside
            whole = False
            for item in frames.feed(data):
                whole = True
                for answer in await self._answers(item):
                    writer.write(framed(answer))
                async with asyncio.timeout(self._limits.frame):
                    await writer.drain()
            if self._stopping.is_set() and not frames.inside:
                return
            if not (began and frames.inside and not whole):
                deadline = self._deadline(self._limits.frame if frames.inside else self._limits.idle)

    async def _read(self, reader: asyncio.StreamReader, deadline: float) -> bytes:
        """The next bytes; none where the connection, its time or the listener ended."""
        reading = asyncio.ensure_future(reader.read(_PORTION))
        stopping = asyncio.ensure_future(self._stopping.wait())
        left = max(deadline - asyncio.get_running_loop().time(), 0.0)
        try:
            await asyncio.wait({reading, stopping}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else b""
        finally:
            for task in (reading, stopping):
                task.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)

    async def _answers(self, item: Frame | Broken) -> tuple[bytes, ...]:
        loop = asyncio.get_running_loop()
        if isinstance(item, Broken):
            return self._receiver.refuse(item)
        try:
            return await loop.run_in_executor(self._worker, self._receiver.answer, item.content)
        except Exception as error:  # a defect must not leave the listener deaf; the message may hold patient data
            frames = traceback.extract_tb(error.__traceback__)
            place = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames[-4:])
            log.error("a message broke the receiver: %s at %s", type(error).__name__, place)
            return self._receiver.out_of_order(item.content)

    def _deadline(self, seconds: float) -> float:
        return asyncio.get_running_loop().time() + seconds


def listener_context(settings: ListenerTls) -> ssl.SSLContext:
    """A server's context, TLS 1.2 or later; with ``client_ca_file`` a sender without its certificate is refused."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    password = settings.key_password.value if settings.key_password else ""
    _loaded(
        "certificate_file",
        settings.certificate_file,
        lambda: context.load_cert_chain(settings.certificate_file, settings.key_file, password),
    )
    if settings.client_ca_file is not None:
        authorities = settings.client_ca_file
        context.verify_mode = ssl.CERT_REQUIRED
        _loaded("client_ca_file", authorities, lambda: context.load_verify_locations(authorities))
    return context


def _loaded(setting: str, file: object, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError:
        problem = "it is not a PEM file with a certificate and the matching key, or the password does not open the key"
        raise ListenerTlsError(setting=setting, file=file, problem=problem) from None
    except OSError as error:
        raise ListenerTlsError(setting=setting, file=file, problem=error.strerror or type(error).__name__) from None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise AddressError(setting="allow", value=text) from None
