"""From recognised words to utterances: one speaker each, cut at pauses and sentence ends."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from models.speech import Passage
from scribe.domain.transcript import Speaker, Utterance, Word

_PAUSE = 0.35
_SENTENCE_END = (".", "?", "!", "…")
_TURN_PAUSE = 1.5
_LONGEST_TURN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in a row without a pause or a sentence end between them: the unit that has one speaker."""

    words: tuple[Word, ...]
    confidence: float

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def phrases(passages: Iterable[Passage], changes: Sequence[float] = ()) -> tuple[Phrase, ...]:
    """Passages cut at pauses of 0.35 s, after sentence ends, and where the voice changes (``changes``, seconds)."""
    out: list[Phrase] = []
    for passage in passages:
        group: list[Word] = []
        for word in passage.words:
            if group and _cuts(group[-1], word, changes):
                out.append(Phrase(words=tuple(group), confidence=passage.confidence))
                group = []
            group.append(word)
        out.append(Phrase(words=tuple(group), confidence=passage.confidence))
    return tuple(out)


def _cuts(left: Word, right: Word, changes: Sequence[float]) -> bool:
    if right.start - left.end >= _PAUSE or left.text.endswith(_SENTENCE_END):
        return True
    middle_left, middle_right = (left.start + left.end) / 2, (right.start + right.end) / 2
    return any(middle_left < change <= middle_right for change in changes)


def utterances(items: Sequence[tuple[Phrase, Speaker]]) -> tuple[Utterance, ...]:
    """Neighbouring phrases of one speaker joined to turns, as long as no long pause lies between them."""
    groups: list[list[Phrase]] = []
    speakers: list[Speaker] = []
    for phrase, speaker in sorted(items, key=lambda item: item[0].start):
        if groups and speakers[-1] == speaker and _continues(groups[-1], phrase):
            groups[-1].append(phrase)
        else:
            groups.append([phrase])
            speakers.append(speaker)
    return tuple(
        _utterance(f"u{index}", group, speaker)
        for index, (group, speaker) in enumerate(zip(groups, speakers, strict=True))
    )


def _continues(group: Sequence[Phrase], phrase: Phrase) -> bool:
    return phrase.start - group[-1].end < _TURN_PAUSE and phrase.end - group[0].start < _LONGEST_TURN


def _utterance(name: str, group: Sequence[Phrase], speaker: Speaker) -> Utterance:
    words = tuple(word for phrase in group for word in phrase.words)
    weights = [len(phrase.words) for phrase in group]
    confidence = sum(p.confidence * w for p, w in zip(group, weights, strict=True)) / sum(weights)
    return Utterance(
        id=name,
        speaker=speaker,
        start=words[0].start,
        end=max(words[-1].end, words[0].start),
        text=" ".join(word.text for word in words),
        confidence=round(confidence, 4),
        words=words,
    )


Attribution = Callable[[Sequence[Phrase]], Sequence[Speaker]]
"""Names the speaker of each phrase."""
