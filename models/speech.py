"""Speech recognition: Whisper over stretches of speech, guarded against invented text."""

import os
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.coverage import stands_in, unread
from models.encoders import EncoderName, encoder
from models.guards import is_invented, says_only, trim_repeats
from models.longest_first import longest_first
from models.spoken import is_on_speech, on_speech, overlap
from models.vad import Region, chunks
from scribe.domain.transcript import OptionValue, Word

if TYPE_CHECKING:
    from models.windows import Reading, Window, WindowReader

ENGINE = "ctranslate2"

_EDGE_SECONDS = 0.4
_ONE_UTTERANCE = 8.0
_LEAST_PROBABILITY = 1e-4

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
    ``longest_chunk`` is in seconds: on two long recordings 25 made fewer errors than 20 or 28.  Passages end at pauses
    of ``pause`` seconds.
    """

    beam_size: int = 5
    long_beam_size: int = 3
    compute_type: str = "int8"
    longest_chunk: float = 25.0
    pause: float = 1.0

    def described(self) -> dict[str, OptionValue]:
        return dict(asdict(self))


class SpeechRecognizer:
    """A verified Whisper model in ``folder``; it is loaded by :meth:`load` or at the first recording.

    Takes no network: the folder must hold every file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int | None = None,
        options: SpeechOptions | None = None,
        encoder: EncoderName = "onnxruntime",
    ) -> None:
        self._folder = folder
        self._threads = threads or min(os.cpu_count() or 1, 4)
        self._callers = min(self._threads, 2)
        self._encoder: EncoderName = encoder
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

        compute_type = self.options.compute_type
        made = encoder(self._folder, self._encoder, threads=self._threads, compute_type=compute_type)
        whisper = Whisper(
            self._folder, compute_type=compute_type, threads=self._threads, callers=self._callers, encoder=made
        )
        return WindowReader(whisper)

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
        pieces = (
            Piece(audio=audio, chunk=chunk, regions=regions) for chunk in chunks(regions, self.options.longest_chunk)
        )
        told = seconds_read(progress, total) if progress is not None else None
        found = self.recognise_chunks(pieces, language=language, read=told)
        if progress is not None:
            progress(total, total)
        return tuple(passage for passages in found for passage in passages)

    def recognise_chunk(
        self, audio: Samples, chunk: Region, regions: Sequence[Region], *, language: str
    ) -> tuple[Passage, ...]:
        """The words said in one chunk (of :func:`models.vad.chunks`); chunks do not depend on one another.

        ``audio`` begins where the clock of ``chunk`` and ``regions`` is 0.
        """
        piece = Piece(audio=audio, chunk=chunk, regions=regions)
        reading = self._sure_reading(piece, language)
        gaps = [replace(piece, chunk=gap) for gap in self._left_out(piece, reading)]
        found = [(gap, self._sure_reading(gap, language)) for gap in gaps]
        return _passages(piece, reading, found, pause=self.options.pause)

    def recognise_chunks(
        self, pieces: Iterable[Piece], *, language: str, read: Callable[[Piece], None] | None = None
    ) -> list[tuple[Passage, ...]]:
        """As :meth:`recognise_chunk` for each of the pieces, several at the same time.

        ``pieces`` may come bit by bit: the first are read while the next are looked for.  ``read`` is called with each
        that is done, from any thread.
        """

        def passages(piece: Piece) -> tuple[Passage, ...]:
            found = self.recognise_chunk(piece.audio, piece.chunk, piece.regions, language=language)
            if read is not None:
                read(piece)
            return found

        return longest_first(passages, pieces, lambda piece: piece.chunk.duration, callers=self._callers)

    def _left_out(self, piece: Piece, reading: "Reading") -> tuple[Region, ...]:
        """Stretches of speech in the piece that the reading has no text for."""
        inside = piece.inside
        return unread(_placed(reading, piece), inside, self.options.longest_chunk) if len(inside) > 1 else ()

    def _sure_reading(self, piece: Piece, language: str) -> "Reading":
        reading = self._read(self._window(piece), language)
        if reading.is_doubtful:
            reading = _surer(reading, self._read(self._window(piece, whole=True), language))
        return self._unhinted(piece, reading, language)

    def _unhinted(self, piece: Piece, reading: "Reading", language: str) -> "Reading":
        """The reading; where it holds nothing but likely terms, what is heard without knowing of them.

        Into a noise that somebody took for speech the decoder writes what it was told to expect.
        """
        if self._hint is None or not reading.words or not says_only(reading.words, self._hint.split(", ")):
            return reading
        plain = copy(self)
        plain._hint = None
        return plain._sure_reading(piece, language)

    def _window(self, piece: Piece, *, whole: bool = False) -> "Window":
        duration = piece.chunk.duration
        timestamps = duration > _ONE_UTTERANCE
        return self._reader.window(piece.samples, speech=duration, whole=whole, timestamps=timestamps)

    def _read(self, window: "Window", language: str) -> "Reading":
        return self._reader.read(
            window,
            language=language,
            beam=self.options.long_beam_size if window.timestamps else self.options.beam_size,
            suppressed=self.suppressed_tokens(language),
            before=self._hint,
        )

    def hear(self, audio: Samples, *, language: str, prompt: str | None = None) -> Hearing:
        """What the last seconds seem to say: one short window, greedy, for text shown while someone speaks.

        At most 30 s are taken, from the start.  ``prompt`` is text said before the window.
        """
        if audio.size == 0:
            return Hearing(words=(), no_speech=1.0, log_probability=0.0)
        reading = self._reader.read(
            self._reader.window(audio),
            language=language,
            beam=1,
            suppressed=self.suppressed_tokens(language),
            before=prompt,
        )
        return Hearing(words=reading.words, no_speech=reading.no_speech, log_probability=reading.log_probability)


def seconds_read(progress: Progress, total: float) -> Callable[[Piece], None]:
    """Tells the seconds of the pieces that are done, of ``total``, one call at a time."""
    lock, done = Lock(), 0.0

    def read(piece: Piece) -> None:
        nonlocal done
        with lock:
            done += piece.chunk.duration
            progress(done, total)

    return read


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
