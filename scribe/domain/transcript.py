"""What was said, by whom and when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Speaker = Literal["doctor", "patient", "guardian", "nurse", "unknown"]
OptionValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A recognised word; times are seconds on the recording's clock, ``probability`` is 0 to 1."""

    text: str
    start: float
    end: float
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A stretch of one speaker's talk.

    ``start`` and ``end`` are seconds on the recording's clock.  ``words`` and ``confidence`` are missing where a
    person typed or corrected the text.
    """

    id: str
    speaker: Speaker
    start: float
    end: float
    text: str
    confidence: float | None = None
    words: tuple[Word, ...] | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"utterance {self.id} ends before it starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The audio a transcript was made from; ``duration`` in seconds, ``sha256`` of the file as it was read."""

    id: str
    duration: float
    sha256: str
    sample_rate: int
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """What recognised the speech, exactly enough to do it again."""

    engine: str
    model: str
    model_sha256: str | None = None
    options: dict[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Utterances in order of their start."""

    language: str
    utterances: tuple[Utterance, ...]
    recording: Recording | None = None
    recognizer: Recognizer | None = None

    def __post_init__(self) -> None:
        ids = [utterance.id for utterance in self.utterances]
        if len(set(ids)) != len(ids):
            raise ValueError("an utterance id occurs twice")

    def utterance(self, utterance_id: str) -> Utterance | None:
        """The utterance of that id, or None where the transcript has none."""
        return next((u for u in self.utterances if u.id == utterance_id), None)

    @property
    def is_empty(self) -> bool:
        """True where nothing was said: no draft is made from it."""
        return not any(utterance.text.strip() for utterance in self.utterances)
