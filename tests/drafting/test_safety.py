"""Questions to the physician about prescriptions, and never a word of them in the note."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scribe.domain.encounter import Encounter, Patient
from scribe.domain.entries import (
    KCD8_SYSTEM,
    Advice,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    FollowUp,
    MedicationOrder,
    MedicationStatement,
    ReturnPrecaution,
    Symptom,
    Vital,
)
from scribe.domain.note import Flag
from scribe.drafting.lexicon import MedicineRow, RedFlagRow, rows
from scribe.drafting.safety import safety_flags
from scribe.drafting.safety.allergies import cross_reactions
from scribe.drafting.safety.doses import dose_ranges
from scribe.drafting.safety.drugs import medicine_row
from scribe.drafting.safety.duplicates import single_classes
from scribe.drafting.safety.precautions import precaution_rules

VISIT = Encounter(
    id="enc",
    start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC),
    patient=Patient(name="환자", sex="female", birth_date=date(1980, 1, 1)),
)
CHILD = replace(VISIT, patient=Patient(name="아이", sex="male", birth_date=date(2022, 1, 1)))
HERE = (Evidence(utterance="u1", start=0, end=5),)


def order(name: str, number: int = 1, **fields: object) -> MedicationOrder:
    known: dict[str, object] = {"id": f"e{number}", "name": name, "action": "start", "evidence": HERE}
    return MedicationOrder(**{**known, **fields})  # type: ignore[arg-type]


def allergy(name: str, status: str = "present") -> Allergy:
    return Allergy(id="e0", name=name, status=status, evidence=HERE)  # type: ignore[arg-type]


def taken(name: str) -> MedicationStatement:
    return MedicationStatement(id="e9", name=name, evidence=HERE)


def asked(entries: list[Entry], rule: str, encounter: Encounter = VISIT) -> list[Flag]:
    return [flag for flag in safety_flags(entries, encounter) if flag.rule == rule]


@pytest.mark.parametrize(
    ("allergen", "drug"),
    [
        ("페니실린", "아목시실린"),
        ("페니실린", "오구멘틴"),
        ("페니실린", "세파클러"),
        ("세팔로스포린(세파클러)", "세프트리악손"),
        ("아스피린", "이부프로펜"),
        ("비스테로이드소염제", "나프록센"),
        ("설파제(박트림)", "박트림"),
        ("타이레놀", "아세트아미노펜"),
        ("항생제", "레보플록사신"),
    ],
)
def test_an_allergy_against_an_order_is_asked_about(allergen: str, drug: str) -> None:
    (flag,) = asked([allergy(allergen), order(drug)], "allergy")
    assert flag.kind == "conflict"
    assert flag.entries == ("e0", "e1")
    assert flag.text is not None
    assert re.fullmatch(r"확인 필요: .+\?", flag.text)


@pytest.mark.parametrize(
    ("allergen", "drug", "status"),
    [
        ("페니실린", "시프로플록사신", "present"),
        ("설파제(박트림)", "포스포마이신", "present"),
        ("페니실린", "아목시실린", "absent"),
        ("계란", "아세트아미노펜", "present"),
        ("약물 알레르기", "아목시실린", "absent"),
    ],
)
def test_no_question_where_nothing_speaks_against_the_drug(allergen: str, drug: str, status: str) -> None:
    assert asked([allergy(allergen, status), order(drug)], "allergy") == []


def test_a_drug_that_is_stopped_is_no_prescription() -> None:
    assert asked([allergy("페니실린"), order("아목시실린", action="stop")], "allergy") == []


def test_the_same_ingredient_and_class_beside_what_is_taken() -> None:
    (same,) = asked([order("아세트아미노펜"), taken("타이레놀")], "duplicate_ingredient")
    assert same.entries == ("e1", "e9")
    (group,) = asked([order("세레콕시브"), order("나프록센", 2)], "duplicate_class")
    assert group.text is not None
    assert "소염진통제" in group.text


def test_what_goes_on_is_stopped_or_was_advised_against_is_no_duplicate() -> None:
    going_on: list[Entry] = [order("암로디핀", action="continue"), taken("노바스크")]
    stopped: list[Entry] = [order("세레콕시브"), order("이부프로펜", 2, action="stop"), taken("이부프로펜")]
    told: list[Entry] = [
        order("아세트아미노펜"),
        taken("타이레놀"),
        Advice(id="e5", name="집에 있는 타이레놀은 같이 드시지 않기", evidence=HERE),
    ]
    one_drug: list[Entry] = [order("텔미사르탄"), taken("텔미사르탄")]
    injected: list[Entry] = [order("페니라민", route="intramuscular"), order("세티리진", 2)]
    for entries in (going_on, stopped, told, one_drug, injected):
        assert asked(entries, "duplicate_ingredient") == asked(entries, "duplicate_class") == []


@pytest.mark.parametrize(
    ("drug", "dose", "times", "expected"),
    [
        ("암로디핀", Dose(value=50, unit="mg"), 1, True),
        ("암로디핀", Dose(value=5, unit="mg"), 1, False),
        ("씬지로이드", Dose(value=500, unit="ug"), 1, True),
        ("씬지로이드", Dose(value=0.05, unit="mg"), 1, False),
        ("아세트아미노펜", Dose(value=1000, unit="mg"), 6, True),
        ("아세트아미노펜", Dose(value=1, unit="정"), 6, False),
        ("메트포르민", Dose(value=50, unit="mg"), 2, True),
    ],
)
def test_adult_doses(drug: str, dose: Dose, times: float, expected: bool) -> None:
    assert bool(asked([order(drug, dose=dose, times_per_day=times)], "dose_range")) is expected


def test_a_dose_that_nobody_takes_was_misheard() -> None:
    losartan = MedicationStatement(id="e9", name="로사르탄", dose="500000 mg", evidence=HERE)
    (flag,) = asked([losartan], "dose_range")
    assert flag.entries == ("e9",)
    assert asked([replace(losartan, dose="50 mg")], "dose_range") == []
    assert asked([replace(losartan, dose="한 알")], "dose_range") == []


def test_a_childs_dose_goes_by_weight_where_one_was_said() -> None:
    weight = Vital(id="e3", name="체중", value=12.4, unit="kg", evidence=HERE)
    usual = order("아목시실린", dose=Dose(value=500, unit="mg"), times_per_day=2)
    tenfold = order("아목시실린", dose=Dose(value=5000, unit="mg"), times_per_day=2)
    small = order("아목시실린", dose=Dose(value=50, unit="mg"), times_per_day=2)
    assert asked([weight, usual], "dose_range", CHILD) == []
    assert asked([small], "dose_range", CHILD) == []  # without a weight nothing is known
    (too_much,) = asked([weight, tenfold], "dose_range", CHILD)
    (too_little,) = asked([weight, small], "dose_range", CHILD)
    assert too_much.entries == ("e1", "e3")
    assert too_little.text is not None
    assert "12.4 kg" in too_little.text


def test_missing_return_precautions() -> None:
    code = Code(system=KCD8_SYSTEM, code="J18.9")
    pneumonia = Diagnosis(id="e0", name="폐렴", certainty="confirmed", code=code, evidence=HERE)
    given = ReturnPrecaution(id="e1", name="숨이 차면 응급실", evidence=HERE)
    admitted = FollowUp(id="e2", name="입원", when="입원", evidence=HERE)
    (flag,) = asked([pneumonia], "return_precaution")
    assert flag.kind == "missing"
    assert flag.entries == ("e0",)
    assert asked([pneumonia, given], "return_precaution") == []
    assert asked([pneumonia, admitted], "return_precaution") == []
    assert asked([replace(pneumonia, certainty="ruled_out")], "return_precaution") == []
    assert asked([pneumonia], "return_precaution", replace(VISIT, setting="inpatient_round")) == []


def test_who_goes_home_from_the_emergency_department_is_told_when_to_return() -> None:
    pain = Symptom(id="e0", name="복통", status="present", evidence=HERE)
    (flag,) = asked([pain], "return_precaution", replace(VISIT, setting="emergency"))
    assert flag.entries == ("e0",)
    assert asked([pain], "return_precaution") == []


def test_a_cold_of_a_small_child_warrants_precautions_and_of_an_adult_does_not() -> None:
    code = Code(system=KCD8_SYSTEM, code="J06.9")
    cold = Diagnosis(id="e0", name="급성 상기도감염", certainty="confirmed", code=code, evidence=HERE)
    assert asked([cold], "return_precaution", CHILD)
    assert asked([cold], "return_precaution") == []


def test_the_tables_are_broad_sourced_and_name_known_medicines() -> None:
    known = {row.ingredient for row in rows(MedicineRow)}
    assert {ingredient for ingredient, _ in dose_ranges()} <= known
    assert len(dose_ranges()) > 200
    assert len(cross_reactions()) > 50
    assert len(single_classes()) > 30
    assert len(precaution_rules()) > 30
    assert len(rows(RedFlagRow)) >= 60
    for table in (dose_ranges().values(), cross_reactions(), single_classes(), precaution_rules(), rows(RedFlagRow)):
        assert all(row.source for row in table)
    for usual in dose_ranges().values():
        bounds = [limit for limit in (usual.single_low, usual.single_high, usual.daily_high) if limit is not None]
        assert bounds == sorted(bounds)
        assert (usual.child_low or 0) <= (usual.child_high or 0)


@pytest.mark.parametrize(
    ("name", "ingredient"),
    [("타이레놀", "아세트아미노펜"), ("amlodipine", "암로디핀"), ("설파제(박트림)", "술파메톡사졸/트리메토프림")],
)
def test_medicines_by_any_of_their_names(name: str, ingredient: str) -> None:
    row = medicine_row(name)
    assert row is not None
    assert row.ingredient == ingredient
    assert medicine_row("없는약") is None
