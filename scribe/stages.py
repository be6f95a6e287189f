"""The stages that the pipeline runs, as it sees them: recognise, correct, draft, deliver.

The pipeline knows these signatures only; :mod:`scribe.installation` binds them to the packages that do the work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hl7_bridge.channel import Channel
from scribe.domain.encounter import Encounter
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript

__all__ = [
    "Channel",
    "Correct",
    "DraftNote",
    "Fraction",
    "Hear",
    "Receiver",
    "Recognise",
    "Rewrite",
    "Stages",
    "as_heard",
]

Fraction = Callable[[float], None]
"""Told how much of a stage is done, 0 to 1."""


class Recognise(Protocol):
    def __call__(self, audio: bytes, *, language: str, recording_id: str, progress: Fraction) -> Transcript:
        """What is said in ``audio``; a transcript without utterances where nothing is."""
        ...


class Correct(Protocol):
    def __call__(self, transcript: Transcript) -> Transcript:
        """The transcript with corrections proposed for misheard terms; what was heard stays."""
        ...


def as_heard(transcript: Transcript) -> Transcript:
    """No corrections."""
    return transcript


Hear = Callable[[bytes, str], str]
"""What is said in a short recording, in a language; "" where nothing is."""


class DraftNote(Protocol):
    def __call__(self, transcript: Transcript, encounter: Encounter, *, template: str) -> Draft: ...


Rewrite = Callable[[str, str], None]
"""Does the rewriting with an id, of a hospital, unless it is over; a stale version means: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A destination as couriers reach it: each of their threads opens a channel of its own, ``at_once`` at most."""

    open: Callable[[], Channel]
    at_once: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """``receivers`` are the destinations by name: every signed version goes to each.  ``hear`` is for dictation,
    ``rewrite`` for what a corrected transcript made stale; ``templates`` is the hospital's own folder of note
    templates."""

    recognise: Recognise
    draft_note: DraftNote
    correct: Correct = as_heard
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    hear: Hear | None = None
    rewrite: Rewrite | None = None
    templates: Path | None = None
