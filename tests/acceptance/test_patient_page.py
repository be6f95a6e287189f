"""The second approval at the desk, and the sheet on a patient's telephone: without script, narrow, enlarged, dark.

The tests are the steps of one hand-out: they share its server and run in the order they stand in.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.audit import axe, problems_of, small_targets, too_wide
from tests.acceptance.browser import DESKTOP, PHONE, ClinicServer, OpenPage, keep
from tests.acceptance.clinic import DELIVERED

BORN = "20010109"
NARROW = {"width": 320, "height": 640}
"""1280 pixels at 400 %: WCAG 2.2, 1.4.10 asks for no scrolling in two directions at this width."""


@pytest.fixture(scope="module")
def shared() -> dict[str, str]:
    """What one step hands to the next: the patient's address."""
    return {}


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A patient's telephone, its browser without script."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="ko-KR")
    yield context.new_page()
    context.close()


def text_sizes(page: Page) -> list[tuple[float, str]]:
    """The size in pixels of every visible text of the sheet, the smallest first."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest(".sr, thead"))
          .map(e => [parseFloat(getComputedStyle(e).fontSize), e.textContent.trim().slice(0, 20)])"""
    )
    return sorted((float(size), str(text)) for size, text in found)


def test_the_physician_sees_what_the_patient_will_see_and_approves_it(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{DELIVERED}/summary")
    frame = page.frame_locator("iframe[title='휴대전화에서 보이는 안내문']")
    expect(frame.get_by_role("heading", name="진료 안내문")).to_be_visible()
    expect(frame.get_by_text("아직 승인하지 않은 안내문입니다")).to_be_visible()
    expect(page.get_by_role("heading", name="읽기 쉬운 정도")).to_be_visible()
    keep(page, "summary-unapproved")
    assert problems_of(page) == []
    page.get_by_label("콧물 증상도 말씀하셨어요.").check()
    page.get_by_role("button", name="고른 내용 빼고 다시 보기").click()
    expect(page.frame_locator("iframe").first.get_by_text("기침, 목 아픔")).to_be_visible()
    expect(page.frame_locator("iframe").first.get_by_text("콧물")).to_have_count(0)
    page.get_by_role("button", name="한국어 안내문 승인").click()
    expect(page.get_by_role("link", name="인쇄용 PDF")).to_be_visible()
    expect(page.frame_locator("iframe").first.get_by_text("아직 승인하지 않은 안내문입니다")).to_have_count(0)
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="영어 안내문 승인").click()
    expect(page.get_by_role("link", name="인쇄용 PDF")).to_be_visible()
    keep(page, "summary-english")


def test_the_address_is_shown_once_as_a_picture_to_scan(
    open_page: OpenPage, clinic_server: ClinicServer, shared: dict[str, str]
) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{DELIVERED}/summary/ko")
    page.get_by_role("radio", name="3일").check()
    page.get_by_role("button", name="주소와 QR 만들기").click()
    expect(page.get_by_role("img", name="안내문 주소의 QR 코드")).to_be_visible()
    address = page.locator("#patient-link").get_attribute("href")
    assert address is not None
    shared["address"] = address.lstrip("/")
    keep(page, "summary-link")
    assert problems_of(page) == []
    page.get_by_role("link", name="안내문으로 돌아가기").click()
    expect(page.get_by_text("열려 있음")).to_be_visible()
    assert shared["address"] not in page.content()
    keep(page, "summary-approved")
    page.get_by_role("link", name="환자 안내문", exact=True).click()
    expect(page.get_by_role("rowheader", name="남궁하늘")).to_have_count(2)
    keep(page, "summaries")
    assert problems_of(page) == []


def test_the_patient_opens_it_without_script(phone: Page, clinic_server: ClinicServer, shared: dict[str, str]) -> None:
    phone.goto(clinic_server / shared["address"])
    expect(phone.get_by_role("heading", name="진료 안내문 열기")).to_be_visible()
    keep(phone, "patient-ask")
    phone.get_by_label("환자분의 생년월일").fill("20010901")
    phone.get_by_role("button", name="안내문 보기").click()
    expect(phone.get_by_role("alert")).to_contain_text("4번 더")
    keep(phone, "patient-wrong")
    phone.get_by_label("환자분의 생년월일").fill("2001년 1월 9일")
    phone.get_by_role("button", name="안내문 보기").click()
    expect(phone.get_by_role("heading", name="진료 안내문")).to_be_visible()
    expect(phone.get_by_role("table", name="약 먹는 시간표")).to_be_visible()
    expect(phone.get_by_role("region", name="이럴 때는 바로 병원에 오세요")).to_contain_text("119")
    keep(phone, "patient-sheet")
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_role("heading", name="Your visit summary")).to_be_visible()
    keep(phone, "patient-sheet-english")


def test_nothing_is_objected_to_on_the_way_to_the_sheet_and_in_english(
    open_page: OpenPage, clinic_server: ClinicServer, shared: dict[str, str]
) -> None:
    """With script, as axe-core needs it: the pages themselves have none."""
    page = open_page(PHONE, login=None, expected=("403",))
    page.goto(clinic_server / shared["address"])
    assert problems_of(page) == []
    page.get_by_label("환자분의 생년월일").fill("20010901")
    page.get_by_role("button", name="안내문 보기").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert problems_of(page) == []
    page.get_by_label("환자분의 생년월일").fill(BORN)
    page.get_by_role("button", name="안내문 보기").click()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Your visit summary")).to_be_visible()
    assert problems_of(page) == []


@pytest.mark.parametrize("viewport", [PHONE, NARROW, DESKTOP], ids=["phone", "narrow", "desk"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_text_is_large_and_nothing_scrolls_sideways(
    open_page: OpenPage, clinic_server: ClinicServer, shared: dict[str, str], viewport: dict[str, int], language: str
) -> None:
    page = _opened(open_page, clinic_server, shared, viewport)
    page.goto(clinic_server / f"{shared['address']}/{language}")
    smallest, where = text_sizes(page)[0]
    assert smallest >= 18, where
    assert too_wide(page) == []
    page.get_by_label("글자 크게" if language == "ko" else "Larger text").check()
    larger, _ = text_sizes(page)[0]
    assert larger >= 1.3 * smallest
    assert too_wide(page) == []
    if viewport == NARROW:
        keep_narrow(page, f"patient-narrow-{language}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_sheet_and_contrast_is_seven_to_one(
    open_page: OpenPage, clinic_server: ClinicServer, shared: dict[str, str], scheme: str
) -> None:
    page = _opened(open_page, clinic_server, shared, PHONE, scheme)
    assert axe(page) == axe(page, ("color-contrast-enhanced",)) == []
    assert small_targets(page) == []
    assert page.evaluate("getComputedStyle(document.querySelector('main')).lineHeight") == "32.3px"


def test_the_table_keeps_its_meaning_as_cards(
    open_page: OpenPage, clinic_server: ClinicServer, shared: dict[str, str]
) -> None:
    page = _opened(open_page, clinic_server, shared, NARROW)
    row = page.get_by_role("row").nth(1)
    expect(row.get_by_role("rowheader")).to_be_visible()
    assert row.get_by_role("cell").count() >= 3
    expect(page.get_by_role("columnheader", name="아침")).to_have_count(1)


def test_an_address_that_was_switched_off_shows_a_kind_page(
    open_page: OpenPage, phone: Page, clinic_server: ClinicServer, shared: dict[str, str]
) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{DELIVERED}/summary/ko")
    page.get_by_role("button", name="주소 끄기").click()
    expect(page.get_by_text("꺼짐")).to_be_visible()
    phone.goto(clinic_server / shared["address"])
    expect(phone.get_by_role("heading", name="닫힌 주소입니다")).to_be_visible()
    expect(phone.get_by_text("새 주소를 요청하세요")).to_be_visible()
    keep(phone, "patient-closed")


def _opened(
    open_page: OpenPage,
    clinic_server: ClinicServer,
    shared: dict[str, str],
    viewport: dict[str, int],
    scheme: str = "light",
) -> Page:
    """The sheet, opened by the birth date."""
    page = open_page(viewport, scheme, login=None)
    page.goto(clinic_server / shared["address"])
    page.get_by_label("환자분의 생년월일").fill(BORN)
    page.get_by_role("button", name="안내문 보기").click()
    expect(page.get_by_role("heading", name="진료 안내문")).to_be_visible()
    return page


def keep_narrow(page: Page, name: str) -> None:
    """A picture at the width that 400 % leaves of a screen."""
    folder = Path(os.environ.get("SCREENSHOTS", "var/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
