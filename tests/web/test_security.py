"""What every address promises: who may see it, and what its answer lets a browser do."""

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.store import Actor
from scribe.store.errors import DatabaseUnusableError
from scribe.web.api.openapi import whole
from scribe.web.app import create_app
from scribe.web.pages import HERE
from tests.web.conftest import field_of

OPEN = {"/", "/health", "/sign-in", "/api/sign-in", "/api/devices/enrol", "/robots.txt"}
FOR_PATIENTS = "/p/"
MARKER = "사흘 전부터"  # said in the consultation
_SAMPLES = {"language": "ko", "version": "1", "setting": "outpatient", "act": "apply", "template": "soap"}


def addresses(clinic: Any) -> list[tuple[str, str]]:
    """Every method and path that the application answers to those who are signed in, parameters filled in."""
    samples = {**_SAMPLES, "encounter_id": clinic.encounter_id}
    return sorted(
        (method.upper(), re.sub(r"{(\w+)}", lambda name: samples.get(name[1], "none"), path))
        for path, methods in whole(create_app(clinic.service))["paths"].items()
        for method in methods
        if path not in OPEN and not path.startswith(FOR_PATIENTS)
    )


def test_nothing_but_the_open_pages_answers_a_stranger(clinic: Any, visitor: TestClient) -> None:
    found = addresses(clinic)
    assert len(found) > 10
    for method, path in found:
        answer = visitor.request(method, path)
        assert answer.status_code in {303, 401}, (method, path, answer.status_code)
        assert MARKER not in answer.text


def test_what_a_colleague_may_not_see_is_not_there(clinic: Any, colleague: TestClient) -> None:
    csrf = field_of(colleague.get("/account").text, "csrf")
    for method, path in addresses(clinic):
        if clinic.encounter_id not in path or path.startswith("/api/devices"):
            continue  # devices have tokens of their own: test_devices
        if method == "GET":
            answer = colleague.get(path)
            assert answer.status_code == 404, path
        else:
            answer = ask_to_change(colleague, method, path, csrf)
            assert answer.status_code in {303, 403, 404, 422}, (method, path, answer.status_code)
        assert MARKER not in answer.text
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        theirs = [line for line in work.trail.of_encounter(clinic.encounter_id) if line.account_id != "service"]
    assert {line.account_id for line in theirs} == {clinic.physician.id}, "the colleague left no trace but refusals"


def ask_to_change(client: TestClient, method: str, path: str, csrf: str) -> Any:
    """A change with its proof: JSON where the address ends like one of scripts, else a form."""
    if path.endswith("edits"):
        edit = (
            {"op": "swap", "one": "doctor", "other": "patient"} if "transcript" in path else {"op": "settle", "flag": 0}
        )
        return client.request(method, path, json={"version": 1, "edit": edit}, headers={"x-csrf-token": csrf})
    form = {"csrf": csrf, "password": "correct horse battery", "content_sha256": "0" * 64, "reason": "확인을 위해"}
    return client.request(method, path, data=form, headers={"x-csrf-token": csrf})


def test_every_change_needs_proof_that_the_page_is_ours(clinic: Any, browser: TestClient) -> None:
    changing = [
        (method, path)
        for method, path in addresses(clinic)
        if method not in {"GET", "DELETE"}
        and not path.startswith("/api/devices/")  # these know no session: a device signs each
    ]
    assert len(changing) >= 4
    for method, path in changing:
        body = {"version": 1, "edit": {"op": "settle", "flag": 0}}
        form = {"password": "correct horse battery", "content_sha256": "0" * 64}
        sent: dict[str, Any] = {"json": body} if path.endswith("edits") else {"data": form}
        answer = browser.request(method, path, **sent)
        assert answer.status_code == 403, (method, path)
    with clinic.store.begin(clinic.physician.actor) as work:
        assert work.encounters.get(clinic.encounter_id).draft_version == 1


@pytest.mark.parametrize("path", ["/health", "/sign-in", "/encounters", "/encounters/encounter-1", "/nowhere", "/p/x"])
def test_every_answer_is_locked_down(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


@pytest.mark.parametrize("template", sorted(path.name for path in (HERE / "templates").glob("*.html")))
def test_no_template_holds_inline_script_or_style(template: str) -> None:
    source = (HERE / "templates" / template).read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", source)
    assert all('src="{{ assets }}/' in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("file", sorted(path for path in (HERE / "static").rglob("*.*")), ids=lambda path: path.name)
def test_static_files_fetch_nothing_from_elsewhere(file: Path) -> None:
    source = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|\beval\(|new Function", source)


def test_a_browser_that_came_by_https_stays_with_it(clinic: Any) -> None:
    by_https = TestClient(create_app(clinic.service), base_url="https://scribe.hospital.example").get("/sign-in")
    assert by_https.headers["strict-transport-security"] == "max-age=31536000"
    assert "secure" in by_https.headers["set-cookie"].lower()
    by_http = TestClient(create_app(clinic.service)).get("/sign-in")
    assert "strict-transport-security" not in by_http.headers


@pytest.mark.parametrize(("asked", "status"), [("scribe.hospital.example:8443", 200), ("evil.example", 400), ("", 400)])
def test_the_service_answers_to_its_own_names_alone(clinic: Any, asked: str, status: int) -> None:
    settings = clinic.service.settings.model_copy(update={"host_names": "scribe.hospital.example,10.1.2.3"})
    client = TestClient(create_app(replace(clinic.service, settings=settings)))
    assert client.get("/sign-in", headers={"host": asked}).status_code == status
    for here in ("127.0.0.1:8080", "localhost", "[::1]:8080"):
        assert client.get("/sign-in", headers={"host": here}).status_code == 200


def test_the_access_log_holds_routes_but_no_addresses(
    clinic: Any, browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "scribe.web")
    browser.get("/encounters?state=held&who=somebody")
    browser.get("/p/a-secret-token")
    browser.get(f"/encounters/{clinic.encounter_id}")
    log = caplog.text
    assert "GET /p/{token} 404" in log
    assert "GET /encounters/{encounter_id} 200" in log
    for secret in ("a-secret-token", "somebody", "held", MARKER, "박정호"):
        assert secret not in log


def test_patient_text_is_escaped_wherever_it_is_shown(desk: Any) -> None:
    desk.edit(op="change", part="note", statement="s0", text='<script>alert("x")</script> 기침')
    for page in (desk.page(), desk.client.get(f"/encounters/{desk.encounter_id}/sign").text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_a_wrong_request_is_answered_without_repeating_it(browser: TestClient, clinic: Any) -> None:
    answer = browser.post(f"/api/encounters/{clinic.encounter_id}/draft/edits", json={"version": MARKER})
    assert answer.status_code in {403, 422}
    assert MARKER not in answer.text


def test_a_recording_whose_file_is_gone_is_said_to_be(clinic: Any, browser: TestClient) -> None:
    for sealed in clinic.store.audio_dir.rglob("*.sealed"):
        sealed.unlink()
    answer = browser.get(f"/encounters/{clinic.encounter_id}/audio")
    assert answer.status_code == 404
    assert "녹음이 없습니다" in answer.text


def test_a_failure_of_ours_is_plain_and_kind(
    clinic: Any, browser: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise DatabaseUnusableError(url="sqlite:///scribe.db", problem="it is broken")

    monkeypatch.setattr("scribe.web.routes.account.facts", broken)
    answer = browser.get("/account")
    assert answer.status_code == 500
    assert "저장된 내용은 그대로 있습니다" in answer.text
    assert "broken" not in answer.text
    assert "DatabaseUnusableError" in caplog.text
