"""What of a changing hypothesis can be shown for good: LocalAgreement-2.

Macháček, Dabre, Bojar: Turning Whisper into Real-Time Transcription System (2023): the words that two hypotheses
in a row agree on, from the beginning, are confirmed.
"""

from collections.abc import Sequence
from dataclasses import replace

from edge_agent.plausible import bare
from scribe.domain.transcript import Word

_LIKE = 0.6
"""A hypothesis whose beginning differs by more of the stable text's letters is laid beside it by time instead."""


class Agreement:
    """The words of one open stretch of speech; what is once in :attr:`stable` stays there as it is."""

    def __init__(self) -> None:
        self._stable: list[Word] = []
        self._before: tuple[Word, ...] = ()

    @property
    def stable(self) -> tuple[Word, ...]:
        return tuple(self._stable)

    @property
    def tentative(self) -> tuple[Word, ...]:
        """What the last hypothesis holds beyond the stable words."""
        return self._before

    def hear(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """Take the next hypothesis of the whole stretch; the words that became stable now."""
        fresh = self._beyond(hypothesis)
        agreed = 0
        for was, now in zip(self._before, fresh, strict=False):
            if bare(was.text) != bare(now.text):
                break
            agreed += 1
        return self._settle(fresh, agreed)

    def end(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """The last hypothesis: the stretch is over, all that is new in it becomes stable."""
        fresh = self._beyond(hypothesis)
        return self._settle(fresh, len(fresh))

    def forget(self, count: int) -> None:
        """Drop the first ``count`` stable words: the audio given from now on begins behind them."""
        del self._stable[:count]

    def _settle(self, fresh: tuple[Word, ...], count: int) -> tuple[Word, ...]:
        last = self._stable[-1].end if self._stable else 0.0
        settled = tuple(replace(w, start=max(w.start, last), end=max(w.end, last)) for w in fresh[:count])
        self._stable.extend(settled)
        self._before = fresh[count:]
        return settled

    def _beyond(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """The words of the hypothesis that come after the stable ones: by text, else by time."""
        if not self._stable:
            return tuple(hypothesis)
        said = "".join(bare(word.text) for word in self._stable)
        words = [bare(word.text) for word in hypothesis]
        count, distance = _closest_beginning(said, words)
        if distance <= _LIKE * len(said):
            return tuple(hypothesis[count:])
        last = self._stable[-1].end
        return tuple(word for word in hypothesis if (word.start + word.end) / 2 > last)


def _closest_beginning(said: str, words: Sequence[str]) -> tuple[int, int]:
    """How many of the words are nearest to ``said`` by edit distance, and that distance; the fewest words where equal.

    A word more is taken only where it is nearer: what may be new is never dropped as heard already.
    """
    row = list(range(len(said) + 1))
    best = (0, len(said))
    for count, word in enumerate(words, start=1):
        for letter in word:
            row = _next_row(row, said, letter)
        if row[-1] < best[1]:
            best = (count, row[-1])
    return best


def _next_row(row: list[int], said: str, letter: str) -> list[int]:
    following = [row[0] + 1]
    for index, other in enumerate(said):
        following.append(min(row[index] + (letter != other), row[index + 1] + 1, following[-1] + 1))
    return following
