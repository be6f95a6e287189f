"""Korean particles by the sound before them: after Hangul, digits ("40"), units ("mg") and Latin letters ("CT")."""

import re
from typing import Literal

Particle = Literal["은", "이", "을", "과", "으로", "이에", "이나", "이라"]

_PAIRS: dict[str, tuple[str, str]] = {
    "은": ("은", "는"), "이": ("이", "가"), "을": ("을", "를"), "과": ("과", "와"), "으로": ("으로", "로"),
    "이에": ("이에", "예"), "이나": ("이나", "나"),
    "이라": ("이라", "라"),
}  # fmt: skip
_RIEUL = 8
# the last sound of digits and of tens, hundreds … as read in Sino-Korean: 0 none, 8 ㄹ, any other a final consonant
_DIGIT_FINALS = {"0": 21, "1": _RIEUL, "2": 0, "3": 16, "4": 0, "5": 0, "6": 1, "7": _RIEUL, "8": _RIEUL, "9": 0}
_ZEROS_FINALS = {1: 17, 2: 1, 3: 4, 4: 4, 5: 17, 6: 1, 7: 4, 8: 1}
_UNITS = {
    "mg": 16,
    "g": 16,
    "kg": 16,
    "ug": 16,
    "μg": 16,
    "mL": 0,
    "L": 0,
    "%": 0,
    "℃": 0,
    "cm": 0,
    "mm": 0,
    "mmHg": 0,
    "IU": 0,
    "m²": 0,
}
_LETTERS = {"l": _RIEUL, "m": 16, "n": 4, "r": _RIEUL}


def with_particle(word: str, particle: Particle) -> str:
    """The word with the form of the particle that its last sound asks for; what stands in brackets is not sounded."""
    closed, open_ = _PAIRS[particle]
    final = last_final(word)
    if particle == "으로":
        return word + (open_ if final in (0, _RIEUL) else closed)
    return word + (closed if final else open_)


def last_final(word: str) -> int:
    """The final consonant that ends the word as read (Unicode jamo index: 0 none, 8 ㄹ)."""
    sounded = re.sub(r"\s*\([^()]*\)\s*$", "", word).rstrip(" .,·\"'’”")
    unit = next(
        (u for u in sorted(_UNITS, key=len, reverse=True) if re.search(rf"\d\s*{re.escape(u)}$", sounded)), None
    )
    if unit is not None:
        return _UNITS[unit]
    last = sounded[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if "0" <= last <= "9":
        return _number_final(sounded)
    return _LETTERS.get(last.lower(), 0) if last.isascii() else 0


def _number_final(text: str) -> int:
    match = re.search(r"(\d[\d,]*)(\.\d+)?$", text)
    digits = match[1].replace(",", "") if match else text[-1]
    if match and match[2]:
        return _DIGIT_FINALS[match[2][-1]]
    zeros = len(digits) - len(digits.rstrip("0"))
    return _ZEROS_FINALS.get(zeros, 4) if zeros and digits.strip("0") else _DIGIT_FINALS[digits[-1]]
