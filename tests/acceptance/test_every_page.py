"""Every page in every state, for everybody: axe-core, targets, width, and nothing against the content policy.

A new page is one line in :data:`PAGES`.  Each test keeps its pictures under ``var/screenshots`` too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.audit import axe, small_targets, too_wide
from tests.acceptance.browser import DESKTOP, PHONE, SCHEMES, ClinicServer, OpenPage, keep
from tests.acceptance.clinic import ADMIN, DELIVERED, HELD, LOGIN, RECOGNISING, REVIEW, SIGNED, WAITING

NARROW = {"width": 320, "height": 800}
"""What 1280 pixels are at 400 % zoom (WCAG 1.4.10)."""


def nothing(page: Page) -> None:
    """The page as it opens."""


def click(*names: str) -> Callable[[Page], None]:
    """Buttons or tabs pressed one after the other."""

    def press(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).or_(page.get_by_role("tab", name=name)).first.click()

    return press


@dataclass(frozen=True)
class Shown:
    """A page in one state: where it is, who looks, and what they did there; ``expected`` it may complain about."""

    name: str
    path: str
    login: str | None = LOGIN
    then: Callable[[Page], None] = nothing
    expected: tuple[str, ...] = ()


PAGES = (
    Shown("sign-in", "sign-in", login=None),
    Shown("worklist", "encounters"),
    Shown("not-found", "encounters/nothing", expected=("404",)),
    Shown("waiting", f"encounters/{WAITING}"),
    Shown("recognising", f"encounters/{RECOGNISING}"),
    Shown("review", f"encounters/{REVIEW}"),
    Shown("review-entries", f"encounters/{REVIEW}", then=click("구조화 항목")),
    Shown("review-summary", f"encounters/{REVIEW}", then=click("환자 안내문")),
    Shown("review-statement", f"encounters/{REVIEW}", then=lambda page: page.locator("#note .text").first.click()),
    Shown("sign-blocked", f"encounters/{REVIEW}/sign"),
    Shown("signed", f"encounters/{SIGNED}/note"),
    Shown("delivered", f"encounters/{DELIVERED}/note"),
    Shown("held", f"encounters/{HELD}/note"),
    Shown("compare", f"encounters/{SIGNED}/note/compare"),
    Shown("retraction", f"encounters/{SIGNED}/retraction"),
    Shown("summary", f"encounters/{SIGNED}/summary"),
    Shown("visit-new", "visits/new"),
    Shown("visit", f"encounters/{WAITING}/visit"),
    Shown("style", "style"),
    Shown("quality", "quality"),
    Shown("account", "account"),
    Shown("accounts", "accounts", login=ADMIN),
    Shown("patient-gone", "p/nothing", login=None, expected=("404",)),
    Shown("deliveries", "deliveries"),
    Shown("deliveries-it", "deliveries", login=ADMIN),
    Shown("keys", "keys"),
    Shown("keys-help", f"encounters/{REVIEW}", then=click("단축키 보기")),
    Shown("account-menu", "encounters", then=click("이서연")),
)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_it_is_for_everybody(open_page: OpenPage, clinic_server: ClinicServer, shown: Shown) -> None:
    page = open_page(DESKTOP, login=shown.login, expected=shown.expected)
    page.goto(clinic_server / shown.path)
    shown.then(page)
    keep(page, shown.name)
    found: dict[str, list[str]] = {}
    for device, size in {"desktop": DESKTOP, "phone": PHONE}.items():
        page.set_viewport_size(size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            rules = () if scheme == "light" else ("color-contrast",)
            found |= {f"{device} {scheme}": [str(one) for one in axe(page, rules)]}
        found |= {f"{device} targets": small_targets(page), f"{device} overflow": too_wide(page)}
    page.set_viewport_size(NARROW)
    found |= {"narrow overflow": too_wide(page)}
    problems = [f"{where}: {line}" for where, lines in found.items() for line in lines]
    assert not problems, "\n".join(problems)


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
