import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_sino
from scribe.drafting.quantities import find_pressures, find_quantities, written


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("아세트아미노펜 육백오십 밀리짜리", (650, "mg")),
        ("한 번에 오백 밀리그램", (500, "mg")),
        ("레보티록신 오십 마이크로그램", (50, "ug")),
        ("오 씨씨씩 먹였어요", (5, "mL")),
        ("노멀 셀라인 일 리터", (1, "L")),
        ("포스포마이신 삼 그램", (3, "g")),
        ("제곱미터당 팔십오에서 육십오 밀리로", (65, "mg/m2")),
        ("반 알씩", (0.5, "알")),
        ("한 알 반을", (1.5, "알")),
        ("세 포를", (3, "포")),
        ("인슐린 십이 단위", (12, "U")),
        ("삼십팔 도 이 부", (38.2, "Cel")),
        ("삼십팔 도 반", (38.5, "Cel")),
        ("38도 2부", (38.2, "Cel")),
        ("38.2도", (38.2, "Cel")),
        ("500mg", (500, "mg")),
        ("칠십일 점 오 킬로요", (71.5, "kg")),
    ],
)
def test_amounts_and_units(text: str, amount: tuple[float, str]) -> None:
    assert [(quantity.value, quantity.unit) for quantity in find_quantities(text)] == [amount]


@given(
    st.integers(min_value=1, max_value=3000),
    st.sampled_from([("밀리", "mg"), ("밀리그램", "mg"), ("씨씨", "mL"), ("단위", "U")]),
)
def test_every_spoken_dose_keeps_its_value(value: int, unit: tuple[str, str]) -> None:
    found = find_quantities(f"약을 {spoken_sino(value)} {unit[0]} 드세요")
    assert [(quantity.value, quantity.unit) for quantity in found] == [(value, unit[1])]


@given(st.integers(min_value=350, max_value=419))
def test_every_fever_keeps_its_tenth(tenths: int) -> None:
    degrees, tenth = divmod(tenths, 10)
    said = f"{spoken_sino(degrees)} 도" + (f" {spoken_sino(tenth)} 부" if tenth else "")
    assert [quantity.value for quantity in find_quantities(f"어젯밤에 {said} 나왔어요")] == [pytest.approx(tenths / 10)]


@given(st.integers(min_value=90, max_value=220), st.integers(min_value=40, max_value=89))
def test_every_spoken_pressure_is_read(systolic: int, diastolic: int) -> None:
    found = find_pressures(f"혈압 {spoken_sino(systolic)}에 {spoken_sino(diastolic)}, 맥박은 정상")
    assert [(pressure.systolic, pressure.diastolic) for pressure in found] == [(systolic, diastolic)]


@pytest.mark.parametrize("text", ["140에 90", "140/90", "백사십에 구십"])
def test_pressures_as_recognisers_write_them(text: str) -> None:
    assert [(pressure.systolic, pressure.diastolic) for pressure in find_pressures(text)] == [(140, 90)]


@pytest.mark.parametrize("text", ["팔십에 백이십", "하루에 세 번", "백 일에 한 번", "오십에 이십 분"])
def test_what_cannot_be_a_pressure_is_none(text: str) -> None:
    assert find_pressures(text) == ()


@pytest.mark.parametrize("text", ["열 번은 한 것 같아요", "포도 먹었어요", "정말 아파요", "알레르기 하나 있어요"])
def test_no_unit_no_quantity(text: str) -> None:
    assert find_quantities(text) == ()


def test_values_are_written_without_needless_zeros() -> None:
    assert [written(value) for value in (2.0, 0.42, 37.8)] == ["2", "0.42", "37.8"]
