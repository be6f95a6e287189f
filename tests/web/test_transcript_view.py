from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.entries import Evidence
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.web.draft_view import all_evidence
from scribe.web.transcript_view import quotes, transcript_view


def spoken(text: str, words: tuple[Word, ...] | None = None) -> Transcript:
    utterance = Utterance(id="u0", speaker="patient", start=2.0, end=6.0, text=text, words=words)
    return Transcript(language="ko", utterances=(utterance,))


def word(text: str, start: float, end: float, probability: float | None = 0.9) -> Word:
    return Word(text=text, start=start, end=end, probability=probability)


def test_the_pieces_joined_are_the_text(draft: Draft, transcript: Transcript) -> None:
    views = transcript_view(transcript, all_evidence(draft))
    assert ["".join(piece.text for piece in view.pieces) for view in views] == [
        utterance.text for utterance in transcript.utterances
    ]


def test_every_quote_is_a_run_of_whole_pieces(draft: Draft, transcript: Transcript) -> None:
    views = {view.id: view for view in transcript_view(transcript, all_evidence(draft))}
    for evidence in all_evidence(draft):
        pieces = views[evidence.utterance].pieces
        inside = [piece for piece in pieces if evidence.start <= piece.start and piece.end <= evidence.end]
        text = transcript.utterance(evidence.utterance).text  # type: ignore[union-attr]
        assert "".join(piece.text for piece in inside) == text[evidence.start : evidence.end]


def test_uncertain_words_are_marked_and_others_are_not() -> None:
    transcript = spoken(
        "열이 삼십팔 도예요", (word("열이", 2, 3, 0.99), word("삼십팔", 3, 4, 0.3), word("도예요", 4, 5, None))
    )
    (view,) = transcript_view(transcript, ())
    assert [piece.text for piece in view.pieces if piece.uncertain] == ["삼십팔"]


def test_a_piece_sounds_when_its_word_does() -> None:
    (view,) = transcript_view(spoken("목이 아파요", (word("목이", 2.1, 2.9), word("아파요", 3.0, 4.2))), ())
    assert [(piece.text, piece.at) for piece in view.pieces] == [("목이", 2.1), (" ", None), ("아파요", 3.0)]


def test_a_quote_is_timed_by_its_words_or_else_by_its_utterance() -> None:
    timed = spoken("목이 아파요", (word("목이", 2.1, 2.9), word("아파요", 3.0, 4.2)))
    span = (Evidence(utterance="u0", start=3, end=6),)
    (quote,) = quotes(timed, span)
    assert (quote.text, quote.since, quote.until) == ("아파요", 3.0, 4.2)
    (untimed,) = quotes(spoken("목이 아파요"), span)
    assert (untimed.since, untimed.until) == (2.0, 6.0)


def test_words_that_the_text_does_not_hold_are_passed_over() -> None:
    corrected = spoken("기침이 나요", (word("기치미", 2, 3, 0.2), word("나요", 3, 4, 0.2)))
    (view,) = transcript_view(corrected, ())
    assert [(piece.text, piece.uncertain) for piece in view.pieces] == [("기침이 ", False), ("나요", True)]


def test_evidence_of_an_utterance_that_is_gone_is_left_out() -> None:
    assert quotes(spoken("네"), (Evidence(utterance="u9", start=0, end=1),)) == ()


@given(text=st.text(min_size=1, max_size=30), data=st.data())
def test_any_text_and_any_evidence_leave_the_text_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) + 3))
    end = data.draw(st.integers(start + 1, len(text) + 5))
    words = tuple(word(token, 1, 2, 0.1) for token in text.split())
    (view,) = transcript_view(spoken(text, words), (Evidence(utterance="u0", start=start, end=end),))
    assert "".join(piece.text for piece in view.pieces) == text
