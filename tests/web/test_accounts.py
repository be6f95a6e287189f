"""The accounts of the hospital, for its IT alone."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.domain.encounter import Organization
from tests.web.conftest import LOGIN, PASSWORD, field_of, signed_in


@pytest.fixture
def it(clinic: Any) -> TestClient:
    """A browser of the hospital's IT."""
    create_account(clinic.store, clinic.hospital_id, login="jungit", password=PASSWORD, role="admin", name="정전산")
    return signed_in(clinic.client(), "jungit")


def post(client: TestClient, address: str, page: str = "/accounts", **fields: str) -> Any:
    return client.post(address, data={"csrf": field_of(client.get(page).text, "csrf"), **fields})


def temporary(page: str) -> str:
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None
    return found[1]


def test_it_begins_at_the_accounts_and_sees_no_patient(it: TestClient, clinic: Any) -> None:
    assert it.get("/").headers["location"] == "/accounts"
    page = it.get("/accounts").text
    assert "이서연" in page
    assert 'href="/encounters"' not in re.sub(r'<a class="brand".*?</a>', "", page)
    for address in ("/encounters", f"/encounters/{clinic.encounter_id}", "/api/encounters"):
        answer = it.get(address)
        assert answer.status_code == 403, address
        assert "역할" in answer.text or "role" in answer.text
        assert "박정호" not in answer.text


def test_a_made_account_signs_in_with_the_password_shown_once_and_chooses_its_own(
    it: TestClient, visitor: TestClient
) -> None:
    made = post(it, "/accounts", login="parkwonmu", name="박원무", role="patient_services")
    assert made.status_code == 201
    password = temporary(made.text)
    assert password not in it.get("/accounts").text
    signed_in(visitor, "parkwonmu", password)
    assert visitor.get("/encounters").headers["location"] == "/account"
    assert visitor.get("/api/encounters").json() == {"error": "Choose a password of your own first, under /account."}
    page = visitor.get("/account").text
    assert "임시 비밀번호로 로그인했습니다" in page
    form = {"old": password, "new": "원무과의 새 문장 12", "again": "원무과의 새 문장 12"}
    assert post(visitor, "/account/password", "/account", **form).status_code == 303
    assert visitor.get("/encounters").status_code == 200


@pytest.mark.parametrize(("login", "said"), [(LOGIN, "이미 있는 아이디입니다"), ("a b", "2자 이상")])
def test_what_cannot_be_made_is_said_and_what_was_typed_stays(it: TestClient, login: str, said: str) -> None:
    answer = post(it, "/accounts", login=login, name="이둘째", role="physician", licence="12345")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="이둘째"' in answer.text
    assert 'value="12345"' in answer.text


def test_a_locked_account_is_shown_and_unlocked(it: TestClient, visitor: TestClient, clinic: Any) -> None:
    for _ in range(5):
        visitor.get("/sign-in")
        form = {"login": LOGIN, "password": "wrong password", "csrf": visitor.cookies["scribe_sign_in"]}
        answer = visitor.post("/sign-in", data=form)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "1분 뒤에 다시 시도하세요" in answer.text
    assert "잠김 · 1분 남음" in it.get("/accounts").text
    assert post(it, f"/accounts/{clinic.physician.id}/unlock").status_code == 303
    assert "잠김" not in it.get("/accounts").text
    signed_in(visitor)


def test_a_reset_and_a_disabled_account(it: TestClient, browser: TestClient, visitor: TestClient, clinic: Any) -> None:
    assert browser.get("/encounters").status_code == 200
    password = temporary(post(it, f"/accounts/{clinic.physician.id}/password").text)
    assert browser.get("/encounters").status_code == 303
    signed_in(visitor, LOGIN, password)
    post(it, f"/accounts/{clinic.physician.id}/disable")
    assert "사용 중지" in it.get("/accounts").text
    assert visitor.get("/account").status_code == 303
    post(it, f"/accounts/{clinic.physician.id}/enable")
    assert signed_in(clinic.client(), LOGIN, password)


def test_nobody_disables_themselves(it: TestClient, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        own = next(line.account.id for line in work.accounts.lines() if line.account.login == "jungit")
    answer = post(it, f"/accounts/{own}/disable")
    assert answer.status_code == 403
    assert "자기 계정은 막을 수 없습니다" in answer.text


def test_only_it_sees_the_accounts_and_only_of_its_hospital(
    browser: TestClient, it: TestClient, clinic: Any, visitor: TestClient
) -> None:
    refused = browser.get("/accounts")
    assert refused.status_code == 403
    assert "이 계정으로는 쓸 수 없는 화면입니다" in refused.text
    other = clinic.store.ensure_hospital(Organization(name="다른의원"))
    theirs = create_account(clinic.store, other, login="otherit", password=PASSWORD, role="admin", name="남전산")
    assert "남전산" not in it.get("/accounts").text
    signed_in(visitor, "otherit")
    assert "이서연" not in visitor.get("/accounts").text
    for what in ("password", "disable", "enable", "unlock"):
        assert post(visitor, f"/accounts/{clinic.physician.id}/{what}").status_code == 404
        assert post(it, f"/accounts/{theirs.id}/{what}").status_code == 404
