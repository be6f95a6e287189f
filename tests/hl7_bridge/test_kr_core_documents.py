"""The note and the patient summary as documents."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hl7_bridge.fhir import FhirJson, TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.codes import INLINE_LABEL
from hl7_bridge.site import Site
from hl7_bridge.validate import package_validator, table_validator
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine

SITE = Site()
MakeNote = Callable[..., SignedNote]


def attachment(bundle: TransactionBundle, role: str, kind: str) -> str:
    contents = bundle.entry(role).resource.content["content"]
    found = next(item["attachment"] for item in contents if item["attachment"]["contentType"].startswith(kind))
    return base64.b64decode(found["data"]).decode()


def document_of(bundle: TransactionBundle) -> FhirJson:
    document: FhirJson = json.loads(attachment(bundle, "note-document", "application/fhir+json"))
    return document


def members(document: FhirJson, kind: str) -> list[FhirJson]:
    return [entry["resource"] for entry in document["entry"] if entry["resource"]["resourceType"] == kind]


def test_the_document_is_valid_by_our_table_and_by_the_official_package(make_note: MakeNote, package: Any) -> None:
    document = document_of(map_note(make_note(), SITE))
    for validator in (table_validator(), package_validator(package)):
        assert [(issue.path, issue.constraint) for issue in validator.validate(document).errors] == []


@pytest.mark.parametrize(
    ("setting", "template", "loinc", "title"),
    [
        ("outpatient", "initial", "34120-6", "외래초진기록"),
        ("outpatient", "follow_up", "34131-3", "외래경과기록"),
        ("outpatient", "soap", "34108-1", "외래진료기록"),
        ("outpatient", None, "34108-1", "외래진료기록"),
        ("emergency", "initial", "34111-5", "응급진료기록"),
        ("inpatient_round", "ward_round", "11506-3", "입원경과기록"),
        ("telephone", "telephone", "34748-4", "전화상담기록"),
    ],
)
def test_the_kind_of_note_is_known_by_setting_and_template(
    make_note: MakeNote, setting: Any, template: str | None, loinc: str, title: str
) -> None:
    note = make_note()
    content = replace(note.content, template=template)
    bundle = map_note(replace(note, encounter=replace(note.encounter, setting=setting), content=content), SITE)
    reference = bundle.entry("note-document").resource.content
    (composition,) = members(document_of(bundle), "Composition")
    assert reference["type"] == composition["type"]
    assert (reference["type"]["coding"][0]["code"], composition["title"]) == (loinc, title)


def test_the_physicians_department_is_in_the_document(make_note: MakeNote) -> None:
    document = document_of(map_note(make_note(), SITE))
    (role,) = members(document, "PractitionerRole")
    (encounter,) = members(document, "Encounter")
    url = next(entry["fullUrl"] for entry in document["entry"] if entry["resource"] == role)
    assert role["specialty"][0]["coding"][0]["code"] == "01"
    assert encounter["participant"][0]["individual"]["reference"] == url


def test_a_department_that_kr_core_does_not_know_makes_no_role(make_note: MakeNote) -> None:
    note = make_note()
    document = document_of(map_note(replace(note, author=replace(note.author, department="내과")), SITE))
    assert not members(document, "PractitionerRole")
    assert table_validator().validate(document).valid


def test_a_section_says_whether_a_machine_wrote_in_it(make_note: MakeNote) -> None:
    note = make_note()
    *others, plan = note.content.sections
    edited = replace(plan, statements=tuple(replace(item, support="edited") for item in plan.statements))
    document = document_of(map_note(make_note(sections=(*others, edited)), SITE))
    (composition,) = members(document, "Composition")
    labelled = {
        section["title"]: [item["valueCoding"]["code"] for item in section.get("extension", [])]
        for section in composition["section"]
    }
    assert labelled == {"S": ["AIAST"], "O": ["AIAST"], "A": ["AIAST"], "P": []}
    assert {item["url"] for section in composition["section"] for item in section.get("extension", [])} == {
        INLINE_LABEL
    }
    assert composition["meta"]["security"][0]["code"] == "AIAST"


def test_what_no_section_states_is_sent_but_not_in_the_document(make_note: MakeNote) -> None:
    bundle = map_note(make_note(), SITE)
    assert bundle.entry("allergy-e7")
    assert not members(document_of(bundle), "AllergyIntolerance")


def test_the_patient_summary_is_whole(make_note: MakeNote) -> None:
    note = make_note()
    told = replace(
        note.content.patient_summary,
        medicines=(Medicine(entry="e6", name="타이레놀", evening="1정", to_confirm="며칠 드실지 물어보세요"),),
        notice="의사가 확인하고 서명한 안내문입니다.",
    )
    text = attachment(map_note(make_note(summary=told), SITE), "patient-summary-document", "text/plain")
    assert "타이레놀 · 저녁 1정 · 며칠 드실지 물어보세요" in text
    assert text.endswith("\n의사가 확인하고 서명한 안내문입니다.\n")


def test_a_section_of_the_hospitals_own_keeps_its_title(make_note: MakeNote) -> None:
    own = Section(
        code="우리_병원", title="간호 전달", statements=(Statement(id="s0", text="낙상 주의", support="edited"),)
    )
    (composition,) = members(document_of(map_note(make_note(sections=(own,)), SITE)), "Composition")
    (section,) = composition["section"]
    assert (section["title"], "code" in section) == ("간호 전달", False)
    assert "낙상 주의" in section["text"]["div"]


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        ("outpatient", "finished"),
        ("telephone", "finished"),
        ("emergency", "in-progress"),
        ("inpatient_round", "in-progress"),
    ],
)
def test_a_visit_ends_with_its_note_and_a_stay_does_not(make_note: MakeNote, setting: Any, status: str) -> None:
    note = make_note()
    document = document_of(map_note(replace(note, encounter=replace(note.encounter, setting=setting)), SITE))
    (encounter,) = members(document, "Encounter")
    assert encounter["status"] == status
