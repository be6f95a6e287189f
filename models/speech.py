"""Speech recognition: Whisper through faster-whisper (CTranslate2), guarded against invented text."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.guards import is_invented, token_cap, trim_letters, trim_repeats
from models.vad import Region, chunks
from scribe.domain.transcript import OptionValue, Word

ENGINE = "faster-whisper"

_EDGE_SECONDS = 0.4
_SURE = 0.5
_FOREIGN_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LONGEST_TOKENS = 440

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
class SpeechOptions:
    """How to decode; these stand in the transcript so that a run can be repeated."""

    beam_size: int = 5
    compute_type: str = "int8"
    longest_chunk: float = 28.0
    temperatures: tuple[float, ...] = (0.0, 0.4)

    def described(self) -> dict[str, OptionValue]:
        described: dict[str, OptionValue] = {}
        for name, value in asdict(self).items():
            described[name] = " ".join(map(str, value)) if isinstance(value, tuple) else value
        return described


class SpeechRecognizer:
    """A verified Whisper model in ``folder``; it is loaded at the first recording, not before.

    Takes no network: the folder must hold every file.
    """

    def __init__(self, folder: Path, *, threads: int | None = None, options: SpeechOptions | None = None) -> None:
        self._folder = folder
        self._threads = threads or min(os.cpu_count() or 1, 4)
        self.options = options or SpeechOptions()

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel  # noqa: PLC0415  (seconds to import)

        return WhisperModel(
            str(self._folder),
            device="cpu",
            compute_type=self.options.compute_type,
            cpu_threads=self._threads,
            local_files_only=True,
        )

    def suppressed_tokens(self, language: str) -> Sequence[int]:
        """Tokens that a transcript in the language never holds, beyond the model's own list."""
        return self._foreign_tokens if language == "ko" else ()

    @cached_property
    def _foreign_tokens(self) -> list[int]:
        """Tokens in Japanese or Chinese script, which a small Whisper slips into when Korean is hard to hear."""
        tokenizer = self._model.hf_tokenizer
        texts = tokenizer.decode_batch([[token] for token in range(tokenizer.get_vocab_size())])
        return [token for token, text in enumerate(texts) if _FOREIGN_SCRIPT.search(text)]

    def recognise(
        self, audio: Samples, regions: Sequence[Region], *, language: str, progress: Progress | None = None
    ) -> tuple[Passage, ...]:
        """The words said in ``regions`` (from VAD) of a recording.

        ``language`` is fixed: nothing is guessed from the audio.  Without regions the answer is empty.
        """
        total = audio.size / SAMPLE_RATE
        out: list[Passage] = []
        for chunk in chunks(regions, self.options.longest_chunk):
            out.extend(self._chunk(audio, chunk, regions, language))
            if progress is not None:
                progress(chunk.end, total)
        if progress is not None:
            progress(total, total)
        return tuple(out)

    def _chunk(self, audio: Samples, chunk: Region, regions: Sequence[Region], language: str) -> Iterable[Passage]:
        first = max(0, int((chunk.start - _EDGE_SECONDS) * SAMPLE_RATE))
        last = min(audio.size, int((chunk.end + _EDGE_SECONDS) * SAMPLE_RATE))
        segments, _ = self._model.transcribe(
            np.ascontiguousarray(audio[first:last]),
            language=language,
            beam_size=self.options.beam_size,
            temperature=list(self.options.temperatures),
            condition_on_previous_text=False,
            word_timestamps=True,
            max_new_tokens=min(token_cap(chunk.duration), _LONGEST_TOKENS),
            suppress_tokens=[-1, *self.suppressed_tokens(language)],
        )
        offset = first / SAMPLE_RATE
        for segment in segments:
            passage = _passage(segment, offset, regions)
            if passage is not None:
                yield passage


def _passage(segment: Any, offset: float, regions: Sequence[Region]) -> Passage | None:
    """The segment on the recording's clock, or None where it was not said."""
    kept = trim_repeats([word for word in _words(segment, offset) if _is_on_speech(word, regions)])
    if not kept:
        return None
    log_probability = float(segment.avg_logprob)
    speech = sum(overlap(region, kept[0].start, kept[-1].end) for region in regions)
    invented = is_invented(
        " ".join(word.text for word in kept),
        speech=speech,
        no_speech=float(segment.no_speech_prob),
        log_probability=log_probability,
    )
    if invented:
        return None
    return Passage(
        words=tuple(on_speech(word, regions) for word in kept),
        confidence=round(float(np.exp(min(log_probability, 0.0))), 4),
    )


def _words(segment: Any, offset: float) -> list[Word]:
    """The segment's words; pieces that Whisper gives without a space before them belong to the word before."""
    words: list[Word] = []
    for piece in segment.words or ():
        text = trim_letters(unicodedata.normalize("NFC", piece.word))
        start, end = round(float(piece.start) + offset, 3), round(float(piece.end) + offset, 3)
        probability = round(float(piece.probability), 4)
        if words and text and not text[0].isspace():
            last = words.pop()
            text, start = last.text + text, last.start
            probability = min(probability, last.probability or 0.0)
        if text.strip():
            words.append(Word(text=text.strip(), start=start, end=max(start, end), probability=probability))
    return words


def _is_on_speech(word: Word, regions: Sequence[Region]) -> bool:
    """False for an unlikely word where nobody speaks: Whisper likes to add one at the end."""
    return (word.probability or 0.0) >= _SURE or any(overlap(r, word.start, word.end) > 0 for r in regions)


def overlap(region: Region, start: float, end: float) -> float:
    """Seconds that the stretch from ``start`` to ``end`` shares with the region."""
    return max(0.0, min(region.end, end) - max(region.start, start))


def on_speech(word: Word, regions: Sequence[Region]) -> Word:
    """The word without the silence around it: Whisper stretches words over the pauses before them.

    Of several regions under a word, the last that holds a fair part of it counts.
    """
    shares = [(overlap(region, word.start, word.end), region) for region in regions]
    most = max((share for share, _ in shares), default=0.0)
    if most <= 0.0:
        return word
    _, region = [item for item in shares if item[0] >= most / 2][-1]
    return Word(
        text=word.text,
        start=round(max(word.start, region.start), 3),
        end=round(min(word.end, region.end), 3),
        probability=word.probability,
    )
