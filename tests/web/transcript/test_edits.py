"""Correcting the transcript: it gets a version, the draft keeps every word, and what rests on changed words is told."""

from dataclasses import replace
from typing import Any

import pytest

from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.drafting.redraft import stale_flags, statements_of
from tests.web.conftest import csrf_of


def post(desk: Any, *, version: int = 1, **edit: object) -> Any:
    return desk.client.post(
        f"/encounters/{desk.encounter_id}/transcript/edits",
        json={"version": version, "edit": edit},
        headers={"x-csrf-token": csrf_of(desk.page())},
    )


def decide(desk: Any, op: str, **decision: object) -> Any:
    return desk.client.post(
        f"/encounters/{desk.encounter_id}/stale",
        json={"decision": {"op": op, **decision}},
        headers={"x-csrf-token": csrf_of(desk.page())},
    )


def latest(clinic: Any) -> Transcript:
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.transcripts.latest(clinic.encounter_id).transcript


def drafts(clinic: Any) -> tuple[Any, Any]:
    """The draft as it stands, and as the drafter wrote it."""
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.drafts.latest(clinic.encounter_id), work.drafts.as_drafted(clinic.encounter_id)


def texts(draft: Any) -> list[str]:
    return [statement.text for statement in statements_of(draft)]


def speakers(transcript: Transcript) -> list[str]:
    return [utterance.speaker for utterance in transcript.utterances]


DOSE = {"op": "text", "utterance": "u22"}


def dose(clinic: Any, new: str = "이백오십") -> dict[str, str]:
    return {**DOSE, "text": latest(clinic).utterances[22].text.replace("오백", new)}


def test_a_corrected_word_leaves_the_draft_and_marks_what_rests_on_it(desk: Any, clinic: Any) -> None:
    answer = post(desk, **dose(clinic)).json()

    assert (answer["transcript_version"], answer["changed"], answer["version"]) == (2, True, 2)
    assert answer["stale"] == 2
    assert answer["open"] == 4
    assert list(answer["lines"]) == ["u22"]
    assert "들린 대로: 아세트아미노펜을 드릴게요. 오백" in answer["lines"]["u22"]
    assert "근거가 바뀜 2건" in answer["html"]["stale-bar"]
    assert "오백 → 이백오십" in answer["html"]["note"]
    draft, drafted = drafts(clinic)
    assert texts(draft.draft) == texts(clinic.draft)
    assert draft == drafted
    assert clinic.drafted == []
    assert latest(clinic).utterances[22].heard == clinic.transcript.utterances[22].text


def test_a_stale_statement_must_be_settled_before_signing(desk: Any, clinic: Any) -> None:
    desk.settle_everything()
    post(desk, **dose(clinic))
    assert "남은 확인 <b>2</b>건" in desk.page()
    assert "2건" in desk.client.get(f"/encounters/{desk.encounter_id}/sign").text
    assert decide(desk, "keep", statements=["s6"]).json()["open"] == 1
    assert decide(desk, "keep", statements=["p1"]).json()["open"] == 0


def test_only_what_is_stale_is_written_anew(desk: Any, clinic: Any) -> None:
    mine = "아스피린 알레르기(두드러기)."
    desk.edit(op="change", part="note", statement="s2", text=mine)
    post(desk, **dose(clinic))
    answer = decide(desk, "rewrite", everything=True).json()

    assert (answer["stale"], answer["rewriting"]["rewritten"]) == (0, 2)
    draft, drafted = drafts(clinic)
    now, before = (
        texts(draft.draft),
        [mine if text.startswith("아스피린 복용") else text for text in texts(clinic.draft)],
    )
    assert "250 mg" in next(text for text in now if text.startswith("아세트아미노펜"))
    stale = {"아세트아미노펜", "해열진통제"}
    assert [t for t in now if not t.startswith(tuple(stale))] == [t for t in before if not t.startswith(tuple(stale))]
    assert mine not in texts(drafted.draft)
    order = next(entry for entry in draft.draft.entries if entry.id == "e8")
    assert order.dose.value == 250


def test_a_statement_that_the_physician_wrote_waits_for_their_own_word(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s6", text="아세트아미노펜 500 mg 처방.")
    assert post(desk, **dose(clinic)).json()["stale"] == 2
    assert decide(desk, "rewrite", everything=True).json()["stale"] == 1
    assert "아세트아미노펜 500 mg 처방." in texts(drafts(clinic)[0].draft)
    assert decide(desk, "rewrite", statements=["s6"]).json()["stale"] == 0
    assert "아세트아미노펜 500 mg 처방." not in texts(drafts(clinic)[0].draft)


def test_writing_a_stale_statement_anew_settles_it_and_writing_it_back_does_not(desk: Any, clinic: Any) -> None:
    old = next(text for text in texts(clinic.draft) if text.startswith("아세트아미노펜"))
    post(desk, **dose(clinic))
    desk.version = 2
    desk.edit(op="change", part="note", statement="s6", text="아세트아미노펜 250 mg 하루 세 번 3일.")
    assert [flag.statements for flag in stale_flags(drafts(clinic)[0].draft)] == [("p1",)]
    desk.edit(op="change", part="note", statement="s6", text=old)
    assert [flag.statements for flag in stale_flags(drafts(clinic)[0].draft)] == [("s6",), ("p1",)]


def test_keeping_by_the_question_judges_the_words_anew(desk: Any, clinic: Any) -> None:
    post(desk, **dose(clinic))
    desk.version = 2
    flags = drafts(clinic)[0].draft.flags
    place = next(at for at, flag in enumerate(flags) if flag.is_stale and flag.statements == ("s6",))
    desk.edit(op="settle", flag=place)
    kept = next(s for s in statements_of(drafts(clinic)[0].draft) if s.id == "s6")
    assert (kept.support, kept.acknowledged) == ("none", True)
    assert [flag.statements for flag in stale_flags(drafts(clinic)[0].draft)] == [("p1",)]


def test_what_was_done_can_be_taken_back_with_all_that_followed(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기.")
    before = drafts(clinic)[0].draft
    post(desk, **dose(clinic))
    answer = post(desk, version=2, op="back", to=1).json()

    assert (answer["transcript_version"], answer["stale"]) == (3, 0)
    assert latest(clinic) == clinic.transcript
    assert drafts(clinic)[0].draft == before


def test_naming_a_speaker_back_by_hand_leaves_nothing_stale(desk: Any, clinic: Any) -> None:
    before = drafts(clinic)[0].draft
    assert post(desk, op="speaker", utterance="u1", speaker="guardian").json()["stale"] > 0
    assert post(desk, version=2, op="speaker", utterance="u1", speaker="patient").json()["stale"] == 0
    assert drafts(clinic)[0].draft == before


def test_going_back_keeps_what_was_done_to_the_draft_since(desk: Any, clinic: Any) -> None:
    post(desk, **dose(clinic))
    desk.version = 2
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기.")
    post(desk, version=2, op="back", to=1)
    assert "아스피린 알레르기." in texts(drafts(clinic)[0].draft)
    assert latest(clinic) == clinic.transcript


def test_an_earlier_draft_comes_back_beside_the_transcript_of_now(desk: Any, clinic: Any) -> None:
    post(desk, **dose(clinic))
    desk.version = 2
    desk.edit(op="revert", to=1)
    draft = drafts(clinic)[0]
    assert [flag.statements for flag in stale_flags(draft.draft)] == [("s6",), ("p1",)]


def test_what_the_correction_tells_anew_is_offered(desk: Any, clinic: Any) -> None:
    answer = post(desk, op="insert", after="u1", speaker="patient", text="그리고 설사도 어제부터 했어요.").json()
    assert 'data-transcript-version="2"' in answer["html"]["transcript"]
    assert "새로 적을 내용 찾기" in answer["html"]["stale-bar"]
    found = decide(desk, "rewrite", everything=True).json()
    assert found["rewriting"]["offered"] >= 1
    assert texts(drafts(clinic)[0].draft) == texts(clinic.draft)
    offer = next(o for o in drafts(clinic)[0].draft.offers if o.entries[0].name == "설사")
    decide(desk, "take_offer", offer=offer.id)
    draft, drafted = drafts(clinic)
    assert any("설사" in text for text in texts(draft.draft))
    assert any("설사" in text for text in texts(drafted.draft))
    assert decide(desk, "drop_offer", offer=offer.id).status_code == 422


def test_the_whole_draft_can_still_be_written_anew(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 두드러기 병력 확인.")
    post(desk, op="swap", one="doctor", other="patient")
    assert decide(desk, "rewrite_whole").status_code == 200
    assert "아스피린 두드러기 병력 확인." in texts(drafts(clinic)[0].draft)


@pytest.mark.parametrize(
    ("edit", "ids"),
    [
        ({"op": "split", "utterance": "u1", "at": 14, "speaker": "guardian"}, ["u0", "u1", "u31", "u2"]),
        ({"op": "merge", "utterance": "u0"}, ["u0", "u2", "u3"]),
        ({"op": "insert", "after": None, "speaker": "nurse", "text": "들어오세요."}, ["u31", "u0", "u1"]),
    ],
)
def test_utterances_are_split_merged_and_added(desk: Any, clinic: Any, edit: dict[str, Any], ids: list[str]) -> None:
    assert post(desk, **edit).status_code == 200
    assert [said.id for said in latest(clinic).utterances][: len(ids)] == ids


def test_what_is_beside_the_point_is_kept_but_not_drafted_from(desk: Any, clinic: Any) -> None:
    answer = post(desk, op="exclude", utterances=["u13"]).json()
    assert "진료와 무관" in answer["lines"]["u13"]
    assert "진료와 무관으로 뺌" in answer["html"]["note"]
    assert post(desk, version=2, op="exclude", utterances=["u13"], out=False).json()["changed"]
    assert latest(clinic) == clinic.transcript


def test_one_utterance_gets_another_speaker(desk: Any, clinic: Any) -> None:
    answer = post(desk, op="speaker", utterance="u1", speaker="guardian").json()

    assert (answer["transcript_version"], answer["changed"]) == (2, True)
    assert speakers(latest(clinic)) == [
        "guardian" if utterance.id == "u1" else utterance.speaker for utterance in clinic.transcript.utterances
    ]
    assert "말한 사람이 바뀜" in answer["html"]["note"]


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
    answer = post(desk, op="speaker", utterance="u1", speaker="patient").json()
    assert (answer["transcript_version"], answer["changed"], answer["version"]) == (1, False, 1)
    assert drafts(clinic)[0].version == 1


def test_an_edit_of_an_old_transcript_is_told_and_changes_nothing(desk: Any, clinic: Any) -> None:
    post(desk, op="speaker", utterance="u1", speaker="guardian")
    now = latest(clinic)
    assert post(desk, version=1, op="speaker", utterance="u2", speaker="guardian").status_code == 409
    assert latest(clinic) == now


def test_edits_of_the_draft_do_not_stand_in_the_way(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기(두드러기).")
    assert post(desk, op="speaker", utterance="u1", speaker="guardian").status_code == 200


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "speaker", "utterance": "u999", "speaker": "guardian"},
        {"op": "speaker", "utterance": "u1", "speaker": "priest"},
        {"op": "correction", "utterance": "u1", "start": 0, "state": "undone"},
        {"op": "correction", "utterance": "u1", "start": -1, "state": "undone"},
        {"op": "text", "utterance": "u1", "text": "   "},
        {"op": "text", "utterance": "u999", "text": "네"},
        {"op": "split", "utterance": "u1", "at": 1, "speaker": "doctor"},
        {"op": "merge", "utterance": "u30"},
        {"op": "insert", "after": "u999", "speaker": "doctor", "text": "네"},
        {"op": "exclude", "utterances": []},
        {"op": "as_heard", "utterance": "u999"},
        {"op": "erase"},
    ],
)
def test_an_edit_that_does_not_fit_is_refused(desk: Any, clinic: Any, edit: dict[str, object]) -> None:
    assert post(desk, **edit).status_code == 422
    assert latest(clinic) == clinic.transcript


def test_a_version_that_never_was_is_not_found(desk: Any) -> None:
    assert post(desk, op="back", to=7).status_code == 404


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
    assert 'class="misheard" title="들린 그대로의 말">노바스끄</s>' in page
    assert "<b>노바스크</b>" in page

    answer = post(desk, version=2, op="correction", utterance=said.id, start=0, state="undone").json()
    assert (answer["transcript_version"], answer["changed"]) == (3, True)
    assert latest(clinic).utterances[0].corrected == "노바스끄 드세요"


def test_the_history_tells_who_changed_what(desk: Any, clinic: Any) -> None:
    post(desk, **dose(clinic))
    page = desk.client.get(f"/encounters/{desk.encounter_id}/transcript/versions").text
    assert clinic.physician.practitioner.name in page
    assert "<ins>아세트아미노펜을 드릴게요. 이백오십" in page
    assert 'data-act="transcript-back" data-to="1"' in page


def test_a_colleague_finds_nothing(desk: Any, colleague: Any, clinic: Any) -> None:
    csrf = {"x-csrf-token": csrf_of(desk.page())}
    edits = {"version": 1, "edit": {"op": "swap", "one": "doctor", "other": "patient"}}
    keep = {"decision": {"op": "keep", "everything": True}}
    address = f"/encounters/{clinic.encounter_id}"
    assert colleague.post(f"{address}/transcript/edits", json=edits, headers=csrf).status_code in {403, 404}
    assert colleague.post(f"{address}/stale", json=keep, headers=csrf).status_code in {403, 404}
    assert colleague.get(f"{address}/transcript/versions").status_code == 404
    assert latest(clinic) == clinic.transcript
