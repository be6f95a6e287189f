"""Small tables of the lexicon folder that no dialogue is searched for: plain words, English names, safety rules.

A table is a UTF-8 file in NFC, tab-separated, with a header line; lines that start with ``#`` are comments.
"""

import unicodedata
from collections.abc import Iterator

from scribe.drafting.lexicon import LEXICON_FOLDER, LexiconError


def read_cells(name: str, columns: tuple[str, ...], *, unique: bool = True) -> Iterator[tuple[int, list[str]]]:
    """The lines of ``lexicon/<name>.tsv`` with their numbers.

    Raises LexiconError at the first line that is not NFC, has the wrong columns, an empty first cell or, where
    ``unique``, a first cell that stands twice.
    """
    path = LEXICON_FOLDER / f"{name}.tsv"
    header: list[str] | None = None
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if header is None:
            header = cells
            if tuple(header) != columns:
                raise LexiconError(path=path.name, line=number, problem=f"the header must read {' '.join(columns)}")
            continue
        problem = _problem(line, cells, columns, seen if unique else set())
        if problem:
            raise LexiconError(path=path.name, line=number, problem=problem)
        seen.add(cells[0])
        yield number, cells
    if header is None:
        raise LexiconError(path=path.name, line=1, problem="the header line is missing")


def listed(cell: str) -> tuple[str, ...]:
    """The items of a cell, which are separated by ``|``."""
    return tuple(part for part in (piece.strip() for piece in cell.split("|")) if part)


def _problem(line: str, cells: list[str], columns: tuple[str, ...], seen: set[str]) -> str | None:
    if not unicodedata.is_normalized("NFC", line):
        return "the text is not in Unicode NFC"
    if len(cells) != len(columns):
        return f"{len(cells)} columns where the header has {len(columns)}"
    if not cells[0]:
        return "the first column is empty"
    return "the term stands twice" if cells[0] in seen else None
