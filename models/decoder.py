"""Whisper's decoder on CTranslate2: write what was said in a window's states, say when each word was said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from models.parts import Rows
from models.tokens import Tokens

Encoded = NDArray[np.float32]

SECONDS_PER_STATE = 0.02
"""What one row of the encoder's output stands for."""


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


class Decoder:
    """Writes with a converted model whose row ``n`` stands for the token ``rows[n]``.

    What comes in and goes out are tokens in any case.
    """

    def __init__(self, model: Any, tokens: Tokens, rows: Rows) -> None:
        self._model = model
        self._end = tokens.end
        self._rows = rows.tolist()
        self._places = {token: place for place, token in enumerate(self._rows)}

    def knows(self, tokens: Iterable[int]) -> bool:
        """True where it has each of the tokens."""
        return all(token in self._places for token in tokens)

    def _inward(self, tokens: Iterable[int]) -> list[int]:
        """The rows of those tokens that it has."""
        return [self._places[token] for token in tokens if token in self._places]

    def write(
        self, states: Encoded, prompt: Sequence[int], *, beam: int, most: int, suppressed: Sequence[int] = ()
    ) -> Written:
        """What is said in a window with ``states`` (length, width), at most ``most`` tokens."""
        [result] = self._model.generate(
            ctranslate2.StorageView.from_array(states[None]),
            [self._inward(prompt)],
            beam_size=beam,
            max_length=max(2 * most, most + len(prompt)),  # the engine takes half, or what a prompt leaves
            suppress_tokens=[-1, *self._inward(suppressed)],
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = tuple(self._rows[place] for place in result.sequences_ids[0])
        mean = float(result.scores[0]) * len(tokens) / (len(tokens) + 1)
        return Written(tokens=tokens, log_probability=mean, no_speech=float(result.no_speech_prob))

    def align(self, states: Encoded, start: Sequence[int], tokens: Sequence[int], length: int) -> list[Timed]:
        """When each text token of a window was said; ``length`` is how many rows of ``states`` hold audio.

        ``start`` are the tokens before a text with timestamps.
        """
        text = [token for token in tokens if token < self._end]
        if not text:
            return []
        [result] = self._model.align(
            ctranslate2.StorageView.from_array(states[None]),
            self._inward(start),
            [self._inward(text)],
            [2 * length],
        )
        return _timed(text, result)


def _timed(text: Sequence[int], result: Any) -> list[Timed]:
    """A token is said from the first frame of the alignment path that is its own to that of the next."""
    pairs = np.array(result.alignments)
    first = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
    times = pairs[first, 1] * SECONDS_PER_STATE
    return [
        Timed(token=token, start=float(times[i]), end=float(times[i + 1]), probability=float(probability))
        for i, (token, probability) in enumerate(zip(text, result.text_token_probs, strict=False))
    ]
