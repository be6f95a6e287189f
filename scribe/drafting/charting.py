"""Spoken sentences in the nominal style of Korean charts: "폐 소리는 깨끗해요" is charted as "폐 소리 깨끗함"."""

from functools import lru_cache

from scribe.drafting.terms import TermIndex

_TOPIC = {"은", "는", "ᆫ"}
_NOMINAL = ("ᆷ", "ETN")


@lru_cache(maxsize=4096)
def charted(text: str) -> str:
    """``text`` with its last ending made nominal and topic and subject particles left out.

    What ends in a noun already comes back as it is; earlier clauses keep their endings.  Nothing is added or
    taken away but particles, endings and the marks of tense and honour on the last predicate.
    """
    analyser = TermIndex.load().analyser
    words = [(morpheme.form, morpheme.tag) for morpheme in analyser.morphemes(text.strip())]
    while words and (words[-1][1].startswith("S") or words[-1] == ("요", "JX")):
        words.pop()
    if not words or words[-1][1] not in {"EF", "EC"}:
        return text.strip()
    words.pop()
    while words and words[-1][1] == "EP":
        words.pop()
    if not words:
        return text.strip()
    if words[-1][1] == "VCP":
        words.pop()
    else:
        words.append(_NOMINAL)
    kept = [(form, tag) for form, tag in words if tag != "JKS" and not (tag == "JX" and form in _TOPIC)]
    return analyser.join(kept)
