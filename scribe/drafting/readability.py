"""How hard a patient summary reads, by counting.

A word is hard where it is a medical term of ``lexicon/lay_terms.tsv`` that everyday Korean does not use,
and nothing in brackets behind it explains it; that table is the list.
The grade is the project's own school-grade estimate, defined here for want of an openly published Korean formula that
was validated on health texts: ``1 + 0.55 × (mean eojeol a sentence − 3) + 0.12 × (longest sentence − 8, where longer)
+ 30 × (share of hard words among the eojeol)``, kept within 1 and 12.  Plain sentences of six eojeol give grade 2
to 3, a discharge letter with its terms 9 and more.  It orders texts; it is no measurement of a reader.
"""

import re
from collections.abc import Iterable, Sequence

from scribe.domain.statement import Section
from scribe.domain.summary import Readability
from scribe.drafting.lay import lay_terms

_ORDINARY = frozenset(
    {"다음", "통증", "휴식", "멍", "PT", "CT", "MRI", "X선", "AI", "암", "열", "피", "농", "피로", "근육주사", "인슐린"}
)
"""Ordinary words, parts of others, and abbreviations that everybody knows."""
_SENTENCE = re.compile(r"[^.?!\n]+(?:(?<=\d)\.(?=\d)[^.?!\n]+)*[.?!]?")
_SYLLABLE = re.compile(r"[가-힣]|\d+(?:[.,/]\d+)*|[A-Za-z]+")


def readability(sections: Iterable[Section]) -> Readability:
    """The counts over all statements; an empty summary has no sentences and no grade."""
    text = [statement.text for section in sections for statement in section.statements]
    told = [sentence for line in text for sentence in sentences(line)]
    lengths = [len(sentence.split()) for sentence in told]
    difficult = tuple(difficult_terms(text))
    if not lengths:
        return Readability(sentences=0, mean_sentence_eojeol=0.0, longest_sentence_eojeol=0)
    mean, words = sum(lengths) / len(lengths), sum(lengths)
    syllables = sum(len(_SYLLABLE.findall(sentence)) for sentence in told)
    return Readability(
        sentences=len(lengths),
        mean_sentence_eojeol=round(mean, 1),
        longest_sentence_eojeol=max(lengths),
        difficult_terms=difficult,
        grade=_grade(mean, max(lengths), len(difficult) / words),
        mean_eojeol_syllables=round(syllables / words, 1),
        mean_sentence_syllables=round(syllables / len(lengths), 1),
        difficult_share=round(len(difficult) / words, 3),
    )


def sentences(text: str) -> list[str]:
    """The sentences of a text; a decimal point ends none."""
    return [match[0].strip() for match in _SENTENCE.finditer(text) if match[0].strip(" .?!\n")]


def difficult_terms(lines: Sequence[str]) -> list[str]:
    """Medical terms that stand without a plain word, and are nowhere explained in brackets behind them."""
    text = "\n".join(lines)
    outside = re.sub(r"\([^()]*\)", lambda match: " " * len(match[0]), text)
    found: list[str] = []
    covered: list[tuple[int, int]] = []
    for term, words in lay_terms().items():
        if term not in outside:
            continue
        spans = [match.span() for match in re.finditer(re.escape(term), outside)]
        own = [span for span in spans if not any(start <= span[0] and span[1] <= end for start, end in covered)]
        covered += own
        if _is_everyday(term, words.plain):
            continue
        if own and not any(text[end:].startswith("(") for _, end in own):
            found.append(term)
    return found


def _is_everyday(term: str, plain: str) -> bool:
    """A word that the plain wording uses itself needs no explanation ("가래", "설사", "휴식")."""
    return (bool(plain) and term in plain) or term in _ORDINARY


def _grade(mean: float, longest: int, share: float) -> float:
    grade = 1 + 0.55 * (mean - 3) + 0.12 * max(0, longest - 8) + 30 * share
    return round(min(12.0, max(1.0, grade)), 1)
