"""``scribe draft`` with a template of the hospital's own, in English, and how its summary reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scribe.cli import program
from scribe.domain.errors import ScribeError
from scribe.domain.formats import read_draft
from scribe.drafting.errors import UnknownLanguageError, UnknownTemplateError
from tests.drafting.gold import OWN

CASE = OWN[0]
PLAN = '[[sections]]\ncode = "plan"\ntitle = "처방"\nblocks = [{ facts = "medication_order" }]\n'


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(program(), [str(argument) for argument in arguments])
    if isinstance(result.exception, ScribeError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_template_of_the_hospitals_own(tmp_path: Path) -> None:
    (tmp_path / "orders.toml").write_text(PLAN, encoding="utf-8")
    out = tmp_path / "d.json"
    printed = run("draft", CASE, "--template", "orders", "--templates", tmp_path, "-o", out)
    made = read_draft(out.read_bytes(), "d.json")
    assert [section.title for section in made.note.sections] == ["처방"]
    assert "template orders" in printed
    assert "eojeol a sentence" in printed


def test_the_draft_in_english(tmp_path: Path) -> None:
    out = tmp_path / "d.json"
    run("draft", CASE, "--template", "auto", "--rendering", "en", "-o", out)
    made = read_draft(out.read_bytes(), "d.json")
    assert made.patient_summary.language == "en"
    assert any(
        "Today's diagnosis" in s.text or "suspected" in s.text for s in made.patient_summary.sections[0].statements
    )


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [("--template", "sop", UnknownTemplateError), ("--rendering", "de", UnknownLanguageError)],
)
def test_what_does_not_exist_is_refused(option: str, value: str, error: type[ScribeError]) -> None:
    with pytest.raises(error):
        run("draft", CASE, option, value)
