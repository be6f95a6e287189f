"""Validation: the corpus of valid and single-fault resources, our table beside the official definitions, junk."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core import map_note
from hl7_bridge.site import Site
from hl7_bridge.validate import Validator, package_validator, table_validator
from scribe.domain.entries import (
    Evidence,
)
from scribe.domain.note import SignedNote

KRCORE = Path(__file__).resolve().parents[2] / "../shared/krcore"
KR = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)

DIAGNOSIS: FhirJson = {
    "resourceType": "Condition",
    "meta": {"profile": [f"{KR}krcore-condition-encounter-diagnosis"]},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
    "category": [
        {
            "coding": [
                {
                    "system": "http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types",
                    "code": "진단",
                }
            ]
        }
    ],
    "code": {"coding": [{"system": "http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8", "code": "J20.9"}]},
    "subject": {"reference": "Patient/1"},
    "recordedDate": "2026-01-10T09:10:00+09:00",
}
PRESSURE: FhirJson = {
    "resourceType": "Observation",
    "meta": {"profile": [f"{KR}krcore-bloodpressure"]},
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-01-10T09:10:00+09:00",
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "valueQuantity": {"value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        }
    ],
}


@pytest.fixture(scope="module")
def official(package: Path) -> Validator:
    return package_validator(package)


def loaded(file: Path) -> FhirJson:
    content: FhirJson = json.loads(file.read_text("utf-8"))
    return content


def with_change(resource: FhirJson, path: tuple[str | int, ...], value: object) -> FhirJson:
    """A copy with ``value`` at ``path``; None takes the property out."""
    changed = copy.deepcopy(resource)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("resource", "path", "value", "at", "constraint"),
    [
        (DIAGNOSIS, ("recordedDate",), None, "Condition.recordedDate", "krcore-condition-encounter-diagnosis"),
        (DIAGNOSIS, ("recordedDate",), "2026-02-30", "Condition.recordedDate", "dateTime"),
        (DIAGNOSIS, ("recordedDate",), "2026-01-10T09:10:00", "Condition.recordedDate", "dateTime"),
        (DIAGNOSIS, ("code", "coding", 0, "system"), "http://x.kr", "Condition.code", "krcore-kcd8-codes"),
        (DIAGNOSIS, ("category",), DIAGNOSIS["category"] * 2, "Condition.category:EnctrDiag", "..1"),
        (DIAGNOSIS, ("subject", "reference"), "Practitioner/1", "Condition.subject", "Reference"),
        (DIAGNOSIS, ("clinicalStatus", "coding", 0, "code"), "actve", "Condition.clinicalStatus", "condition-clinical"),
        (DIAGNOSIS, ("abatementDateTime",), "2026-01", "Condition", "con-4"),
        (DIAGNOSIS, ("note",), [], "Condition.note", "R4"),
        (DIAGNOSIS, ("severty",), {"text": "심함"}, "Condition.severty", "R4"),
        (DIAGNOSIS, ("code", "text"), "", "Condition.code.text", "string"),
        (DIAGNOSIS, ("onsetString",), 3, "Condition.onsetString", "string"),
        (DIAGNOSIS, ("encounter",), {"reference": "#e1"}, "Condition.encounter", "ref-1"),
        (PRESSURE, ("code", "coding", 0, "code"), "8867-4", "Observation.code.coding[0].code", "fixed"),
        (
            PRESSURE,
            ("component", 0, "valueQuantity", "code"),
            "mmHg",
            "Observation.component[0].valueQuantity.code",
            "component:Systolic.value[x].code",
        ),
        (
            PRESSURE,
            ("component", 0, "valueQuantity", "value"),
            None,
            "Observation.component[0].valueQuantity.value",
            "component:Systolic.value[x].value 1..",
        ),
        (PRESSURE, ("component", 0, "code"), None, "Observation.component[0].code", "1.."),
        (PRESSURE, ("category", 0, "coding", 0, "code"), "laboratory", "Observation.category:VitalSigns", "1.."),
        (PRESSURE, ("status",), ["final"], "Observation.status", "R4"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_its_rule(
    resource: FhirJson, path: tuple[str | int, ...], value: object, at: str, constraint: str
) -> None:
    assert table_validator().validate(resource).valid
    report = table_validator().validate(with_change(resource, path, value))
    assert [issue.path for issue in report.errors] == [at]
    assert constraint in report.errors[0].constraint
    assert any("가" <= letter <= "힣" for letter in report.errors[0].message)


def test_a_diagnosis_in_words_alone_is_refused() -> None:
    report = table_validator().validate(with_change(DIAGNOSIS, ("code",), {"text": "감기"}))
    assert [issue.path for issue in report.errors] == ["Condition.code", "Condition.code.coding"]


def test_absent_data_may_be_stated() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    resource = with_change(DIAGNOSIS, ("recordedDate",), None) | {"_recordedDate": {"extension": [absent]}}
    assert table_validator().validate(resource).valid


def test_extra_codes_and_categories_are_welcome() -> None:
    resource = copy.deepcopy(DIAGNOSIS)
    resource["code"]["coding"].append({"system": "urn:local", "code": "감기-1"})
    resource["category"].append(
        {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}
            ]
        }
    )
    assert table_validator().validate(resource).issues == ()


def test_an_extension_stands_only_where_it_may() -> None:
    extension = {
        "url": f"{KR}krcore-insuranceTypes",
        "valueCodeableConcept": {
            "coding": [{"system": "http://www.hl7korea.or.kr/CodeSystem/hira-insurance-types", "code": "4"}]
        },
    }
    encounter: FhirJson = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "extension": [extension],
    }
    assert table_validator().validate(encounter).valid
    inside: FhirJson = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": encounter}]}
    assert table_validator().validate(inside).valid
    report = table_validator().validate(DIAGNOSIS | {"extension": [extension]})
    assert [(issue.path, issue.constraint) for issue in report.errors] == [
        ("Condition.extension[0]", "krcore-insuranceTypes context")
    ]


def test_a_broken_reference_inside_a_bundle_is_found() -> None:
    entry: FhirJson = {"fullUrl": "urn:uuid:6f9bb1a7-3a5d-4c79-9d25-1d3f2e7c0001", "resource": copy.deepcopy(DIAGNOSIS)}
    entry["resource"]["encounter"] = {"reference": "urn:uuid:6f9bb1a7-3a5d-4c79-9d25-1d3f2e7c0002"}
    report = table_validator().validate({"resourceType": "Bundle", "type": "collection", "entry": [entry]})
    assert [(issue.path, issue.constraint) for issue in report.errors] == [
        ("Bundle.entry[0].resource.encounter", "ref-1")
    ]


def test_the_document_inside_an_attachment_is_checked(make_note: Callable[..., SignedNote]) -> None:
    bundle = map_note(make_note(), Site()).as_json()
    text = json.dumps(bundle)
    assert table_validator().validate(bundle).valid
    attachment = next(
        item["attachment"]
        for entry in bundle["entry"]
        for item in entry["resource"].get("content", [])
        if item["attachment"]["contentType"].startswith("application/fhir")
    )
    attachment["data"] = "eyJyZXNvdXJjZVR5cGUiOiAiQnVuZGxlIn0="  # {"resourceType": "Bundle"}
    assert json.dumps(bundle) != text
    assert [issue.path.rpartition(".data.")[2] for issue in table_validator().validate(bundle).errors] == ["type"]


@pytest.mark.parametrize("junk", [None, 3, "x", [], {}, {"resourceType": 5}, {"resourceType": "Nonsense"}])
def test_what_is_no_resource_is_said_to_be_none(junk: object) -> None:
    assert table_validator().validate(junk).issues


def test_no_message_repeats_what_a_patient_said() -> None:
    resource = with_change(DIAGNOSIS, ("code",), {"text": "비밀스러운 병", "coding": [{"code": "비밀스러운 병"}]})
    assert "비밀" not in repr(table_validator().validate(resource))
