"""Where a term is a word of its own in Korean text, and how its surface is folded to be looked up."""

import re
from collections.abc import Iterable, Mapping

from scribe.drafting.morphology import ENDINGS, PARTICLES, VERBAL, Morpheme

_UNSPOKEN = frozenset(" \t\n\u00a0-‐‑·")
_DROP_UNSPOKEN = str.maketrans("", "", "".join(sorted(_UNSPOKEN)))
_COUNTERS = frozenset("배")  # "세 배로 늘었어요"
_NUMERAL_BEFORE = re.compile(r"(한|두|세|네|몇|[일이삼사오육칠팔구십백]|\d)\s+$")
_CLEAR_PARTICLES = frozenset({"이", "가", "은", "는", "을", "를", "도", "만"})
_RUNS = """이 가 은 는 을 를 도 만 에 의 로 랑 와 과 나 요 으로 이나 이랑 하고 에서 에는 에도 까지 부터 마다 처럼 보다
이요 은요 는요 도요 만요 이고 이에요 예요 입니다 인데 인데요 이라 라고 이라고 이랑은 하고는 이나요 인가 인가요
이죠 죠 이네요 네요 이신 이세요 이란 란 이었 이었어요 였어요 같은 때문에 씨 님"""
PARTICLE_RUNS = frozenset(_RUNS.split())
_NO_NOUNS = VERBAL | PARTICLES | ENDINGS | {"MAG", "MAJ", "IC", "NP"}
_ABBREVIATION = re.compile("[A-Z]{3,6}")
_READINGS = "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 지"
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _READINGS.split(), strict=True))
_WHOLE = re.compile("[가-힣]{2,}")
_OTHER_WORD_SUFFIXES = frozenset("염암증균통술과병계기제막액관선골력학률법")


def folded(surface: str) -> str:
    """A surface as it is looked up: lower case, without spaces and hyphens."""
    return surface.translate(_DROP_UNSPOKEN).lower()


def squeeze(text: str) -> tuple[str, list[int]]:
    """``text`` in lower case without spaces and hyphens, and the place of each character in ``text``."""
    kept = [(char.lower(), i) for i, char in enumerate(text) if char not in _UNSPOKEN]
    kept = [(char if len(char) == 1 else original, i) for char, i in kept for original in (text[i],)]
    return "".join(char for char, _ in kept), [i for _, i in kept]


def read_aloud(abbreviation: str) -> tuple[str, ...]:
    """How three to six capitals are read in Korean ("HTN" as 에이치티엔; C as 씨 and 시); nothing for other words."""
    if not _ABBREVIATION.fullmatch(abbreviation):
        return ()
    reading = "".join(_LETTERS[letter] for letter in abbreviation)
    return tuple(dict.fromkeys((reading, reading.replace("씨", "시"))))


def is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"


def is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def whole_words(nouns: Iterable[str]) -> list[str]:
    """Nouns that the analyser must not cut: Hangul without spaces, two syllables or more."""
    return [noun for noun in nouns if _WHOLE.fullmatch(noun)]


def is_word(text: str, start: int, end: int, starts: Mapping[int, Morpheme], ends: Mapping[int, Morpheme]) -> bool:
    """Whether the stretch is a word of its own, by the morphemes of the text that start and end at each place."""
    if end - start == 1:
        return _is_lone_syllable(text, start, starts)
    here = starts.get(start)
    if here is not None and here.end == end and here.tag in _NO_NOUNS:
        return False
    return _starts_word(text, start, starts, ends) and _ends_word(text, end, starts, ends)


def _is_lone_syllable(text: str, start: int, starts: Mapping[int, Morpheme]) -> bool:
    """배, 눈, 열 and the like are words only where the analyser says noun or a clear particle follows."""
    if start and (is_hangul(text[start - 1]) or is_latin(text[start - 1])):
        return False
    if text[start] in _COUNTERS and _NUMERAL_BEFORE.search(text[:start]):
        return False
    here = starts.get(start)
    if here is not None and here.end == start + 1 and here.tag in ("NNG", "NNP"):
        return True
    after = text[start + 1 : start + 3]
    return after[:1] in _CLEAR_PARTICLES and not (len(after) > 1 and is_hangul(after[1]))


def _starts_word(text: str, start: int, starts: Mapping[int, Morpheme], ends: Mapping[int, Morpheme]) -> bool:
    if start == 0:
        return True
    before, here = text[start - 1], text[start]
    if is_latin(here):
        return not is_latin(before)
    if not is_hangul(before):
        return True
    previous = ends.get(start)
    if start not in starts or previous is None:
        return False
    if previous.tag in ("NNG", "NNP", "XR"):
        return previous.end - previous.start > 1
    return previous.tag != "XPN"


def _ends_word(text: str, end: int, starts: Mapping[int, Morpheme], ends: Mapping[int, Morpheme]) -> bool:
    if end == len(text):
        return True
    if is_latin(text[end - 1]):
        return not is_latin(text[end])
    if not is_hangul(text[end]) or hangul_run(text, end) in PARTICLE_RUNS:
        return True
    following = starts.get(end)
    if end not in ends or following is None:
        return False
    is_noun = following.tag in ("NNG", "NNP", "XSN", "NNB")
    return not (is_noun and following.form in _OTHER_WORD_SUFFIXES)


def hangul_run(text: str, start: int) -> str:
    """The Hangul from ``start`` on."""
    end = start
    while end < len(text) and is_hangul(text[end]):
        end += 1
    return text[start:end]


def is_split(key: str, surface: str) -> bool:
    """Whether a word of two syllables is only put together across a space ("약 두 통")."""
    return len(key) <= 2 and len(surface) > len(key)
