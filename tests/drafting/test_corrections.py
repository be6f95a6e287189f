"""Misheard terms are proposed as corrections, decisions about them hold, ordinary talk is left alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scribe.domain.encounter import Encounter
from scribe.domain.formats import read_transcript
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.corrections import correct
from scribe.drafting.draft import draft

OWN_CASES = Path(__file__).parent / "cases"


def heard(*texts: str) -> Transcript:
    return Transcript(
        language="ko",
        utterances=tuple(
            Utterance(id=f"u{i}", speaker="doctor", start=float(i), end=i + 1.0, text=text, confidence=0.5)
            for i, text in enumerate(texts)
        ),
    )


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("노바스끄 오 밀리 하루 한 번 드세요.", "노바스크 오 밀리 하루 한 번 드세요."),
        ("아세트와 민호펜도 드릴게요.", "아세트아미노펜도 드릴게요."),
        ("감상선 기능 저하증이 있으세요.", "갑상선기능저하증이 있으세요."),
    ],
)
def test_a_misheard_term_is_proposed_and_what_was_heard_is_kept(text: str, corrected: str) -> None:
    (utterance,) = correct(heard(text)).utterances

    assert utterance.text == text
    assert utterance.corrected == corrected
    assert all(item.state == "proposed" and 0.7 < item.score < 1 for item in utterance.corrections or ())


def test_what_a_person_typed_is_left_alone() -> None:
    typed = Transcript(
        language="ko", utterances=(Utterance(id="u0", speaker="doctor", start=0, end=1, text="노바스끄 드세요."),)
    )

    assert correct(typed) == typed


def test_correcting_again_changes_nothing_and_keeps_decisions() -> None:
    once = correct(heard("노바스끄 드세요."))
    undone = once.decided("u0", 0, "undone")

    assert correct(once) == once
    assert correct(undone) == undone


def names(transcript: Transcript) -> set[str]:
    encounter = Encounter(id="e", start=datetime(2026, 11, 2, 1, tzinfo=UTC))
    return {entry.name for entry in draft(transcript, encounter).entries if entry.kind == "medication_order"}


def flagged(transcript: Transcript) -> set[str | None]:
    encounter = Encounter(id="e", start=datetime(2026, 11, 2, 1, tzinfo=UTC))
    return {flag.rule for flag in draft(transcript, encounter).flags}


def test_the_draft_asks_about_a_proposed_correction_believes_a_confirmed_and_drops_an_undone_one() -> None:
    proposed = correct(heard("노바스끄 오 밀리그램 하루 한 번 처방해 드릴게요."))

    assert "misheard_name" in flagged(proposed)
    assert names(proposed)
    assert names(proposed.decided("u0", 0, "confirmed")) == names(proposed)
    assert "misheard_name" not in flagged(proposed.decided("u0", 0, "confirmed"))
    assert names(proposed.decided("u0", 0, "undone")) == set()


def test_a_statement_with_a_confirmed_name_rests_on_what_was_said() -> None:
    encounter = Encounter(id="e", start=datetime(2026, 11, 2, 1, tzinfo=UTC))
    proposed = correct(heard("노바스끄 오 밀리그램 하루 한 번 처방해 드릴게요."))

    def support(transcript: Transcript) -> set[str]:
        note = draft(transcript, encounter).note
        return {s.support for section in note.sections for s in section.statements if "노바스크" in s.text}

    assert support(proposed) == {"none"}
    assert support(proposed.decided("u0", 0, "confirmed")) == {"supported"}


def test_what_was_said_clearly_is_not_corrected() -> None:
    """Dialogues as they were written, taken for recognised: hardly a word is to be corrected."""
    proposed = eojeol = 0
    for path in sorted(OWN_CASES.glob("*.json")):
        clear = heard(*(utterance.text for utterance in read_transcript(path.read_bytes(), path.name).utterances))
        proposed += sum(len(utterance.corrections or ()) for utterance in correct(clear).utterances)
        eojeol += sum(len(utterance.text.split()) for utterance in clear.utterances)

    assert eojeol > 1000
    assert proposed / eojeol <= 0.001
