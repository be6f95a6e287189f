"""Danger signs by the reviewed rules: present, about the patient, and by age where the rule asks for one."""

from fnmatch import fnmatchcase

import pytest

from scribe.domain.entries import KCD8_SYSTEM, Code, Diagnosis, Entry, Evidence, History, LabResult, Symptom, Vital
from scribe.drafting.extract.red_flags import red_flags
from scribe.drafting.lexicon import RedFlagRow, SymptomRow, rows

HERE = (Evidence(utterance="u1", start=0, end=5),)


def symptom(name: str, status: str = "present", number: int = 0) -> Symptom:
    return Symptom(id=f"s{number}", name=name, status=status, evidence=HERE)  # type: ignore[arg-type]


def vital(name: str, value: float, unit: str) -> Vital:
    return Vital(id="v0", name=name, value=value, unit=unit, evidence=HERE)


def disease(code: str) -> Diagnosis:
    coded = Code(system=KCD8_SYSTEM, code=code)
    return Diagnosis(id="d0", name=code, certainty="confirmed", code=coded, evidence=HERE)


def raised(entries: list[Entry], years: int | None = 40, months: int | None = 480) -> set[str]:
    return {flag.name.partition(" (")[0] for flag in red_flags(entries, years, months)}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([symptom("흉통"), symptom("식은땀", number=1)], "급성 관상동맥증후군 의심"),
        ([symptom("자살 사고")], "자살 위험"),
        ([symptom("금단 증상"), symptom("환시", number=1)], "알코올 금단 섬망 의심"),
        ([disease("E05.9"), vital("맥박", 150, "/min")], "갑상선 중독발작 의심"),
        ([symptom("오로 이상"), vital("체온", 38.5, "Cel")], "산후 출혈 또는 산욕 감염 의심"),
        ([symptom("개 물림")], "광견병 노출 가능 교상"),
        ([LabResult(id="l0", name="칼슘", value=14.5, evidence=HERE)], "고칼슘혈증 위기"),
        (
            [
                History(id="h0", name="암 병력", category="medical", status="present", evidence=HERE),
                symptom("요통"),
                symptom("근력 저하", number=1),
            ],
            "암 환자의 척수 압박 의심",
        ),
    ],
)
def test_what_is_present_is_raised_and_what_is_denied_is_not(entries: list[Entry], expected: str) -> None:
    assert expected in raised(entries)
    denied = [symptom(e.name, "absent", n) if isinstance(e, Symptom) else e for n, e in enumerate(entries)]
    if any(isinstance(entry, Symptom) for entry in entries):
        assert expected not in raised(denied)


def test_a_relatives_disease_is_no_danger_of_the_patient() -> None:
    cancer = History(id="h0", name="암 병력", category="family", status="present", detail="아버지", evidence=HERE)
    assert "암 환자의 척수 압박 의심" not in raised([cancer, symptom("요통"), symptom("근력 저하", number=1)])


def test_an_infants_fever_is_judged_by_its_months() -> None:
    fever: list[Entry] = [vital("체온", 38.2, "Cel")]
    assert "3개월 미만 영아 발열" in raised(fever, 0, 2)
    assert "3개월 미만 영아 발열" not in raised(fever, 0, 3)
    assert "3개월 미만 영아 발열" not in raised(fever, None, None)


def test_a_rule_names_what_makes_it_hold_with_units() -> None:
    flags = red_flags([symptom("호흡곤란"), vital("산소포화도", 86, "%")], 40, 480)
    assert any("산소포화도 86%" in flag.name for flag in flags)
    assert all(flag.evidence for flag in flags)


def test_every_rule_has_a_source_and_names_symptoms_of_the_lexicon() -> None:
    known = {noun for row in rows(SymptomRow) for noun in row.nouns}
    for rule in rows(RedFlagRow):
        assert rule.source
        for condition in (*rule.all_of, *rule.any_of):
            for part in condition.split("&"):
                kind, _, name = part.strip().partition(":")
                if kind == "symptom":
                    assert any(fnmatchcase(noun, name) for noun in known), (rule.term, name)
