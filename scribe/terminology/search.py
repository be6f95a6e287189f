"""Search as one types: diagnoses, medicines, tests and procedures by code, name, abbreviation or initial sounds.

The hospital's masters and our lexicon are one list; where no master is imported, the lexicon alone answers.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from scribe.domain.entries import ATC_SYSTEM, KCD8_SYSTEM
from scribe.drafting.lexicon import AnyRow, DiagnosisRow, MedicineRow, ProcedureRow, SymptomRow, TestRow, rows
from scribe.drafting.terminology import HospitalTerms
from scribe.drafting.terminology.records import EDI_MEDICATION_SYSTEM, Item, Kind
from scribe.terminology.letters import initials, is_initials, searchable, spelled_out
from scribe.terminology.masters import NO_DISEASE

_ROWS: dict[Kind, tuple[type[AnyRow], ...]] = {
    Kind.DIAGNOSIS: (DiagnosisRow, SymptomRow),
    Kind.MEDICINE: (MedicineRow,),
    Kind.TEST: (TestRow,),
    Kind.PROCEDURE: (ProcedureRow,),
}
_CODE = re.compile(r"[a-z]\d[\d.]*")
_MOST_HITS = 1000
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term to choose: ``code`` is empty where we have none, ``detail`` what tells it from its like (strength, form,
    English name), ``matched`` the name that was found where it is not ``name``."""

    kind: Kind
    name: str
    code: str
    system: str
    detail: str
    matched: str
    source: str
    is_complete: bool = True
    route: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    """One thing to find, with what it goes by; ``known`` where our curated lexicon has it, which it does of what is
    common."""

    suggestion: Suggestion
    names: tuple[str, ...]
    known: bool


class TermSearch:
    """The terms of one kind, ready to be searched; the same for everybody, and never changed."""

    def __init__(self, terms: Iterable[_Term]) -> None:
        self._terms = tuple(terms)
        self._keys = [(searchable(name), name, place) for place, term in enumerate(self._terms) for name in term.names]
        self._spelled = _Blob(f" {spelled_out(key)}" for key, _, _ in self._keys)
        self._squeezed = _Blob(spelled_out(key).replace(" ", "") for key, _, _ in self._keys)
        self._initials = _Blob(initials(key).replace(" ", "") for key, _, _ in self._keys)
        self._codes = _Blob(term.suggestion.code.casefold().replace(".", "") for term in self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def find(self, query: str, limit: int = 12) -> list[Suggestion]:
        """The best matches, the nearest first: the whole name or code, its beginning, its words, anywhere; what may be
        billed before its category, diseases before signs, what is common before what is rare, short before long.
        A half-typed syllable finds what it may become."""
        asked = searchable(query[:LONGEST])
        best: dict[int, _Hit] = {}
        for hits in self._tiers(asked) if asked else ():
            for hit in hits:
                known = best.get(hit.place)
                if known is None or hit < known:
                    best[hit.place] = hit
            if len(best) >= limit:
                break
        chosen = sorted(best.values(), key=self._order)[:limit]
        return [self._suggested(hit) for hit in chosen]

    def _order(self, hit: "_Hit") -> tuple[int, bool, bool, bool, int, bool, str]:
        term = self._terms[hit.place]
        one = term.suggestion
        is_sign = one.kind is Kind.DIAGNOSIS and bool(NO_DISEASE.match(one.code))
        return hit.tier, not one.is_complete, is_sign, not term.known, hit.length, hit.is_alias, one.code

    def _suggested(self, hit: "_Hit") -> Suggestion:
        found, matched = self._terms[hit.place].suggestion, hit.name
        return replace(found, matched=matched if searchable(matched) != searchable(found.name) else "")

    def _tiers(self, asked: str) -> "Iterator[Iterator[_Hit]]":
        """Matches by nearness; a farther tier is asked only where the nearer ones found too little."""
        squeezed = asked.replace(" ", "")
        if is_initials(asked):
            yield self._ranked(self._initials, squeezed, begins=True)
            yield self._ranked(self._initials, squeezed, begins=False)
            return
        yield chain(self._coded(squeezed), self._ranked(self._squeezed, spelled_out(squeezed), begins=True))
        yield self._by_words([spelled_out(word) for word in asked.split()])
        yield self._ranked(self._squeezed, spelled_out(squeezed), begins=False)

    def _coded(self, asked: str) -> "Iterator[_Hit]":
        if _CODE.fullmatch(asked):
            for place, _, length in self._codes.beginning(asked):
                name = self._terms[place].suggestion.name
                yield _Hit(place, 0 if length == len(asked) else 1, length, False, name)

    def _ranked(self, blob: "_Blob", asked: str, *, begins: bool) -> "Iterator[_Hit]":
        for key, _, length in blob.beginning(asked) if begins else blob.holding(asked):
            tier = 3 if not begins else 0 if length == len(asked) else 1
            yield self._hit(key, tier)

    def _by_words(self, words: Sequence[str]) -> "Iterator[_Hit]":
        """Every word begins a word of the name."""
        longest = max(words, key=len)
        for key, _, _ in self._spelled.holding(f" {longest}"):
            padded = self._spelled.text(key)
            if all(f" {word}" in padded for word in words):
                yield self._hit(key, 2)

    def _hit(self, key: int, tier: int) -> "_Hit":
        _, name, place = self._keys[key]
        return _Hit(place, tier, len(name), name != self._terms[place].names[0], name)


@dataclass(frozen=True, slots=True, order=True)
class _Hit:
    """A term found by one of its names; ``tier`` is how near, ``is_alias`` where the name is not its first."""

    place: int
    tier: int
    length: int
    is_alias: bool
    name: str


class _Blob:
    """Many short texts in one, to be searched at the speed of one search."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)
        self._starts: list[int] = []
        at = 1
        for text in self._texts:
            self._starts.append(at)
            at += len(text) + 1
        self._blob = "\n" + "\n".join(self._texts)

    def text(self, place: int) -> str:
        return self._texts[place]

    def beginning(self, asked: str) -> Iterator[tuple[int, int, int]]:
        """The texts that begin with ``asked``: place, 0, and length."""
        return ((place, 0, length) for place, start, length in self._find(f"\n{asked}") if start == -1)

    def holding(self, asked: str) -> Iterator[tuple[int, int, int]]:
        """The texts that hold ``asked``: place, the character where it first stands, and length."""
        return self._find(asked)

    def _find(self, asked: str) -> Iterator[tuple[int, int, int]]:
        at = 0
        for _ in range(_MOST_HITS):
            hit = self._blob.find(asked, at)
            if hit < 0:
                return
            place = bisect_right(self._starts, hit + 1) - 1
            yield place, hit - self._starts[place], len(self._texts[place])
            at = self._starts[place] + len(self._texts[place])


@lru_cache(maxsize=8)
def search_of(kind: Kind, terms: HospitalTerms | None) -> TermSearch:
    """The search over the hospital's terms of a kind and ours; made once for each import."""
    return TermSearch(_terms(kind, terms))


def _terms(kind: Kind, terms: HospitalTerms | None) -> Iterator[_Term]:
    ours: dict[str, list[AnyRow]] = {}
    for row_type in _ROWS[kind]:
        for row in rows(row_type):
            if not isinstance(row, SymptomRow) or row.kcd:
                ours.setdefault(_code_of(row) or row.term, []).append(row)
    taken: set[str] = set()
    if terms is not None:
        named: dict[int, list[str]] = {}
        for _, text, number in terms.names(kind):
            named.setdefault(number, []).append(text)
        for number, item in terms.numbered(kind):
            known = ours.get(item.code if kind is Kind.DIAGNOSIS else item.term, [])
            taken |= {item.code if kind is Kind.DIAGNOSIS else item.term} if known else set()
            yield _of_item(item, named.get(number, []), known)
    for key, found in ours.items():
        if key not in taken or kind is Kind.MEDICINE:
            for row in found:
                yield from _of_row(row, kind)


def _code_of(row: AnyRow) -> str:
    return row.kcd if isinstance(row, DiagnosisRow | SymptomRow) else ""


def _of_item(item: Item, names: Sequence[str], known: Sequence[AnyRow]) -> _Term:
    code, system = (item.edi, EDI_MEDICATION_SYSTEM) if item.edi and item.kind is Kind.MEDICINE else ("", "")
    detail = (item.strength, item.form) if item.kind is Kind.MEDICINE else (item.english,)
    ours = (noun for row in known for noun in row.nouns)
    suggestion = Suggestion(
        kind=item.kind,
        name=item.name,
        code=code or item.code,
        system=system or item.system,
        detail=" · ".join(part for part in detail if part and part not in item.name),
        matched="",
        source=item.source.value,
        is_complete=item.is_complete,
        route=item.route,
    )
    own = (item.name, *names, *((item.english,) if item.english else ()), *ours)
    return _Term(suggestion, tuple(dict.fromkeys(name for name in own if name)), bool(known))


def _of_row(row: AnyRow, kind: Kind) -> Iterator[_Term]:
    if isinstance(row, MedicineRow):
        detail = " · ".join(filter(None, (row.english, ", ".join(row.strengths[:4]))))
        system = ATC_SYSTEM if row.atc else ""
        one = Suggestion(kind, row.ingredient, row.atc, system, detail, "", "ours", route=row.route)
    elif isinstance(row, TestRow):
        one = Suggestion(kind, row.term, "", "", "", "", "ours", unit=row.unit)
    else:
        code = _code_of(row)
        one = Suggestion(kind, row.term, code, KCD8_SYSTEM if code else "", "", "", "ours")
    yield _Term(one, tuple(dict.fromkeys(row.nouns)), known=True)
