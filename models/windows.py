"""Windows of audio read by Whisper: spectrogram, states, text, times of the words; several windows at once.

Several windows together cost less than one after the other, because each step of the decoder reads its weights once
for all.  Only windows of the same length go together, so that a window's text does not depend on its company.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.features import HOP, log_mel
from models.guards import TOKENS_AT_LEAST, token_cap
from models.spoken import words_of
from models.tokens import Tokens
from models.whisper import LONGEST_FRAMES, Encoded, Whisper, Written
from scribe.domain.transcript import Word

SILENCE_SECONDS = 3.0
"""Silence that is encoded with the audio."""

_SHORT = 10.0
_LONGEST_TOKENS = 220
_LONGEST_PROMPT = 100
_LONGEST_ROWS = LONGEST_FRAMES // 2
_ROWS_OF_SILENCE = 150
_ROWS_KEPT = 150
_ROWS_STEP = 100
_SAMPLES_OF_ROW = 2 * HOP
_LOOP = re.compile(r"(.{6,}?)\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The states of a stretch of audio with silence behind them; ``rows`` of them are the audio's.

    With ``timestamps`` the decoder also writes when each utterance begins and ends: it skips fewer of several.
    """

    states: Encoded
    rows: int
    most: int
    timestamps: bool = False

    @property
    def kind(self) -> tuple[int, bool]:
        """Windows of one kind can be read together."""
        return len(self.states), self.timestamps


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a window says; word times are seconds from its start.

    ``is_doubtful`` where the text repeats itself or had no end: the decoder may have lost its place.
    """

    words: tuple[Word, ...]
    no_speech: float
    log_probability: float
    is_doubtful: bool


class WindowReader:
    """Reads windows in one language after another with one model."""

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper

    @property
    def tokens(self) -> Tokens:
        return self._whisper.tokens

    def warm(self) -> None:
        """Load all that the first window would have to wait for."""
        self.read([self.window(np.zeros(SAMPLE_RATE, dtype=np.float32))], language=self.tokens.languages[0], beam=1)

    def hint(self, terms: Sequence[str]) -> str:
        """The terms as text that stands before a window: as many of the first as the decoder is given."""
        text = ""
        for term in terms:
            longer = f"{text}, {term}" if text else term
            if len(self._whisper.tokens.encode(" " + longer)) > _LONGEST_PROMPT:
                break
            text = longer
        return text

    def window(
        self, audio: Samples, *, speech: float | None = None, whole: bool = False, timestamps: bool = False
    ) -> Window:
        """The audio, at most 30 s of it, ready to be read; ``speech`` is the seconds of it that may hold text.

        ``whole`` encodes the model's full window of 30 s, which costs many times more than a short one and loses
        its place less often.
        """
        audio = audio[: LONGEST_FRAMES * HOP]
        rows = min(-(-audio.size // _SAMPLES_OF_ROW), _LONGEST_ROWS)
        behind = LONGEST_FRAMES * HOP - audio.size if whole else _silence_behind(audio)
        features = log_mel(np.pad(audio, (0, behind)), self._whisper.mels)[None, :, :LONGEST_FRAMES]
        states = self._whisper.encode(features)[0]
        seconds = audio.size / SAMPLE_RATE if speech is None else speech
        return Window(
            states=self._with_silence(states, rows),
            rows=rows,
            most=min(token_cap(seconds), _LONGEST_TOKENS),
            timestamps=timestamps,
        )

    def read(
        self,
        windows: Sequence[Window],
        *,
        language: str,
        beam: int,
        suppressed: Sequence[int] = (),
        before: str | None = None,
        known: str | None = None,
    ) -> list[Reading]:
        """What each window says.  ``windows`` are of one kind.

        ``before`` is text said before the windows, ``known`` what they are known to begin with: the words go on
        from it and are given with it.
        """
        tokens = self._whisper.tokens
        start = self._whisper.start(language, timestamps=windows[0].timestamps)
        said = [tokens.previous, *tokens.encode(" " + before.strip())[-_LONGEST_PROMPT:]] if before else []
        begun = tokens.encode(" " + known.strip()) if known else []
        states = np.stack([window.states for window in windows])
        most = max(max(window.most for window in windows) - len(begun), TOKENS_AT_LEAST)
        written = self._whisper.write(
            states, [said + start + begun] * len(windows), beam=beam, most=most, suppressed=suppressed
        )
        texts = [
            [*begun, *item.tokens][: max(window.most, len(begun))]
            for window, item in zip(windows, written, strict=True)
        ]
        timed = self._whisper.align(states, language, texts, [window.rows for window in windows])
        words = [tuple(words_of(item, tokens)) for item in timed]
        return [_reading(window, item, said) for window, item, said in zip(windows, written, words, strict=True)]

    def _with_silence(self, states: Encoded, rows: int) -> Encoded:
        """The first ``rows`` states and a little more, and silence behind them, up to one of a few lengths.

        The decoder's work grows with the number of states: of those that the silent rest of the full window has,
        some are taken, evenly from all of it.  With those that follow next instead, the decoder begins anew in
        three times as many windows.
        """
        kept = min(rows + _ROWS_KEPT, len(states))
        length = min(-(-(kept + _ROWS_OF_SILENCE) // _ROWS_STEP) * _ROWS_STEP, _LONGEST_ROWS)
        rest = np.concatenate([states[kept:], self._whisper.silence[len(states) :]])
        return np.concatenate([states[:kept], rest[np.linspace(0, len(rest) - 1, length - kept).astype(int)]])


def _silence_behind(audio: Samples) -> int:
    """Samples of silence that are encoded with the audio."""
    return int((SILENCE_SECONDS if audio.size < _SHORT * SAMPLE_RATE else 1.0) * SAMPLE_RATE)


def _reading(window: Window, written: Written, words: tuple[Word, ...]) -> Reading:
    return Reading(
        words=words,
        no_speech=written.no_speech,
        log_probability=written.log_probability,
        is_doubtful=len(written.tokens) >= window.most or is_loop(" ".join(word.text for word in words)),
    )


def is_loop(text: str) -> bool:
    """True where six letters or more stand twice in a row: said so, or said once and written twice."""
    letters = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] in "LN")
    return _LOOP.search(letters) is not None
