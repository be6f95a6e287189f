"""The desk page in a real browser, by keyboard alone, over an agent whose microphone says what the test says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from edge_agent.desk.access import DeskKey
from edge_agent.desk.app import Page as DeskPage
from edge_agent.desk.server import entrance, serving
from edge_agent.devices import InputDevice
from edge_agent.doctor import Check, Korean, Report
from edge_agent.level import Level
from edge_agent.recordings import RecordingState
from edge_agent.states import AgentState
from scribe.domain.uplink import OpenEncounter
from tests.acceptance.audit import axe
from tests.edge_agent.agent_parts import Bench, FakeRecogniser, FakeWay, bench

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
KEY = DeskKey(b"k" * 32)
ENCOUNTERS = [
    OpenEncounter(
        id=f"enc-{number}", start=datetime(2026, 11, 22, 1, 15 * number, tzinfo=UTC), label=label,
        setting="outpatient", consent=consent, recorded=False,
    )
    for number, (label, consent) in enumerate([("김○○ 여 54세", None), ("박○○ 남 61세", "refused")])
]  # fmt: skip
MICROPHONES = tuple(
    InputDevice(index=i, name=name, host_api="ALSA", channels=1, default_rate=48000, is_default=not i)
    for i, name in enumerate(["Built-in", "USB"])
)
REPORT = Report(
    (
        Check("microphone", "ok", "", "", Korean("마이크", "Built-in: 잘 들립니다.")),
        Check(
            "model", "failed", "", "", Korean("인식 모델", "음성 인식 모델이 없습니다.", "전산 담당자에게 알리세요.")
        ),
    )
)

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


class Desk:
    """The agent, its page's address, and a browser that was let in; whatever the page complains about fails."""

    def __init__(self, parts: Bench, address: str, browser: Browser) -> None:
        self.parts, self.address = parts, address
        self.context = browser.new_context(locale="ko-KR", timezone_id="Asia/Seoul")
        self.complaints: list[str] = []
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in {"error", "warning"} else None
        )
        page.goto(entrance(self.address, KEY))
        expect(page.locator("#state")).not_to_have_text("연결 중")
        return page

    def record(self, seconds: float = 5) -> None:
        self.page.keyboard.press("Alt+1")
        self.page.keyboard.press("Alt+r")
        expect(self.page.locator("#state")).to_have_text("마이크 여는 중")
        self.parts.room.talk(seconds)
        expect(self.page.locator("#state")).to_have_text("녹음 중")


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    way, recogniser = FakeWay(*ENCOUNTERS), FakeRecogniser(prompt=False)
    with bench(tmp_path / "spool", way=way, recogniser=recogniser, now=lambda: datetime.now(UTC)) as parts:
        page = DeskPage(
            agent=parts.agent, key=KEY, now=lambda: datetime.now(UTC), microphones=lambda: MICROPHONES,
            examine=lambda: REPORT,
        )  # fmt: skip
        with serving(page, 0) as address:
            found = Desk(parts, address, chromium)
            yield found
            found.context.close()
            unexpected = [line for line in found.complaints if "409 (Conflict)" not in line]
            assert unexpected == []


def test_it_opens_with_the_consultation_that_the_service_names(desk: Desk) -> None:
    picker = desk.page.locator("#encounter")
    desk.page.goto(f"{desk.address}/?encounter=enc-1")
    expect(picker).to_have_value("enc-1")
    expect(desk.page.locator("#encounter-hint")).to_contain_text("녹음을 거부했습니다")
    desk.page.goto(f"{desk.address}/?encounter=unknown")
    expect(desk.page.locator("#state")).not_to_have_text("연결 중")
    expect(picker).to_have_value("")


def test_a_visit_by_keyboard_alone(desk: Desk) -> None:
    page, parts = desk.page, desk.parts
    page.keyboard.press("Alt+r")
    expect(page.get_by_role("alert")).to_contain_text("먼저 녹음 동의를 확인하세요")
    expect(page.get_by_label("환자 동의")).to_be_focused()
    assert parts.room.opened == []
    page.keyboard.press("2")  # one key, without Alt, within the consent
    expect(page.get_by_label("보호자 동의")).to_be_checked()
    expect(page.get_by_role("alert")).to_be_hidden()
    page.locator("#encounter").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+r")
    expect(page.locator("#state")).to_have_text("마이크 여는 중")
    expect(page.locator("#state-title")).to_be_focused()
    parts.room.talk(75)
    expect(page.locator("#clock")).to_have_text("01:15")
    expect(page.locator("#about")).to_have_text("보호자 동의 · 김○○ 여 54세")
    page.keyboard.press("Alt+p")
    expect(page.locator("#state")).to_have_text("일시정지")
    page.keyboard.press("Alt+p")
    expect(page.locator("#state")).to_have_text("녹음 중")
    page.keyboard.press("Alt+z")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="최근 1분 지우기")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#clock")).to_have_text("00:15")
    expect(page.locator("#about")).to_contain_text("지운 시간 1분")
    page.keyboard.press("Alt+s")
    expect(page.locator("#state")).to_have_text("받아쓰는 중 · 새 녹음 가능")
    parts.recogniser.last.answer("안녕하세요, 어디가 불편하세요?", "사흘 전부터 기침이 나요.")
    row = page.locator("#recordings li")
    expect(row).to_contain_text("전송 대기")
    expect(row).to_contain_text("15초")
    assert parts.spool.recordings()[0].encounter_id == "enc-0"
    assert parts.spool.header(parts.spool.recordings()[0].id).consent.decided_by == "guardian"
    expect(page.get_by_label("보호자 동의")).not_to_be_checked()  # the next patient is asked anew
    row.get_by_role("button", name="받아쓰기 보기").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("사흘 전부터 기침이 나요.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_stable_words_stay_and_tentative_ones_are_told_apart(desk: Desk) -> None:
    desk.record()
    page, hearing = desk.page, desk.parts.recogniser.last
    hearing.partial("안녕하세요", "어디가", tentative="불편")
    expect(page.locator("#stable")).to_contain_text("안녕하세요 어디가 불편")
    expect(page.locator(".tentative")).to_have_text("불편")
    page.evaluate("document.querySelector('#stable p').dataset.kept = 'yes'")
    hearing.partial("안녕하세요", "어디가", "불편하세요", tentative="")
    expect(page.locator("#stable")).to_contain_text("불편하세요")
    expect(page.locator(".tentative")).to_have_text("")
    expect(page.locator("#stable [data-kept=yes]")).to_contain_text("불편하세요")  # appended to, never rewritten
    style = page.evaluate("getComputedStyle(document.querySelector('.tentative-sample')).fontStyle")
    assert style == "italic"
    assert page.locator("#stable").get_attribute("aria-live") is None


def test_what_goes_off_the_record_leaves_the_page_too(desk: Desk) -> None:
    desk.record(40)
    page = desk.page
    desk.parts.recogniser.last.partial("남을말", "지울말", tentative="꼬리", step=20.0)
    expect(page.locator("#stable")).to_contain_text("지울말")
    page.keyboard.press("Alt+z")
    page.keyboard.press("Escape")
    expect(page.locator("#stable")).to_contain_text("지울말")
    page.get_by_role("button", name="오프 더 레코드").click()
    page.get_by_role("button", name="최근 30초 지우기").click()
    expect(page.locator("#stable")).not_to_contain_text("지울말")
    expect(page.locator("#stable")).to_contain_text("남을말")
    expect(page.locator("#clock")).to_have_text("00:10")


def test_closing_and_reopening_the_page_changes_nothing(desk: Desk) -> None:
    desk.record()
    desk.parts.recogniser.last.partial("하나", "둘")
    second = desk.open()
    expect(second.locator("#stable")).to_contain_text("하나 둘")
    desk.page.close()
    desk.parts.room.talk(60)
    expect(second.locator("#clock")).to_have_text("01:05")
    second.close()
    desk.parts.room.talk(60)
    assert desk.parts.agent.state is AgentState.RECORDING
    desk.page = desk.open()
    expect(desk.page.locator("#clock")).to_have_text("02:05")
    desk.page.keyboard.press("Alt+s")
    expect(desk.page.locator("#state")).to_contain_text("받아쓰는 중")


def test_warnings_are_shown_and_read_out_once(desk: Desk) -> None:
    desk.record()
    page, microphone = desk.page, desk.parts.room.microphone
    microphone.level = Level(-95.0, -90.0)
    microphone.say("silence")
    expect(page.locator("#notices")).to_contain_text("소리가 들리지 않습니다")
    expect(page.get_by_role("status")).to_contain_text("소리가 들리지 않습니다")
    expect(page.locator("#meter-hint")).to_have_text("소리가 없습니다. 마이크가 켜져 있나요?")
    microphone.say("sound")
    expect(page.locator("#notices li")).to_have_count(0)
    microphone.level = Level(-2.0, 0.0, True)
    expect(page.locator("#meter-hint")).to_contain_text("소리가 너무 큽니다")


def test_a_recording_is_assigned_and_discarded_from_the_list(desk: Desk) -> None:
    desk.record()
    page, parts = desk.page, desk.parts
    page.keyboard.press("Alt+s")
    parts.recogniser.last.answer("안녕하세요")
    row = page.locator("#recordings li")
    expect(row).to_contain_text("진료를 지정하면 보냅니다.")
    row.get_by_role("button", name="진료 지정").click()
    page.locator("#assign-encounter").select_option("enc-0")
    page.get_by_role("button", name="지정", exact=True).click()
    expect(row).to_contain_text("김○○ 여 54세")
    assert parts.way is not None
    assert len(parts.way.submitted) == 1
    parts.way.park(parts.way.submitted[0], "이미 서명된 진료입니다. 다른 진료를 선택하세요.")
    expect(row).to_contain_text("보내지 못함")
    expect(row).to_contain_text("이미 서명된 진료입니다.")
    row.get_by_role("button", name="버리기").click()
    page.get_by_role("button", name="취소").click()
    expect(row).to_have_count(1)
    row.get_by_role("button", name="버리기").click()
    page.get_by_role("dialog").get_by_role("button", name="버리기").click()
    expect(row).to_have_count(0)
    assert parts.spool.recordings()[0].state is RecordingState.DISCARDED


def test_what_must_be_known_before_recording(desk: Desk) -> None:
    desk.page.locator("#encounter").select_option("enc-1")
    expect(desk.page.locator("#encounter-hint")).to_contain_text("녹음을 거부했습니다")
    desk.page.locator("#doctor summary").click()
    expect(desk.page.locator("#checks")).to_contain_text("음성 인식 모델이 없습니다.")
    expect(desk.page.locator("#doctor-summary")).to_have_text("문제 1건")


def test_the_microphone_is_chosen_and_tried(desk: Desk) -> None:
    page = desk.page
    page.keyboard.press("Alt+m")
    expect(page.locator("#microphone")).to_be_focused()
    expect(page.locator("#microphone option")).to_have_count(3)
    page.locator("#microphone").select_option("USB")
    page.get_by_role("button", name="마이크 시험").click()
    expect(page.locator("#microphone-name")).to_have_text("사용 중: USB")
    desk.parts.room.microphone.level = Level(-22.0, -10.0)
    expect(page.locator("#meter-hint")).to_have_text("잘 들립니다.")
    page.get_by_role("button", name="시험 끝내기").click()
    expect(page.get_by_role("button", name="마이크 시험")).to_be_visible()
    assert desk.parts.spool.recordings() == ()


def test_a_korean_input_method_does_not_change_the_keys(desk: Desk) -> None:
    """With it the letter of the key is Korean: the physical key counts."""
    press = "new KeyboardEvent('keydown', {{code: '{}', key: '{}', altKey: true, bubbles: true, cancelable: true}})"
    page = desk.page
    page.evaluate(f"document.body.dispatchEvent({press.format('Digit1', '1')})")
    page.evaluate(f"document.body.dispatchEvent({press.format('KeyR', 'ㄱ')})")
    expect(page.locator("#state")).to_have_text("마이크 여는 중")
    desk.parts.room.talk(1)
    page.evaluate(f"document.body.dispatchEvent({press.format('KeyS', 'ㄴ')})")
    expect(page.locator("#state")).to_contain_text("받아쓰는 중")


def test_letters_alone_do_nothing(desk: Desk) -> None:
    desk.record()
    for key in ("s", "p", "z", "r", "1", "2", " "):
        desk.page.locator("#live-title").focus()
        desk.page.keyboard.press(key)
    desk.page.wait_for_timeout(300)
    assert desk.parts.agent.state is AgentState.RECORDING
    desk.page.keyboard.press("?")
    expect(desk.page.get_by_role("dialog")).to_contain_text("단축키")
    desk.page.keyboard.press("Alt+s")  # not behind a dialog
    desk.page.wait_for_timeout(200)
    assert desk.parts.agent.state is AgentState.RECORDING


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_hit_and_read(desk: Desk, width: int, scheme: str) -> None:
    page = desk.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for recording in (False, True):
        if recording:
            desk.record()
            desk.parts.room.microphone.say("device_lost")
            expect(page.locator("#notices li")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = page.evaluate(
            """[...document.querySelectorAll('main button, main select, main summary, .choice, .topbar button')]
               .filter((it) => it.offsetParent && (it.offsetHeight < 44 || it.offsetWidth < 44))
               .map((it) => it.outerHTML.slice(0, 80))"""
        )
        assert small == []
        assert page.evaluate(_FAINT) == []
        if width == 390:
            assert axe(page) == []


def test_focus_is_visible_and_every_control_has_a_name(desk: Desk) -> None:
    page = desk.page
    for _ in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """(() => { const it = document.activeElement;
               const shown = it.matches('.choice input') ? it.nextElementSibling : it;
               return parseFloat(getComputedStyle(shown).outlineWidth) || 0; })()"""
        )
        assert outline >= 2
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, select, input, dialog, section, [role=region]')]
           .filter((it) => !(it.textContent.trim() || it.ariaLabel || it.labels?.length
                             || it.getAttribute('aria-labelledby')))
           .map((it) => it.outerHTML.slice(0, 80))"""
    )
    assert nameless == []


_FAINT = """(() => {
  const linear = (part) => (part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
  const channel = (value) => linear(value / 255);
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const ground = (it) => { for (; it; it = it.parentElement) {
    const colour = parse(getComputedStyle(it).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour; } return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter((it) => it.checkVisibility({visibilityProperty: true})
      && !it.matches('.sr, .skip, kbd, option, :disabled, .sr *') && !it.closest(':disabled')
      && [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .map((it) => { const one = light(parse(getComputedStyle(it).color)), two = light(ground(it));
      return [(Math.max(one, two) + .05) / (Math.min(one, two) + .05), it.outerHTML.slice(0, 60)]; })
    .filter(([ratio]) => ratio < 4.5);
})()"""
