"""Korean as it sounds: standard pronunciation, and a spelling of it in which what is often confused lies close.

The rules are those of 표준 발음법 (National Institute of Korean Language): 연음 (§13–14), final neutralisation (§9–11),
ㅎ (§12), 구개음화 (§17), 비음화 (§18–19), 유음화 (§20), 경음화 (§23); ㅐ and ㅔ, ㅙ ㅚ and ㅞ are one vowel, as
nearly all speakers have them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST, _LAST = 0xAC00, 0xD7A3

_CLUSTERS = {
    **{"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ"},
    **{"ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
}
_ALONE = {
    **{"ㄳ": "ㄱ", "ㄵ": "ㄴ", "ㄶ": "ㄴ", "ㄺ": "ㄱ", "ㄻ": "ㅁ", "ㄼ": "ㄹ", "ㄽ": "ㄹ"},
    **{"ㄾ": "ㄹ", "ㄿ": "ㅂ", "ㅀ": "ㄹ", "ㅄ": "ㅂ"},
}
_NEUTRAL = {"ㄲ": "ㄱ", "ㅋ": "ㄱ", "ㅅ": "ㄷ", "ㅆ": "ㄷ", "ㅈ": "ㄷ", "ㅊ": "ㄷ", "ㅌ": "ㄷ", "ㅎ": "ㄷ", "ㅍ": "ㅂ"}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ", "ㅅ": "ㅌ"}
_TENSE = {"ㄱ": "ㄲ", "ㄷ": "ㄸ", "ㅂ": "ㅃ", "ㅅ": "ㅆ", "ㅈ": "ㅉ"}
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
_SAME_VOWEL = {"ㅔ": "ㅐ", "ㅖ": "ㅒ", "ㅚ": "ㅙ", "ㅞ": "ㅙ"}
_PLAIN_AFTER_PALATAL = {"ㅑ": "ㅏ", "ㅕ": "ㅓ", "ㅛ": "ㅗ", "ㅠ": "ㅜ", "ㅒ": "ㅐ"}

# Two symbols a phoneme: what kind of sound, and which of the kind; ㅎ and ㅡ, which come and go, are one symbol.
_KINDS = (
    *("kㄱㅋㄲ", "tㄷㅌㄸ", "pㅂㅍㅃ", "cㅈㅊㅉ", "sㅅㅆ", "nㄴ", "mㅁ", "gㅇ", "lㄹ"),
    *("aㅏㅑㅘ", "oㅓㅗㅕㅛㅝ", "uㅜㅠ", "iㅣㅟㅢ", "eㅐㅒㅙ"),
)
_SPELLED = {sound: kind[0] + sound for kind in _KINDS for sound in kind[1:]} | {"ㅎ": "h", "ㅡ": "u"}


@dataclass(slots=True)
class _Syllable:
    onset: str
    vowel: str
    coda: str


def pronounced(text: str) -> str:
    """The sounds of the Hangul in ``text`` in order, as compatibility jamo; silent ㅇ and all else is left out."""
    syllables = [_syllable(char) for char in text if _FIRST <= ord(char) <= _LAST]
    for index, here in enumerate(syllables):
        following = syllables[index + 1] if index + 1 < len(syllables) else None
        if following is None:
            here.coda = _neutral(here.coda)
        else:
            _join(here, following)
    return "".join(_sounds(syllables))


def spelled(text: str) -> str:
    """The sounds of ``text`` for comparison: an edit of one symbol is a near miss (ㄱ for ㅋ, ㅓ for ㅗ, a lost ㅡ), of
    two another sound."""
    return "".join(_SPELLED[sound] for sound in pronounced(text))


def _syllable(char: str) -> _Syllable:
    rest, coda = divmod(ord(char) - _FIRST, 28)
    onset, vowel = divmod(rest, 21)
    return _Syllable(_ONSETS[onset], _VOWELS[vowel], _CODAS[coda])


def _sounds(syllables: list[_Syllable]) -> Iterator[str]:
    for position, syllable in enumerate(syllables):
        if syllable.onset != "ㅇ":
            yield syllable.onset
        vowel = _SAME_VOWEL.get(syllable.vowel, syllable.vowel)
        if syllable.onset in "ㅈㅉㅊ":
            vowel = _PLAIN_AFTER_PALATAL.get(vowel, vowel)
        yield "ㅣ" if vowel == "ㅢ" and (position or syllable.onset != "ㅇ") else vowel
        yield syllable.coda


def _neutral(coda: str) -> str:
    coda = _ALONE.get(coda, coda)
    return _NEUTRAL.get(coda, coda)


def _join(here: _Syllable, following: _Syllable) -> None:
    """The sounds where two syllables meet."""
    if following.onset == "ㅇ":
        _link(here, following)
        return
    if following.onset == "ㅎ" or here.coda in ("ㅎ", "ㄶ", "ㅀ"):
        _breathe(here, following)
    here.coda = _neutral(here.coda)
    if here.coda in _NASAL and following.onset in "ㄱㄷㅂㅅㅈ":
        following.onset = _TENSE[following.onset]
    if following.onset == "ㄹ" and here.coda in ("ㄱ", "ㄷ", "ㅂ", "ㅁ", "ㅇ"):
        following.onset = "ㄴ"
    if here.coda in _NASAL and following.onset in "ㄴㅁ":
        here.coda = _NASAL[here.coda]
    if (here.coda, following.onset) in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")):
        here.coda = following.onset = "ㄹ"


def _link(here: _Syllable, following: _Syllable) -> None:
    """A final consonant goes over to a syllable that begins with a vowel."""
    if here.coda in ("", "ㅇ"):
        return
    both = _CLUSTERS.get(here.coda, here.coda)
    here.coda, goes = both[:-1], both[-1]
    if goes == "ㅎ":
        return
    following.onset = _PALATAL.get(goes, goes) if following.vowel == "ㅣ" else goes


def _breathe(here: _Syllable, following: _Syllable) -> None:
    """ㅎ makes its neighbour breathed, and is lost."""
    if here.coda in ("ㅎ", "ㄶ", "ㅀ"):
        here.coda = _CLUSTERS[here.coda][0] if here.coda in _CLUSTERS else ""
        following.onset = {**_ASPIRATED, "ㅅ": "ㅆ"}.get(following.onset, following.onset)
        return
    last = _CLUSTERS[here.coda][1] if here.coda in _CLUSTERS else here.coda
    last = last if last == "ㅈ" else _NEUTRAL.get(last, last)
    if last in _ASPIRATED:
        here.coda = _CLUSTERS[here.coda][0] if here.coda in _CLUSTERS else ""
        following.onset = _ASPIRATED[last]
