"""Guards: what nobody said goes, what somebody said stays."""

import pytest

from models.guards import is_invented, token_cap, trim_letters, trim_repeats
from scribe.domain.transcript import Word


def words(text: str) -> list[Word]:
    return [Word(text=word, start=float(i), end=i + 0.5) for i, word in enumerate(text.split())]


def said(text: str) -> str:
    return " ".join(word.text for word in trim_repeats(words(text)))


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("이곳은 이곳은 이곳은 이곳은 이곳은 이곳은", "이곳은"),
        ("고마워요. 고마워요, 고마워요 고마워요. 고마워요.", "고마워요."),
        ("약은 드세요 약은 드세요 약은 드세요 그리고", "약은 드세요 그리고"),
        ("네, 네, 네, 알겠습니다", "네, 네, 네, 알겠습니다"),
        ("하루 한 번 하루 한 번 드세요", "하루 한 번 하루 한 번 드세요"),
        ("아침에 혈압이 백오십", "아침에 혈압이 백오십"),
        ("", ""),
    ],
)
def test_loops_are_kept_once_and_speech_is_left_alone(heard: str, kept: str) -> None:
    assert said(heard) == kept


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("ㄱㄱㄱㄱㄱㄱㄱ", ""),
        ("있어.ㄱㄱㄱ", "있어."),
        ("아아아아아아아아", "아"),
        ("혈당 100000", "혈당 100000"),
        ("1,2,3,4,4,4,4,4,4,4,4,4,", "1,2,3,4,"),
        ("고마워고마워고마워고마워고마워", "고마워"),
        ("120, 120, 120", "120, 120, 120"),
        ("1111111111", "1111111111"),
        ("콩닥콩닥콩닥", "콩닥콩닥콩닥"),
        ("하하하하", "하하하하"),
    ],
)
def test_letters_that_nobody_pronounces_go(heard: str, kept: str) -> None:
    assert trim_letters(heard) == kept


@pytest.mark.parametrize(
    ("text", "speech", "no_speech", "log_probability", "invented"),
    [
        ("시청해주셔서 감사합니다.", 0.2, 0.1, -0.2, True),
        ("MBC 뉴스 김성현입니다.", 0.4, 0.1, -0.2, True),
        ("시청해주셔서 감사합니다.", 1.6, 0.1, -0.2, False),
        ("감사합니다.", 0.4, 0.1, -0.2, False),
        ("머리가 아파요", 1.0, 0.1, -0.5, False),
        ("머리가 아파요", 1.0, 0.9, -0.5, False),
        ("머리가 아파요", 1.0, 0.9, -1.4, True),
        ("머리가 아프고 속이 울렁거리고 어지러워서 왔어요", 0.6, 0.9, -0.3, True),
        ("띵", 0.22, 0.45, -1.6, True),
        ("네", 0.3, 0.1, -1.6, False),
        ("네", 0.3, 0.45, -0.9, False),
        ("머리가 아파요", 1.4, 0.45, -1.6, False),
        ("고마워요.", 0.0, 0.0, -0.1, True),
        ("...", 2.0, 0.0, -0.1, True),
    ],
)
def test_invented_text_is_told_from_speech(
    text: str, speech: float, no_speech: float, log_probability: float, invented: bool
) -> None:
    assert is_invented(text, speech=speech, no_speech=no_speech, log_probability=log_probability) is invented


def test_the_cap_leaves_room_for_quick_korean() -> None:
    assert token_cap(4.5) > 11 * 4.5
