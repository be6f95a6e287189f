"""Two texts, word by word: what was taken out and what was put in.

A Korean word (어절) is compared whole: a particle that changes makes another word, and the eye finds the word faster
than the particle.  Numbers and units are words of their own, so that a dose stands out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

PieceKind = Literal["same", "del", "ins"]
_TOKEN = re.compile(r"\s+|\d+(?:[.,]\d+)*|[A-Za-zμ℃]+|[가-힣]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that both have (``same``), only the earlier (``del``) or only the later (``ins``)."""

    kind: PieceKind
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Pieces that make ``before`` without the ``ins`` ones and ``after`` without the ``del`` ones."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    return tuple(_merged(_bridged(_pieces(old, new))))


def alike(before: str, after: str) -> float:
    """0 to 1: how much of two texts is the same."""
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if a < b:
            yield Piece("del", "".join(old[a:b]))
        if c < d:
            yield Piece("ins", "".join(new[c:d]))


def _bridged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """A blank between two changes belongs to both: marks that begin anew at each word are hard to read."""
    found = list(pieces)
    for place, piece in enumerate(found):
        between = 0 < place < len(found) - 1
        if piece.kind == "same" and between and piece.text.isspace():
            yield Piece("del", piece.text)
            yield Piece("ins", piece.text)
        else:
            yield piece


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Between two stretches that are the same, one deletion and one insertion at most, in this order."""
    deleted = inserted = ""
    for piece in pieces:
        if piece.kind == "del":
            deleted += piece.text
        elif piece.kind == "ins":
            inserted += piece.text
        else:
            yield from _changed(deleted, inserted)
            deleted = inserted = ""
            yield piece
    yield from _changed(deleted, inserted)


def _changed(deleted: str, inserted: str) -> Iterator[Piece]:
    if deleted:
        yield Piece("del", deleted)
    if inserted:
        yield Piece("ins", inserted)
