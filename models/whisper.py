"""Whisper on CTranslate2: encode a window of audio, write what was said in it, say when each word was said.

The window is as long as the audio, not 30 s: the encoder costs more than its length.  So that the decoder still sees
an end, the encoder's output of some silence stands behind the audio's.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import ctranslate2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.errors import LanguageUnsupportedError
from models.features import Features
from models.hardware import Processor, processor
from models.memory import loading
from models.tokens import Tokens

Encoded = NDArray[np.float32]

LONGEST_FRAMES = 3000
"""Frames of the model's full window: 30 s."""

SECONDS_PER_STATE = 0.02
"""What one row of the encoder's output stands for."""

_SILENCE = -0.7
"""A frame of silence beside speech: the log-mel floor, 80 dB under a loud voice."""


class Encoder(Protocol):
    """Whisper's encoder: another engine may take CTranslate2's place."""

    def encode(self, features: Features) -> Encoded:
        """The states of a spectrogram: (1, mels, frames) in, (1, half the frames rounded up, width) out, float32."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Tokens without the prompt and the end; ``log_probability`` is their mean, ``no_speech`` 0 to 1."""

    tokens: tuple[int, ...]
    log_probability: float
    no_speech: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A token with the seconds from the window's start at which it is said, and its probability."""

    token: int
    start: float
    end: float
    probability: float


class Whisper:
    """A converted model in ``folder``, which must hold every file.

    Two callers are served at the same time: a step of the decoder is too small to be shared out well, so that two
    windows side by side are read sooner than one after the other.
    """

    def __init__(
        self, folder: Path, *, compute_type: str = "int8", threads: int = 2, encoder: Encoder | None = None
    ) -> None:
        self._folder = folder
        self.callers = min(threads, 2)
        use_widest_vectors(processor())
        with loading():
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device="cpu",
                compute_type=compute_type,
                intra_threads=max(min(threads, 2), threads // 2),
                inter_threads=self.callers,
            )
        self._encoder = encoder
        self._encoding = Lock()  # two at once would take the more memory, and hardly less time
        self.mels = int(self._model.n_mels)
        self.tokens = Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def encode(self, features: Features) -> Encoded:
        """The states of a batch of spectrograms (n, mels, frames) of one length: (n, frames / 2, width)."""
        features = np.ascontiguousarray(features, dtype=np.float32)
        if self._encoder is not None:
            return np.concatenate([self._encoder.encode(row[None]) for row in features])
        with self._encoding:
            view = self._model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
        states: Encoded = np.array(view, dtype=np.float32)
        return states

    @cached_property
    def silence(self) -> Encoded:
        """The states of a full window of silence: (1500, width)."""
        [states] = self.encode(np.full((1, self.mels, LONGEST_FRAMES), _SILENCE, dtype=np.float32))
        return np.asarray(states)

    def start(self, language: str, *, timestamps: bool) -> list[int]:
        """The tokens before the text; a language that the model has no token for is refused."""
        token = self.tokens.language(language)
        if token is None:
            known = ", ".join(self.tokens.languages)
            raise LanguageUnsupportedError(model=self._folder.name, known=known, language=language)
        start = [self.tokens.start, token, self.tokens.transcribe]
        return start if timestamps else [*start, self.tokens.no_timestamps]

    def write(
        self,
        states: Encoded,
        prompts: Sequence[Sequence[int]],
        *,
        beam: int,
        most: int,
        suppressed: Sequence[int] = (),
        temperature: float = 0.0,
        repetition: float = 1.0,
    ) -> list[Written]:
        """What is said in each window of ``states`` (n, length, width), at most ``most`` tokens each."""
        results = self._model.generate(
            ctranslate2.StorageView.from_array(states),
            [list(prompt) for prompt in prompts],
            beam_size=beam if temperature == 0.0 else 1,
            sampling_temperature=temperature or 1.0,
            sampling_topk=1 if temperature == 0.0 else 0,
            max_length=most + max(map(len, prompts)),
            suppress_tokens=[-1, *suppressed],
            repetition_penalty=repetition,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._written(result) for result in results]

    def _written(self, result: Any) -> Written:
        tokens = tuple(result.sequences_ids[0])
        mean = float(result.scores[0]) * len(tokens) / (len(tokens) + 1)
        return Written(tokens=tokens, log_probability=mean, no_speech=float(result.no_speech_prob))

    def align(
        self, states: Encoded, language: str, tokens: Sequence[Sequence[int]], lengths: Sequence[int]
    ) -> list[list[Timed]]:
        """When each text token of each window was said; ``lengths`` are the rows of states that hold audio."""
        texts = [[token for token in row if token < self.tokens.end] for row in tokens]
        if not any(texts):
            return [[] for _ in texts]
        results = self._model.align(
            ctranslate2.StorageView.from_array(states),
            self.start(language, timestamps=True),
            texts,
            [2 * length for length in lengths],
        )
        return [_timed(text, result) for text, result in zip(texts, results, strict=True)]


def use_widest_vectors(machine: Processor) -> None:
    """Let CTranslate2 use AVX-512 where the processor keeps its pace at it; to be called before the first model.

    By itself it stops at AVX2, because early processors with AVX-512 slowed down; those with VNNI do not.  Whoever
    sets ``CT2_FORCE_CPU_ISA`` has decided.
    """
    if {"avx512f", "avx512_vnni"} <= set(machine.features):
        os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")


def _timed(text: Sequence[int], result: Any) -> list[Timed]:
    """A token is said from the first frame of the alignment path that is its own to that of the next."""
    if not text:
        return []
    pairs = np.array(result.alignments)
    first = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
    times = pairs[first, 1] * SECONDS_PER_STATE
    return [
        Timed(token=token, start=float(times[i]), end=float(times[i + 1]), probability=float(probability))
        for i, (token, probability) in enumerate(zip(text, result.text_token_probs, strict=False))
    ]
