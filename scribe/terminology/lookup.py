"""The terms and codes nearest to what was said: ours and the hospital's, by name, by likeness, by sound."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import Indel, Levenshtein

from scribe.domain.entries import ATC_SYSTEM, KCD8_SYSTEM
from scribe.drafting.lexicon import AnyRow, DiagnosisRow, MedicineRow, ProcedureRow, SymptomRow, TestRow, rows
from scribe.drafting.phonetics import spelled
from scribe.drafting.terminology.records import EDI_MEDICATION_SYSTEM, Item, Kind
from scribe.drafting.terminology.store import HospitalTerms
from scribe.drafting.words import folded, read_aloud
from scribe.terminology.masters import NO_DISEASE

How = Literal["exact", "synonym", "similar", "pronunciation"]

_ROWS: dict[Kind, tuple[type[AnyRow], ...]] = {
    Kind.DIAGNOSIS: (DiagnosisRow, SymptomRow),
    Kind.MEDICINE: (MedicineRow,),
    Kind.TEST: (TestRow,),
    Kind.PROCEDURE: (ProcedureRow,),
}
_MOST_DISTANCE = 0.25
_LEAST_LIKENESS = 0.55
_CANDIDATES = 60
_KNOWN = 0.9
_BESIDE = 0.7  # of a disease's own category: after what holds its words, before what only shares some
_QUALIFIERS = re.compile(r"^(?:상세불명의|기타|달리 분류되지 않은|급성|만성|제?\d형)\s+|[(\[][^()\[\]]*[)\]]|,.*$")
_UNSPECIFIED = re.compile("상세불명")
_OTHER = re.compile("^기타|달리 분류|명시된")


@dataclass(frozen=True, slots=True)
class Found:
    """A term for what was asked: ``matched`` is the surface that fits, ``confidence`` 0 to 1, ``source`` "ours" or the
    hospital's master."""

    kind: Kind
    code: str
    system: str
    name: str
    source: str
    how: How
    matched: str
    confidence: float


def look_up(
    text: str, *, kinds: Iterable[Kind] = Kind, terms: HospitalTerms | None = None, limit: int = 3
) -> list[Found]:
    """The best matches, the surest first, each code once; a disease's name in words brings the codes next to it."""
    asked = folded(text)
    if not asked:
        return []
    found = [hit for kind in kinds for hit in _of_kind(asked, kind, terms)]
    best: dict[tuple[Kind, str, str], Found] = {}
    for hit in sorted(found, key=lambda hit: (-hit.confidence, hit.source == "ours", len(hit.name), hit.code)):
        best.setdefault((hit.kind, hit.system, hit.code or hit.name), hit)
    return list(best.values())[:limit]


def _of_kind(asked: str, kind: Kind, terms: HospitalTerms | None) -> Iterator[Found]:
    ours = list(_ours(asked, kind))
    yield from ours
    if terms is None:
        return
    for name, item in terms.named(asked):
        if item.kind is kind:
            yield _of_item(item, "exact" if folded(item.name) == asked else "synonym", name.text, _sure(item))
    known = [hit for hit in ours if hit.confidence > _KNOWN]
    yield from _like([asked, *(folded(hit.name) for hit in known)], kind, terms)
    if kind is Kind.DIAGNOSIS:
        for hit in known:
            yield from _official(hit, terms)


def _official(hit: Found, terms: HospitalTerms) -> Iterator[Found]:
    """The hospital's own row of our code, whose name is the official one, and the rows beside it."""
    for item in terms.with_code(Kind.DIAGNOSIS, hit.code):
        yield replace(_of_item(item, hit.how, hit.matched, hit.confidence), confidence=hit.confidence)
    for item in terms.under(Kind.DIAGNOSIS, hit.code[:3]):
        if item.is_complete:
            yield _of_item(item, "similar", hit.matched, _BESIDE * _weight(item))


def _ours(asked: str, kind: Kind) -> Iterator[Found]:
    surfaces, sound_surfaces, sounds = _our_surfaces(kind)
    exact = surfaces.get(asked, ())
    for row, surface in exact:
        yield _of_row(row, kind, "exact" if folded(row.term) == asked else "synonym", surface, 1.0)
    if exact:
        return
    sounds_like = spelled(asked)
    if sounds_like:
        near = process.extract(
            sounds_like,
            sounds,
            scorer=Levenshtein.normalized_distance,
            processor=None,
            score_cutoff=_MOST_DISTANCE,
            limit=_CANDIDATES,
        )
        for _, distance, position in near:
            for row, surface in surfaces[sound_surfaces[position]]:
                yield _of_row(row, kind, "pronunciation", surface, round(0.95 * (1 - distance), 3))
    keys = list(surfaces)
    for key, likeness, _ in process.extract(
        asked, keys, scorer=_likeness, processor=None, score_cutoff=_LEAST_LIKENESS, limit=_CANDIDATES
    ):
        for row, surface in surfaces[key]:
            yield _of_row(row, kind, "similar", surface, round(0.9 * likeness, 3))


@cache
def _our_surfaces(kind: Kind) -> tuple[dict[str, list[tuple[AnyRow, str]]], list[str], list[str]]:
    surfaces: dict[str, list[tuple[AnyRow, str]]] = {}
    for row_type in _ROWS[kind]:
        for row in rows(row_type):
            if isinstance(row, SymptomRow) and not row.kcd:
                continue
            for noun in (*row.nouns, *(reading for short in row.nouns for reading in read_aloud(short))):
                surfaces.setdefault(folded(noun), []).append((row, noun))
    spoken = [key for key in surfaces if spelled(key) and not key.isascii()]
    return surfaces, spoken, [spelled(key) for key in spoken]


def _of_row(row: AnyRow, kind: Kind, how: How, surface: str, confidence: float) -> Found:
    code, system = "", ""
    if isinstance(row, DiagnosisRow | SymptomRow):
        code, system = row.kcd, KCD8_SYSTEM
    elif isinstance(row, MedicineRow):
        code, system = row.atc, ATC_SYSTEM
    # a sign is named by the same words as a disease: the disease comes first
    sure = confidence - 0.01 if isinstance(row, SymptomRow) else confidence
    return Found(kind, code, system if code else "", row.term, "ours", how, surface, round(sure, 3))


def _of_item(item: Item, how: How, surface: str, confidence: float) -> Found:
    code, system = (item.edi, EDI_MEDICATION_SYSTEM) if item.edi and item.kind is Kind.MEDICINE else ("", "")
    return Found(
        item.kind,
        code or item.code,
        system or item.system,
        item.name,
        item.source.value,
        how,
        surface,
        round(confidence, 3),
    )


def _like(queries: list[str], kind: Kind, terms: HospitalTerms) -> Iterator[Found]:
    """Names of the hospital's master that hold the words asked for, or nearly."""
    keys, numbers = _hospital_names(terms, kind)
    for query in dict.fromkeys(queries):
        for key, likeness, position in process.extract(
            query, keys, scorer=_likeness, processor=None, score_cutoff=_LEAST_LIKENESS, limit=_CANDIDATES
        ):
            item = terms.item(numbers[position])
            yield _of_item(item, "similar", key, 0.9 * likeness * _weight(item))
    if len(queries) > 1:  # known by its name: no need to guess by sound
        return
    for _, distance, position in process.extract(
        spelled(queries[0]),
        _hospital_sounds(terms, kind),
        scorer=Levenshtein.normalized_distance,
        processor=None,
        score_cutoff=_MOST_DISTANCE / 2,
        limit=_CANDIDATES,
    ):
        item = terms.item(numbers[position])
        yield _of_item(item, "pronunciation", keys[position], 0.93 * (1 - distance) * _weight(item))


def _sure(item: Item) -> float:
    """A sign goes by the same word as a disease (당뇨 is R81): the disease is meant more often."""
    if not item.is_complete:
        return 0.6
    return 0.98 if item.kind is Kind.DIAGNOSIS and NO_DISEASE.match(item.code) else 1.0


def _weight(item: Item) -> float:
    """Unspecified codes that can be billed come before special ones, and those before their categories."""
    if not item.is_complete:
        return 0.7
    if _UNSPECIFIED.search(item.name) or item.code.endswith(".9"):
        return 1.0
    return 0.93 if _OTHER.search(item.name) else 0.97


@cache
def _hospital_sounds(terms: HospitalTerms, kind: Kind) -> list[str]:
    return [spelled(key) for key in _hospital_names(terms, kind)[0]]


@cache
def _hospital_names(terms: HospitalTerms, kind: Kind) -> tuple[list[str], list[int]]:
    """Keys without their qualifiers, and item numbers."""
    named: dict[tuple[str, int], None] = {}
    for _, text, number in terms.names(kind):
        bare = text
        while (shorter := _QUALIFIERS.sub("", bare).strip()) != bare and shorter:
            bare = shorter
        named[folded(bare), number] = None
    return [key for key, _ in named], [number for _, number in named]


def _likeness(asked: str, key: str, *, score_cutoff: float | None = None) -> float:
    """1 for the same words; a name that adds to them is nearer than one that lacks some; else by shared letters."""
    if asked in key:
        return 0.7 + 0.3 * len(asked) / len(key)
    if len(key) > 1 and key in asked:
        return 0.5 + 0.4 * len(key) / len(asked)
    return float(Indel.normalized_similarity(asked, key, score_cutoff=score_cutoff or 0.0))
