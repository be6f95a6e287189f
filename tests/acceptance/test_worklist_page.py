"""The list of consultations in a real browser: rows move while somebody types, and every state has its picture."""

import re
from dataclasses import replace
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from scribe.accounts import create_account
from scribe.domain.consent import Consent, ConsentState
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store import Actor
from scribe.store.records import Stage
from tests.acceptance.browser import ClinicServer, OpenPage, keep
from tests.acceptance.clinic import ADMIN, PASSWORD, RECOGNISING, REVIEW, Clinic, ago

SYSTEM = "urn:x"


def visit(
    clinic: Clinic,
    name: str,
    *,
    minutes: int,
    stage: Stage = "new",
    consent: ConsentState | None = "given",
    department: str | None = None,
) -> str:
    """A consultation that began ``minutes`` ago."""
    now = clinic.store.clock()
    start = ago(now, minutes) if minutes < 180 else now - timedelta(minutes=minutes)
    practitioner = replace(clinic.physician.practitioner, department=department)
    key = f"more-{minutes}"
    number = Identifier(system=SYSTEM, value=f"{minutes:08}")
    patient = Patient(name=name, sex="female", birth_date=date(1968, 5, 6), identifier=number)
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.add(Encounter(id=key, start=start, patient=patient, practitioner=practitioner))
        if consent is not None:
            work.consents.add(key, Consent(purpose="recording", state=consent, decided_at=now))
        if stage != "new":
            work.encounters.reach(key, stage)
    return key


def draft(clinic: Clinic, encounter_id: str) -> None:
    """The draft of the consultation in review, for another one."""
    service = Actor.service(clinic.physician.hospital_id)
    with clinic.store.begin(service) as work:
        written = work.drafts.latest(REVIEW)
        assert written is not None
        encounter = work.encounters.get(encounter_id)
        mine = replace(written.draft, encounter=encounter.encounter)
        work.drafts.add(encounter_id, mine, expected_version=encounter.draft_version or 0, drafted_by="drafter")


def order(page: Page) -> list[str]:
    rows = page.locator('[data-list="day"] tr[data-id]')
    return [str(rows.nth(place).get_attribute("data-name")) for place in range(rows.count())]


def test_a_row_moves_while_somebody_types(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    clinic = clinic_server.clinic
    page = open_page()
    page.goto(clinic_server / "encounters")
    search = page.get_by_role("searchbox", name="환자 찾기")
    search.press_sequentially("오ㅌ")
    row = page.get_by_role("row", name="오태윤")
    expect(row).to_contain_text("받아쓰는 중")
    expect(page.get_by_role("row", name="박정호")).to_be_hidden()
    page.evaluate("document.documentElement.dataset.same = 'yes'")
    draft(clinic, RECOGNISING)
    expect(row).to_contain_text("검토 필요", timeout=5000)
    expect(search).to_be_focused()
    expect(search).to_have_value("오ㅌ")
    expect(page.get_by_role("row", name="박정호")).to_be_hidden()
    expect(page.locator("[data-said]")).to_contain_text("오태윤 님")
    assert page.evaluate("document.documentElement.dataset.same") == "yes", "the page was loaded anew"
    search.fill("")
    expect(page.get_by_role("row", name="박정호")).to_be_visible()
    assert order(page)[:2] == ["박정호", "오태윤"], "who waits longest comes first"


def test_a_new_consultation_appears_and_the_focused_row_keeps_the_focus(
    open_page: OpenPage, clinic_server: ClinicServer
) -> None:
    clinic = clinic_server.clinic
    page = open_page()
    page.goto(clinic_server / "encounters")
    link = page.get_by_role("link", name="강민서", exact=True)
    link.focus()
    key = visit(clinic, "한새로", minutes=3)
    expect(page.get_by_role("row", name="한새로")).to_contain_text("대기", timeout=5000)
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.note_recording(key, under_way=True)
    expect(page.get_by_role("row", name="한새로")).to_contain_text("녹음 중", timeout=5000)
    assert order(page)[0] == "한새로"
    expect(link).to_be_focused()
    page.get_by_role("link", name="대기", exact=False).first.click()
    expect(page.get_by_role("row", name="강민서")).to_be_visible()
    expect(page.get_by_role("row", name="한새로")).to_be_hidden()
    assert "state=waiting" in page.url


def test_a_department_is_kept_while_rows_come_and_days_change(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    clinic = clinic_server.clinic
    visit(clinic, "정형오", minutes=31, department="05")
    visit(clinic, "신경오", minutes=32, department="02")
    page = open_page()
    page.goto(clinic_server / "encounters")
    page.get_by_label("진료과").select_option("정형외과")
    expect(page.get_by_role("row", name="신경오")).to_be_hidden()
    assert "department=05" in page.url
    visit(clinic, "정형육", minutes=33, department="05")
    visit(clinic, "안과육", minutes=34, department="12")
    expect(page.get_by_role("row", name="정형육")).to_be_visible(timeout=5000)
    expect(page.get_by_role("row", name="안과육")).to_be_hidden()
    expect(page.get_by_label("진료과").get_by_role("option", name="안과")).to_have_count(1)
    day = page.get_by_role("button", name="날짜 고르기")
    expect(day).to_have_text(re.compile(r"\d{4}\. \d{1,2}\. \d{1,2}\. \([일월화수목금토]\)"))
    day.press("Enter")
    picker = page.get_by_role("dialog", name="날짜 고르기")
    expect(picker.locator("[aria-current=date]")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    wanted = page.evaluate("document.activeElement.dataset.date")
    page.keyboard.press("PageUp")
    expect(picker.locator("[tabindex='0']")).to_be_focused()
    keep(page, "worklist-day-picker")
    page.keyboard.press("Escape")
    expect(day).to_be_focused()
    day.press("Enter")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**day={wanted}**")
    assert "department=05" in page.url
    expect(page.get_by_label("진료과")).to_have_value("05")


def test_a_page_that_waits_is_told_and_does_not_ask(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    key = visit(clinic_server.clinic, "기다림", minutes=35, stage="recorded")
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(clinic_server / f"encounters/{key}")
    expect(page.get_by_role("heading", name="받아쓰고 있습니다")).to_be_visible()
    page.wait_for_timeout(1500)
    before = [url for url in asked if url.endswith(key)]
    assert len(before) <= 2, "once for the page, once when the stream is open"
    with clinic_server.clinic.store.begin(clinic_server.clinic.physician.actor) as work:
        work.encounters.stop(key, "nothing_said")
    expect(page.get_by_role("heading", name="문제")).to_be_visible(timeout=5000)
    expect(page.get_by_role("link", name="진료 정보")).to_be_visible()


def test_every_state_has_its_picture(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    clinic = clinic_server.clinic
    visit(clinic, "서보류", minutes=140, stage="recorded")
    visit(clinic, "임철회", minutes=150)
    visit(clinic, "조취소", minutes=160, consent=None)
    visit(clinic, "황거부", minutes=170, consent="refused")
    late = visit(clinic, "고지난", minutes=60 * 30)
    draft(clinic, late)
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.stop("more-140", "recognition_failed")
        now = work.scope.clock()
        work.consents.add("more-150", Consent(purpose="recording", state="withdrawn", decided_at=now))
        work.encounters.close("more-160")
    page = open_page()
    page.goto(clinic_server / "encounters")
    for name, state in {"서보류": "문제", "임철회": "동의 철회", "조취소": "취소됨", "윤도현": "전달 보류"}.items():
        expect(page.get_by_role("row", name=name)).to_contain_text(state)
    expect(page.get_by_role("region", name="지난 진료")).to_contain_text("고지난")
    keep(page, "worklist-states")
    page.goto(clinic_server / "encounters?day=2020-01-01")
    expect(page.get_by_text("이날 진료가 없습니다")).to_be_visible()
    keep(page, "worklist-other-day")


def test_a_physician_without_consultations_is_told_what_to_do(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    clinic = clinic_server.clinic
    create_account(
        clinic.store, clinic.physician.hospital_id, login="newcomer", password=PASSWORD, role="physician", name="나새롬"
    )
    page = open_page(login="newcomer")
    page.goto(clinic_server / "encounters")
    expect(page.get_by_text("오늘 진료가 없습니다")).to_be_visible()
    keep(page, "worklist-empty")


def test_typing_a_consultation_in(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(expected=("422", "409"))
    page.goto(clinic_server / "encounters")
    page.get_by_role("link", name="진료 추가").click()
    page.get_by_label("환자 이름").fill("문새벽")
    page.get_by_label("생년월일").fill("680314")
    page.get_by_role("button", name="추가").click()
    expect(page.get_by_text("여덟 자리로 입력하세요")).to_be_visible()
    keep(page, "visit-new-problems")
    page.get_by_label("생년월일").fill("19680314")
    page.get_by_label("여", exact=True).check()
    page.get_by_label("등록번호").fill("00000003")
    page.get_by_label("환자가 동의함").check()
    page.get_by_role("button", name="추가").click()
    expect(page.get_by_role("heading", name="진료 정보")).to_be_visible()
    keep(page, "visit")
    page.get_by_text("환자가 녹음 동의를 철회했습니까?").click()
    keep(page, "visit-withdrawal")
    page.get_by_label("파기되는 것을 확인했습니다").check()
    page.get_by_role("button", name="동의 철회하고 파기").click()
    expect(page.get_by_text("파기되어 아무도 열 수 없습니다")).to_be_visible()
    keep(page, "visit-withdrawn")


def test_deliveries_say_what_to_do(open_page: OpenPage, clinic_server: ClinicServer) -> None:
    page = open_page(login=ADMIN)
    page.goto(clinic_server / "deliveries")
    expect(page.get_by_role("row", name="거부됨")).to_be_visible()
    keep(page, "deliveries")
