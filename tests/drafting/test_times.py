from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_sino
from scribe.drafting.times import find_durations, find_frequency, find_later, find_onsets, find_periods, find_supply
from tests.drafting.spoken import BEFORE, counted

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


DAY_POINTS = [("오늘", 0), ("어제", 1), ("어젯밤", 1), ("간밤", 1), ("그저께", 2), ("엊그제", 2), ("그끄저께", 3)]


@given(st.sampled_from(DAY_POINTS), st.dates(min_value=date(2001, 1, 10), max_value=date(2090, 1, 1)), BEFORE)
def test_days_past_are_dates_relative_to_the_encounter(point: tuple[str, int], today: date, before: str) -> None:
    onsets = find_onsets(f"{before}{point[0]}부터 아팠어요")
    assert [onset.date(today) for onset in onsets] == [(today - timedelta(days=point[1])).isoformat()]


@given(st.integers(min_value=1, max_value=60), st.dates(min_value=date(2001, 1, 10), max_value=date(2090, 1, 1)))
def test_so_many_days_ago_is_a_day_and_so_many_years_ago_a_year(count: int, today: date) -> None:
    (day,) = find_onsets(f"{spoken_sino(count)} 일 전부터요")
    assert day.date(today) == (today - timedelta(days=count)).isoformat()
    (year,) = find_onsets(f"{spoken_sino(count)} 년 전에 수술했어요")
    assert year.date(today) == str(today.year - count)


@given(st.integers(min_value=1, max_value=24), st.dates(min_value=date(2001, 1, 10), max_value=date(2090, 1, 1)))
def test_so_many_months_ago_is_a_month(count: int, today: date) -> None:
    (onset,) = find_onsets(f"{counted(count)} 달 전부터요")
    months = today.year * 12 + today.month - 1 - count
    assert onset.date(today) == f"{months // 12}-{months % 12 + 1:02}"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("작년 오월부터", "2025-05"),
        ("재작년 십이월", "2024-12"),
        ("작년에", "2025"),
        ("올해 삼월부터", "2026-03"),
        ("지난달부터", "2026-08"),
        ("유월부터", "2026-06"),
        ("십일월 초부터", "2025-11"),
        ("지난주 금요일부터", "2026-09-11"),
        ("석 달 전부터", "2026-06"),
        ("보름 전부터", "2026-08-30"),
        ("두 시간 전부터", "2026-09-14"),
        ("며칠 전부터", None),
        ("사나흘 전부터", None),
        ("작년 가을부터", "2025"),
    ],
)
def test_onsets_as_dates_no_more_precise_than_they_were_said(text: str, iso: str | None) -> None:
    (onset,) = find_onsets(text)
    assert onset.date(MONDAY) == iso


@given(
    st.integers(min_value=1, max_value=90),
    st.sampled_from(["치", "분", "간", " 동안"]),
    st.sampled_from([" 드릴게요", " 처방할게요", " 드세요"]),
)
def test_every_supply_however_it_is_worded(days: int, wording: str, after: str) -> None:
    supply = find_supply(f"약은 {spoken_sino(days)} 일{wording}{after}")
    assert supply is not None
    assert supply.days == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("삼 일 드릴게요", 3),
        ("사 주 처방할게요", 28),
        ("한 달 처방", 30),
        ("구십일분 드릴게요", 90),
        ("열나흘치", 14),
        ("보름치", 15),
        ("이틀분", 2),
    ],
)
def test_supplies_without_a_counter(text: str, days: int) -> None:
    supply = find_supply(text)
    assert supply is not None
    assert supply.days == days


@given(
    st.integers(min_value=1, max_value=52),
    st.sampled_from([("일", 1), ("주", 7), ("개월", 30), ("년", 365)]),
    st.sampled_from([" 뒤에", " 후에", "쯤 뒤에", " 있다가"]),
    BEFORE,
)
def test_every_appointment_in_days(count: int, unit: tuple[str, int], after: str, before: str) -> None:
    found = find_later(f"{before}{spoken_sino(count)} {unit[0]}{after} 오세요", MONDAY)
    assert [later.in_days for later in found] == [count * unit[1]]


@given(st.sampled_from("월화수목금토일"), st.dates(min_value=date(2001, 1, 10), max_value=date(2090, 1, 1)))
def test_a_weekday_is_the_next_one(weekday: str, today: date) -> None:
    (later,) = find_later(f"{weekday}요일에 오세요", today)
    assert 1 <= later.in_days <= 7
    assert "월화수목금토일"[(today + timedelta(days=later.in_days)).weekday()] == weekday


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2090, 1, 1)), st.integers(min_value=1, max_value=300))
def test_a_date_to_come_counts_from_the_encounter(today: date, ahead: int) -> None:
    then = today + timedelta(days=ahead)
    month = {6: "유", 10: "시"}.get(then.month, spoken_sino(then.month))
    (later,) = find_later(f"{month}월 {spoken_sino(then.day)}일에 오세요", today)
    if then.month != today.month:
        assert (later.in_days, later.text) == (ahead, f"{then.month}월 {then.day}일")


@pytest.mark.parametrize(
    "text", ["팔월 삼일에 수술했어요", "지난 금요일에 오셨죠", "매주 금요일에 오세요", "월요일부터 아팠어요"]
)
def test_what_is_past_or_repeated_is_no_appointment(text: str) -> None:
    assert find_later(text, MONDAY) == ()
