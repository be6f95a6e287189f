"""Speech that a reading left out: the decoder sometimes skips an utterance between two others, or the last one.

Voice activity knows where speech is, the words' times where text is: a stretch of speech with next to no text under
it was skipped, and is read again by itself.
"""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from models.spoken import overlap
from models.vad import Region
from scribe.domain.transcript import Word

_LEAST_SECONDS = 0.8
_SYLLABLES_PER_SECOND = 1.5
"""Slower than anybody talks: Korean is spoken at 4 to 8 syllables a second."""
_LETTERS_OF_A_SYLLABLE = 2.5
_WIDEST_GAP = 1.0
_SAME = 0.75


def unread(words: Sequence[Word], regions: Sequence[Region], longest: float) -> tuple[Region, ...]:
    """Stretches of the regions, with 0.8 s of speech and more and up to ``longest`` seconds, without text to speak of.

    ``words`` have the times that the alignment gave them: the word after a skipped utterance lies stretched over it,
    so a word counts for a region by the share of its time.
    """
    out: list[Region] = []
    run: list[Region] = []
    for region in regions:
        thin = sum(_part(word, region) for word in words) < _SYLLABLES_PER_SECOND * region.duration
        if run and not (thin and region.start - run[-1].end < _WIDEST_GAP and region.end - run[0].start <= longest):
            out += _whole(run)
            run = []
        if thin:
            run.append(region)
    return (*out, *_whole(run))


def _whole(run: Sequence[Region]) -> list[Region]:
    """Neighbouring regions as one, where there is enough speech in them."""
    if sum(region.duration for region in run) < _LEAST_SECONDS:
        return []
    return [Region(start=run[0].start, end=run[-1].end)]


def stands_in(words: Sequence[Word], others: Sequence[Word]) -> bool:
    """True where most of the words' letters stand in one piece, or nearly so, among the others'."""
    text, around = _letters(words), _letters(others)
    blocks = SequenceMatcher(None, text, around, autojunk=False).get_matching_blocks()
    return bool(text) and sum(block.size for block in blocks if block.size > 1) >= _SAME * len(text)


def _part(word: Word, region: Region) -> float:
    """The syllables of the word that fall into the region."""
    span = max(word.end - word.start, 1e-3)
    return _syllables(word.text) * min(1.0, overlap(region, word.start, word.end) / span)


def _syllables(text: str) -> float:
    return sum(1.0 if "가" <= c <= "힣" or c.isdigit() else 1 / _LETTERS_OF_A_SYLLABLE for c in text if c.isalnum())


def _letters(words: Sequence[Word]) -> str:
    return "".join(c for word in words for c in word.text.lower() if unicodedata.category(c)[0] in "LN")
