"""What is quoted from the transcript: the words that something rests on, when they sound, and who said them."""

from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.correcting import placed
from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance
from scribe.web.labels import SPEAKERS, clock


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


def quotes(transcript: Transcript, evidence: Iterable[Evidence]) -> tuple[Quote, ...]:
    """The quoted words of ``evidence`` in the order they were said; what the transcript lacks is left out."""
    by_id = {utterance.id: utterance for utterance in transcript.utterances}
    found = [_quote(by_id[item.utterance], item) for item in evidence if item.utterance in by_id]
    return tuple(sorted(found, key=lambda quote: (quote.since, quote.start)))


def _quote(utterance: Utterance, item: Evidence) -> Quote:
    words = [
        word for start, word in placed(utterance) if start < item.end and item.start < start + len(word.text.strip())
    ]
    speaker = SPEAKERS[utterance.speaker]
    return Quote(
        utterance=utterance.id,
        start=item.start,
        end=item.end,
        since=words[0].start if words else utterance.start,
        until=words[-1].end if words else utterance.end,
        speaker=utterance.speaker,
        letter=speaker.letter,
        speaker_name=speaker.name,
        clock=clock(utterance.start),
        text=utterance.text[item.start : item.end],
    )
