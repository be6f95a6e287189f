"""A site's list of terms that the recogniser should listen for: UTF-8 text, one term a line, the likeliest first."""

import unicodedata
from pathlib import Path

from edge_agent.errors import EdgeError

_LONGEST_TERM = 40


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
