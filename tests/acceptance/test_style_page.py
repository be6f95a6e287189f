"""The pages of style and quality in a real browser, with enough in them to be looked at."""

from datetime import timedelta

from playwright.sync_api import expect

from scribe.domain.style import EditShares, Share, SignedShares, Wording
from tests.acceptance.browser import PHONE, ClinicServer, OpenPage, keep

WORDINGS = (("빨갛게 부음", "발적"), ("콧물", "비루"), ("재진", "재방문"))


def _practise(server: ClinicServer) -> None:
    """A physician's months of work: rules that were learnt, and what was kept of the drafts."""
    clinic = server.clinic
    with clinic.service.store.begin(clinic.physician.actor) as work:
        for number, (before, after) in enumerate(WORDINGS):
            work.style_rules.add(Wording(before=before, after=after), origin="learnt", seen=3 + number)
        now = clinic.service.store.clock()
        encounter = work.encounters.list(limit=1)[0].id
        for week in range(10):
            template = ("soap", "follow_up", "initial")[week % 3]
            note = Share(kept=12 + week, edited=6 - week // 2, deleted=2, added=1 + week % 2)
            shares = EditShares(note=note, summary=Share(kept=8, edited=week % 3), entries=Share(kept=14, deleted=1))
            signed = SignedShares(
                account_id=clinic.physician.id, template=template, setting="outpatient", language="ko",
                signed_at=now - timedelta(weeks=9 - week), review_seconds=150 - 7 * week, shares=shares,
            )  # fmt: skip
            work.edit_shares.put(encounter, 100 + week, signed)


def test_rules_are_edited_and_the_numbers_are_plotted(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    _practise(clinic_server)
    page = open_page()
    page.goto(clinic_server / "style")
    row = page.get_by_role("row").filter(has=page.get_by_label("콧물 규칙 저장"))
    expect(row).to_contain_text("진료 4건에서 배움")
    row.get_by_label("쓸 표현").fill("맑은 콧물")
    row.get_by_role("button", name="콧물 규칙 저장").click()
    expect(row).to_contain_text("직접 정함")
    page.get_by_label("재진 규칙 지우기").click()
    expect(page.get_by_label("재진 규칙 저장")).to_have_count(0)
    keep(page, "style")
    page.goto(clinic_server / "quality")
    expect(page.get_by_role("img", name="주별 진료 기록 유지율")).to_be_visible()
    expect(page.get_by_role("row", name="초진")).to_contain_text("3건")
    keep(page, "quality")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(clinic_server / "style")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
