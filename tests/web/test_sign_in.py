from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.domain.encounter import Organization
from tests.web.conftest import field_of


def proof(client: TestClient) -> str:
    client.get("/sign-in")
    return str(client.cookies["scribe_sign_in"])


def sign_in(client: TestClient, login: str = "leeseoyeon", password: str = "correct horse battery", **more: str) -> Any:
    return client.post("/sign-in", data={"login": login, "password": password, "csrf": proof(client), **more})


def test_the_right_password_opens_the_worklist(visitor: TestClient) -> None:
    answer = sign_in(visitor)
    assert (answer.status_code, answer.headers["location"]) == (303, "/encounters")
    assert visitor.get("/encounters").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: TestClient) -> None:
    cookie = next(c for c in sign_in(visitor).headers.get_list("set-cookie") if c.startswith("scribe_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie, "it ends with the browser"


def test_over_tls_the_cookie_never_travels_in_the_clear(clinic: Any) -> None:
    client = TestClient(clinic.client().app, base_url="https://testserver", follow_redirects=False)
    assert all(
        "Secure" in cookie for cookie in sign_in(client).headers.get_list("set-cookie") if "Max-Age" not in cookie
    )


@pytest.mark.parametrize(("login", "password"), [("leeseoyeon", "wrong password"), ("nobody", "correct horse battery")])
def test_a_wrong_login_and_a_wrong_password_look_alike(visitor: TestClient, login: str, password: str) -> None:
    answer = sign_in(visitor, login, password)
    assert answer.status_code == 401
    assert "아이디 또는 비밀번호가 맞지 않습니다." in answer.text
    assert password not in answer.text
    assert visitor.get("/encounters").status_code == 303


def test_a_form_of_another_site_signs_nobody_in(visitor: TestClient) -> None:
    proof(visitor)
    form = {"login": "leeseoyeon", "password": "correct horse battery"}
    assert visitor.post("/sign-in", data=form).status_code == 403
    assert visitor.post("/sign-in", data={**form, "csrf": "guess"}).status_code == 403


def test_after_signing_in_the_page_asked_for_opens(visitor: TestClient, clinic: Any) -> None:
    asked = visitor.get(f"/encounters/{clinic.encounter_id}")
    assert asked.headers["location"] == f"/sign-in?next=/encounters/{clinic.encounter_id}"
    answer = sign_in(visitor, next=f"/encounters/{clinic.encounter_id}")
    assert answer.headers["location"] == f"/encounters/{clinic.encounter_id}"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/sign-out", "/encountersx"])
def test_nobody_is_sent_elsewhere_after_signing_in(visitor: TestClient, elsewhere: str) -> None:
    assert sign_in(visitor, next=elsewhere).headers["location"] == "/encounters"


def test_signing_out_ends_the_session_on_the_server(browser: TestClient) -> None:
    token = browser.cookies["scribe_session"]
    csrf = field_of(browser.get("/account").text, "csrf")
    assert browser.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in"
    browser.cookies.set("scribe_session", token)
    assert browser.get("/encounters").status_code == 303


def test_a_session_ends_when_it_lies_idle(browser: TestClient, clinic: Any) -> None:
    clinic.clock.now += timedelta(minutes=14)
    assert browser.get("/encounters").status_code == 200
    clinic.clock.now += timedelta(minutes=16)
    assert browser.get("/encounters").status_code == 303


def test_a_made_up_session_is_none(visitor: TestClient, clinic: Any) -> None:
    visitor.cookies.set("scribe_session", f"{clinic.hospital_id}.made-up")
    assert visitor.get("/encounters").status_code == 303


def test_a_physician_of_another_hospital_signs_in_and_sees_nothing_of_this_one(
    clinic: Any, visitor: TestClient
) -> None:
    other = clinic.store.ensure_hospital(Organization(name="다른의원"))
    create_account(clinic.store, other, login="parkjisoo", password="another long one", role="physician", name="박지수")
    assert sign_in(visitor, "parkjisoo", "another long one").status_code == 303
    assert "박정호" not in visitor.get("/encounters").text
    assert visitor.get(f"/encounters/{clinic.encounter_id}").status_code == 404
