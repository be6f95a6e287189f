"""What follows a signature: amendments, versions side by side, retractions, and what the hospital changed."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from hl7_bridge.conflicts import ChangedResource, Difference
from hl7_bridge.destination import FhirDestination
from hl7_bridge.fhir_errors import UnreachableError
from hl7_bridge.site import Site
from scribe.domain.consent import Consent
from scribe.signing import load_document, verify
from scribe.stages import Stages
from scribe.steps import Steps
from scribe.store.errors import RetractedNoteError
from scribe.web.access import SESSION_COOKIE
from scribe.web.app import create_app
from scribe.web.routes import revisions
from tests.web.conftest import PASSWORD, csrf_of, field_of

HERE = "/encounters/encounter-1"


@pytest.fixture
def signed(desk: Any) -> Any:
    """The desk after the first signature."""
    desk.settle_everything()
    assert desk.sign().status_code == 303
    return desk


def form_csrf(desk: Any, address: str = f"{HERE}/note/compare") -> str:
    return field_of(desk.client.get(f"{HERE}/amendment").text if not address else desk.client.get(address).text, "csrf")


def begin(desk: Any, reason: str = "복용량 확인", **more: str) -> Any:
    page = desk.client.get(f"{HERE}/amendment").text
    form = {"csrf": field_of(page, "csrf"), "version": field_of(page, "version"), "reason": reason, **more}
    answer = desk.client.post(f"{HERE}/amendment", data=form)
    with_version(desk)
    return answer


def with_version(desk: Any) -> None:
    """The draft's version, as the review page would know it."""
    found = re.search(r'data-version="(\d+)"', desk.client.get(HERE).text)
    if found:
        desk.version = int(found[1])


def notes(clinic: Any) -> tuple[Any, ...]:
    with clinic.store.begin(clinic.physician.actor) as work:
        return tuple(record.note for record in work.notes.versions("encounter-1"))


def outbox(clinic: Any) -> list[Any]:
    with clinic.store.begin(clinic.physician.actor) as work:
        return list(work.outbox.list("encounter-1"))


def deliver_all(clinic: Any, state: str = "accepted", problem: str | None = None) -> None:
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        for row in work.outbox.claim("hospital", "worker", most=9, lease=timedelta(minutes=1)):
            work.outbox.settle(row.id, "worker", state, problem=problem)


class TestAmending:
    def test_it_needs_a_reason(self, signed: Any, clinic: Any) -> None:
        answer = begin(signed, reason=" ")
        assert answer.status_code == 422
        assert "사유를 적어 주세요" in answer.text
        with clinic.store.begin(clinic.physician.actor) as work:
            assert work.amendments.list("encounter-1") == ()

    def test_the_signed_version_is_edited_and_signed_as_the_next(self, signed: Any, clinic: Any) -> None:
        assert begin(signed, chosen_reason="처방 내용 수정").headers["location"] == HERE
        review = signed.page()
        assert "제2판 작성 중 · 제1판 유효" in review
        assert "사흘 전부터 기침" in review, "the evidence is still there"
        assert signed.edit(op="change", part="note", statement="s2", text="아스피린 알레르기.").status_code == 200
        for flag in range(3):
            signed.edit(op="settle", flag=flag)
        page = signed.client.get(f"{HERE}/sign").text
        assert "처방 내용 수정: 복용량 확인" in page
        assert "제1판에서 달라진 점" in page
        answer = signed.sign()
        assert answer.status_code == 303, answer.text
        first, second = notes(clinic)
        assert (second.version, second.replaces, second.note_id) == (2, 1, first.note_id)
        assert second.reason == "처방 내용 수정: 복용량 확인"
        assert second.content.drafter == first.content.drafter, "what wrote it first stays named"
        assert [(row.version, row.behind) for row in outbox(clinic)] == [(1, None), (2, 1)], "the first goes first"
        assert clinic.enqueued[-1] == (first.note_id, 2)
        assert "정정 사유: 처방 내용 수정" in signed.client.get(f"{HERE}/note").text
        old = signed.client.get(f"{HERE}/note?version=1").text
        assert "이전 판입니다" in old
        assert "아스피린 복용 후 두드러기." in old

    def test_every_version_verifies_by_itself(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        signed.edit(op="delete", part="summary", statement="p3")
        signed.sign()
        with clinic.store.begin(clinic.physician.actor) as work:
            records = work.notes.versions("encounter-1")
            keys = [work.signing_keys.public(record.note.signature.key_id) for record in records]
        assert len(records) == 2
        for record, key in zip(records, keys, strict=True):
            verify(load_document(record.document, "a version"), key)

    def test_it_works_after_consent_was_withdrawn(self, signed: Any, clinic: Any) -> None:
        with clinic.store.begin(clinic.physician.actor) as work:
            withdrawn = Consent(purpose="recording", state="withdrawn", decided_at=datetime.now(UTC))
            work.consents.add("encounter-1", withdrawn)
        assert begin(signed).headers["location"] == HERE
        review = signed.page()
        assert "/audio" not in review
        assert signed.edit(op="change", part="note", statement="s2", text="아스피린 알레르기.").status_code == 200
        assert signed.edit(op="revert", to=signed.version - 1).status_code == 200
        signed.edit(op="delete", part="summary", statement="p3")
        assert signed.sign().status_code == 303
        assert [note.version for note in notes(clinic)] == [1, 2]

    def test_the_draft_of_an_amendment_lies_under_the_record_key(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        with clinic.store.begin(clinic.physician.actor) as work:
            withdrawn = Consent(purpose="recording", state="withdrawn", decided_at=datetime.now(UTC))
            work.consents.add("encounter-1", withdrawn)
        assert signed.client.get(HERE).status_code == 200

    def test_beginning_twice_opens_the_same_one(self, signed: Any, clinic: Any, furnished: Any) -> None:
        page = signed.client.get(f"{HERE}/amendment").text
        form = {"csrf": field_of(page, "csrf"), "version": "1", "reason": "오기"}

        app = create_app(clinic.service)
        TestClient(app).get("/health")  # makes the routes, before threads ask for them

        def post() -> int:
            tab = TestClient(app, base_url="http://testserver", follow_redirects=False)
            tab.cookies.set(SESSION_COOKIE, furnished.token)
            return tab.post(f"{HERE}/amendment", data=form).status_code

        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(post())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert answers == [303, 303]
        with clinic.store.begin(clinic.physician.actor) as work:
            assert len(work.amendments.list("encounter-1")) == 1

    def test_an_amendment_that_amends_nothing_is_not_signed(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        page = signed.client.get(f"{HERE}/sign").text
        assert "제1판과 달라진 내용이 없습니다" in page
        assert signed.sign().status_code == 409
        assert len(notes(clinic)) == 1

    def test_a_page_of_the_first_version_does_not_sign_the_second(self, desk: Any, clinic: Any) -> None:
        desk.settle_everything()
        form = {**desk.signing_form(), "password": PASSWORD}
        desk.sign()
        begin(desk)
        desk.edit(op="delete", part="summary", statement="p3")
        desk.edit(op="revert", to=desk.version - 1)
        answer = desk.client.post(f"{HERE}/sign", data=form)
        assert answer.status_code == 409, "the back button brings nothing to be signed"
        assert len(notes(clinic)) == 1

    def test_another_reason_than_the_one_shown_is_not_signed(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        signed.edit(op="delete", part="summary", statement="p3")
        shown = signed.signing_form()["content_sha256"]
        csrf = field_of(signed.client.get(f"{HERE}/sign").text, "csrf")
        signed.client.post(f"{HERE}/amendment/reason", data={"csrf": csrf, "reason": "검사 결과 반영"})
        assert signed.sign(content_sha256=shown).status_code == 409
        assert signed.sign().status_code == 303
        assert notes(clinic)[-1].reason == "검사 결과 반영"

    def test_it_can_be_abandoned_and_the_signed_version_stands(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        csrf = csrf_of(signed.page())
        answer = signed.client.post(f"{HERE}/amendment/abandon", data={"csrf": csrf})
        assert answer.headers["location"] == f"{HERE}/note"
        assert signed.client.get(HERE).headers["location"] == f"{HERE}/note"
        again = signed.client.post(f"{HERE}/amendment/abandon", data={"csrf": csrf})
        assert again.headers["location"] == f"{HERE}/note"
        assert begin(signed).headers["location"] == HERE, "another one may begin"
        with clinic.store.begin(clinic.physician.actor) as work:
            assert [one.ended_as for one in work.amendments.list("encounter-1")] == ["abandoned", None]

    def test_it_is_marked_wherever_the_consultation_is_shown(self, signed: Any) -> None:
        begin(signed)
        assert "제2판 작성 중 · 제1판 유효" in signed.client.get(f"{HERE}/note").text
        assert "제2판 작성 중 · 제1판 유효" in signed.client.get(f"{HERE}/sign").text

    def test_what_it_rests_on_is_not_changed_any_more(self, signed: Any) -> None:
        begin(signed)
        body = {
            "version": signed.version,
            "edit": {"op": "speaker", "utterance": "u1", "speaker": "guardian", "scope": "one"},
        }
        headers = {"x-csrf-token": csrf_of(signed.page())}
        answer = signed.client.post(f"{HERE}/transcript/edits", json=body, headers=headers)
        assert answer.status_code in {409, 422}

    def test_a_draft_of_the_machine_that_comes_late_does_not_enter_it(self, desk: Any, clinic: Any) -> None:
        desk.settle_everything()
        with clinic.store.begin(clinic.physician.actor) as work:
            late = work.transcripts.add("encounter-1", clinic.transcript, expected_version=1)
        assert desk.sign().status_code == 303
        begin(desk)
        stages = Stages(recognise=_deaf, draft_note=lambda *_, **__: clinic.draft)
        Steps(clinic.store, stages).draft(clinic.hospital_id, "encounter-1", late.id)
        with clinic.store.begin(clinic.physician.actor) as work:
            latest = work.drafts.latest("encounter-1")
        assert (latest.drafted_by, latest.version) == ("clinician", desk.version)


def _deaf(*_: object, **__: object) -> Any:
    raise AssertionError("nothing is to be recognised")


class TestComparing:
    def test_versions_stand_side_by_side_word_by_word(self, signed: Any) -> None:
        begin(signed)
        signed.edit(op="change", part="note", statement="s2", text="아스피린 복용 후 전신 두드러기.")
        for flag in range(3):
            signed.edit(op="settle", flag=flag)
        assert signed.sign().status_code == 303
        page = signed.client.get(f"{HERE}/note/compare?a=1&b=2").text
        assert '<ins><span class="sr">추가 시작 </span>전신 <span class="sr"> 추가 끝</span></ins>' in page
        assert "정정 사유: 복용량 확인" in page
        assert page == signed.client.get(f"{HERE}/note/compare").text or "제1판과 제2판" in page
        assert signed.client.get(f"{HERE}/note/compare?a=1&b=9").status_code == 404


def retract(desk: Any, **changed: str) -> Any:
    csrf = field_of(desk.client.get(f"{HERE}/retraction").text, "csrf")
    form = {"csrf": csrf, "chosen_reason": "잘못된 환자", "password": PASSWORD, **changed}
    return desk.client.post(f"{HERE}/retraction", data=form)


class TestRetracting:
    def test_it_asks_for_reason_and_password(self, signed: Any, clinic: Any) -> None:
        assert retract(signed, chosen_reason="").status_code == 422
        refused = retract(signed, password="somebody else's")
        assert refused.status_code == 403
        assert 'value="잘못된 환자" checked' in refused.text
        assert [row.action for row in outbox(clinic)] == ["deliver"]

    def test_what_was_delivered_is_taken_back_by_the_outbox(self, signed: Any, clinic: Any) -> None:
        deliver_all(clinic)
        assert retract(signed).headers["location"] == f"{HERE}/note"
        first, second = outbox(clinic)
        assert (first.state, second.action, second.state) == ("accepted", "retract", "waiting")
        with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
            (row,) = work.outbox.claim("hospital", "w", most=9, lease=timedelta(minutes=1))
            consignment = work.outbox.open(row.id, "w", "send")
        assert consignment.retraction is not None
        assert consignment.retraction.reason == "잘못된 환자"
        assert consignment.note.version == 1
        page = signed.client.get(f"{HERE}/note").text
        assert "취소된 기록입니다" in page
        assert "취소 확인 중" in page
        deliver_all(clinic)

    def test_what_has_not_arrived_is_not_sent_any_more(self, signed: Any, clinic: Any) -> None:
        retract(signed)
        assert [(row.action, row.state) for row in outbox(clinic)] == [("deliver", "set_aside"), ("retract", "waiting")]

    def test_what_is_being_sent_is_waited_for_and_then_taken_back(self, signed: Any, clinic: Any) -> None:
        service = clinic.physician.actor.service(clinic.hospital_id)
        with clinic.store.begin(service) as work:
            (row,) = work.outbox.claim("hospital", "w", most=1, lease=timedelta(minutes=1))
            work.outbox.open(row.id, "w", "send")
        retract(signed)
        with clinic.store.begin(service) as work:
            assert work.outbox.claim("hospital", "w2", most=1, lease=timedelta(minutes=1)) == ()
            assert work.outbox.settle(row.id, "w", "waiting", problem="unreachable").state == "set_aside"
            (taken,) = work.outbox.claim("hospital", "w2", most=1, lease=timedelta(minutes=1))
        assert taken.action == "retract"

    def test_it_is_the_end_of_the_note(self, signed: Any, clinic: Any) -> None:
        begin(signed)
        retract(signed)
        assert retract_again(signed) == f"{HERE}/note"
        assert signed.client.get(f"{HERE}/amendment").headers["location"] == f"{HERE}/note"
        assert "정정하기" not in signed.client.get(f"{HERE}/note").text
        (note,) = notes(clinic)
        with pytest.raises(RetractedNoteError), clinic.store.begin(clinic.physician.actor) as work:
            work.outbox.add(note.note_id, 1, "archive")
        with clinic.store.begin(clinic.physician.actor) as work:
            assert [one.ended_as for one in work.amendments.list("encounter-1")] == ["abandoned"]
            actions = {(record.action, record.subject) for record in work.trail.of_encounter("encounter-1")}
        assert ("create", "retraction") in actions


def retract_again(desk: Any) -> str:
    location: str = desk.client.get(f"{HERE}/retraction").headers["location"]
    return location


class TestDecidingWhatTheHospitalChanged:
    FOUND = ChangedResource(
        type="Observation",
        reference="Observation/7",
        changed_at=datetime(2026, 11, 16, 3, 0, tzinfo=UTC),
        differences=(Difference(path="valueQuantity.value", sent="150", theirs="142", ours="158"),),
    )

    @pytest.fixture
    def held(self, signed: Any, clinic: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        deliver_all(clinic, "rejected", "changed")
        (row,) = outbox(clinic)
        monkeypatch.setattr(revisions, "changed_resources", lambda *_: (self.FOUND,))
        site = Site(destinations=(FhirDestination(name="hospital", url="https://fhir.hospital.invalid/r4"),))
        tab = TestClient(
            create_app(replace(clinic.service, site=site)), base_url="http://testserver", follow_redirects=False
        )
        tab.cookies.update(signed.client.cookies)
        return tab, f"{HERE}/deliveries/{row.id}/changed"

    def test_both_values_are_shown(self, held: Any) -> None:
        tab, address = held
        page = tab.get(address).text
        assert "<b>142</b>" in page
        assert "<b>158</b>" in page
        assert "측정값·검사 결과" in page
        assert address in tab.get(f"{HERE}/note").text

    def test_ours_is_sent_over_theirs(self, held: Any, clinic: Any) -> None:
        tab, address = held
        csrf = field_of(tab.get(address).text, "csrf")
        assert tab.post(address, data={"csrf": csrf, "decision": "ours"}).headers["location"] == f"{HERE}/note"
        with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
            (row,) = work.outbox.claim("hospital", "w", most=1, lease=timedelta(minutes=1))
            assert work.outbox.open(row.id, "w", "send").overwrite
            actions = {record.action for record in work.trail.of_encounter("encounter-1")}
        assert "overwrite" in actions

    def test_theirs_stays_and_the_decision_is_recorded(self, held: Any, clinic: Any) -> None:
        tab, address = held
        csrf = field_of(tab.get(address).text, "csrf")
        tab.post(address, data={"csrf": csrf, "decision": "theirs", "reason": "재측정값이 맞음"})
        (row,) = outbox(clinic)
        assert (row.state, row.reason) == ("set_aside", "병원 기록을 그대로 두기로 결정함: 재측정값이 맞음")
        assert tab.get(address).status_code == 404, "there is nothing left to decide"

    def test_a_server_that_does_not_answer_is_not_overwritten_unseen(
        self, held: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def silent(*_: object) -> tuple[ChangedResource, ...]:
            raise UnreachableError(host="fhir.hospital.invalid", problem="refused")

        monkeypatch.setattr(revisions, "changed_resources", silent)
        tab, address = held
        page = tab.get(address)
        assert page.status_code == 200
        assert "지금 병원 시스템에 물어볼 수 없습니다" in page.text
        assert re.search(r"<button[^>]*disabled>우리 기록으로 바꾸기", page.text)


def test_patient_services_and_it_do_not_sign_amend_or_retract(signed: Any, clinic: Any) -> None:
    from scribe.accounts import create_account
    from tests.web.conftest import signed_in

    for role in ("admin", "patient_services"):
        create_account(
            clinic.store, clinic.hospital_id, login=f"desk-{role}", password=PASSWORD, role=role, name="한지우"
        )
        tab = signed_in(clinic.client(), f"desk-{role}")
        for address in ("sign", "amendment", "retraction"):
            assert tab.get(f"{HERE}/{address}").status_code in {403, 404}, (role, address)
        assert tab.get(f"{HERE}/note/document").status_code in {403, 404}, role
