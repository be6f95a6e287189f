import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.frequency import find_frequency
from scribe.drafting.numbers import spoken_sino
from tests.drafting.spoken import counted

MEALS = [
    ("식후 삼십 분에", "식후 30분"),
    ("식전 삼십 분에", "식전 30분"),
    ("식후에", "식후"),
    ("식후 바로", "식사 직후"),
    ("밥 먹고 바로", "식사 직후"),
    ("밥 먹고 삼십 분 있다가", "식후 30분"),
    ("식사하고 같이", "식사와 함께"),
    ("공복에", "공복"),
    ("", ""),
]


@given(
    st.integers(min_value=1, max_value=6),
    st.sampled_from(["하루 {} 번", "하루에 {} 번", "하루 {}번", "하루에 {} 차례", "매일 {} 번"]),
    st.sampled_from(MEALS),
    st.sampled_from(["한 알씩 ", "오백 밀리 ", ""]),
    st.sampled_from([" 드세요", " 드시면 돼요", "요", ""]),
)
def test_times_a_day_with_meals(times: int, wording: str, meal: tuple[str, str], dose: str, after: str) -> None:
    frequency = find_frequency(f"{dose}{wording.format(counted(times))} {meal[0]}{after}")
    assert frequency is not None
    assert frequency.times_per_day == times
    assert frequency.text == f"1일 {times}회 {meal[1]}".strip()


@given(st.integers(min_value=1, max_value=6))
def test_times_a_day_as_charts_write_them(times: int) -> None:
    for said in (f"1일 {times}회", f"일 일 {spoken_sino(times)} 회", f"하루 {times}번"):
        frequency = find_frequency(said)
        assert frequency is not None
        assert (frequency.text, frequency.times_per_day) == (f"1일 {times}회", times)


@given(st.sampled_from([2, 3, 4, 6, 8, 12, 24]), st.sampled_from(["마다", " 간격으로", "에 한 번"]))
def test_hours_between_doses(hours: int, each: str) -> None:
    frequency = find_frequency(f"{counted(hours)} 시간{each} 드세요")
    assert frequency is not None
    assert (frequency.text, frequency.times_per_day) == (f"{hours}시간마다", pytest.approx(24 / hours, abs=1e-3))


@pytest.mark.parametrize(
    ("text", "record", "a_day"),
    [
        ("아침에 한 알 저녁에 한 알", "1일 2회 아침저녁", 2),
        ("아침 한 알, 점심 한 알, 저녁 두 알", "1일 3회 아침 점심 저녁", 3),
        ("저녁은 빼고 아침에만", "1일 1회 아침", 1),
        ("하루 걸러 한 번", "2일 1회", 0.5),
        ("격일로 드세요", "2일 1회", 0.5),
        ("이틀에 한 번", "2일 1회", 0.5),
        ("사흘에 한 번", "3일 1회", 0.3333),
        ("일주일 한 번", "주 1회", 0.1429),
        ("주 삼 회", "주 3회", 0.4286),
        ("월수금에 드세요", "주 3회 월수금", 0.4286),
        ("매주 월요일", "주 1회 월요일", 0.1429),
        ("월요일마다", "주 1회 월요일", 0.1429),
        ("석 달에 한 번", "3개월 1회", 0.0111),
        ("육 개월에 한 번", "6개월 1회", 0.0056),
        ("날마다", "1일 1회", 1),
        ("매 식후", "1일 3회 식후", 3),
        ("끼니마다", "1일 3회", 3),
        ("하루 두 번에서 세 번", "1일 2–3회", None),
        ("하루 두세 번", "1일 2–3회", None),
        ("네 시간에서 여섯 시간마다", "4–6시간마다", None),
        ("아플 때만", "필요시", None),
    ],
)
def test_other_rhythms(text: str, record: str, a_day: float | None) -> None:
    frequency = find_frequency(text)
    assert frequency is not None
    assert (frequency.text, frequency.times_per_day) == (record, a_day)


@pytest.mark.parametrize("text", ["약은 없고요", "두 시간 전에 드셨어요", "지난주에 왔어요", "수술한 적이 있어요"])
def test_what_says_no_rhythm(text: str) -> None:
    assert find_frequency(text) is None
