"""The transcript as the review page shows it: runs of text that differ in how sure they are, and when each word sounds.

A page holds a thousand utterances: only what differs gets an element of its own, and the times of an utterance's words
stand in one attribute.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from re import finditer

from scribe.domain.correcting import placed
from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.web.labels import SPEAKERS, clock

LOW_CONFIDENCE = 0.6
"""Below this probability a recognised word is underlined.

It is the highest threshold at which what is underlined is wrong more often than right.  Measured with whisper-base
(int8) on 68 clips of Korean dialogue and talks, 34 speakers, 482 words: below 0.6 lie 11 % of the words, 55 % of them
wrong, and 38 % of all wrong words; below 0.7 22 %, 46 % of them wrong; of those from 0.9 on 3 % are wrong.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of an utterance that reads the same way.

    ``doubt`` is how probable the recogniser held the words, in per cent, where that is little; ``misheard`` is the
    correction that covers them, ``closes`` the one that ends with them.
    """

    text: str
    doubt: int | None = None
    misheard: Correction | None = None
    closes: Correction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceView:
    """An utterance; the texts of ``runs`` joined are its text.

    ``times`` are hundredths of a second from its start, one for each word between spaces; where the recogniser's words
    are others, pairs of character and time stand in ``places`` instead.  ``heard`` is what was recognised where that is
    another text, ``added`` that nothing was.
    """

    id: str
    speaker: str
    letter: str
    speaker_name: str
    clock: str
    start: float
    end: float
    runs: tuple[Run, ...]
    times: str
    places: str
    heard: str
    added: bool
    excluded: bool


def utterance_views(transcript: Transcript) -> tuple[UtteranceView, ...]:
    """Every utterance, those that were excluded too."""
    return tuple(map(utterance_view, transcript.utterances))


def utterance_view(utterance: Utterance) -> UtteranceView:
    speaker = SPEAKERS[utterance.speaker]
    times, places = _times(utterance)
    return UtteranceView(
        id=utterance.id,
        speaker=utterance.speaker,
        letter=speaker.letter,
        speaker_name=speaker.name,
        clock=clock(utterance.start),
        start=round(utterance.start, 2),
        end=round(utterance.end, 2),
        runs=tuple(_runs(utterance)),
        times=times,
        places=places,
        heard=utterance.heard or "",
        added=utterance.heard == "",
        excluded=bool(utterance.excluded),
    )


def _runs(utterance: Utterance) -> Iterator[Run]:
    """The text cut where a doubtful word or a correction begins or ends."""
    doubts = [
        (start, start + len(word.text.strip()), word.probability)
        for start, word in placed(utterance)
        if word.probability is not None and word.probability < LOW_CONFIDENCE
    ]
    corrections = utterance.corrections or ()
    edges = {0, len(utterance.text)} | {edge for start, end, _ in doubts for edge in (start, end)}
    edges |= {edge for item in corrections for edge in (item.start, item.end)}
    for start, end in pairwise(sorted(edges)):
        doubt = next((share for first, last, share in doubts if first <= start < last), None)
        over = next((item for item in corrections if item.start <= start < item.end), None)
        yield Run(
            text=utterance.text[start:end],
            doubt=None if doubt is None else round(doubt * 100),
            misheard=over,
            closes=over if over is not None and over.end == end else None,
        )


def _times(utterance: Utterance) -> tuple[str, str]:
    """When the words begin: one number a word between spaces, else character and number in turn."""
    words = [(start, max(round((word.start - utterance.start) * 100), 0)) for start, word in placed(utterance)]
    if [start for start, _ in words] == [match.start() for match in finditer(r"\S+", utterance.text)]:
        return " ".join(str(time) for _, time in words), ""
    return "", " ".join(f"{start} {time}" for start, time in words)
