"""Structured entries in a real browser: fields, terms found while typing, order, questions with both sides."""

import re

from playwright.sync_api import Locator, Page, expect

from scribe.domain.entries import Diagnosis, Entry
from tests.acceptance.browser import PHONE, ClinicServer, OpenPage, keep
from tests.acceptance.clinic import REVIEW


def open_entries(open_page: OpenPage, server: ClinicServer, **options: object) -> Page:
    page = open_page(**options)
    page.goto(server / f"encounters/{REVIEW}")
    page.get_by_role("tab", name=re.compile("구조화 항목")).click()
    expect(page.locator("#panel-entries")).to_be_visible()
    return page


def kept(server: ClinicServer) -> tuple[Entry, ...]:
    with server.clinic.store.begin(server.clinic.physician.actor) as work:
        latest = work.drafts.latest(REVIEW)
    assert latest is not None
    return latest.draft.entries


def row(page: Page, name: str) -> Locator:
    field = page.locator(f'[data-field="name"][data-was="{name}"]')
    return page.locator("#entries .entry", has=field).first


def note(page: Page) -> list[str]:
    return [text.input_value() for text in page.locator("#note .statement .text").all()]


def saved(page: Page) -> None:
    expect(page.locator(".unsaved, [data-saving]")).to_have_count(0, timeout=10_000)


def test_a_value_is_changed_in_place_and_note_and_summary_follow(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_entries(open_page, clinic_server)
    keep(page, "entries")
    value = row(page, "체온").locator('[data-field="value"]')
    value.fill("38.1")
    value.press("Enter")
    saved(page)
    expect(row(page, "체온").locator(".own")).to_be_visible()
    expect(row(page, "체온").locator(".as-drafted")).to_contain_text("AI 초안")
    expect(value).to_be_focused()
    assert any("38.1 ℃" in text for text in note(page)), note(page)
    row(page, "체온").get_by_role("button", name="초안대로 되돌리기").click()
    expect(row(page, "체온").locator(".as-drafted")).to_have_count(0)
    assert not any("38.1 ℃" in text for text in note(page))


def test_an_implausible_value_is_asked_about_at_its_row_and_above(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_entries(open_page, clinic_server)
    value = row(page, "체온").locator('[data-field="value"]')
    value.fill("87")
    value.press("Enter")
    saved(page)
    asked = page.locator("#flags .flag.conflict", has_text="30–43 ℃")
    expect(asked).to_be_visible()
    expect(row(page, "체온").locator(".entry-question")).to_contain_text("87 ℃")
    keep(page, "entries-implausible")
    asked.get_by_role("button", name="값 고치기").click()
    expect(value).to_be_focused()
    page.keyboard.type("36.8")
    page.keyboard.press("Enter")
    saved(page)
    expect(asked).to_have_count(0)


def test_a_diagnosis_is_found_while_typing_by_keys_alone(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_entries(open_page, clinic_server)
    page.locator("#new-kind").select_option("diagnosis")
    page.get_by_role("button", name="＋ 추가", exact=True).first.click()
    name = page.locator(".entry-new").get_by_role("combobox", name="진단명")
    expect(name).to_be_focused()
    name.press_sequentially("ㄱㅎㅇ")
    options = page.locator("#term-list").get_by_role("option")
    expect(options.first).to_be_visible()
    name.fill("당뇨")
    expect(options.first).to_contain_text("E11.9")
    keep(page, "entries-search")
    page.keyboard.press("ArrowDown")
    expect(name).to_have_attribute("aria-activedescendant", "term-0")
    page.keyboard.press("Escape")
    expect(page.locator("#term-list")).to_be_hidden()
    expect(page.locator(".entry-new")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(name).to_have_value("2형 당뇨병")
    page.keyboard.press("Enter")
    expect(row(page, "2형 당뇨병")).to_be_visible()
    made = next(entry for entry in kept(clinic_server) if entry.name == "2형 당뇨병")
    assert isinstance(made, Diagnosis)
    assert made.code is not None
    assert (made.code.code, made.author) == ("E11.9", "physician")
    assert any("2형 당뇨병 (E11.9)" in text for text in note(page))


def test_the_first_diagnosis_is_moved_by_button_and_by_dragging(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_entries(open_page, clinic_server)
    ranked = page.locator(".ranked .entry")
    names = [one.locator('[data-field="name"]').input_value() for one in ranked.all()]
    assert len(names) > 1
    ranked.first.get_by_role("button", name=re.compile("아래로")).click()
    expect(ranked.first.locator('[data-field="name"]')).to_have_value(names[1])
    expect(ranked.first.locator(".rank")).to_have_text("주상병")
    ranked.nth(1).get_by_role("button", name=re.compile("주상병으로")).press("Enter")
    expect(ranked.first.locator('[data-field="name"]')).to_have_value(names[0])
    expect(ranked.first.get_by_role("button", name=re.compile("아래로"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(ranked.first.locator('[data-field="name"]')).to_have_value(names[1])
    ranked.nth(1).locator(".rank").drag_to(ranked.first, target_position={"x": 20, "y": 2})
    expect(ranked.first.locator('[data-field="name"]')).to_have_value(names[0])


def test_a_reworded_sentence_offers_its_value_to_the_entry(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{REVIEW}")
    sentences = page.locator("#note .statement .text")
    texts = [sentence.input_value() for sentence in sentences.all()]
    place = next(index for index, text in enumerate(texts) if text.startswith("체온"))
    sentences.nth(place).fill("체온 38.2 ℃.")
    sentences.nth(place).blur()
    saved(page)
    asked = page.locator("#flags .flag.conflict", has_text="체온 38.2 ℃.")
    expect(asked.locator(".side")).to_have_count(2)
    keep(page, "entries-both-sides")
    asked.get_by_role("button", name="항목도 38.2 ℃로 바꾸기").click()
    expect(asked.get_by_role("button", name=re.compile("항목도"))).to_have_count(0)
    page.get_by_role("tab", name=re.compile("구조화 항목")).click()
    expect(row(page, "체온").locator('[data-field="value"]')).to_have_value("38.2")


def test_a_deleted_entry_can_be_brought_back_on_a_phone(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_entries(open_page, clinic_server, viewport=PHONE)
    weight = row(page, "수축기혈압")
    weight.get_by_role("button", name="수축기혈압 항목 삭제").click()
    expect(row(page, "수축기혈압")).to_have_count(0)
    page.locator(".gone-entries summary").click()
    page.get_by_role("button", name=re.compile("수축기혈압.*되살리기")).click()
    expect(row(page, "수축기혈압")).to_have_count(1)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= PHONE["width"], "nothing pushes the page wider than the screen"
