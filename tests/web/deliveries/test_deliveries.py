"""What has not arrived, on the pages of those who look after it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.domain.delivery import Delivery, DeliveryProblem

PASSWORD = "correct horse battery"
PROBLEM = DeliveryProblem(
    code="refused",
    message="병원 FHIR 서버가 기록을 거부했습니다.",
    retryable=False,
    expressions=("Observation.valueQuantity.code",),
)
OUTCOME = Delivery(note_id="n", note_version=1, destination="hospital", state="rejected", problem=PROBLEM)


@pytest.fixture
def settled(desk: Any) -> Any:
    """The desk with nothing left to settle."""
    desk.settle_everything()
    return desk


@pytest.fixture
def admin(clinic: Any) -> TestClient:
    """A browser of the hospital's administrator."""
    create_account(clinic.store, clinic.hospital_id, login="admin", password=PASSWORD, role="admin", name="관리자")
    client = clinic.client()
    client.get("/sign-in")
    proof = client.cookies["scribe_sign_in"]
    client.post("/sign-in", data={"login": "admin", "password": PASSWORD, "csrf": proof})
    return client


@pytest.fixture
def refused(clinic: Any, settled: Any) -> str:
    """The id of a delivery that the hospital's system refused."""
    settled.sign()
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        (row,) = work.outbox.claim("hospital", "worker", most=9, lease=timedelta(minutes=1))
        outcome = TypeAdapter(Delivery).dump_json(OUTCOME)
        work.outbox.settle(row.id, "worker", "rejected", problem="refused", outcome=outcome)
    return str(row.id)


def state(clinic: Any, outbox_id: str) -> str:
    with clinic.store.begin(clinic.physician.actor) as work:
        return str(work.outbox.get(outbox_id).state)


def form(page: str) -> str:
    match = re.search(r'name="csrf" value="([^"]*)"', page)
    assert match
    return match[1]


def test_the_signed_page_says_what_the_receiver_said_and_sends_again(clinic: Any, settled: Any, refused: str) -> None:
    page = settled.client.get("/encounters/encounter-1/note").text
    assert "보류 · 거부됨" in page
    assert PROBLEM.message in page
    assert "Observation.valueQuantity.code" in page
    answer = settled.client.post(f"/deliveries/{refused}/replay", data={"csrf": form(page), "encounter": "encounter-1"})
    assert answer.headers["location"] == "/encounters/encounter-1/note"
    assert state(clinic, refused) == "waiting"
    assert "전달 대기" in settled.client.get("/encounters/encounter-1/note").text


def test_the_list_says_whose_and_what_to_do(settled: Any, refused: str) -> None:
    page = settled.client.get("/deliveries").text
    for text in ("박정호", "00012345", "거부됨", "다시 보내거나", "확인 필요 <b>1</b>"):
        assert text in page
    assert re.search(
        rf'data-id="{refused}" data-held="held" hidden', settled.client.get("/deliveries?show=moving").text
    )


def test_the_list_is_asked_for_anew_without_keeping_the_session_open(
    clinic: Any, settled: Any, refused: str, colleague: Any, visitor: Any
) -> None:
    assert refused in settled.client.get("/deliveries/rows").text
    assert refused not in colleague.get("/deliveries/rows").text
    assert visitor.get("/deliveries/rows").status_code in {303, 401}
    clinic.clock.now += clinic.service.limits.idle * 0.9
    assert settled.client.get("/deliveries/rows").status_code == 200
    clinic.clock.now += clinic.service.limits.idle * 0.2
    assert settled.client.get("/deliveries/rows").status_code in {303, 401}


def test_an_administrator_sees_and_replays_without_seeing_a_patient(clinic: Any, admin: Any, refused: str) -> None:
    page = admin.get("/deliveries").text
    assert "거부됨" in page
    assert refused[-12:] in page
    assert "encounter-1" not in page
    assert "박정호" not in page
    assert "Observation.valueQuantity" not in page
    answer = admin.post(f"/deliveries/{refused}/replay", data={"csrf": form(page)})
    assert answer.headers["location"] == "/deliveries"
    assert state(clinic, refused) == "waiting"
    assert admin.get("/encounters/encounter-1/note").status_code == 403


def test_setting_aside_wants_a_reason_and_comes_too_late_for_what_moves(clinic: Any, admin: Any, refused: str) -> None:
    csrf = form(admin.get("/deliveries").text)
    assert admin.post(f"/deliveries/{refused}/set-aside", data={"csrf": csrf, "reason": " "}).status_code == 422
    admin.post(f"/deliveries/{refused}/set-aside", data={"csrf": csrf, "reason": "접수에서 직접 입력"})
    assert state(clinic, refused) == "set_aside"
    assert "전달되지 않은 기록이 없습니다" in admin.get("/deliveries").text
    late = admin.post(f"/deliveries/{refused}/set-aside", data={"csrf": csrf, "reason": "한 번 더"})
    assert "제외할 수 없습니다" in admin.get(late.headers["location"]).text


def test_nobody_else_reaches_a_delivery(clinic: Any, colleague: Any, visitor: Any, refused: str) -> None:
    page = colleague.get("/deliveries").text
    assert "전달되지 않은 기록이 없습니다" in page
    assert colleague.post(f"/deliveries/{refused}/replay", data={"csrf": form(page)}).status_code == 404
    assert colleague.post(f"/deliveries/{refused}/replay", data={"csrf": "forged"}).status_code == 403
    assert visitor.get("/deliveries").status_code in {303, 401}
    assert state(clinic, refused) == "rejected"


def test_a_destination_that_fails_is_announced(clinic: Any, browser: Any, settled: Any) -> None:
    settled.sign()
    service = clinic.physician.actor.service(clinic.hospital_id)
    for _ in range(3):
        with clinic.store.begin(service) as work:
            (row,) = work.outbox.claim("hospital", "worker", most=1, lease=timedelta(minutes=1))
            attempt = work.outbox.open(row.id, "worker", "send")
            work.outbox.close(attempt, "not_sent", problem="unreachable")
            work.outbox.settle(row.id, "worker", "waiting")
            work.destinations.judge("hospital")
        clinic.clock.now += timedelta(seconds=6)
    page = browser.get("/deliveries").text
    assert "전달되지 않습니다" in page
    assert "연결할 수 없습니다" in page
    assert "전달 대기" in page
