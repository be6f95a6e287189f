"""What a resource stands in: Bundles, contained resources, references, extensions, codes of unlisted systems."""

import copy
from typing import Any

import pytest

from hl7_bridge.validate import Validator, table_validator
from hl7_bridge.validate.dates import is_after
from hl7_bridge.validate.elements import Node, Profile, TypeRef, place
from hl7_bridge.validate.terminology import compile_value_sets

KR = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
LOINC = "http://loinc.org"
KCD = "http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8"
TEXT = {"text": "글"}
Json = dict[str, Any]

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "urn:oid:1.2.410", "value": "1"}],
    "name": [{"text": "김가람"}],
    "gender": "female",
    "birthDate": "1981-04-02",
}
ALLERGY: Json = {
    "resourceType": "AllergyIntolerance",
    "id": "a",
    "meta": {"profile": [f"{KR}krcore-allergyintolerance"]},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
    },
    "code": TEXT,
    "patient": {"reference": "Patient/p"},
}
COMPOSITION: Json = {
    "resourceType": "Composition",
    "status": "final",
    "type": TEXT,
    "subject": {"reference": "urn:uuid:1"},
    "date": "2026-01-10",
    "author": [{"display": "이의사"}],
    "title": "외래 기록",
}


def found(resource: Json, severity: str = "error") -> list[tuple[str, str]]:
    """The findings of that severity: where, and of which rule."""
    issues = table_validator().validate(resource).issues
    return [(issue.path, issue.constraint) for issue in issues if issue.severity == severity]


def bundle(kind: str, *entries: tuple[str | None, Json], **parts: Any) -> Json:
    listed = [{"resource": resource} | ({"fullUrl": url} if url else {}) for url, resource in entries]
    return {"resourceType": "Bundle", "type": kind, "entry": listed, **parts}


def document(*entries: tuple[str | None, Json]) -> Json:
    return bundle(
        "document", *entries, identifier={"system": "urn:x:y", "value": "1"}, timestamp="2026-01-10T09:00:00Z"
    )


def without(resource: Json, name: str) -> Json:
    return {key: value for key, value in resource.items() if key != name}


# --- Bundles -----------------------------------------------------------------------------------------------------


def test_an_entry_needs_an_address_where_others_must_find_it() -> None:
    assert found(document((None, COMPOSITION))) == [
        ("Bundle.entry[0].resource.subject", "ref-1"),
        ("Bundle.entry[0].fullUrl", "R4 Bundle.entry.fullUrl"),
    ]
    assert found(bundle("collection", (None, PATIENT))) == []
    assert found(bundle("collection", (None, PATIENT)), "warning") == [
        ("Bundle.entry[0].fullUrl", "R4 Bundle.entry.fullUrl")
    ]


@pytest.mark.parametrize(
    "url", ["Patient/p", "http://his.kr/fhir/Patient/other", "http://his.kr/fhir/Practitioner/p", "p", "urn:uuid:x y"]
)
def test_an_address_that_is_relative_or_another_resource_is_an_error(url: str) -> None:
    assert "Bundle.entry[0].fullUrl" in {path for path, _ in found(bundle("collection", (url, PATIENT)))}


@pytest.mark.parametrize("url", ["urn:uuid:6f9bb1a7-3a5d-4c79-9d25-1d3f2e7c0001", "http://his.kr/fhir/Patient/p"])
def test_an_address_that_is_the_resource_is_none(url: str) -> None:
    assert found(bundle("collection", (url, PATIENT))) == []


def test_a_document_brings_what_its_composition_points_at() -> None:
    pointing = COMPOSITION | {"subject": {"reference": "Patient/p"}}
    whole = document(("http://his.kr/fhir/Composition/c", pointing), ("http://his.kr/fhir/Patient/p", PATIENT))
    assert found(whole, "warning") == []
    assert found(document(("urn:uuid:1", pointing)), "warning") == [("Bundle.entry[0].resource.subject", "R4 document")]


def test_the_same_resource_twice_is_told_at_the_second() -> None:
    url = "http://his.kr/fhir/Patient/p"
    twice = bundle("collection", (url, PATIENT), (url, PATIENT))
    assert found(twice) == [("Bundle.entry[1].fullUrl", "bdl-7")]
    versions = [PATIENT | {"meta": {"versionId": number}} for number in ("1", "2")]
    assert found(bundle("collection", *((url, version) for version in versions))) == []


# --- references ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "conforms"),
    [
        (PATIENT, True),
        (PATIENT | {"meta": {"profile": [f"{KR}krcore-patient|2.0.0"]}}, True),
        (without(PATIENT, "birthDate"), False),
        (without(PATIENT, "identifier"), False),
    ],
)
@pytest.mark.parametrize("way", ["address", "relative", "contained"])
def test_a_target_at_hand_conforms_to_the_profile_asked_for(way: str, target: Json, conforms: bool) -> None:
    url = "http://his.kr/fhir/Patient/p"
    if way == "contained":
        whole = ALLERGY | {"patient": {"reference": "#p"}, "contained": [without(target, "meta")]}
        place_of_it = "AllergyIntolerance.patient"
    else:
        reference = {"reference": url if way == "address" else "Patient/p"}
        allergy = (f"{url.rpartition('Patient')[0]}AllergyIntolerance/a", ALLERGY | {"patient": reference})
        whole = bundle("collection", allergy, (url, target))
        place_of_it = "Bundle.entry[0].resource.patient"
    expected = [] if conforms else [(place_of_it, "krcore-allergyintolerance krcore-patient")]
    assert found(whole) == expected


def test_a_target_that_claims_the_profile_is_judged_where_it_stands() -> None:
    target = without(PATIENT, "gender") | {"meta": {"profile": [f"{KR}krcore-patient"]}}
    whole = bundle(
        "collection", ("http://his.kr/fhir/AllergyIntolerance/a", ALLERGY), ("http://his.kr/fhir/Patient/p", target)
    )
    assert [path for path, _ in found(whole)] == ["Bundle.entry[1].resource.gender"]


@pytest.mark.parametrize(
    ("reference", "constraint"),
    [
        ({"reference": "Patient 1"}, "R4 Reference.reference"),
        ({"reference": "patient/1"}, "R4 Reference.reference"),
        ({"reference": "/Patient/1"}, "R4 Reference.reference"),
        ({"reference": "Patientt/1"}, "R4 Reference.reference"),
        ({"reference": "Patient"}, "R4 Reference.reference"),
        ({"reference": "Practitioner/1"}, "Reference"),
        ({"reference": "http://his.kr/fhir/Practitioner/1"}, "Reference"),
        ({"reference": "Patient/1", "type": "Practitioner"}, "R4 Reference.type"),
        ({"type": "Practitioner", "display": "x"}, "Reference"),
        ({"reference": "#gone"}, "ref-1"),
    ],
)
def test_a_reference_that_cannot_be_meant_is_an_error(reference: Json, constraint: str) -> None:
    errors = found(ALLERGY | {"patient": reference})
    assert len(errors) == 1
    assert errors[0][1].endswith(constraint)


@pytest.mark.parametrize(
    "reference",
    ["Patient/1", "Patient/1/_history/2", "Patient?identifier=a|b", "http://his.kr/fhir/Patient/1", "urn:uuid:1"],
)
def test_a_reference_that_leads_away_is_fine(reference: str) -> None:
    assert found(ALLERGY | {"patient": {"reference": reference}}) == []


def test_a_reference_by_identifier_alone_is_warned_of() -> None:
    alone = ALLERGY | {"patient": {"identifier": {"system": "urn:x:y", "value": "1"}}}
    assert found(alone) == []
    assert found(alone, "warning") == [
        ("AllergyIntolerance.patient", "krcore-allergyintolerance AllergyIntolerance.patient Reference")
    ]


# --- extensions ---------------------------------------------------------------------------------------------------

ROAD = {
    "url": f"{KR}krcore-roadNameAddress",
    "extension": [
        {"url": "district", "valueString": "종로구"},
        {"url": "roadName", "valueString": "세종대로"},
        {"url": "detailedAddress", "valueString": "1"},
    ],
}


@pytest.mark.parametrize(
    ("extension", "at"),
    [
        ({"url": "roadName", "valueString": "x"}, ".url"),
        ({"url": f"{KR}krcore-roadName", "valueString": "x"}, ""),
        (ROAD | {"extension": [*ROAD["extension"], {"url": "floor", "valueString": "2"}]}, ".extension[3]"),
        (ROAD | {"extension": ROAD["extension"][1:]}, ".extension:district"),
        (ROAD | {"extension": [*ROAD["extension"], ROAD["extension"][0]]}, ".extension:district"),
    ],
)
def test_what_a_guide_does_not_define_is_no_extension_of_it(extension: Json, at: str) -> None:
    assert found(PATIENT | {"address": [{"text": "서울", "extension": [ROAD]}]}) == []
    errors = found(PATIENT | {"address": [{"text": "서울", "extension": [extension]}]})
    assert f"Patient.address[0].extension[0]{at}" in {path for path, _ in errors}


def test_extensions_of_others_are_not_looked_into() -> None:
    other = {"url": "https://hospital.kr/확장", "extension": [{"url": "안", "valueString": "x"}]}
    assert table_validator().validate(PATIENT | {"extension": [other]}).issues == ()


# --- codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["J20.9", "J209", "A00", "U07.1", "M23.30", "S72.000", "A17.0*", "M8140/3"])
def test_a_code_of_kcd_has_its_shape(code: str) -> None:
    assert found(diagnosis({"system": KCD, "code": code})) == []


@pytest.mark.parametrize("code", ["감기", "J", "20.9", "J20.", "j20.9", "J20.9x", "J2O.9", "급성 기관지염"])
def test_a_code_of_no_such_shape_is_not_one_of_kcd(code: str) -> None:
    assert [path for path, _ in found(diagnosis({"system": KCD, "code": code}))] == ["Condition.code"]


def test_one_code_of_the_set_is_enough() -> None:
    other = {"system": "urn:oid:1.2.410.9", "code": "감기-1"}
    assert found(diagnosis(other, {"system": KCD, "code": "J20.9"})) == []
    assert found(diagnosis(other)) != []


def test_a_code_that_its_whole_system_lacks_is_warned_of() -> None:
    category = "http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types"
    sound = diagnosis({"system": KCD, "code": "J20.9"})
    assert "code system" not in str(found(sound, "warning"))
    sound["category"].append({"coding": [{"system": category, "code": "진료"}]})
    assert found(sound) == []
    assert ("Condition.category[1].coding[0]", "code system krcore-condition-category-types") in found(sound, "warning")


def diagnosis(*codings: Json) -> Json:
    category = {
        "system": "http://www.hl7korea.or.kr/fhir/krcore/CodeSystem/krcore-condition-category-types",
        "code": "진단",
    }
    return {
        "resourceType": "Condition",
        "meta": {"profile": [f"{KR}krcore-condition-encounter-diagnosis"]},
        "category": [{"coding": [category]}],
        "code": {"coding": list(codings)},
        "subject": {"reference": "Patient/1"},
        "recordedDate": "2026-01-10",
    }


def test_the_label_of_artificial_intelligence_is_not_warned_of() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "AIAST"}
    assert table_validator().validate(PATIENT | {"meta": {"security": [label]}}).issues == ()
    other = PATIENT | {"meta": {"security": [label | {"code": "UNHEARD"}]}}
    assert found(other, "warning") == [("Patient.meta.security[0]", "R4 Meta.security extensible security-labels")]


def test_a_filter_on_a_hierarchy_keeps_what_is_below() -> None:
    system = {
        "content": "complete",
        "concept": [
            {"code": "animal", "concept": [{"code": "dog", "concept": [{"code": "poodle"}]}]},
            {"code": "cat", "property": [{"code": "subsumedBy", "valueCode": "animal"}]},
            {"code": "stone"},
        ],
    }

    def codes(operator: str, value: str) -> frozenset[str]:
        include = {"system": "urn:a", "filter": [{"property": "concept", "op": operator, "value": value}]}
        compiled = compile_value_sets({"urn:v": {"compose": {"include": [include]}}}, {"urn:a": system})
        return compiled["urn:v"].codes["urn:a"]

    assert codes("is-a", "animal") == {"animal", "dog", "poodle", "cat"}
    assert codes("descendent-of", "dog") == {"poodle"}
    assert codes("is-not-a", "animal") == {"stone"}
    assert codes("in", "dog,cat") == {"dog", "cat"}
    assert codes("not-in", "dog,cat") == {"animal", "poodle", "stone"}
    assert codes("regex", ".*") == {"*"}


# --- slicing rules that KR Core does not use, and profiles of hospitals may -----------------------------------------


def sliced(*, closed: bool = False, ordered: bool = False) -> Validator:
    """Patient.telecom in two slices, mail after telephone."""
    root = Node(id="Patient", name="Patient")
    telecom = place(root, "telecom")
    telecom.discriminators = (("value", "system"),)
    telecom.closed, telecom.ordered = closed, ordered
    for name in ("phone", "email"):
        place(root, f"telecom:{name}.system").fixed = name
    url = "http://hospital.kr/fhir/StructureDefinition/sliced"
    return Validator({url: Profile(url=url, type="Patient", root=root)}, table_validator().terminology)


@pytest.mark.parametrize(
    ("systems", "rules", "path"),
    [
        (["phone", "email"], {"closed": True, "ordered": True}, None),
        (["phone", "phone", "email"], {"ordered": True}, None),
        (["email", "phone"], {"ordered": True}, "Patient.telecom[1]"),
        (["phone", "fax"], {"closed": True}, "Patient.telecom[1]"),
        (["phone", "fax"], {}, None),
    ],
)
def test_slicing_may_be_closed_and_in_order(systems: list[str], rules: dict[str, bool], path: str | None) -> None:
    patient = {"resourceType": "Patient", "telecom": [{"system": system, "value": "x"} for system in systems]}
    errors = sliced(**rules).validate(patient, "sliced").errors
    assert [issue.path for issue in errors] == ([path] if path else [])


def test_slices_may_be_told_by_the_type_of_a_choice_or_of_a_resource() -> None:
    root = Node(id="Bundle", name="Bundle")
    entry = place(root, "entry")
    entry.discriminators = (("type", "resource"),)
    entry.slices["patient"] = Node(id="Bundle.entry:patient", name="entry", slice_name="patient", minimum=1)
    place(root, "entry:patient.resource").types = (TypeRef("Patient"),)
    url = "http://hospital.kr/fhir/StructureDefinition/batch"
    validator = Validator({url: Profile(url=url, type="Bundle", root=root)}, table_validator().terminology)
    assert validator.validate(bundle("collection", ("urn:uuid:1", PATIENT)), "batch").valid
    errors = validator.validate(bundle("collection", ("urn:uuid:1", {"resourceType": "Basic", "code": TEXT})), "batch")
    assert [issue.path for issue in errors.errors] == ["Bundle.entry:patient"]


# --- dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "after"),
    [
        ("2026-01-10T10:00:00+09:00", "2026-01-10T02:00:00Z", False),
        ("2026-01-10T10:00:00+09:00", "2026-01-10T00:30:00Z", True),
        ("2026-01-10", "2026-01-10T09:00:00+09:00", False),
        ("2026-01-10T09:00:00+09:00", "2026-01-10", False),
        ("2026-01-11", "2026-01-10T09:00:00+09:00", True),
        ("2026", "2026-01-10", False),
        ("2027", "2026-01-10", True),
        ("2026-01-10T09:00:00.500Z", "2026-01-10T09:00:00.4Z", True),
        ("2026-01-10T09:00:00Z", "2026-01-10T09:00:00.400Z", False),
        ("2026-01-10T08:59:60Z", "2026-01-10T09:00:00Z", False),
        ("9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00Z", False),
        ("어제", "2026-01-10", False),
        (None, 5, False),
    ],
)
def test_a_period_is_wrong_only_where_it_is_certain(first: Any, second: Any, after: bool) -> None:
    assert is_after(first, second) is after


def test_the_patient_of_these_tests_is_not_changed_by_them() -> None:
    kept = copy.deepcopy(PATIENT)
    table_validator().validate(PATIENT, "krcore-patient")
    assert kept == PATIENT
