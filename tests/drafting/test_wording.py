"""Written words and the words by which they are said."""

import unicodedata
from importlib.resources import files

import pytest

from scribe.drafting.verify.wording import is_charted, is_spoken, spelled, spoken_forms


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("부종", "발목이 부었어요"),
        ("인후통", "목이 좀 따가워요"),
        ("배뇨통", "소변볼 때 아파요"),
        ("식욕부진", "입맛이 통 없어요"),
        ("체중 감소", "살이 많이 빠졌어요"),
    ],
)
def test_chart_words_are_told_in_plain_ones(word: str, said: str) -> None:
    assert is_spoken(word, said)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("부종", "기침이 나요"),
        ("요통", "허리는 요새 아주 괜찮은 편이고요, 그런데 배가 아파요"),
        ("두통", "배가 아파요"),
    ],
)
def test_other_complaints_are_not(word: str, said: str) -> None:
    assert not is_spoken(word, said)


def test_a_form_may_deny_or_tell_nothing() -> None:
    assert any(form.is_negative for form in spoken_forms("불면"))
    assert any(form.tells_nothing for form in spoken_forms("경부 강직"))
    assert not is_charted("그냥")


def test_abbreviations_are_spelled_as_they_are_said() -> None:
    assert (spelled("OGTT"), spelled("ct")) == ("오지티티", "씨티")


def test_the_table_is_sorted_nfc_and_without_duplicates() -> None:
    text = (files("scribe.drafting") / "lexicon" / "spoken_forms.tsv").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")][1:]
    words = [row[0] for row in rows]
    assert all(len(row) == 2 and all(form.strip("~+ ") for form in row[1].split("|")) for row in rows)
    assert words == sorted(set(words))
