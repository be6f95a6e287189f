"""The clinic that browser tests look at has a consultation in each state."""

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser import ClinicServer, OpenPage, keep

STATES = {
    "강민서": "대기",
    "오태윤": "받아쓰는 중",
    "박정호": "검토 필요",
    "정순자": "서명됨",
    "남궁하늘": "전달됨",
    "윤도현": "보류",
}


def test_the_worklist_has_a_consultation_in_each_state(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page()
    page.goto(clinic_server / "encounters")
    for name, state in STATES.items():
        expect(page.get_by_role("row", name=name)).to_contain_text(state)
    keep(page, "worklist")


@pytest.mark.parametrize("name", ["review", "signed", "held", "waiting"])
def test_each_state_has_a_page(open_page: OpenPage, clinic_server: ClinicServer, name: str) -> None:
    page = open_page()
    page.goto(clinic_server / f"encounters/visit-{name}")
    expect(page.locator(".patient-bar")).to_be_visible()
    keep(page, f"encounter-{name}")
