"""Dictation in a real browser: a spoken sound from a virtual microphone, recognised by the bundled model."""

import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from edge_agent.audio import read_audio
from models.audio import SAMPLE_RATE
from scribe.demo.bundled import audio_file
from scribe.dictation import Dictation
from scribe.installation import stages_of
from scribe.web.access import SESSION_COOKIE
from tests.acceptance.audit import problems_of
from tests.acceptance.browser import ARGUMENTS, CHROMIUM, ClinicServer, keep, serving
from tests.acceptance.clinic import REVIEW, open_clinic


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """사흘 전부터 기침이 나고 목이 아파요, with a pause behind it, again and again, as the browser's microphone."""
    samples = read_audio(audio_file()).mono[int(6.9 * SAMPLE_RATE) : int(11.2 * SAMPLE_RATE)]
    path = tmp_path_factory.mktemp("sound") / "spoken.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        quiet = np.zeros(SAMPLE_RATE, dtype=np.int16)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes() + quiet.tobytes())
    return path


@pytest.fixture(scope="module")
def listening_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicServer]:
    clinic = open_clinic(tmp_path_factory.mktemp("clinic"))
    hear = stages_of(clinic.settings).hear
    assert hear is not None
    with serving(replace(clinic, service=replace(clinic.service, dictation=Dictation(hear)))) as server:
        yield server


@pytest.fixture
def chromium(spoken: Path) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk")
    microphone = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS, *microphone])
        yield browser
        browser.close()


def review(chromium: Browser, server: ClinicServer, *permissions: str) -> Page:
    context = chromium.new_context(locale="ko-KR", permissions=list(permissions))
    context.add_cookies([{"name": SESSION_COOKIE, "value": server.clinic.session(), "url": server.address}])
    page = context.new_page()
    page.goto(server / f"encounters/{REVIEW}")
    return page


def test_what_is_said_is_written_at_the_caret(chromium: Browser, listening_server: ClinicServer) -> None:
    page = review(chromium, listening_server, "microphone")
    statement = page.locator("#note .statement").last
    text = statement.locator(".text")
    before = text.input_value()
    text.press("End")
    statement.get_by_role("button", name="말로 쓰기").click()
    expect(statement).to_contain_text("듣고 있습니다")
    page.wait_for_timeout(11_000)  # the virtual microphone speaks in real time: once whole, wherever it stood
    keep(page, "dictation")
    assert problems_of(page) == []
    statement.get_by_role("button", name="그만 말하기").click()
    expect(statement.locator(".listening-bar")).to_have_count(0, timeout=60_000)
    expect(page.locator("#notice")).to_be_hidden()
    written = text.input_value()
    assert written.startswith(before)
    assert "아파요" in written.removeprefix(before)
    expect(page.locator(".unsaved, [data-saving]")).to_have_count(0, timeout=10_000)
    expect(statement.locator(".mark")).to_have_text("✎")


def test_a_forbidden_microphone_is_told(chromium: Browser, listening_server: ClinicServer) -> None:
    page = review(chromium, listening_server)
    page.locator("#note .note-section").first.get_by_role("button", name="항목에 말로 쓰기").click()
    expect(page.locator("#notice")).to_contain_text("마이크 사용이 막혀 있습니다")
