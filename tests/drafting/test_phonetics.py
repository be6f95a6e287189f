import pytest
from rapidfuzz.distance import Levenshtein

from scribe.drafting.phonetics import pronounced, spelled


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("옷이", "ㅗㅅㅣ"),
        ("닭이", "ㄷㅏㄹㄱㅣ"),
        ("값이", "ㄱㅏㅂㅅㅣ"),
        ("부엌", "ㅂㅜㅓㄱ"),
        ("꽃", "ㄲㅗㄷ"),
        ("굳이", "ㄱㅜㅈㅣ"),
        ("같이", "ㄱㅏㅊㅣ"),
        ("좋다", "ㅈㅗㅌㅏ"),
        ("많고", "ㅁㅏㄴㅋㅗ"),
        ("않아", "ㅏㄴㅏ"),
        ("입학", "ㅣㅍㅏㄱ"),
        ("앉히다", "ㅏㄴㅊㅣㄷㅏ"),
        ("국물", "ㄱㅜㅇㅁㅜㄹ"),
        ("독립", "ㄷㅗㅇㄴㅣㅂ"),
        ("심리", "ㅅㅣㅁㄴㅣ"),
        ("신라", "ㅅㅣㄹㄹㅏ"),
        ("칼날", "ㅋㅏㄹㄹㅏㄹ"),
        ("학교", "ㅎㅏㄱㄲㅛ"),
        ("없다", "ㅓㅂㄸㅏ"),
        ("읽고", "ㅣㄱㄲㅗ"),
        ("희망", "ㅎㅣㅁㅏㅇ"),
        ("가져", "ㄱㅏㅈㅓ"),
        ("mg 5", ""),
    ],
)
def test_text_is_pronounced_by_the_standard_rules(text: str, sounds: str) -> None:
    assert pronounced(text) == sounds


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("내과", "네과"),
        ("왜", "외"),
        ("독립", "동닙"),
        ("신라", "실라"),
        ("굳이", "구지"),
        ("학교", "학꾜"),
        ("괜찮아", "괜차나"),
    ],
)
def test_what_sounds_the_same_is_spelled_the_same(one: str, other: str) -> None:
    assert spelled(one) == spelled(other)


@pytest.mark.parametrize(
    ("said", "heard", "edits"),
    [
        ("노바스크", "노바스끄", 1),
        ("메트포르민", "메트폴민", 1),
        ("아토르바스타틴", "아톨바스타틴", 1),
        ("로사르탄", "노사르탄", 2),
        ("리피토", "리피도", 1),
    ],
)
def test_what_is_often_confused_lies_close(said: str, heard: str, edits: int) -> None:
    assert Levenshtein.distance(spelled(said), spelled(heard)) == edits
