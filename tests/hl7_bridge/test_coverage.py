"""The report of KR CDI elements: filled, unfilled and why."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hl7_bridge.coverage import Coverage, ElementCoverage, coverage
from hl7_bridge.coverage_cli import coverage_command
from hl7_bridge.krcdi import elements
from hl7_bridge.site import Site
from scribe.domain.entries import Diagnosis, Evidence, MedicationOrder, Procedure
from scribe.domain.formats import write_note
from scribe.domain.note import SignedNote

KRCDI = Path(__file__).resolve().parents[2] / "../shared/krcore/krcdi.json"
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
MakeNote = Callable[..., SignedNote]


def of(covered: Coverage, profile: str, path: str) -> ElementCoverage:
    return next(item for item in covered.elements if (item.element.profile, item.element.path) == (profile, path))


def test_the_elements_are_those_of_kr_cdi() -> None:
    if not KRCDI.exists():
        pytest.skip("the KR CDI table is not beside the repository")
    official = {
        (group["class"], element["element"], element["usage"], element["profile"], element["path"])
        for group in json.loads(KRCDI.read_text("utf-8"))
        for element in group["elements"]
    }
    ours = {(item.group, item.name, item.usage, item.profile, item.path) for item in elements()}
    assert official <= ours
    assert {item[3] for item in ours - official} == {
        "krcore-bodytemperature",
        "krcore-heartrate",
        "krcore-respiratoryrate",
        "krcore-pulseoximetry",
        "krcore-bodyweight",
        "krcore-bodyheight",
    }


def test_a_note_fills_what_was_said_and_says_why_the_rest_is_empty(make_note: MakeNote) -> None:
    covered = coverage([make_note()], Site())
    name = of(covered, "krcore-condition-encounter-diagnosis", "Condition.code")
    assert (name.filled, name.resources) == (1, 1)
    ingredient = of(
        covered,
        "krcore-medicationrequest",
        "MedicationRequest.medication[x]:medicationCodeableConcept.extension:krcore-medicationIngredient",
    )
    assert (ingredient.filled, ingredient.resources) == (1, 1)
    assert of(covered, "krcore-patient", "Patient.birthDate").filled == 1
    assert of(covered, "krcore-medical-doctor-role", "PractitionerRole.specialty").filled == 1
    assert of(covered, "krcore-patient", "Patient.address").lacking == (("other_system", 1),)
    assert of(covered, "krcore-procedure", "Procedure.code").without == (("not_said", 1),)
    assert of(covered, "krcore-imagingstudy", "ImagingStudy.status").without == (("other_system", 1),)
    assert of(covered, "krcore-medication", "Medication.code").without == (("other_form", 1),)


def test_what_was_said_without_a_code_or_a_dose_is_told_apart_from_what_was_not_said(make_note: MakeNote) -> None:
    entries = (
        Diagnosis(id="e0", name="감기", evidence=EVIDENCE, certainty="confirmed"),
        MedicationOrder(id="e1", name="타이레놀", evidence=EVIDENCE, action="start"),
        Procedure(id="e2", name="독감 예방접종", evidence=EVIDENCE, status="planned"),
    )
    covered = coverage([make_note(entries=entries)], Site())
    assert of(covered, "krcore-condition-encounter-diagnosis", "Condition.code").without == (("no_code", 1),)
    assert of(covered, "krcore-medicationrequest", "MedicationRequest.status").without == (("incomplete", 1),)
    assert of(covered, "krcore-procedure", "Procedure.code").without == (("not_a_fact", 1),)
    assert of(covered, "krcore-immunization", "Immunization.status").without == (("not_said", 1),)
    assert of(covered, "krcore-allergyintolerance", "AllergyIntolerance.category").without == (("not_said", 1),)


def test_half_a_blood_pressure_does_not_fill_the_other_half(make_note: MakeNote) -> None:
    note = make_note()
    entries = tuple(entry for entry in note.content.entries if entry.id != "e4")
    covered = coverage([make_note(entries=entries)], Site())
    assert of(covered, "krcore-bloodpressure", "Observation.component:Systolic").filled == 1
    assert of(covered, "krcore-bloodpressure", "Observation.component:Diastolic").filled == 0


def test_a_note_without_an_institution_lacks_a_setting_and_not_a_system(make_note: MakeNote) -> None:
    note = make_note()
    note = replace(note, encounter=replace(note.encounter, organization=None))
    covered = coverage([note], Site())
    name = of(covered, "krcore-healthcare-organization", "Organization.name")
    assert name.without == (("site_setting", 1),)


def test_a_note_without_a_department_says_why_no_role_is_in_its_document(make_note: MakeNote) -> None:
    note = make_note()
    for department, reason in ((None, "site_setting"), ("내과", "no_code")):
        covered = coverage([replace(note, author=replace(note.author, department=department))], Site())
        specialty = of(covered, "krcore-medical-doctor-role", "PractitionerRole.specialty")
        assert specialty.without == ((reason, 1),)


def test_many_notes_are_counted_together(make_note: MakeNote) -> None:
    covered = coverage([make_note(), make_note(entries=())], Site())
    assert covered.notes == 2
    code = of(covered, "krcore-condition-encounter-diagnosis", "Condition.code")
    assert (code.filled, code.resources, code.without) == (1, 1, (("not_said", 1),))


def test_the_command_prints_korean_or_json(make_note: MakeNote, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(coverage_command)
    file = tmp_path / "note.json"
    file.write_bytes(write_note(make_note()))
    printed = CliRunner().invoke(app, [str(file)])
    assert printed.exit_code == 0
    assert "[진단 및 주호소 정보]" in printed.stdout
    assert "● 진단명 (R) 1/1" in printed.stdout
    assert "주소 (O) 0/1 · 원무·기준정보 소관 1" in printed.stdout
    figures = json.loads(CliRunner().invoke(app, [str(file), "--json"]).stdout)
    assert figures["notes"] == 1
    assert len(figures["elements"]) == len(elements())
    filled, asked = figures["filled"]["R"]
    assert 0 < filled < asked
