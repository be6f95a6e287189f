"""The dates that words for a beginning name."""

from datetime import date

import pytest

from scribe.domain.onset import month_number, named_date

MONDAY = date(2026, 9, 14)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("어제부터", "2026-09-13"),
        ("그끄저께", "2026-09-11"),
        ("오늘 아침부터", "2026-09-14"),
        ("지난주 금요일부터", "2026-09-11"),
        ("지난달 말", "2026-08"),
        ("작년 오월", "2025-05"),
        ("재작년", "2024"),
        ("십이월부터", "2025-12"),
        ("3월 초부터", "2026-03"),
        ("지난주부터", None),
        ("사흘 전", None),
        ("며칠 전부터", None),
        ("", None),
    ],
)
def test_words_name_a_date_no_finer_than_they_say(words: str, expected: str | None) -> None:
    assert named_date(words, MONDAY) == expected


def test_last_month_of_january_is_last_years() -> None:
    assert named_date("지난달", date(2026, 1, 5)) == "2025-12"


@pytest.mark.parametrize(("name", "number"), [("일월", 1), ("유월", 6), ("시월", 10), ("12월", 12)])
def test_months_are_read_as_words_and_as_numbers(name: str, number: int) -> None:
    assert month_number(name) == number
