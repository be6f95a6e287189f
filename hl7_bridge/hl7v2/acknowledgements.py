"""Acknowledgements read and judged, and made (HL7 v2.5, chapter 2.9; error codes of table 0357)."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from hl7_bridge.hl7v2.errors import MessageError
from hl7_bridge.hl7v2.escapes import STANDARD, Delimiters
from hl7_bridge.hl7v2.syntax import Composite, Message, Segment, Value, parse, segment
from hl7_bridge.hl7v2.times import stamp

Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
Verdict = Literal["accepted", "refused", "later"]
CODES: Final[tuple[Code, ...]] = ("AA", "AE", "AR", "CA", "CE", "CR")
INTERNAL_ERROR: Final = "207"
_OLD = ("2.1", "2.2", "2.3", "2.3.1", "2.4")
"""Versions whose ERR segment has no ERR-3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """An answer: MSA-1, MSA-2 and what its ERR segments say.

    ``conditions`` are codes of table 0357 (or the receiver's own), ``places`` where it found them (``PID-3``);
    neither holds text.  ``own_id`` is its MSH-10, ``wants_answer`` whether it asks to be acknowledged itself.
    """

    code: Code
    control_id: str
    conditions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    own_id: str = ""
    wants_answer: bool = False

    @property
    def accept_level(self) -> bool:
        """True for an accept acknowledgement: stored, not yet looked at."""
        return self.code.startswith("C")

    def verdict(self, retry: Collection[str]) -> Verdict:
        """What to do about it: ``later`` where the same message may be taken another time.

        That is so for the conditions in ``retry``, and for a rejection without any condition: AR and CR stand for
        reasons that have nothing to do with the content, unless a condition says otherwise.
        """
        if self.code in ("AA", "CA"):
            return "accepted"
        if self.conditions:
            return "later" if set(self.conditions) <= set(retry) else "refused"
        return "later" if self.code in ("AR", "CR") else "refused"


def read_acknowledgement(data: bytes) -> Acknowledgement:
    """The acknowledgement in a frame; MessageError where it is none.

    Only codes and identifiers are read: text in a character set that is not declared does no harm.
    """
    message = parse(re.sub(rb"[\x80-\xff]", b"?", data), "ASCII")
    told = message.require("MSA")
    code = next((code for code in CODES if code == told.text(1)), None)
    if code is None:
        raise MessageError(location="MSA-1", problem="not an acknowledgement code", code="103")
    errors = tuple(message.all("ERR"))
    conditions = [told.text(6), *(error.text(3) or error.text(1, 4) for error in errors)]
    return Acknowledgement(
        code=code,
        control_id=told.text(2),
        conditions=tuple(_code(condition) for condition in conditions if condition not in ("", "0")),
        places=tuple(place for error in errors for place in _places(error)),
        own_id=message.control_id,
        wants_answer=message.header.text(15) in ("AL", "SU"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What an answer repeats of the message it is to: its header, as far as it could be read."""

    sender: tuple[str, str] = ("", "")
    event: str = ""
    control_id: str = ""
    processing_id: str = "P"
    version: str = "2.5"
    accept: str = ""
    application: str = ""
    delimiters: Delimiters = STANDARD

    @classmethod
    def of(cls, message: Message) -> "Received":
        header = message.header
        return cls(
            sender=(header.raw(3), header.raw(4)),
            event=header.text(9, 2),
            control_id=header.raw(10),
            processing_id=header.text(11) or "P",
            version=header.text(12) or "2.5",
            accept=header.text(15),
            application=header.text(16),
            delimiters=message.delimiters,
        )

    @classmethod
    def guessed(cls, data: bytes) -> "Received":
        """From bytes that are no readable message: whatever stands where the header has it, in ASCII."""
        line = re.split(b"[\r\n]", data, maxsplit=1)[0][:2000]
        try:
            header = parse(re.sub(rb"[^\x20-\x7e]", b"?", line), "ASCII")
        except MessageError:
            return cls()
        return cls.of(header)


def acknowledge(
    received: Received,
    code: Code,
    *,
    ours: tuple[str, str],
    at: datetime,
    error: MessageError | None = None,
) -> bytes:
    """An ACK in the separators and version of the message it answers, in ASCII: our reasons quote nobody."""
    signs = received.delimiters
    header: dict[int, Value] = {
        3: _parts(ours[0]),
        4: _parts(ours[1]),
        7: stamp(at),
        9: Composite("ACK", received.event, "ACK") if received.event else "ACK",
        10: _own_id(received.control_id, code),
        11: received.processing_id,
        12: received.version,
    }
    text = "" if error is None else f"{error.location}: {error.problem}"
    told = segment("MSA", {1: code, 3: text[:80]}, signs)
    segments = [
        _with(
            segment("MSH", header, signs),
            {1: signs.field, 2: signs.encoding_characters, 5: received.sender[0], 6: received.sender[1]},
        ),
        _with(told, {2: received.control_id}),
    ]
    if error is not None:
        segments.append(_error(error, received))
    return "".join(item.written() + "\r" for item in segments).encode("ascii", "replace")


def _with(made: Segment, raw: dict[int, str]) -> Segment:
    """The segment with fields as they stood in the message that is answered; what is not ASCII is not repeated."""
    fields = list(made.fields)
    for number, field in raw.items():
        fields[number - 1] = field if field.isascii() else ""
    return Segment(made.name, tuple(fields), made.delimiters)


def _error(error: MessageError, received: Received) -> Segment:
    name, _, field = error.location.partition("-")
    place = (name, "1", field) if re.fullmatch("[A-Z][A-Z0-9]{2}", name) else ("", "", "")
    condition = Composite(error.code, "", "HL70357")
    if received.version in _OLD:
        return segment("ERR", {1: Composite(*place, condition)}, received.delimiters)
    text = f"{error.location}: {error.problem}"
    values: dict[int, Value] = {2: Composite(*place), 3: condition, 4: "E", 8: text[:250]}
    return segment("ERR", values, received.delimiters)


def _places(error: Segment) -> tuple[str, ...]:
    """Where the receiver found the error, without anything that is not a place."""
    field = 2 if error.raw(2) else 1
    name, number = error.text(field, 1), error.text(field, 3)
    if not re.fullmatch("[A-Z][A-Z0-9]{2}", name):
        return ()
    return (f"{name}-{number}" if number.isdigit() else name,)


def _code(text: str) -> str:
    """A condition as a code; whatever is longer than a code is not shown to anybody."""
    return text if re.fullmatch(r"[A-Za-z0-9._-]{1,20}", text) else "other"


def _parts(text: str) -> Composite:
    return Composite(*text.split("^"))


def _own_id(control_id: str, code: Code) -> str:
    """The same answer to the same message has the same MSH-10."""
    return "A" + hashlib.sha256(f"{code}\n{control_id}".encode()).hexdigest()[:19].upper()
