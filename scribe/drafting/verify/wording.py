"""Written words and the stems by which they are said: 부종 is told as "부었어요", 방사통 as "다리로 내려가요"."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_APART = 14  # characters between two stems of one form


@dataclass(frozen=True, slots=True)
class SpokenForm:
    """Stems that together say a written word, in any order, close to each other.

    A form that ``tells_nothing`` shows that the thing was looked for, not that it is there ("목을 숙여 보세요").
    """

    stems: tuple[str, ...]
    tells_nothing: bool = False

    @property
    def is_negative(self) -> bool:
        """Whether the form itself denies: "잠을 못 자요" affirms sleeplessness."""
        return any(re.search(r"(?:^|\s)[안못]|없", stem) for stem in self.stems)

    @property
    def is_precise(self) -> bool:
        """Whether the form says no more than the word: one stem of a syllable may be anything."""
        return len(self.stems) > 1 or len(self.stems[0]) > 1

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where all stems stand together: from the first to the last of them."""
        first, *others = self.stems
        found = []
        for match in re.finditer(re.escape(first), text):
            start, end = match.span()
            for stem in others:
                near = [m for m in re.finditer(re.escape(stem), text) if -_APART <= m.start() - end <= _APART]
                if not near:
                    break
                nearest = min(near, key=lambda m, end=end: abs(m.start() - end))  # type: ignore[misc]
                start, end = min(start, nearest.start()), max(end, nearest.end())
            else:
                found.append((start, end))
        return found


@lru_cache
def _table() -> dict[str, tuple[SpokenForm, ...]]:
    text = (files("scribe.drafting") / "lexicon" / "spoken_forms.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")][1:]
    pairs = (line.split("\t") for line in lines)
    return {word: tuple(map(_form, forms.split("|"))) for word, forms in pairs}


def _form(written: str) -> SpokenForm:
    stems = tuple(written.removeprefix("~").split("+"))
    return SpokenForm(stems, tells_nothing=written.startswith("~"))


def spoken_forms(word: str) -> tuple[SpokenForm, ...]:
    """The other words by which a written word is told; none for most words."""
    return _table().get(word, ())


def is_spoken(word: str, text: str) -> bool:
    """Whether a text tells a written word in other words."""
    return any(form.places(text) for form in spoken_forms(word))


_NAMES = "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 지"
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES.split(), strict=True))


def spelled(abbreviation: str) -> str:
    """An abbreviation as its letters are said: OGTT is "오지티티"."""
    return "".join(_LETTERS.get(letter, letter) for letter in abbreviation.upper())


def is_charted(word: str) -> bool:
    """Whether the word is known to be said in other words than it is written."""
    return word in _table()
