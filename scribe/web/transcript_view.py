"""The transcript as pieces of text that can be highlighted, underlined and played."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from scribe.domain.entries import Evidence
from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.web.labels import SPEAKERS, clock

# Below this word probability Whisper's Korean words are wrong more often than right; a wrong
# underline costs a glance, a missing one costs an unnoticed error.
LOW_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Characters ``start`` to ``end`` of an utterance; ``at`` is where they sound, seconds, if known.

    ``misheard`` is the correction that covers them, ``closes`` the one that ends with them.
    """

    text: str
    start: int
    end: int
    at: float | None
    uncertain: bool
    misheard: Correction | None = None
    closes: Correction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceView:
    """An utterance; the texts of ``pieces`` joined are its text, and no evidence ends inside a piece."""

    id: str
    speaker: str
    letter: str
    speaker_name: str
    clock: str
    start: float
    end: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The words that a statement rests on, with the seconds at which they sound."""

    utterance: str
    start: int
    end: int
    since: float
    until: float
    speaker: str
    letter: str
    speaker_name: str
    clock: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacedWord:
    start: int
    end: int
    since: float
    until: float
    probability: float | None


def transcript_view(transcript: Transcript, evidence: Iterable[Evidence]) -> tuple[UtteranceView, ...]:
    """Every utterance, split wherever a word or an item of ``evidence`` begins or ends."""
    cuts: dict[str, set[int]] = defaultdict(set)
    for item in evidence:
        cuts[item.utterance] |= {item.start, item.end}
    return tuple(_utterance_view(utterance, cuts[utterance.id]) for utterance in transcript.utterances)


def quotes(transcript: Transcript, evidence: Iterable[Evidence]) -> tuple[Quote, ...]:
    """The quoted words of ``evidence`` in the order they were said; what the transcript lacks is left out."""
    by_id = {utterance.id: utterance for utterance in transcript.utterances}
    found = [_quote(by_id[item.utterance], item) for item in evidence if item.utterance in by_id]
    return tuple(sorted(found, key=lambda quote: (quote.since, quote.start)))


def _quote(utterance: Utterance, item: Evidence) -> Quote:
    words = [word for word in _place(utterance) if word.start < item.end and item.start < word.end]
    speaker = SPEAKERS[utterance.speaker]
    return Quote(
        utterance=utterance.id,
        start=item.start,
        end=item.end,
        since=words[0].since if words else utterance.start,
        until=words[-1].until if words else utterance.end,
        speaker=utterance.speaker,
        letter=speaker.letter,
        speaker_name=speaker.name,
        clock=clock(utterance.start),
        text=utterance.text[item.start : item.end],
    )


def _utterance_view(utterance: Utterance, cuts: set[int]) -> UtteranceView:
    words = _place(utterance)
    length = len(utterance.text)
    borders = {0, length} | {cut for cut in cuts if 0 < cut < length}
    borders |= {border for word in words for border in (word.start, word.end)}
    borders |= {border for item in utterance.corrections or () for border in (item.start, item.end)}
    ordered = sorted(borders)
    speaker = SPEAKERS[utterance.speaker]
    return UtteranceView(
        id=utterance.id,
        speaker=utterance.speaker,
        letter=speaker.letter,
        speaker_name=speaker.name,
        clock=clock(utterance.start),
        start=utterance.start,
        end=utterance.end,
        pieces=_pieces(utterance, ordered, words),
    )


def _pieces(utterance: Utterance, borders: list[int], words: tuple[_PlacedWord, ...]) -> tuple[Piece, ...]:
    word_at = {position: word for word in words for position in range(word.start, word.end)}
    pieces = []
    for start, end in pairwise(borders):
        word = word_at.get(start)
        over = next((item for item in utterance.corrections or () if item.start <= start < item.end), None)
        pieces.append(
            Piece(
                text=utterance.text[start:end],
                start=start,
                end=end,
                at=word.since if word else None,
                uncertain=word is not None and word.probability is not None and word.probability < LOW_CONFIDENCE,
                misheard=over,
                closes=over if over is not None and over.end == end else None,
            )
        )
    return tuple(pieces)


def _place(utterance: Utterance) -> tuple[_PlacedWord, ...]:
    """The utterance's words with their characters; a word not found in order in the text is passed over."""
    placed, cursor = [], 0
    for word in utterance.words or ():
        text = word.text.strip()
        start = utterance.text.find(text, cursor) if text else -1
        if start < 0:
            continue
        cursor = start + len(text)
        placed.append(
            _PlacedWord(start=start, end=cursor, since=word.start, until=word.end, probability=word.probability)
        )
    return tuple(placed)
