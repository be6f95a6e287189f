"""What of a hypothesis is shown while someone speaks."""

import pytest

from edge_agent.plausible import plausible
from scribe.domain.transcript import Word


def timed(*items: tuple[str, float, float]) -> list[Word]:
    return [Word(text=text, start=start, end=end) for text, start, end in items]


def test_words_squeezed_into_no_time_are_left_out() -> None:
    heard = timed(("오늘은", 0.0, 0.6), ("어디가", 0.6, 1.1), ("오늘은", 1.1, 1.12), ("어디가", 1.12, 1.12))

    assert [word.text for word in plausible(heard)] == ["오늘은", "어디가"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("목이 아파요 목이 아파요 목이", "목이 아파요 목이"),
        ("김가람님 김가람님 안녕하세요", "김가람님 안녕하세요"),
        ("네 네 네", "네 네 네"),
        ("thank you thank you", "thank you"),
        ("하루 세 번 식후", "하루 세 번 식후"),
    ],
)
def test_a_phrase_is_shown_once(said: str, kept: str) -> None:
    heard = timed(*((word, index * 0.5, index * 0.5 + 0.5) for index, word in enumerate(said.split())))

    assert " ".join(word.text for word in plausible(heard)) == kept


def test_quick_english_is_not_squeezed() -> None:
    heard = timed(("appointment", 0.0, 0.35), ("tomorrow", 0.35, 0.65))

    assert len(plausible(heard)) == 2
    assert plausible([]) == ()
