"""The transcript's half of the review page: what there is to listen to, and how much is sent."""

import gzip
from dataclasses import replace
from typing import Any

import pytest

from scribe.domain.consent import Consent
from scribe.domain.transcript import Recording, Transcript, Word
from scribe.web.pages import fragment
from scribe.web.transcript.page import AudioView
from scribe.web.transcript.view import utterance_views


def without_recording(clinic: Any, recording: Recording | None = None) -> None:
    transcript = replace(clinic.transcript, recording=recording)
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.transcripts.add(clinic.encounter_id, transcript, expected_version=1)
        work.drafts.add(
            clinic.encounter_id, clinic.draft, expected_version=1, drafted_by="drafter", transcript_id=kept.id
        )


def test_a_recording_that_is_here_can_be_heard(desk: Any) -> None:
    page = desk.page()
    assert '<audio id="audio"' in page
    assert "no-audio" not in page


def test_a_recording_that_is_gone_is_told_as_gone(desk: Any, clinic: Any) -> None:
    for file in clinic.service.settings.data_dir.rglob("*.sealed"):
        file.unlink()
    page = desk.page()
    assert "녹음 파일이 남아 있지 않습니다." in page
    assert "<audio" not in page
    assert 'class="at">0:' in page
    assert desk.client.get(f"/encounters/{desk.encounter_id}/audio").status_code == 404


def test_a_dialogue_without_a_recording_says_so(desk: Any, clinic: Any) -> None:
    without_recording(clinic)
    assert "녹음 없이 적은 대화입니다." in desk.page()


def test_a_recording_that_stays_at_the_desk_says_so(desk: Any, clinic: Any) -> None:
    without_recording(clinic, Recording(id="r1", duration=60.0, sha256="0" * 64, sample_rate=16000))
    assert "녹음은 진료실 PC에만 있어" in desk.page()


def test_what_was_withdrawn_is_not_shown(desk: Any, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        work.consents.add(
            clinic.encounter_id, Consent(purpose="recording", state="withdrawn", decided_at=clinic.clock.now)
        )
    answer = desk.client.get(f"/encounters/{desk.encounter_id}")
    assert "기침" not in answer.text
    assert "철회" in answer.text


def test_the_legend_names_who_speaks_here(desk: Any) -> None:
    page = desk.page()
    legend = page[page.index('<p class="legend">') :].split("</p>")[0]
    assert "의사" in legend
    assert "환자" in legend
    assert "간호사" not in legend


def test_another_screen_gets_the_lines_as_they_stand(desk: Any) -> None:
    lines = desk.client.get(f"/encounters/{desk.encounter_id}/transcript/lines").text
    assert 'data-transcript-version="1"' in lines
    assert 'id="utterance-u30"' in lines


def test_a_thousand_utterances_are_small(transcript: Transcript) -> None:
    """Other words in each, so that the compression has nothing to gain from repeats."""
    said = []
    for number in range(1000):
        pattern = transcript.utterances[number % len(transcript.utterances)]
        words = tuple(
            Word(
                text=f"{word.text}{chr(0xAC00 + (number * 7919 + place * 104729) % 11000)}",
                start=word.start + number,
                end=word.end + number,
                probability=word.probability,
            )
            for place, word in enumerate(pattern.words or ())
        )
        text = " ".join(word.text for word in words)
        said.append(
            replace(
                pattern, id=f"u{number}", text=text, words=words, start=pattern.start + number, end=pattern.end + number
            )
        )
    context = {
        "language": "ko",
        "utterances": utterance_views(replace(transcript, utterances=tuple(said))),
        "transcript_version": 1,
        "audio": AudioView(state="ready", href="/audio"),
        "editable": True,
    }
    html = fragment("_transcript.html", context).encode()
    assert len(gzip.compress(html)) < 100_000


@pytest.mark.parametrize("state", ["uploading", "deleted", "none", "withdrawn"])
def test_each_state_of_the_recording_has_a_sentence(state: str, transcript: Transcript) -> None:
    context = {
        "language": "ko",
        "utterances": utterance_views(transcript),
        "transcript_version": 1,
        "audio": AudioView(state=state, href=""),  # type: ignore[arg-type]
        "editable": False,
        "spoke": (),
        "has_corrections": False,
        "speakers": (),
    }
    html = fragment("_transcript_pane.html", context)
    told = html[html.index("no-audio") :].split(">", 1)[1].split("</p>")[0]
    assert told.endswith("다.")
    assert "<audio" not in html
