"""The live text: what is being said, word by word, while it is said.

Each open stretch of speech is decoded again and again as it grows; the words that two decodings in a row agree on
are shown for good (:mod:`edge_agent.agreement`).  Half a second of silence ends a stretch.  Where decoding is
slower than talking, the next decoding takes all the audio that has come: partials are dropped, audio never.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from edge_agent.agreement import Agreement
from edge_agent.partial import Partial
from edge_agent.plausible import plausible
from models.audio import SAMPLE_RATE, Samples
from models.speech import Hearing
from models.vad import ActivityStream, Region, RegionFinder, VadOptions, VoiceActivity
from scribe.domain.transcript import Word

_LEAD = 0.25
"""Seconds kept before the speech that VAD found."""
_LEAST = 0.8
"""Seconds of audio below which nothing is decoded."""
_SETTLED_SILENCE = 0.15
"""Seconds of silence after which a decoding has heard the end of the speech before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """Seconds: ``step`` between two decodings, ``silence`` that ends a stretch.

    A stretch longer than ``longest`` is trimmed at a stable word, so that the cost of a decoding stays bounded.
    Finished stretches more than ``most_behind`` back get no live text: the text shall be of now.
    """

    step: float = 0.5
    silence: float = 0.5
    longest: float = 10.0
    kept: float = 4.0
    most_behind: float = 30.0


class Hears(Protocol):
    """What live text needs of :class:`models.speech.SpeechRecognizer`."""

    def hear(self, audio: Samples, *, language: str) -> Hearing: ...


class LiveText:
    """Live text of one recording, from ``start`` seconds of its clock on."""

    def __init__(
        self,
        recogniser: Hears,
        activity: VoiceActivity,
        *,
        language: str,
        options: LiveOptions | None = None,
        start: float = 0.0,
        stable: Sequence[Word] = (),
    ) -> None:
        self._recogniser = recogniser
        self._language = language
        self.options = options or LiveOptions()
        self._stream = ActivityStream(activity)
        self._finder = RegionFinder(VadOptions(silence=self.options.silence, pad=_LEAD))
        self._start = start
        self._audio: Samples = np.zeros(0, dtype=np.float32)
        self._audio_from = 0
        self._closed: list[Region] = []
        self._taken = 0
        self._agreement = Agreement()
        self._decoded_to = 0.0
        self._begins: float | None = None
        self._stable = list(stable)
        self._skipped = 0.0
        self.dropped = 0
        """Partials that were not made because decoding took longer than a step."""
        self.decoded = 0.0
        """Seconds of audio given to the recogniser, all decodings together."""

    @property
    def partial(self) -> Partial:
        return Partial(
            stable=tuple(self._stable),
            tentative=" ".join(word.text for word in self._agreement.tentative),
            heard_to=self._start + self._finder.heard_to,
            skipped=self._skipped,
        )

    @property
    def is_open(self) -> bool:
        """Whether someone is speaking, or has just stopped."""
        return self._finder.open_since is not None

    @property
    def waits(self) -> bool:
        """True where finished stretches wait to be decoded: call :meth:`feed` again, with what audio there is."""
        return bool(self._closed)

    @property
    def held_seconds(self) -> float:
        """How much audio is in memory."""
        return float(self._audio.size / SAMPLE_RATE)

    def feed(self, samples: Samples) -> Partial:
        """Take the next samples, any number of them (one channel, 16 kHz), and decode at most once."""
        self._audio = np.concatenate([self._audio, samples])
        self._finder.feed(self._stream.feed(samples))
        found = self._finder.settled(self._taken)
        self._taken += len(found)
        self._closed.extend(found)
        self._skip()
        if self._closed:
            self._end(self._closed.pop(0))
        elif self._finder.open_since is not None:
            self._grow(self._finder.open_since)
        elif self._begins is not None:
            self._reset()
        self._let_go()
        return self.partial

    def end(self) -> Partial:
        """The recording is over: what is still tentative is settled as it is, without another decoding."""
        self._settle(self._agreement.end((*self._agreement.stable, *self._agreement.tentative)))
        self._reset()
        return self.partial

    def _skip(self) -> None:
        """Leave out finished stretches that are too long ago."""
        limit = self._finder.heard_to - self.options.most_behind
        while len(self._closed) > 1 and self._closed[0].end < limit:
            self._skipped += self._closed.pop(0).duration
            self._reset()

    def _end(self, region: Region) -> None:
        """The stretch is over: all its words are stable."""
        if self._begins is None or self._begins < region.start - _LEAD:
            self._reset()
            self._begins = region.start
        if self._decoded_to >= region.end - _LEAD + _SETTLED_SILENCE:
            hypothesis = (*self._agreement.stable, *self._agreement.tentative)
        else:
            self._count_dropped(region.end - max(self._decoded_to, region.start))
            hypothesis = self._decode(self._begins, region.end)
        self._settle(self._agreement.end(hypothesis))
        self._reset()

    def _grow(self, open_since: float) -> None:
        """Decode the open stretch anew where enough of it is new."""
        if self._begins is None:
            self._begins = max(0.0, open_since - _LEAD)
        now, quiet = self._finder.heard_to, self._finder.quiet_since
        new = now - max(self._decoded_to, open_since)
        if quiet is not None and now - quiet >= _SETTLED_SILENCE:
            due = self._decoded_to < quiet + _SETTLED_SILENCE
        else:
            due = new >= self.options.step
        if not due or now - open_since < _LEAST:
            return
        self._count_dropped(new)
        self._settle(self._agreement.hear(self._decode(self._begins, now)))
        self._decoded_to = now
        if now - self._begins > self.options.longest:
            self._trim(now)

    def _count_dropped(self, new: float) -> None:
        """So many seconds came at once since the last decoding."""
        self.dropped += max(0, int(new / self.options.step) - 1)

    def _trim(self, now: float) -> None:
        """Begin the stretch anew at the quietest end of a stable word; where none is, with what comes now."""
        stable = self._agreement.stable
        ends = [(index, word.end) for index, word in enumerate(stable, start=1) if word.end <= now - 1.0]
        late = [item for item in ends if item[1] >= now - self.options.longest + self.options.kept] or ends[-1:]
        if late and self._begins is not None and late[-1][1] > self._begins:
            count, self._begins = min(((count, self._quietest(end)) for count, end in late), key=self._loudness)
            self._agreement.forget(count)
        elif self._begins is not None and now - self._begins > 2 * self.options.longest:
            self._settle(self._agreement.end((*stable, *self._agreement.tentative)))
            self._agreement, self._begins = Agreement(), now

    def _quietest(self, around: float) -> float:
        times = around + np.arange(-0.08, 0.121, 0.02)
        return float(min(times, key=lambda time: self._loudness((0, time))))

    def _loudness(self, place: tuple[int, float]) -> float:
        piece = self._samples(place[1] - 0.02, place[1] + 0.02)
        return float((piece**2).mean()) if piece.size else 0.0

    def _decode(self, start: float, end: float) -> tuple[Word, ...]:
        audio = self._samples(start, end)
        self.decoded += audio.size / SAMPLE_RATE
        heard = self._recogniser.hear(audio, language=self._language)
        return tuple(replace(word, start=word.start + start, end=word.end + start) for word in plausible(heard.words))

    def _samples(self, start: float, end: float) -> Samples:
        first, last = (int(seconds * SAMPLE_RATE) - self._audio_from for seconds in (start, end))
        return self._audio[max(0, first) : max(0, last)]

    def _settle(self, words: Sequence[Word]) -> None:
        self._stable.extend(
            replace(word, start=round(word.start + self._start, 3), end=round(word.end + self._start, 3))
            for word in words
        )

    def _reset(self) -> None:
        self._agreement = Agreement()
        self._begins = None

    def _let_go(self) -> None:
        """Drop the audio that no decoding will need."""
        needed = [self._finder.heard_to]
        needed += [since for since in (self._begins, self._finder.open_since) if since is not None]
        needed += [region.start for region in self._closed[:1]]
        first = max(0, int((min(needed) - 4 * _LEAD) * SAMPLE_RATE))
        if first > self._audio_from:
            self._audio = self._audio[first - self._audio_from :]
            self._audio_from = first
