"""Plain words for patients: what a medical term is called, how it is explained, how it reads as a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from scribe.drafting.lexicon import AdviceRow, DiagnosisRow, by_term
from scribe.drafting.tables import read_cells

_COLUMNS = ("term", "plain", "note", "condition")


@dataclass(frozen=True, slots=True)
class LayTerm:
    """``plain`` replaces the term, ``note`` explains one that is kept, ``condition`` is it as an if-clause."""

    term: str
    plain: str
    note: str
    condition: str


@cache
def lay_terms() -> Mapping[str, LayTerm]:
    """The plain words by medical term, longer terms first.

    Raises LexiconError where ``lexicon/lay_terms.tsv`` has a line of the wrong shape or a term twice.
    """
    found = {cells[0]: LayTerm(*cells) for _, cells in read_cells("lay_terms", _COLUMNS)}
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: -len(item[0]))))


def plain(term: str) -> str:
    """The term in plain words: replaced, or followed by its explanation in brackets; itself where none is known.

    A longer name that ends in a known term has that part replaced ("왼쪽 다리 방사통").
    """
    known = lay_terms()
    if term in known:
        return known[term].plain or f"{term}({known[term].note})"
    if (row := by_term(DiagnosisRow).get(term)) is not None and row.lay:
        return f"{term}({row.lay})"
    for ending, words in known.items():
        if len(ending) > 1 and term.endswith(" " + ending):
            return term[: -len(ending)] + (words.plain or f"{ending}({words.note})")
    return term


def note_for(term: str) -> str:
    """The explanation of a term that is kept by its name, or ""."""
    known = lay_terms()
    if term in known:
        return known[term].note
    row = by_term(DiagnosisRow).get(term)
    return row.lay if row is not None else ""


def condition(sign: str) -> str | None:
    """A sign as an if-clause: "38도 넘는 발열" is "38도 넘는 열이 나면"; None where no plain clause is known."""
    known = lay_terms()
    if sign in known:
        return known[sign].condition or None
    for ending, words in known.items():
        before = sign.removesuffix(ending).strip()
        if words.condition and len(ending) > 1 and sign.endswith(ending) and before:
            measured = ending == "고열" and any(char.isdigit() for char in before)
            return f"{before} {known['발열'].condition if measured else words.condition}"
    return None


def advised(term: str) -> str | None:
    """The lexicon's sentence for a piece of advice, or None."""
    row = by_term(AdviceRow).get(term)
    return row.lay or None if row is not None else None
