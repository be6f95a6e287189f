"""English names of what the lexicons know; where there is none, the Korean words stay, quoted and marked as such."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from scribe.drafting.lexicon import (
    AllergenRow,
    BodySiteRow,
    DepartmentRow,
    DiagnosisRow,
    DrugClassRow,
    ExamRow,
    HistoryRow,
    ProcedureRow,
    SymptomRow,
    TestRow,
    VitalRow,
    rows,
)
from scribe.drafting.safety.drugs import medicine_row
from scribe.drafting.tables import read_cells

_TABLES = (
    SymptomRow, DiagnosisRow, TestRow, VitalRow, ProcedureRow, ExamRow, AllergenRow, HistoryRow, DepartmentRow,
    BodySiteRow, DrugClassRow,
)  # fmt: skip
_LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.'’()/+\-αβγ]*")
_FULL = re.compile(r"[a-z]{4}|[a-z]{2,} [a-z]")
_HANGUL = re.compile(r"[가-힣]")


def english(term: str) -> str:
    """The English name of a term; a term without one comes back quoted: ‘“…” (Korean as said)’."""
    name = known_english(term)
    return name if name is not None else as_said(term)


def as_said(text: str) -> str:
    """Korean words that are kept as they are, and said to be so."""
    return f"“{text}” (Korean as said)" if _HANGUL.search(text) else text


def known_english(term: str) -> str | None:
    """The English name of a term, or None; a side, a place and what was said in brackets are carried over."""
    whole = term.strip()
    if not _HANGUL.search(whole):
        return whole
    found = _names().get(whole) or _medicine(whole)
    if found:
        return found
    base, _, spoken = whole.partition("(")
    if spoken:
        return _bracketed(base.strip(), spoken.removesuffix(")").strip())
    return _composed(whole)


def _bracketed(base: str, spoken: str) -> str | None:
    """What was said in brackets is carried over where it is Latin or a medicine; other surfaces mean the same."""
    outer = known_english(base)
    inner = spoken if not _HANGUL.search(spoken) else _medicine(spoken)
    if outer is None:
        return known_english(spoken)
    return f"{outer} ({inner})" if inner and inner.casefold() not in outer.casefold() else outer


def _composed(whole: str) -> str | None:
    for front, name in (*words("side").items(), *words("before").items()):
        if whole.startswith(f"{front} "):
            rest = known_english(whole.removeprefix(f"{front} "))
            return f"{name} {rest}" if rest else None
    for back, name in words("after").items():
        if whole.endswith(f" {back}"):
            rest = known_english(whole.removesuffix(f" {back}"))
            return f"{rest} {name}" if rest else None
    return None


def _medicine(name: str) -> str | None:
    """The ingredient in English; a Korean brand stays beside it in quotes."""
    row = medicine_row(name) if "(" not in name else None
    if row is None or not row.english:
        return None
    return row.english if name in (row.ingredient, row.english) else f"{row.english} (“{name}”)"


@cache
def _names() -> Mapping[str, str]:
    found = {korean: name for _, (korean, name) in read_cells("english", ("term", "english"))}
    for term, name in _synonyms():
        found.setdefault(term, name)
    return MappingProxyType(found)


def _synonyms() -> Iterator[tuple[str, str]]:
    """Every Korean surface with the first full English name of its row, else the first abbreviation."""
    for table in _TABLES:
        for row in rows(table):
            latin = [noun for noun in row.nouns if _LATIN.fullmatch(noun) and re.search("[A-Za-z]{2}", noun)]
            full = next((noun for noun in latin if _FULL.search(noun)), None)
            chosen = full or (latin[0] if latin else None)
            if chosen:
                yield from ((noun, chosen) for noun in row.nouns if _HANGUL.search(noun))


def words(kind: str) -> Mapping[str, str]:
    """The small words of a kind ("count", "day", "reading", "relative" …), Korean to English.  Raises KeyError."""
    return _words()[kind]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for _, (kind, korean, name) in read_cells("english_words", ("kind", "korean", "english"), unique=False):
        found.setdefault(kind, {})[korean] = name
    return MappingProxyType(found)
