import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_sino
from scribe.drafting.quantities import find_pressures, find_quantities, written
from tests.drafting.spoken import AFTER, BEFORE, counted


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


UNITS = [
    ("밀리", "mg"),
    ("밀리그램", "mg"),
    ("밀리 그램", "mg"),
    ("미리", "mg"),
    ("그램", "g"),
    ("마이크로그램", "ug"),
    ("씨씨", "mL"),
    ("시시", "mL"),
    ("밀리리터", "mL"),
    ("리터", "L"),
    ("단위", "U"),
    ("유닛", "U"),
    ("아이유", "U"),
    ("킬로", "kg"),
    ("키로", "kg"),
    ("킬로그램", "kg"),
    ("센티", "cm"),
    ("밀리미터", "mm"),
    ("퍼센트", "%"),
    ("프로", "%"),
    ("밀리그램 퍼 데시리터", "mg/dL"),
    ("그램 퍼 데시리터", "g/dL"),
    ("나노그램 퍼 밀리리터", "ng/mL"),
    ("밀리몰 퍼 리터", "mmol/L"),
    ("밀리이퀴", "meq"),
    ("mg/dL", "mg/dL"),
]


@given(st.integers(min_value=2, max_value=3000), st.sampled_from(UNITS), BEFORE, AFTER)
def test_every_unit_becomes_its_ucum_code(value: int, unit: tuple[str, str], before: str, after: str) -> None:
    found = find_quantities(f"{before}{spoken_sino(value)} {unit[0]}{after}")
    assert [(quantity.value, quantity.unit) for quantity in found] == [(value, unit[1])]


@given(st.integers(min_value=1, max_value=9999).map(lambda value: value / 100), st.sampled_from(UNITS[:8]))
def test_written_decimals_keep_their_value(value: float, unit: tuple[str, str]) -> None:
    (quantity,) = find_quantities(f"약을 {value:g}{unit[0]} 드세요")
    assert (quantity.value, quantity.unit) == (pytest.approx(value), unit[1])


COUNTERS = [
    ("알", "알"),
    ("정", "정"),
    ("캡슐", "캡슐"),
    ("포", "포"),
    ("방울", "방울"),
    ("퍼프", "퍼프"),
    ("스푼", "스푼"),
    ("앰플", "앰플"),
    ("패치", "패치"),
    ("봉지", "봉"),
]


@given(st.integers(min_value=1, max_value=30), st.sampled_from(COUNTERS), st.sampled_from(["씩", " 드세요", "을", ""]))
def test_everything_counted_keeps_its_counter(value: int, counter: tuple[str, str], after: str) -> None:
    found = find_quantities(f"한 번에 {counted(value)} {counter[0]}{after}")
    assert [(quantity.value, quantity.unit) for quantity in found] == [(value, counter[1])]


@given(st.integers(min_value=1, max_value=9), st.sampled_from(["알", "정", "포", "캡슐"]))
def test_a_half_behind_a_counter_is_added(value: int, counter: str) -> None:
    (quantity,) = find_quantities(f"아침에 {counted(value)} {counter} 반 드세요")
    assert (quantity.value, quantity.unit) == (value + 0.5, counter)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("반 알", 0.5, "알"),
        ("반알씩", 0.5, "알"),
        ("반 정만", 0.5, "정"),
        ("반의 반 알", 0.25, "알"),
        ("사분의 일 알", 0.25, "알"),
        ("1/2정", 0.5, "정"),
        ("반쪽씩 드세요", 0.5, "알"),
        ("시간당 팔십 씨씨", 80, "mL/h"),
        ("산소 분당 이 리터로", 2, "L/min"),
        ("킬로당 십오 밀리", 15, "mg/kg"),
        ("열두 단위", 12, "U"),
        ("스무 단위", 20, "U"),
        ("다섯 킬로 빠졌어요", 5, "kg"),
    ],
)
def test_parts_rates_and_native_amounts(text: str, value: float, unit: str) -> None:
    (quantity,) = find_quantities(text)
    assert (quantity.value, quantity.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize(
    "text", ["네 그램 염색이요", "몸 반쪽이 저려요", "두 포기", "한 병", "반 정도 남았어요", "세 정거장"]
)
def test_what_only_sounds_like_an_amount_is_none(text: str) -> None:
    assert find_quantities(text) == ()


JOINTS = ["에 ", "에", "/", " ", "에다 ", " 다시 "]


@given(
    st.integers(min_value=90, max_value=220),
    st.integers(min_value=40, max_value=89),
    st.sampled_from(JOINTS),
    BEFORE,
    st.sampled_from(["이에요.", " 나왔어요.", ", 맥박은 정상이고요.", " 정도요.", ""]),
)
def test_pressures_however_they_are_joined(systolic: int, diastolic: int, joint: str, before: str, after: str) -> None:
    if diastolic % 10 in (0, 1, 2) and after.startswith("이"):
        return  # "팔십이에요" is eighty with the copula: the digit two is contracted in speech
    if joint == " " and systolic % 100 == 0:
        return  # "백 사십" is a hundred and forty
    found = find_pressures(f"{before}혈압이 {spoken_sino(systolic)}{joint}{spoken_sino(diastolic)}{after}")
    assert [(pressure.systolic, pressure.diastolic, pressure.is_guess) for pressure in found] == [
        (systolic, diastolic, False)
    ]


@given(st.integers(min_value=90, max_value=220), st.integers(min_value=40, max_value=89))
def test_pressures_in_digits(systolic: int, diastolic: int) -> None:
    for said in (f"{systolic}/{diastolic}", f"{systolic}에 {diastolic}", f"BP {systolic} {diastolic}"):
        assert [(pressure.systolic, pressure.diastolic) for pressure in find_pressures(said)] == [(systolic, diastolic)]


@pytest.mark.parametrize(
    "text",
    [
        "수축기 백사십 이완기 구십",
        "위가 백사십 아래가 구십",
        "수축기가 백사십이고 이완기가 구십이에요",
        "혈압 백사십, 구십이요",
    ],
)
def test_pressures_by_the_name_of_each_value(text: str) -> None:
    assert [(pressure.systolic, pressure.diastolic) for pressure in find_pressures(text)] == [(140, 90)]


@pytest.mark.parametrize(
    "text", ["혈당 백사십, 구십", "위가 아파요. 백사십에 한 번", "백오십 대 구십 대", "백삼십에서 백사십 사이"]
)
def test_two_numbers_that_are_no_pressure(text: str) -> None:
    assert find_pressures(text) == ()


@given(
    st.integers(min_value=350, max_value=419),
    st.sampled_from(["{d} 도 {t} 부", "{d}도 {t}부", "{d} 점 {t} 도", "{d}점{t}도"]),
    BEFORE,
)
def test_temperatures_in_every_wording(tenths: int, wording: str, before: str) -> None:
    degrees, tenth = divmod(tenths, 10)
    said = wording.format(d=spoken_sino(degrees), t=spoken_sino(tenth)) if tenth else f"{spoken_sino(degrees)} 도"
    (quantity,) = find_quantities(f"{before}{said}까지 올랐어요")
    assert (quantity.value, quantity.unit) == (pytest.approx(tenths / 10), "Cel")


@given(st.integers(min_value=40, max_value=150))
def test_glycated_haemoglobin_and_glucose(tenths: int) -> None:
    whole, tenth = divmod(tenths, 10)
    said = spoken_sino(whole) + (f" 점 {spoken_sino(tenth)}" if tenth else "")
    (share,) = find_quantities(f"당화혈색소가 {said} 프로예요")
    assert (share.value, share.unit) == (pytest.approx(tenths / 10), "%")
    (glucose,) = find_quantities(f"공복 혈당이 {spoken_sino(tenths * 3)} 밀리그램 퍼 데시리터")
    assert (glucose.value, glucose.unit) == (tenths * 3, "mg/dL")
