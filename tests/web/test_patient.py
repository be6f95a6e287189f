import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary
from scribe.web.patient_view import sheet


@pytest.fixture
def link(desk: Any) -> str:
    desk.settle_everything()
    form = desk.signing_form()
    desk.sign()
    page = desk.client.post("/encounters/encounter-1/patient-link", data={"csrf": form["csrf"]}).text
    found = re.search(r'id="patient-link" href="(/p/[^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_patient_reads_the_summary_without_signing_in(link: str, visitor: TestClient) -> None:
    answer = visitor.get(link)
    assert answer.status_code == 200
    for text in ("박정호", "목감기(급성 인두염)입니다.", "아세트아미노펜 500 mg", "식후 30분", "이럴 때는 바로 오세요"):
        assert text in answer.text
    assert "AI가" in answer.text
    assert "이서연" in answer.text


def test_the_page_needs_no_script_and_is_neither_kept_nor_indexed(link: str, visitor: TestClient) -> None:
    answer = visitor.get(link)
    assert "<script" not in answer.text
    assert '<html lang="ko">' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]


def test_the_clinical_note_is_not_on_the_patients_page(link: str, visitor: TestClient) -> None:
    page = visitor.get(link).text
    assert "인두 발적" not in page
    assert "00012345" not in page, "the registration number is not the patient's to leave lying about"


def test_the_address_is_unguessable_and_the_store_does_not_know_it(link: str, clinic: Any) -> None:
    token = link.removeprefix("/p/")
    assert len(token) >= 32
    database = b"".join(path.read_bytes() for path in clinic.service.settings.data_dir.glob("scribe.db*"))
    assert b"patient_link" in database
    assert token.encode() not in database


def test_an_address_opens_until_it_expires(link: str, visitor: TestClient, clinic: Any) -> None:
    clinic.clock.now += timedelta(days=29)
    assert visitor.get(link).status_code == 200
    clinic.clock.now += timedelta(days=2)
    gone = visitor.get(link)
    assert gone.status_code == 404
    assert "새 주소를 요청하세요" in gone.text
    assert "박정호" not in gone.text


def test_a_revoked_address_opens_nothing(link: str, visitor: TestClient, clinic: Any) -> None:
    with clinic.store.begin(clinic.physician.actor) as work:
        (made,) = work.patient_links.list("encounter-1")
        work.patient_links.revoke(made.id)
    assert visitor.get(link).status_code == 404


def test_every_opening_is_audited(link: str, visitor: TestClient, clinic: Any) -> None:
    visitor.get(link)
    visitor.get(link)
    with clinic.store.begin(clinic.physician.actor) as work:
        trail = work.trail.of_encounter("encounter-1")
    assert [r.action for r in trail if r.subject == "patient_link" and r.role == "service"] == ["read", "read"]


def test_nothing_is_handed_out_before_it_is_signed(desk: Any) -> None:
    csrf = re.search(r'name="csrf" content="([^"]+)"', desk.page())[1]  # type: ignore[index]
    answer = desk.client.post("/encounters/encounter-1/patient-link", data={"csrf": csrf})
    assert answer.status_code == 404


def section(code: str, *texts: str) -> Section:
    statements = tuple(Statement(id=f"{code}{n}", text=text) for n, text in enumerate(texts))
    return Section(code=code, title=code, statements=statements)


def test_medicines_stand_in_their_section_or_in_one_before_the_warnings() -> None:
    grid = (Medicine(entry="e1", name="약"),)
    placed = sheet(
        PatientSummary(language="ko", sections=(section("medicines"), section("warning", "!")), medicines=grid)
    )
    assert [(s.title, bool(s.medicines), s.warning) for s in placed] == [
        ("medicines", True, False), ("warning", False, True),
    ]  # fmt: skip
    unplaced = sheet(
        PatientSummary(language="ko", sections=(section("today", "."), section("warning", "!")), medicines=grid)
    )
    assert [(s.title, bool(s.medicines)) for s in unplaced] == [
        ("today", False), ("약 먹는 방법", True), ("warning", False),
    ]  # fmt: skip


def test_sections_that_say_nothing_are_left_out() -> None:
    assert sheet(PatientSummary(language="ko", sections=(section("today"), section("advice", "물.")))) == sheet(
        PatientSummary(language="ko", sections=(section("advice", "물."),))
    )
