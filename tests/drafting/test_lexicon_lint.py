import csv
import gzip
import shutil
from pathlib import Path

import pytest

from scribe.drafting import lexicon_lint
from scribe.drafting.lexicon import LEXICON_FOLDER, LexiconError, Table, all_rows, phrase_keys
from scribe.drafting.lexicon_lint import compile_phrase_keys, lint, read_allowances, unknown_codes

TERMINOLOGY = Path(__file__).resolve().parents[2] / "../shared/terminology"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(LEXICON_FOLDER, tmp_path / "lexicon")
    return tmp_path / "lexicon"


def append(folder: Path, table: Table, line: str) -> None:
    path = folder / f"{table.value}.tsv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def rules(folder: Path) -> set[tuple[str, str]]:
    return {(finding.surface, finding.rule) for finding in lint(folder)}


def test_the_bundled_tables_have_no_findings() -> None:
    assert [str(finding) for finding in lint()] == []


@pytest.mark.parametrize(
    ("table", "line", "surface", "rule"),
    [
        (Table.SYMPTOMS, "가가\t\t\t\t", "가가", "unsorted"),
        (Table.DIAGNOSES, "힣힣병\tCOPD\tJ44.9\tchronic\t", "copd", "ambiguous"),
        (Table.DIAGNOSES, "힣힣병\t\tJ449\tchronic\t", "힣힣병", "code_shape"),
        (Table.DIAGNOSES, "힣힣병\t\t\tchronic\t", "힣힣병", "code_missing"),
        (Table.DIAGNOSES, "힣힣병\t\tJ44.9\tchronic\t" + "가" * 26, "힣힣병", "long_explanation"),
        (Table.MEDICINES, "힣힣정\t\t\t\tC8CA\t\t\t정\toral", "힣힣정", "code_shape"),
        (Table.ADVICE, "힣힣\t물을 마시세요\t", "물을 마시세요", "no_dictionary_form"),
        (Table.RED_FLAGS, "힣힣\tsymptom:흉통 and 식은땀=\t\t책", "힣힣", "condition_shape"),
        (Table.RED_FLAGS, "힣힣\tsymptom:흉통\t\t", "힣힣", "no_source"),
        (Table.RED_FLAGS, "힣힣\t\t\t책", "힣힣", "no_condition"),
    ],
)
def test_a_wrong_row_is_found(copied: Path, table: Table, line: str, surface: str, rule: str) -> None:
    append(copied, table, line)
    assert (surface, rule) in rules(copied)


def test_a_duplicate_term_is_found(copied: Path) -> None:
    append(copied, Table.RELATIVES, "힣힣\t가나\n힣힣\t다라")
    assert ("힣힣", "duplicate_term") in rules(copied)


def test_an_allowance_lets_one_finding_pass(copied: Path) -> None:
    append(copied, Table.DIAGNOSES, "힣힣병\tCOPD\tJ44.9\tchronic\t")
    path = copied / "allowances.tsv"
    path.write_text(path.read_text(encoding="utf-8") + "diagnoses\tcopd\tambiguous\ttwo names\n", encoding="utf-8")
    assert ("copd", "ambiguous") not in rules(copied)


def test_an_allowance_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "allowances.tsv"
    path.write_text("table\tsurface\trule\treason\ndiagnoses\tcopd\tambiguous\t\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"allowances.tsv, line 2: write table, surface, rule and reason"):
        read_allowances(path)


def test_the_command_prints_what_it_finds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert lexicon_lint.main([]) == 0
    assert capsys.readouterr().out == ""
    finding = lexicon_lint.Finding(Table.TESTS, "CBC", "ambiguous", "belongs to A, B")
    monkeypatch.setattr(lexicon_lint, "lint", lambda: [finding])
    assert lexicon_lint.main([]) == 1
    assert capsys.readouterr().out == "tests.tsv: CBC: ambiguous: belongs to A, B\n"


def test_the_compiled_phrase_keys_are_those_of_the_tables() -> None:
    # where this fails after a table was edited: python -m scribe.drafting.lexicon_lint --write
    assert dict(phrase_keys()) == compile_phrase_keys()


@pytest.mark.parametrize("table", [Table.SYMPTOMS, Table.HISTORIES, Table.ADVICE])
def test_no_two_rows_of_a_table_have_phrases_with_the_same_key(table: Table) -> None:
    owners: dict[str, str] = {}
    shared = set()
    for row in all_rows():
        for phrase in row.phrases if row.table is table else ():
            shared.update(phrase for key in phrase_keys()[phrase] if owners.setdefault(key, row.term) != row.term)
    assert shared == set()


@pytest.mark.skipif(not TERMINOLOGY.exists(), reason="the code masters are not part of the repository")
def test_every_code_exists_in_the_masters_or_has_a_reason() -> None:
    def column(name: str, key: str) -> set[str]:
        with gzip.open(TERMINOLOGY / name, "rt", encoding="utf-8") as lines:
            return {row[key] for row in csv.DictReader(lines, delimiter="\t")}

    kcd = column("kcd8.tsv.gz", "code")
    atc = column("drugs_hira.tsv.gz", "atc") | column("ingredients.tsv.gz", "atc")
    explained = {(table, surface, rule) for table, surface, rule, _ in read_allowances()}
    unexplained = [
        str(finding)
        for finding in unknown_codes(all_rows(), kcd, atc)
        if (finding.table.value, finding.surface, finding.rule) not in explained
    ]
    assert unexplained == []
