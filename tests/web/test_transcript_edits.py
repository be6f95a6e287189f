"""Naming speakers and deciding on corrections: the transcript gets a version, the draft is written anew."""

from dataclasses import replace
from typing import Any

import pytest

from scribe.domain.transcript import Correction, Transcript, Utterance
from tests.web.conftest import csrf_of


def post(desk: Any, *, version: int = 1, **edit: object) -> Any:
    return desk.client.post(
        f"/encounters/{desk.encounter_id}/transcript/edits",
        json={"version": version, "edit": edit},
        headers={"x-csrf-token": csrf_of(desk.page())},
    )


def latest(clinic: Any) -> Transcript:
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.transcripts.latest(clinic.encounter_id).transcript


def speakers(transcript: Transcript) -> list[str]:
    return [utterance.speaker for utterance in transcript.utterances]


def test_one_utterance_gets_another_speaker(desk: Any, clinic: Any) -> None:
    answer = post(desk, op="speaker", utterance="u1", speaker="guardian")

    assert answer.json() == {"transcript_version": 2, "changed": True}
    assert speakers(latest(clinic)) == [
        "guardian" if utterance.id == "u1" else utterance.speaker for utterance in clinic.transcript.utterances
    ]
    assert clinic.drafted == [clinic.encounter_id]


def test_one_click_names_everything_that_a_voice_said(desk: Any, clinic: Any) -> None:
    post(desk, op="speaker", utterance="u1", speaker="guardian", whole=True)

    before = speakers(clinic.transcript)
    assert before.count("patient") > 3
    assert speakers(latest(clinic)) == ["guardian" if name == "patient" else name for name in before]


def test_two_speakers_taken_for_one_another_are_swapped(desk: Any, clinic: Any) -> None:
    post(desk, op="swap", one="doctor", other="patient")

    swapped = {"doctor": "patient", "patient": "doctor"}
    assert speakers(latest(clinic)) == [swapped.get(name, name) for name in speakers(clinic.transcript)]


def test_an_edit_without_effect_makes_no_version(desk: Any, clinic: Any) -> None:
    assert post(desk, op="speaker", utterance="u1", speaker="patient").json() == {
        "transcript_version": 1,
        "changed": False,
    }
    assert clinic.drafted == []


def test_an_edit_beside_an_old_draft_is_told_and_changes_nothing(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기(두드러기).")

    assert post(desk, version=1, op="speaker", utterance="u1", speaker="guardian").status_code == 409
    assert latest(clinic) == clinic.transcript


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "speaker", "utterance": "u999", "speaker": "guardian"},
        {"op": "speaker", "utterance": "u1", "speaker": "priest"},
        {"op": "correction", "utterance": "u1", "start": 0, "state": "undone"},
        {"op": "correction", "utterance": "u1", "start": -1, "state": "undone"},
        {"op": "erase"},
    ],
)
def test_an_edit_that_does_not_fit_is_refused(desk: Any, clinic: Any, edit: dict[str, object]) -> None:
    assert post(desk, **edit).status_code == 422
    assert latest(clinic) == clinic.transcript


def test_a_correction_is_shown_beside_what_was_heard_and_can_be_undone(desk: Any, clinic: Any) -> None:
    said = clinic.transcript.utterances[0]
    heard = Utterance(
        id=said.id, speaker="doctor", start=said.start, end=said.end, text="노바스끄 드세요", confidence=0.5,
        corrections=(Correction(start=0, end=4, written="노바스크", score=0.93),),
    )  # fmt: skip
    corrected = replace(clinic.transcript, utterances=(heard, *clinic.transcript.utterances[1:]))
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.transcripts.add(clinic.encounter_id, corrected, expected_version=1)
        work.drafts.add(
            clinic.encounter_id, clinic.draft, expected_version=1, drafted_by="drafter", transcript_id=kept.id
        )

    page = desk.page()
    assert 'class="misheard" title="들린 그대로의 말">노바스끄</span>' in page
    assert "<b>노바스크</b>" in page

    answer = post(desk, version=2, op="correction", utterance=said.id, start=0, state="undone")
    assert answer.json() == {"transcript_version": 3, "changed": True}
    assert latest(clinic).utterances[0].corrected == "노바스끄 드세요"


def test_a_colleague_finds_nothing(desk: Any, colleague: Any, clinic: Any) -> None:
    answer = colleague.post(
        f"/encounters/{clinic.encounter_id}/transcript/edits",
        json={"version": 1, "edit": {"op": "swap", "one": "doctor", "other": "patient"}},
        headers={"x-csrf-token": csrf_of(desk.page())},
    )
    assert answer.status_code in {403, 404}
    assert latest(clinic) == clinic.transcript
