from datetime import UTC, date, datetime

import pytest

from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.web.labels import age, amount, clock, measured, moment, number, patient_bar, time_of_day, unit


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (59.9, "0:59"), (107.1, "1:47"), (3725, "1:02:05")])
def test_recording_times_read_as_clocks(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_moments_are_shown_in_seoul() -> None:
    late = datetime(2026, 9, 13, 15, 5, tzinfo=UTC)
    assert moment(late) == "2026년 9월 14일(월) 오전 12:05"
    assert time_of_day(datetime(2026, 9, 14, 3, 0, tzinfo=UTC)) == "오후 12:00"


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(2026, 9, 14), "생후 0일"),
        (date(2026, 8, 15), "생후 30일"),
        (date(2026, 8, 14), "1개월"),
        (date(2024, 9, 15), "23개월"),
        (date(2024, 9, 14), "2세"),
        (date(1981, 9, 15), "44세"),
        (date(1981, 9, 14), "45세"),
        (date(2024, 2, 29), "2세"),
    ],
)
def test_ages_are_written_in_days_then_months_then_full_years(born: date, shown: str) -> None:
    assert age(born, date(2026, 9, 14)) == shown


def test_units_and_numbers_as_korean_charts_write_them() -> None:
    assert (unit("mm[Hg]"), unit("Cel"), unit("/min"), unit("mg/dL")) == ("mmHg", "℃", "회/분", "mg/dL")
    assert [unit(code) for code in ("[iU]", "ug", "kg/m2", "10*3/uL", "wk")] == ["IU", "μg", "kg/m²", "×10³/μL", "주"]
    assert (number(158.0), number(36.8), number("음성")) == ("158", "36.8", "음성")


def test_the_patient_bar_gives_the_age_on_the_day_of_the_visit() -> None:
    patient = Patient(
        name="김가람", sex="female", birth_date=date(1981, 9, 15), identifier=Identifier(system="urn:x", value="0001")
    )
    # 15:30 UTC on the 14th is already the birthday, the 15th, in Seoul.
    bar = patient_bar(Encounter(id="e", start=datetime(2026, 9, 14, 15, 30, tzinfo=UTC), patient=patient))
    assert (bar.name, bar.sex_and_age, bar.registration) == ("김가람", "여 45세", "0001")


def test_an_encounter_without_patient_says_so() -> None:
    bar = patient_bar(Encounter(id="e", start=datetime(2026, 9, 14, tzinfo=UTC)))
    assert (bar.name, bar.registration) == ("환자 미지정", "등록번호 없음")


@pytest.mark.parametrize(
    ("value", "ucum", "written"),
    [
        (500.0, "mg", "500 mg"),
        (0.5, "{tbl}", "0.5정"),
        (25.0, "ug", "25 μg"),
        (2.0, "1", "2"),
        (1.0, "{capsule}", "1캡슐"),
    ],
)
def test_an_amount_stands_apart_from_a_foreign_unit_alone(value: float, ucum: str, written: str) -> None:
    assert amount(value, ucum) == written


def test_a_temperature_in_words_reads_as_on_a_chart() -> None:
    assert measured("밤에 38.5 Cel까지") == "밤에 38.5 ℃까지"
    assert measured("NRS 7/10") == "NRS 7/10"
    assert measured(None) is None
