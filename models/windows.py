"""Windows of audio read by Whisper: spectrogram, states, text, times of the words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.audio import SAMPLE_RATE, Samples
from models.decoder import Encoded
from models.features import HOP, log_mel
from models.guards import token_cap
from models.memory import give_back
from models.spoken import words_of
from models.tokens import Tokens
from models.whisper import LONGEST_FRAMES, Whisper
from scribe.domain.transcript import Word

_SHORT = 10.0
"""Seconds: a window of less holds too little to tell the decoder where it is."""
_SILENCE_SECONDS = 6.0
_LITTLE_SILENCE_SECONDS = 1.0
_LONGEST_TOKENS = 160
"""More than are said in 30 s, and few enough for the memory that a loop of so many takes."""
_LONGEST_PROMPT = 100
_LONGEST_ROWS = LONGEST_FRAMES // 2
_ROWS_KEPT = 250
_ROWS_OF_SILENCE = 250
_FEW_ROWS_OF_SILENCE = 150
_ROWS_STEP = 100
_SAMPLES_OF_ROW = 2 * HOP
_LOOP = re.compile(r"(.{6,}?)\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of audio, at most 30 s, and how it is to be read; ``most`` is how many tokens it may hold.

    ``whole`` encodes the model's full window, which costs many times more than a short one and loses its place less
    often.  With ``timestamps`` the decoder also writes when each utterance begins and ends: it skips fewer of
    several.
    """

    audio: Samples
    most: int
    whole: bool = False
    timestamps: bool = False

    @property
    def is_short(self) -> bool:
        return self.audio.size < _SHORT * SAMPLE_RATE

    @property
    def rows(self) -> int:
        """The states that are the audio's own."""
        return min(-(-self.audio.size // _SAMPLES_OF_ROW), _LONGEST_ROWS)

    @property
    def silence(self) -> int:
        """Samples of silence that are encoded with the audio.

        Behind short windows 6 s instead of 3, and 5 s of states instead of 3, cost a fifth more and save a twelfth of
        the errors: 9.0 instead of 9.7 % of 68 clips, each begun at four moments (8.9 with the whole window).
        """
        room = LONGEST_FRAMES * HOP - self.audio.size
        seconds = _SILENCE_SECONDS if self.is_short else _LITTLE_SILENCE_SECONDS
        return room if self.whole else min(int(seconds * SAMPLE_RATE), room)

    @property
    def encoded(self) -> int:
        """The states that the encoder gives."""
        return min(-(-(self.audio.size + self.silence) // _SAMPLES_OF_ROW), _LONGEST_ROWS)

    @property
    def kept(self) -> int:
        """The first of them, as many as the decoder is given."""
        return min(self.rows + _ROWS_KEPT, self.encoded)

    @property
    def length(self) -> int:
        """The states that the decoder is given: those kept and silence, up to one of a few lengths."""
        silence = _ROWS_OF_SILENCE if self.is_short else _FEW_ROWS_OF_SILENCE
        return min(-(-(self.kept + silence) // _ROWS_STEP) * _ROWS_STEP, _LONGEST_ROWS)


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

    def warm(self, language: str) -> None:
        """Load all that the first window in the language would have to wait for."""
        self.read(self.window(np.zeros(SAMPLE_RATE, dtype=np.float32)), language=language, beam=1)
        give_back()

    def hint(self, terms: Sequence[str]) -> str:
        """The terms as text that stands before a window: as many of the first as the decoder is given."""
        text = ""
        for term in terms:
            longer = f"{text}, {term}" if text else term
            if len(self._whisper.tokens.encode(" " + longer)) > _LONGEST_PROMPT:
                break
            text = longer
        return text

    @staticmethod
    def window(audio: Samples, *, speech: float | None = None, whole: bool = False, timestamps: bool = False) -> Window:
        """The first 30 s of the audio as a window; ``speech`` is the seconds of it that may hold text."""
        audio = audio[: LONGEST_FRAMES * HOP]
        seconds = audio.size / SAMPLE_RATE if speech is None else speech
        return Window(audio=audio, most=min(token_cap(seconds), _LONGEST_TOKENS), whole=whole, timestamps=timestamps)

    def states(self, window: Window) -> Encoded:
        """What the decoder is given of the window: (length, width).

        The decoder's work grows with the number of states: of those that the silent rest of the full window has,
        some are taken, evenly from all of it.  With those that follow next instead, the decoder begins anew in
        three times as many windows.
        """
        padded = np.pad(window.audio, (0, window.silence))
        features = log_mel(padded, self._whisper.mels)[None, :, :LONGEST_FRAMES]
        states = self._whisper.encode(features)[0]
        rest = np.concatenate([states[window.kept :], self._whisper.silence[len(states) :]])
        taken = np.linspace(0, len(rest) - 1, window.length - window.kept).astype(int)
        return np.concatenate([states[: window.kept], rest[taken]])

    def read(
        self,
        window: Window,
        *,
        language: str,
        beam: int,
        suppressed: Sequence[int] = (),
        before: str | None = None,
    ) -> Reading:
        """What the window says; ``before`` is text said before it."""
        whisper, tokens = self._whisper, self._whisper.tokens
        start = whisper.start(language, timestamps=window.timestamps)
        said = [tokens.previous, *tokens.encode(" " + before.strip())[-_LONGEST_PROMPT:]] if before else []
        prompt = said + start
        decoder = whisper.decoder(language, prompt)
        states = self.states(window)
        written = decoder.write(states, prompt, beam=beam, most=window.most, suppressed=suppressed)
        start = whisper.start(language, timestamps=True)
        timed = decoder.align(states, start, written.tokens[: window.most], window.rows)
        words = tuple(words_of(timed, tokens))
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
