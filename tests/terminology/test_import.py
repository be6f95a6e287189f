"""Masters as hospitals export them, read whole or refused in one sentence."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scribe.domain.errors import ScribeError
from scribe.domain.files import FileUnwritableError
from scribe.drafting.terminology import FILE_NAME, HospitalTerms, Item, Kind, Source, Use, default_folder
from scribe.settings import Settings
from scribe.terminology.cli import app
from scribe.terminology.columns import ColumnMap, read_map
from scribe.terminology.errors import MapError, RowError, TerminologyFileError
from scribe.terminology.importing import Result, import_master
from scribe.terminology.ordinary import OrdinaryWords
from scribe.terminology.products import Product, product

NOW = datetime(2026, 9, 14, tzinfo=UTC)
DRUGS = "제품코드,제품명,주성분명,함량\n642100010,가빌로탄정5밀리그램(암로디핀),암로디핀베실산염,5mg\n"


def imported(
    tmp_path: Path, text: str | bytes, source: Source = Source.EDI, mapped: ColumnMap | None = None, **how: bool
) -> Result:
    file = tmp_path / "master.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_master(file, source, tmp_path / "in", now=NOW, mapped=mapped, **how)


def items(tmp_path: Path) -> list[Item]:
    return list(HospitalTerms(tmp_path / "in").items())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    imported(tmp_path, DRUGS.replace(",", delimiter).encode(encoding))
    (item,) = items(tmp_path)
    assert (item.code, item.name, item.term, item.strength) == (
        "642100010", "가빌로탄정5밀리그램(암로디핀)", "암로디핀", "5 mg",
    )  # fmt: skip


def test_a_title_above_the_headings_quotes_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    imported(tmp_path, '2026년 9월 약가파일\n\n제품코드,제품명\n642100010,"가빌로탄,정"\n,\n')
    (item,) = items(tmp_path)
    assert (item.name, item.line) == ("가빌로탄,정", 4)


def test_a_map_names_the_columns(tmp_path: Path) -> None:
    where = tmp_path / "map.toml"
    where.write_text(
        '[columns]\ncode = "약번호"\nname = ["이름", "약이름"]\nsynonyms = "부르는 말"\n'
        '[file]\nsystem = "urn:oid:1.2.410.1"\nlist_separator = "/"\n',
        encoding="utf-8",
    )
    imported(tmp_path, "약이름,약번호,부르는 말\n가빌로탄정,AB1,가빌탄/가비정\n", Source.FORMULARY, read_map(where))
    terms = HospitalTerms(tmp_path / "in")
    ((_, item),) = terms.named("가빌탄")
    assert (item.code, item.system) == ("AB1", "urn:oid:1.2.410.1")


def test_a_diagnosis_code_may_lack_its_point_and_a_category_is_none_to_bill(tmp_path: Path) -> None:
    imported(tmp_path, "상병코드,한글상병명\nJ45,천식\nJ459,상세불명의 천식\nA180†,골 및 관절의 결핵\n", Source.KCD)
    found = {item.code: item.is_complete for item in items(tmp_path)}
    assert found == {"J45": False, "J45.9": True, "A18.0": True}


def test_rows_out_of_use_or_time_are_left_out_and_counted(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        "제품코드,제품명,사용여부,적용시작일,적용종료일\n"
        "642100010,가빌로탄정,Y,20200101,99991231\n642100020,나빌로탄정,N,,\n642100030,다빌로탄정,Y,2027-01-01,\n"
        "642100040,라빌로탄정,Y,,20260913\n642100050,,Y,,\n642100010,가빌로탄정,Y,,\n",
    )
    assert (result.imported.rows, result.imported.taken) == (6, 1)
    assert dict(result.imported.skipped) == {
        "not in use": 1, "not yet active": 1, "no longer active": 1, "no name": 1, "the same code and name again": 1,
    }  # fmt: skip


def test_a_new_import_replaces_the_same_master_and_leaves_the_others(tmp_path: Path) -> None:
    imported(tmp_path, DRUGS)
    imported(tmp_path, "상병코드,상병명\nI10,고혈압\n", Source.KCD)
    imported(tmp_path, "제품코드,제품명\n642100099,다른약정\n")
    assert {(item.source, item.code) for item in items(tmp_path)} == {
        (Source.KCD, "I10"),
        (Source.EDI, "642100099"),
    }
    assert [one.source for one in HospitalTerms(tmp_path / "in").imports()] == [Source.EDI, Source.KCD]


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        ("", Source.EDI, "master.csv was not imported: it is empty."),
        ("하나\n둘\n", Source.EDI, "no headings were found: the first row must name the columns"),
        (b"a,b\n\xff\xff,\xff\n", Source.EDI, "line 2 is not text in CP949: save it as CSV in UTF-8"),
        (
            "제품명,규격\n가,나\n",
            Source.EDI,
            "no column for the code was found among '제품명', '규격'; name it in a map",
        ),
        ('제품코드,제품명\n642100010,"가\n', Source.EDI, "row 2 is no row of a table"),
        (
            "상병코드,상병명\nJ45,천식\n천식,J45\n",
            Source.KCD,
            "row 3, column code: '천식' is no KCD code (like J45 or J45.9).",
        ),
        ("상병코드,상병명\n,천식\n", Source.KCD, "row 2, column code: it is empty: every row needs a code."),
        ("제품코드,제품명\n12,가나정\n", Source.EDI, "row 2, column code: '12' is no insurance code (nine digits)."),
        (
            "제품코드,제품명,적용종료일\n642100010,가나정,내년\n",
            Source.EDI,
            "row 2, column active_to: '내년' is no date (write 2026-01-31).",
        ),
        (
            "처방코드,처방명,구분\nD1,일반식,식이\n",
            Source.ORDERS,
            "no row of it could be taken (1 rows: neither a test nor",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_and_changes_nothing(
    tmp_path: Path, text: str | bytes, source: Source, message: str
) -> None:
    imported(tmp_path, DRUGS)
    before = (tmp_path / "in" / FILE_NAME).read_bytes()
    with pytest.raises((TerminologyFileError, RowError)) as refusal:
        imported(tmp_path, text, source)
    assert message in str(refusal.value)
    assert (tmp_path / "in" / FILE_NAME).read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == [".lock", FILE_NAME]


def test_wrong_rows_can_be_left_out(tmp_path: Path) -> None:
    result = imported(tmp_path, DRUGS + "12,가나정,,\n", skip_wrong=True)
    assert (result.imported.taken, dict(result.imported.skipped)) == (
        1,
        {"code: '12' is no insurance code (nine digits)": 1},
    )


def test_a_disk_that_fails_midway_leaves_the_old_terms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(tmp_path, DRUGS)
    before = (tmp_path / "in" / FILE_NAME).read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileUnwritableError, match="no space left"):
        imported(tmp_path, "제품코드,제품명\n642100099,다른약정\n")
    assert (tmp_path / "in" / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("columns = 3", "[columns] and [file] must be tables"),
        ("[columns]\nnome = 'x'", "columns.nome is unknown (write one of code, name"),
        ("[columns]\nname = 3", "columns.name must be a heading or a list of headings"),
        ("[other]\n", "the table [other] is unknown"),
        ("[file]\nencodings = 'x'", "file.encodings is unknown or no text"),
    ],
)
def test_a_wrong_map_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MapError) as refusal:
        read_map(file)
    assert problem in str(refusal.value)


def test_a_map_to_a_missing_column_says_which_the_file_has(tmp_path: Path) -> None:
    with pytest.raises(
        TerminologyFileError, match="the map wants name in the column '약명', and the file has '제품코드'"
    ):
        imported(tmp_path, DRUGS, mapped=ColumnMap(columns={"name": ("약명",)}))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("노바스크정5밀리그램(암로디핀베실산염)_(6.944mg/1정)", Product("노바스크", "정", "5 mg")),
        ("팜리카캡슐150밀리그램(프레가발린)_(0.15g/1캡슐)", Product("팜리카", "캡슐", "150 mg")),
        ("글로시타포민서방정50/1000밀리그램_(1정)", Product("글로시타포민", "서방정", "")),
        ("네오세프건조시럽125밀리그람/5밀리리터(세파클러수화물)", Product("네오세프", "건조시럽", "125 mg")),
        ("히알아인점안액(히알루론산나트륨)_(10mg/10mL)", Product("히알아인", "점안액", "10 mg")),
        ("넬악손주1그램(세프트리악손나트륨수화물)_(1g/1병)", Product("넬악손", "주", "1 g")),
        ("큐로빅스정(클로피도그렐황산염)_(97.875mg/1정)", Product("큐로빅스", "정", "97.875 mg")),
    ],
)
def test_product_names_are_taken_apart(name: str, parts: Product) -> None:
    assert product(name) == parts


def test_names_that_are_everyday_korean_are_found_only_as_medicines() -> None:
    names = ["크레스토", "바로", "나비", "훼럼", "가래", "AB", "우리"]
    assert dict(zip(names, OrdinaryWords().use_of(Kind.MEDICINE, names), strict=True)) == {
        "크레스토": Use.ANYWHERE, "바로": Use.WITH_FORM, "나비": Use.WITH_DOSE, "훼럼": Use.WITH_DOSE,
        "가래": Use.LOOKUP, "AB": Use.WITH_DOSE, "우리": Use.WITH_FORM,
    }  # fmt: skip


def workbook(rows: list[list[str]]) -> bytes:
    """A minimal workbook as spreadsheet programs write it: shared strings, a number, a gap."""
    strings = sorted({cell for row in rows for cell in row if not cell.isdigit() and cell})
    cells = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{"ABCDEF"[column]}{number}"><v>{cell}</v></c>'
            if cell.isdigit()
            else f'<c r="{"ABCDEF"[column]}{number}" t="s"><v>{strings.index(cell)}</v></c>'
            for column, cell in enumerate(row)
            if cell
        )
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets><sheet name="약" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
        )
        shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{shared}</sst>')
    return out.getvalue()


def test_the_first_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    rows = [["제품코드", "비고", "제품명"], ["642100010", "", "가빌로탄정"]]
    imported(tmp_path, workbook(rows))
    (item,) = items(tmp_path)
    assert (item.code, item.name, item.line) == ("642100010", "가빌로탄정", 2)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TerminologyFileError, match="it is no Excel workbook that can be read"):
        imported(tmp_path, workbook([["제품코드", "제품명"]])[:200])


def test_the_command_prints_what_it_took(tmp_path: Path) -> None:
    file = tmp_path / "drugs.csv"
    file.write_text(DRUGS, encoding="cp949")
    command = ["import", str(file), "--as", "edi", "--into", str(tmp_path / "in")]
    plain = CliRunner().invoke(app, command)
    assert plain.exit_code == 0
    assert "1 rows read, 1 taken, 0 skipped" in plain.output
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)
    assert (told["source"], told["rows"], told["taken"], told["skipped"]) == ("edi", 1, 1, {})
    (listed,) = json.loads(CliRunner().invoke(app, ["list", "--json", "--into", str(tmp_path / "in")]).output)
    assert listed["file"] == "drugs.csv"
    with pytest.raises(ScribeError, match="No hospital terms lie in"):
        CliRunner().invoke(app, ["list", "--into", str(tmp_path)], catch_exceptions=False)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SCRIBE_DATA_DIR": "/srv/scribe"},
        {"SCRIBE_DATA_DIR": "/srv/scribe", "SCRIBE_TERMINOLOGY_DIR": "/srv/terms"},
    ],
)
def test_the_command_and_the_service_look_in_the_same_place(environment: dict[str, str]) -> None:
    settings = Settings(
        **{name.removeprefix("SCRIBE_").lower(): Path(value) for name, value in environment.items()}  # type: ignore[arg-type]
    )
    assert default_folder(environment) == settings.terms_dir
