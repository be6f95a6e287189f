from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import find_numbers, native_value, read_number, sino_value, spoken_native, spoken_sino
from tests.drafting.spoken import BEFORE, counted

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


def test_every_native_numeral_counts_before_every_counter() -> None:
    for value in range(1, 100):
        for counter in ("번", "알", "살", "시간", "달", "개", "잔", "갑", "명"):
            for gap in ("", " "):
                said = f"약 {counted(value)}{gap}{counter} 먹고"
                assert [number.value for number in find_numbers(said)] == [value], said


@given(
    st.integers(min_value=0, max_value=999_999),
    st.integers(min_value=1, max_value=99),
    st.sampled_from([" 점 ", "점", " 점"]),
    BEFORE,
)
def test_decimals_are_read_however_they_are_spaced(whole: int, hundredths: int, point: str, before: str) -> None:
    digits = f"{hundredths:02}".rstrip("0")
    spoken = "".join("영일이삼사오육칠팔구"[int(digit)] for digit in digits)
    (number,) = find_numbers(f"{before}{spoken_sino(whole)}{point}{spoken} 나왔어요")
    assert number.value == pytest.approx(float(f"{whole}.{digits}"))


@given(st.integers(min_value=100, max_value=999_999).filter(lambda value: value % 10_000 != 0), BEFORE)
def test_numerals_with_a_space_between_their_places(value: int, before: str) -> None:
    high, low = divmod(value, 10_000)
    parts = [part for part in (spoken_sino(high * 10_000) if high else "", spoken_sino(low)) if part]
    numbers = find_numbers(f"{before}{' '.join(parts)} 정도")
    assert [number.value for number in numbers] == [value]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("이삼 킬로", 2, 3),
        ("오륙 밀리", 5, 6),
        ("오륙십", 50, 60),
        ("이삼백 씨씨", 200, 300),
        ("세네 번", 3, 4),
        ("두어 시간", 2, 3),
        ("여덟아홉 개", 8, 9),
    ],
)
def test_approximate_pairs_of_every_unit(text: str, low: float, high: float) -> None:
    (number,) = find_numbers(text)
    assert (number.value, number.high) == (low, high)


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=2, max_value=10))
def test_parts_of_a_whole(count: int, whole: int) -> None:
    found = find_numbers(f"{spoken_sino(whole)}분의 {spoken_sino(count)} 정도")
    if count < whole:
        assert [number.value for number in found] == [pytest.approx(count / whole, abs=1e-4)]
    else:
        assert not any(number.end - number.start > 4 for number in found)


@pytest.mark.parametrize("text", ["두 분의 이야기", "이 분의 말씀", "삼사십오"])
def test_what_only_looks_like_a_part_or_a_pair_is_none(text: str) -> None:
    assert not any(number.value % 1 or number.high for number in find_numbers(text))
