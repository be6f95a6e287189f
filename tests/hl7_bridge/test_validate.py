"""Validation: the corpus of valid and single-fault resources, our table beside the official definitions, junk."""

import copy
import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core import map_note
from hl7_bridge.site import Site
from hl7_bridge.validate import PackageError, Validator, package_validator, table_validator, validate_bundle
from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    MedicationOrder,
    Symptom,
    Vital,
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


@pytest.mark.parametrize("mode", ["table", "package"])
def test_the_corpus_is_judged_as_its_manifest_says(mode: str, conformance: Path, official: Validator) -> None:
    validator = table_validator() if mode == "table" else official
    manifest = json.loads((conformance / "manifest.json").read_text("utf-8"))
    false_alarms = {
        item["file"]: validator.validate(loaded(conformance / item["file"])).errors
        for item in manifest["valid"]
        if not validator.validate(loaded(conformance / item["file"])).valid
    }
    assert false_alarms == {}
    missed = []
    for item in manifest["invalid"]:
        report = validator.validate(loaded(conformance / item["file"]))
        severities = {issue.severity for issue in report.issues}
        if item["expect"] not in severities or (item["expect"] == "warning") != report.valid:
            missed.append(item["id"])
    assert missed == []


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


JUNK: tuple[object, ...] = (
    None, "", 0, -1, 1.5, True, [], {}, [[]], [None], {"a": 1}, "#a", "urn:uuid:1", {"resourceType": "Bundle"},
    [{"url": 1}], [{"url": {}}], {"reference": 5}, {"coding": 5}, {"coding": [5]}, {"coding": [{"code": 1}]},
)  # fmt: skip


def mutated(resource: FhirJson, chance: random.Random) -> object:
    """A copy with one to three places taken out, renamed or filled with junk."""
    result: Any = copy.deepcopy(resource)
    for _ in range(chance.randint(1, 3)):
        spots = [(place, key) for place in containers(result) for key in keys(place)]
        if not spots:
            break
        place, key = chance.choice(spots)
        action = chance.random()
        if action < 0.3 and isinstance(place, dict):
            del place[key]
        elif action < 0.4 and isinstance(place, dict):
            place[f"{key}x"] = chance.choice(JUNK)
        else:
            place[key] = copy.deepcopy(chance.choice(JUNK))
    return result


def containers(value: object) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


def keys(place: Any) -> list[Any]:
    return list(place) if isinstance(place, dict) else list(range(len(place)))


def test_no_mutation_makes_the_validator_raise_and_both_modes_agree(conformance: Path, official: Validator) -> None:
    chance = random.Random(20260914)
    resources = [loaded(file) for file in sorted(conformance.glob("*alid/*.json"))]
    for _ in range(800):
        resource = mutated(chance.choice(resources), chance)
        assert table_validator().validate(resource).issues == official.validate(resource).issues


@pytest.mark.parametrize("content", [b"not a package", b"", gzip.compress(b"x" * 9999)[:30]])
def test_a_file_that_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "package.tgz"
    file.write_bytes(content)
    with pytest.raises(PackageError, match=r"package\.tgz is not a FHIR R4 package .*: it is no tar archive"):
        package_validator(file)


def test_a_package_of_lists_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "package.tgz"
    parts = {"package.json": b'{"name": "x.y", "version": "1"}', "ValueSet-x.json": b"[]"}
    with tarfile.open(file, "w:gz") as archive:
        for name, content in parts.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with pytest.raises(PackageError, match="no profile in it has a snapshot"):
        package_validator(file)


# any text at all, control characters included, that has something to read
NAMES = st.text(st.characters(codec="utf-8"), max_size=12).map(lambda text: f"약{text}")
CODES = st.none() | st.builds(
    Code,
    system=st.sampled_from([KCD8_SYSTEM, ATC_SYSTEM, "http://snomed.info/sct"]),
    code=st.from_regex(r"[A-Z][0-9]{2}(\.?[0-9]{1,2})?", fullmatch=True),
    display=st.none() | NAMES,
)
COMMON = {"evidence": st.just(EVIDENCE), "name": NAMES, "code": CODES}
DOSES = st.builds(Dose, value=st.floats(-1, 1e6), unit=st.sampled_from(["mg", "정", "포", "mL", "U", "mg/m2", ""]))
SIGNS = ["수축기혈압", "이완기혈압", "체온", "맥박", "산소포화도", "체중", "키", "좌측 팔 수축기혈압", "혈당"]
PRESENCE = st.sampled_from(["present", "absent"])
ENTRIES = st.one_of(
    st.builds(
        Symptom,
        id=st.just(""),
        status=st.sampled_from(["present", "absent", "resolved"]),
        duration_iso=st.none() | st.from_regex(r"P[0-9]{1,5}[DWMY]|PT3H", fullmatch=True),
        **COMMON,
    ),
    st.builds(Diagnosis, id=st.just(""), certainty=st.sampled_from(["confirmed", "suspected", "ruled_out"]), **COMMON),
    st.builds(
        Vital,
        id=st.just(""),
        evidence=COMMON["evidence"],
        name=st.sampled_from(SIGNS),
        value=st.floats(allow_nan=True),
        unit=st.sampled_from(["mm[Hg]", "Cel", "/min", "%", "kg", "cm", ""]),
    ),
    st.builds(
        MedicationOrder,
        id=st.just(""),
        action=st.sampled_from(["start", "continue", "change", "stop"]),
        dose=st.none() | DOSES,
        frequency=st.none() | NAMES,
        times_per_day=st.none() | st.floats(-1, 24),
        duration_days=st.none() | st.integers(-5, 400),
        route=st.none() | st.sampled_from(["oral", "intravenous", "귀에"]),
        **COMMON,
    ),
    st.builds(Allergy, id=st.just(""), status=PRESENCE, reaction=st.none() | NAMES, **COMMON),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(ENTRIES, max_size=6))
def test_every_signed_note_maps_to_a_conformant_bundle(
    make_note: Callable[..., SignedNote], official: Validator, told: list[Entry]
) -> None:

    entries = tuple(replace(entry, id=f"e{index}") for index, entry in enumerate(told))
    bundle = map_note(make_note(entries=entries), Site())
    assert validate_bundle(bundle).errors == ()
    assert validate_bundle(bundle, official).errors == ()
