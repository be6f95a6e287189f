"""Whisper on CTranslate2: encode a window of audio, and the decoders that write what was said in it.

The window is as long as the audio, not 30 s: the encoder costs more than its length.  So that the decoder still sees
an end, the encoder's output of some silence stands behind the audio's.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from models.decoder import Decoder, Encoded
from models.errors import LanguageUnsupportedError
from models.features import Features
from models.hardware import Processor, processor
from models.memory import loading
from models.parts import Part, Rows, bands_of, part_folder, rows_of
from models.tokens import Tokens
from models.vocabulary import needed

LONGEST_FRAMES = 3000
"""Frames of the model's full window: 30 s."""

_SILENCE = -0.7
"""A frame of silence beside speech: the log-mel floor, 80 dB under a loud voice."""

_log = logging.getLogger(__name__)

_ANY = ""
"""The language of a decoder with every token."""


class Encoder(Protocol):
    """Whisper's encoder: another engine may take CTranslate2's place."""

    def encode(self, features: Features) -> Encoded:
        """The states of a spectrogram: (1, mels, frames) in, (1, half the frames rounded up, width) out, float32."""
        ...


class Whisper:
    """A converted model in ``folder``, which must hold every file.

    A step of a decoder is too small for many threads: as many ``callers`` are served at the same time instead, and
    share the threads.  CTranslate2's own encoder, used where no other is given, serves one after the other.
    """

    def __init__(
        self,
        folder: Path,
        *,
        compute_type: str = "int8",
        threads: int = 2,
        callers: int = 1,
        encoder: Encoder | None = None,
    ) -> None:
        self._folder = folder
        self._compute_type = compute_type
        self._threads = threads
        self._callers = callers
        use_widest_vectors(processor())
        self.mels = bands_of(folder)
        self.tokens = Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")))
        self._encoder = encoder
        self._encoding = Lock()  # two at once would take the more memory, and hardly less time
        self._decoders: dict[str, Decoder] = {}
        self._making = Lock()

    def start(self, language: str, *, timestamps: bool) -> list[int]:
        """The tokens before the text; a language that the model has no token for is refused."""
        token = self.tokens.language(language)
        if token is None:
            known = ", ".join(self.tokens.languages)
            raise LanguageUnsupportedError(model=self._folder.name, known=known, language=language)
        start = [self.tokens.start, token, self.tokens.transcribe]
        return start if timestamps else [*start, self.tokens.no_timestamps]

    def decoder(self, language: str, prompt: Iterable[int] = ()) -> Decoder:
        """What writes the language: with the tokens that it needs, or with all where the prompt holds others.

        Each is made when it is first asked for.
        """
        with self._making:
            decoder = self._decoder(language)
            return decoder if decoder.knows(prompt) else self._decoder(_ANY)

    def _decoder(self, language: str) -> Decoder:
        if language not in self._decoders:
            text = needed(self.tokens, language)
            if text is None and language != _ANY:
                self._decoders[language] = self._decoder(_ANY)
            else:
                self._decoders[language] = self._made(range(self.tokens.end) if text is None else text)
        return self._decoders[language]

    def _made(self, text: Sequence[int]) -> Decoder:
        rows = rows_of(self._folder, text, self.tokens.end)
        model, rows = self._loaded(
            "decoder", rows, threads=max(1, self._threads // self._callers), callers=self._callers
        )
        return Decoder(model, self.tokens, rows)

    @cached_property
    def _model(self) -> Any:
        """The encoder as CTranslate2 runs it."""
        rows = rows_of(self._folder, (), self.tokens.end)
        return self._loaded("encoder", rows, threads=self._threads, callers=1)[0]

    def _loaded(self, part: Part, rows: Rows, *, threads: int, callers: int) -> tuple[Any, Rows]:
        """The part and its rows; the whole model where the disk has no room for the part's files."""
        try:
            with part_folder(self._folder, part, rows) as folder:
                return self._engine(folder, threads, callers), rows
        except OSError as error:
            _log.warning("no temporary folder for the model (%s): it takes more memory and time", error.strerror)
            rows = rows_of(self._folder, range(self.tokens.end), self.tokens.end)
            return self._engine(self._folder, threads, callers), rows

    def _engine(self, folder: Path, threads: int, callers: int) -> Any:
        with loading():
            return ctranslate2.models.Whisper(
                str(folder),
                device="cpu",
                compute_type=self._compute_type,
                intra_threads=threads,
                inter_threads=callers,
            )

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


def use_widest_vectors(machine: Processor) -> None:
    """Let CTranslate2 use AVX-512 where the processor keeps its pace at it; to be called before the first model.

    By itself it stops at AVX2, because early processors with AVX-512 slowed down; those with VNNI do not.  Whoever
    sets ``CT2_FORCE_CPU_ISA`` has decided.
    """
    if {"avx512f", "avx512_vnni"} <= set(machine.features):
        os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")
