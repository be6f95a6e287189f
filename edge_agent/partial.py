"""What the physician sees while someone speaks, and how the recogniser is doing."""

from dataclasses import dataclass
from enum import StrEnum

from scribe.domain.transcript import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The live text of a recording so far; times in seconds on the recording's clock.

    ``stable`` grows at its end and is never changed (``Session.rewind`` alone shortens it); ``tentative`` is the
    newest guess at what follows and may change with every partial.  ``heard_to`` is how far the audio was
    listened to.  ``skipped`` seconds of speech got no live text because the machine was too slow; the final
    transcript has them.  ``generation`` counts the rewinds: a partial of a lower one than was seen is out of date.
    """

    stable: tuple[Word, ...] = ()
    tentative: str = ""
    heard_to: float = 0.0
    skipped: float = 0.0
    generation: int = 0


class RecogniserState(StrEnum):
    STARTING = "starting"
    """The model is being loaded; audio is taken and waits."""
    READY = "ready"
    RESTARTING = "restarting"
    """It crashed or hung, and is started again; nothing is lost."""
    GAVE_UP = "gave_up"
    """It crashed too often: no live text; the next recording tries again."""
    REFUSED = "refused"
    """The model is missing or unusable; ``detail`` says what to do."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserEvent:
    """A change of the recogniser's state; ``detail`` is one English sentence, never what was said."""

    state: RecogniserState
    detail: str = ""
    restarts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the recogniser is: all of it without a word of text.

    ``lag`` is the seconds of audio that wait for live text; ``live_rtf`` and ``record_rtf`` are wall seconds of
    decoding a second of audio so far, for the live text and for the final transcript; ``recorded_to`` is how far
    the final transcript is.
    """

    lag: float = 0.0
    live_rtf: float = 0.0
    record_rtf: float = 0.0
    recorded_to: float = 0.0
    partials_dropped: int = 0
    skipped: float = 0.0
