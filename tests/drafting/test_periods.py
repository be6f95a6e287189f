import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_sino
from scribe.drafting.periods import find_periods
from tests.drafting.spoken import AFTER, BEFORE, counted

SINO_UNITS = [("일", "P{}D"), ("년", "P{}Y"), ("개월", "P{}M"), ("분", "PT{}M"), ("시간", "PT{}H")]
NATIVE_UNITS = [("달", "P{}M"), ("시간", "PT{}H"), ("해", "P{}Y")]


@given(st.integers(min_value=1, max_value=99), st.sampled_from(SINO_UNITS), BEFORE, st.sampled_from(["", " "]), AFTER)
def test_every_counted_stretch_becomes_iso_8601(
    value: int, unit: tuple[str, str], before: str, gap: str, after: str
) -> None:
    if gap == "" and (unit[0], value % 10) == ("일", 1):
        return  # "십일일" is eleven days; "십일" without a space is ten, see below
    (period,) = find_periods(f"{before}{spoken_sino(value)}{gap}{unit[0]} 동안{after}")
    assert period.iso == unit[1].format(value)


@given(st.integers(min_value=1, max_value=99), st.sampled_from(NATIVE_UNITS), BEFORE, AFTER)
def test_native_numerals_count_months_hours_and_years(
    value: int, unit: tuple[str, str], before: str, after: str
) -> None:
    (period,) = find_periods(f"{before}{counted(value)} {unit[0]} 동안{after}")
    assert period.iso == unit[1].format(value)


@given(st.integers(min_value=1, max_value=50))
def test_weeks_in_digits_and_words_are_days(value: int) -> None:
    for said in (f"{value}주", f"{spoken_sino(value)} 주", f"{spoken_sino(value)} 주일"):
        (period,) = find_periods(f"{said} 동안 아팠어요")
        assert (period.iso, period.days) == (f"P{value * 7}D", value * 7)


@given(st.integers(min_value=1, max_value=20), st.integers(min_value=1, max_value=11))
def test_years_and_months_are_one_stretch(years: int, months: int) -> None:
    for said in (f"{spoken_sino(years)} 년 {spoken_sino(months)} 개월", f"{years}년 {months}개월"):
        (period,) = find_periods(f"{said}쯤 됐어요")
        assert (period.iso, period.korean) == (f"P{years}Y{months}M", f"{years}년 {months}개월")


@given(st.integers(min_value=1, max_value=11), st.integers(min_value=1, max_value=59))
def test_hours_and_minutes_are_one_stretch(hours: int, minutes: int) -> None:
    (period,) = find_periods(f"{counted(hours)} 시간 {spoken_sino(minutes)} 분 걸렸어요")
    assert (period.iso, period.korean) == (f"PT{hours}H{minutes}M", f"{hours}시간 {minutes}분")


@pytest.mark.parametrize(
    ("text", "iso", "high"),
    [
        ("하루", "P1D", None),
        ("하루 이틀", "P1D", 2),
        ("이틀", "P2D", None),
        ("사흘", "P3D", None),
        ("사나흘", "P3D", 4),
        ("사흘 나흘", "P3D", 4),
        ("나흘째", "P4D", None),
        ("닷새", "P5D", None),
        ("대엿새", "P5D", 6),
        ("엿새", "P6D", None),
        ("예니레", "P6D", 7),
        ("이레", "P7D", None),
        ("여드레", "P8D", None),
        ("아흐레", "P9D", None),
        ("열흘", "P10D", None),
        ("열하루", "P11D", None),
        ("열나흘", "P14D", None),
        ("보름", "P15D", None),
        ("스무하루", "P21D", None),
        ("두어 달", "P2M", 3),
        ("서너 시간", "PT3H", 4),
        ("이삼 일", "P2D", 3),
        ("오륙 년", "P5Y", 6),
        ("십여 년", "P10Y", None),
        ("반년", "P6M", None),
        ("일 년 반", "P1Y6M", None),
        ("한 달 반", "P45D", None),
        ("석 달 열흘", "P100D", None),
        ("한 시간 반", "PT1H30M", None),
        ("십일 동안", "P10D", None),
        ("삼십일 전에", "P30D", None),
        ("십일 일 동안", "P11D", None),
    ],
)
def test_words_for_stretches_of_time(text: str, iso: str, high: float | None) -> None:
    (period,) = find_periods(f"{text} 됐어요")
    assert (period.iso, period.high) == (iso, high)


@pytest.mark.parametrize("text", ["이천십오 년에 수술했어요", "2015년", "이 해는", "하루에 두 시간씩"])
def test_years_of_the_calendar_and_daily_hours_are_no_joined_stretch(text: str) -> None:
    assert all(period.unit != "year" and period.value == int(period.value) for period in find_periods(text))
