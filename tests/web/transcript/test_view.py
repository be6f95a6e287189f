from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.transcript import Correction, Transcript, Utterance, Word
from scribe.web.transcript.view import LOW_CONFIDENCE, UtteranceView, utterance_view, utterance_views


def spoken(text: str, words: tuple[Word, ...] | None = None, **changes: object) -> Utterance:
    return Utterance(id="u0", speaker="patient", start=2.0, end=6.0, text=text, words=words, **changes)  # type: ignore[arg-type]


def word(text: str, start: float, end: float, probability: float | None = 0.9) -> Word:
    return Word(text=text, start=start, end=end, probability=probability)


def runs(view: UtteranceView) -> list[tuple[str, int | None]]:
    return [(run.text, run.doubt) for run in view.runs]


def test_the_runs_joined_are_the_text(transcript: Transcript) -> None:
    assert ["".join(run.text for run in view.runs) for view in utterance_views(transcript)] == [
        utterance.text for utterance in transcript.utterances
    ]


def test_uncertain_words_are_marked_and_others_are_not() -> None:
    said = spoken(
        "열이 삼십팔 도예요", (word("열이", 2, 3, 0.99), word("삼십팔", 3, 4, 0.31), word("도예요", 4, 5, None))
    )
    assert runs(utterance_view(said)) == [("열이 ", None), ("삼십팔", 31), (" 도예요", None)]
    sure = replace(said, words=(word("열이", 2, 3, LOW_CONFIDENCE),))
    assert runs(utterance_view(sure)) == [("열이 삼십팔 도예요", None)]


def test_a_term_that_was_misheard_is_a_run_of_its_own() -> None:
    term = Correction(start=0, end=4, written="노바스크", score=0.9)
    view = utterance_view(spoken("노바스끄 드세요", corrections=(term,)))
    assert [(run.text, run.closes) for run in view.runs] == [("노바스끄", term), (" 드세요", None)]


def test_the_times_of_words_are_one_number_each() -> None:
    view = utterance_view(spoken("목이 아파요", (word("목이", 2.1, 2.9), word("아파요", 3.0, 4.2))))
    assert (view.times, view.places) == ("10 100", "")


def test_words_that_are_cut_otherwise_tell_where_they_begin() -> None:
    view = utterance_view(spoken("혈압은백이십", (word("혈압은", 2, 3), word("백이십", 3, 4))))
    assert (view.times, view.places) == ("", "0 0 3 100")
    missed = utterance_view(spoken("기침이 나요", (word("기치미", 2, 3, 0.2), word("나요", 3, 4, 0.2))))
    assert (missed.places, runs(missed)) == ("4 100", [("기침이 ", None), ("나요", 20)])


def test_what_was_changed_by_hand_is_told() -> None:
    view = utterance_view(spoken("노바스크요", heard="노 바스끄요", excluded=True))
    assert (view.heard, view.added, view.excluded) == ("노 바스끄요", False, True)
    assert utterance_view(spoken("네", heard="")).added


@given(text=st.text(min_size=1, max_size=30), doubts=st.lists(st.floats(0, 1), min_size=30, max_size=30))
def test_any_text_stays_whole_and_every_word_has_its_time(text: str, doubts: list[float]) -> None:
    tokens = text.split()
    words = tuple(
        word(token, 2 + place / 10, 2.1 + place / 10, doubt)
        for place, (token, doubt) in enumerate(zip(tokens, doubts, strict=False))
    )
    view = utterance_view(spoken(text, words))
    assert "".join(run.text for run in view.runs) == text
    assert len(view.times.split()) == len(tokens)
