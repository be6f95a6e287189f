"""Signing exactly what was shown, once, by whoever proves who they are."""

import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from hl7_bridge.destination import FhirDestination
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.site import Site
from scribe.domain.statement import Statement
from scribe.signing import load_document, verify
from scribe.store.records import DeliveryState
from scribe.web.access import SESSION_COOKIE
from scribe.web.app import create_app
from tests.web.conftest import PASSWORD, field_of, put_on_desk

SITE = Site(
    identifier_system="urn:oid:1.2.3.9",
    destinations=(
        FhirDestination(name="병원 FHIR", url="https://fhir.hospital.invalid/r4"),
        Hl7Destination(
            name="연계 엔진",
            host="hl7.hospital.invalid",
            port=2575,
            sending_facility="CLINIC",
            receiving_application="EMR",
            receiving_facility="HOSPITAL",
        ),
    ),
)


@pytest.fixture
def settled(desk: Any) -> Any:
    desk.settle_everything()
    return desk


def versions(clinic: Any) -> list[int]:
    with clinic.store.begin(clinic.physician.actor) as work:
        return [record.note.version for record in work.notes.versions("encounter-1")]


def test_the_signing_page_shows_all_that_is_signed(settled: Any, clinic: Any) -> None:
    page = settled.client.get("/encounters/encounter-1/sign").text
    summary = clinic.draft.patient_summary
    statements: list[Statement] = [
        statement for section in (*clinic.draft.note.sections, *summary.sections) for statement in section.statements
    ]
    assert all(statement.text in page for statement in statements)
    assert all(medicine.name in page for medicine in summary.medicines)
    assert all(entry.name in page for entry in clinic.draft.entries)
    assert "녹음·AI 기록 작성: 환자 동의" in page
    assert "AI가 대화에서 초안을 쓰고 의사가 확인·수정했습니다" in page


def test_signing_keeps_a_verifiable_note_and_sends_it_once(settled: Any, clinic: Any) -> None:
    answer = settled.sign()
    assert (answer.status_code, answer.headers["location"]) == (303, "/encounters/encounter-1/note")
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.notes.latest("encounter-1")
        key = work.signing_keys.public(kept.note.signature.key_id)
        deliveries = work.outbox.list("encounter-1")
    verify(load_document(kept.document, "the note"), key)
    assert kept.note.author.name == "이서연"
    assert [(row.note_id, row.version) for row in deliveries] == clinic.enqueued == [(kept.note.note_id, 1)]


def test_open_questions_block_the_signature(desk: Any, clinic: Any) -> None:
    page = desk.client.get("/encounters/encounter-1/sign").text
    assert "아직 답하지 않은 확인 사항이 1건" in page
    assert desk.sign(acknowledged="s9").status_code == 409
    assert clinic.enqueued == []


def test_each_statement_without_support_is_acknowledged_by_itself(desk: Any, clinic: Any) -> None:
    desk.edit(op="settle", flag=0)
    page = desk.client.get("/encounters/encounter-1/sign").text
    assert re.findall(r'name="acknowledged" value="([^"]+)" required', page) == ["s9"]
    refused = desk.sign()
    assert refused.status_code == 409
    assert "근거가 없는 문장을 하나씩 확인" in refused.text
    assert versions(clinic) == []
    assert desk.sign(acknowledged="s9").status_code == 303
    with clinic.store.begin(clinic.physician.actor) as work:
        content = work.notes.latest("encounter-1").note.content
    kept = [s for section in content.sections for s in section.statements if s.support == "none"]
    assert [(s.id, s.acknowledged) for s in kept] == [("s9", True)]
    assert "의사가 확인하고 유지" in desk.client.get("/encounters/encounter-1/note").text


def test_what_changed_after_it_was_shown_is_not_signed(settled: Any, clinic: Any) -> None:
    shown = settled.signing_form()["content_sha256"]
    settled.edit(op="change", part="summary", statement="p0", text="급성 인두염입니다.")
    answer = settled.sign(content_sha256=shown)
    assert answer.status_code == 409
    assert "내용이 바뀌었습니다" in answer.text
    assert "급성 인두염입니다." in answer.text, "the new content is there to be read"
    assert clinic.enqueued == []


def test_a_wrong_password_signs_nothing_and_keeps_what_was_ticked(desk: Any, clinic: Any) -> None:
    desk.edit(op="settle", flag=0)
    answer = desk.sign(password="somebody else's", acknowledged="s9")
    assert answer.status_code == 403
    assert "비밀번호가 맞지 않습니다" in answer.text
    assert re.search(r'name="acknowledged" value="s9" required checked', answer.text)
    assert clinic.enqueued == []
    assert desk.sign(acknowledged="s9").status_code == 303


def test_guessing_at_the_signing_page_is_locked_out(settled: Any, clinic: Any) -> None:
    answers = [settled.sign(password=f"guess number {number}") for number in range(6)]
    assert {answer.status_code for answer in answers} == {403}
    assert "잠시 서명할 수 없습니다" in answers[-1].text
    assert settled.sign().status_code == 403, "the right one does not help before the time is over"
    assert versions(clinic) == []
    clinic.clock.now += timedelta(minutes=5)
    assert settled.sign().status_code == 303


def test_a_signed_consultation_can_neither_be_edited_nor_signed_again(settled: Any, clinic: Any) -> None:
    form = settled.signing_form()
    csrf = form["csrf"]
    settled.sign()
    again = settled.client.post("/encounters/encounter-1/sign", data={**form, "password": PASSWORD})
    assert again.headers["location"] == "/encounters/encounter-1/note"
    assert settled.client.get("/encounters/encounter-1/sign").headers["location"] == "/encounters/encounter-1/note"
    late = settled.client.post(
        "/encounters/encounter-1/edits",
        json={"version": settled.version, "edit": {"op": "delete_medicine", "row": 0}},
        headers={"x-csrf-token": csrf},
    )
    assert late.status_code == 409
    assert len(clinic.enqueued) == 1
    assert settled.client.get("/encounters/encounter-1").headers["location"] == "/encounters/encounter-1/note"


@pytest.fixture
def new_tab(clinic: Any, furnished: Any) -> Any:
    """Makes browsers of the physician over one application, whose routes are made before threads ask for them."""
    app = create_app(clinic.service)
    TestClient(app).get("/health")

    def make() -> TestClient:
        tab = TestClient(app, base_url="http://testserver", follow_redirects=False)
        tab.cookies.set(SESSION_COOKIE, furnished.token)
        return tab

    return make


def together(*calls: Any) -> list[Any]:
    """What the calls, begun at the same moment in threads of their own, came to."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        gate.wait(timeout=10)
        results[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_tabs_signing_at_once_make_one_version(settled: Any, clinic: Any, new_tab: Any) -> None:
    form = {**settled.signing_form(), "password": PASSWORD}

    def post() -> Any:
        return new_tab().post("/encounters/encounter-1/sign", data=form)

    answers = together(post, post)
    assert [answer.headers["location"] for answer in answers] == ["/encounters/encounter-1/note"] * 2
    assert versions(clinic) == [1]
    assert len(clinic.enqueued) == 1


def test_an_edit_that_races_with_the_signature_is_in_it_or_refused(settled: Any, clinic: Any, new_tab: Any) -> None:
    form = {**settled.signing_form(), "password": PASSWORD}
    edit = {
        "version": settled.version,
        "edit": {"op": "change", "part": "note", "statement": "s0", "text": "기침 없음."},
    }

    def sign() -> Any:
        return new_tab().post("/encounters/encounter-1/sign", data=form)

    def change() -> Any:
        return new_tab().post("/encounters/encounter-1/edits", json=edit, headers={"x-csrf-token": form["csrf"]})

    signed, changed = together(sign, change)
    assert (signed.status_code, changed.status_code) in {(303, 409), (409, 200)}
    assert versions(clinic) == ([1] if signed.status_code == 303 else [])
    if signed.status_code == 303:
        with clinic.store.begin(clinic.physician.actor) as work:
            content = work.notes.latest("encounter-1").note.content
        assert content.sections[0].statements[0].text == "사흘 전부터 기침, 인후통.", "only what was shown is signed"


def test_the_password_is_asked_as_often_as_the_policy_says(settled: Any, clinic: Any, transcript: Any) -> None:
    settings = clinic.service.settings.model_copy(update={"signature_confirmation_minutes": 10})
    service = replace(clinic.service, settings=settings)
    other = replace(clinic.draft, encounter=replace(clinic.draft.encounter, id="encounter-2"), flags=())
    put_on_desk(clinic.store, clinic.physician.actor, transcript, other)
    tab = TestClient(create_app(service), base_url="http://testserver", follow_redirects=False)
    tab.cookies.update(settled.client.cookies)

    def form(encounter: str) -> dict[str, str]:
        page = tab.get(f"/encounters/{encounter}/sign").text
        asked = 'name="password"' in page
        assert asked == (encounter == "encounter-1"), "only the first signature asks"
        return {name: field_of(page, name) for name in ("csrf", "content_sha256")}

    first = tab.post("/encounters/encounter-1/sign", data={**form("encounter-1"), "password": PASSWORD})
    assert first.status_code == 303
    second = tab.post("/encounters/encounter-2/sign", data={**form("encounter-2"), "acknowledged": "s9"})
    assert second.status_code == 303
    clinic.clock.now += timedelta(minutes=11)
    assert service.confirmation.needed(clinic.store, clinic.physician, settled.client.cookies[SESSION_COOKIE])


def test_by_default_every_signature_asks(settled: Any, clinic: Any) -> None:
    assert settled.sign(password="").status_code == 403
    assert versions(clinic) == []


def test_each_destination_says_what_it_carries_and_what_stays_text(settled: Any, clinic: Any) -> None:
    tab = TestClient(create_app(replace(clinic.service, site=SITE)), base_url="http://testserver")
    tab.cookies.update(settled.client.cookies)
    page = tab.get("/encounters/encounter-1/sign").text
    assert "FHIR 서버 (KR Core)" in page
    assert "HL7 v2 수신 서버" in page
    fhir, hl7 = page.split("연계 엔진")
    assert "진단 1" in fhir
    assert "진단 1" not in hl7.split("<form")[0], "HL7 v2 has the diagnosis in the document only"
    assert "HL7 v2에서는 진료기록 문서(MDM)의 본문으로만 보냅니다" in hl7


def test_what_the_physician_changed_in_the_draft_is_counted_and_shown(settled: Any) -> None:
    settled.edit(op="change", part="note", statement="s2", text="아스피린 복용 후 전신 두드러기.")
    settled.edit(op="delete", part="summary", statement="p3")
    page = settled.client.get("/encounters/encounter-1/sign").text
    shown = page.split("AI 초안에서 달라진 점")[1].split("</section>")[0]
    assert re.search(r"고침</span> <b>1</b>", shown)
    assert re.search(r"삭제</span> <b>1</b>", shown)
    assert '<ins><span class="sr">추가 시작 </span>전신 <span class="sr"> 추가 끝</span></ins>' in page


@pytest.mark.parametrize(
    ("state", "shown"), [("accepted", "전달됨"), ("rejected", "보류 · 거부됨"), ("parked", "보류")]
)
def test_the_signed_page_follows_the_delivery(settled: Any, clinic: Any, state: DeliveryState, shown: str) -> None:
    settled.sign()
    page = settled.client.get("/encounters/encounter-1/note").text
    assert "전달 대기" in page
    assert "signed.js" in page
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        (row,) = work.outbox.claim("hospital", "worker", most=9, lease=timedelta(minutes=1))
        consignment = work.outbox.open(row.id, "worker", "send")
        work.outbox.close(consignment, "accepted" if state == "accepted" else "rejected", problem="refused")
        work.outbox.settle(row.id, "worker", state)
    page = settled.client.get("/encounters/encounter-1/note").text
    assert shown in page
    assert "signed.js" not in page
    assert "시도 기록 1건" in page
    assert "scribe bridge" not in page, "a physician is told in words"


def test_an_unknown_outcome_is_said_to_be_unknown(settled: Any, clinic: Any) -> None:
    settled.sign()
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        (row,) = work.outbox.claim("hospital", "worker", most=9, lease=timedelta(minutes=1))
        work.outbox.open(row.id, "worker", "send")
    page = settled.client.get("/encounters/encounter-1/note").text
    assert "결과 확인 중" in page
    assert "아직 답을 받지 못했습니다" in page


def test_the_signature_is_checked_and_its_parts_can_be_taken_elsewhere(settled: Any, clinic: Any) -> None:
    settled.sign()
    page = settled.client.get("/encounters/encounter-1/note").text
    assert "✓ 서명 확인됨" in page
    document = settled.client.get("/encounters/encounter-1/note/document?version=1")
    pem = settled.client.get("/encounters/encounter-1/note/key?version=1")
    assert "attachment" in document.headers["content-disposition"]
    assert "박정호" not in document.headers["content-disposition"]
    from scribe.crypto import VerifyKey

    verify(load_document(document.content, "the download"), VerifyKey.from_pem(pem.content))
    lines = settled.client.get("/encounters/encounter-1/note/access").text.splitlines()
    assert any('"action": "sign"' in line for line in lines)


def test_a_note_that_was_tampered_with_is_not_called_verified(settled: Any, clinic: Any) -> None:
    from scribe.store.records import NoteRecord
    from scribe.web.signing.note_view import signature_view

    settled.sign()
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.notes.latest("encounter-1")
        forged = NoteRecord(
            encounter_id=kept.encounter_id,
            note=kept.note,
            document=kept.document.replace("두드러기".encode(), "가려움증".encode()),
        )
        assert signature_view(work, kept).valid
        assert not signature_view(work, forged).valid


def test_after_signing_the_next_consultation_is_one_click_away(settled: Any, clinic: Any, transcript: Any) -> None:
    settled.sign()
    assert "다음 검토할 진료" not in settled.client.get("/encounters/encounter-1/note").text
    other = replace(clinic.draft, encounter=replace(clinic.draft.encounter, id="encounter-2"))
    put_on_desk(clinic.store, clinic.physician.actor, transcript, other)
    page = settled.client.get("/encounters/encounter-1/note").text
    assert re.search(r'href="/encounters/encounter-2"[^>]*>다음 검토할 진료', page)


def test_the_versions_are_listed_and_one_that_is_not_there_is_404(settled: Any) -> None:
    settled.sign()
    page = settled.client.get("/encounters/encounter-1/note?version=1")
    assert "제1판" in page.text
    for address in ("note?version=2", "note/document?version=2", "note/key?version=2"):
        assert settled.client.get(f"/encounters/encounter-1/{address}").status_code == 404


def test_a_colleague_sees_and_signs_nothing(settled: Any, colleague: TestClient, clinic: Any) -> None:
    for address in (
        "sign",
        "note",
        "note/document",
        "note/key",
        "note/access",
        "note/compare",
        "amendment",
        "retraction",
    ):
        assert colleague.get(f"/encounters/encounter-1/{address}").status_code == 404, address


def test_the_signed_note_survives_withdrawal_of_the_audio(settled: Any, clinic: Any) -> None:
    settled.sign()
    clinic.clock.now += timedelta(minutes=1)
    assert settled.client.get("/encounters/encounter-1/note").status_code == 200
