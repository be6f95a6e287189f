"""The stages that the pipeline runs, as it sees them: recognise, correct, draft, deliver.

The pipeline knows these signatures only; :mod:`scribe.installation` binds them to the packages that do the work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from scribe.domain.delivery import Delivery
from scribe.domain.encounter import Encounter
from scribe.domain.note import Draft, SignedNote
from scribe.domain.transcript import Transcript

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


class DraftNote(Protocol):
    def __call__(self, transcript: Transcript, encounter: Encounter, *, template: str) -> Draft: ...


class DeliverNote(Protocol):
    def __call__(self, note: SignedNote) -> Delivery:
        """Bring the receiver to hold the signed version, once, however often this is called."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """``deliver_note`` is None, and so is ``destination``, where no hospital system is configured."""

    recognise: Recognise
    draft_note: DraftNote
    correct: Correct = as_heard
    deliver_note: DeliverNote | None = None
    destination: str | None = None
