"""What on a sheet a patient may not want others at home to read.

A hand-out lies on a table: the physician is shown which sentences touch on what people are often blamed or shamed for
(``sensitive.tsv``: KCD chapters and words), and decides.  Nothing is kept off by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from scribe.domain.entries import Entry
from scribe.domain.statement import Statement


@dataclass(frozen=True, slots=True)
class _Matter:
    reason: str
    codes: tuple[str, ...]
    words: tuple[str, ...]


def sensitive(statements: Iterable[Statement], entries: Iterable[Entry]) -> Mapping[str, str]:
    """The ids of the statements that touch on something sensitive, with what it is in Korean."""
    known = {entry.id: entry for entry in entries}
    found: dict[str, str] = {}
    for statement in statements:
        told = [known[name] for name in statement.entries if name in known]
        reason = next((matter.reason for matter in _matters() if _touches(matter, statement.text, told)), None)
        if reason is not None:
            found[statement.id] = reason
    return found


def _touches(matter: _Matter, text: str, entries: list[Entry]) -> bool:
    said = " ".join((text, *(entry.name for entry in entries)))
    codes = [entry.code.code for entry in entries if entry.code is not None]
    return any(code.startswith(matter.codes) for code in codes) or any(word in said for word in matter.words)


@cache
def _matters() -> tuple[_Matter, ...]:
    lines = (files("scribe.patient_sheet") / "sensitive.tsv").read_text("utf-8").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return tuple(_Matter(reason, tuple(codes.split()), tuple(words.split())) for reason, codes, words in cells)
