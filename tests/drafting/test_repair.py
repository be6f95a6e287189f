"""Corrections in mid-sentence, generated: the last value holds, the first is remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import find_numbers, spoken_sino
from scribe.drafting.quantities import find_pressures, find_quantities
from scribe.drafting.repair import repair

NO = st.sampled_from([", 아니 ", " 아니 ", ", 아니다, ", ", 아, 아니 ", "… 아니 ", ", 아니지 ", ", 어, 아니 "])
UNITS = st.sampled_from(["밀리", "밀리그램", "씨씨", "단위", "번", "일치", "킬로", "알", "퍼센트"])
TWO = st.lists(
    st.integers(min_value=11, max_value=899).filter(lambda value: value != 100), min_size=2, max_size=2, unique=True
)


@given(TWO, NO, UNITS, st.booleans(), st.sampled_from([" 드릴게요", "로 할게요", " 정도요", ""]))
def test_the_last_number_holds_and_the_first_is_remembered(
    values: list[int], no: str, unit: str, with_unit: bool, after: str
) -> None:
    first, last = map(spoken_sino, values)
    said = f"약은 {first}{f' {unit}' if with_unit else ''}{no}{last} {unit}{after}"
    repaired = repair(said)
    assert values[1] in [number.value for number in find_numbers(repaired.text)]
    assert values[0] not in [number.value for number in find_numbers(repaired.text)]
    (retraction,) = repaired.retractions
    assert said[retraction.start : retraction.end].startswith(first)
    assert said[retraction.instead_start :].startswith(last)
    assert len(repaired.text) == len(said)


@given(TWO, NO, st.sampled_from([("밀리그램", "mg"), ("씨씨", "mL"), ("단위", "U"), ("킬로", "kg")]))
def test_only_the_last_amount_is_left(values: list[int], no: str, unit: tuple[str, str]) -> None:
    said = f"{spoken_sino(values[0])} {unit[0]}{no}{spoken_sino(values[1])} {unit[0]}로요"
    found = find_quantities(repair(said).text)
    assert [(quantity.value, quantity.unit) for quantity in found] == [(values[1], unit[1])]


@pytest.mark.parametrize(
    ("said", "pressure"),
    [
        ("혈압 백사십에, 아니 백삼십에 팔십이에요", (130, 80)),
        ("혈압은 백오십, 아니 백사십에 구십이고요", (140, 90)),
    ],
)
def test_a_pressure_that_was_begun_again(said: str, pressure: tuple[int, int]) -> None:
    found = find_pressures(repair(said).text)
    assert [(one.systolic, one.diastolic) for one in found] == [pressure]


@given(TWO, st.sampled_from(["하고 ", "에서 ", ", 그리고 ", "이고 저녁엔 "]))
def test_two_numbers_without_a_correction_both_stay(values: list[int], joint: str) -> None:
    said = f"{spoken_sino(values[0])} 밀리{joint}{spoken_sino(values[1])} 밀리 드세요"
    assert repair(said).retractions == ()
