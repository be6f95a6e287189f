"""Turns of the report: nothing is lost, and every citation falls on whole pieces."""

from hypothesis import given
from hypothesis import strategies as st

from evaluation.turns import turns_of
from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 25), st.integers(1, 25)), max_size=5))
def test_pieces_join_to_the_text_and_end_where_a_citation_does(text: str, spans: list[tuple[int, int]]) -> None:
    said = Utterance(id="u0", speaker="patient", start=0.0, end=1.0, text=text)
    cited = [Evidence(utterance="u0", start=start, end=start + length) for start, length in spans]
    [turn] = turns_of(Transcript(language="ko", utterances=(said,)), cited)
    assert "".join(piece.text for piece in turn.pieces) == text
    borders = {0, len(text)} | {piece.start for piece in turn.pieces} | {piece.end for piece in turn.pieces}
    assert all(edge in borders for item in cited for edge in (item.start, item.end) if edge <= len(text))
