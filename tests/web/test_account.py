"""One's own account: the password, where one is signed in, and how long."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import LOGIN, PASSWORD, field_of, signed_in

NEW = "완전히 새로운 긴 문장 7"


def csrf(browser: TestClient) -> str:
    return field_of(browser.get("/account").text, "csrf")


def change(browser: TestClient, **fields: str) -> Any:
    form = {"csrf": csrf(browser), "old": PASSWORD, "new": NEW, "again": NEW, **fields}
    return browser.post("/account/password", data=form)


def test_a_new_password_opens_and_the_old_one_does_not(browser: TestClient, visitor: TestClient) -> None:
    assert change(browser).headers["location"] == "/account?done=password"
    assert "비밀번호를 바꾸었습니다" in browser.get("/account?done=password").text
    signed_in(visitor, LOGIN, NEW)
    visitor.cookies.clear()
    visitor.get("/sign-in")
    form = {"login": LOGIN, "password": PASSWORD, "csrf": visitor.cookies["scribe_sign_in"]}
    assert visitor.post("/sign-in", data=form).status_code == 401


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old": "wrong password"}, "지금 비밀번호가 맞지 않습니다."),
        ({"again": "another one 123"}, "서로 다릅니다"),
        ({"new": "short", "again": "short"}, "새 비밀번호가 약합니다"),
        ({"new": PASSWORD, "again": PASSWORD}, "지금 비밀번호와 같습니다"),
    ],
)
def test_what_stands_in_the_way_is_said_and_nothing_typed_is_repeated(
    browser: TestClient, fields: dict[str, str], said: str
) -> None:
    answer = change(browser, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert not any(value in answer.text for value in (NEW, PASSWORD, "another one 123"))


def test_signing_out_elsewhere_leaves_this_browser_signed_in(browser: TestClient, visitor: TestClient) -> None:
    signed_in(visitor)
    page = browser.get("/account").text
    assert page.count('/end"') == 2
    assert page.count("지금 이 화면") >= 1
    browser.post("/account/sessions/end-others", data={"csrf": csrf(browser)})
    assert visitor.get("/encounters").headers["location"] == "/sign-in?next=/encounters&over=1"
    assert browser.get("/encounters").status_code == 200


def test_ending_this_session_signs_out(browser: TestClient) -> None:
    page = browser.get("/account").text
    address = page.split('action="/account/sessions/')[1].split('"')[0]
    answer = browser.post(f"/account/sessions/{address}", data={"csrf": csrf(browser)})
    assert answer.headers["location"] == "/sign-in"
    assert browser.get("/encounters").status_code == 303


def test_a_colleagues_session_is_not_there(colleague: TestClient, browser: TestClient) -> None:
    theirs = browser.get("/account").text.split('action="/account/sessions/')[1].split('"')[0]
    answer = colleague.post(f"/account/sessions/{theirs}", data={"csrf": csrf(colleague)})
    assert answer.status_code == 404
    assert browser.get("/encounters").status_code == 200


def test_asking_how_long_the_session_lasts_is_no_use_of_it(browser: TestClient, clinic: Any) -> None:
    browser.get("/encounters")
    clinic.clock.now += timedelta(minutes=10)
    assert browser.get("/api/session").json()["idle"] == 5 * 60
    clinic.clock.now += timedelta(minutes=4)
    assert browser.get("/api/session").json()["idle"] == 60
    clinic.clock.now += timedelta(minutes=1)
    assert browser.get("/api/session").status_code == 401


def test_typing_keeps_the_session_until_its_longest(browser: TestClient, clinic: Any) -> None:
    token = browser.get("/api/session").json()["csrf"]
    for _ in range(72):
        clinic.clock.now += timedelta(minutes=10)
        answer = browser.post("/api/session", headers={"x-csrf-token": token})
        if answer.status_code == 401:
            break
        assert answer.json()["idle"] <= 15 * 60
    assert answer.status_code == 401
    assert browser.post("/api/session").status_code == 401


def test_the_page_knows_how_long_the_session_lasts(browser: TestClient) -> None:
    page = browser.get("/encounters").text
    assert 'data-idle="900" data-longest="43200"' in page
    assert "/session.js" in page


def test_every_place_of_the_account_page_says_who_it_is(browser: TestClient) -> None:
    page = browser.get("/account").text
    for part in (LOGIN, "의사", "이서연"):
        assert part in page


def test_each_place_is_named_by_its_browser(browser: TestClient, visitor: TestClient) -> None:
    visitor.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 <b>x</b>"
    signed_in(visitor)
    page = browser.get("/account").text
    assert "<b>Chrome · Windows</b>" in page
    assert "알 수 없는 브라우저" in page, "this one stated none"
    assert "&lt;b&gt;" not in page
