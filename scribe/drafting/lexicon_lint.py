"""Checks the lexicon's tables and keeps them in order.

``python -m scribe.drafting.lexicon_lint`` prints the findings and exits 1 where there are any; with
``--write`` it first sorts the rows and compiles the phrase keys anew.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from scribe.drafting import lexicon
from scribe.drafting.lexicon import (
    LEXICON_FOLDER,
    PHRASE_KEYS_FILE,
    AnyRow,
    DiagnosisRow,
    ExamRow,
    LexiconError,
    MedicineRow,
    RedFlagRow,
    SymptomRow,
    Table,
    read_table,
)
from scribe.drafting.morphology import Analyser
from scribe.drafting.predicates import phrase_keys
from scribe.drafting.words import folded, whole_words

ALLOWANCES_FILE = LEXICON_FOLDER / "allowances.tsv"
KCD_SHAPE = re.compile(r"[A-Z]\d\d(\.\d{1,3})?")
ATC_SHAPE = re.compile(r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?")
CONDITION_SHAPE = re.compile(
    r"(symptom|exam|diagnosis|history|allergy|medication_statement):[^:&|<>=]+|"
    r"(vital|lab_result):[^:&|<>=~]+(<|<=|>|>=)\d+(\.\d+)?|lab_result:[^:&|<>=~]+~[^:&|<>=~]+|"
    r"(years|months):<\d+"
)
_UNSAID = re.compile(r"급성|만성|제?\d형")
_LONGEST_EXPLANATION = 25


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: ``surface`` of ``table`` breaks ``rule``."""

    table: Table
    surface: str
    rule: str
    detail: str

    def __str__(self) -> str:
        return f"{self.table.value}.tsv: {self.surface}: {self.rule}: {self.detail}"


def lint(folder: Path = LEXICON_FOLDER) -> list[Finding]:
    """The findings in all tables of ``folder``, without those that ``allowances.tsv`` explains.

    Raises LexiconError where a table cannot be read at all.
    """
    allowed = {(table, surface, rule) for table, surface, rule, _ in read_allowances(folder / ALLOWANCES_FILE.name)}
    findings: list[Finding] = []
    for table in Table:
        rows = read_table(table, folder / f"{table.value}.tsv")
        findings += [*_order(table, rows), *_surfaces(table, rows), *_codes(table, rows), *_wording(table, rows)]
    return [f for f in findings if (f.table.value, f.surface, f.rule) not in allowed]


def read_allowances(path: Path = ALLOWANCES_FILE) -> list[tuple[str, str, str, str]]:
    """The table, surface, rule and reason of everything that the linter lets pass.

    Raises LexiconError where a line lacks a column or the reason is empty.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith(("#", "table\t")):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or not all(cells):
            raise LexiconError(path=path.name, line=number, problem="write table, surface, rule and reason")
        found.append((cells[0], cells[1], cells[2], cells[3]))
    return found


def unknown_codes(rows: Iterable[AnyRow], kcd: Collection[str], atc: Collection[str]) -> Iterator[Finding]:
    """KCD and ATC codes of ``rows`` that a hospital's or the nation's master does not have."""
    for row in rows:
        if isinstance(row, SymptomRow | DiagnosisRow) and row.kcd and row.kcd not in kcd:
            yield Finding(row.table, row.term, "not_in_kcd_master", row.kcd)
        if isinstance(row, MedicineRow) and row.atc and row.atc not in atc:
            yield Finding(row.table, row.term, "not_in_drug_master", row.atc)


def _order(table: Table, rows: tuple[AnyRow, ...]) -> Iterator[Finding]:
    for before, after in pairwise(rows):
        if before.term == after.term:
            yield Finding(table, after.term, "duplicate_term", "the term has two rows")
        elif before.term > after.term:
            yield Finding(table, after.term, "unsorted", f"stands after {before.term}")


def _surfaces(table: Table, rows: tuple[AnyRow, ...]) -> Iterator[Finding]:
    """A surface of two rows would give two readings of the same words."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        for surface in (*row.nouns, *row.phrases):
            key = surface.lower().replace(" ", "").replace("-", "")
            if row.term not in owners[key]:
                owners[key].append(row.term)
            elif [*row.nouns, *row.phrases].count(surface) > 1:
                yield Finding(table, surface, "repeated", f"twice in {row.term}")
    for key, terms in owners.items():
        if len(terms) > 1:
            yield Finding(table, key, "ambiguous", "belongs to " + ", ".join(terms))


def _codes(table: Table, rows: tuple[AnyRow, ...]) -> Iterator[Finding]:
    for row in rows:
        if isinstance(row, SymptomRow | DiagnosisRow) and row.kcd and not KCD_SHAPE.fullmatch(row.kcd):
            yield Finding(table, row.term, "code_shape", f"{row.kcd} is no KCD-8 code")
        if isinstance(row, DiagnosisRow) and not row.kcd:
            yield Finding(table, row.term, "code_missing", "a diagnosis needs a KCD-8 code")
        if isinstance(row, MedicineRow) and row.atc and not ATC_SHAPE.fullmatch(row.atc):
            yield Finding(table, row.term, "code_shape", f"{row.atc} is no ATC code")


def _wording(table: Table, rows: tuple[AnyRow, ...]) -> Iterator[Finding]:
    for row in rows:
        phrases = (*row.phrases, *(row.normal + row.abnormal if isinstance(row, ExamRow) else ()))
        for phrase in phrases:
            if not phrase.endswith("다"):
                yield Finding(table, phrase, "no_dictionary_form", f"of {row.term}: write it with -다")
        if isinstance(row, DiagnosisRow):
            yield from general_synonyms(row)
        if isinstance(row, DiagnosisRow) and len(row.lay) > _LONGEST_EXPLANATION:
            yield Finding(table, row.term, "long_explanation", f"{len(row.lay)} characters")
        if isinstance(row, RedFlagRow):
            yield from _conditions(row)


def general_synonyms(row: DiagnosisRow) -> Iterator[Finding]:
    """Who says 탈장 has not said 서혜부 탈장: the entry would be more specific than what was said.

    급성, 만성 and a type are left out of the name where nobody said them, so they may be missing in a synonym.
    """
    words = row.term.split()
    for synonym in row.synonyms:
        for first in range(1, len(words)):
            rest, left_out = folded("".join(words[first:])), " ".join(words[:first])
            if folded(synonym) == rest and not _UNSAID.fullmatch(left_out):
                yield Finding(row.table, synonym, "general_synonym", f"{row.term} is more than was said")


def _conditions(row: RedFlagRow) -> Iterator[Finding]:
    if not row.all_of and not row.any_of:
        yield Finding(row.table, row.term, "no_condition", "the rule would never hold")
    if not row.source:
        yield Finding(row.table, row.term, "no_source", "name the guideline")
    for condition in (*row.all_of, *row.any_of):
        for part in condition.split("&"):
            if not CONDITION_SHAPE.fullmatch(part):
                yield Finding(row.table, row.term, "condition_shape", part)


def compile_phrase_keys() -> dict[str, tuple[str, ...]]:
    """The keys of every phrase of the bundled tables, by the analyser of this machine.

    Raises ValueError at a phrase that the analyser does not read as a predicate.
    """
    rows = lexicon.all_rows()
    analyser = Analyser(whole_words(noun for row in rows for noun in row.nouns))
    phrases = {phrase for row in rows for phrase in row.phrases}
    phrases.update(cue for row in rows if isinstance(row, ExamRow) for cue in (*row.normal, *row.abnormal))
    return {phrase: phrase_keys(analyser, phrase) for phrase in sorted(phrases)}


def write() -> None:
    """Sorts the rows of the bundled tables by their first column and compiles the phrase keys."""
    for table in Table:
        _sort(LEXICON_FOLDER / f"{table.value}.tsv")
    lines = [f"{phrase}\t{'|'.join(keys)}\n" for phrase, keys in compile_phrase_keys().items()]
    note = "# Compiled by python -m scribe.drafting.lexicon_lint --write; do not edit.\n"
    PHRASE_KEYS_FILE.write_text(note + "".join(lines), encoding="utf-8")


def _sort(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    header, *body = [line for line in lines if line and not line.startswith("#")]
    body.sort(key=lambda line: line.split("\t")[0])
    path.write_text("\n".join([*comments, header, *body]) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The command; returns the exit status."""
    if "--write" in arguments:
        write()
    findings = lint()
    sys.stdout.write("".join(f"{finding}\n" for finding in findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
