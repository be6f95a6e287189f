"""The edge agent as a process: a virtual microphone, the real recogniser, the page in a real browser, and SIGKILL."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from edge_agent.outfit import opened_spool, site_key
from edge_agent.recordings import RecordingState
from scribe.domain.formats import read_transcript
from tests.acceptance.browser import ARGUMENTS, CHROMIUM
from tests.acceptance.edge_site import SCRIBE, Site, consultation, eventually
from tests.edge_agent.virtual_microphone import VirtualMicrophone
from tests.uplink_service import served, uplink_clinic

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser.new_context(locale="ko-KR").new_page()
        browser.close()


def start_by_page(page: Page, site: Site) -> None:
    page.goto(site.entrance())
    expect(page.locator("#state")).to_have_text("녹음 준비됨", timeout=30_000)
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+r")
    expect(page.locator("#state")).to_have_text("녹음 중", timeout=20_000)


def test_what_is_said_at_the_desk_appears_and_is_kept(site: Site, page: Page, microphone: VirtualMicrophone) -> None:
    site.start()
    start_by_page(page, site)
    speech, rate = consultation(20)
    microphone.play(speech, rate)
    expect(page.locator("#stable")).to_contain_text("아파요", timeout=60_000)  # live, while it goes on
    context = page.context
    page.close()  # the agent records, not the browser
    time.sleep(1)
    page = context.new_page()
    page.goto(site.entrance())
    expect(page.locator("#state")).to_have_text("녹음 중")
    expect(page.locator("#stable")).to_contain_text("아파요")
    page.keyboard.press("Alt+s")
    row = page.locator("#recordings li")
    expect(row).to_contain_text("받아쓰기 완료", timeout=90_000)
    row.get_by_role("button", name="받아쓰기 보기").click()
    expect(page.locator("#transcript")).to_contain_text("아파요")
    assert site.end() == 0
    with opened_spool(site.settings, site_key(site.settings)) as spool:
        summary = spool.recordings()[0]
        assert summary.state is RecordingState.TRANSCRIBED
        assert spool.header(summary.id).consent.decided_by == "patient"
        transcript = read_transcript(spool.document(summary.id, "transcript.json"), "transcript.json")
        assert transcript.recording is not None
        assert transcript.recording.sha256 == summary.sha256
        said = "".join(utterance.text for utterance in transcript.utterances)
    assert "아파요" in said
    assert not any(word in site.log for word in said.split() if len(word) > 2)
    assert not any("아파요".encode() in file.read_bytes() for file in site.folder.rglob("*") if file.is_file())


def test_a_killed_agent_loses_at_most_a_second(site: Site, page: Page, microphone: VirtualMicrophone) -> None:
    site.start()
    start_by_page(page, site)
    speech, rate = consultation(30)
    microphone.play(speech, rate)
    eventually(lambda: _clock(page) >= 12, "12 s on the clock")
    shown = _clock(page)
    site.kill()
    expect(page.locator("#link")).to_contain_text("연결이 끊겼습니다", timeout=20_000)
    listed = site.run("recover", "--json")
    assert '"interrupted": true' in listed.stdout, listed.stderr
    site.start()
    page.goto(site.entrance())
    expect(page.locator("#notices")).to_contain_text("녹음이 끊겼습니다")
    row = page.locator("#recordings li")
    expect(row).to_contain_text("받아쓰기 완료", timeout=90_000)
    row.get_by_role("button", name="받아쓰기 보기").click()
    expect(page.locator("#transcript")).to_contain_text("아파요")
    assert site.end() == 0
    with opened_spool(site.settings, site_key(site.settings)) as spool:
        summary = spool.recordings()[0]
        assert summary.duration >= shown - 1.0
        assert spool.reader(summary.id).problems == ()


def test_a_consultation_reaches_the_service(site: Site, page: Page, microphone: VirtualMicrophone) -> None:
    with uplink_clinic(site.folder.parent / "service") as clinic, served(clinic):
        visit = clinic.visit(state=None)
        enrolled = site.run("enrol", clinic.url, clinic.invite(), "--name", "진료실 1")
        assert enrolled.returncode == 0, enrolled.stderr
        assert "서울내과의원" in enrolled.stdout
        site.start()
        page.goto(site.entrance())
        expect(page.locator("#state")).to_have_text("녹음 준비됨", timeout=30_000)
        expect(page.locator("#encounter option")).to_have_count(2)
        page.locator("#encounter").select_option(visit)
        page.keyboard.press("Alt+1")
        page.keyboard.press("Alt+r")
        expect(page.locator("#state")).to_have_text("녹음 중", timeout=20_000)
        microphone.play_through(*consultation(12))
        page.keyboard.press("Alt+s")
        expect(page.locator("#recordings li")).to_contain_text("전송 완료", timeout=90_000)
        expect(page.locator("#upload-summary")).to_have_text("모두 전송했습니다.")
        assert site.end() == 0
        assert clinic.count("transcript") == 1
        assert clinic.drafted == [visit]
        with clinic.store.begin(clinic.kim.actor) as work:
            assert [decision.state for decision in work.consents.list(visit)] == ["given"]
    assert "홍길순" not in site.log
    assert visit not in site.log


def _clock(page: Page) -> int:
    minutes, seconds = page.locator("#clock").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_one_recording_without_a_page(site: Site, microphone: VirtualMicrophone, tmp_path: Path) -> None:
    output = tmp_path / "transcript.json"
    command = [*SCRIBE, "record", "--consent", "guardian", "-o", str(output)]
    recorder = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=site.environment
    )
    with recorder:
        assert recorder.stderr is not None
        assert recorder.stderr.readline().startswith("00:00")
        speech, rate = consultation(12)
        microphone.play_through(speech, rate)
        recorder.send_signal(signal.SIGINT)
        printed, errors = recorder.communicate(timeout=90)
    assert recorder.returncode == 0, errors
    assert printed.strip() == str(output)
    transcript = read_transcript(output.read_bytes(), output.name)
    assert "아파요" in "".join(utterance.text for utterance in transcript.utterances)


def test_a_second_interruption_leaves_a_recording_that_recover_finishes(
    site: Site, microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    recorder = subprocess.Popen(
        [*SCRIBE, "record", "--consent", "patient"], stderr=subprocess.PIPE, text=True, env=site.environment
    )
    with recorder:
        assert recorder.stderr is not None
        first = recorder.stderr.readline()
        assert first.startswith("00:00"), first + recorder.stderr.read()
        speech, rate = consultation(12)
        microphone.play_through(speech, rate)
        recorder.send_signal(signal.SIGINT)
        while "waiting for the transcript" not in recorder.stderr.readline():
            pass
        recorder.send_signal(signal.SIGINT)
        errors = recorder.stderr.read()
        assert recorder.wait(40) in (0, 130), errors  # 0 where the transcript was quicker
    output = tmp_path / "transcript.json"
    with opened_spool(site.settings, site_key(site.settings)) as spool:
        recording_id = spool.recordings()[0].id
    done = site.run("recover", recording_id, "-o", str(output))
    assert done.returncode == 0, done.stderr
    assert recording_id in done.stdout
    assert "아파요" in output.read_text("utf-8")
    assert "nothing is unfinished" in site.run("recover").stderr
