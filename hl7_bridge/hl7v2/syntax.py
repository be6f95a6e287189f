"""Messages as segments, fields, repetitions, components and subcomponents: strict reading, exact writing.

Python-hl7 serves as a peer in the tests; this reader is our own because a receiver must say *where* a message is
wrong, hold to its declared character set, and never guess separators.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hl7_bridge.hl7v2.charsets import Charset, codec_of, decoded
from hl7_bridge.hl7v2.errors import MessageError
from hl7_bridge.hl7v2.escapes import STANDARD, Delimiters, UnknownSwitchError, escape, unescape
from hl7_bridge.hl7v2.settings import CharsetName

NULL: Final = '""'
"""What a sender writes to say that a value is to be deleted, as against left as it is."""
_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_MOST_SEGMENTS: Final = 10_000
_LONGEST_HEADER: Final = 4096
"""Bytes of a field of MSH, which nobody fills so far: what is read before a sender is known has its bounds."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """Formatted text (FT): its line ends become ``\\.br\\``."""

    text: str


@dataclass(frozen=True, init=False, slots=True)
class Composite:
    """Components of a field, or the subcomponents of a component."""

    parts: tuple["str | Composite", ...]

    def __init__(self, *parts: "str | Composite") -> None:
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True, init=False, slots=True)
class Repeated:
    """Several values of one field."""

    values: tuple[str | Composite, ...]

    def __init__(self, *values: str | Composite) -> None:
        object.__setattr__(self, "values", values)


Value = str | Formatted | Composite | Repeated


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment with its fields as they stand in the message; field *n* is ``fields[n - 1]``.

    MSH-1 is the field separator itself.  ``codec`` is that of the message, for ``\\X..\\``.
    """

    name: str
    fields: tuple[str, ...]
    delimiters: Delimiters = STANDARD
    codec: str = "utf-8"

    def raw(self, number: int) -> str:
        """The field as it stands, "" where there is none."""
        return self.fields[number - 1] if 0 < number <= len(self.fields) else ""

    def count(self, number: int) -> int:
        """How often the field repeats; 0 where it is empty."""
        raw = self.raw(number)
        return raw.count(self.delimiters.repetition) + 1 if raw else 0

    def text(self, number: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str:
        """A part of a field, unescaped and without spaces around it; "" where there is none or it is null.

        Raises MessageError where its escape sequences hold no text.
        """
        part = _part(self.raw(number), self.delimiters.repetition, repetition)
        part = _part(part, self.delimiters.component, component)
        part = _part(part, self.delimiters.subcomponent, subcomponent)
        if part == NULL:
            return ""
        location = f"{self.name}-{number}"
        try:
            return unescape(part, self.delimiters, self.codec).strip()
        except UnicodeDecodeError:
            raise MessageError(location=location, problem="an escape sequence holds no text of the charset") from None
        except UnknownSwitchError:
            raise MessageError(location=location, problem="the text changes its character set within") from None

    def is_null(self, number: int) -> bool:
        """True where the sender says that there is no value."""
        return self.raw(number) == NULL

    def written(self) -> str:
        if self.name == "MSH":
            return self.name + self.delimiters.field + self.delimiters.field.join(self.fields[1:])
        return self.delimiters.field.join((self.name, *self.fields))


@dataclass(frozen=True, slots=True)
class Message:
    """A message; its first segment is MSH."""

    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        return self.segments[0]

    @property
    def delimiters(self) -> Delimiters:
        return self.header.delimiters

    @property
    def control_id(self) -> str:
        return self.header.text(10)

    def first(self, name: str) -> Segment | None:
        """The first segment of that name, None where there is none."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def require(self, name: str) -> Segment:
        """The first segment of that name; MessageError where there is none."""
        found = self.first(name)
        if found is None:
            raise MessageError(location=name, problem="the segment is missing", code="100")
        return found

    def all(self, name: str) -> Iterator[Segment]:
        return (segment for segment in self.segments if segment.name == name)

    def text(self) -> str:
        """The message as text, each segment ended by a carriage return."""
        return "".join(segment.written() + "\r" for segment in self.segments)

    def encode(self, charset: Charset) -> bytes:
        """The message as bytes; UnencodableError names segment, field, place and code point."""
        mark = self.delimiters.field.encode()
        lines = []
        for segment in self.segments:
            start = 2 if segment.name == "MSH" else 1
            fields = segment.fields[1:] if segment.name == "MSH" else segment.fields
            encoded = (
                charset.encode(field, f"{segment.name}-{number}", self.delimiters)
                for number, field in enumerate(fields, start)
            )
            lines.append(mark.join((segment.name.encode(), *encoded)))
        return b"".join(line + b"\r" for line in lines)


def segment(name: str, values: dict[int, Value], delimiters: Delimiters = STANDARD) -> Segment:
    """A segment of ``values`` by field number; what is between them is empty."""
    last = max(values, default=0)
    fields = tuple(written(values.get(number, ""), delimiters) for number in range(1, last + 1))
    return Segment(name, fields, delimiters)


def written(value: Value, delimiters: Delimiters = STANDARD) -> str:
    """A value as it stands in a field; empty parts at the end are left out."""
    if isinstance(value, Repeated):
        return delimiters.repetition.join(_composite(one, delimiters, delimiters.component) for one in value.values)
    if isinstance(value, Formatted):
        return escape(value.text, delimiters, formatted=True)
    return _composite(value, delimiters, delimiters.component)


def parse(data: bytes, undeclared: CharsetName = "ASCII") -> Message:
    """Read a message.

    Separators come from MSH-1 and MSH-2, the character set from MSH-18, or is ``undeclared`` where it says nothing;
    bytes outside it are refused.  Segments end with CR; CR LF is taken too, and LF where a segment follows.
    Raises MessageError.
    """
    data = data.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n")
    delimiters = _delimiters(data)
    first = re.split(b"[\r\n]", data, maxsplit=1)[0].split(delimiters.field.encode())
    if any(len(field) > _LONGEST_HEADER for field in first):
        problem = f"a field of more than {_LONGEST_HEADER} bytes"
        raise MessageError(location="MSH", problem=problem, code="104", rejects=True)
    declared = first[17].decode("ascii", "replace").strip() if len(first) > 17 else ""
    codec = codec_of(declared.replace(delimiters.repetition, "~"), undeclared)
    lines = _lines(decoded(data, codec, declared), delimiters.field)
    return Message(tuple(_segment(line, n, delimiters, codec) for n, line in enumerate(lines, 1)))


def _lines(text: str, bar: str) -> list[str]:
    lines = re.split(rf"\r\n?|\n(?=[A-Z][A-Z0-9]{{2}}(?:{re.escape(bar)}|[\r\n]|$))", text)
    found = [line for line in lines if line.strip()]
    if len(found) > _MOST_SEGMENTS:
        raise MessageError(location="MSH", problem=f"more than {_MOST_SEGMENTS} segments", code="104", rejects=True)
    return found


def _segment(line: str, number: int, delimiters: Delimiters, codec: str) -> Segment:
    name, *fields = line.split(delimiters.field)
    if not _NAME.fullmatch(name):
        raise MessageError(location=f"line {number}", problem="it does not begin with a segment name", code="100")
    if name == "MSH":
        if number > 1:
            raise MessageError(location=f"line {number}", problem="a second MSH in one message", code="100")
        fields = [delimiters.field, *fields]
    return Segment(name, tuple(fields), delimiters, codec)


def _delimiters(data: bytes) -> Delimiters:
    if not data.startswith(b"MSH") or len(data) < 9:
        raise MessageError(location="MSH", problem="the message does not begin with MSH", code="100", rejects=True)
    bar = chr(data[3])
    signs = data[4:10].decode("latin-1").partition(bar)[0]
    used = bar + signs
    if len(signs) not in (4, 5) or len(set(used)) != len(used) or not all(map(_separates, used)):
        problem = "the separators of MSH-1 and MSH-2 are not five or six different signs"
        raise MessageError(location="MSH-2", problem=problem, code="102", rejects=True)
    return Delimiters(bar, *signs)


def _separates(sign: str) -> bool:
    return "!" <= sign <= "~" and not sign.isalnum()


def _part(text: str, separator: str, number: int) -> str:
    parts = text.split(separator)
    return parts[number - 1] if 0 < number <= len(parts) else ""


def _composite(value: str | Composite, delimiters: Delimiters, separator: str) -> str:
    if isinstance(value, str):
        return escape(value, delimiters)
    inner = (_composite(part, delimiters, delimiters.subcomponent) for part in value.parts)
    return separator.join(inner).rstrip(separator)
