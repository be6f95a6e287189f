"""Dictation over HTTP: the text, or why there is none; nothing is kept."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.demo.bundled import audio_file
from scribe.dictation import Dictation
from scribe.web.app import create_app
from tests.web.conftest import csrf_of, field_of

PATH = "/encounters/encounter-1/dictation"


@pytest.fixture
def heard() -> list[tuple[int, str]]:
    return []


@pytest.fixture
def speaker(clinic: Any, furnished: Any, heard: list[tuple[int, str]]) -> TestClient:
    def hear(sound: bytes, language: str) -> str:
        heard.append((len(sound), language))
        return "금연을 권함" if len(sound) > 10 else ""

    client = TestClient(create_app(replace(clinic.service, dictation=Dictation(hear))), follow_redirects=False)
    client.cookies.set("scribe_session", furnished.token)
    return client


def speak(client: TestClient, sound: bytes) -> Any:
    page = client.get("/encounters/encounter-1")
    return client.post(PATH, content=sound, headers={"x-csrf-token": csrf_of(page.text)})


def test_a_sound_becomes_text_and_nothing_is_kept(speaker: TestClient, clinic: Any, heard: list[Any]) -> None:
    sound = audio_file().read_bytes()
    answer = speak(speaker, sound)
    assert (answer.status_code, answer.json()) == (200, {"text": "금연을 권함"})
    assert heard == [(len(sound), "ko")]
    with clinic.store.begin(clinic.physician.actor) as work:
        assert work.encounters.get("encounter-1").draft_version == 1


def test_there_is_a_reason_where_there_is_no_text(speaker: TestClient, browser: TestClient) -> None:
    silent = speak(speaker, b"hum")
    assert (silent.status_code, silent.json()["kind"]) == (422, "NothingSaidError")
    assert speak(speaker, b"0" * (7 * 1024 * 1024)).json()["kind"] == "UnreadableSoundError"
    nobody = speak(browser, b"0" * 100)
    assert (nobody.status_code, nobody.json()["kind"]) == (503, "NoRecogniserError")


def test_the_microphone_is_for_the_review_page_alone(speaker: TestClient, browser: TestClient) -> None:
    review = speaker.get("/encounters/encounter-1")
    assert "microphone=(self)" in review.headers["permissions-policy"]
    assert "data-dictation" in review.text
    assert "data-dictation" not in browser.get("/encounters/encounter-1").text
    assert "microphone=()" in speaker.get("/encounters").headers["permissions-policy"]


def test_dictation_needs_proof_and_the_right_to_see(speaker: TestClient, colleague: TestClient) -> None:
    assert speaker.post(PATH, content=b"x" * 20).status_code == 403
    csrf = field_of(colleague.get("/account").text, "csrf")
    assert colleague.post(PATH, content=b"x" * 20, headers={"x-csrf-token": csrf}).status_code == 404
