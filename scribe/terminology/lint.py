"""What is to be mended in a hospital's own terms, and where they and our lexicons do not agree."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.drafting.lexicon import DiagnosisRow, SymptomRow, rows
from scribe.drafting.lexicon_lint import ATC_SHAPE, general_synonyms
from scribe.drafting.terminology.records import Item, Kind, Source, Use
from scribe.drafting.terminology.store import HospitalTerms
from scribe.terminology.masters import NO_DISEASE
from scribe.terminology.meaning import term_named


@dataclass(frozen=True, slots=True)
class HospitalFinding:
    """Something to mend: ``surface`` of the hospital's ``source`` (row ``line`` of its file) breaks ``rule``."""

    source: Source
    line: int
    surface: str
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.source.value}, row {self.line}: {self.surface}: {self.rule}: {self.detail}"


def lint_hospital(terms: HospitalTerms) -> Iterator[HospitalFinding]:
    """The findings of every imported master, then the codes of ours that the KCD master lacks."""
    for source in Source:
        items = list(terms.items(source))
        yield from _duplicates(items)
        yield from _codes(items)
    for kind in Kind:
        yield from _ambiguous(terms, kind)
    yield from _general(terms)
    if terms.has(Source.KCD):
        yield from _ours_unknown(terms)


def _duplicates(items: list[Item]) -> Iterator[HospitalFinding]:
    """A code that two rows give to different things; a disease may have several names."""
    seen: dict[str, Item] = {}
    for item in items:
        first = seen.setdefault(item.code, item)
        if first is not item and first.term != item.term and item.kind is not Kind.DIAGNOSIS:
            detail = f"row {first.line} has it for {first.name}"
            yield HospitalFinding(item.source, item.line, item.code, "duplicate_code", detail)


def _codes(items: list[Item]) -> Iterator[HospitalFinding]:
    for item in items:
        if item.atc and not ATC_SHAPE.fullmatch(item.atc):
            yield HospitalFinding(item.source, item.line, item.name, "code_shape", f"{item.atc} is no ATC code")
        if not unicodedata.is_normalized("NFC", item.name):
            yield HospitalFinding(item.source, item.line, item.name, "not_nfc", "import the file again")
        if item.kind is Kind.MEDICINE and item.source is Source.FORMULARY and not term_named(item.kind, (item.term,)):
            detail = f"{item.term} is none of our ingredients: allergies, duplicates and doses are not checked"
            yield HospitalFinding(item.source, item.line, item.name, "unknown_ingredient", detail)


def _ambiguous(terms: HospitalTerms, kind: Kind) -> Iterator[HospitalFinding]:
    """A name of several things is found in no dialogue: nothing is guessed."""
    owners: defaultdict[str, dict[str, Item]] = defaultdict(dict)
    texts: dict[str, str] = {}
    for key, text, number in terms.names(kind):
        item = terms.item(number)
        is_spoken = kind is not Kind.DIAGNOSIS or (text == item.name and not NO_DISEASE.match(item.code))
        if item.is_complete and text != item.english and is_spoken:
            owners[key].setdefault(item.code if kind is Kind.DIAGNOSIS else item.term, item)
            texts.setdefault(key, text)
    for key, found in owners.items():
        if len(found) > 1:
            first, *others = found.values()
            detail = "also row " + ", ".join(str(other.line) for other in others[:5])
            yield HospitalFinding(first.source, first.line, texts[key], "ambiguous", detail)


def _general(terms: HospitalTerms) -> Iterator[HospitalFinding]:
    synonyms: defaultdict[int, list[str]] = defaultdict(list)
    for key, text, number in terms.names(Kind.DIAGNOSIS):
        if any(name.use is not Use.LOOKUP and name.text == text for name, _ in terms.named(key)):
            synonyms[number].append(text)
    for number, texts in synonyms.items():
        if len(texts) > 1:
            item = terms.item(number)
            for finding in general_synonyms(DiagnosisRow(item.name, tuple(texts))):
                yield HospitalFinding(item.source, item.line, finding.surface, finding.rule, finding.detail)


def _ours_unknown(terms: HospitalTerms) -> Iterator[HospitalFinding]:
    ours: tuple[DiagnosisRow | SymptomRow, ...] = (*rows(DiagnosisRow), *rows(SymptomRow))
    for row in ours:
        found = terms.with_code(Kind.DIAGNOSIS, row.kcd) if row.kcd else ()
        if row.kcd and not found:
            detail = f"our code of {row.term} is not in the hospital's master"
            yield HospitalFinding(Source.KCD, 0, row.kcd, "code_unknown", detail)
        elif row.kcd and isinstance(row, DiagnosisRow) and not any(item.is_complete for item in found):
            detail = f"our code of {row.term} is a category that may not be billed"
            yield HospitalFinding(Source.KCD, found[0].line, row.kcd, "code_incomplete", detail)
