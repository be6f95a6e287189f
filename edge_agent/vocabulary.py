"""The terms that the recogniser should listen for: those of the consultation, then the site's own list.

The service names a consultation's terms (from signed records of the patient and the physician); a site's list is
UTF-8 text, one term a line, the likeliest first.
"""

import logging
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from edge_agent.errors import EdgeError

_LONGEST_TERM = 40
_PATIENCE = 1.0
"""Seconds that the beginning of a recording waits for the service's terms."""

_log = logging.getLogger(__name__)

Ask = Callable[[str], tuple[str, ...]]
"""The terms of a consultation by its id; raises an :class:`EdgeError` where the service cannot be asked."""


class VocabularyFileError(EdgeError):
    """{path}: {problem}."""


def read_terms(path: Path) -> tuple[str, ...]:
    """The terms of a file; empty lines, doubled terms and lines that begin with # are passed over.

    A file that cannot be read, is not UTF-8 or has a line too long to be a term raises
    :class:`VocabularyFileError`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise VocabularyFileError(path=path, problem=f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise VocabularyFileError(path=path, problem="is not UTF-8 text") from None
    terms = (unicodedata.normalize("NFC", line).strip() for line in lines)
    kept = tuple(dict.fromkeys(term for term in terms if term and not term.startswith("#")))
    for number, term in enumerate(kept, start=1):
        if len(term) > _LONGEST_TERM:
            raise VocabularyFileError(path=path, problem=f"term {number} is longer than {_LONGEST_TERM} characters")
    return kept


class ExpectedTerms:
    """What a recording is likely to hold; never waits long, never fails."""

    def __init__(self, site: Sequence[str] = (), ask: Ask | None = None, *, patience: float = _PATIENCE) -> None:
        self._site = tuple(site)
        self._ask = ask
        self._patience = patience

    def of(self, encounter_id: str | None) -> tuple[str, ...]:
        """The consultation's terms and the site's; the site's alone where the service does not answer at once."""
        if encounter_id is None or self._ask is None:
            return self._site
        answer: Future[tuple[str, ...]] = Future()
        threading.Thread(target=self._answer, args=(encounter_id, answer), name="terms", daemon=True).start()
        try:
            theirs = answer.result(self._patience)
        except (EdgeError, TimeoutError) as error:
            _log.info("going on without the consultation's terms: %s", type(error).__name__)
            theirs = ()
        return tuple(dict.fromkeys((*theirs, *self._site)))

    def _answer(self, encounter_id: str, answer: "Future[tuple[str, ...]]") -> None:
        ask = self._ask
        try:
            answer.set_result(() if ask is None else ask(encounter_id))
        except EdgeError as error:
            answer.set_exception(error)
