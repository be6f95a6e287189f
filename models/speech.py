"""Speech recognition: Whisper over stretches of speech, guarded against invented text."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.features import log_mel
from models.guards import is_invented, token_cap, trim_repeats
from models.spoken import is_on_speech, on_speech, overlap, words_of
from models.vad import Region, chunks
from scribe.domain.transcript import OptionValue, Word

if TYPE_CHECKING:
    from models.whisper import Encoded, Encoder, Whisper

ENGINE = "ctranslate2"

_EDGE_SECONDS = 0.4
_LONGEST_TOKENS = 220
_LONGEST_SECONDS = 29.0
_REPETITION_IN_PASSING = 1.3
"""What a token said before is divided by in windows of a second or two, on which the model likes to loop.

On 73 windows of 1 to 6 s it wrote a fifth fewer letters for the same text, and in 9 % less time.
"""

Progress = Callable[[float, float], None]
"""Takes the seconds of audio that are done and the seconds that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A segment as recognised: words with times on the recording's clock, ``confidence`` 0 to 1."""

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
class SpeechOptions:
    """How to decode; these stand in the transcript so that a run can be repeated."""

    beam_size: int = 5
    compute_type: str = "int8"
    longest_chunk: float = 24.0

    def described(self) -> dict[str, OptionValue]:
        described: dict[str, OptionValue] = {}
        for name, value in asdict(self).items():
            described[name] = " ".join(map(str, value)) if isinstance(value, tuple) else value
        return described


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
        self.options = options or SpeechOptions()

    def load(self) -> None:
        """Load the model now, so that the first recording need not wait for it."""
        _ = self._whisper.silence

    @cached_property
    def _whisper(self) -> "Whisper":
        from models.whisper import Whisper  # noqa: PLC0415  (most of a second to import)

        return Whisper(
            self._folder, compute_type=self.options.compute_type, threads=self._threads, encoder=self._encoder
        )

    def suppressed_tokens(self, language: str) -> Sequence[int]:
        """Tokens that a transcript in the language never holds, beyond the model's own list."""
        return self._whisper.tokens.foreign if language == "ko" else ()

    def recognise(
        self, audio: Samples, regions: Sequence[Region], *, language: str, progress: Progress | None = None
    ) -> tuple[Passage, ...]:
        """The words said in ``regions`` (from VAD) of a recording.

        ``language`` is fixed: nothing is guessed from the audio; one that the model does not know raises
        :class:`~models.errors.LanguageUnsupportedError`.  Without regions the answer is empty.
        """
        total = audio.size / SAMPLE_RATE
        out: list[Passage] = []
        for chunk in chunks(regions, self.options.longest_chunk):
            out.extend(self.recognise_chunk(audio, chunk, regions, language=language))
            if progress is not None:
                progress(chunk.end, total)
        if progress is not None:
            progress(total, total)
        return tuple(out)

    def recognise_chunk(
        self, audio: Samples, chunk: Region, regions: Sequence[Region], *, language: str
    ) -> tuple[Passage, ...]:
        """The words said in one chunk (of :func:`models.vad.chunks`); chunks do not depend on one another.

        ``audio`` begins where the clock of ``chunk`` and ``regions`` is 0.
        """
        first = max(0, int((chunk.start - _EDGE_SECONDS) * SAMPLE_RATE))
        last = min(audio.size, int((chunk.end + _EDGE_SECONDS) * SAMPLE_RATE))
        words, no_speech, _ = self._heard(
            audio[first:last], language, beam=self.options.beam_size, most=token_cap(chunk.duration)
        )
        offset = first / SAMPLE_RATE
        placed = [
            Word(text=w.text, start=round(w.start + offset, 3), end=round(w.end + offset, 3), probability=w.probability)
            for w in words
        ]
        passage = _passage(placed, no_speech, regions)
        return () if passage is None else (passage,)

    def hear(self, audio: Samples, *, language: str, prompt: str | None = None) -> Hearing:
        """What the last seconds seem to say: one short window, greedy, for text shown while someone speaks.

        At most 29 s are taken, from the start.  ``prompt`` is text said before the window.
        """
        if audio.size == 0:
            return Hearing(words=(), no_speech=1.0, log_probability=0.0)
        audio = audio[: int(_LONGEST_SECONDS * SAMPLE_RATE)]
        most = token_cap(audio.size / SAMPLE_RATE)
        words, no_speech, log_probability = self._heard(
            audio, language, beam=1, most=most, prompt=prompt, repetition=_REPETITION_IN_PASSING
        )
        return Hearing(words=tuple(words), no_speech=no_speech, log_probability=log_probability)

    def _heard(
        self,
        audio: Samples,
        language: str,
        *,
        beam: int,
        most: int,
        prompt: str | None = None,
        repetition: float = 1.0,
    ) -> tuple[list[Word], float, float]:
        whisper = self._whisper
        start = whisper.start(language, timestamps=False)
        before = [whisper.tokens.previous, *whisper.tokens.encode(" " + prompt.strip())[-100:]] if prompt else []
        states, length = self._states(audio)
        [written] = whisper.write(
            states,
            [before + start],
            beam=beam,
            most=min(most, _LONGEST_TOKENS),
            suppressed=self.suppressed_tokens(language),
            repetition=repetition,
        )
        [timed] = whisper.align(states, language, [written.tokens], [length])
        return words_of(timed, whisper.tokens), written.no_speech, written.log_probability

    def _states(self, audio: Samples) -> "tuple[Encoded, int]":
        """The encoder's states of the audio with silence behind them, and how many of them are the audio's."""
        whisper = self._whisper
        length = min(-(-audio.size // 320), 1500)
        padded = np.pad(audio, (0, SAMPLE_RATE))
        states = whisper.encode(log_mel(padded, whisper.mels)[None, :, :3000])[0]
        return np.concatenate([states, whisper.silence])[None, :1500], length


def _passage(words: Sequence[Word], no_speech: float, regions: Sequence[Region]) -> Passage | None:
    """The words as one passage, or None where they were not said."""
    kept = trim_repeats([word for word in words if is_on_speech(word, regions)])
    if not kept:
        return None
    log_probability = float(np.mean([np.log(max(word.probability or 0.0, 1e-4)) for word in kept]))
    speech = sum(overlap(region, kept[0].start, kept[-1].end) for region in regions)
    text = " ".join(word.text for word in kept)
    if is_invented(text, speech=speech, no_speech=no_speech, log_probability=log_probability):
        return None
    return Passage(
        words=tuple(on_speech(word, regions) for word in kept),
        confidence=round(float(np.exp(min(log_probability, 0.0))), 4),
    )
