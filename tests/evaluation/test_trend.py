import json
from pathlib import Path

import pytest

from evaluation.cases import total
from evaluation.errors import WrongBaselineError
from evaluation.machine import Machine
from evaluation.page import page
from evaluation.report import report_json
from evaluation.tables import tables
from evaluation.trend import Change, read_baseline
from scribe.domain.entries import Symptom
from scribe.domain.files import FileUnreadableError
from tests.evaluation.consultations import COUGH, FEVER, result_of, said

MACHINE = Machine("test", "3.11", 2, 0.1)
SEEN = Symptom(id="e0", name="기침", status="present", evidence=said())
DENIED = Symptom(id="e1", name="발열", status="absent", evidence=said("u0", "u1"))


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A run that found one of two entries."""
    path = tmp_path / "report.json"
    document = report_json([result_of([COUGH, FEVER], SEEN)], MACHINE, [])
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_the_change_is_now_minus_then(earlier: Path) -> None:
    result = result_of([COUGH, FEVER], SEEN, DENIED)
    change = Change.between(read_baseline(earlier), total([result]))
    assert change.micro == pytest.approx(1 - 2 / 3, abs=1e-4)
    assert (change.precision, change.recall) == (0, 0.5)
    assert change.kinds["symptom"] == pytest.approx(1 / 3, abs=1e-4)
    assert change.kinds["vital"] is None


def test_tables_and_page_show_the_change(earlier: Path) -> None:
    result = result_of([COUGH, FEVER], SEEN, DENIED)
    baseline = read_baseline(earlier)
    kinds, *_, cases = tables(total([result]), [result], baseline)
    assert list(kinds.columns[-1].cells) == ["+33.3", "+33.3"]
    assert list(cases.columns[-1].cells) == ["+33.3"]
    assert '<small class="change up">+33.3</small>' in page([result], MACHINE, [], baseline=baseline)


def test_more_critical_errors_are_shown_as_worse(earlier: Path) -> None:
    flipped = Symptom(id="e1", name="발열", status="present", evidence=said("u0", "u1"))
    shown = page([result_of([COUGH, FEVER], SEEN, flipped)], MACHINE, [], baseline=read_baseline(earlier))
    assert '<b>1</b><small class="change down">+1</small><span>치명적 오류</span>' in shown


def test_a_case_that_the_earlier_run_lacks_has_no_change(earlier: Path) -> None:
    result = result_of([COUGH], SEEN, name="new")
    *_, cases = tables(total([result]), [result], read_baseline(earlier))
    assert list(cases.columns[-1].cells) == [""]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "invalid json"),
        ("[]", "the file"),
        ('{"format": "scribe-eval-cases/1"}', "overall"),
        ('{"format": "scribe-draft/1", "overall": {"micro": {}, "kinds": {}}}', "format is not scribe-eval-cases/1"),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongBaselineError) as refused:
        read_baseline(path)
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_missing_baseline_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match=r"gone\.json cannot be read"):
        read_baseline(tmp_path / "gone.json")
