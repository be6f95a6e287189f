"""What a physician corrects by hand keeps what was heard, and the times of the words that stay."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.domain import correcting
from scribe.domain.transcript import Correction, Transcript, Utterance, Word


def utterance(text: str, name: str = "u0", start: float = 0.0, **changes: object) -> Utterance:
    """A second a word."""
    words = tuple(
        Word(text=token, start=start + place, end=start + place + 0.9, probability=0.8)
        for place, token in enumerate(text.split())
    )
    fields: dict[str, object] = {"speaker": "patient", "words": words, "confidence": 0.8, **changes}
    return Utterance(id=name, start=start, end=start + len(words), text=text, **fields)  # type: ignore[arg-type]


SPOKEN = Transcript(
    language="ko", utterances=(utterance("약은 노 바스끄 먹어요"), utterance("네 목이 아파요", "u1", 10.0))
)


def texts(transcript: Transcript) -> list[tuple[str, str, str]]:
    return [(said.id, said.speaker, said.text) for said in transcript.utterances]


def test_a_corrected_word_has_a_time_and_what_was_heard_stays() -> None:
    said = correcting.rewritten(SPOKEN, "u0", "약은 노바스크 먹어요").utterances[0]
    assert (said.text, said.heard) == ("약은 노바스크 먹어요", "약은 노 바스끄 먹어요")
    assert [(word.text, word.start, word.end, word.probability) for word in said.words or ()] == [
        ("약은", 0.0, 0.9, 0.8), ("노바스크", 0.9, 3.0, None), ("먹어요", 3.0, 3.9, 0.8),
    ]  # fmt: skip


def test_correcting_back_forgets_that_anything_was_changed() -> None:
    there = correcting.rewritten(SPOKEN, "u0", "약은 안 먹어요")
    back = correcting.as_heard(there, "u0")
    assert (back.utterances[0].text, back.utterances[0].heard) == (SPOKEN.utterances[0].text, None)
    assert correcting.as_heard(SPOKEN, "u0") == SPOKEN


def test_a_second_correction_keeps_what_was_first_heard() -> None:
    twice = correcting.rewritten(correcting.rewritten(SPOKEN, "u0", "약은 노바스크요"), "u0", "약은 암로디핀요")
    assert twice.utterances[0].heard == "약은 노 바스끄 먹어요"


def test_a_term_read_in_words_that_stay_moves_with_them() -> None:
    term = Correction(start=3, end=8, written="노바스크", score=0.9)
    heard = Transcript(language="ko", utterances=(utterance("약은 노 바스끄 먹어요", corrections=(term,)),))
    moved = correcting.rewritten(heard, "u0", "그 약은 노 바스끄 먹어요").utterances[0]
    assert [(item.start, item.end) for item in moved.corrections or ()] == [(5, 10)]
    assert correcting.rewritten(heard, "u0", "약은 노바스끄 먹어요").utterances[0].corrections is None


def test_an_utterance_is_split_between_two_speakers() -> None:
    after = correcting.split(SPOKEN, "u1", 2, "doctor")
    assert texts(after)[1:] == [("u1", "patient", "네"), ("u2", "doctor", "목이 아파요")]
    first, second = after.utterances[1:]
    assert (first.start, first.end, second.start, second.end) == (10.0, 11.0, 11.0, 13.0)
    assert [word.text for word in second.words or ()] == ["목이", "아파요"]
    assert first.heard is None is second.heard


@pytest.mark.parametrize("at", [0, 3, 6, 8, 99])
def test_a_split_is_between_words(at: int) -> None:
    with pytest.raises(correcting.SplitError):
        correcting.split(SPOKEN, "u1", at, "doctor")


def test_a_split_after_a_correction_knows_what_was_heard_of_each_half() -> None:
    changed = correcting.rewritten(SPOKEN, "u0", "약은 노바스크 먹어요")
    first, second = correcting.split(changed, "u0", 8, "doctor").utterances[:2]
    assert (first.text, first.heard) == ("약은 노바스크", "약은 노 바스끄")
    assert (second.text, second.heard) == ("먹어요", None)


def test_split_and_merged_is_as_before() -> None:
    again = correcting.merged(correcting.split(SPOKEN, "u1", 2, "patient"), "u1")
    assert again == SPOKEN


def test_the_last_utterance_has_nothing_to_be_merged_with() -> None:
    with pytest.raises(correcting.MergeError):
        correcting.merged(SPOKEN, "u1")


def test_a_missed_utterance_stands_where_it_was_said_and_goes_again() -> None:
    after = correcting.added(SPOKEN, "u0", "doctor", "  언제부터요? ")
    assert texts(after)[1] == ("u2", "doctor", "언제부터요?")
    missed = after.utterances[1]
    assert (missed.start, missed.end, missed.heard, missed.words) == (4.0, 10.0, "", None)
    assert correcting.as_heard(after, "u2") == SPOKEN
    first = correcting.added(SPOKEN, None, "doctor", "안녕하세요")
    assert texts(first)[0] == ("u2", "doctor", "안녕하세요")


def test_what_is_beside_the_point_is_taken_out_and_back_in() -> None:
    out = correcting.excluded(SPOKEN, ("u1",), out=True)
    assert [said.id for said in out.relevant.utterances] == ["u0"]
    assert correcting.excluded(out, ("u1",), out=False) == SPOKEN


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(correcting.NoUtteranceError):
        correcting.rewritten(SPOKEN, "u9", "네")
    with pytest.raises(correcting.EmptyUtteranceError):
        correcting.rewritten(SPOKEN, "u0", " \n ")
    with pytest.raises(correcting.EmptyUtteranceError):
        correcting.added(SPOKEN, None, "doctor", "")


@given(st.text(alphabet="가나 다", min_size=1, max_size=20).filter(str.strip))
def test_words_of_any_correction_stand_in_its_text_in_order_of_time(text: str) -> None:
    said = correcting.rewritten(SPOKEN, "u0", text).utterances[0]
    words = said.words or ()
    assert " ".join(word.text for word in words) == said.text
    assert all(word.start <= word.end for word in words)
    assert all(one.start <= other.start for one, other in pairwise(words))


@given(st.integers(1, 11), st.sampled_from(["doctor", "guardian"]))
def test_a_split_loses_no_word(at: int, speaker: str) -> None:
    try:
        after = correcting.split(SPOKEN, "u0", at, speaker)  # type: ignore[arg-type]
    except correcting.SplitError:
        return
    first, second = after.utterances[:2]
    assert f"{first.text} {second.text}" == SPOKEN.utterances[0].text
    assert (*(first.words or ()), *(second.words or ())) == SPOKEN.utterances[0].words
