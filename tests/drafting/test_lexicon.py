import unicodedata
from pathlib import Path

import pytest

from scribe.drafting import lexicon
from scribe.drafting.lexicon import (
    ROW_TYPES,
    BodySiteRow,
    DiagnosisRow,
    LexiconError,
    MedicineRow,
    ProcedureRow,
    SymptomRow,
    Table,
    TestRow,
    by_term,
    read_table,
    rows,
)

HEADER = "term\tsynonyms\tpredicates\tbody_site\tkcd\n"


@pytest.mark.parametrize("table", Table)
def test_every_bundled_table_reads_into_its_row_type(table: Table) -> None:
    found = rows(ROW_TYPES[table])
    assert found
    assert all(row.table is table and row.term for row in found)


def test_a_row_keeps_its_columns_apart() -> None:
    row = by_term(MedicineRow)["암로디핀"]
    assert row.english == "amlodipine"
    assert "노바스크" in row.brands
    assert (row.atc, row.drug_class, row.form, row.route) == ("C08CA01", "혈압약", "정", "oral")
    assert "5 mg" in row.strengths
    assert row.nouns[0] == "암로디핀"


def test_numbers_and_laterality_are_typed() -> None:
    haemoglobin = by_term(TestRow)["혈색소"]
    assert (haemoglobin.unit, haemoglobin.low, haemoglobin.high) == ("g/dL", 12.0, 17.0)
    assert by_term(BodySiteRow)["무릎"].laterality
    assert not by_term(BodySiteRow)["배"].laterality


@pytest.mark.parametrize(
    ("row_type", "fewest"),
    [(SymptomRow, 500), (DiagnosisRow, 700), (MedicineRow, 800), (TestRow, 250), (ProcedureRow, 150)],
)
def test_the_lexicon_is_broad(row_type: type[lexicon.AnyRow], fewest: int) -> None:
    assert len(rows(row_type)) >= fewest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("term\tsynonyms\n기침\t\n", "line 1: the header must read term synonyms predicates body_site kcd"),
        (HEADER + "기침\tcough\n", "line 2: 2 columns where the header has 5"),
        (HEADER + "\tcough\t\t\t\n", "line 2: the first column is empty"),
        ("# only a comment\n", "line 1: the header line is missing"),
        (
            HEADER + "# fine\n" + unicodedata.normalize("NFD", "기침") + "\t\t\t\t\n",
            "line 3: the text is not in Unicode NFC",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "symptoms.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError) as refusal:
        read_table(Table.SYMPTOMS, path)
    assert str(refusal.value) == f"symptoms.tsv, {message}."


def test_a_value_of_the_wrong_type_names_its_column(tmp_path: Path) -> None:
    path = tmp_path / "vitals.tsv"
    path.write_text("term\tsynonyms\tunit\tloinc\tplausible_low\tplausible_high\n맥박\t\t/min\t\tlow\t300\n", "utf-8")
    with pytest.raises(LexiconError, match=r"vitals.tsv, line 2: column plausible_low holds 'low'"):
        read_table(Table.VITALS, path)


def test_lists_drop_empty_parts_and_spaces(tmp_path: Path) -> None:
    path = tmp_path / "symptoms.tsv"
    path.write_text(HEADER + "기침\tcough | 커프||\t기침하다\t\tR05\n", encoding="utf-8")
    (row,) = read_table(Table.SYMPTOMS, path)
    assert row == SymptomRow("기침", ("cough", "커프"), ("기침하다",), "", "R05")
