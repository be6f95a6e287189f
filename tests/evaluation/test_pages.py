"""The budget of the review page, and how it is measured."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from evaluation.pages import PageFigures, measure, spoken
from evaluation.pages_cli import pages

BUDGET = 150_000
"""Bytes of a 60-utterance review page with all it loads, without its recording."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> PageFigures:
    (figures,) = measure(tmp_path_factory.mktemp("pages"), sizes=(60,), renders=3)
    return figures


def test_the_first_visit_of_a_long_consultation_keeps_to_its_budget(measured: PageFigures) -> None:
    assert measured.first_visit_bytes < BUDGET
    assert measured.sent_bytes < measured.html_bytes / 3, "the page travels compressed"


def test_all_that_the_page_loads_is_counted(measured: PageFigures) -> None:
    assert measured.files >= 8
    assert measured.files_bytes > 15_000
    assert 0 < measured.p50_ms <= measured.p95_ms


def test_the_dialogue_is_as_long_as_asked_and_runs_forward() -> None:
    transcript = spoken(100)
    assert len({utterance.id for utterance in transcript.utterances}) == 100
    starts = [utterance.start for utterance in transcript.utterances]
    assert starts == sorted(starts)
    assert all(utterance.words for utterance in transcript.utterances)


def test_the_command_writes_the_figures(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(pages)
    output = tmp_path / "pages.json"
    result = CliRunner().invoke(app, ["--utterances", "5", "--renders", "1", "-o", str(output)])
    assert result.exit_code == 0, result.output
    figures = json.loads(output.read_text())
    assert figures["pages"][0]["utterances"] == 5
    assert figures["machine"]["processors"] >= 1
