"""What each kind of entry becomes: names, onset, results, vaccinations, prescriptions, rewritten sentences."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hl7_bridge.fhir import FhirJson, TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.agreement import REWRITTEN, agrees
from hl7_bridge.kr_core.laboratory import NO_CODE, NO_VALUE, NOT_NOW
from hl7_bridge.kr_core.measured import ucum
from hl7_bridge.kr_core.names import NAMELESS, term
from hl7_bridge.kr_core.onset import onset
from hl7_bridge.kr_core.procedures import PLANNED, UNKNOWN_VACCINE
from hl7_bridge.site import Site
from hl7_bridge.validate import validate_bundle
from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    LOINC_SYSTEM,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    LabResult,
    MedicationOrder,
    Procedure,
    Symptom,
    Vital,
)
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement, Support

SITE = Site()
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
HBA1C = Code(system=LOINC_SYSTEM, code="4548-4")
EDI = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication"
MakeNote = Callable[..., SignedNote]


def resources(bundle: TransactionBundle, kind: str) -> list[FhirJson]:
    return [entry.resource.content for entry in bundle.entries if entry.resource.type == kind]


def mapped(make_note: MakeNote, *entries: Entry, sections: tuple[Section, ...] = ()) -> TransactionBundle:
    bundle = map_note(make_note(entries=entries, sections=sections), SITE)
    assert validate_bundle(bundle).valid
    return bundle


def says(text: str, *entries: str, support: Support = "edited", code: str = "plan") -> Section:
    return Section(code=code, title="P", statements=(Statement(id="s0", text=text, entries=entries, support=support),))


def symptom(name: str, entry_id: str = "e0", **given: Any) -> Symptom:
    return Symptom(id=entry_id, name=name, evidence=EVIDENCE, status="present", **given)


def result(value: float | str, unit: str | None = None, *, name: str = "당화혈색소", **given: Any) -> LabResult:
    return LabResult(**{"id": "e0", "name": name, "evidence": EVIDENCE, "code": HBA1C, **given}, value=value, unit=unit)


def order(**given: Any) -> MedicationOrder:
    told = {"id": "e0", "name": "타이레놀", "evidence": EVIDENCE, "action": "start", "dose": Dose(value=650, unit="mg")}
    return MedicationOrder(**{**told, **given})


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (symptom("기침(마른기침)"), "기침"),
        (symptom("어지럼증(어지러운 건 없으세요, 핑 돌)"), "어지럼증"),
        (
            Diagnosis(id="d", name="급성 상기도감염(목감기)", evidence=EVIDENCE, certainty="confirmed"),
            "급성 상기도감염",
        ),
        (
            Diagnosis(id="d", name="위식도 역류 (신생아)", evidence=EVIDENCE, certainty="confirmed"),
            "위식도 역류 (신생아)",
        ),
        (result(1, name="암태아성항원(CEA)"), "암태아성항원(CEA)"),
    ],
)
def test_a_resource_bears_the_term_and_not_the_words_said(entry: Entry, name: str) -> None:
    assert term(entry) == name


def test_a_nameless_entry_stays_text(make_note: MakeNote) -> None:
    bundle = mapped(make_note, symptom(" "), order(id="e1", name="\x0b"))
    assert [(item.entry, item.reason) for item in bundle.omissions] == [("e0", NAMELESS), ("e1", NAMELESS)]


def test_a_display_that_is_our_own_name_is_no_official_one(make_note: MakeNote) -> None:
    told = (
        Diagnosis(
            id="d0",
            name="고혈압",
            evidence=EVIDENCE,
            certainty="confirmed",
            code=Code(system=KCD8_SYSTEM, code="I10.9", display="고혈압"),
        ),
        Diagnosis(
            id="d1",
            name="감기",
            evidence=EVIDENCE,
            certainty="confirmed",
            code=Code(system=KCD8_SYSTEM, code="J00", display="급성 비인두염[감기]"),
        ),
    )
    made = [item["code"] for item in resources(mapped(make_note, *told), "Condition")]
    assert [item["coding"][0].get("display") for item in made] == [None, "급성 비인두염[감기]"]
    assert [item["text"] for item in made] == ["고혈압", "감기"]


@pytest.mark.parametrize(
    ("words", "duration", "expected"),
    [
        ("그저께부터", None, {"onsetDateTime": "2026-09-12"}),
        ("작년 오월", None, {"onsetDateTime": "2025-05"}),
        ("지난달", "P3D", {"onsetDateTime": "2026-08"}),
        ("지난주부터", None, {"onsetString": "지난주부터"}),
        ("사흘 전부터", "P3D", {"onsetDateTime": "2026-09-11"}),
        (None, "P1Y6M", {"onsetDateTime": "2025-03"}),
        (None, "P2M10D", {"onsetDateTime": "2026-07"}),
        (None, "PT30M", {}),
        (None, "P9999Y", {}),
        (" ", None, {}),
    ],
)
def test_a_symptom_began_when_the_words_say(words: str | None, duration: str | None, expected: FhirJson) -> None:
    assert onset(symptom("기침", onset=words, duration_iso=duration), date(2026, 9, 14)) == expected


@pytest.mark.parametrize("heading", ["주호소: ", "방문 사유: ", "C.C. ", "Chief complaint: "])
def test_a_complaint_that_is_no_symptom_goes_in_the_notes_own_words(make_note: MakeNote, heading: str) -> None:
    told = (symptom("어지럼증"), symptom("다리 부종", "e1"))
    section = says(f"{heading}고혈압 추적 진료.", support="supported", code="subjective")
    bundle = mapped(make_note, *told, sections=(section,))
    (complaint,) = resources(bundle, "Condition")
    assert complaint["code"] == {"text": "고혈압 추적 진료"}
    assert {item.entry for item in bundle.omissions} == {"e0", "e1"}


@pytest.mark.parametrize("template", ["soap", "follow_up"])
def test_no_complaint_is_guessed(make_note: MakeNote, template: str) -> None:
    told = (symptom("어지럼증"), symptom("다리 부종", "e1"))[: 1 if template == "follow_up" else 2]
    note = make_note(entries=told, sections=())
    note = replace(note, content=replace(note.content, template=template))
    assert not resources(map_note(note, SITE), "Condition")


def test_a_stated_result_is_an_observation_of_what_was_said(make_note: MakeNote) -> None:
    bundle = mapped(make_note, result(7.8, "%", interpretation="높음"))
    (made,) = resources(bundle, "Observation")
    assert made["valueQuantity"] == {
        "value": 7.8,
        "unit": "%",
        "system": "http://unitsofmeasure.org",
        "code": "%",
    }
    assert made["interpretation"][0]["coding"][0]["code"] == "H"
    assert made["issued"] == "2026-09-14T10:40:00+09:00"
    assert "effectiveDateTime" not in made
    assert "검사 시스템" in made["note"][0]["text"]


def test_a_unit_that_was_not_said_is_stated_as_unknown(make_note: MakeNote) -> None:
    (made,) = resources(mapped(make_note, result(7.8)), "Observation")
    assert made["valueQuantity"]["value"] == 7.8
    assert made["valueQuantity"]["_unit"]["extension"][0]["valueCode"] == "unknown"
    assert not {"unit", "code", "system"} & set(made["valueQuantity"])


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (result("음성"), {"valueCodeableConcept": "260385009"}),
        (result("0.005 미만", "m[IU]/L"), {"comparator": "<", "value": 0.005, "code": "m[IU]/L"}),
        (result(2.8, name="INR", code=Code(system=LOINC_SYSTEM, code="6301-6")), {"value": 2.8, "code": "{INR}"}),
    ],
)
def test_results_in_other_forms(make_note: MakeNote, given: LabResult, value: FhirJson) -> None:
    (made,) = resources(mapped(make_note, given), "Observation")
    if "valueCodeableConcept" in value:
        assert made["valueCodeableConcept"]["coding"][0]["code"] == value["valueCodeableConcept"]
    else:
        assert {name: made["valueQuantity"].get(name) for name in value} == value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (result(7.8, code=None), NO_CODE),
        (result(7.8, code=Code(system="urn:oid:1.2.3", code="L1")), NO_CODE),
        (result(7.1, name="지난번 당화혈색소"), NOT_NOW),
        (result(1.6, name="석 달 전 크레아티닌"), NOT_NOW),
        (result("140–160", name="자가혈당"), NOT_NOW),
        (result("정상"), NO_VALUE),
        (result(float("nan")), NO_VALUE),
    ],
)
def test_a_result_that_cannot_be_read_without_guessing_stays_text(
    make_note: MakeNote, given: LabResult, reason: str
) -> None:
    bundle = mapped(make_note, given)
    assert not resources(bundle, "Observation")
    assert [item.reason for item in bundle.omissions] == [reason]


def test_an_autoantibody_is_no_reading_of_the_patients_own_meter(make_note: MakeNote) -> None:
    assert resources(mapped(make_note, result(12.4, "[IU]/mL", name="갑상선자가항체")), "Observation")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("독감 예방접종(독감 주사)", "13"),
        ("폐렴구균 예방접종", "12"),
        ("파상풍 예방접종(Td)", "23"),
        ("BCG 예방접종", "05"),
    ],
)
def test_a_vaccination_given_today_is_an_immunization(make_note: MakeNote, name: str, code: str) -> None:
    (made,) = resources(
        mapped(make_note, Procedure(id="e0", name=name, evidence=EVIDENCE, status="done")), "Immunization"
    )
    assert made["vaccineCode"]["coding"][0]["code"] == code
    assert (made["status"], made["occurrenceDateTime"]) == ("completed", "2026-09-14")


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("코로나 예방접종", "done", UNKNOWN_VACCINE),
        ("예방접종", "done", UNKNOWN_VACCINE),
        ("독감 예방접종", "planned", PLANNED),
    ],
)
def test_a_vaccination_that_kr_core_has_no_code_for_stays_text(
    make_note: MakeNote, name: str, status: Any, reason: str
) -> None:
    bundle = mapped(make_note, Procedure(id="e0", name=name, evidence=EVIDENCE, status=status))
    assert not resources(bundle, "Immunization")
    assert not resources(bundle, "Procedure")
    assert [item.reason for item in bundle.omissions] == [reason]


def test_a_prescription_names_product_and_ingredient(make_note: MakeNote) -> None:
    told = order(
        code=Code(system=EDI, code="649900010", display="타이레놀정500밀리그램"),
        ingredient=Code(system=ATC_SYSTEM, code="N02BE01", display="아세트아미노펜"),
    )
    (made,) = resources(mapped(make_note, told), "MedicationRequest")
    medicine = made["medicationCodeableConcept"]
    assert medicine["coding"] == [{"system": EDI, "code": "649900010", "display": "타이레놀정500밀리그램"}]
    ingredient = medicine["extension"][0]["valueCodeableConcept"]
    assert (ingredient["coding"][0]["code"], ingredient["text"]) == ("N02BE01", "아세트아미노펜")
    assert made["reportedBoolean"] is True


@pytest.mark.parametrize(
    ("frequency", "times", "repeat", "as_needed"),
    [
        ("8시간마다", 3, {"frequency": 1, "period": 8, "periodUnit": "h"}, None),
        ("1일 2회", 2, {"frequency": 2, "period": 1, "periodUnit": "d"}, None),
        ("2일 1회", 0.5, {"frequency": 1, "period": 2, "periodUnit": "d"}, None),
        ("필요시", None, None, True),
        ("주 1–2회", 1.5, None, None),
    ],
)
def test_doses_are_timed_as_they_were_said(
    make_note: MakeNote, frequency: str, times: float | None, repeat: FhirJson | None, as_needed: bool | None
) -> None:
    (made,) = resources(mapped(make_note, order(frequency=frequency, times_per_day=times)), "MedicationRequest")
    dosage = made["dosageInstruction"][0]
    assert dosage["text"] == frequency
    assert dosage.get("timing", {}).get("repeat") == repeat
    assert dosage.get("asNeededBoolean") == as_needed


@pytest.mark.parametrize(
    ("unit", "code"),
    [("mg", "mg"), ("㎎", "mg"), ("µg", "ug"), ("정", "{tbl}"), ("U", "[IU]"), ("mL / min", "mL/min"), ("바퀴", None)],
)
def test_units_are_written_in_ucum(unit: str, code: str | None) -> None:
    assert ucum(unit) == code


def test_an_allergen_has_its_kind_and_each_of_its_signs(make_note: MakeNote) -> None:
    shrimp = Allergy(
        id="e0", name="새우", evidence=EVIDENCE, status="present", reaction="두드러기, 호흡곤란", category="food"
    )
    (made,) = resources(mapped(make_note, shrimp), "AllergyIntolerance")
    assert made["category"] == ["food"]
    assert [sign["text"] for sign in made["reaction"][0]["manifestation"]] == ["두드러기", "호흡곤란"]


PNEUMONIA = Diagnosis(
    id="e0",
    name="폐렴(폐에 염증)",
    evidence=EVIDENCE,
    certainty="confirmed",
    code=Code(system=KCD8_SYSTEM, code="J18.9"),
)
ORDER = order(frequency="1일 3회 식후 30분", duration_days=3)


@pytest.mark.parametrize(
    ("entry", "text", "agreed"),
    [
        (ORDER, "타이레놀 650 mg 하루 세 번, 밥 먹고", True),
        (ORDER, "타이레놀 500 mg 1일 3회 식후 30분 3일분", False),
        (ORDER, "타이레놀 650 mg 1일 3회 식후 30분 5일분", False),
        (ORDER, "타이레놀 650 mg는 중단", False),
        (ORDER, "부루펜 650 mg 1일 3회 식후 30분 3일분", False),
        (PNEUMONIA, "폐렴, 우하엽", True),
        (PNEUMONIA, "폐렴 의심", False),
        (PNEUMONIA, "폐렴은 배제함", False),
        (PNEUMONIA, "J18.9", True),
        (PNEUMONIA, "급성 기관지염", False),
        (Vital(id="e0", name="수축기혈압", evidence=EVIDENCE, value=118, unit="mm[Hg]"), "혈압 118/76", True),
        (Vital(id="e0", name="수축기혈압", evidence=EVIDENCE, value=118, unit="mm[Hg]"), "혈압 128/76", False),
        (result("음성", name="독감 검사"), "독감 검사 음성", True),
        (result("음성", name="독감 검사"), "독감 검사 하지 않음", False),
        (order(action="stop"), "타이레놀 650 mg 중단", True),
    ],
)
def test_a_rewritten_sentence_agrees_or_contradicts(entry: Entry, text: str, agreed: bool) -> None:
    assert agrees(entry, [text]) is agreed


def test_what_a_rewritten_sentence_contradicts_is_not_sent(make_note: MakeNote) -> None:
    told = order(duration_days=3)
    bundle = mapped(make_note, told, sections=(says("타이레놀 500 mg 3일분", "e0"),))
    assert not resources(bundle, "MedicationRequest")
    assert [(item.entry, item.reason) for item in bundle.omissions] == [("e0", REWRITTEN)]
    drafted = mapped(make_note, told, sections=(says("타이레놀 500 mg 3일분", "e0", support="supported"),))
    assert resources(drafted, "MedicationRequest")


def test_the_sentences_of_the_note_say_who_drafted_an_entry(make_note: MakeNote) -> None:
    note = make_note(entries=(PNEUMONIA,), sections=(says("폐렴 (J18.9)", "e0", code="assessment"),))
    left = says("폐렴입니다.", "e0", support="supported")
    summary = replace(note.content.patient_summary, sections=(left,), medicines=())
    bundle = map_note(replace(note, content=replace(note.content, patient_summary=summary)), SITE)
    (made,) = resources(bundle, "Condition")
    assert "security" not in made["meta"]
