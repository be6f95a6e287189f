"""The audit log's page: IT sees who did what and when, of its own hospital, without anything of a patient."""

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import scribe
from scribe.accounts import create_account
from scribe.audit_cli import app as audit_cli
from scribe.domain.encounter import Identifier, Organization
from scribe.store import Actor
from scribe.visits import patient_system
from scribe.web.audit_view import ACTIONS, SUBJECTS
from tests.web.conftest import PASSWORD, field_of, signed_in
from tests.web.test_security import MARKER


@pytest.fixture
def it(clinic: Any) -> TestClient:
    """IT's browser, after the physician opened the consultation."""
    create_account(clinic.store, clinic.hospital_id, login="jeonsan", password=PASSWORD, role="admin", name="한전산")
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.get(clinic.encounter_id)
    return signed_in(clinic.client(), "jeonsan")


def post(client: TestClient, address: str, **form: str) -> Any:
    csrf = field_of(client.get("/audit").text, "csrf")
    return client.post(address, data={"csrf": csrf, **form})


def rows(page: str) -> list[str]:
    found = re.findall(
        r"<tr[^>]*>(.*?)</tr>", page.split('class="table audit"')[1].split("</tbody>")[0].split("<tbody>")[1], re.S
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def number_of(clinic: Any) -> str:
    """The registration number of the consultation's patient, in the hospital's own numbering."""
    system = patient_system(clinic.service.settings, clinic.hospital_id)
    with clinic.store.begin(clinic.physician.actor) as work:
        patient = work.encounters.get(clinic.encounter_id).encounter.patient
        work.encounters.add(
            replace(
                clinic.draft.encounter, id="encounter-2",
                patient=replace(patient, identifier=Identifier(system=system, value="7001")),
            )
        )  # fmt: skip
    return "7001"


def test_it_sees_who_did_what_today_and_nothing_of_a_patient(clinic: Any, it: TestClient) -> None:
    page = it.get("/audit").text
    assert any("이서연" in row and "진료 열람" in row for row in rows(page)), rows(page)
    assert any("한전산" in row and "로그인" in row for row in rows(page)), "who signed in"
    assert "프로그램" not in " ".join(rows(page))
    assert MARKER not in page
    assert "박정호" not in page


def test_reading_the_log_is_in_the_log(clinic: Any, it: TestClient) -> None:
    it.get("/audit")
    assert any("한전산" in row and "접속 기록 목록 보기" in row for row in rows(it.get("/audit?act=log").text))


def test_filters_by_day_account_and_act(clinic: Any, it: TestClient) -> None:
    clinic.clock.now += timedelta(hours=30)
    client = signed_in(clinic.client(), "jeonsan")
    assert "이서연" not in " ".join(rows(client.get("/audit").text))
    days = "from=2026-11-16&to=2026-11-17"
    whole = rows(client.get(f"/audit?{days}").text)
    assert any("이서연" in row and "11월 16일" in row for row in whole)
    mine = rows(client.get(f"/audit?{days}&who={clinic.physician.id}").text)
    assert mine
    assert all("이서연" in row for row in mine)
    opened = rows(client.get(f"/audit?{days}&act=opened").text)
    assert opened
    assert not any("만듦" in row for row in opened)
    assert "기록이 없습니다" in client.get("/audit?from=2026-01-01&to=2026-01-01").text


def test_a_registration_number_is_posted_and_stands_in_no_address_and_no_record(clinic: Any, it: TestClient) -> None:
    number = number_of(clinic)
    clinic.clock.now += timedelta(minutes=5)
    page = post(it, "/audit/search", number=number, who="")
    found = rows(page.text)
    assert found
    assert all("encounter-2" in row for row in found)
    assert "기록이 없습니다" in post(it, "/audit/search", number="9999").text
    assert post(it, "/audit/search", number="<b>").status_code == 422
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        assert all(number not in line.subject_id for line in work.trail.all())


def test_pages_go_back_in_time(clinic: Any, it: TestClient) -> None:
    for _ in range(30):
        with clinic.store.begin(clinic.physician.actor) as work:
            work.encounters.get(clinic.encounter_id)
            work.encounters.count()
    first = it.get("/audit").text
    assert len(rows(first)) == 50
    more = post(it, "/audit/search", before=field_of(first, "before"), who="people").text
    numbers = [int(row.split()[-1]) for row in (*rows(first), *rows(more))]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)
    assert "처음으로" in more


def test_the_whole_log_is_verified_on_request_and_the_result_kept(clinic: Any, it: TestClient) -> None:
    assert "아직 확인하지 않았습니다" in it.get("/audit").text
    assert post(it, "/audit/check").status_code == 303
    assert re.search(r"처음부터 \d+번까지 바뀌거나 빠진 기록이 없습니다", it.get("/audit").text)
    with clinic.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET action = 'none' WHERE sequence = 3")
    post(it, "/audit/check")
    page = it.get("/audit?who=").text
    assert "3번 기록에서 어긋났습니다" in page
    assert "기록 1건은 남긴 뒤에 내용이 바뀌었습니다" in page


def test_the_export_is_what_the_command_verifies(clinic: Any, it: TestClient, tmp_path: Path) -> None:
    answer = it.get("/audit/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-log.jsonl"'
    (tmp_path / "log.jsonl").write_bytes(answer.content)
    result = CliRunner().invoke(audit_cli, ["verify", str(tmp_path / "log.jsonl")])
    assert result.exit_code == 0, result.output
    assert f"{clinic.hospital_id}: {len(answer.content.splitlines())} records" in result.output


def test_another_hospitals_log_is_its_own(clinic: Any, it: TestClient) -> None:
    other = clinic.store.ensure_hospital(Organization(name="다른의원"))
    create_account(clinic.store, other, login="other-it", password=PASSWORD, role="admin", name="남전산")
    client = signed_in(clinic.client(), "other-it")
    page = client.get("/audit?who=").text
    assert rows(page)
    assert "이서연" not in page
    assert clinic.hospital_id not in client.get("/audit/export").text


@pytest.mark.parametrize("address", ["/audit", "/audit/export"])
def test_nobody_but_it_reads_it(browser: TestClient, address: str) -> None:
    assert browser.get(address).status_code == 403


def test_there_is_a_word_for_whatever_the_store_writes() -> None:
    acts: set[str] = {"send", "look_up"}
    subjects: set[str] = set()
    for path in Path(scribe.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call.func, "attr", "") if isinstance(call, ast.Call) else ""
            if isinstance(call, ast.Call) and name == "trace" and len(call.args) > 2:
                acts |= words(call.args[0])
                subjects |= words(call.args[1])
            if isinstance(call, ast.Call) and name in {"one", "refuse"} and len(call.args) > 1:
                subjects |= words(call.args[-2])
    assert len(subjects) > 20
    assert acts - set(ACTIONS) == set()
    assert {subject.replace(" ", "_") for subject in subjects} - set(SUBJECTS) == set()


def words(argument: ast.expr) -> set[str]:
    """The texts that an argument may be."""
    return {part.value for part in ast.walk(argument) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
