"""Spoken dialect in standard spelling of the same length, so that every offset keeps its meaning."""

import re
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources


@dataclass(frozen=True, slots=True)
class Spelling:
    """One dialect form: what it looks like, its standard form, where it is spoken, and an example of its use."""

    pattern: re.Pattern[str]
    standard: str
    region: str
    example: str


_FINALS = {"ㄴ": 4, "ㅆ": 20}


def _ending_in(final: str) -> str:
    """A class of all Hangul syllables with the final consonant (Unicode: 28 syllables to a vowel)."""
    return "[" + "".join(chr(code) for code in range(0xAC00 + _FINALS[final], 0xD7A4, 28)) + "]"


_CLASSES = {
    "{ㄴ}": _ending_in("ㄴ"),
    "{ㅆ}": _ending_in("ㅆ"),
    "{끝}": r"(?=[\s,.?!…]|$)",
    "{끝유}": r"(?=[\s,.?!…유요예]|$)",
    "{마침}": r"(?=[.?!…]|$)",
}


@cache
def spellings() -> tuple[Spelling, ...]:
    """The rows of ``lexicon/dialect.tsv``; they apply in order, a later one to what an earlier one left."""
    table = resources.files("scribe.drafting").joinpath("lexicon", "dialect.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line.strip() and not line.startswith("#"))
    return tuple(Spelling(_compiled(pattern), form, region, example) for pattern, form, region, example in rows)


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, syllables in _CLASSES.items():
        pattern = pattern.replace(name, syllables)
    return re.compile(pattern)


def standard(text: str) -> str:
    """The text with dialect endings and words in their standard form; the length never changes.

    Only for reading: what is shown and cited stays as it was said.
    """
    for spelling in spellings():
        text = spelling.pattern.sub(partial(_same_length, spelling.standard), text)
    return text


def _same_length(form: str, said: re.Match[str]) -> str:
    return form if len(said.group()) == len(form) else said.group()
