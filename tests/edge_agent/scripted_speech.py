"""Speech that a test can write and a scripted recogniser can read: each word is a tone level of its own.

Nothing here is a model: what is heard follows from the samples alone, also where audio is cut, lost or repeated.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace

import numpy as np

from edge_agent.live import LiveOptions, LiveText
from edge_agent.record_pass import RecordPass
from edge_agent.tape import WholeTape
from edge_agent.turns import utterances
from models.audio import SAMPLE_RATE, Samples
from models.speech import Hearing, Passage, Piece
from models.vad import Region
from scribe.domain.transcript import Transcript, Word

WORD_SECONDS = 0.4
_STEP = 0.01
_LEVELS = 60
_WHOLE = 0.3
_FRAME = 160


def speech(words: Sequence[int]) -> Samples:
    """Words without a pause between them; ``words`` are numbers below 60, neighbours must differ."""
    return np.concatenate([_tone(word) for word in words]) if words else np.zeros(0, dtype=np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


def _tone(word: int) -> Samples:
    return np.full(int(WORD_SECONDS * SAMPLE_RATE), (word + 5) * _STEP, dtype=np.float32)


def text_of(word: int) -> str:
    return f"낱말{word}"


def read(audio: Samples) -> list[Word]:
    """The words in the audio; one that is cut off is misheard."""
    frames = audio[: audio.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.rint(frames.mean(axis=1) / _STEP).astype(int) - 5
    words: list[Word] = []
    first = 0
    for index in range(1, len(levels) + 1):
        if index < len(levels) and levels[index] == levels[first]:
            continue
        seconds = (index - first) * _FRAME / SAMPLE_RATE
        level = int(levels[first])
        if 0 <= level < _LEVELS and seconds >= 0.1:
            text = text_of(level) if seconds >= _WHOLE else f"토막{level}{index - first}"
            words.append(
                Word(text=text, start=first * _FRAME / SAMPLE_RATE, end=index * _FRAME / SAMPLE_RATE, probability=0.9)
            )
        first = index
    return words


class LoudIsSpeech:
    """In the place of the VAD network: a frame is speech where it is not silent."""

    def run(self, batch: Samples, hidden: Samples, cell: Samples) -> tuple[Samples, Samples, Samples]:
        return (np.abs(batch[:, 64:]).mean(axis=1) > 0.01).astype(np.float32), hidden, cell


class ScriptedRecogniser:
    """Reads scripted speech; ``slow`` seconds a call."""

    def __init__(self, slow: float = 0.0) -> None:
        self.slow = slow
        self.heard: list[float] = []
        self.chunks: list[Region] = []

    def hear(self, audio: Samples, *, language: str) -> Hearing:
        self.heard.append(audio.size / SAMPLE_RATE)
        time.sleep(self.slow)
        return Hearing(words=tuple(read(audio)), no_speech=0.0, log_probability=-0.1)

    def recognise_chunks(
        self, pieces: Iterable[Piece], *, language: str, read: Callable[[Piece], None] | None = None
    ) -> list[tuple[Passage, ...]]:
        found = []
        for piece in pieces:
            found.append(self._chunk(piece))
            if read is not None:
                read(piece)
        return found

    def _chunk(self, piece: Piece) -> tuple[Passage, ...]:
        self.chunks.append(piece.chunk)
        time.sleep(self.slow)
        words = [w for w in read(piece.audio) if w.start < piece.chunk.end and w.end > piece.chunk.start]
        return (Passage(words=tuple(words), confidence=0.9),) if words else ()


class ScriptedListener:
    """In the place of :class:`edge_agent.transcribe.Listener`."""

    def __init__(self, slow: float = 0.0) -> None:
        self.recogniser = ScriptedRecogniser(slow)

    def load(self) -> None:
        return

    def record_pass(self, tape, *, language, speakers=True, physician=None, terms=(), known=()):
        return RecordPass(
            tape,
            self.recogniser,
            LoudIsSpeech(),
            language=language,
            longest_chunk=10.0,
            voices=None,
            known=known,
        )

    def live_text(self, *, language: str, start: float = 0.0, options: LiveOptions | None = None) -> LiveText:
        return LiveText(self.recogniser, LoudIsSpeech(), language=language, start=start, options=options)

    def transcribe(self, audio, *, language):
        spoken = self.record_pass(WholeTape(audio.channels), language=language).finish()
        return self.transcript(spoken, None, language=language)

    def transcript(self, spoken, recording, *, language, speakers=True) -> Transcript:
        return Transcript(language=language, utterances=utterances(spoken), recording=recording)


def audio_of(channels: Samples) -> SimpleNamespace:
    """A source for a session, which notes what was read back."""
    asked: list[tuple[int, int]] = []

    def source(start: int, end: int) -> Samples:
        asked.append((start, end))
        return channels[:, start:end]

    return SimpleNamespace(read=source, asked=asked)


def said_by(transcript: Transcript) -> list[tuple[str, str]]:
    """Who said what."""
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


def starts(transcript: Transcript) -> list[float]:
    """When each word begins; of chunks decoded together it may differ by a step of the alignment (0.02 s)."""
    return [word.start for utterance in transcript.utterances for word in utterance.words or ()]
