"""Speech without text under it."""

import pytest

from models.coverage import stands_in, unread
from models.vad import Region
from scribe.domain.transcript import Word


def region(start: float, end: float) -> Region:
    return Region(start=start, end=end)


def words(*items: tuple[str, float, float]) -> list[Word]:
    return [Word(text=text, start=start, end=end) for text, start, end in items]


def test_read_speech_is_not_read_again() -> None:
    said = words(
        ("어제부터", 0.1, 0.7), ("목이", 0.7, 1.0), ("아파요.", 1.0, 1.5), ("열은", 2.6, 3.0), ("없어요.", 3.0, 3.6)
    )

    assert unread(said, [region(0.0, 1.6), region(2.5, 3.7)], 20.0) == ()


def test_a_skipped_utterance_is_found_under_the_word_that_was_stretched_over_it() -> None:
    said = words(("목이", 0.1, 0.7), ("아파요.", 0.7, 1.5), ("네,", 1.5, 6.3), ("알겠습니다.", 6.3, 7.0))
    skipped = region(2.0, 5.0)

    assert unread(said, [region(0.0, 1.6), skipped, region(5.9, 7.1)], 20.0) == (skipped,)


def test_a_skipped_end_is_found() -> None:
    assert unread(words(("네.", 0.0, 0.4)), [region(0.0, 0.5), region(3.0, 5.0)], 20.0) == (region(3.0, 5.0),)


def test_a_short_sound_without_text_is_left_alone() -> None:
    assert unread(words(("네.", 0.0, 0.4)), [region(0.0, 0.5), region(1.0, 1.7)], 20.0) == ()


def test_english_letters_are_not_syllables() -> None:
    said = words(("strengths", 0.0, 4.0))

    assert unread(said, [region(0.0, 4.0)], 20.0) == (region(0.0, 4.0),)
    assert (
        unread(
            words(("My", 0, 0.3), ("back", 0.3, 0.6), ("really", 0.6, 1.0), ("hurts", 1.0, 1.4)),
            [region(0.0, 1.5)],
            20.0,
        )
        == ()
    )


@pytest.mark.parametrize(
    ("longest", "expected"),
    [(10.0, [(0.0, 4.0), (6.0, 7.0)]), (3.0, [(0.0, 2.0), (2.5, 4.0), (6.0, 7.0)])],
)
def test_neighbours_are_read_together(longest: float, expected: list[tuple[float, float]]) -> None:
    found = unread([], [region(0.0, 2.0), region(2.5, 4.0), region(6.0, 7.0)], longest)

    assert [(item.start, item.end) for item in found] == expected


def test_many_short_sounds_in_a_row_are_an_utterance() -> None:
    sounds = [region(0.0, 0.5), region(0.7, 1.2), region(1.4, 1.9)]

    assert unread([], sounds, 10.0) == (region(0.0, 1.9),)


def test_what_stands_in_the_text_already_is_known() -> None:
    text = words(("네,", 0, 1), ("알겠습니다.", 1, 2), ("삼일치", 2, 3), ("약을", 3, 4), ("드릴게요.", 4, 5))

    assert stands_in(words(("알겠습니다,", 0, 1), ("삼일치", 1, 2)), text)
    assert not stands_in(words(("혈압은", 0, 1), ("어떠세요?", 1, 2)), text)
    assert not stands_in([], text)
