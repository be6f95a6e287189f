"""The hospital's numbers of a typed-in consultation, and a visit that may be the same, as people see them."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from hl7_bridge.problems import NO_VISIT_NUMBER
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store import Actor
from scribe.store.records import EncounterRecord
from scribe.visits import patient_system, visit_number
from tests.web.worklist.test_visits import add, csrf, opened, record


def vn(clinic: Any, value: str) -> Identifier:
    number = visit_number(clinic.service.settings, clinic.hospital_id, value)
    assert number is not None
    return number


def told(clinic: Any, encounter: EncounterRecord, number: str, reason: str | None = None) -> str:
    """A visit that the hospital tells of, in doubt with the consultation where there is a reason; its id."""
    details = Encounter(
        id=clinic.store.new_id(), start=encounter.encounter.start, patient=encounter.encounter.patient,
        identifier=vn(clinic, number),
    )  # fmt: skip
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        visit = work.admissions.add_visit(vn(clinic, number), state="open", told_at=clinic.clock.now, details=details)
        if reason:
            work.visit_matches.doubt(visit.id, encounter.id, reason)
            work.admissions.assign(visit.id, encounter.owner_id)
    return visit.id


def held(clinic: Any, desk: Any) -> None:
    """The signed note of encounter-1 waits for its visit number."""
    with clinic.store.begin(clinic.physician.actor) as work:
        work.visit_numbers.give("encounter-1", visit=None)
    desk.settle_everything()
    assert desk.sign().status_code == 303
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        note = work.notes.latest("encounter-1").note
        row = work.outbox.add(note.note_id, note.version, "hospital")
        work.outbox.claim("hospital", "w", most=1, lease=timedelta(minutes=1))
        attempt = work.outbox.open(row.id, "w", "send")
        work.outbox.close(attempt, "rejected", problem=NO_VISIT_NUMBER)
        work.outbox.settle(row.id, "w", "rejected", problem=NO_VISIT_NUMBER)


def test_a_visit_number_is_typed_in_with_the_consultation(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser, visit=" V-2026/7 "))
    assert record(clinic, encounter_id).encounter.identifier == vn(clinic, "V-2026/7")
    page = browser.get(f"/encounters/{encounter_id}/visit").text
    assert "V-2026/7" in page
    assert "직접 추가" in page
    again = add(browser, visit="V-2026/7", number="00000099", name="다른이")
    assert again.status_code == 409
    assert "같은 내원번호의 진료가 이미 있습니다" in again.text
    assert "내원번호는 숫자와 영문자로" in add(browser, visit="내원 1").text


def test_the_number_of_another_patients_visit_is_refused_beside_the_field(clinic: Any, browser: TestClient) -> None:
    first = record(clinic, opened(add(browser)))
    told(clinic, first, "V1")
    answer = add(browser, number="00000099", name="다른이", visit="V1")
    assert answer.status_code == 422
    assert "다른 환자의 내원번호입니다" in answer.text
    other = opened(add(browser, number="00000099", name="다른이"))
    page = f"/encounters/{other}/visit"
    answer = browser.post(f"/encounters/{other}/numbers", data={"csrf": csrf(browser, page), "visit": "V1"})
    assert answer.status_code == 422
    assert "다른 환자의 내원번호입니다" in answer.text
    assert record(clinic, other).encounter.identifier is None


def test_what_was_told_by_the_hospital_is_not_changed_by_hand(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser, visit="V1"))
    told_id = told(clinic, record(clinic, encounter_id), "V1")
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        work.visit_matches.join(told_id, encounter_id)
    page = browser.get(f"/encounters/{encounter_id}/visit").text
    assert "병원 시스템에서 접수" in page
    assert 'id="numbers"' not in page
    token = csrf(browser)
    answer = browser.post(f"/encounters/{encounter_id}/numbers", data={"csrf": token, "visit": "V2"})
    assert (answer.status_code, record(clinic, encounter_id).encounter.identifier) == (422, vn(clinic, "V1"))


def test_a_signed_note_that_waits_says_so_and_leads_to_its_number(clinic: Any, browser: TestClient, desk: Any) -> None:
    held(clinic, desk)
    where = "/encounters/encounter-1/visit#numbers"
    for address in ("/encounters?day=2026-11-16", "/encounters/encounter-1/note", "/deliveries"):
        page = browser.get(address).text
        assert where in page, address
        assert "번호 대기" in page, address
    assert "scribe bridge" not in browser.get("/encounters/encounter-1/note").text
    page = browser.get("/encounters/encounter-1/visit").text
    assert "서명한 기록이 이 번호를 기다리고 있습니다" in page
    token = csrf(browser)
    data = {"csrf": token, "visit": "V77"}
    assert browser.post("/encounters/encounter-1/numbers", data=data).status_code == 303
    found = record(clinic, "encounter-1")
    assert (found.problem, found.delivery, found.encounter.identifier) == (None, "waiting", vn(clinic, "V77"))


@pytest.mark.parametrize("same", [True, False])
def test_a_person_says_whether_a_visit_is_the_same(clinic: Any, browser: TestClient, same: bool) -> None:
    typed = record(clinic, opened(add(browser)))
    told(clinic, typed, "V5", "birth_date")
    with clinic.store.begin(clinic.physician.actor) as work:
        (doubt,) = work.visit_matches.doubts(typed.id)
    assert "같은 내원인지 확인" in browser.get("/encounters").text
    shown = browser.get(f"/encounters/{typed.id}/visit").text
    assert "생년월일이 입력한 것과 다릅니다" in shown
    assert f"/encounters/{typed.id}/visit#same" in browser.get(f"/encounters/{doubt.other_id}/visit").text
    data = {"csrf": csrf(browser), "same": str(same).lower()}
    assert browser.post(f"/encounters/{typed.id}/same-visits/{doubt.id}", data=data).status_code == 303
    page = browser.get("/encounters").text
    assert "같은 내원인지 확인" not in page
    assert page.count('data-name="최유진"') == (1 if same else 2)
    assert record(clinic, typed.id).encounter.identifier == (vn(clinic, "V5") if same else None)


def test_another_physician_neither_sees_nor_decides(clinic: Any, browser: TestClient, colleague: TestClient) -> None:
    typed = record(clinic, opened(add(browser)))
    told(clinic, typed, "V5", "sex")
    with clinic.store.begin(clinic.physician.actor) as work:
        (doubt,) = work.visit_matches.doubts(typed.id)
    data = {"csrf": csrf(colleague), "same": "true", "visit": "V9"}
    for action in (f"same-visits/{doubt.id}", "numbers"):
        assert colleague.post(f"/encounters/{typed.id}/{action}", data=data).status_code == 404
        assert browser.post(f"/encounters/{typed.id}/{action}", data={**data, "csrf": "x"}).status_code == 403
    assert record(clinic, typed.id).encounter.identifier is None


def test_the_same_by_machines(clinic: Any, browser: TestClient) -> None:
    proof = {"x-csrf-token": csrf(browser)}
    patient = {"name": "한지민", "sex": "female", "birth_date": "1990-02-03"}
    made = browser.post("/api/encounters", json={"patient": patient, "visit_number": "V1"}, headers=proof).json()
    assert made["visit_number"] == "V1"
    base = f"/api/encounters/{made['id']}"
    given = browser.put(f"{base}/numbers", json={"visit_number": "V2", "number": "7001"}, headers=proof).json()
    assert (given["visit_number"], given["patient"]["number"]) == ("V2", "7001")
    assert browser.put(f"{base}/numbers", json={"visit_number": "#"}, headers=proof).status_code == 422
    told(clinic, record(clinic, made["id"]), "V3", "number")
    (doubt,) = browser.get(f"{base}/same-visits").json()
    assert (doubt["reason"], doubt["visit_number"]) == ("number", "V3")
    assert browser.post(f"{base}/same-visits/{doubt['id']}", json={"same": True}, headers=proof).json() == []
    assert browser.get(base).json()["visit_number"] == "V3"
    assert browser.put(f"{base}/numbers", json={"visit_number": "V4"}, headers=proof).status_code == 409


def test_the_desk_page_is_where_the_installation_says(clinic: Any, browser: TestClient) -> None:
    encounter_id = opened(add(browser))
    settings = clinic.service.settings
    assert f"http://127.0.0.1:{settings.desk_port}/?encounter=" in browser.get(f"/encounters/{encounter_id}/visit").text


def test_a_registration_number_is_given_to_who_has_none(clinic: Any, browser: TestClient) -> None:
    known = record(clinic, opened(add(browser)))
    encounter_id = opened(add(browser, number="", name="이름없음"))
    token = csrf(browser)
    refused = browser.post(f"/encounters/{encounter_id}/numbers", data={"csrf": token, "registration": "00098765"})
    assert "다른 환자의 등록번호입니다" in refused.text
    browser.post(f"/encounters/{encounter_id}/numbers", data={"csrf": token, "registration": "00055555"})
    found = record(clinic, encounter_id).encounter.patient
    system = patient_system(clinic.service.settings, clinic.hospital_id)
    assert found == Patient(
        name="이름없음", sex="female", birth_date=known.encounter.patient.birth_date,
        identifier=Identifier(system=system, value="00055555"),
    )  # fmt: skip
