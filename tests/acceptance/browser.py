"""A real browser against a real server over the invented clinic, for whoever tests a page.

``tests/acceptance/conftest.py`` gives these fixtures to every test beside it::

    def test_the_list_names_the_patient(open_page: OpenPage, clinic_server: ClinicServer) -> None:
        page = open_page()                          # signed in as the physician, at a desk, light
        page.goto(clinic_server / "encounters")
        expect(page.get_by_role("row", name="박정호")).to_be_visible()
        keep(page, "worklist")                      # four pictures under var/screenshots

Whatever a page complains about in its console fails the test, but for what ``open_page(expected=("409",))`` names.
The server is the module's own: what one test changes, the next one of the module sees.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from evaluation.browsing import served
from scribe.web.access import SESSION_COOKIE
from scribe.web.app import create_app
from tests.acceptance.clinic import LOGIN, Clinic, open_clinic
from tests.acceptance.complaints import Complaints

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
VIEWPORTS = {"desktop": DESKTOP, "phone": PHONE}
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine: what fails, fails later, and nothing passes for it."""
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class ClinicServer:
    """Where the clinic is served, and what lies behind it."""

    address: str
    clinic: Clinic

    def __truediv__(self, path: str) -> str:
        return f"{self.address}/{path.lstrip('/')}"


OpenPage = Callable[..., Page]
"""``open_page(viewport=DESKTOP, color_scheme="light", login=LOGIN, expected=(), **context_options)``: a page of a
browser context of its own; ``login=None`` is nobody, ``expected`` are parts of complaints that the test provokes."""


@pytest.fixture(scope="module")
def clinic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicServer]:
    """A clinic of the module's own, one consultation in each state, on a free port of this machine."""
    with serving(open_clinic(tmp_path_factory.mktemp("clinic"))) as server:
        yield server


@contextmanager
def serving(clinic: Clinic) -> Iterator[ClinicServer]:
    """``clinic`` on a free port of this machine; it is closed at the end."""
    try:
        with served(create_app(clinic.service)) as address:
            yield ClinicServer(address, clinic)
    finally:
        clinic.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture
def open_page(browser: Browser, clinic_server: ClinicServer) -> Iterator[OpenPage]:
    """Opens pages as :data:`OpenPage` says; they are closed, and their complaints told, after the test."""
    contexts: list[BrowserContext] = []
    heard: list[Complaints] = []

    def open_one(
        viewport: dict[str, int] | None = None,
        color_scheme: Scheme = "light",
        login: str | None = LOGIN,
        expected: tuple[str, ...] = (),
        **options: object,
    ) -> Page:
        size = viewport or DESKTOP
        # without motion: a page is looked at in a state, not on its way to it
        settled = {"reduced_motion": "reduce", **options}
        context = browser.new_context(viewport=size, color_scheme=color_scheme, locale="ko-KR", **settled)
        contexts.append(context)
        if login is not None:
            token = clinic_server.clinic.session(login)
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": clinic_server.address}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)

        complaints = Complaints(expected)
        complaints.listen(page)
        heard.append(complaints)
        return page

    yield open_one
    for context in contexts:
        context.close()
    for complaints in heard:
        assert complaints.lines == [], complaints.told()


def signed_in_page(open_page: OpenPage, viewport: str = "desktop", color_scheme: Scheme = "light") -> Page:
    """The physician's page on a ``desktop`` or a ``phone``."""
    return open_page(VIEWPORTS[viewport], color_scheme)


def keep(page: Page, name: str) -> None:
    """Keep what ``page`` shows for people to look at: desk and phone, light and dark.

    The pictures lie in ``var/screenshots``, or where the environment variable SCREENSHOTS says.
    """
    folder = Path(os.environ.get("SCREENSHOTS", "var/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for device, size in VIEWPORTS.items():
        page.set_viewport_size(size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{device}-{scheme}.png", full_page=device == "phone")
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
