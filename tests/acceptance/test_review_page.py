"""The physician's way through the pages, in a real browser against the real service process.

The tests are the steps of one visit: they share its browser and run in the order they stand in.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scribe.accounts import create_account
from scribe.demo.bundled import PHYSICIAN, audio_file, bundled_encounter, case_file, encounter_of
from scribe.domain.consent import Consent
from scribe.domain.formats import read_transcript
from scribe.installation import store_of
from scribe.settings import Settings
from tests.acceptance.audit import problems_of
from tests.acceptance.browser import keep
from tests.acceptance.complaints import Complaints

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
LOGIN, PASSWORD = "leeseoyeon", "correct horse battery"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"
)


@dataclass(frozen=True)
class Running:
    address: str
    settings: Settings
    log: Path

    def __truediv__(self, path: str) -> str:
        return f"{self.address}/{path}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """``scribe serve`` over a store that holds a transcript not drafted yet: its jobs take it up and draft."""
    folder = tmp_path_factory.mktemp("service")
    settings = Settings.load({}, data_dir=folder)
    _put_consultation(settings)
    log = folder / "serve.log"
    command = [sys.executable, "-c", "from scribe.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "SCRIBE_DATA_DIR": str(folder)}
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("http://127.0.0.1:"), log.read_text()
            yield Running(line.split()[0], settings, log)
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0, log.read_text()


def _put_consultation(settings: Settings) -> None:
    store = store_of(settings)
    hospital_id = store.ensure_hospital(settings.organization)
    account = create_account(
        store, hospital_id, login=LOGIN, password=PASSWORD, role="physician", name=PHYSICIAN.name,
        licence=PHYSICIAN.identifier,
    )  # fmt: skip
    now = datetime.now(UTC)
    transcript = read_transcript(case_file().read_bytes(), case_file().name)
    with store.begin(account.actor) as work:
        encounter = work.encounters.add(encounter_of(bundled_encounter(), "visit-1", now))
        work.consents.add(encounter.id, Consent(purpose="recording", state="given", decided_at=now))
        recording = work.recordings.add(encounter.id, audio_file().read_bytes(), media_type="audio/flac")
        work.transcripts.add(encounter.id, transcript, expected_version=0, recording_id=recording.id)
    store.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(chromium: Browser, service: Running) -> Iterator[Page]:
    """One browser for the whole way; whatever a page complains about fails the test."""
    context = chromium.new_context(viewport=DESK, locale="ko-KR")
    page = context.new_page()
    # the stale edit, the wrong password, and the session that ended
    complaints = Complaints(("409 (Conflict)", "403 (Forbidden)", "401 (Unauthorized)"))
    complaints.listen(page)
    yield page
    context.close()
    assert complaints.lines == [], complaints.told()


@pytest.fixture(scope="module")
def signed_in(page: Page, service: Running) -> Page:
    page.goto(service / "encounters")
    _sign_in(page)
    return page


def _sign_in(page: Page) -> None:
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("heading", name="오늘 진료", exact=True)).to_be_visible()


@pytest.fixture(scope="module")
def review(signed_in: Page, service: Running) -> Page:
    """The review page, as soon as the service has drafted."""
    row = signed_in.get_by_role("row", name="박정호")
    expect(row).to_contain_text("검토 필요", timeout=60_000)
    row.get_by_role("link", name="박정호", exact=True).click()
    expect(signed_in.get_by_text("AI 초안 · 검토 필요")).to_be_visible()
    return signed_in


def test_a_statement_shows_the_words_it_rests_on(review: Page) -> None:
    statement = review.locator("#note .statement:has(.quotes)").first
    statement.locator(".text").click()
    lit = review.locator("#transcript .on")
    expect(lit.first).to_be_in_viewport()
    quoted = "".join(statement.locator("q").all_text_contents()).replace(" ", "")
    assert "".join(lit.all_text_contents()).replace(" ", "") == quoted
    other = review.locator("#note .statement:has(.quotes)").last
    other.locator(".text").focus()
    last = "".join(other.locator("q").all_text_contents()).replace(" ", "")
    assert "".join(review.locator("#transcript .on").all_text_contents()).replace(" ", "") == last != quoted


def test_the_recording_plays_from_the_words(review: Page) -> None:
    review.locator("#utterance-u13 .at").click()
    review.wait_for_function("() => document.getElementById('audio').currentTime > 56.5")
    assert review.evaluate("() => document.getElementById('audio').currentTime") < 66
    expect(review.locator("#utterance-u13")).to_have_class(re.compile("playing"))
    review.evaluate("() => document.getElementById('audio').pause()")


def test_playing_a_statement_stops_at_the_end_of_its_words(review: Page) -> None:
    statement = review.locator("#note .statement:has(.quotes)").first
    statement.hover()
    statement.get_by_role("button", name="근거 듣기").click()
    spans = review.evaluate("(s) => JSON.parse(s.dataset.quotes)", statement.element_handle())
    end = max(span["to"] for span in spans)
    review.wait_for_function("() => !document.getElementById('audio').paused")
    review.wait_for_function("() => document.getElementById('audio').paused", timeout=20_000)
    assert abs(review.evaluate("() => document.getElementById('audio').currentTime") - end) < 1.0


def test_typing_saves_itself_and_survives_a_reload(review: Page) -> None:
    text = review.locator("#note .statement .text").first
    written = text.input_value() + " 추가 설명."
    text.fill(written)
    expect(review.locator("#saved")).to_have_text("저장됨", timeout=10_000)
    statement = review.locator("#note .statement").first
    expect(statement.locator(".mark")).to_have_text("✎")
    review.reload()
    assert review.locator("#note .statement .text").first.input_value() == written


def test_one_click_names_a_speaker_and_what_was_typed_stays(review: Page) -> None:
    texts = "() => [...document.querySelectorAll('.statement .text')].map((one) => one.value)"
    before = review.evaluate(texts)
    _name_all_of(review, "u1", "보호자")
    expect(review.locator("#utterance-u3")).to_have_class(re.compile("guardian"))
    expect(review.locator(".stale-bar")).to_contain_text("근거가 바뀜")
    assert review.evaluate(texts) == before
    _name_all_of(review, "u1", "환자")
    expect(review.locator(".stale-bar")).to_have_count(0)
    assert review.evaluate(texts) == before


def _name_all_of(page: Page, utterance: str, name: str) -> None:
    line = page.locator(f"#utterance-{utterance}")
    line.get_by_role("button", name="화자 바꾸기").click()
    menu = page.get_by_role("dialog", name="누구의 말입니까?")
    expect(menu.get_by_role("button", name=name)).to_be_in_viewport()
    menu.get_by_role("button", name=name).click()
    expect(page.locator(f"#utterance-{utterance}").get_by_role("button", name=f"{name}, 화자 바꾸기")).to_be_visible()


def test_a_statement_is_added_and_deleted(review: Page) -> None:
    plan = review.locator("#note .note-section").last
    count = plan.locator(".statement").count()
    plan.get_by_role("button", name="문장 추가").click()
    review.keyboard.type("금연 상담 시행.")
    review.keyboard.press("Enter")
    added = review.locator("#note .note-section").last.locator(".statement").last
    expect(added.locator(".mark")).to_have_text("✎")
    assert added.locator(".text").input_value() == "금연 상담 시행."
    added.get_by_role("button", name="문장 삭제").click()
    statements = review.locator("#note .note-section").last.locator(".statement")
    expect(statements).to_have_count(count)
    review.locator("#undo").click()
    expect(statements).to_have_count(count + 1)
    statements.last.get_by_role("button", name="문장 삭제").click()
    expect(statements).to_have_count(count)


def test_a_second_desk_is_told_and_nothing_is_overwritten(review: Page, service: Running) -> None:
    second = review.context.new_page()
    second.route(re.compile("/events"), lambda route: route.abort())  # it hears of nothing by itself
    second.goto(review.url)
    first_text = review.locator("#note .statement .text").last
    with review.expect_response("**/edits"):
        first_text.fill("먼저 쓴 문장.")
        first_text.blur()
    late = second.locator("#note .statement .text").last
    late.fill("늦게 쓴 문장.")
    late.blur()
    clash = second.locator(".clash")
    expect(clash).to_contain_text("먼저 쓴 문장.")
    assert late.input_value() == "늦게 쓴 문장.", "both texts are there to choose from"
    keep(second, "review-clash")
    assert problems_of(second) == []
    clash.get_by_role("button", name="저쪽 글 두기").click()
    expect(second.locator("#note .statement .text").last).to_have_value("먼저 쓴 문장.")
    second.close()
    review.reload()
    expect(review.locator("#note .statement .text").last).to_have_value("먼저 쓴 문장.")


def test_the_medicine_grid_is_edited_in_place(review: Page) -> None:
    review.get_by_role("tab", name="환자 안내문").click()
    when = review.locator("#medicines input[name=relation_to_meal]").first
    when.fill("식사 직후")
    when.blur()
    expect(review.locator("#saved")).to_have_text("저장됨", timeout=10_000)
    review.reload()
    review.get_by_role("tab", name="환자 안내문").click()
    expect(review.locator("#medicines input[name=relation_to_meal]").first).to_have_value("식사 직후")
    review.get_by_role("tab", name="진료 기록").click()


def test_a_session_that_ended_loses_nothing(review: Page, service: Running) -> None:
    review.context.clear_cookies()
    text = review.locator("#note .statement .text").first
    written = text.input_value() + " 로그인 전에 쓴 말."
    text.fill(written)
    expect(review.get_by_role("alert")).to_contain_text("로그인이 끝났습니다")
    assert text.input_value() == written
    with review.context.expect_page() as opened:
        review.get_by_role("button", name="새 창에서 로그인").click()
    _sign_in(opened.value)
    opened.value.close()
    review.evaluate("() => dispatchEvent(new Event('focus'))")
    expect(review.locator("#saved")).to_have_text("저장됨", timeout=10_000)
    expect(review.get_by_role("alert")).to_be_hidden()
    review.reload()
    expect(review.locator("#note .statement .text").first).to_have_value(written)


def test_tabs_are_worked_by_keyboard(review: Page) -> None:
    review.get_by_role("tab", name="진료 기록").focus()
    review.keyboard.press("ArrowRight")
    expect(review.get_by_role("tab", name="환자 안내문")).to_be_focused()
    expect(review.locator("#panel-summary")).to_be_visible()
    review.keyboard.press("ArrowLeft")
    expect(review.locator("#panel-note")).to_be_visible()


def test_nothing_is_wider_than_a_phone(review: Page) -> None:
    review.set_viewport_size(PHONE)
    assert review.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    review.get_by_role("tab", name="대화").click()
    expect(review.locator("#transcript")).to_be_visible()
    review.get_by_role("tab", name="진료 기록").click()
    review.set_viewport_size(DESK)


def test_signing_after_everything_is_settled(review: Page, service: Running) -> None:
    for _ in range(60):
        waiting = review.locator("[data-open] [data-act=settle], [data-open] [data-act=accept]")
        if waiting.count() == 0:
            break
        before = review.locator("#review [data-open]").count()
        review.get_by_role("button", name="남은 확인").click()
        waiting.locator("visible=true").first.click()
        expect(review.locator("#review [data-open]")).not_to_have_count(before)
    expect(review.get_by_text("남은 확인이 없습니다")).to_be_visible()
    review.get_by_role("link", name="서명하기").click()
    expect(review.get_by_role("heading", name="서명할 내용")).to_be_visible()
    expect(review.get_by_text("먼저 쓴 문장.")).to_be_visible()
    review.get_by_label("비밀번호 확인").fill("not the password")
    with review.expect_response("**/sign"):
        review.get_by_role("button", name="서명하고 전달").click()
    expect(review.get_by_role("alert")).to_have_text("비밀번호가 맞지 않습니다.")
    review.get_by_label("비밀번호 확인").fill(PASSWORD)
    review.get_by_role("button", name="서명하고 전달").click()
    expect(review.get_by_role("heading", name="서명된 기록")).to_be_visible()
    expect(review.locator("#delivery-state")).to_have_text("전달 안 함")
    review.goto(service / "encounters?day=2026-11-16")
    expect(review.get_by_role("row", name="박정호")).to_contain_text("서명됨")


def test_the_patient_reads_the_summary_on_a_phone_without_script(
    review: Page, chromium: Browser, service: Running
) -> None:
    review.goto(service / "encounters/visit-1/note")
    review.get_by_role("link", name="안내문 확인하고 승인하기").click()
    review.get_by_role("button", name="한국어 안내문 승인").click()
    review.get_by_role("button", name="주소와 QR 만들기").click()
    address = review.locator("#patient-link").get_attribute("href")
    assert address is not None
    phone = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="ko-KR")
    page = phone.new_page()
    page.goto(service.address + address)
    page.get_by_label("환자분의 생년월일").fill("19660512")
    page.get_by_role("button", name="안내문 보기").click()
    expect(page.get_by_role("heading", name="진료 안내문", exact=True)).to_be_visible()
    expect(page.get_by_text("식사 직후")).to_be_visible()
    warning = page.locator(".warning")
    expect(warning).to_be_visible()
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= PHONE["width"]
    phone.close()


def test_no_patient_text_reached_the_log(service: Running) -> None:
    log = service.log.read_text()
    assert "/encounters/{encounter_id}" in log
    for text in ("박정호", "기침", "먼저 쓴 문장", PASSWORD):
        assert text not in log
