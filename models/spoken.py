"""Words from timed tokens, and words where someone speaks."""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.guards import trim_letters
from models.vad import Region
from scribe.domain.transcript import Word

if TYPE_CHECKING:
    from models.decoder import Timed
    from models.tokens import Tokens

_SURE = 0.5


def words_of(timed: Sequence["Timed"], tokens: "Tokens") -> list[Word]:
    """Tokens joined to words: what begins without a space belongs to the word before."""
    words: list[Word] = []
    texts: list[str] = []
    first = 0
    at = 0
    for text, count in tokens.pieces([item.token for item in timed]):
        if texts and text[:1].isspace():
            words += _word("".join(texts), timed[first:at])
            texts, first = [], at
        texts.append(text)
        at += count
    return words + _word("".join(texts), timed[first:at])


def _word(text: str, timed: Sequence["Timed"]) -> list[Word]:
    text = trim_letters(unicodedata.normalize("NFC", text)).strip().replace("\N{REPLACEMENT CHARACTER}", "")
    if not text or not timed:
        return []
    probability = sum(item.probability for item in timed) / len(timed)
    start, end = timed[0].start, timed[-1].end
    return [Word(text=text, start=start, end=max(start, end), probability=round(probability, 4))]


def is_on_speech(word: Word, regions: Sequence[Region]) -> bool:
    """False for an unlikely word where nobody speaks: Whisper likes to add one at the end."""
    return (word.probability or 0.0) >= _SURE or any(overlap(r, word.start, word.end) > 0 for r in regions)


def overlap(region: Region, start: float, end: float) -> float:
    """Seconds that the stretch from ``start`` to ``end`` shares with the region."""
    return max(0.0, min(region.end, end) - max(region.start, start))


def on_speech(word: Word, regions: Sequence[Region]) -> Word:
    """The word without the silence around it: Whisper stretches words over the pauses before them.

    Of several regions under a word, the last that holds a fair part of it counts.
    """
    shares = [(overlap(region, word.start, word.end), region) for region in regions]
    most = max((share for share, _ in shares), default=0.0)
    if most <= 0.0:
        return word
    _, region = [item for item in shares if item[0] >= most / 2][-1]
    return Word(
        text=word.text,
        start=round(max(word.start, region.start), 3),
        end=round(min(word.end, region.end), 3),
        probability=word.probability,
    )
