"""The official validator beside ours, with a stand-in that takes the same arguments and speaks the same output."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hl7_bridge.cli import app
from hl7_bridge.validate import Issue, Report, table_validator
from hl7_bridge.validate.messages import EMPTY
from hl7_bridge.validate.official import (
    Difference,
    OfficialFailedError,
    OfficialMissingError,
    compared,
    run_official,
)

PATIENT = {"resourceType": "Patient", "gender": "unheard", "birthDate": "어제"}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id",
                    "valueCode": "Terminology_TX_NoValid_16",
                }
            ],
            "severity": "error",
            "code": "code-invalid",
            "details": {"text": "The value provided is not in the value set"},
            "expression": ["Patient.gender"],
        },
        {"severity": "fatal", "code": "invalid", "diagnostics": "Not a name", "location": ["Patient.name[0].text"]},
        {"severity": "warning", "code": "informational", "details": {"text": "dom-6"}, "expression": ["Patient"]},
    ],
}


def stand_in(folder: Path, body: str) -> Path:
    """An executable that does what ``body`` says with the validator's arguments in ``words``."""
    file = folder / "validator"
    file.write_text(f"#!{sys.executable}\nimport json, sys, time\nwords = sys.argv[1:]\n{body}\n", "utf-8")
    file.chmod(0o755)
    return file


def answering(folder: Path, outcome: object) -> Path:
    return stand_in(
        folder,
        "assert words[words.index('-tx') + 1] == 'n/a' and words[words.index('-version') + 1] == '4.0.1'\n"
        "assert json.load(open(words[words.index('-fhir-settings') + 1]))['prohibitNetworkAccess'] is True\n"
        f"open(words[words.index('-output') + 1], 'w').write({json.dumps(outcome)!r})",
    )


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(PATIENT), "utf-8")
    return file


@pytest.mark.parametrize("bundled", [False, True])
def test_its_outcome_becomes_findings_of_ours(tmp_path: Path, patient: Path, bundled: bool) -> None:
    outcome = {"resourceType": "Bundle", "entry": [{"resource": OUTCOME}]} if bundled else OUTCOME
    report = run_official(answering(tmp_path, outcome), patient, None, (), 20)
    assert [(issue.severity, issue.path, issue.constraint, issue.message) for issue in report.issues] == [
        ("error", "Patient.gender", "Terminology_TX_NoValid_16", "The value provided is not in the value set"),
        ("error", "Patient.name[0].text", "invalid", "Not a name"),
        ("warning", "Patient", "informational", "dom-6"),
    ]


def test_the_differences_are_the_errors_that_only_one_reports(tmp_path: Path, patient: Path) -> None:
    theirs = run_official(answering(tmp_path, OUTCOME), patient, None, (), 20)
    ours = table_validator().validate(PATIENT)
    assert compared(ours, theirs) == (
        Difference("Patient.birthDate", "ours"),
        Difference("Patient.name.text", "official"),
    )


@pytest.mark.parametrize(
    ("path", "differs"),
    [
        ("Observation.value.ofType(Quantity).value", False),
        ("Observation.value.ofType(Quantity)", False),
        ("Observation.component[0].value.ofType(Quantity).value", True),
    ],
)
def test_the_same_element_under_another_name_is_no_difference(path: str, differs: bool) -> None:
    def one(at: str) -> Report:
        return Report(issues=(Issue(severity="error", path=at, text=EMPTY, constraint="x"),))

    assert bool(compared(one("Observation.valueQuantity.value"), one(path))) is differs


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("sys.exit(3)", "it ended with status 3 and wrote nothing"),
        ("time.sleep(30)", "it took more than 0.5 seconds"),
        ("open(words[words.index('-output') + 1], 'w').write('<html>')", "what it wrote is not JSON"),
        ("open(words[words.index('-output') + 1], 'w').write('[]')", "what it wrote is no OperationOutcome"),
    ],
)
def test_a_run_without_a_result_is_one_sentence(tmp_path: Path, patient: Path, body: str, problem: str) -> None:
    with pytest.raises(OfficialFailedError, match=f"gave no result for .*: {problem}"):
        run_official(stand_in(tmp_path, body), patient, None, (), 0.5 if "sleep" in body else 20)


def test_a_validator_that_is_not_there_is_one_sentence(tmp_path: Path, patient: Path) -> None:
    with pytest.raises(OfficialMissingError, match="there is no file"):
        run_official(tmp_path / "validator_cli.jar", patient, None, (), 20)
    plain = tmp_path / "plain"
    plain.write_text("x", "utf-8")
    with pytest.raises(OfficialMissingError, match="does not run"):
        run_official(plain, patient, None, (), 20)


def test_it_is_given_the_profile_and_the_packages(tmp_path: Path, patient: Path) -> None:
    body = (
        "given = [words[index + 1] for index, word in enumerate(words) if word in ('-ig', '-profile')]\n"
        "issue = {'severity': 'information', 'code': 'x', 'diagnostics': ' '.join(given)}\n"
        "open(words[words.index('-output') + 1], 'w').write("
        "json.dumps({'resourceType': 'OperationOutcome', 'issue': [issue]}))"
    )
    report = run_official(stand_in(tmp_path, body), patient, "http://x.kr/p", (Path("a.tgz"), Path("b.tgz")), 20)
    assert report.issues[0].message == "a.tgz b.tgz http://x.kr/p"


def test_the_command_prints_both_and_where_they_differ(tmp_path: Path, patient: Path) -> None:
    words = ["validate", str(patient), "--official", str(answering(tmp_path, OUTCOME))]
    answer = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert not answer["official"]["valid"]
    assert answer["differences"] == [
        {"path": "Patient.birthDate", "only": "ours"},
        {"path": "Patient.name.text", "only": "official"},
    ]
    shown = CliRunner().invoke(app, words).stdout
    assert "공식 검증기: 오류 2건" in shown
    assert "공식만: Patient.name.text" in shown
