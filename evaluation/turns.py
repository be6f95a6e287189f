"""A dialogue as the report shows it: each turn cut where what the drafts cite begins and ends."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance
from scribe.web.labels import SPEAKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Characters ``start`` to ``end`` of a turn."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An utterance; the texts of ``pieces`` joined are its text, and nothing cited ends inside a piece."""

    id: str
    speaker: str
    speaker_name: str
    pieces: tuple[Piece, ...]


def turns_of(transcript: Transcript, cited: Iterable[Evidence]) -> tuple[Turn, ...]:
    """Every utterance, cut wherever an item of ``cited`` begins or ends."""
    cuts: dict[str, set[int]] = defaultdict(set)
    for item in cited:
        cuts[item.utterance] |= {item.start, item.end}
    return tuple(_turn(utterance, cuts[utterance.id]) for utterance in transcript.utterances)


def _turn(utterance: Utterance, cuts: set[int]) -> Turn:
    length = len(utterance.text)
    borders = sorted({0, length} | {cut for cut in cuts if 0 < cut < length})
    return Turn(
        id=utterance.id,
        speaker=utterance.speaker,
        speaker_name=SPEAKERS[utterance.speaker].name,
        pieces=tuple(Piece(text=utterance.text[start:end], start=start, end=end) for start, end in pairwise(borders)),
    )
