"""The published table: what is written for a character that the declared character set lacks.

``docs/bridge/hl7v2.md`` prints it; a test keeps the two equal.  Whatever is neither here nor a Latin letter with
marks is refused, never dropped.  Meaning is kept before looks: a raised digit becomes ``^9``, so that ``10⁹`` is not
read as 109.
"""

import unicodedata
from typing import Final

_SPACES: Final = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
_INVISIBLE: Final = "\u200b\u2060\ufeff\ufe0e\ufe0f"
"""Zero width space, word joiner, byte order mark, variation selectors: nothing a reader would see."""
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"
_DOTS: Final = "\u2022\u2027\u2219\u22c5\u30fb\uff65"

TABLE: Final[dict[str, str]] = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_INVISIBLE, ""),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_DOTS, "\u00b7"),
    "\u00b5": "\u03bc",  # µ micro sign: μ
    "\u20a9": "\uffe6",  # ₩: ￦
    "\u00a3": "\uffe1",
    "\u00a5": "\uffe5",
    "\u00a2": "\uffe0",
    "\u00a9": "(C)",
    "\u00ab": "\u300a",
    "\u00bb": "\u300b",
    "\u2039": "\u3008",
    "\u203a": "\u3009",
    "\u201a": ",",
    "\u201b": "'",
    "\u201e": '"',
    "\u201f": '"',
    "\u2248": "\u2252",  # ≈: ≒
    "\u2266": "\u2264",  # ≦: ≤
    "\u2267": "\u2265",
    "\u2a7d": "\u2264",
    "\u2a7e": "\u2265",
    "\u2070": "^0",
    "\u2075": "^5",
    "\u2076": "^6",
    "\u2077": "^7",
    "\u2078": "^8",
    "\u2079": "^9",
    "\u207a": "^+",
    "\u207b": "^-",
    "\u2080": "0",
    "\u2085": "5",
    "\u2086": "6",
    "\u2087": "7",
    "\u2088": "8",
    "\u2089": "9",
    **{chr(0x245F + number): f"({number})" for number in range(16, 21)},  # ⑯ to ⑳
    "\u216a": "XI",
    "\u216b": "XII",
    "\u217a": "xi",
    "\u217b": "xii",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\u0192": "f",
    "\u2713": "v",
    "\u2714": "v",
    "\u2717": "x",
    "\u2718": "x",
    "\u2610": "\u25a1",
    "\u2611": "[v]",
    "\u2612": "[x]",
    "\u25aa": "\u25a0",
    "\u25ab": "\u25a1",
    "\u25b8": "\u25b6",
    "\u2023": "\u25b6",
    "\u25e6": "\u25cb",
    "\u2794": "\u2192",
    "\u279c": "\u2192",
    "\u27a1": "\u2192",
    "\uff61": "\u3002",
    "\uff62": "\u300c",
    "\uff63": "\u300d",
    "\uff64": "\u3001",
}


def transliterated(character: str) -> str | None:
    """What to write for ``character``; None where the table has nothing for it."""
    written = TABLE.get(character)
    return written if written is not None else _without_marks(character)


def _without_marks(character: str) -> str | None:
    """The plain letter of a Latin letter with marks (é, ü, ñ)."""
    parts = unicodedata.normalize("NFD", character)
    letter, marks = parts[0], parts[1:]
    plain = marks and letter.isascii() and letter.isalpha() and all(map(unicodedata.combining, marks))
    return letter if plain else None
