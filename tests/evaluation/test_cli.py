"""The commands as people run them, in good order and with broken input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.cli import app
from evaluation.errors import (
    BrokenCasesError,
    NoCasesError,
    NoReadableCaseError,
    TooFewEntriesError,
    UnwritableFolderError,
)
from scribe.domain.errors import ScribeError
from scribe.drafting.confidence import read_curves
from tests.evaluation.consultations import put

OWN = Path(__file__).resolve().parents[1] / "drafting" / "cases"


def _run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return put(tmp_path / "cases", "a", "b")


def test_an_earlier_report_is_held_beside(cases: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    _run("cases", cases, "-o", first, "--mutations", "0")
    printed = _run("cases", cases, "-o", second, "--mutations", "0", "--baseline", first / "report.json")
    assert "change" in printed
    assert "±0" in printed
    assert "critical errors 0 (+0)" in printed
    assert "processor: dialogue" in printed


def test_degraded_transcripts_are_drafted(cases: Path, tmp_path: Path) -> None:
    _run("cases", cases, "-o", tmp_path / "out", "--mutations", "0", "--without-punctuation", "--unknown-speakers")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "화자 미상" in page
    assert "열은요?" not in page


def test_what_the_verifier_catches_is_in_the_report(cases: Path, tmp_path: Path) -> None:
    printed = json.loads(_run("cases", cases, "-o", tmp_path / "out", "--json"))
    assert printed["mutations"]["sources"]["draft"]["made"] > 0
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == printed


def test_mutations_have_a_command(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "false alarms" in _run("mutations", cases, "-o", out)
    written = json.loads((out / "mutations.json").read_text(encoding="utf-8"))
    assert written["format"] == "scribe-eval-mutations/1"
    assert json.loads(_run("mutations", cases, "-o", out, "--json"))["sources"] == written["sources"]
    assert (out / "missed.tsv").read_text(encoding="utf-8").startswith("source\tclass\ttext\n")


def test_calibrate_writes_a_table_that_drafting_can_read(tmp_path: Path) -> None:
    table = tmp_path / "confidence.toml"
    printed = _run("calibrate", OWN, "-o", table)
    assert "Brier score" in printed
    curves = read_curves(table.read_text(encoding="utf-8"))
    assert 0 <= curves.confidence("symptom", 0.9) <= 1
    assert str(OWN) not in table.read_text(encoding="utf-8")


def test_too_few_cases_to_calibrate_with(cases: Path) -> None:
    with pytest.raises(TooFewEntriesError):
        _run("calibrate", cases)


def test_drafting_speed_prints_figures_with_the_machine() -> None:
    printed = json.loads(_run("drafting-speed", "--runs", "1", "--json"))
    assert (printed["turns"], printed["runs"]) == (40, 1)
    assert printed["seconds"] > 0
    assert printed["machine"]["processors"] == os.cpu_count()


# -- broken input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["cases", "mutations"])
def test_an_empty_folder_is_one_sentence(command: str, tmp_path: Path) -> None:
    with pytest.raises(NoCasesError, match="holds no consultation case"):
        _run(command, tmp_path, "-o", tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "broken.json"),
        ('{"format": "scribe-draft/1"}', "format"),
        ("\udcff", "broken.json"),
    ],
)
def test_a_broken_case_is_named_and_the_others_are_measured(
    cases: Path, tmp_path: Path, text: str, problem: str
) -> None:
    (cases / "broken.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BrokenCasesError) as refused:
        _run("cases", cases, "-o", tmp_path / "out", "--mutations", "0")
    assert "1 of 3 case files" in str(refused.value)
    assert "broken.json" in str(refused.value)
    assert problem in str(refused.value)
    assert len(json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["cases"]) == 2


def test_where_no_case_can_be_read_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "broken.json").write_text("{")
    with pytest.raises(NoReadableCaseError, match=r"None of the 1 case files could be read: broken\.json"):
        _run("cases", tmp_path / "cases", "-o", tmp_path / "out")
    assert not (tmp_path / "out" / "report.json").exists()


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_file_in_place_of_the_folder_is_refused_before_any_work(cases: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnwritableFolderError, match="cannot be written to"):
        _run("cases", cases, "-o", tmp_path / where)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(cases: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(UnwritableFolderError, match="permission denied"):
        _run("cases", cases, "-o", closed)


def test_a_case_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match="cannot be read"):
        _run("drafting-speed", tmp_path / "gone.json")


@pytest.mark.parametrize(
    "arguments", [("cases", "nowhere", "-o", "out"), ("calibrate", "nowhere"), ("mutations", "nowhere", "-o", "out")]
)
def test_the_program_ends_in_one_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from scribe.cli import main; main()", "eval", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("scribe: ")
    assert done.stderr.count("\n") == 1
