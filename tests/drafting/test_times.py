from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_sino
from scribe.drafting.times import find_durations, find_frequency, find_later, find_onsets, find_periods, find_supply

MONDAY = date(2026, 9, 14)


@pytest.mark.parametrize(
    ("text", "korean", "iso"),
    [
        ("사흘", "3일", "P3D"),
        ("한 사나흘", "3–4일", "P3D"),
        ("보름쯤", "15일", "P15D"),
        ("이 주", "2주", "P14D"),
        ("일주일", "1주", "P7D"),
        ("석 달", "3개월", "P3M"),
        ("한 시간 반", "1시간 30분", "PT1H30M"),
        ("십 년", "10년", "P10Y"),
        ("두세 달", "2–3개월", "P2M"),
        ("2주", "2주", "P14D"),
    ],
)
def test_periods(text: str, korean: str, iso: str) -> None:
    (period,) = find_periods(text)
    assert (period.korean, period.iso) == (korean, iso)


@pytest.mark.parametrize("text", ["이 주사는", "일곱 번째", "한 주사", "주변에", "이분이"])
def test_words_that_only_sound_like_periods(text: str) -> None:
    assert find_periods(text) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("그저께부터 목이", "그저께부터"),
        ("어제 밤부터 설사를", "어제 밤부터"),
        ("한 사나흘 전부터는", "사나흘 전부터"),
        ("두 시간쯤 전이요", "두 시간쯤 전"),
    ],
)
def test_onsets(text: str, said: str) -> None:
    assert find_onsets(text)[0].text == said


@pytest.mark.parametrize(
    ("text", "iso"),
    [("보름쯤 됐나", "P15D"), ("이 주 내내", "P14D"), ("석 달 동안", "P3M"), ("한 두 달 됐어요", "P2M")],
)
def test_durations(text: str, iso: str) -> None:
    assert [period.iso for period in find_durations(text)] == [iso]


@pytest.mark.parametrize(
    ("text", "record", "a_day"),
    [
        ("하루 세 번 식후 삼십 분에 드시고", "1일 3회 식후 30분", 3),
        ("하루에 두 번 아침저녁으로", "1일 2회 아침저녁", 2),
        ("아침 식후에 같이 하루 한 번", "1일 1회 아침 식후", 1),
        ("자기 삼십 분 전에 드세요", "1일 1회 자기 30분 전", 1),
        ("자기 전에 한 번", "1일 1회 자기 전", 1),
        ("이틀에 한 번", "2일 1회", 0.5),
        ("여덟 시간마다", "8시간마다", 3),
        ("필요할 때 드세요", "필요시", None),
        ("일 일 삼 회", "1일 3회", 3),
        ("1일 3회", "1일 3회", 3),
    ],
)
def test_frequencies(text: str, record: str, a_day: float | None) -> None:
    frequency = find_frequency(text)
    assert frequency is not None
    assert (frequency.text, frequency.times_per_day) == (record, a_day)


def test_no_frequency() -> None:
    assert find_frequency("약은 없고요") is None


@given(st.integers(min_value=1, max_value=365))
def test_every_supply_in_days(days: int) -> None:
    supply = find_supply(f"{spoken_sino(days)} 일치 드릴게요")
    assert supply is not None
    assert supply.days == days


@pytest.mark.parametrize(
    ("text", "days"),
    [("이 주치씩 드립니다", 14), ("열흘치", 10), ("한 달치", 30), ("십 일간요", 10), ("28일치", 28), ("구십 일치", 90)],
)
def test_supplies(text: str, days: int) -> None:
    supply = find_supply(text)
    assert supply is not None
    assert supply.days == days


@pytest.mark.parametrize("text", ["일주일 드시고 괜찮으면 올릴게요", "한 시간 지켜보다", "약 드릴게요"])
def test_no_supply(text: str) -> None:
    assert find_supply(text) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("이 주 뒤에 오세요", 14),
        ("사흘 뒤에도", 3),
        ("석 달 뒤에", 90),
        ("모레 오세요", 2),
        ("내일 봬요", 1),
        ("다음 주 화요일에", 8),
        ("이번 주 금요일로", 4),
        ("다음 달에", 30),
    ],
)
def test_appointments_count_from_the_encounter(text: str, days: int) -> None:
    assert [later.in_days for later in find_later(text, MONDAY)] == [days]
