"""Terms that a recogniser wrote otherwise, found by their sound and proposed as corrections of the transcript.

What was heard stays as it is: a correction stands beside it with its score, is shown as one, and can be undone.
Only words that no term of the lexicon covers are matched; the limits of likeness are those of
:mod:`scribe.drafting.fuzzy`, which were set so that ordinary talk is left alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.drafting.dialect import standard
from scribe.drafting.heard import heard, heard_mentions
from scribe.drafting.terms import Mention, TermIndex


def correct(transcript: Transcript, terms: TermIndex | None = None) -> Transcript:
    """The transcript with a correction proposed for every misheard term; decisions that a person made are kept.

    Utterances that a person typed are left alone.
    """
    index = terms or TermIndex.load()
    return replace(transcript, utterances=tuple(_corrected(said, index) for said in transcript.utterances))


def _corrected(said: Utterance, terms: TermIndex) -> Utterance:
    if said.confidence is None:
        return said
    decided = tuple(item for item in said.corrections or () if item.state != "proposed")
    found = [*decided, *(item for item in _proposed(said, terms) if not _overlaps(item, decided))]
    return replace(said, corrections=tuple(sorted(found, key=lambda item: item.start)) or None)


def _proposed(said: Utterance, terms: TermIndex) -> Iterator[Correction]:
    text = standard(heard(said.text))
    guesses = [mention for mention in heard_mentions(text, tuple(terms.find(text)), terms) if mention.how == "fuzzy"]
    taken: list[Correction] = []
    for guess in sorted(guesses, key=lambda guess: (-guess.score, guess.start - guess.end)):
        item = _correction(guess)
        if not _overlaps(item, taken):
            taken.append(item)
            yield item


def _correction(guess: Mention) -> Correction:
    return Correction(start=guess.start, end=guess.end, written=guess.form, score=round(guess.score, 3))


def _overlaps(item: Correction, others: Iterable[Correction]) -> bool:
    return any(item.start < other.end and other.start < item.end for other in others)
