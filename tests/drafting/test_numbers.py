from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import find_numbers, native_value, read_number, sino_value, spoken_native, spoken_sino

WHOLE = st.integers(min_value=0, max_value=1_000_000)


@given(WHOLE)
def test_every_whole_number_to_a_million_is_read_back_from_its_sino_korean_form(value: int) -> None:
    spoken = spoken_sino(value)
    number = read_number(spoken)
    assert number is not None
    assert (number.value, number.end) == (value, len(spoken))


@given(st.integers(min_value=0, max_value=99_999_99).map(lambda hundredths: Decimal(hundredths) / 100))
def test_decimals_to_two_places_are_read_back(value: Decimal) -> None:
    number = read_number(spoken_sino(value))
    assert number is not None
    assert number.value == pytest.approx(float(value), abs=1e-9)


@given(st.integers(min_value=1, max_value=999))
def test_native_numerals_are_read_back(value: int) -> None:
    number = read_number(spoken_native(value))
    assert number is not None
    assert number.value == value


@given(WHOLE)
def test_digits_are_read_with_and_without_commas(value: int) -> None:
    for written in (str(value), f"{value:,}"):
        number = read_number(written)
        assert number is not None
        assert (number.value, number.end) == (value, len(written))


@given(
    st.integers(min_value=10, max_value=9999),
    st.sampled_from(["이에요", "이고요", "이요", "입니다", " 나왔어요", " 정도요", "까지"]),
)
def test_endings_after_a_number_are_not_read_as_digits(value: int, ending: str) -> None:
    spoken = spoken_sino(value)
    if spoken[-1] in "이일" and ending.startswith("이"):
        return  # 육십이 + 이고요 is contracted in speech and cannot be told from 육십 + 이고요
    found = find_numbers(f"수치는 {spoken}{ending}")
    assert [number.value for number in found] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("혈압은 백십팔에 칠십육, 맥박은 팔십팔이고요", [118, 76, 88]),
        ("당화혈색소가 칠 점 팔이에요", [7.8]),
        ("트로포닌 공 점 사 이로 높게 나왔어요", [0.42]),
        ("체온은 삼십육 점 칠이요", [36.7]),
        ("점수가 십육 점이에요", [16]),
        ("혈소판이 구만 팔천이에요", [98_000]),
        ("백혈구 삼천이백", [3200]),
        ("LDL은 백십팔인데", [118]),
        ("140에 90이고 38.2도", [140, 90, 38.2]),
        ("호중구가 3만 2천", [32_000]),
        ("백이고요", [100]),
        ("백사에 육십이", [104, 62]),
    ],
)
def test_numbers_as_people_say_them(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    ["열은 없고 기침만", "백신 맞았어요", "만성 기관지염", "천식이 있어요", "두통이 심해요", "세파 계열", "십자인대"],
)
def test_words_that_begin_like_numbers_are_none(text: str) -> None:
    assert [number for number in find_numbers(text) if not number.is_single_syllable] == []


def test_approximate_pairs_keep_both_ends() -> None:
    (number,) = find_numbers("서너 번")
    assert (number.value, number.high) == (3, 4)


@pytest.mark.parametrize("text", ["", "가나다", "12", "백 원"])
def test_what_is_no_numeral_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="numeral"):
        sino_value(text)
    with pytest.raises(ValueError, match="numeral"):
        native_value(text)


@pytest.mark.parametrize("value", [-1, 10**8])
def test_numbers_beyond_the_range_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="spoken"):
        spoken_sino(value)
