"""Spoken sentences in the nominal style of Korean charts: "폐 소리는 깨끗해요" is charted as "폐 소리 깨끗함"."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from scribe.drafting.morphology import PARTICLES, VERBAL, Morpheme
from scribe.drafting.terms import TermIndex

_TOPIC = {"은", "는"}
_NOMINAL = ("ᆷ", "ETN")
_OF_NOUNS = PARTICLES | {"NNG", "NNP", "NNB", "NR", "SL", "SN", "XSN", "XPN", "XR", "MM"}


@lru_cache(maxsize=4096)
def charted(text: str) -> str:
    """``text`` with its last predicate made nominal, and without the topic and subject particles of its nouns.

    Everything else stays letter by letter as it was said, however it was heard: only the last predicate is written
    anew, and only where its stem begins as the spoken one did.  What ends in a noun already comes back as it is.
    """
    said = text.strip()
    words = _spoken(said)
    if not words or words[-1].tag not in {"EF", "EC"} or words[-1].form == _NOMINAL[0]:
        return said
    words.pop()
    while words and words[-1].tag == "EP":
        words.pop()
    if not words:
        return said
    predicate = words[-1]
    before = _without_particles(said[: predicate.start], words)
    if predicate.tag == "VCP":
        return before if not _is_bound(words[:-1]) else said
    nominal = _nominal(words)
    return f"{before}{nominal}" if nominal and _same_onset(nominal, said[predicate.start]) else said


def _spoken(said: str) -> list[Morpheme]:
    """The morphemes up to the last ending: marks and the polite 요 are left off."""
    words = list(TermIndex.load().morphemes(said))
    while words and (words[-1].tag.startswith("S") or (words[-1].form, words[-1].tag) == ("요", "JX")):
        words.pop()
    return words


def _nominal(words: Sequence[Morpheme]) -> str | None:
    """The last predicate with a nominal ending; None where it shares its syllable with the word before."""
    predicate = words[-1]
    if predicate.tag not in VERBAL or (len(words) > 1 and words[-2].end > predicate.start):
        return None
    return TermIndex.load().analyser.join([(predicate.form, predicate.tag), _NOMINAL])


def _is_bound(words: Sequence[Morpheme]) -> bool:
    """ "그럴 거예요": what is left of the copula is no noun that can end a sentence."""
    return bool(words) and words[-1].tag == "NNB" and words[-1].form in ("것", "거", "터", "수")


def _same_onset(written: str, spoken: str) -> bool:
    return unicodedata.normalize("NFD", written)[0] == unicodedata.normalize("NFD", spoken)[0]


def _without_particles(said: str, words: Sequence[Morpheme]) -> str:
    """``said`` without the topic and subject particles that end a plain noun phrase before a space."""
    kept = said
    for index in range(len(words) - 1, 0, -1):
        here = words[index]
        is_dropped = here.tag == "JKS" or (here.tag == "JX" and here.form in _TOPIC)
        if is_dropped and here.surface == here.form and said[here.end : here.end + 1] == " ":
            start = said.rfind(" ", 0, here.start) + 1
            if all(word.tag in _OF_NOUNS for word in words[:index] if word.start >= start) and start < here.start:
                kept = kept[: here.start] + kept[here.end :]
    return kept
