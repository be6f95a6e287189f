"""Sending: one message in flight a connection, its answer told from all others by MSA-2.

What a receiver may do wrong (HL7 v2 peers do): lose a message, answer twice, answer another message, answer late, cut
an answer in half, hang up.  None of it is taken for an answer to the message that was sent.
"""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from hl7_bridge.hl7v2.acknowledgements import Acknowledgement, read_acknowledgement
from hl7_bridge.hl7v2.errors import (
    MessageError,
    NotSentError,
    TooLongError,
    UnansweredError,
    UnreachableReceiverError,
    UntrustedReceiverError,
)
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.mllp.frames import Broken, FrameReader, framed

MOST_ANSWER = 256 * 1024
"""Bytes of one acknowledgement."""
MOST_FOREIGN = 100
"""Answers to other messages that are read over while one is waited for."""
_PORTION = 65536

AnswerAccept = Callable[[Acknowledgement], bytes]
"""The accept acknowledgement of an acknowledgement that asks for one."""


class MllpSender:
    """A connection to one receiver, opened when first needed and again after it broke; one thread at a time."""

    def __init__(
        self,
        destination: Hl7Destination,
        *,
        accept: AnswerAccept | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._destination = destination
        self._accept = accept
        self._clock = clock
        self._socket: socket.socket | None = None
        self._frames = FrameReader(MOST_ANSWER)
        self._unanswered: set[str] = set()
        self._late: dict[str, Acknowledgement] = {}

    def exchange(self, control_id: str, message: bytes) -> Acknowledgement:
        """Send ``message`` and wait for the answer that settles it: the last one that its header asks for.

        Where an answer to an earlier sending came late, it is that, and nothing is sent.  Raises
        UnreachableReceiverError or NotSentError where the receiver cannot have the message, UnansweredError where it
        may, TooLongError.
        """
        limit = self._destination.max_message_kb * 1024
        if len(message) > limit:
            raise TooLongError(size=len(message), limit=limit)
        self._drain()
        settled = self._late.pop(control_id, None)
        if settled is not None:
            return settled
        connection = self._connected()
        self._send(connection, framed(message))
        self._unanswered.add(control_id)
        try:
            answer = self._wait(connection, control_id)
        except UnansweredError as error:
            if error.context.get("broken") or self._frames.inside or not self._destination.keep_open:
                self.close()
            raise
        self._unanswered.discard(control_id)
        if not self._destination.keep_open:
            self.close()
        return answer

    def settled(self, control_id: str) -> Acknowledgement | None:
        """The answer to a message that was given up on, where it has come since; nothing is sent."""
        self._drain()
        return self._late.get(control_id)

    def reach(self) -> None:
        """Open the connection; UnreachableReceiverError where that fails."""
        self._connected()

    def close(self) -> None:
        connection, self._socket = self._socket, None
        self._frames = FrameReader(MOST_ANSWER)
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        wanted = self._destination
        try:
            plain = socket.create_connection((wanted.host, wanted.port), timeout=wanted.connect_timeout)
        except OSError as error:
            raise UnreachableReceiverError(address=wanted.address, problem=_problem(error)) from None
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = plain if wanted.tls is None else self._secured(plain)
        return self._socket

    def _secured(self, plain: socket.socket) -> socket.socket:
        wanted = self._destination
        try:
            if wanted.tls is None:
                return plain
            return wanted.tls.context().wrap_socket(plain, server_hostname=wanted.host)
        except OSError as error:
            plain.close()
            kind = (
                UntrustedReceiverError if isinstance(error, ssl.SSLCertVerificationError) else UnreachableReceiverError
            )
            raise kind(address=wanted.address, problem=_problem(error)) from None
        except BaseException:
            plain.close()
            raise

    def _send(self, connection: socket.socket, frame: bytes) -> None:
        """All of the frame; where that fails its end has not left, so that no receiver takes it for a message."""
        connection.settimeout(self._destination.timeout)
        try:
            connection.sendall(frame)
        except OSError as error:
            self.close()
            raise NotSentError(address=self._destination.address, problem=_problem(error)) from None

    def _wait(self, connection: socket.socket, control_id: str) -> Acknowledgement:
        foreign = 0
        committed = False
        deadline = self._clock() + self._destination.timeout
        while True:
            for answer in self._receive(connection, control_id, deadline, committed):
                if answer.control_id != control_id:
                    self._remember(answer)
                    foreign += 1
                    if foreign > MOST_FOREIGN:
                        raise self._unanswered_error(control_id, "it answers other messages only", broken=True)
                elif self._settles(answer):
                    self._confirm(connection, answer)
                    return answer
                else:
                    committed = True
                    deadline = self._clock() + self._destination.timeout

    def _settles(self, answer: Acknowledgement) -> bool:
        """An accept acknowledgement settles a message that asked for no other, and one that it refuses."""
        return not (answer.code == "CA" and self._destination.acknowledgement == "enhanced")

    def _receive(
        self, connection: socket.socket, control_id: str, deadline: float, committed: bool
    ) -> list[Acknowledgement]:
        """What the next bytes complete."""
        left = deadline - self._clock()
        nothing = "it has taken the message and said nothing more" if committed else "no answer in time"
        if left <= 0:
            raise self._unanswered_error(control_id, nothing)
        connection.settimeout(left)
        try:
            data = connection.recv(_PORTION)
        except TimeoutError:
            raise self._unanswered_error(control_id, nothing) from None
        except OSError as error:
            raise self._unanswered_error(control_id, _problem(error), broken=True) from None
        if not data:
            raise self._unanswered_error(control_id, "it closed the connection", broken=True)
        try:
            return self._read(data)
        except MessageError:
            raise self._unanswered_error(control_id, "its answer cannot be read", broken=True) from None

    def _read(self, data: bytes) -> list[Acknowledgement]:
        answers = []
        for item in self._frames.feed(data):
            if isinstance(item, Broken):
                raise MessageError(location="frame", problem="it does not end, or is too long")
            answers.append(read_acknowledgement(item.content))
        if self._frames.garbage > MOST_ANSWER:
            raise MessageError(location="frame", problem="bytes outside any frame")
        return answers

    def _drain(self) -> None:
        """Take what arrived meanwhile: late answers are kept, a connection that ended is dropped."""
        while self._socket is not None:
            self._socket.settimeout(0.0)
            try:
                data = self._socket.recv(_PORTION)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            except OSError:
                data = b""
            try:
                for answer in self._read(data):
                    self._remember(answer)
            except MessageError:
                data = b""
            if not data:
                self.close()

    def _remember(self, answer: Acknowledgement) -> None:
        """Keep the answer to a message that was given up on; anything else is a repetition or somebody else's."""
        if answer.control_id in self._unanswered and self._settles(answer):
            self._unanswered.discard(answer.control_id)
            self._late[answer.control_id] = answer

    def _confirm(self, connection: socket.socket, answer: Acknowledgement) -> None:
        if answer.wants_answer and not answer.accept_level and self._accept is not None:
            with suppress(OSError):  # the message is settled whether or not its receiver hears of that
                connection.sendall(framed(self._accept(answer)))

    def _unanswered_error(self, control_id: str, problem: str, *, broken: bool = False) -> UnansweredError:
        return UnansweredError(address=self._destination.address, control_id=control_id, problem=problem, broken=broken)


def _problem(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or type(error).__name__
