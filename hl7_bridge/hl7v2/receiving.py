"""From bytes to an answer: the rules of a receiver, whatever it does with an admission.

Original mode: one answer, AA, AE or AR.  Enhanced mode (MSH-15 or MSH-16 is there): CA, CE or CR as MSH-15 asks,
then AA, AE or AR as MSH-16 asks.  Either comes after the work is durably done.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from hl7_bridge.hl7v2.acknowledgements import INTERNAL_ERROR, Code, Received, acknowledge
from hl7_bridge.hl7v2.admissions import Admission, Systems, event_of, read_admission
from hl7_bridge.hl7v2.errors import MessageError
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.hl7v2.syntax import Message, parse
from hl7_bridge.mllp.frames import Broken
from scribe.domain.errors import ScribeError

log = logging.getLogger("scribe.hl7v2")
_VERSIONS: Final = (
    "2.1",
    "2.2",
    "2.3",
    "2.3.1",
    "2.4",
    "2.5",
    "2.5.1",
    "2.6",
    "2.7",
    "2.7.1",
    "2.8",
    "2.8.1",
    "2.8.2",
    "2.9",
)
_ANSWERS: Final[dict[str, tuple[Code, Code]]] = {"done": ("CA", "AA"), "wrong": ("CE", "AE"), "refused": ("CR", "AR")}

Done = Literal["applied", "repeated", "outdated", "irrelevant"]
"""What became of an admission that is answered AA: done now, done before, older than what is known, nobody of ours."""


class Apply(Protocol):
    def __call__(self, admission: Admission) -> Done:
        """Do what the admission says, durably, once; MessageError where it says too little."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Answers what an MLLP listener receives; never raises for what a sender sent."""

    settings: Hl7Receiver
    systems: Systems
    apply: Apply
    clock: Callable[[], datetime]

    def answer(self, data: bytes) -> tuple[bytes, ...]:
        """The acknowledgements of a message, in order; none for an acknowledgement, or where none was asked for."""
        try:
            message = parse(data, self.settings.charset)
        except MessageError as error:
            return self._failed(Received.guessed(data), error)
        received = Received.of(message)
        if message.header.text(9) in ("ACK", "MCF"):
            return ()
        try:
            self._check(message)
            done = self._done(message)
        except MessageError as error:
            return self._failed(received, error)
        except ScribeError as error:
            log.error("an admission failed: %s", type(error).__name__)
            return self.out_of_order(data)
        log.info("%s %s", event_of(message), done)
        return self._answers(received, "done")

    def refuse(self, broken: Broken) -> tuple[bytes, ...]:
        """The answer to a frame that is no whole message."""
        limit = f"longer than {self.settings.max_message_kb} kB" if broken.too_long else "it ends before it is whole"
        error = MessageError(location="frame", problem=limit, code="104" if broken.too_long else "100", rejects=True)
        return self._failed(Received.guessed(broken.head), error)

    def out_of_order(self, data: bytes) -> tuple[bytes, ...]:
        """The answer where we are at fault: the sender is to try again."""
        error = MessageError(
            location="MSH", problem="not possible at present, send it again later", code=INTERNAL_ERROR, rejects=True
        )
        return self._failed(Received.guessed(data), error)

    def _done(self, message: Message) -> Done:
        if event_of(message) in self.settings.ignore_events:
            return "irrelevant"
        return self.apply(read_admission(message, self.settings, self.systems))

    def _check(self, message: Message) -> None:
        header = message.header
        if not header.text(10):
            raise MessageError(location="MSH-10", problem="the message has no control id", code="101", rejects=True)
        if header.text(9) != "ADT":
            raise MessageError(location="MSH-9", problem="only ADT is taken here", code="200", rejects=True)
        if header.text(11) not in self.settings.processing_ids:
            taken = " ".join(self.settings.processing_ids)
            raise MessageError(location="MSH-11", problem=f"only {taken} is taken here", code="202", rejects=True)
        if header.text(12) not in _VERSIONS:
            raise MessageError(location="MSH-12", problem="not a version 2 of HL7", code="203", rejects=True)
        known = self.settings.applications
        if known and header.text(3) not in known:
            raise MessageError(location="MSH-3", problem="this sender is not configured", code="103", rejects=True)

    def _failed(self, received: Received, error: MessageError) -> tuple[bytes, ...]:
        log.warning("a message was refused: %s %s", error.location, error.code)
        return self._answers(received, "refused" if error.rejects else "wrong", error)

    def _answers(
        self, received: Received, outcome: Literal["done", "wrong", "refused"], error: MessageError | None = None
    ) -> tuple[bytes, ...]:
        """What MSH-15 and MSH-16 ask for; after a negative accept acknowledgement nothing follows."""
        accept, application = _ANSWERS[outcome]
        if not received.accept and not received.application:
            wanted: list[Code] = [application]
        else:
            when = ("AL", "SU" if error is None else "ER")
            asked = ((accept, received.accept), (application, received.application))
            wanted = [code for code, condition in asked if condition in when]
        if error is not None:
            del wanted[1:]
        ours = (self.settings.application, self.settings.facility)
        return tuple(acknowledge(received, code, ours=ours, at=self.clock(), error=error) for code in wanted)
