"""Speech recognition: Whisper over stretches of speech, guarded against invented text."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.coverage import stands_in, unread
from models.guards import is_invented, says_only, trim_repeats
from models.spoken import is_on_speech, on_speech, overlap
from models.vad import Region, chunks
from scribe.domain.transcript import OptionValue, Word

if TYPE_CHECKING:
    from models.whisper import Encoder
    from models.windows import Reading, Window, WindowReader

ENGINE = "ctranslate2"

_EDGE_SECONDS = 0.4
_ONE_UTTERANCE = 8.0
_PIECES_AT_ONCE = 12
_LEAST_PROBABILITY = 1e-4

Item = TypeVar("Item")

Progress = Callable[[float, float], None]
"""Takes the seconds of audio that are done and the seconds that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words said without a long pause, with times on the recording's clock; ``confidence`` is 0 to 1."""

    words: tuple[Word, ...]
    confidence: float

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What a short window seems to say; word times are seconds from its start.

    ``no_speech`` is the model's own probability of that, ``log_probability`` the mean over the tokens.  Not guarded:
    whoever shows it decides by voice activity and these two whether it was said.
    """

    words: tuple[Word, ...]
    no_speech: float
    log_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A chunk to recognise: ``audio`` begins where the clock of ``chunk`` and ``regions`` (from VAD) is 0."""

    audio: Samples
    chunk: Region
    regions: Sequence[Region]

    @property
    def first(self) -> int:
        """The sample that the chunk's window begins with."""
        return max(0, int((self.chunk.start - _EDGE_SECONDS) * SAMPLE_RATE))

    @property
    def inside(self) -> list[Region]:
        """The regions, as far as they lie in the chunk."""
        start, end = self.chunk.start, self.chunk.end
        return [
            Region(start=max(region.start, start), end=min(region.end, end))
            for region in self.regions
            if overlap(region, start, end) > 0
        ]

    @property
    def samples(self) -> Samples:
        """The chunk with a little of what is around it: VAD cuts soft beginnings and ends."""
        return self.audio[self.first : int((self.chunk.end + _EDGE_SECONDS) * SAMPLE_RATE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """How to decode; these stand in the transcript so that a run can be repeated.

    ``long_beam_size`` is for windows of several utterances: with their context three hypotheses do as well as five.
    ``longest_chunk`` is in seconds: on two long recordings 25 made fewer errors than 20 or 28.  ``batch`` is how many
    windows the decoder reads at once: two take 30 MB more than one and, beside a second caller, hardly less time.
    Passages end at pauses of ``pause`` seconds.
    """

    beam_size: int = 5
    long_beam_size: int = 3
    compute_type: str = "int8"
    longest_chunk: float = 25.0
    batch: int = 1
    pause: float = 1.0

    def described(self) -> dict[str, OptionValue]:
        return dict(asdict(self))


class SpeechRecognizer:
    """A verified Whisper model in ``folder``; it is loaded by :meth:`load` or at the first recording.

    Takes no network: the folder must hold every file.  ``encoder`` takes the place of CTranslate2's own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        options: SpeechOptions | None = None,
        encoder: "Encoder | None" = None,
    ) -> None:
        self._folder = folder
        self._threads = threads or min(os.cpu_count() or 1, 4)
        self._encoder = encoder
        self._hint: str | None = None
        self.options = options or SpeechOptions()

    def load(self, language: str) -> None:
        """Load what hears the language now, so that the first recording need not wait for it."""
        self._reader.warm(language)

    def listening_for(self, terms: Sequence[str]) -> "SpeechRecognizer":
        """The same model, told which terms are likely to be said, the likeliest first; the last may be left out.

        On 67 synthetic sentences of consultations, among ten others, terms that were said were recognised in 89 %
        instead of 29 %.  :meth:`hear` does not use them: a quick look at a noise would show them as words.
        """
        if not terms:
            return self
        hint = self._reader.hint(terms)
        told = copy(self)
        told._hint = hint
        return told

    @cached_property
    def _reader(self) -> "WindowReader":
        from models.whisper import Whisper  # noqa: PLC0415  (most of a second to import)
        from models.windows import WindowReader  # noqa: PLC0415

        return WindowReader(
            Whisper(self._folder, compute_type=self.options.compute_type, threads=self._threads, encoder=self._encoder)
        )

    def suppressed_tokens(self, language: str) -> Sequence[int]:
        """Tokens that a transcript in the language never holds, beyond the model's own list."""
        return self._reader.tokens.foreign if language == "ko" else ()

    def recognise(
        self, audio: Samples, regions: Sequence[Region], *, language: str, progress: Progress | None = None
    ) -> tuple[Passage, ...]:
        """The words said in ``regions`` (from VAD) of a recording.

        ``language`` is fixed: nothing is guessed from the audio; one that the model does not know raises
        :class:`~models.errors.LanguageUnsupportedError`.  Without regions the answer is empty.
        """
        total = audio.size / SAMPLE_RATE
        planned = [
            Piece(audio=audio, chunk=chunk, regions=regions) for chunk in chunks(regions, self.options.longest_chunk)
        ]
        out: list[Passage] = []
        for pieces in _batches(planned, _PIECES_AT_ONCE):
            for passages in self.recognise_chunks(pieces, language=language):
                out.extend(passages)
            if progress is not None:
                progress(pieces[-1].chunk.end, total)
        if progress is not None:
            progress(total, total)
        return tuple(out)

    def recognise_chunk(
        self, audio: Samples, chunk: Region, regions: Sequence[Region], *, language: str
    ) -> tuple[Passage, ...]:
        """The words said in one chunk (of :func:`models.vad.chunks`); chunks do not depend on one another.

        ``audio`` begins where the clock of ``chunk`` and ``regions`` is 0.
        """
        return self.recognise_chunks([Piece(audio=audio, chunk=chunk, regions=regions)], language=language)[0]

    def recognise_chunks(self, pieces: Sequence[Piece], *, language: str) -> list[tuple[Passage, ...]]:
        """As :meth:`recognise_chunk` for each of the pieces, in less time: they are decoded together.

        The words are the same, but for the last bit of a probability.
        """
        readings = self._sure_readings(pieces, language)
        left = [self._left_out(piece, reading) for piece, reading in zip(pieces, readings, strict=True)]
        missing = [replace(pieces[number], chunk=gap) for number, gaps in enumerate(left) for gap in gaps]
        later = iter(self._sure_readings(missing, language))
        out = []
        for piece, reading, gaps in zip(pieces, readings, left, strict=True):
            found = [(replace(piece, chunk=gap), next(later)) for gap in gaps]
            out.append(_passages(piece, reading, found, pause=self.options.pause))
        return out

    def _left_out(self, piece: Piece, reading: "Reading") -> tuple[Region, ...]:
        """Stretches of speech in the piece that the reading has no text for."""
        inside = piece.inside
        return unread(_placed(reading, piece), inside, self.options.longest_chunk) if len(inside) > 1 else ()

    def _sure_readings(self, pieces: Sequence[Piece], language: str) -> "list[Reading]":
        readings = self._read([self._window(piece) for piece in pieces], language)
        doubtful = [number for number, reading in enumerate(readings) if reading.is_doubtful]
        again = self._read([self._window(pieces[number], whole=True) for number in doubtful], language)
        for number, reading in zip(doubtful, again, strict=True):
            readings[number] = _surer(readings[number], reading)
        return [self._unhinted(piece, reading, language) for piece, reading in zip(pieces, readings, strict=True)]

    def _unhinted(self, piece: Piece, reading: "Reading", language: str) -> "Reading":
        """The reading; where it holds nothing but likely terms, what is heard without knowing of them.

        Into a noise that somebody took for speech the decoder writes what it was told to expect.
        """
        if self._hint is None or not reading.words or not says_only(reading.words, self._hint.split(", ")):
            return reading
        plain = copy(self)
        plain._hint = None
        return plain._sure_readings([piece], language)[0]

    def _window(self, piece: Piece, *, whole: bool = False) -> "Window":
        duration = piece.chunk.duration
        timestamps = duration > _ONE_UTTERANCE
        return self._reader.window(piece.samples, speech=duration, whole=whole, timestamps=timestamps)

    def _read(self, windows: "Sequence[Window]", language: str) -> "list[Reading]":
        """The windows' readings: some of one length are read together, and several such groups side by side."""
        groups = self._groups(windows)

        def read(group: Sequence[int]) -> "list[Reading]":
            return self._reader.read(
                [windows[index] for index in group],
                language=language,
                beam=self.options.long_beam_size if windows[group[0]].timestamps else self.options.beam_size,
                suppressed=self.suppressed_tokens(language),
                before=self._hint,
            )

        with ThreadPoolExecutor(self._reader.callers) as pool:
            found = pool.map(read, groups) if len(groups) > 1 else map(read, groups)
            readings = [reading for some in found for reading in some]
        places = [index for group in groups for index in group]
        return [reading for _, reading in sorted(zip(places, readings, strict=True), key=lambda pair: pair[0])]

    def _groups(self, windows: "Sequence[Window]") -> list[Sequence[int]]:
        """Numbers of windows that are read together, the longest first: then the threads end together."""
        batch = max(1, min(self.options.batch, len(windows) // self._reader.callers))
        order = sorted(range(len(windows)), key=lambda index: windows[index].kind, reverse=True)
        return [
            some
            for _, same in groupby(order, key=lambda index: windows[index].kind)
            for some in _batches(list(same), batch)
        ]

    def hear(self, audio: Samples, *, language: str, prompt: str | None = None) -> Hearing:
        """What the last seconds seem to say: one short window, greedy, for text shown while someone speaks.

        At most 30 s are taken, from the start.  ``prompt`` is text said before the window.
        """
        if audio.size == 0:
            return Hearing(words=(), no_speech=1.0, log_probability=0.0)
        [reading] = self._reader.read(
            [self._reader.window(audio)],
            language=language,
            beam=1,
            suppressed=self.suppressed_tokens(language),
            before=prompt,
        )
        return Hearing(words=reading.words, no_speech=reading.no_speech, log_probability=reading.log_probability)


def _surer(short: "Reading", whole: "Reading") -> "Reading":
    """The reading of the model's full window; the shorter of the two where that is in doubt as well."""
    return whole if not whole.is_doubtful or len(whole.words) <= len(short.words) else short


def _passages(
    piece: Piece, reading: "Reading", found: "Sequence[tuple[Piece, Reading]]", *, pause: float
) -> tuple[Passage, ...]:
    """What was said in a chunk: its reading, and what was ``found`` where that left something out."""
    words = _placed(reading, piece)
    more = [(gap, again) for gap, again in found if not stands_in(again.words, words)]
    gaps = [gap.chunk for gap, _ in more]
    rest = [region for region in piece.inside if not any(overlap(region, gap.start, gap.end) > 0 for gap in gaps)]
    out = _cut(words, rest, reading.no_speech, pause)
    for gap, again in more:
        out += _cut(_placed(again, gap), gap.inside, again.no_speech, pause)
    return tuple(sorted(out, key=lambda passage: passage.start))


def _placed(reading: "Reading", piece: Piece) -> list[Word]:
    """The words of a reading on the recording's clock."""
    offset = piece.first / SAMPLE_RATE
    return [
        replace(word, start=round(word.start + offset, 3), end=round(word.end + offset, 3)) for word in reading.words
    ]


def _cut(words: Sequence[Word], regions: Sequence[Region], no_speech: float, pause: float) -> list[Passage]:
    """The words that were said, cut at long pauses."""
    kept = trim_repeats([word for word in words if is_on_speech(word, regions)])
    groups: list[list[Word]] = []
    for word in (on_speech(word, regions) for word in kept):
        if groups and word.start - groups[-1][-1].end < pause:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [
        Passage(words=tuple(group), confidence=_confidence(group))
        for group in groups
        if _was_said(group, no_speech, regions)
    ]


def _was_said(words: Sequence[Word], no_speech: float, regions: Sequence[Region]) -> bool:
    speech = sum(overlap(region, words[0].start, words[-1].end) for region in regions)
    text = " ".join(word.text for word in words)
    return not is_invented(text, speech=speech, no_speech=no_speech, log_probability=float(np.log(_confidence(words))))


def _confidence(words: Sequence[Word]) -> float:
    """The geometric mean of the words' probabilities."""
    logs = [np.log(max(word.probability or 0.0, _LEAST_PROBABILITY)) for word in words]
    return round(float(np.exp(np.mean(logs))), 4)


def _batches(items: "Sequence[Item]", size: int) -> "list[Sequence[Item]]":
    return [items[first : first + size] for first in range(0, len(items), size)]
