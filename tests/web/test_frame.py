"""What frames every page: its lightness, the main menu, and that both are the account's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.web.frame import PLACES, places
from tests.web.deliveries.test_deliveries import form


def theme_of(page: str) -> tuple[str, str, str]:
    found = (
        r'<html lang="ko" data-theme="(\w+)"',
        r'name="color-scheme" content="([^"]+)"',
        r'id="dark" media="([^"]+)"',
    )
    return tuple(match[1] for match in (re.search(one, page) for one in found) if match)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("theme", "scheme", "media"),
    [
        ("auto", "light dark", "screen and (prefers-color-scheme: dark)"),
        ("light", "light", "not all"),
        ("dark", "dark", "screen"),
    ],
)
def test_the_lightness_that_was_chosen_is_in_the_page_itself(
    browser: TestClient, theme: str, scheme: str, media: str
) -> None:
    answer = browser.post("/appearance", data={"csrf": form(browser.get("/keys").text), "theme": theme})
    assert answer.status_code == 303
    page = browser.get("/encounters").text
    assert theme_of(page) == (theme, scheme, media)
    assert f'value="{theme}" aria-pressed="true"' in page
    assert page.count('aria-pressed="true"') == 1


def test_nobody_and_a_new_account_follow_the_system(visitor: TestClient, colleague: TestClient) -> None:
    for page in (visitor.get("/sign-in").text, colleague.get("/encounters").text):
        assert theme_of(page)[0] == "auto"


def test_choosing_leads_back_to_where_it_was_chosen_and_nowhere_else(browser: TestClient) -> None:
    data = {"csrf": form(browser.get("/keys").text), "theme": "dark"}
    here = browser.post("/appearance", data=data, headers={"referer": "http://testserver/deliveries?problem=moving"})
    assert here.headers["location"] == "/deliveries"
    away = browser.post("/appearance", data=data, headers={"referer": "http://elsewhere.example/x"})
    assert away.headers["location"] == "/encounters"
    assert browser.post("/appearance", data={**data, "theme": "pink"}).status_code == 422


def test_the_menu_names_the_page_that_one_is_on(browser: TestClient) -> None:
    assert re.findall(r'href="([^"]+)" aria-current="page"', browser.get("/deliveries").text) == ["/deliveries"]


def test_each_role_is_shown_the_places_it_may_enter() -> None:
    assert len({place.key for place in PLACES}) == len(PLACES)
    assert "encounters" in {place.key for place in places("physician")}
    assert "encounters" not in {place.key for place in places("admin")}


def test_the_frame_says_what_the_page_is_in(browser: TestClient) -> None:
    page = browser.get("/encounters").text
    assert page.startswith("<!doctype html>")
    assert page.index('class="skip" href="#main"') < page.index("<header")
    assert page.count("<main") == page.count("<h1") == 1


@pytest.mark.parametrize(("path", "status"), [("/encounters/nothing", 404), ("/no-such-page", 404), ("/accounts", 403)])
def test_a_message_keeps_the_menu_and_the_lightness_that_was_chosen(
    browser: TestClient, visitor: TestClient, path: str, status: int
) -> None:
    browser.post("/appearance", data={"csrf": form(browser.get("/keys").text), "theme": "dark"})
    answer = browser.get(path)
    assert answer.status_code == status
    assert theme_of(answer.text)[0] == "dark"
    assert 'href="/encounters"' in answer.text
    nobody = visitor.get(path, follow_redirects=True)
    assert theme_of(nobody.text)[0] == "auto"
    assert "이서연" not in nobody.text


def test_a_message_after_the_session_is_over_names_nobody(browser: TestClient, clinic: Any) -> None:
    clinic.clock.now += timedelta(hours=13)
    answer = browser.get("/no-such-page")
    assert answer.status_code == 404
    assert "이서연" not in answer.text


def test_a_message_is_no_use_of_the_session(browser: TestClient, clinic: Any) -> None:
    browser.get("/encounters")
    for _ in range(4):
        clinic.clock.now += timedelta(minutes=4)
        assert browser.get("/no-such-page").status_code == 404
    assert browser.get("/encounters").status_code == 303
