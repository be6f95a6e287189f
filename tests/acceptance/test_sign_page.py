"""Signing, following, amending, comparing and retracting in a real browser; the steps of one day, in their order."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hl7_bridge.conflicts import ChangedResource, Difference
from scribe.store import Actor
from scribe.store.records import DeliveryState, OutboxRecord
from scribe.web.routes import revisions
from tests.acceptance.audit import problems_of
from tests.acceptance.browser import ClinicServer, OpenPage, keep
from tests.acceptance.clinic import DELIVERED, DESTINATION, HELD, PASSWORD, REVIEW, SIGNED

_LEASE = timedelta(minutes=1)


def check(page: Page, name: str) -> None:
    """Keep pictures, and hold the page to what every page is held to."""
    keep(page, name)
    assert problems_of(page) == []


def deliver(server: ClinicServer, encounter: str, state: DeliveryState, problem: str | None = None) -> OutboxRecord:
    """Bring the delivery of ``encounter`` that is due to ``state``, as a courier would."""
    store, service = server.clinic.store, Actor.service(server.clinic.physician.hospital_id)
    with store.begin(service) as work:
        row = next(
            one
            for one in work.outbox.claim(DESTINATION, "courier", most=9, lease=_LEASE)
            if one.encounter_id == encounter
        )
        consignment = work.outbox.open(row.id, "courier", "send")
        work.outbox.close(consignment, "accepted" if state == "accepted" else "rejected", problem=problem)
        settled = work.outbox.settle(row.id, "courier", state, problem=problem)
        work.outbox.release("courier")
    return settled


def settle_review(page: Page) -> None:
    """Decide everything that is open but the statement that nothing supports."""
    for _ in range(30):
        waiting = page.locator(".flag[data-open] [data-act=settle]")
        if waiting.count() == 0:
            return
        before = waiting.count()
        waiting.first.click()
        expect(page.locator(".flag[data-open] [data-act=settle]")).not_to_have_count(before)


def version_count(server: ClinicServer, encounter: str) -> int:
    with server.clinic.store.begin(server.clinic.physician.actor) as work:
        return len(work.notes.versions(encounter))


def test_signing_asks_for_each_unsupported_statement_and_follows_the_delivery(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    page = open_page(expected=("403",))
    page.goto(clinic_server / f"encounters/{REVIEW}")
    settle_review(page)
    page.goto(clinic_server / f"encounters/{REVIEW}/sign")
    expect(page.get_by_role("heading", name="서명할 내용")).to_be_visible()
    expect(page.get_by_text("FHIR 서버 (KR Core)")).to_be_visible()
    check(page, "sign")
    page.get_by_label("비밀번호 확인").fill("not the password")
    boxes = page.locator("input[name=acknowledged]")
    assert boxes.count() >= 1
    for box in boxes.all():
        box.check()
    page.get_by_role("button", name="서명하고 전달").click()
    expect(page.get_by_role("alert")).to_contain_text("비밀번호가 맞지 않습니다.")
    for box in boxes.all():
        expect(box).to_be_checked()
    page.reload()
    for box in boxes.all():
        box.check()
    page.get_by_label("비밀번호 확인").fill(PASSWORD)
    page.get_by_role("button", name="서명하고 전달").dblclick()
    expect(page.get_by_role("heading", name="서명된 기록")).to_be_visible()
    assert version_count(clinic_server, REVIEW) == 1
    expect(page.locator("#delivery-state")).to_have_text("전달 대기")
    expect(page.get_by_text("✓ 서명 확인됨")).to_be_visible()
    check(page, "signed-waiting")
    deliver(clinic_server, REVIEW, "accepted")
    expect(page.locator("#delivery-state")).to_have_text("전달됨", timeout=15_000)
    expect(page.locator(".patient-bar .badge").first).to_contain_text("전달됨")
    page.go_back()
    expect(page.get_by_role("heading", name="서명된 기록")).to_be_visible()
    assert version_count(clinic_server, REVIEW) == 1


def test_an_amendment_is_written_signed_and_compared(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{DELIVERED}/note")
    page.get_by_role("link", name="정정하기").click()
    page.get_by_label("처방 내용 수정").check()
    page.get_by_label("자세한 사유").fill("용량 확인")
    page.get_by_role("button", name="정정 시작").click()
    expect(page.locator(".patient-bar .badge").first).to_have_text("제2판 작성 중 · 제1판 유효")
    page.wait_for_load_state("load")
    section = page.locator("#note .note-section").first
    section.get_by_role("button", name="문장 추가").click()
    expect(page.locator("#note .text:focus")).to_have_value("")
    page.keyboard.type("밤에 심해짐.")
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_have_text("저장됨", timeout=10_000)
    check(page, "amending")
    page.goto(clinic_server / "encounters")
    expect(page.get_by_text("제2판 작성 중 · 제1판 유효").first).to_be_visible()
    page.goto(clinic_server / f"encounters/{DELIVERED}")
    settle_review(page)
    page.goto(clinic_server / f"encounters/{DELIVERED}/sign")
    expect(page.get_by_text("처방 내용 수정: 용량 확인").first).to_be_visible()
    check(page, "sign-amendment")
    for box in page.locator("input[name=acknowledged]").all():
        box.check()
    page.get_by_label("비밀번호 확인").fill(PASSWORD)
    page.get_by_role("button", name="정정본에 서명하고 전달").click()
    expect(page.get_by_role("heading", name="서명된 기록 제2판")).to_be_visible()
    page.get_by_role("link", name="판 비교하기").click()
    expect(page.locator("ins", has_text="밤에 심해짐").first).to_be_visible()
    check(page, "compare")


def test_the_signed_note_prints_on_a4_with_its_signature(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{SIGNED}/note")
    page.emulate_media(media="print")
    expect(page.locator(".print-foot")).to_be_visible()
    expect(page.locator(".print-foot")).to_contain_text("서명 확인됨")
    expect(page.get_by_role("link", name="정정하기")).to_be_hidden()
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")
    assert b"595" in paper, "A4 is 595 points wide"
    folder = Path(os.environ.get("SCREENSHOTS", "var/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signed-note.pdf").write_bytes(paper)
    page.emulate_media(media="screen")


def test_what_the_hospital_changed_is_decided_by_seeing_both(
    open_page: OpenPage, clinic_server: ClinicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ChangedResource(
        type="Observation",
        reference="Observation/4711",
        changed_at=datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        differences=(
            Difference(path="valueQuantity.value", sent="150", theirs="142", ours="158"),
            Difference(path="note[0].text", sent="", theirs="재측정", ours=""),
        ),
    )
    monkeypatch.setattr(revisions, "changed_resources", lambda *_: (found,))
    row = deliver(clinic_server, SIGNED, "rejected", "changed")
    page = open_page()
    page.goto(clinic_server / f"encounters/{SIGNED}/note")
    page.get_by_role("link", name="병원 기록과 비교하고 결정하기").click()
    expect(page.get_by_role("row", name="값 valueQuantity.value")).to_contain_text("142")
    check(page, "changed")
    page.get_by_role("button", name="우리 기록으로 바꾸기").click()
    expect(page.locator("#delivery-state")).to_have_text("전달 대기")
    with clinic_server.clinic.store.begin(clinic_server.clinic.physician.actor) as work:
        assert work.outbox.get(row.id).state == "waiting"


def test_a_note_of_the_wrong_patient_is_taken_back(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/{HELD}/note")
    page.get_by_role("link", name="전달 취소 · 잘못된 환자").click()
    page.get_by_label("잘못된 환자").check()
    page.get_by_label("비밀번호 확인").fill(PASSWORD)
    page.get_by_role("button", name="기록을 취소합니다").click()
    expect(page.get_by_text("취소된 기록입니다.")).to_be_visible()
    check(page, "retracted")
    deliver(clinic_server, HELD, "accepted")
    expect(page.locator("#delivery-state")).to_have_text("취소됨", timeout=15_000)
