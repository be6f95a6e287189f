import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.demo.bundled import audio_file
from scribe.domain.consent import Consent
from scribe.drafting.readability import readability


def test_the_page_shows_patient_transcript_note_flags_and_summary(desk: Any) -> None:
    page = desk.page()
    for text in (
        "박정호", "남 60세", "00012345", "AI 초안 · 검토 필요", "사흘 전부터 기침, 인후통.", "체온이 두 번 다르게",
        "목감기(급성 인두염)입니다.", "아세트아미노펜 500 mg", "남은 확인 <b>2</b>건", "J02.9",
        "인식이 불확실한 말 (확신 41%)",
    ):  # fmt: skip
        assert text in page
    assert 'href="/encounters/encounter-1/sign"' not in page, "signing opens when nothing is left to settle"


def test_a_change_is_kept_as_the_next_version(desk: Any, clinic: Any) -> None:
    answer = desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기(두드러기).")
    assert answer.status_code == 200
    assert answer.json()["statement"] == {"kind": "edited", "mark": "✎", "meaning": "의사가 작성", "open": False}
    with clinic.store.begin(clinic.physician.actor) as work:
        latest = work.drafts.latest(clinic.encounter_id)
        first = work.drafts.get(clinic.encounter_id, 1)
    assert (latest.version, latest.drafted_by) == (2, "clinician")
    assert first.draft == clinic.draft, "what the drafter wrote stays readable"
    assert "아스피린 알레르기(두드러기)." in desk.page()


def test_a_stale_change_is_told_and_overwrites_nothing(desk: Any) -> None:
    desk.edit(op="change", part="note", statement="s9", text="먼저 쓴 문장.")
    late = desk.edit(version=1, op="change", part="note", statement="s9", text="늦게 쓴 문장.")
    assert late.status_code == 409
    page = desk.page()
    assert "먼저 쓴 문장." in page
    assert "늦게 쓴 문장." not in page


def test_edits_of_different_statements_are_merged(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기(두드러기).")
    late = desk.edit(version=1, op="change", part="note", statement="s4", text="인두 발적, 편도 비대 관찰.")
    assert (late.status_code, late.json()["version"], late.json()["merged"]) == (200, 3, True)
    page = desk.page()
    assert "아스피린 알레르기(두드러기)." in page
    assert "인두 발적, 편도 비대 관찰." in page


def test_a_conflict_shows_what_the_other_wrote(desk: Any) -> None:
    desk.edit(op="change", part="note", statement="s9", text="먼저 쓴 문장.")
    answer = desk.edit(version=1, op="change", part="note", statement="s9", text="늦게 쓴 문장.").json()
    assert (answer["version"], answer["theirs"]) == (2, "먼저 쓴 문장.")
    assert "먼저 쓴 문장." in answer["html"]["note"]
    gone = desk.edit(op="delete", part="note", statement="s9")
    assert gone.status_code == 200
    assert desk.edit(version=2, op="change", part="note", statement="s9", text="다시.").json()["theirs"] is None


def test_the_last_words_of_a_page_that_closes_follow_those_on_their_way(desk: Any) -> None:
    desk.edit(op="change", part="note", statement="s9", text="금연을")
    last = desk.edit(version=1, op="change", part="note", statement="s9", text="금연을 권함.", was="금연을")
    assert last.status_code == 200
    assert "금연을 권함." in desk.page()


def test_a_settled_flag_is_found_again_after_another_went(desk: Any) -> None:
    desk.edit(op="delete_entry", entry="e3")
    assert desk.edit(version=1, op="settle", flag=0).status_code == 409, "the entry's conflict went with it"


def test_a_page_can_ask_for_the_draft_as_it_stands(desk: Any) -> None:
    desk.edit(op="add", part="note", section="plan", text="수분 섭취 권함.")
    answer = desk.client.get(f"/encounters/{desk.encounter_id}/pieces").json()
    assert (answer["version"], answer["open"]) == (2, 2)
    assert "수분 섭취 권함." in answer["html"]["note"]


def test_the_reading_measure_follows_the_summary(desk: Any, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.drafts.latest(clinic.encounter_id)
        measure = readability(kept.draft.patient_summary.sections)
        summary = replace(kept.draft.patient_summary, readability=measure, notice="AI가 쓴 글입니다.")
        told = replace(kept.draft, patient_summary=summary)
        work.drafts.add(
            clinic.encounter_id, told, expected_version=1, drafted_by="drafter", transcript_id=kept.transcript_id
        )
    page = desk.page()
    assert "읽기 수준" in page
    assert "AI가 쓴 글입니다." in page
    desk.version = 2
    text = "급성 인두염으로 인한 인후통과 연하곤란 증상에 대하여 대증 요법을 시행하기로 결정하였습니다."
    answer = desk.edit(op="change", part="summary", statement="p0", text=text).json()
    assert "연하곤란" in answer["html"]["reading"]


def test_earlier_versions_say_who_when_and_what_changed(desk: Any, clinic: Any) -> None:
    desk.edit(op="change", part="note", statement="s2", text="아스피린 알레르기(두드러기).")
    desk.edit(op="accept", part="note", statement="s9")
    page = desk.client.get(f"/encounters/{desk.encounter_id}/versions").text
    assert page.index("3번째 저장") < page.index("2번째 저장") < page.index("1번째 저장")
    assert "근거 없는 문장을 확인하고 유지" in page
    assert re.search(r"<del>[^<]*복용[^<]*</del>", page)
    assert page.count(clinic.physician.practitioner.name) == 2
    assert 'data-version="1"' in page
    assert 'data-version="3"' not in page, "the latest needs no restoring"


def test_versions_are_the_owners_alone(desk: Any, colleague: TestClient) -> None:
    for piece in ("versions", "pieces"):
        assert colleague.get(f"/encounters/{desk.encounter_id}/{piece}").status_code == 404


def test_sections_of_the_template_can_be_added(desk: Any) -> None:
    for name in ("s5",):
        desk.edit(op="delete", part="note", statement=name)
    assert 'data-act="add-section"' not in desk.page(), "an emptied section stays"
    assert desk.edit(op="add_section", section="elsewhere").status_code == 422


def test_an_edit_without_effect_makes_no_version(desk: Any) -> None:
    assert desk.edit(op="change", part="note", statement="s9", text="금연 상담 시행.").json()["version"] == 1


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "change", "part": "note", "statement": "s99", "text": "x"},
        {"op": "change", "part": "note", "statement": "s0", "text": ""},
        {"op": "change", "part": "note", "statement": "s0", "text": "x" * 2001},
        {"op": "settle", "flag": 77},
        {"op": "delete_medicine", "row": -1},
        {"op": "sign"},
        {"op": "change", "part": "note", "statement": "s0", "text": "x", "support": "supported"},
    ],
)
def test_an_edit_that_does_not_fit_is_refused(desk: Any, clinic: Any, edit: dict[str, object]) -> None:
    assert desk.edit(**edit).status_code == 422
    with clinic.store.begin(clinic.physician.actor) as work:
        assert work.encounters.get(clinic.encounter_id).draft_version == 1


def test_settling_everything_opens_the_way_to_sign(desk: Any) -> None:
    assert desk.edit(op="settle", flag=0).json()["open"] == 1
    answer = desk.edit(op="accept", part="note", statement="s9").json()
    assert answer["open"] == 0
    assert "/encounters/encounter-1/sign" in answer["html"]["open-bar"]
    assert 'id="note-s9"' in answer["html"]["note"]


def test_every_edit_is_audited(desk: Any, clinic: Any) -> None:
    desk.edit(op="accept", part="note", statement="s9")
    with clinic.store.begin(clinic.physician.actor) as work:
        trail = work.trail.of_encounter(clinic.encounter_id)
    assert [record.action for record in trail if record.subject == "draft"].count("create") == 2


def test_audio_is_the_recording_as_it_came_in(browser: TestClient) -> None:
    answer = browser.get("/encounters/encounter-1/audio")
    assert answer.content == audio_file().read_bytes()
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["cache-control"] == "no-store"
    part = browser.get("/encounters/encounter-1/audio", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, audio_file().read_bytes()[4:8])


def test_withdrawn_consent_leaves_neither_draft_nor_audio(clinic: Any, browser: TestClient) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        decision = Consent(purpose="recording", state="withdrawn", decided_at=clinic.clock())
        work.consents.add(clinic.encounter_id, decision)
    for path in ("/encounters/encounter-1", "/encounters/encounter-1/audio"):
        answer = browser.get(path)
        assert answer.status_code == 410
        assert "동의를 철회" in answer.text


def test_what_was_removed_can_be_brought_back(desk: Any, clinic: Any) -> None:
    desk.edit(op="delete", part="note", statement="s6")
    assert desk.edit(op="revert", to=1).json()["version"] == 3
    with clinic.store.begin(clinic.physician.actor) as work:
        assert work.drafts.latest(clinic.encounter_id).draft == clinic.draft
    assert desk.edit(op="revert", to=9).status_code == 404
    assert desk.edit(version=1, op="revert", to=1).status_code == 409
