"""How far a text is from what was said, and the list of recordings that it is measured on."""

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from models.errors import ManifestError

SAMPLE = Path(__file__).with_name("sample") / "manifest.tsv"
"""Synthetic Korean speech that comes with the package."""

SAMPLE_LANGUAGE = "ko"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording and what is said in it; of several ``references`` the closest counts, without one nothing does."""

    path: Path
    references: tuple[str, ...] = ()


def read_clips(path: Path) -> tuple[Clip, ...]:
    """The clips of a manifest (columns ``file``, ``text``, optional ``text_spoken``), or one recording without text.

    Files lie beside the manifest.  A manifest that cannot be read, has no rows, or names a file that is not there
    raises :class:`~models.errors.ManifestError`.
    """
    if not path.is_file():
        raise ManifestError(path=path, problem="there is no such file")
    if path.suffix.lower() not in {".tsv", ".txt"}:
        return (Clip(path=path),)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(path=path, problem=f"it cannot be read ({error})") from None
    if not rows or not {"file", "text"} <= rows[0].keys():
        raise ManifestError(path=path, problem="it needs the columns file and text, and a row")
    return tuple(_clip(row, path) for row in rows)


def _clip(row: dict[str, str | None], manifest: Path) -> Clip:
    file = manifest.parent / (row["file"] or "")
    if not file.is_file():
        raise ManifestError(path=manifest, problem=f"{row['file']} is not beside it")
    references = tuple(text for text in (row["text"], row.get("text_spoken")) if text and normalised(text))
    if not references:
        raise ManifestError(path=manifest, problem=f"{row['file']} has no text")
    return Clip(path=file, references=references)


def normalised(text: str) -> str:
    """Letters and numbers only, compatibility forms folded, lower case: what character errors are counted on."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LN")


def error_rate(clips: Sequence[Clip], texts: Sequence[str]) -> float | None:
    """Character errors over characters, from 0; None where no clip has a reference."""
    errors = characters = 0
    for clip, text in zip(clips, texts, strict=True):
        found = [_errors(reference, text) for reference in clip.references]
        if found:
            fewest, length = min(found, key=lambda pair: pair[0] / pair[1])
            errors, characters = errors + fewest, characters + length
    return errors / characters if characters else None


def _errors(reference: str, text: str) -> tuple[int, int]:
    expected = normalised(reference)
    return Levenshtein.distance(expected, normalised(text)), len(expected)
