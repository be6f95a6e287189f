"""The whole way in the browser: said at the desk, drafted, corrected, signed, delivered, taken home, taken back.

Real processes throughout: the service, the edge agent with a virtual microphone and the real recogniser, a FHIR
server as the hospital's, and Chromium at the desk, at the physician's and in the patient's hand.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from hl7_bridge.delivery import connect
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.local_server import LocalFhirServer
from scribe.accounts import create_account
from scribe.demo.bundled import HIRA_NUMBER, ORGANIZATION, PHYSICIAN, encounter_of
from scribe.domain.encounter import Encounter, Organization, Patient
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.site import site_of
from scribe.store import Actor
from tests.acceptance.browser import CHROMIUM, DESKTOP, PHONE, keep
from tests.acceptance.edge_site import Site, consultation, eventually
from tests.edge_agent.virtual_microphone import VirtualMicrophone

LOGIN, PASSWORD = "leeseoyeon", "correct horse battery"
STRANGER = "kangminseo"
PATIENT, BIRTH = "한지우", date(1979, 5, 12)
OWN_WORDS = "금연을 권함."
SCRIBE = (sys.executable, "-c", "from scribe.cli import main; main()")

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"),
    pytest.mark.timeout(420),
]


@dataclass(frozen=True)
class Hospital:
    """The running service, and the hospital's own FHIR server behind it."""

    address: str
    settings: Settings
    fhir: str
    log: Path
    environment: dict[str, str]

    def __truediv__(self, path: str) -> str:
        return f"{self.address}/{path}"

    def invite(self) -> str:
        """A code that makes a computer a device of the physician's."""
        command = [*SCRIBE, "device", "invite", "--owner", LOGIN, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.environment)
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["code"])

    def register(self) -> str:
        """A patient arrives: the hospital's own server and the worklist know of the visit; returns its id."""
        patient = Patient(name=PATIENT, sex="female", birth_date=BIRTH, identifier=None)
        visit = encounter_of(Encounter(id="", start=datetime.now(UTC), patient=patient), "visit-7", datetime.now(UTC))
        client = connect(site_of(self.settings))
        try:
            seed_hospital(client, visit)
        finally:
            client.close()
        store = store_of(self.settings)
        hospital_id = store.ensure_hospital(self.settings.organization)
        with store.begin(Actor.service(hospital_id)) as work:
            account, _ = work.accounts.credentials(LOGIN) or pytest.fail("the physician has no account")
        with store.begin(account.actor) as work:
            work.encounters.add(visit)
        store.close()
        return visit.id


@pytest.fixture
def hospital(tmp_path: Path, models_home: Path) -> Iterator[Hospital]:
    with LocalFhirServer(tmp_path / "fhir") as fhir:
        settings = Settings.load(
            {},
            data_dir=tmp_path / "service",
            models_home=models_home,
            fhir_url=fhir,
            hospital_name=ORGANIZATION.name,
            hospital_hira_number=HIRA_NUMBER,
        )
        _open_accounts(settings)
        log = tmp_path / "serve.log"
        ours = ("data_dir", "models_home", "fhir_url", "hospital_name", "hospital_hira_number")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
        environment |= {f"SCRIBE_{name.upper()}": str(getattr(settings, name)) for name in ours}
        with log.open("w") as errors:
            process = subprocess.Popen(
                [*SCRIBE, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
        with process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line.startswith("http://127.0.0.1:"), log.read_text()
                yield Hospital(line.split()[0], settings, fhir, log, environment)
            finally:
                process.terminate()
                assert process.wait(timeout=30) == 0, log.read_text()


def _open_accounts(settings: Settings) -> None:
    """The physician, and one of another hospital in the same installation."""
    store = store_of(settings)
    ours = store.ensure_hospital(settings.organization)
    theirs = store.ensure_hospital(Organization(name="바다의원"))
    for hospital_id, login, name in ((ours, LOGIN, PHYSICIAN.name), (theirs, STRANGER, "강민서")):
        create_account(
            store, hospital_id, login=login, password=PASSWORD, role="physician", name=name,
            licence=PHYSICIAN.identifier,
        )  # fmt: skip
    store.close()


class People:
    """Browsers of their own for each person; whatever a page complains about fails the test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    def page(self, viewport: dict[str, int] = DESKTOP, **options: object) -> Page:
        page = self._browser.new_context(viewport=viewport, locale="ko-KR", **options).new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in {"error", "warning"} else None
        )
        return page


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    found = People(browser)
    yield found
    for context in browser.contexts:
        context.close()
    assert [line for line in found.complaints if "404 (Not Found)" not in line and "410 (Gone)" not in line] == []


def _sign_in(page: Page, hospital: Hospital, login: str) -> None:
    page.goto(hospital / "encounters")
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("heading", name="오늘 진료", exact=True)).to_be_visible()


def _record(page: Page, site: Site, hospital: Hospital, encounter: str, microphone: VirtualMicrophone) -> None:
    """At the desk: the first half minute of the bundled consultation, live text while it is said."""
    enrolled = site.run("enrol", hospital.address, hospital.invite(), "--name", "진료실 1")
    assert enrolled.returncode == 0, enrolled.stderr
    site.start()
    page.goto(site.entrance())
    expect(page.locator("#state")).to_have_text("녹음 준비됨", timeout=30_000)
    page.locator("#encounter").select_option(encounter)
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+r")
    expect(page.locator("#state")).to_have_text("녹음 중", timeout=20_000)
    speech, rate = consultation(30)
    microphone.play(speech, rate)
    expect(page.locator("#stable")).to_contain_text("아파요", timeout=60_000)
    expect(page.locator("#clock")).to_have_text(re.compile("00:3[0-9]"), timeout=60_000)
    page.keyboard.press("Alt+s")
    expect(page.locator("#recordings li")).to_contain_text("전송 완료", timeout=120_000)


def _correct(page: Page) -> str:
    """Two corrections: a sentence of their own at the end of the plan, and one of the draft struck."""
    plan = page.locator("#note .note-section").last
    plan.get_by_role("button", name="문장 추가").click()
    page.keyboard.type(OWN_WORDS)
    page.keyboard.press("Enter")
    added = page.locator("#note .note-section").last.locator(".statement:not([data-new])").last
    expect(added.locator(".text")).to_have_value(OWN_WORDS, timeout=15_000)
    first = page.locator("#note .statement").first
    struck = first.locator(".text").input_value()
    first.hover()
    first.get_by_role("button", name="문장 삭제").click()
    expect(page.get_by_role("button", name="되돌리기")).to_be_visible()
    return struck


def _settle(page: Page) -> None:
    for _ in range(60):
        waiting = page.locator("#review [data-open]")
        count = waiting.count()
        if count == 0 and page.locator("#to-sign").count():
            return
        page.get_by_role("button", name="남은 확인").click()
        act = page.locator("[data-act=accept]:visible, [data-act=settle]:visible, [data-act=keep-stale]:visible")
        act.first.click()
        expect(waiting).not_to_have_count(count)
    raise AssertionError("what is open does not become less")


def _sign(page: Page) -> None:
    page.locator("#to-sign").click()
    expect(page.get_by_role("heading", name="서명할 내용")).to_be_visible()
    expect(page.get_by_text(OWN_WORDS).first).to_be_visible()
    page.get_by_label("비밀번호 확인").fill(PASSWORD)
    page.get_by_role("button", name="서명하고 전달").click()
    expect(page.get_by_role("heading", name="서명된 기록")).to_be_visible()


def _hand_out(page: Page) -> str:
    """Approve the summary and make an address; returns its path."""
    page.get_by_role("link", name="안내문 확인하고 승인하기").click()
    page.get_by_role("button", name="한국어 안내문 승인").click()
    expect(page.get_by_text("승인됨").first).to_be_visible()
    page.get_by_role("button", name="주소와 QR 만들기").click()
    path = page.locator("#patient-link").get_attribute("href")
    assert path is not None
    return path


def _read_at_home(page: Page, hospital: Hospital, path: str) -> None:
    page.goto(hospital.address + path)
    assert PATIENT not in page.content(), "nothing is told before the birth date"
    page.get_by_label("생년월일").fill(f"{BIRTH:%Y%m%d}")
    page.get_by_role("button").first.click()
    expect(page.get_by_text(PATIENT).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_consultation_from_the_microphone_to_the_patients_hand(
    hospital: Hospital, site: Site, microphone: VirtualMicrophone, people: People
) -> None:
    physician, desk = people.page(), people.page()
    _sign_in(physician, hospital, LOGIN)
    encounter = hospital.register()
    expect(physician.get_by_role("row", name=PATIENT)).to_be_visible(timeout=15_000)  # without a reload
    _record(desk, site, hospital, encounter, microphone)
    desk.context.close()
    assert site.end() == 0

    row = physician.get_by_role("row", name=PATIENT)
    expect(row).to_contain_text("검토 필요", timeout=90_000)  # without a reload
    row.get_by_role("link", name=PATIENT, exact=True).click()
    physician.wait_for_load_state("load")
    expect(physician.get_by_text("AI 초안 · 검토 필요")).to_be_visible()
    struck = _correct(physician)
    keep(physician, "end-to-end-review")
    _settle(physician)
    _sign(physician)
    expect(physician.locator("#delivery-state")).to_have_text("전달됨", timeout=90_000)

    documents = httpx.get(f"{hospital.fhir}/DocumentReference").json()
    assert documents["total"] == 2, "the note, and the summary for the patient"
    path = _hand_out(physician)
    phone = people.page(PHONE, java_script_enabled=False)
    _read_at_home(phone, hospital, path)

    stranger = people.page()
    _sign_in(stranger, hospital, STRANGER)
    expect(stranger.get_by_text(PATIENT)).to_have_count(0)
    for address in ("", "/note", "/audio", "/summary", "/sign"):
        answer = stranger.goto(f"{hospital.address}/encounters/{encounter}{address}")
        assert answer is not None
        assert answer.status == 404, address
        assert PATIENT not in stranger.content()

    physician.get_by_role("link", name="안내문으로 돌아가기").click()
    physician.get_by_role("button", name="주소 끄기").first.click()
    expect(physician.get_by_role("button", name="주소 끄기")).to_have_count(0)
    later = people.page(PHONE, java_script_enabled=False)
    answer = later.goto(hospital.address + path)
    assert answer is not None
    assert answer.status in {404, 410}
    expect(later.get_by_role("heading")).to_be_visible()
    assert PATIENT not in later.content()
    keep(later, "end-to-end-revoked")

    log = hospital.log.read_text()
    for text in (PATIENT, OWN_WORDS, struck, path, PASSWORD, "아파요"):
        assert text not in log
    eventually(lambda: "/p/{token}" in hospital.log.read_text(), "the route in the log", 5)
