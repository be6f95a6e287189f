"""The codes that our lexicons add to what was read."""

import pytest

from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    LOINC_SYSTEM,
    Allergy,
    Code,
    Diagnosis,
    Entry,
    Evidence,
    LabResult,
    MedicationOrder,
)
from scribe.drafting.known_codes import with_known_codes

EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
EDI = "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication"


def coded(entry: Entry) -> Entry:
    (found,) = with_known_codes([entry])
    return found


def result(name: str, unit: str | None = None) -> Entry:
    return coded(LabResult(id="e0", name=name, evidence=EVIDENCE, value=7.8, unit=unit))


@pytest.mark.parametrize(
    ("name", "unit", "loinc"),
    [
        ("당화혈색소", None, "4548-4"),
        ("당화혈색소", "%", "4548-4"),
        ("암태아성항원(CEA)", None, "2039-6"),
        ("호중구", "%", None),
        ("지난번 당화혈색소", None, None),
        ("코로나검사", None, None),
        ("간염검사", None, None),
        ("일반혈액검사", None, None),
    ],
)
def test_a_result_has_the_code_of_the_one_analyte_it_names(name: str, unit: str | None, loinc: str | None) -> None:
    expected = Code(system=LOINC_SYSTEM, code=loinc) if loinc else None
    assert result(name, unit).code == expected


@pytest.mark.parametrize("name", ["타이레놀", "아세트아미노펜", "타이레놀 이알"])
def test_a_prescription_names_its_ingredient_beside_the_product(name: str) -> None:
    product = Code(system=EDI, code="649900010")
    order = coded(MedicationOrder(id="e0", name=name, evidence=EVIDENCE, action="start", code=product))
    assert isinstance(order, MedicationOrder)
    assert order.ingredient == Code(system=ATC_SYSTEM, code="N02BE01", display="아세트아미노펜")
    assert order.code == product


def test_a_medicine_that_no_lexicon_has_stays_as_it_is() -> None:
    order = MedicationOrder(id="e0", name="아무개정", evidence=EVIDENCE, action="start")
    assert coded(order) == order


@pytest.mark.parametrize(
    ("name", "category", "atc"),
    [("새우", "food", None), ("페니실린", "medication", "J01C"), ("고양이털", "environment", None)],
)
def test_an_allergen_has_its_kind(name: str, category: str, atc: str | None) -> None:
    allergy = coded(Allergy(id="e0", name=name, evidence=EVIDENCE, status="present"))
    assert isinstance(allergy, Allergy)
    assert allergy.category == category
    assert (allergy.code.code if allergy.code else None) == atc


def test_a_denied_allergy_and_a_coded_diagnosis_are_left_alone() -> None:
    denied = Allergy(id="e0", name="페니실린", evidence=EVIDENCE, status="absent")
    named = Diagnosis(
        id="e1", name="감기", evidence=EVIDENCE, certainty="confirmed", code=Code(system=KCD8_SYSTEM, code="J00")
    )
    assert with_known_codes([denied, named]) == (denied, named)
