"""``scribe draft`` and ``scribe verify-note`` as typed at a terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scribe.cli import program
from scribe.domain.errors import ScribeError
from scribe.domain.formats import read_draft
from scribe.drafting.errors import MissingEncounterError, WrongOptionError
from tests.drafting.gold import OWN

CASE = OWN[0]
LINES = (
    ("doctor", "어디가 불편하세요?"),
    ("patient", "그저께부터 기침이 나요."),
    ("nurse", "혈압 백사십에 구십이에요."),
)


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "t.json"
    utterances = [
        {"id": f"u{i}", "speaker": speaker, "start": i, "end": i + 1, "text": text}
        for i, (speaker, text) in enumerate(LINES)
    ]
    document = {"format": "scribe-transcript/1", "language": "ko", "utterances": utterances}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(program(), [str(argument) for argument in arguments], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_case_brings_its_encounter(tmp_path: Path) -> None:
    out = tmp_path / "d.json"
    assert run("draft", CASE, "-o", out)[0] == 0
    made = read_draft(out.read_bytes(), "d.json")
    assert made.encounter.id == json.loads(CASE.read_bytes())["id"]
    assert made.note.template == "soap"
    code, printed = run("verify-note", CASE, out)
    assert code in (0, 2)
    assert printed.splitlines()[0].startswith("●")


def test_a_bare_transcript_needs_a_start(transcript: Path) -> None:
    with pytest.raises(MissingEncounterError, match="--start"):
        run("draft", transcript)


def test_the_encounter_from_options(transcript: Path) -> None:
    code, printed = run(
        "draft", transcript, "--start", "2026-09-14T10:20:00+09:00", "--template", "initial", "--encounter-id", "E7",
        "--patient-name", "김가람", "--patient-sex", "female", "--patient-birth-date", "1981-04-02",
    )  # fmt: skip
    made = read_draft(printed.encode(), "stdout")
    assert code == 0
    assert (made.encounter.id, made.note.template) == ("E7", "initial")
    assert made.encounter.patient is not None
    assert made.encounter.patient.birth_date.year == 1981


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--setting", "ward"), "--setting must be outpatient or emergency"),
        (("--patient-name", "김가람"), "given together"),
        (("--patient-name", "김", "--patient-sex", "f", "--patient-birth-date", "1981-04-02"), "--patient-sex must be"),
    ],
)
def test_wrong_options_are_refused(transcript: Path, options: tuple[str, ...], expected: str) -> None:
    with pytest.raises(WrongOptionError, match=expected):
        run("draft", transcript, "--start", "2026-09-14T10:20:00+09:00", *options)


def test_a_note_from_elsewhere_is_checked_sentence_by_sentence(transcript: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("S:\n- 그저께부터 기침. 오한 있음.\nO:\n- 혈압 150/90 mmHg.\n", encoding="utf-8")
    code, printed = run("verify-note", transcript, note)
    marks = [line[0] for line in printed.splitlines() if line[0] in "●◐○"]
    assert code == 2
    assert marks == ["●", "○", "○"]
    assert "150" in printed
    code, printed = run("verify-note", transcript, note, "--json")
    report = json.loads(printed)
    assert code == 2
    assert (report["supported"], report["none"]) == (1, 2)
    assert report["statements"][0]["evidence"][0]["utterance"] == "u1"
    assert {reason["check"] for reason in report["statements"][2]["reasons"]} == {"number"}


def test_a_true_note_passes(transcript: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("그저께부터 기침.\n혈압 140/90 mmHg.\n", encoding="utf-8")
    assert run("verify-note", transcript, note) == (0, "● 그저께부터 기침.\n● 혈압 140/90 mmHg.\n2/2 supported\n")


def test_the_program_tells_bad_input_in_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "x.json"
    wrong.write_text("{}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from scribe.cli import main; main()", "draft", str(wrong)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("scribe: ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("note", [b"", b"[1, 2]", b"\xff\xfe", b"\0\0\0"])
def test_a_note_that_is_none_is_refused(tmp_path: Path, note: bytes) -> None:
    wrong = tmp_path / "note.txt"
    wrong.write_bytes(note)
    case = Path(__file__).resolve().parents[2] / "scribe" / "demo" / "consultation.json"
    result = CliRunner().invoke(program(), ["verify-note", str(case), str(wrong)])
    assert result.exit_code == 1
    assert isinstance(result.exception, ScribeError)


def test_a_note_in_json_of_another_shape_is_read_as_text(transcript: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    sections = {"subjective": "그저께부터 기침, 오한 있음.", "objective": ["BP 140/90 mmHg"]}
    note.write_text(json.dumps({"note": sections}, ensure_ascii=False), encoding="utf-8")
    code, printed = run("verify-note", transcript, note, "--json", "--strict")
    report = json.loads(printed)
    assert code == 2
    assert [one["text"] for one in report["statements"]] == ["그저께부터 기침, 오한 있음.", "BP 140/90 mmHg"]
    assert [one["support"] for one in report["statements"]] == ["partial", "supported"]
    assert any(reason["word"].find("오한") >= 0 for reason in report["statements"][0]["reasons"])
