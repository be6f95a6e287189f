"""Writing in the note, in a real browser: order, undo, two at one draft, closing the tab, copying, the way to sign."""

import re
import time

from playwright.sync_api import Page, expect

from tests.acceptance.browser import PHONE, ClinicServer, OpenPage, keep
from tests.acceptance.clinic import REVIEW


def open_review(open_page: OpenPage, server: ClinicServer, **options: object) -> Page:
    page = open_page(**options)
    page.goto(server / f"encounters/{REVIEW}")
    expect(page.locator("#saved")).to_have_text("저장됨")
    return page


def texts(page: Page, section: str = "subjective") -> list[str]:
    shown = page.locator(f'#note [data-section="{section}"] .statement .text')
    return [text.input_value() for text in shown.all()]


def saved(page: Page) -> None:
    expect(page.locator(".unsaved, [data-saving]")).to_have_count(0, timeout=10_000)


def kept(server: ClinicServer) -> list[str]:
    with server.clinic.store.begin(server.clinic.physician.actor) as work:
        latest = work.drafts.latest(REVIEW)
    assert latest is not None
    return [statement.text for section in latest.draft.note.sections for statement in section.statements]


def test_statements_are_moved_by_keys_by_menu_and_by_dragging(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    before = texts(page)
    page.locator("#note .statement .text").first.focus()
    page.keyboard.press("Control+Alt+KeyD")
    expect(page.locator("#note .statement .text").first).to_have_value(before[1])
    assert texts(page) == [before[1], before[0], *before[2:]]
    expect(page.locator("#note .statement").nth(1).locator(".text")).to_be_focused()

    page.locator("#note .statement").first.locator(".grip").click()
    menu = page.get_by_role("dialog", name="문장 메뉴")
    expect(menu).to_be_visible()
    keep(page, "statement-menu")
    menu.get_by_role("button", name="P · 계획").click()
    plan = page.locator('#note [data-section="plan"] .statement .text')
    expect(plan.last).to_have_value(before[1])

    plan.last.scroll_into_view_if_needed()
    grip = plan.last.locator("xpath=..").locator(".grip").bounding_box()
    pane = page.locator(".note-pane .pane-body").bounding_box()
    assert grip is not None
    assert pane is not None
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(pane["x"] + 200, pane["y"] + 200, steps=3)
    page.mouse.move(pane["x"] + 200, pane["y"] + 10, steps=2)
    first = page.locator("#note .statement").first
    page.wait_for_function("() => document.querySelector('.note-pane .pane-body').scrollTop === 0")
    goal = first.bounding_box()
    assert goal is not None
    page.mouse.move(goal["x"] + 200, goal["y"] + 4, steps=2)
    expect(page.locator(".drop-above")).to_have_count(1)
    page.mouse.up()
    expect(page.locator("#note .statement .text").first).to_have_value(before[1])
    assert texts(page) == [before[1], before[0], *before[2:]]


def test_splitting_and_joining_are_undone_step_by_step(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    before = texts(page)
    first = page.locator("#note .statement .text").first
    first.focus()
    first.evaluate("(text) => text.setSelectionRange(4, 4)")
    page.keyboard.press("Control+Enter")
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before) + 1)
    assert "".join(texts(page)[:2]).replace(" ", "") == before[0].replace(" ", "")
    second = page.locator("#note .statement .text").nth(1)
    second.focus()
    second.evaluate("(text) => text.setSelectionRange(0, 0)")
    page.keyboard.press("Backspace")
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before))
    page.locator("#undo").click()
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before) + 1)
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Control+KeyZ")
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before))
    assert texts(page) == before
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.press("Control+Shift+KeyZ")
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before) + 1)
    page.locator("#undo").click()
    expect(page.locator('#note [data-section="subjective"] .statement')).to_have_count(len(before))


def test_a_statement_is_written_behind_another(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    before = texts(page)
    page.locator("#note .statement .text").first.focus()
    page.keyboard.press("Alt+Enter")
    page.keyboard.type("밤에 기침이 더 심함.")
    saved(page)
    page.keyboard.type(" 잠을 설침.")
    page.keyboard.press("Enter")
    saved(page)
    assert texts(page) == [before[0], "밤에 기침이 더 심함. 잠을 설침.", *before[1:]]
    assert kept(clinic_server).count("밤에 기침이 더 심함. 잠을 설침.") == 1
    page.reload()
    assert texts(page) == [before[0], "밤에 기침이 더 심함. 잠을 설침.", *before[1:]]


def test_a_tab_closed_in_the_middle_of_a_sentence_loses_nothing(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_review(open_page, clinic_server)
    text = page.locator("#note .statement .text").first
    text.press("End")
    page.keyboard.type(" 끝까지 쓴 말.")
    page.close(run_before_unload=False)
    deadline = time.monotonic() + 5
    while not any("끝까지 쓴 말." in line for line in kept(clinic_server)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert any("끝까지 쓴 말." in line for line in kept(clinic_server))


def test_nothing_of_the_note_is_kept_in_the_browser(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    page.locator("#note .statement .text").first.press("End")
    page.keyboard.type(" 저장소")
    assert page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"
    ) == [0, 0, 0]
    saved(page)


def test_two_at_one_draft_are_merged_or_asked(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    one = open_review(open_page, clinic_server)
    other = open_review(open_page, clinic_server, expected=("409",))
    one.locator('#note [data-section="plan"] .text').first.fill("저쪽에서 고친 계획.")
    saved(one)
    mine = other.locator("#note .statement .text").first
    mine.fill("이쪽에서 고친 호소.")
    saved(other)
    assert {"저쪽에서 고친 계획.", "이쪽에서 고친 호소."} <= set(kept(clinic_server))
    expect(other.locator('#note [data-section="plan"] .text').first).to_have_value("저쪽에서 고친 계획.")

    late = other.locator("#note .statement .text").first
    one.reload()
    one.locator("#note .statement .text").first.fill("먼저 쓴 문장.")
    late.fill("늦게 쓴 문장.")
    one.locator("#note .statement .text").first.blur()
    saved(one)
    late.blur()
    clash = other.locator(".clash")
    expect(clash).to_contain_text("먼저 쓴 문장.")
    expect(clash).to_contain_text("늦게 쓴 문장.")
    keep(other, "statement-conflict")
    assert "먼저 쓴 문장." in kept(clinic_server)
    clash.get_by_role("button", name="내 글로 바꾸기").click()
    saved(other)
    assert "늦게 쓴 문장." in kept(clinic_server)


SLOW = """() => {
  const real = window.fetch;
  const slow = (way) => new Promise((go) => setTimeout(go, 400)).then(way);
  window.fetch = (to, how) => (String(to).endsWith("/edits") ? slow(() => real(to, how)) : real(to, how));
}"""


def test_what_is_pressed_too_early_or_twice_is_done_once(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    page.evaluate(SLOW)
    before, plan = kept(clinic_server), page.locator('#note [data-section="plan"]')
    plan.get_by_role("button", name="문장 추가").click()
    page.keyboard.type("아직 가는 중.")
    page.keyboard.press("Enter")
    plan.locator(".statement").last.get_by_role("button", name="문장 삭제").click()
    expect(page.locator("#notice")).to_contain_text("문장을 지웠습니다")
    expect(plan.get_by_text("아직 가는 중.")).to_have_count(0)
    saved(page)
    assert kept(clinic_server) == before

    page.get_by_role("tab", name="환자 안내문").click()
    rows = page.locator("#medicines tbody tr")
    count = rows.count()
    rows.first.get_by_role("button", name="삭제").dblclick()
    expect(rows).to_have_count(count - 1)
    page.locator("#undo").click()
    expect(rows).to_have_count(count)
    page.get_by_role("tab", name="진료 기록").click()
    settle, left = page.locator("#flags [data-act=settle]"), page.locator("#review [data-open]").count()
    settle.first.dblclick()
    expect(page.locator("#review [data-open]")).to_have_count(left - 1)
    page.locator("#undo").click()
    expect(page.locator("#review [data-open]")).to_have_count(left)


def test_what_came_from_elsewhere_unseen_is_not_overwritten(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server, expected=("409",))
    other = open_review(open_page, clinic_server)
    text = page.locator("#note .statement .text").first
    text.press("End")  # from here on nothing is drawn under the caret
    with page.expect_response("**/pieces"):
        other.locator("#note .statement .text").first.fill("저쪽에서 쓴 글.")
        saved(other)
    text.press_sequentially(" 이쪽 글.")
    text.blur()
    expect(page.locator(".clash")).to_contain_text("저쪽에서 쓴 글.")
    assert "저쪽에서 쓴 글." in kept(clinic_server)
    page.locator(".clash").get_by_role("button", name="저쪽 글 두기").click()
    expect(page.locator("#note .statement .text").first).to_have_value("저쪽에서 쓴 글.")


def test_an_earlier_version_is_looked_at_and_had_back(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    first = page.locator("#note .statement .text").first
    before = first.input_value()
    first.fill("잘못 고친 문장.")
    saved(page)
    page.get_by_role("button", name="이전 버전").click()
    dialog = page.get_by_role("dialog", name="이전 버전")
    expect(dialog.locator(".version").first).to_contain_text("잘못 고친 문장.")
    expect(dialog.locator(".version").first).to_contain_text("이서연")
    keep(page, "versions")
    dialog.get_by_role("button", name="버전으로 되돌리기").first.click()
    expect(page.locator("#note .statement .text").first).to_have_value(before)
    expect(page.locator("#notice")).to_contain_text("이전 버전으로 되돌렸습니다")


def test_a_section_and_the_whole_note_are_copied(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#note .note-section").first.get_by_role("button", name="복사").click()
    expect(page.locator("#notice")).to_contain_text("항목을 복사했습니다")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == "\n".join(["[S]", *(f"- {text}" for text in texts(page))])
    page.get_by_role("button", name="진료 기록 전체 복사").click()
    expect(page.locator("#notice")).to_contain_text("아직 확인하지 않은 내용이 있습니다")
    assert "[P]" in page.evaluate("() => navigator.clipboard.readText()")


def test_the_walk_through_what_is_open_ends_at_signing(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server)
    keep(page, "review-open")
    page.keyboard.press("Alt+KeyN")
    for _ in range(20):
        if page.locator("#to-sign").count():
            break
        left = page.locator("#review [data-open]").count()
        expect(page.locator(".next-open b")).to_have_text(str(left))
        settle = page.locator(
            "#review .active[data-open] [data-act=accept], #review .active[data-open] [data-act=settle]"
        )
        expect(settle.first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#review [data-open]")).to_have_count(left - 1)
    expect(page.locator("#to-sign")).to_be_focused()
    expect(page.locator("#note .statement.acknowledged .mark").first).to_have_text("☑")
    keep(page, "review-settled")


def test_on_a_phone_nothing_is_too_wide(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_review(open_page, clinic_server, viewport=PHONE)
    page.locator("#note .statement .text").first.click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("tab", name=re.compile("환자 안내문")).click()
    expect(page.locator("#reading")).to_contain_text("읽기 수준")
    keep(page, "review-summary")
