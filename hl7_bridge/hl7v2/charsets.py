"""Character sets by their HL7 names (MSH-18, table 0211): strict decoding, encoding by the published table.

Korean text under KS X 1001 is code page 949: Python's own ``euc_kr`` writes 8,822 syllables (뷁) as eight bytes that
nobody else reads as one.  Where a sender wrote them so, they are put together again.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from hl7_bridge.hl7v2.errors import MessageError, UndecodableError, UnencodableError
from hl7_bridge.hl7v2.escapes import STANDARD, Delimiters, escape
from hl7_bridge.hl7v2.settings import CharsetName
from hl7_bridge.hl7v2.transliteration import transliterated

CODECS: Final[dict[CharsetName, str]] = {"UNICODE UTF-8": "utf-8", "KS X 1001": "cp949", "ASCII": "ascii"}
_READ: Final = {
    "ASCII": "ascii",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    "KSX1001": "cp949",
    "KSC5601": "cp949",
    "KSC56011987": "cp949",
    "EUCKR": "cp949",
    "CP949": "cp949",
    "MS949": "cp949",
    "UHC": "cp949",
    "88591": "latin-1",
    "ISO88591": "latin-1",
}
"""The spellings that occur, without spaces and punctuation.  Johab, UTF-16 and UTF-32 are not among them: their bytes
collide with the separators."""
_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS: Final = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_FILLER: Final = "\u3164"
_SPELLED: Final = re.compile(f"{_FILLER}([{_INITIALS}])([{_VOWELS}])([{_FINALS}{_FILLER}])")


@dataclass(frozen=True, slots=True)
class Charset:
    """How text is written: ``name`` goes to MSH-18."""

    name: CharsetName
    unencodable: Literal["refuse", "code_point"] = "refuse"

    @property
    def codec(self) -> str:
        return CODECS[self.name]

    def encode(self, text: str, location: str, delimiters: Delimiters = STANDARD) -> bytes:
        """The bytes of a field as it stands; UnencodableError names ``location`` and the place (from 1) in it."""
        try:
            return text.encode(self.codec)
        except UnicodeEncodeError:
            return b"".join(self._one(sign, n, location, delimiters) for n, sign in enumerate(text, 1))

    def _one(self, sign: str, position: int, location: str, delimiters: Delimiters) -> bytes:
        written = transliterated(sign)
        if written is None and self.unencodable == "code_point":
            written = f"[U+{ord(sign):04X}]"
        for choice in (sign, written):
            if choice is not None and self._has(choice):
                return (sign if choice is sign else escape(choice, delimiters)).encode(self.codec)
        raise UnencodableError(location=location, position=position, code_point=ord(sign), charset=self.name)

    def _has(self, text: str) -> bool:
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True


def codec_of(declared: str, undeclared: CharsetName) -> str:
    """The codec of what MSH-18 declares, ``undeclared`` where it declares nothing; MessageError for any other."""
    names = {re.sub(r"[^A-Z0-9]", "", name.upper()) for name in declared.split("~") if name.strip()}
    if not names:
        return CODECS[undeclared]
    if len(names) > 1 or not names <= set(_READ):
        known = ", ".join(CODECS)
        raise MessageError(
            location="MSH-18", problem=f"the character set is not one of {known}", code="103", rejects=True
        )
    return _READ[names.pop()]


def decoded(data: bytes, codec: str, declared: str) -> str:
    """The text; UndecodableError where a byte is not of ``codec``."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        said = f"declared as {declared}" if declared else "which declares none and is read as configured"
        raise UndecodableError(
            location="MSH-18",
            problem=f"byte {error.start + 1} is not {codec} text, in a message {said}",
            code="102",
            rejects=True,
        ) from None
    return _SPELLED.sub(_syllable, text) if codec == "cp949" else text


def _syllable(found: re.Match[str]) -> str:
    """The syllable of a made-up sequence (KS X 1001, annex 3)."""
    final = 0 if found[3] == _FILLER else _FINALS.index(found[3]) + 1
    return chr(0xAC00 + (_INITIALS.index(found[1]) * 21 + _VOWELS.index(found[2])) * 28 + final)
