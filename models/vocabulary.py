"""Which tokens the text of a language can need.

Each step of the decoder multiplies with the row of every token, and not all of Whisper's 50,000 serve one language:
the rest is written in other scripts, or is Latin that is seldom said amid Hangul and can be spelt from pieces.  The
choice is by script and length alone, so that it does not know what will be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.tokens import INCOMPLETE, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """The letters that a language is written with beside Latin, and the most Latin letters of a token."""

    letters: tuple[tuple[str, str], ...] = ()
    latin: int


_SCRIPTS: Mapping[str, _Script] = MappingProxyType(
    {
        "ko": _Script(letters=(("\u1100", "\u11ff"), ("\u3130", "\u318f"), ("\uac00", "\ud7a3")), latin=3),
        "en": _Script(latin=100),
    }
)
"""Of Korean "CT", "MRI" and "mg" stay whole.  English without its rarer words made a sixth more errors."""


def needed(tokens: Tokens, language: str) -> tuple[int, ...] | None:
    """The text tokens that the language is written with, in order; None for a language of which none is left out.

    Every text can be spelt with them: the tokens of single bytes are among them.
    """
    script = _SCRIPTS.get(language)
    if script is None:
        return None
    return tuple(token for token, text in enumerate(tokens.texts[: tokens.end]) if _is_needed(text, script))


def _is_needed(text: str, script: _Script) -> bool:
    """True for the script's own letters, signs and digits of any, pieces of characters, and Latin."""
    if INCOMPLETE in text:
        return True
    letters = [letter for letter in text if letter.isalpha()]
    others = [letter for letter in letters if not letter.isascii()]
    if len(letters) - len(others) > script.latin:
        return False
    return all(any(first <= letter <= last for first, last in script.letters) for letter in others)
