from typing import Any

from starlette.testclient import TestClient

from scribe.domain.formats import read_draft, read_note, read_transcript


def test_the_draft_and_its_transcript_are_the_published_formats(browser: TestClient, clinic: Any) -> None:
    draft = browser.get("/api/encounters/encounter-1/draft")
    assert read_draft(draft.content, "the answer") == clinic.draft
    assert draft.headers["x-draft-version"] == "1"
    transcript = browser.get("/api/encounters/encounter-1/transcript")
    assert read_transcript(transcript.content, "the answer") == clinic.transcript


def test_the_list_and_one_consultation_agree(browser: TestClient) -> None:
    (listed,) = browser.get("/api/encounters").json()["encounters"]
    assert listed == browser.get("/api/encounters/encounter-1").json()
    assert (listed["state"], listed["draft_version"], listed["note_version"]) == ("review", 1, None)


def test_an_edit_over_the_api_names_the_version_it_was_made_on(desk: Any) -> None:
    csrf = desk.page().split('name="csrf" content="')[1].split('"')[0]
    body = {"version": 1, "edit": {"op": "settle", "flag": 0}}
    address, headers = "/api/encounters/encounter-1/draft/edits", {"x-csrf-token": csrf}
    assert desk.client.post(address, json=body, headers=headers).json() == {"version": 2, "open": 1}
    stale = desk.client.post(address, json=body, headers=headers)
    assert stale.status_code == 409
    assert "version 1" in stale.json()["error"]


def test_the_signed_note_is_given_byte_for_byte(desk: Any, clinic: Any) -> None:
    assert desk.client.get("/api/encounters/encounter-1/note").status_code == 404
    desk.settle_everything()
    desk.sign()
    answer = desk.client.get("/api/encounters/encounter-1/note")
    with clinic.store.begin(clinic.physician.actor) as work:
        assert answer.content == work.notes.latest("encounter-1").document
    assert read_note(answer.content, "the answer").version == 1


def test_machines_are_told_in_json(visitor: TestClient, browser: TestClient) -> None:
    assert visitor.get("/api/encounters").json() == {"error": "Sign in first."}
    missing = browser.get("/api/encounters/none/draft")
    assert (missing.status_code, missing.json()) == (404, {"error": "There is no such encounter."})


def test_health_needs_no_account(visitor: TestClient) -> None:
    assert visitor.get("/health").json() == {"status": "ok"}
