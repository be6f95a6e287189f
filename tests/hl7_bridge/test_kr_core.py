"""What becomes of a signed note: which resources, pointing where, with what in them."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hl7_bridge.errors import IdentifierSystemError, UnidentifiedError
from hl7_bridge.fhir import FhirJson, TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.conditions import NO_CODE, RULED_OUT, kcd8
from hl7_bridge.kr_core.mapping import MAPPED, TEXT_ONLY
from hl7_bridge.kr_core.medications import NO_DOSE
from hl7_bridge.kr_core.vitals import NOT_NOW, UNKNOWN_NAME, UNKNOWN_UNIT
from hl7_bridge.site import GivenReferences, References, Site
from hl7_bridge.validate import validate_bundle
from scribe.domain.entries import (
    KCD8_SYSTEM,
    KINDS,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Evidence,
    MedicationOrder,
    Procedure,
    Symptom,
    Vital,
)
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement

SITE = Site()
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
AI = "AIAST"


def resources(bundle: TransactionBundle, kind: str) -> list[FhirJson]:
    return [entry.resource.content for entry in bundle.entries if entry.resource.type == kind]


def labels(resource: FhirJson) -> list[str]:
    return [label["code"] for label in resource.get("meta", {}).get("security", [])]


def document_of(bundle: TransactionBundle) -> FhirJson:
    attachment = bundle.entry("note-document").resource.content["content"][1]["attachment"]
    assert attachment["contentType"] == "application/fhir+json"
    content: FhirJson = json.loads(base64.b64decode(attachment["data"]))
    return content


def vital(name: str, value: float, unit: str, entry_id: str = "v0") -> Vital:
    return Vital(id=entry_id, name=name, evidence=EVIDENCE, value=value, unit=unit)


def order(**changes: Any) -> MedicationOrder:
    given = {"id": "m0", "name": "타이레놀", "evidence": EVIDENCE, "action": "start", "dose": Dose(value=1, unit="정")}
    return MedicationOrder(**{**given, **changes})


def test_a_note_becomes_the_resources_that_kr_core_has_for_it(make_note: Callable[..., SignedNote]) -> None:
    bundle = map_note(make_note(), SITE)
    kinds = [entry.resource.type for entry in bundle.entries]
    assert kinds == [
        "Condition",
        "Condition",
        "Observation",
        "Observation",
        "MedicationRequest",
        "AllergyIntolerance",
        "DocumentReference",
        "DocumentReference",
        "Device",
        "Provenance",
    ]
    assert validate_bundle(bundle).valid


def test_the_same_note_gives_the_same_bytes(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    assert json.dumps(map_note(note, SITE).as_json()) == json.dumps(map_note(note, SITE).as_json())


def test_every_resource_is_created_under_its_own_business_identifier(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    bundle = map_note(note, SITE)
    keys = [entry.key for entry in bundle.entries]
    assert len(set(keys)) == len(keys)
    for entry in bundle.entries:
        assert entry.key.value.startswith(f"{note.note_id}.v1.")
        assert entry.key.value in entry.as_json()["request"]["ifNoneExist"]
        stated = json.dumps(entry.resource.content)
        assert f'"{entry.key.value}"' in stated


def test_nothing_of_the_patient_is_in_a_condition_or_an_address(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    for entry in map_note(note, SITE).entries:
        said = entry.if_none_exist + entry.full_url
        assert note.encounter.patient is not None
        assert note.encounter.patient.name not in said
        assert "기침" not in said


def test_references_wait_for_the_server_or_are_given(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    waiting = resources(map_note(note, SITE), "Condition")[0]["subject"]["reference"]
    assert waiting == "Patient?identifier=urn:oid:1.2.410.100110.10.99999999.1|" + (
        note.encounter.patient.identifier.value  # type: ignore[union-attr]
    )
    given = References.by_identifier(note, SITE, GivenReferences(patient="Patient/123", encounter="Encounter/456"))
    condition = resources(map_note(note, SITE, given), "Condition")[0]
    assert condition["subject"]["reference"] == "Patient/123"
    assert condition["encounter"]["reference"] == "Encounter/456"


def test_who_is_not_identified_stops_the_mapping(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    with pytest.raises(UnidentifiedError, match="registration number"):
        map_note(replace(note, encounter=replace(note.encounter, patient=None)), SITE)
    with pytest.raises(UnidentifiedError, match="number for its visit"):
        map_note(replace(note, encounter=replace(note.encounter, identifier=None)), SITE)
    with pytest.raises(UnidentifiedError, match="Practitioner"):
        map_note(replace(note, author=replace(note.author, identifier=None)), SITE)


def test_without_an_institution_the_site_must_say_how_to_number(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    note = replace(note, encounter=replace(note.encounter, organization=None))
    with pytest.raises(IdentifierSystemError):
        map_note(note, SITE)
    bundle = map_note(note, Site(identifier_system="urn:oid:1.2.3"))
    assert {entry.key.system for entry in bundle.entries} == {"urn:oid:1.2.3"}


@pytest.mark.parametrize(
    ("code", "dotted"),
    [("J06.9", "J06.9"), ("J069", "J06.9"), ("E86", "E86"), ("m51.1", "M51.1"), ("기침", None), ("J6", None)],
)
def test_kcd_codes_are_written_with_their_dot(code: str, dotted: str | None) -> None:
    assert kcd8(Code(system=KCD8_SYSTEM, code=code)) == dotted
    assert kcd8(Code(system="http://snomed.info/sct", code=code)) is None


def test_a_diagnosis_without_a_code_or_ruled_out_stays_text(make_note: Callable[..., SignedNote]) -> None:
    told = (
        Diagnosis(id="d0", name="감기", evidence=EVIDENCE, certainty="confirmed"),
        Diagnosis(
            id="d1", name="폐렴", evidence=EVIDENCE, certainty="ruled_out", code=Code(system=KCD8_SYSTEM, code="J18.9")
        ),
        Diagnosis(
            id="d2", name="천식", evidence=EVIDENCE, certainty="suspected", code=Code(system=KCD8_SYSTEM, code="J45.9")
        ),
    )
    bundle = map_note(make_note(entries=told), SITE)
    made = resources(bundle, "Condition")
    assert [condition["code"]["text"] for condition in made] == ["천식"]
    assert made[0]["verificationStatus"]["coding"][0]["code"] == "provisional"
    assert [category["coding"][0]["code"] for category in made[0]["category"]] == ["진단", "encounter-diagnosis"]
    assert {item.entry: item.reason for item in bundle.omissions} == {"d0": NO_CODE, "d1": RULED_OUT}


@pytest.mark.parametrize(
    ("told", "onset"),
    [
        ("P3D", "2026-09-11"),
        ("P2W", "2026-08-31"),
        ("P2M", "2026-07"),
        ("P9M", "2025-12"),
        ("P1Y", "2025"),
        (None, None),
    ],
)
def test_the_chief_complaint_begins_no_more_exactly_than_told(
    make_note: Callable[..., SignedNote], told: str | None, onset: str | None
) -> None:
    symptom = Symptom(id="e0", name="기침", evidence=EVIDENCE, status="present", duration_iso=told)
    complaint = resources(map_note(make_note(entries=(symptom,)), SITE), "Condition")[0]
    assert complaint.get("onsetDateTime") == onset
    assert complaint["category"][0]["coding"][0]["code"] == "주호소"


@pytest.mark.parametrize(("code", "text"), [("chief_complaint", "기침과 콧물"), ("subjective", "주호소: 기침, 콧물.")])
def test_what_the_note_calls_the_chief_complaint_is_one(
    make_note: Callable[..., SignedNote], code: str, text: str
) -> None:
    told = tuple(
        Symptom(id=f"e{index}", name=name, evidence=EVIDENCE, status="present")
        for index, name in enumerate(("두통", "기침", "콧물"))
    )
    headed = Section(code=code, title="S", statements=(Statement(id="s0", text=text, entries=("e1", "e2")),))
    bundle = map_note(make_note(entries=told, sections=(headed,)), SITE)
    assert [item["code"]["text"] for item in resources(bundle, "Condition")] == ["기침", "콧물"]
    assert [item.entry for item in bundle.omissions] == ["e0"]


def test_each_blood_pressure_is_one_observation(make_note: Callable[..., SignedNote]) -> None:
    readings = (
        vital("수축기혈압", 158, "mm[Hg]", "v0"),
        vital("이완기혈압", 96, "mmHg", "v1"),
        vital("수축기혈압", 152, "mm[Hg]", "v2"),
        vital("이완기혈압", 88, "mm[Hg]", "v3"),
        vital("기립 수축기혈압", 138, "mm[Hg]", "v4"),
        vital("기립 이완기혈압", 82, "mm[Hg]", "v5"),
    )
    made = resources(map_note(make_note(entries=readings), SITE), "Observation")
    values = [[part["valueQuantity"]["value"] for part in item["component"]] for item in made]
    assert values == [[158, 96], [152, 88], [138, 82]]
    assert [item["code"]["text"] for item in made] == ["혈압", "혈압", "기립 혈압"]
    assert {part["valueQuantity"]["code"] for item in made for part in item["component"]} == {"mm[Hg]"}
    assert [[part["valueCodeableConcept"]["text"] for part in item.get("extension", [])] for item in made] == [
        [],
        [],
        ["기립"],
    ]


def test_half_a_blood_pressure_says_that_the_other_half_is_unknown(make_note: Callable[..., SignedNote]) -> None:
    bundle = map_note(make_note(entries=(vital("수축기혈압", 120, "mm[Hg]"),)), SITE)
    upper, lower = resources(bundle, "Observation")[0]["component"]
    assert upper["valueQuantity"]["value"] == 120
    assert lower["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "valueQuantity" not in lower
    assert validate_bundle(bundle).valid


@pytest.mark.parametrize(
    ("name", "value", "unit", "loinc", "code", "sent"),
    [
        ("체온", 37.8, "℃", "8310-5", "Cel", 37.8),
        ("맥박", 88, "회/분", "8867-4", "/min", 88),
        ("호흡수", 22, "/min", "9279-1", "/min", 22),
        ("산소포화도", 93, "%", "2708-6", "%", 93),
        ("체중", 4200, "g", "29463-7", "kg", 4.2),
        ("키", 1.7, "m", "8302-2", "cm", 170),
        ("체질량지수", 27.9, "kg/m2", "39156-5", "kg/m2", 27.9),
        ("Heart rate", 80, "bpm", "8867-4", "/min", 80),
    ],
)
def test_vital_signs_go_in_the_units_of_their_profiles(
    make_note: Callable[..., SignedNote], name: str, value: float, unit: str, loinc: str, code: str, sent: float
) -> None:
    bundle = map_note(make_note(entries=(vital(name, value, unit),)), SITE)
    made = resources(bundle, "Observation")[0]
    assert made["code"]["coding"][0]["code"] == loinc
    assert (made["valueQuantity"]["code"], made["valueQuantity"]["value"]) == (code, sent)
    assert made["effectiveDateTime"] == "2026-09-14T10:20:00+09:00"
    assert validate_bundle(bundle).valid


@pytest.mark.parametrize(
    ("name", "unit", "reason"),
    [("혈당", "mg/dL", UNKNOWN_NAME), ("체온", "[degF]", UNKNOWN_UNIT), ("이전 수축기혈압", "mm[Hg]", NOT_NOW)],
)
def test_what_is_no_vital_sign_of_this_visit_stays_text(
    make_note: Callable[..., SignedNote], name: str, unit: str, reason: str
) -> None:
    bundle = map_note(make_note(entries=(vital(name, 120, unit),)), SITE)
    assert not resources(bundle, "Observation")
    assert [item.reason for item in bundle.omissions] == [reason]


def test_an_order_without_a_dose_stays_text(make_note: Callable[..., SignedNote]) -> None:
    bundle = map_note(make_note(entries=(order(dose=None, action="stop"), order(id="m1", action="stop"))), SITE)
    assert [item["status"] for item in resources(bundle, "MedicationRequest")] == ["stopped"]
    assert [(item.entry, item.reason) for item in bundle.omissions] == [("m0", NO_DOSE)]


def test_a_prescription_says_how_much_how_often_how_long(make_note: Callable[..., SignedNote]) -> None:
    told = order(frequency="1일 2회 아침저녁", times_per_day=2, duration_days=5, route="oral")
    made = resources(map_note(make_note(entries=(told,)), SITE), "MedicationRequest")[0]
    dosage = made["dosageInstruction"][0]
    assert dosage["text"] == "1일 2회 아침저녁"
    assert dosage["timing"]["repeat"] == {"frequency": 2, "period": 1, "periodUnit": "d"}
    assert dosage["doseAndRate"][0]["doseQuantity"]["code"] == "{tbl}"
    assert made["dispenseRequest"]["expectedSupplyDuration"]["value"] == 5
    assert made["status"] == "active"


def test_an_unknown_product_and_ingredient_are_stated_as_unknown(make_note: Callable[..., SignedNote]) -> None:
    medicine = resources(map_note(make_note(entries=(order(),)), SITE), "MedicationRequest")[0][
        "medicationCodeableConcept"
    ]
    ingredient = medicine["extension"][0]["valueCodeableConcept"]["coding"][0]
    assert medicine["text"] == "타이레놀"
    assert medicine["coding"][0]["code"] == ingredient["code"] == "unknown"
    assert medicine["coding"][0]["display"]


def test_a_denied_allergy_is_no_allergy(make_note: Callable[..., SignedNote]) -> None:
    denied = Allergy(id="a0", name="약물 알레르기", evidence=EVIDENCE, status="absent")
    bundle = map_note(make_note(entries=(denied,)), SITE)
    assert not resources(bundle, "AllergyIntolerance")
    assert bundle.omissions[0].entry == "a0"


def test_a_procedure_that_was_done_goes_with_its_day(make_note: Callable[..., SignedNote]) -> None:
    done = Procedure(id="p0", name="봉합술", evidence=EVIDENCE, status="done")
    planned = Procedure(id="p1", name="물리치료", evidence=EVIDENCE, status="planned")
    bundle = map_note(make_note(entries=(done, planned)), SITE)
    made = resources(bundle, "Procedure")
    assert [(item["code"]["text"], item["status"], item["performedDateTime"]) for item in made] == [
        ("봉합술", "completed", "2026-09-14")
    ]
    assert [item.entry for item in bundle.omissions] == ["p1"]
    assert validate_bundle(bundle).valid


def test_every_kind_is_mapped_or_its_absence_explained() -> None:
    assert set(KINDS) == MAPPED | set(TEXT_ONLY)
    assert not MAPPED & set(TEXT_ONLY)


def test_the_label_is_on_what_the_machine_drafted_and_nothing_else(make_note: Callable[..., SignedNote]) -> None:
    edited = Section(
        code="assessment",
        title="A",
        statements=(Statement(id="s0", text="급성 상기도감염", entries=("e2",), support="edited"),),
    )
    note = make_note()
    others = tuple(section for section in note.content.sections if section.code != "assessment")
    bundle = map_note(
        make_note(sections=(*others, edited), summary=replace(note.content.patient_summary, sections=(edited,))), SITE
    )
    by_role = {entry.role: entry.resource.content for entry in bundle.entries}
    assert labels(by_role["diagnosis-e2"]) == []
    assert labels(by_role["chief-complaint-e0"]) == [AI]
    assert labels(by_role["note-document"]) == [AI]
    assert labels(by_role["patient-summary-document"]) == []
    assert labels(by_role["provenance"]) == labels(by_role["software"]) == []


def test_a_note_written_by_hand_bears_no_label_and_no_software(make_note: Callable[..., SignedNote]) -> None:
    bundle = map_note(make_note(drafter=None), SITE)
    assert not any(labels(entry.resource.content) for entry in bundle.entries)
    assert not resources(bundle, "Device")
    assert AI not in json.dumps(document_of(bundle))
    assert len(resources(bundle, "Provenance")[0]["agent"]) == 1


def test_provenance_names_the_physician_and_the_software_for_everything(
    make_note: Callable[..., SignedNote],
) -> None:
    bundle = map_note(make_note(), SITE)
    provenance = resources(bundle, "Provenance")[0]
    written = {entry.full_url for entry in bundle.entries if entry.role not in ("software", "provenance")}
    assert {target["reference"] for target in provenance["target"]} == written
    assert [agent["type"]["coding"][0]["code"] for agent in provenance["agent"]] == ["author", "assembler"]
    versions = resources(bundle, "Device")[0]["version"]
    assert [version["value"] for version in versions] == ["0.1.0", "whisper-base-int8"]


def test_the_document_stands_alone(make_note: Callable[..., SignedNote]) -> None:
    note = make_note()
    document = document_of(map_note(note, SITE))
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert kinds[:5] == ["Composition", "Patient", "Practitioner", "Organization", "Encounter"]
    urls = {entry["fullUrl"] for entry in document["entry"]}
    pointed = {text for text in json.dumps(document).split('"') if text.startswith("urn:uuid:")}
    assert pointed == urls
    composition = document["entry"][0]["resource"]
    assert [section["title"] for section in composition["section"]] == ["S", "O", "A", "P"]
    assert [len(section["entry"]) for section in composition["section"]] == [1, 2, 1, 1]


def test_the_text_of_the_note_is_what_was_signed(make_note: Callable[..., SignedNote]) -> None:
    told = Section(
        code="plan",
        title="P",
        statements=(Statement(id="s0", text='체온 < 38℃ & "해열제"\x0b 중단', support="edited"),),
    )
    bundle = map_note(make_note(sections=(told,)), SITE)
    attachment = bundle.entry("note-document").resource.content["content"][0]["attachment"]
    assert 'P]\n체온 < 38℃ & "해열제"' in base64.b64decode(attachment["data"]).decode()
    assert validate_bundle(bundle).valid


def test_the_patient_summary_lists_the_medicines(make_note: Callable[..., SignedNote]) -> None:
    attachment = map_note(make_note(), SITE).entry("patient-summary-document").resource.content["content"][0]
    text = base64.b64decode(attachment["attachment"]["data"]).decode()
    assert "감기로 보입니다." in text
    assert "아세트아미노펜 · 아침 1정, 점심 1정, 저녁 1정 · 3일분" in text


def test_an_amendment_has_keys_of_its_own_and_replaces_the_document(
    make_note: Callable[..., SignedNote], amend: Callable[[SignedNote, str], SignedNote]
) -> None:
    first = make_note()
    second = amend(first, "용량 정정")
    bundle = map_note(second, SITE)
    assert not {entry.key for entry in bundle.entries} & {entry.key for entry in map_note(first, SITE).entries}
    document = bundle.entry("note-document").resource.content
    assert document["relatesTo"][0]["code"] == "replaces"
    assert document["relatesTo"][0]["target"]["reference"].endswith(f"{first.note_id}.v1.note-document")
    assert document["docStatus"] == "amended"
