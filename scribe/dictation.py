"""Dictation into a statement: a short sound from the browser, recognised here, kept nowhere."""

import threading

from edge_agent.errors import EdgeError
from models.errors import ModelError
from scribe.domain.errors import ScribeError
from scribe.stages import Hear

LONGEST_SECONDS = 60
MOST_BYTES = 6 * 1024 * 1024
"""More than a minute of what browsers record, compressed or as 16-bit samples at 48 kHz."""
_WAIT_SECONDS = 20.0


class DictationError(ScribeError):
    """What was dictated could not be written down."""


class NothingSaidError(DictationError):
    """Nothing was heard: speak closer to the microphone and try again."""


class UnreadableSoundError(DictationError):
    """What the browser sent is no sound, or too long."""


class RecogniserBusyError(DictationError):
    """The recogniser is at work for somebody else: try again in a moment."""

    retryable = True


class NoRecogniserError(DictationError):
    """There is no speech recogniser here: ask the administrator to install a model (scribe models pull)."""


class Dictation:
    """Writes down what is said in short recordings, one at a time: a consultation that is being recognised goes on
    beside it, and nobody waits longer than for one dictation."""

    def __init__(self, hear: Hear, *, wait: float = _WAIT_SECONDS) -> None:
        self._hear = hear
        self._wait = wait
        self._turn = threading.Lock()

    def written(self, sound: bytes, language: str) -> str:
        """The text; a :class:`DictationError` says why there is none.  The sound is not kept."""
        if not sound or len(sound) > MOST_BYTES:
            raise UnreadableSoundError
        if not self._turn.acquire(timeout=self._wait):
            raise RecogniserBusyError
        try:
            text = self._hear(sound, language)
        except ModelError:
            raise NoRecogniserError from None
        except EdgeError:
            raise UnreadableSoundError from None
        finally:
            self._turn.release()
        if not text:
            raise NothingSaidError
        return text
