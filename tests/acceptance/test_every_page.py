"""Every page in every state, for everybody: axe-core, targets, width, and nothing against the content policy.

A new page is one line in :data:`PAGES`; its further states follow one another on the page once opened.  What takes
more to reach is asked the same in the test that reaches it.  Each test keeps its pictures under ``var/screenshots``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from scribe.domain.errors import ScribeError
from scribe.patient_sheet.errors import PdfUnavailableError
from scribe.web.failures import FAILURES
from scribe.web.pages import message_page
from scribe.web.pages import page as rendered
from scribe.web.patient.ask import Closed, closed
from tests.acceptance.audit import problems_of
from tests.acceptance.browser import DESKTOP, ClinicServer, OpenPage, keep
from tests.acceptance.clinic import ADMIN, DELIVERED, HELD, LOGIN, RECOGNISING, REVIEW, SIGNED, WAITING

Step = Callable[[Page], None]


def opened(page: Page) -> None:
    """The page as it opens."""
    expect(page.locator("main")).to_be_visible()


def click(*names: str) -> Step:
    """Buttons or tabs pressed one after the other."""

    def press(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).or_(page.get_by_role("tab", name=name)).first.click()

    return press


def unfold(page: Page) -> None:
    """Everything that can be opened on the page."""
    page.evaluate("() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


def a_statement(page: Page) -> None:
    page.get_by_role("tab", name="진료 기록").click()
    page.locator("#note .text").first.click()


def closing(step: Step) -> Step:
    """What is open over the page shut first."""

    def shut_and(page: Page) -> None:
        page.keyboard.press("Escape")
        step(page)

    return shut_and


def refused(page: Page) -> None:
    """A sign-in with a wrong password."""
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill("not the password")
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("alert")).to_be_visible()


@dataclass(frozen=True)
class Shown:
    """A page: where it is, who looks, and its states by name in their order; ``expected`` it may complain about."""

    path: str
    states: dict[str, Step]
    login: str | None = LOGIN
    expected: tuple[str, ...] = ()


PAGES = (
    Shown("sign-in", {"sign-in": opened, "sign-in-refused": refused}, login=None, expected=("401",)),
    Shown("sign-in?over=1", {"sign-in-over": opened}, login=None),
    Shown("encounters", {"worklist": opened, "account-menu": click("이서연")}),
    Shown("encounters/nothing", {"not-found": opened}, expected=("404",)),
    Shown("accounts", {"forbidden": opened}, expected=("403",)),
    Shown(f"encounters/{WAITING}", {"waiting": opened}),
    Shown(f"encounters/{RECOGNISING}", {"recognising": opened}),
    Shown(
        f"encounters/{REVIEW}",
        {
            "review": opened,
            "review-entries": click("구조화 항목"),
            "review-summary": click("환자 안내문"),
            "review-statement": a_statement,
            "review-versions": click("이전 버전"),
            "keys-help": closing(click("단축키 보기")),
        },
    ),
    Shown(f"encounters/{REVIEW}/sign", {"sign-blocked": opened}),
    Shown(f"encounters/{SIGNED}/note", {"signed": opened, "signed-unfolded": unfold}),
    Shown(f"encounters/{DELIVERED}/note", {"delivered": opened}),
    Shown(f"encounters/{HELD}/note", {"held": opened}),
    Shown(f"encounters/{SIGNED}/note/compare", {"compare-one": opened}),
    Shown(f"encounters/{SIGNED}/amendment", {"amendment": opened}),
    Shown(f"encounters/{SIGNED}/retraction", {"retraction": opened}),
    Shown(f"encounters/{SIGNED}/summary", {"summary": opened}),
    Shown("summaries", {"summaries-none": opened}),
    Shown("visits/new", {"visit-new": opened}),
    Shown(f"encounters/{WAITING}/visit", {"visit": opened, "visit-withdrawal": unfold}),
    Shown("style", {"style": opened}),
    Shown("quality", {"quality": opened}),
    Shown("account", {"account": opened}),
    Shown("accounts", {"accounts": opened, "accounts-new": click("계정 만들기")}, login=ADMIN),
    Shown("deliveries", {"deliveries": opened, "deliveries-unfolded": unfold}),
    Shown("deliveries", {"deliveries-it": opened}, login=ADMIN),
    Shown("audit", {"audit": opened}, login=ADMIN),
    Shown("keys", {"keys": opened}),
)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: next(iter(shown.states)))
def test_it_is_for_everybody(open_page: OpenPage, clinic_server: ClinicServer, shown: Shown) -> None:
    page = open_page(DESKTOP, login=shown.login, expected=shown.expected)
    page.goto(clinic_server / shown.path)
    problems = []
    for name, step in shown.states.items():
        step(page)
        keep(page, name)
        problems += [f"{name}: {problem}" for problem in problems_of(page)]
    assert not problems, "\n".join(problems)


def test_every_word_that_a_patient_or_a_fault_gets_instead_of_a_page(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    """They differ in their words alone: each is put where a browser would get it."""
    page, problems = open_page(login=None), []
    why: tuple[Closed, ...] = ("unknown", "expired", "revoked", "locked", "withdrawn")
    answers = {f"patient-{one}": rendered("patient_ask.html", closed(one, None, phone=None)) for one in why}
    for name, failure in (("fault-500", FAILURES[ScribeError]), ("fault-503", FAILURES[PdfUnavailableError])):
        answers[name] = message_page(
            failure.title, failure.text, status=failure.status, link="/", link_text="처음 화면으로"
        )
    for name, answer in answers.items():
        page.route(f"**/{name}", _answering(bytes(answer.body).decode()))
        page.goto(clinic_server / name)
        opened(page)
        keep(page, name)
        problems += [f"{name}: {problem}" for problem in problems_of(page)]
    assert not problems, "\n".join(problems)


def _answering(text: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["encounters", f"encounters/{REVIEW}", f"encounters/{SIGNED}/note", "keys", "sign-in"])
def test_the_focus_is_seen_wherever_it_goes(open_page: OpenPage, clinic_server: ClinicServer, path: str) -> None:
    page = open_page(login=None if path == "sign-in" else LOGIN)
    page.goto(clinic_server / path)
    if path != "sign-in":
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="본문으로 건너뛰기")).to_be_in_viewport()
    unseen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen, what = page.evaluate(
            """() => {
              const one = document.activeElement, row = one.closest('tr, li');
              const styles = [getComputedStyle(one), getComputedStyle(one, '::after'), row && getComputedStyle(row)];
              const outlined = (style) => style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              return [one === document.body || styles.some(outlined), one.outerHTML.slice(0, 120)];
            }"""
        )
        if not seen:
            unseen.append(what)
    assert unseen == []
