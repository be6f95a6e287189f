"""Finding people as Koreans type them: by a part of the name, its initial consonants (초성), or the number.

``static/worklist.js`` does the same in the browser; the two are tested on the same cases.
"""

import unicodedata

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FIRST, _LAST = ord("가"), ord("힣")
_FINALS = 28
_MEDIALS_AND_FINALS = 21 * _FINALS


def folded(text: str) -> str:
    """``text`` as it is compared: NFC, without spaces and hyphens, small letters."""
    return "".join(unicodedata.normalize("NFC", text).split()).replace("-", "").casefold()


def found(query: str, *texts: str) -> bool:
    """Whether one of ``texts`` has ``query`` in it; an empty query is in everything.

    A consonant stands for any syllable that begins with it, a syllable without final consonant for those that only
    add one: what is half typed finds already what it is going to be.
    """
    wanted = folded(query)
    return not wanted or any(_within(wanted, folded(text)) for text in texts)


def _within(wanted: str, text: str) -> bool:
    places = range(len(text) - len(wanted) + 1)
    return any(all(map(_stands_for, wanted, text[place:])) for place in places)


def _stands_for(typed: str, letter: str) -> bool:
    if typed == letter:
        return True
    syllable = ord(letter) - _FIRST
    if not 0 <= syllable <= _LAST - _FIRST:
        return False
    if typed in _INITIALS:
        return _INITIALS[syllable // _MEDIALS_AND_FINALS] == typed
    open_syllable = ord(typed) - _FIRST
    return (
        0 <= open_syllable <= _LAST - _FIRST
        and open_syllable % _FINALS == 0
        and syllable // _FINALS == open_syllable // _FINALS
    )
