"""Escape sequences both ways (HL7 v2.5, chapter 2.7), under the separators that the message declares."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\u0085\u2028\u2029]")
_SPACING = re.compile(r"\.(sp|sk)([+-]?\d{0,3})")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The separators of MSH-1 and MSH-2; ``truncation`` is the fifth character that version 2.7 added."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""

    @property
    def encoding_characters(self) -> str:
        return self.component + self.repetition + self.escape + self.subcomponent + self.truncation

    def sequences(self) -> dict[str, str]:
        """What stands between two escape characters for each separator."""
        named = {self.field: "F", self.component: "S", self.subcomponent: "T", self.repetition: "R", self.escape: "E"}
        return named | ({self.truncation: "P"} if self.truncation else {})


STANDARD = Delimiters()


class UnknownSwitchError(ValueError):
    """The text changes its character set within itself (``\\C..\\`` or ``\\M..\\``)."""


def plain(text: str) -> str:
    """NFC, every kind of line end as a line feed."""
    return _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))


def escape(text: str, delimiters: Delimiters = STANDARD, *, formatted: bool = False) -> str:
    """``text`` as it stands in a field: no separator and no control character is left bare.

    A line feed becomes ``\\.br\\`` in ``formatted`` text (FT) and ``\\X0A\\`` elsewhere.
    """
    return plain(text).translate(_escaping(delimiters, formatted))


def unescape(text: str, delimiters: Delimiters = STANDARD, codec: str = "utf-8") -> str:
    """The text that a field states: escape sequences resolved, line ends as line feeds, NFC.

    ``\\X..\\`` holds bytes in ``codec``: UnicodeDecodeError where they are none.  Highlighting and indenting, which
    have no text, go; a sequence that nobody knows, or an escape character that stands alone, stays as it is.
    Raises :class:`UnknownSwitchError`.
    """
    mark = delimiters.escape
    if mark not in text:
        return plain(text)
    names = {name: sign for sign, name in delimiters.sequences().items()}
    sequence = re.compile(f"{re.escape(mark)}([^{re.escape(mark)}\r\n]{{1,4096}}){re.escape(mark)}")
    pieces, done, place = [], 0, 0
    while (found := sequence.search(text, place)) is not None:
        meaning = _meaning(found[1], names, codec)
        place = found.end() if meaning is not None else found.start() + 1
        if meaning is not None:
            pieces += [text[done : found.start()], meaning]
            done = place
    return plain("".join([*pieces, text[done:]]))


def _meaning(sequence: str, names: dict[str, str], codec: str) -> str | None:
    """What a sequence stands for; None where it is none that we know."""
    if sequence in names:
        return names[sequence]
    if sequence in ("H", "N"):
        return ""
    if re.fullmatch("X([0-9A-Fa-f]{2})+", sequence):
        return bytes.fromhex(sequence[1:]).decode(codec)
    if re.fullmatch("[CM][0-9A-Fa-f]{4,6}", sequence):
        raise UnknownSwitchError
    if sequence in (".br", ".ce"):
        return "\n"
    spacing = _SPACING.fullmatch(sequence)
    if spacing:
        return ("\n" if spacing[1] == "sp" else " ") * max(int(spacing[2] or 1), 1)
    return "" if re.fullmatch(r"\.(in|ti)[+-]?\d{1,3}|\.(fi|nf)", sequence) else None


@lru_cache(maxsize=64)
def _escaping(delimiters: Delimiters, formatted: bool) -> dict[int, str]:
    mark = delimiters.escape
    table = {code: f"{mark}X{code:02X}{mark}" for code in (*range(0x20), 0x7F) if code != 0x09}
    if formatted:
        table[0x0A] = f"{mark}.br{mark}"
    return table | {ord(sign): f"{mark}{name}{mark}" for sign, name in delimiters.sequences().items()}
