"""Key chords in a real browser: by the key's place, silent while a syllable is composed, near to the focus."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.browser import ClinicServer, OpenPage

PRESS = """([code, key, more]) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
  { code, key, bubbles: true, cancelable: true, ...more }))"""
OFFERS = """() => {
  document.querySelector('main').innerHTML = `
    <div id="one"><textarea aria-label="하나"></textarea><button data-key-action="accept">하나</button></div>
    <div id="two"><textarea aria-label="둘"></textarea><button data-key-action="accept">둘</button></div>
    <button data-key-action="undo" disabled>끔</button><button data-key-action="redo" hidden>숨김</button>
    <button data-key-action="next-open">다음</button><input type="search" data-key-action="search" aria-label="찾기">
    <dialog><button data-key-action="panel-note">안</button></dialog>`;
  window.pressed = [];
  for (const one of document.querySelectorAll('main button')) one.onclick = () => window.pressed.push(one.textContent);
}"""


@pytest.fixture
def page(open_page: OpenPage, clinic_server: ClinicServer) -> Page:
    """A page that offers a few actions."""
    page = open_page()
    page.goto(clinic_server / "keys")
    page.evaluate(OFFERS)
    return page


@pytest.fixture
def pressed(page: Page) -> Callable[[], list[str]]:
    return lambda: list(page.evaluate("() => window.pressed.splice(0)"))


def test_a_chord_presses_what_offers_its_action(page: Page, pressed: Callable[[], list[str]]) -> None:
    page.keyboard.press("Alt+KeyN")
    assert pressed() == ["다음"]
    page.keyboard.press("n")
    page.keyboard.press("Control+Alt+KeyM")
    assert pressed() == []


def test_the_place_of_the_key_counts_whatever_the_input_method_writes(
    page: Page, pressed: Callable[[], list[str]]
) -> None:
    page.evaluate(PRESS, ["KeyN", "ㅜ", {"altKey": True}])
    assert pressed() == ["다음"]
    page.evaluate(PRESS, ["KeyB", "n", {"altKey": True}])
    assert pressed() == []


def test_chords_are_silent_while_a_syllable_is_composed(page: Page, pressed: Callable[[], list[str]]) -> None:
    page.get_by_label("하나").focus()
    page.evaluate(PRESS, ["KeyN", "ㅜ", {"altKey": True, "isComposing": True}])
    page.evaluate(PRESS, ["KeyN", "Process", {"altKey": True, "keyCode": 229}])
    assert pressed() == []
    page.evaluate(PRESS, ["KeyN", "ㅜ", {"altKey": True}])
    assert pressed() == ["다음"]


def test_what_is_near_the_focus_is_meant_and_nothing_is_settled_from_afar(
    page: Page, pressed: Callable[[], list[str]]
) -> None:
    page.get_by_label("둘").focus()
    page.keyboard.press("Alt+KeyA")
    assert pressed() == ["둘"]
    page.get_by_label("하나").focus()
    page.keyboard.press("Alt+KeyA")
    assert pressed() == ["하나"]
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Alt+KeyA")
    assert pressed() == []
    expect(page.get_by_role("button", name="하나")).to_be_focused()


def test_a_field_is_gone_to_and_what_is_off_or_hidden_is_left(page: Page, pressed: Callable[[], list[str]]) -> None:
    page.keyboard.press("Alt+KeyQ")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Alt+KeyZ")
    page.keyboard.press("Alt+KeyY")
    assert pressed() == []


def test_an_open_dialog_keeps_chords_to_itself(page: Page, pressed: Callable[[], list[str]]) -> None:
    page.evaluate("() => document.querySelector('main dialog').showModal()")
    page.keyboard.press("Alt+KeyN")
    page.keyboard.press("Alt+Digit1")
    assert pressed() == ["안"]


def test_the_list_opens_by_chord_shows_what_the_page_offers_and_closes(page: Page) -> None:
    page.keyboard.press("Alt+Slash")
    dialog = page.get_by_role("dialog", name="이 화면의 단축키")
    expect(dialog.get_by_role("row", name="다음 확인 항목")).to_contain_text("N")
    expect(dialog.get_by_role("row", name="되돌리기")).to_be_hidden()
    expect(dialog.get_by_role("button", name="닫기")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_button_tells_its_chord_when_the_focus_comes(page: Page) -> None:
    button = page.get_by_role("button", name="다음", exact=True)
    button.focus()
    expect(button).to_have_attribute("aria-keyshortcuts", "Alt+N")
    expect(button).to_have_attribute("title", "다음 (Alt+N)")


def test_a_chord_is_chosen_by_pressing_it_and_holds_at_once(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(expected=("422",))
    page.goto(clinic_server / "keys")
    field = page.get_by_label("진료 목록 열기")
    field.press("Alt+KeyK")
    expect(field).to_have_value("Alt+K")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_role("alert")).to_contain_text("저장하지 못했습니다")
    expect(page.get_by_label("재생·멈춤")).to_have_accessible_description("‘진료 목록 열기’에 쓰고 있습니다")
    page.get_by_label("진료 목록 열기").press("Alt+KeyM")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_label("진료 목록 열기")).to_have_value("Alt+M")
    page.get_by_role("heading", name="단축키 설정").click()
    page.keyboard.press("Alt+KeyM")
    expect(page).to_have_url(clinic_server / "encounters")
    page.goto(clinic_server / "keys")
    page.get_by_role("button", name="모두 처음 값으로").click()
    expect(page.get_by_label("진료 목록 열기")).to_have_value("Alt+W")


def test_the_page_is_darkened_at_once_and_stays_so(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / "encounters")
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="이서연").click()
    with page.expect_response("**/appearance"):
        page.get_by_role("button", name="어둡게").click()
    dark = page.evaluate(ground)
    assert dark != light
    expect(page.get_by_role("button", name="어둡게")).to_have_attribute("aria-pressed", "true")
    page.goto(clinic_server / "deliveries")
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(23, 33, 43)", "paper is light"


def test_without_script_the_frame_still_works(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(clinic_server / "deliveries")
    page.get_by_role("button", name="이서연").click()
    page.get_by_role("button", name="밝게").click()
    expect(page).to_have_url(clinic_server / "deliveries")
    page.get_by_role("button", name="단축키 보기").click()
    expect(page.get_by_role("dialog", name="이 화면의 단축키")).to_be_visible()
