from hypothesis import given
from hypothesis import strategies as st

from evaluation.degraded import unknown_speakers, without_punctuation
from scribe.domain.transcript import Transcript, Utterance
from tests.evaluation.consultations import COUGH, case_of


def _said(text: str) -> Transcript:
    return Transcript(language="ko", utterances=(Utterance(id="u0", speaker="patient", start=0.0, end=1.0, text=text),))


def test_marks_go_and_numbers_stay() -> None:
    said = _said("네, 체온이 37.8도였고… 혈소판은 1,350이래요. 맞죠?")
    assert without_punctuation(said).utterances[0].text == "네 체온이 37.8도였고 혈소판은 1,350이래요 맞죠"


def test_an_utterance_of_marks_alone_keeps_them() -> None:
    assert without_punctuation(_said("…?")).utterances[0].text == "…?"


@given(st.text(alphabet="가나다 0123.,?!…", min_size=1, max_size=40).filter(str.strip))
def test_letters_and_digits_stay_in_order(text: str) -> None:
    kept = without_punctuation(_said(text)).utterances[0].text
    assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]
    assert kept.strip()


def test_nobody_is_known_to_have_spoken() -> None:
    said = case_of([COUGH]).transcript
    altered = unknown_speakers(said)
    assert {utterance.speaker for utterance in altered.utterances} == {"unknown"}
    assert [utterance.text for utterance in altered.utterances] == [utterance.text for utterance in said.utterances]
