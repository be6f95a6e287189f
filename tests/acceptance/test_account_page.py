"""Signing in, the account pages, and the end of a session, in a real browser."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.acceptance.browser import ClinicServer, OpenPage, keep
from tests.acceptance.clinic import ADMIN, LOGIN, PASSWORD


def sign_in(page: Page, server: ClinicServer, login: str, password: str) -> None:
    page.goto(server / "sign-in")
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="로그인").click()


def told(page: Page, *, idle: int, status: int = 200) -> list[str]:
    """Answer what the page asks about its session; a use of it gives the whole time back.  Returns the methods."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        body = {"idle": 900 if route.request.method == "POST" else idle, "longest": 40_000, "csrf": "x"}
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body))

    page.route("**/api/session", answer)
    return asked


def test_a_session_that_lies_idle_is_announced_and_goes_on(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.clock.install()
    page.goto(clinic_server / "account")
    asked = told(page, idle=55)
    box = page.get_by_role("alertdialog")
    page.clock.fast_forward("13:30")
    expect(box).to_be_hidden()
    page.clock.fast_forward("00:40")
    expect(box).to_be_visible()
    expect(box).to_contain_text("1분 뒤 자동으로 로그아웃됩니다")
    keep(page, "session-end")
    box.get_by_role("button", name="계속하기").click()
    expect(box).to_be_hidden()
    assert asked[-1] == "POST"


def test_typing_counts_as_use(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.clock.install()
    page.goto(clinic_server / "account")
    asked = told(page, idle=900)
    page.clock.fast_forward("02:00")
    assert asked == [], "nobody did anything"
    page.get_by_label("지금 비밀번호").press("Shift")
    with page.expect_response("**/api/session"):
        page.clock.fast_forward("00:10")
    assert asked == ["POST"]


def test_a_session_that_is_over_leads_to_the_sign_in_page(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(expected=("401",))
    page.clock.install()
    page.goto(clinic_server / "encounters")
    told(page, idle=0, status=401)
    page.clock.fast_forward("16:00")
    page.wait_for_url("**/sign-in?next=%2Fencounters&over=1")
    expect(page.get_by_role("status")).to_contain_text("로그아웃되었습니다")
    keep(page, "sign-in-again")


def test_it_makes_an_account_whose_owner_chooses_a_password(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(login=ADMIN)
    page.goto(clinic_server / "accounts")
    keep(page, "accounts")
    page.get_by_role("button", name="계정 만들기").click()
    form = page.get_by_role("dialog", name="계정 만들기")
    form.get_by_label("이름").fill("박원무")
    form.get_by_label("아이디").fill("parkwonmu")
    form.get_by_label("원무·환자지원").check()
    keep(page, "accounts-new")
    form.get_by_role("button", name="만들고 임시 비밀번호 받기").click()
    expect(page.get_by_role("status")).to_contain_text("박원무 님의 임시 비밀번호")
    keep(page, "accounts-made")
    password = page.locator(".temporary-password code").inner_text()

    new = open_page(login=None)
    sign_in(new, clinic_server, "parkwonmu", password)
    expect(new.get_by_text("임시 비밀번호로 로그인했습니다")).to_be_visible()
    keep(new, "account-temporary")
    new.get_by_label("임시 비밀번호").fill(password)
    new.get_by_label("새 비밀번호", exact=True).fill("원무과의 새 문장 12")
    new.get_by_label("새 비밀번호 다시").fill("원무과의 새 문장 12")
    new.get_by_role("button", name="비밀번호 바꾸기").click()
    expect(new.get_by_role("status")).to_contain_text("비밀번호를 바꾸었습니다")
    new.goto(clinic_server / "encounters")
    expect(new.get_by_role("heading", level=1)).to_be_visible()
    keep(new, "worklist-patient-services")

    page.get_by_role("button", name="관리 (이서연)").click()
    expect(page.get_by_role("dialog", name="이서연")).to_be_visible()
    keep(page, "accounts-manage")


@pytest.mark.parametrize("login", ["nobody-of-that-name", "choisujin"])
def test_a_locked_login_says_how_long_to_wait(open_page: OpenPage, clinic_server: ClinicServer, login: str) -> None:
    page = open_page(login=None, expected=("401", "429"))
    for _ in range(5):
        sign_in(page, clinic_server, login, "not the password 1")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"(1분|\d+초) 뒤에 다시 시도하세요"))
    keep(page, "sign-in-locked")


def test_the_account_page_and_what_a_role_may_not_open(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(expected=("403",))
    other = open_page(login=None)
    sign_in(other, clinic_server, LOGIN, PASSWORD)
    page.goto(clinic_server / "account")
    expect(page.get_by_role("button", name="다른 곳 모두 로그아웃")).to_be_visible()
    keep(page, "account")
    page.goto(clinic_server / "accounts")
    expect(page.get_by_role("heading", level=1)).to_have_text("이 계정으로는 쓸 수 없는 화면입니다")
    keep(page, "refused-by-role")
