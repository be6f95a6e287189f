"""The second approval: what is approved, by whom, of which version, and what may leave the house."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.crypto import sha256_hex
from tests.web.conftest import PASSWORD, signed_in
from tests.web.handouts import BORN, ENCOUNTER, Handouts, reworded, sign_it

HOME = f"/encounters/{ENCOUNTER}/summary"


@pytest.fixture
def handouts(clinic: Any, browser: TestClient) -> Handouts:
    """A signed consultation, its sheet not approved yet."""
    sign_it(clinic)
    return Handouts(browser)


@pytest.fixture
def counter(clinic: Any) -> TestClient:
    """The browser of somebody at the reception."""
    create_account(
        clinic.store, clinic.hospital_id, login="counter", password=PASSWORD, role="patient_services", name="한지우"
    )
    return signed_in(clinic.client(), "counter")


def approvals(clinic: Any) -> Any:
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.summaries.history(ENCOUNTER)


def fake_pdf(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were to be printed, in place of the seconds that printing takes."""
    printed: list[str] = []

    def pdf(_: Any, html: str) -> bytes:
        printed.append(html)
        return b"%PDF-1.7"

    monkeypatch.setattr("scribe.patient_sheet.pdf.Printer.pdf", pdf)
    return printed


def test_nothing_is_there_to_approve_before_it_is_signed(browser: TestClient) -> None:
    assert browser.get(f"{HOME}/ko").status_code == 404


def test_an_approval_keeps_who_when_which_version_and_what(handouts: Handouts, clinic: Any) -> None:
    shown = handouts.shown_sha256()
    assert handouts.approve().status_code == 303
    (kept,) = approvals(clinic)
    assert (kept.version, kept.language, kept.approver) == (1, "ko", "이서연")
    assert kept.approved_at == clinic.clock.now
    assert kept.sha256 == shown == sha256_hex(kept.document)
    page = handouts.page()
    assert "승인됨" in page
    assert kept.sha256[:16] in page
    assert 'name="sheet_sha256"' not in page, "there is nothing left to approve"


def test_what_is_not_what_was_shown_is_not_approved(handouts: Handouts, clinic: Any) -> None:
    answer = handouts.approve(sheet_sha256="0" * 64)
    assert answer.status_code == 409
    assert "그사이 안내문 내용이 바뀌었습니다" in answer.text
    assert approvals(clinic) == ()


def test_before_the_approval_print_is_marked_and_nothing_is_shared(
    handouts: Handouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = fake_pdf(monkeypatch)
    assert handouts.client.get(f"{HOME}/ko/preview.pdf").status_code == 200
    assert "미승인" in printed[0]
    assert "환자에게 드리지 마세요" in printed[0]
    for path in ("sheet", "sheet.pdf"):
        assert handouts.client.get(f"{HOME}/ko/{path}").status_code == 404
    assert handouts.post("ko/links", days="7").status_code == 404
    handouts.approve()
    pdf = handouts.client.get(f"{HOME}/ko/sheet.pdf")
    assert "미승인" not in printed[1]
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == 'inline; filename="visit-summary-ko.pdf"'


def test_a_sentence_is_kept_off_the_sheet_and_stays_in_the_record(handouts: Handouts, clinic: Any) -> None:
    handouts.approve()
    assert handouts.post("ko/withhold", off=["p2", "section:follow_up", "made-up"]).status_code == 303
    page = handouts.page()
    assert "승인한 뒤 안내문 내용이 바뀌었습니다" in page
    assert re.search(r'value="p2" checked', page)
    shown = handouts.client.get(f"{HOME}/ko/preview").text
    assert "숨이 차거나 가슴이 아플 때" not in shown
    assert "한 달 뒤에" not in shown
    assert "열이 39도를 넘을 때" in shown
    assert "미승인" in shown, "what was approved was another sheet"
    assert "숨이 차거나 가슴이 아플 때" in handouts.client.get(f"{HOME}/ko/sheet").text, "the approved one stands"
    handouts.approve()
    assert "숨이 차거나 가슴이 아플 때" not in handouts.client.get(f"{HOME}/ko/sheet").text
    with clinic.store.begin(clinic.physician.actor) as work:
        note = work.notes.latest(ENCOUNTER).note
    assert "숨이 차거나 가슴이 아플 때" in str(note.content.patient_summary)


def test_a_medicine_that_is_kept_off_is_not_in_the_grid(handouts: Handouts) -> None:
    assert "<table" in handouts.client.get(f"{HOME}/ko/preview").text
    handouts.post("ko/withhold", off=["medicine:e8"])
    assert "<table" not in handouts.client.get(f"{HOME}/ko/preview").text


def test_an_amendment_is_approved_anew_and_the_patient_is_told_meanwhile(
    handouts: Handouts, clinic: Any, visitor: TestClient
) -> None:
    handouts.post("ko/withhold", off=["p3"])
    handouts.approve()
    link = handouts.share()
    with clinic.store.begin(clinic.physician.actor) as work:
        content = work.notes.latest(ENCOUNTER).note.content
    sign_it(clinic, sections=reworded(content, "p1", "해열진통제를 하루 두 번 드세요."))
    page = handouts.page()
    assert "제2판으로 정정되었습니다" in page
    assert re.search(r'value="p3" checked', page), "what was kept off stays off"
    assert handouts.client.get(f"{HOME}/ko/sheet").status_code == 404
    assert handouts.post("ko/links", days="3").status_code == 404
    old = visitor.post(link, data={"answer": BORN}, follow_redirects=True).text
    assert "병원에서 이 진료 기록을 고쳤고" in old
    assert "하루 두 번" not in old
    handouts.approve()
    new = visitor.get(link).text
    assert "하루 두 번" in new
    assert "고친 안내문입니다" in new
    assert "열이 39도를 넘을 때" not in new
    assert [approval.version for approval in approvals(clinic)] == [2, 1]


def test_a_retraction_takes_the_approval_back(handouts: Handouts, clinic: Any, visitor: TestClient) -> None:
    handouts.approve()
    link = handouts.share()
    visitor.post(link, data={"answer": BORN})
    with clinic.store.begin(clinic.physician.actor) as work:
        work.retractions.add(ENCOUNTER, "다른 환자의 기록")
    answer = visitor.get(link)
    assert answer.status_code == 410
    assert "안내문을 거두었습니다" in answer.text
    assert "아세트아미노펜" not in answer.text
    page = handouts.page()
    assert "취소된 기록입니다" in page
    assert handouts.client.get(f"{HOME}/ko/sheet").status_code == 404


def test_the_physician_takes_an_approval_back(handouts: Handouts, visitor: TestClient) -> None:
    handouts.approve()
    handouts.approve("en")
    link = handouts.share()
    visitor.post(link, data={"answer": BORN})
    assert handouts.post("ko/withdraw").status_code == 303
    assert visitor.get(link).status_code == 410
    assert "미승인" in handouts.page("en")


def test_english_is_approved_apart_and_keeps_the_physicians_own_words(handouts: Handouts, clinic: Any) -> None:
    page = handouts.page("en")
    assert "한국어 원문으로 남습니다" in page
    shown = handouts.client.get(f"{HOME}/en/preview").text
    assert '<span lang="ko">목감기(급성 인두염)입니다.</span>' in shown
    assert "as the physician wrote it, in Korean" in shown
    handouts.approve("ko")
    assert handouts.client.get(f"{HOME}/en/sheet").status_code == 404
    handouts.approve("en")
    assert 'lang="en"' in handouts.client.get(f"{HOME}/en/sheet").text
    assert {approval.language for approval in approvals(clinic)} == {"ko", "en"}


def test_the_reading_measure_names_hard_words_with_plain_ones(handouts: Handouts, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        content = work.notes.latest(ENCOUNTER).note.content
    sign_it(clinic, sections=reworded(content, "p0", "인두 발적과 연하곤란이 있어 경과를 관찰하고자 합니다."))
    page = handouts.page()
    assert "학년" in page
    assert "<strong>연하곤란</strong> →" in page


def test_a_medicine_with_something_left_open_is_named_before_the_approval(handouts: Handouts, clinic: Any) -> None:
    assert "확인 필요" not in handouts.page()
    with clinic.store.begin(clinic.physician.actor) as work:
        (row,) = work.notes.latest(ENCOUNTER).note.content.patient_summary.medicines
    sign_it(clinic, medicines=(replace(row, to_confirm="먹는 양 확인 필요"),))
    assert "약 1개에 ‘확인 필요’가 남아 있습니다: 아세트아미노펜 500 mg" in handouts.page()


def test_what_is_sensitive_is_marked(handouts: Handouts, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        content = work.notes.latest(ENCOUNTER).note.content
    sign_it(clinic, sections=reworded(content, "p0", "우울한 마음은 상담을 받으면 나아져요."))
    assert "민감 · 정신건강" in handouts.page()


def test_the_reception_prints_and_shares_what_is_approved_and_nothing_else(
    handouts: Handouts, counter: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pdf(monkeypatch)
    page = counter.get(f"{HOME}/ko")
    assert page.status_code == 200
    assert "승인을 기다립니다" in page.text
    assert "안내문에서 뺄 내용" not in page.text
    assert "목감기" not in page.text
    for path in ("preview", "paper", "preview.pdf", "sheet", "sheet.pdf"):
        assert counter.get(f"{HOME}/ko/{path}").status_code == 404
    handouts.approve()
    for path in ("preview", "paper", "preview.pdf", "sheet", "sheet.pdf"):
        answer = counter.get(f"{HOME}/ko/{path}")
        assert answer.status_code == 200
        assert "미승인" not in answer.text
    reception = Handouts(counter)
    assert reception.share().startswith("/p/")
    assert "1" in reception.page()
    for path in ("approve", "withhold", "withdraw"):
        assert reception.post(f"ko/{path}", sheet_sha256="0" * 64).status_code == 403


def test_it_has_no_patients(clinic: Any, handouts: Handouts) -> None:
    create_account(clinic.store, clinic.hospital_id, login="it-admin", password=PASSWORD, role="admin", name="최전산")
    computing = signed_in(clinic.client(), "it-admin")
    for path in ("", "/ko", "/ko/preview", "/ko/sheet.pdf"):
        assert computing.get(f"{HOME}{path}").status_code in {403, 404}


def test_another_physician_finds_nothing(handouts: Handouts, colleague: TestClient) -> None:
    handouts.approve()
    for path in ("", "/ko", "/ko/preview", "/ko/paper", "/ko/sheet", "/ko/sheet.pdf"):
        assert colleague.get(f"{HOME}{path}").status_code == 404


def test_a_form_that_is_not_ours_changes_nothing(handouts: Handouts, clinic: Any) -> None:
    sha256 = handouts.shown_sha256()
    for path in ("approve", "withhold", "withdraw", "links"):
        fields = {"csrf": "0" * 64, "sheet_sha256": sha256, "days": "7"}
        assert handouts.client.post(f"{HOME}/ko/{path}", data=fields).status_code == 403
    assert approvals(clinic) == ()


def test_the_address_goes_on_paper_as_a_picture_while_it_is_known(
    handouts: Handouts, clinic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = fake_pdf(monkeypatch)
    handouts.approve()
    token = handouts.share().removeprefix("/p/")
    assert handouts.post("ko/sheet.pdf", token=token).status_code == 200
    assert 'class="qr"' in printed[0]
    assert "생년월일을 묻습니다" in printed[0]
    assert handouts.post("ko/sheet.pdf", token="x" * 32).status_code == 404
    assert token not in handouts.page(), "it is shown once"


def test_patients_are_given_the_address_that_their_telephones_reach(handouts: Handouts, clinic: Any) -> None:
    settings = clinic.service.settings.model_copy(update={"patient_address": "https://patients.example.kr/"})
    outside = TestClient(
        _app(replace(clinic.service, settings=settings)), base_url="http://testserver", follow_redirects=False
    )
    outside.cookies.update(handouts.client.cookies)
    reached = Handouts(outside)
    reached.approve()
    assert "https://patients.example.kr/p/" in reached.post("ko/links", days="3").text


def _app(service: Any) -> Any:
    from scribe.web.app import create_app

    return create_app(service)


def test_only_three_lives_of_an_address_are_offered(handouts: Handouts) -> None:
    handouts.approve()
    assert handouts.post("ko/links", days="365").status_code == 422


def test_the_reception_finds_what_was_approved_of_late(handouts: Handouts, counter: TestClient, clinic: Any) -> None:
    assert "승인된 안내문이 없습니다" in counter.get("/summaries").text
    handouts.approve()
    page = counter.get("/summaries").text
    assert "박정호" in page
    assert f'href="{HOME}/ko"' in page
    clinic.clock.now += timedelta(days=8)
    later = signed_in(clinic.client(), "counter").get("/summaries").text
    assert "박정호" not in later


def test_only_the_preview_may_be_framed_and_only_by_ourselves(handouts: Handouts) -> None:
    def policy(path: str) -> str:
        return str(handouts.client.get(f"{HOME}/{path}").headers["content-security-policy"])

    assert "frame-src 'self'" in policy("ko")
    assert "frame-ancestors 'none'" in policy("ko")
    for path in ("ko/preview", "ko/paper"):
        assert "frame-ancestors 'self'" in policy(path)
        assert "script-src 'self'" in policy(path)
        assert "unsafe" not in policy(path)
    assert (
        "frame-ancestors 'none'"
        in handouts.client.get(f"/encounters/{ENCOUNTER}/note").headers["content-security-policy"]
    )
