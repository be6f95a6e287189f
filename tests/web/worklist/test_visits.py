"""Consultations that are typed in, consented to, closed and withdrawn."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.domain.encounter import Identifier, Patient
from scribe.store.errors import CaptureKeyDestroyedError
from scribe.visits import patient_system

PASSWORD = "correct horse battery"
FORM = {
    "name": "최유진", "number": "00098765", "birth": "19910402", "sex": "female", "setting": "outpatient",
    "consent": "patient",
}  # fmt: skip


def csrf(client: TestClient, address: str = "/visits/new") -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', client.get(address).text)
    assert found
    return found[1]


def add(client: TestClient, **changed: str) -> Any:
    return client.post("/visits/new", data={**FORM, "csrf": csrf(client), **changed})


def opened(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    found = re.fullmatch(r"/encounters/([^/]+)/visit", answer.headers["location"])
    assert found
    return found[1]


def record(clinic: Any, encounter_id: str) -> Any:
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.encounters.get(encounter_id)


def test_what_is_typed_in_becomes_a_consultation_of_today(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser, time="10:40", department="05"))
    found = record(clinic, encounter_id)
    system = patient_system(clinic.service.settings, clinic.hospital_id)
    assert found.encounter.patient == Patient(
        name="최유진", sex="female", birth_date=date(1991, 4, 2), identifier=Identifier(system=system, value="00098765")
    )
    assert found.encounter.practitioner.department == "05"
    assert found.encounter.organization is not None
    assert found.owner_id == clinic.physician.id
    assert "최유진" in browser.get("/encounters").text
    page = browser.get(f"/encounters/{encounter_id}/visit").text
    for text in ("오전 10:40", "정형외과", "환자: 녹음에 동의함", "직접 추가", f"?encounter={encounter_id}"):
        assert text in page


def test_it_appears_where_the_desk_chooses_from(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser))
    with clinic.store.begin(clinic.physician.actor) as work:
        found = work.uploads.candidates(since=clinic.clock.now - timedelta(days=1))
    assert [(one.encounter.id, one.consent) for one in found if one.encounter.id == encounter_id] == [
        (encounter_id, "given")
    ]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "  ", "환자 이름을 입력하세요"),
        ("number", "00 12#", "등록번호는 숫자와 영문자로"),
        ("birth", "680314", "여덟 자리"),
        ("birth", "19910231", "달력에 없는 날짜"),
        ("birth", "2027-01-01", "오늘보다 뒤"),
        ("birth", "17000101", "연도를 확인"),
        ("sex", "", "성별을 고르세요"),
        ("setting", "elsewhere", "진료 구분을 고르세요"),
        ("time", "25:00", "09:30처럼"),
        ("department", "99", "진료과를 다시"),
        ("template", "../soap", "기록 서식을 다시"),
        ("consent", "perhaps", "녹음 동의 여부"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_typed_twice(
    browser: TestClient, field: str, value: str, problem: str
) -> None:
    answer = add(browser, **{field: value})
    assert answer.status_code == 422
    assert problem in answer.text
    assert re.search(rf'id="{field}-problem"', answer.text)
    kept = "00098765" if field == "name" else "최유진"
    assert f'value="{kept}"' in answer.text


@pytest.mark.parametrize("birth", ["1991-04-02", "1991.4.2", "1991. 4. 2.", "19910402"])
def test_birth_dates_are_read_as_koreans_write_them(clinic: Any, browser: TestClient, birth: str) -> None:
    assert record(clinic, opened(add(browser, birth=birth))).encounter.patient.birth_date == date(1991, 4, 2)


def test_a_patient_without_number_is_taken(clinic: Any, browser: TestClient) -> None:
    assert record(clinic, opened(add(browser, number=""))).encounter.patient.identifier is None


def test_a_number_of_somebody_else_is_asked_about_and_not_merged(clinic: Any, browser: TestClient) -> None:
    first = opened(add(browser))
    asked = add(browser, name="최유나", birth="19910403")
    assert asked.status_code == 409
    assert "생년월일, 이름이(가) 다릅니다" in asked.text
    assert "최유진" not in asked.text, "what the other one is called is not told"
    assert record(clinic, first).encounter.patient.name == "최유진"
    second = opened(add(browser, name="최유나", birth="19910403", identity="correct", again="true"))
    assert record(clinic, second).encounter.patient.name == "최유나"
    assert record(clinic, first).encounter.patient.name == "최유진"


def test_a_second_consultation_of_the_day_is_asked_about(browser: TestClient) -> None:
    first = opened(add(browser))
    asked = add(browser)
    assert asked.status_code == 409
    assert "같은 날 이미 진료가 있습니다" in asked.text
    assert f"/encounters/{first}/visit" in asked.text
    assert opened(add(browser, again="true")) != first


def test_the_number_of_a_colleagues_patient_gives_nothing_away(clinic: Any, browser: Any, colleague: Any) -> None:
    opened(add(browser))
    asked = add(colleague, name="김다른")
    assert asked.status_code == 409
    assert "최유진" not in asked.text
    assert "이미 진료가 있습니다" not in asked.text


def test_the_template_is_the_chosen_one_else_the_physicians_else_the_installations(
    clinic: Any, browser: TestClient
) -> None:
    assert record(clinic, opened(add(browser))).template == clinic.service.settings.template
    assert record(clinic, opened(add(browser, template="follow_up", again="true"))).template == "follow_up"
    assert "초진 기록" in browser.get("/visits/new").text


def test_patient_services_choose_the_physician(clinic: Any) -> None:
    create_account(
        clinic.store, clinic.hospital_id, login="wonmu", password=PASSWORD, role="patient_services", name="원무"
    )
    create_account(clinic.store, clinic.hospital_id, login="kim", password=PASSWORD, role="physician", name="김도현")
    client = clinic.client()
    client.get("/sign-in")
    client.post("/sign-in", data={"login": "wonmu", "password": PASSWORD, "csrf": client.cookies["scribe_sign_in"]})
    page = client.get("/visits/new").text
    assert "김도현" in page
    assert "이서연" in page
    assert "담당 의사를 고르세요" in add(client).text
    encounter_id = opened(add(client, physician=clinic.physician.id))
    assert record(clinic, encounter_id).owner_id == clinic.physician.id
    visit = client.get(f"/encounters/{encounter_id}/visit").text
    assert "최유진" in visit
    assert client.get(f"/encounters/{encounter_id}").status_code in {403, 404}


def test_it_stands_and_others_do_not_reach_any_of_it(clinic: Any, colleague: Any, visitor: Any) -> None:
    base = "/encounters/encounter-1"
    token = csrf(colleague)
    assert colleague.get(f"{base}/visit").status_code == 404
    for action, fields in (
        ("consent", {"choice": "refused"}), ("withdrawal", {"confirmed": "true"}), ("close", {}), ("reopen", {}),
    ):  # fmt: skip
        assert colleague.post(f"{base}/{action}", data={"csrf": token, **fields}).status_code == 404
        assert colleague.post(f"{base}/{action}", data=fields).status_code == 403
        assert visitor.post(f"{base}/{action}", data=fields).status_code in {303, 401}
    assert not record(clinic, "encounter-1").capture_destroyed


def test_closing_without_recording_can_be_taken_back(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser))
    page = f"/encounters/{encounter_id}/visit"
    browser.post(f"/encounters/{encounter_id}/close", data={"csrf": csrf(browser, page)})
    assert "취소됨" in browser.get("/encounters").text
    assert "녹음하지 않고 닫았습니다" in browser.get(page).text
    with clinic.store.begin(clinic.physician.actor) as work:
        found = work.uploads.candidates(since=clinic.clock.now - timedelta(days=1))
    assert encounter_id not in [one.encounter.id for one in found]
    browser.post(f"/encounters/{encounter_id}/reopen", data={"csrf": csrf(browser, page)})
    assert record(clinic, encounter_id).problem is None


def test_what_is_recorded_cannot_be_closed(clinic: Any, browser: TestClient) -> None:
    answer = browser.post("/encounters/encounter-1/close", data={"csrf": csrf(browser)})
    assert answer.status_code == 409
    assert "닫을 수 없습니다" in answer.text
    waiting = opened(add(browser))
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.note_recording(waiting, under_way=True)
    assert browser.post(f"/encounters/{waiting}/close", data={"csrf": csrf(browser)}).status_code == 409


def test_a_decision_on_recording_is_kept_with_who_made_it(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser, consent=""))
    page = f"/encounters/{encounter_id}/visit"
    assert "아직 묻지 않았습니다" in browser.get(page).text
    browser.post(f"/encounters/{encounter_id}/consent", data={"csrf": csrf(browser, page), "choice": "refused"})
    assert "환자: 녹음을 거부함" in browser.get(page).text
    browser.post(f"/encounters/{encounter_id}/consent", data={"csrf": csrf(browser, page), "choice": "guardian"})
    with clinic.store.begin(clinic.physician.actor) as work:
        decisions = work.consents.list(encounter_id)
    assert [(one.state, one.decided_by) for one in decisions] == [("refused", "patient"), ("given", "guardian")]


def test_withdrawal_destroys_once_it_is_confirmed_and_says_what_remains(clinic: Any, browser: TestClient) -> None:
    page = "/encounters/encounter-1/visit"
    shown = browser.get(page).text
    assert "되돌릴 수 없게 파기됩니다" in shown
    assert "아직 서명한 기록이 없어" in shown
    token = csrf(browser, page)
    browser.post("/encounters/encounter-1/withdrawal", data={"csrf": token})
    assert not record(clinic, "encounter-1").capture_destroyed
    browser.post("/encounters/encounter-1/withdrawal", data={"csrf": token, "confirmed": "true", "by": "guardian"})
    after = browser.get(page).text
    assert "파기되어 아무도 열 수 없습니다" in after
    assert "보호자: 녹음 동의를 철회함" in after
    assert "동의 철회" in browser.get("/encounters").text
    with clinic.store.begin(clinic.physician.actor) as work, pytest.raises(CaptureKeyDestroyedError):
        work.drafts.latest("encounter-1")
    browser.post("/encounters/encounter-1/consent", data={"csrf": token, "choice": "patient"})
    with clinic.store.begin(clinic.physician.actor) as work:
        assert not work.consents.permits("encounter-1", "recording")


def test_a_signed_note_outlasts_the_withdrawal(clinic: Any, browser: TestClient, desk: Any) -> None:
    desk.settle_everything()
    desk.sign()
    page = "/encounters/encounter-1/visit"
    assert "의료법에 따라 그대로 보존됩니다" in browser.get(page).text
    browser.post("/encounters/encounter-1/withdrawal", data={"csrf": csrf(browser, page), "confirmed": "true"})
    assert "서명된 기록과 환자 안내문(법정 보존)" in browser.get(page).text
    assert browser.get("/encounters/encounter-1/note").status_code == 200


def test_every_step_is_audited(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser))
    token = csrf(browser)
    browser.post(f"/encounters/{encounter_id}/close", data={"csrf": token})
    with clinic.store.begin(clinic.physician.actor) as work:
        acts = [(row.action, row.subject) for row in work.trail.of_encounter(encounter_id)]
    for act in (("create", "encounter"), ("create", "consent"), ("close", "encounter")):
        assert act in acts
