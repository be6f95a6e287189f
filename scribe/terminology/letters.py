"""Korean words as they stand half typed: letters of syllables, initial sounds, the syllable under the cursor."""

import re
import unicodedata
from functools import cache

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_MOVES_ON = {"ㄳ": ("ㄱ", "ㅅ"), "ㄵ": ("ㄴ", "ㅈ"), "ㄶ": ("ㄴ", "ㅎ"), "ㄺ": ("ㄹ", "ㄱ"), "ㄻ": ("ㄹ", "ㅁ"),
             "ㄼ": ("ㄹ", "ㅂ"), "ㄽ": ("ㄹ", "ㅅ"), "ㄾ": ("ㄹ", "ㅌ"), "ㄿ": ("ㄹ", "ㅍ"), "ㅀ": ("ㄹ", "ㅎ"),
             "ㅄ": ("ㅂ", "ㅅ")}  # fmt: skip
_MARKS = re.compile(r"[^\w]+|_")
_FIRST, _LAST = ord("가"), ord("힣")
_PER_INITIAL, _PER_VOWEL = 588, 28


def searchable(text: str) -> str:
    """``text`` in one form for searching: NFC, case folded, marks as single spaces; lone letters stay."""
    return " ".join(_MARKS.sub(" ", unicodedata.normalize("NFC", text)).casefold().split())


def spelled_out(text: str) -> str:
    """Each syllable as its letters one by one ("감기" is ㄱㅏㅁㄱㅣ): what is typed so far begins what it becomes."""
    return text.translate(_spellings())


def initials(text: str) -> str:
    """The initial sound of each syllable ("급성 인두염" is "ㄱㅅ ㅇㄷㅇ"); everything else as it is."""
    return text.translate(_initials())


def is_initials(text: str) -> bool:
    """Whether ``text`` is of initial sounds alone, two or more."""
    letters = text.replace(" ", "")
    return len(letters) > 1 and all(letter in _INITIALS for letter in letters)


@cache
def _spellings() -> dict[int, str]:
    alone = (*_FINALS[1:], *_INITIALS)
    return {ord(c): _letters(c) for c in (*map(chr, range(_FIRST, _LAST + 1)), *alone)}


@cache
def _initials() -> dict[int, str]:
    return {code: _INITIALS[(code - _FIRST) // _PER_INITIAL] for code in range(_FIRST, _LAST + 1)}


def _letters(character: str) -> str:
    place = ord(character) - _FIRST
    if not 0 <= place <= _LAST - _FIRST:
        return "".join(_MOVES_ON.get(character, (character,)))
    initial, rest = divmod(place, _PER_INITIAL)
    vowel, final = divmod(rest, _PER_VOWEL)
    last = _FINALS[final]
    return _INITIALS[initial] + _VOWELS[vowel] + "".join(_MOVES_ON.get(last, (last,)))
