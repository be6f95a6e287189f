"""Text that nobody said: the recogniser on sounds in which nobody speaks, and on a long time of next to nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_agent.audio import Audio
from edge_agent.transcribe import Listener
from evaluation.noises import corpus, quiet_room
from models.audio import SAMPLE_RATE, Samples
from scribe.crypto import sha256_hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Invention:
    """What was written for a sound; ``words`` 0 is right, ``seconds`` of audio."""

    sound: str
    seconds: float
    words: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedFigures:
    """Over all sounds; ``words_per_hour`` of audio."""

    sounds: int
    seconds: float
    words: int
    words_per_hour: float
    inventions: tuple[Invention, ...]


def sounds(seconds: float, seeds: int, quiet_minutes: float) -> Iterable[tuple[str, Samples]]:
    """Every sound of the corpus with its name, then the quiet room; made one at a time."""
    for seed in range(seeds):
        yield from corpus(seconds, (seed,)).items()
    if quiet_minutes > 0:
        yield f"quiet room, {quiet_minutes:g} minutes", quiet_room(60 * quiet_minutes, np.random.default_rng(7))


def measure(listener: Listener, heard: Iterable[tuple[str, Samples]], *, language: str = "ko") -> InventedFigures:
    """Recognise each sound as a recording of its own and count the words."""
    count, seconds, inventions = 0, 0.0, []
    for name, samples in heard:
        audio = Audio(channels=samples[None, :], sha256=sha256_hex(samples.tobytes()), sample_rate=SAMPLE_RATE)
        transcript = listener.transcribe(audio, language=language, speakers=False)
        text = " ".join(utterance.text for utterance in transcript.utterances)
        count, seconds = count + 1, seconds + audio.duration
        if text:
            inventions.append(Invention(sound=name, seconds=audio.duration, words=len(text.split()), text=text))
    words = sum(invention.words for invention in inventions)
    return InventedFigures(
        sounds=count,
        seconds=round(seconds, 1),
        words=words,
        words_per_hour=round(words * 3600 / max(seconds, 1e-9), 2),
        inventions=tuple(inventions),
    )


def run(
    models_home: Path, *, model: str, language: str, seconds: float, seeds: int, quiet_minutes: float
) -> InventedFigures:
    """The figures of a model of the registry on the whole corpus."""
    listener = Listener(models_home, model=model)
    return measure(listener, sounds(seconds, seeds, quiet_minutes), language=language)
