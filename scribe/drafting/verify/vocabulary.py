"""The words that templates bring to a statement, and the plain words of the patient summary: no facts of their own."""

from functools import lru_cache
from importlib.resources import files

from scribe.drafting.lay import lay_terms


@lru_cache
def _template_words() -> frozenset[str]:
    text = (files("scribe.drafting") / "lexicon" / "template_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def is_template_word(word: str) -> bool:
    """Whether a word belongs to the wording of notes and summaries rather than to what was said."""
    return word in _template_words()


@lru_cache(maxsize=2048)
def lay_forms(text: str) -> tuple[str, ...]:
    """The plain words for the medical terms of a text."""
    return tuple(
        word
        for term, lay in lay_terms().items()
        if term in text
        for word in (lay.plain, lay.note, lay.condition)
        if word
    )
