"""What can be changed about a transcript without touching what was heard."""

import pytest

from scribe.domain.formats import read_transcript, write_transcript
from scribe.domain.transcript import Correction, Transcript, Utterance


def said(*corrections: Correction) -> Transcript:
    utterance = Utterance(
        id="u0", speaker="patient", start=0.0, end=2.0, text="노바스끄 먹어요", confidence=0.5, corrections=corrections
    )
    other = Utterance(id="u1", speaker="patient", start=2.0, end=3.0, text="네")
    return Transcript(language="ko", utterances=(utterance, other))


NORVASC = Correction(start=0, end=4, written="노바스크", score=0.93)


def test_a_correction_leaves_what_was_heard_and_shows_what_was_meant() -> None:
    utterance = said(NORVASC).utterances[0]

    assert utterance.text == "노바스끄 먹어요"
    assert utterance.corrected == "노바스크 먹어요"


def test_an_undone_correction_shows_what_was_heard_again() -> None:
    changed = said(NORVASC).decided("u0", 0, "undone")

    assert changed.utterances[0].corrected == "노바스끄 먹어요"
    assert changed.decided("u0", 0, "confirmed").utterances[0].corrected == "노바스크 먹어요"


@pytest.mark.parametrize(("utterance", "start"), [("u0", 1), ("u1", 0), ("u9", 0)])
def test_only_a_correction_that_is_there_can_be_decided_on(utterance: str, start: int) -> None:
    with pytest.raises(KeyError):
        said(NORVASC).decided(utterance, start, "undone")


@pytest.mark.parametrize(
    "wrong",
    [
        (Correction(start=0, end=9, written="노바스크", score=1.0),),
        (Correction(start=-1, end=4, written="노바스크", score=1.0),),
        (Correction(start=2, end=2, written="노바스크", score=1.0),),
        (NORVASC, Correction(start=3, end=5, written="먹다", score=1.0)),
    ],
)
def test_corrections_outside_the_text_or_over_one_another_are_refused(wrong: tuple[Correction, ...]) -> None:
    with pytest.raises(ValueError, match="corrections of utterance u0"):
        said(*wrong)


def test_speakers_are_named_anew_by_utterance() -> None:
    changed = said().relabelled({"u1": "guardian"})

    assert [utterance.speaker for utterance in changed.utterances] == ["patient", "guardian"]


def test_corrections_survive_the_file_and_none_leave_no_trace_in_it() -> None:
    assert read_transcript(write_transcript(said(NORVASC)), "t.json") == said(NORVASC)
    plain = Transcript(language="ko", utterances=(Utterance(id="u0", speaker="doctor", start=0, end=1, text="네"),))
    assert b"corrections" not in write_transcript(plain)
