"""Every page, document and answer that shows a patient leaves an audit row of who saw it."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.audit import AuditRecord
from scribe.store import Actor
from tests.web.test_security import MARKER, addresses

PATIENT = "박정호"
SHOWN = {"read", "list", "find"}


def trail(clinic: Any) -> list[AuditRecord]:
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        return [line for line in work.trail.all() if line.account_id == clinic.physician.id]


def shows_a_patient(answer: Any) -> bool:
    """Whether the answer tells of the patient, or is a document or a recording of them."""
    if answer.headers.get("content-type", "").split("/")[0] in {"audio", "video"}:
        return True
    if "pdf" in answer.headers.get("content-type", ""):
        return True
    return PATIENT in answer.text or MARKER in answer.text


def unaudited(clinic: Any, browser: TestClient) -> tuple[list[str], set[str]]:
    """The addresses that showed the patient without a trace, and all that showed them."""
    silent, shown = [], set()
    for method, path in addresses(clinic):
        if method != "GET" or path.startswith("/api/devices") or path.endswith("/events"):
            continue
        before = len(trail(clinic))
        answer = browser.get(path)
        if not (answer.status_code == 200 and shows_a_patient(answer)):
            continue
        shown.add(path.replace(clinic.encounter_id, "{}"))
        new = trail(clinic)[before:]
        told = [one for one in new if one.action in SHOWN and one.subject_id != "count"]
        if not any(one.encounter_id == clinic.encounter_id or one.subject == "encounter" for one in told):
            silent.append(path)
    return silent, shown


def test_every_page_of_a_draft_that_shows_the_patient_is_audited(clinic: Any, browser: TestClient) -> None:
    silent, shown = unaudited(clinic, browser)
    assert silent == []
    assert {"/encounters", "/encounters/{}", "/encounters/{}/sign", "/encounters/{}/audio", "/api/encounters"} <= shown


def test_every_page_of_a_signed_note_that_shows_the_patient_is_audited(
    clinic: Any, browser: TestClient, desk: Any
) -> None:
    desk.settle_everything()
    assert desk.sign().status_code == 303
    silent, shown = unaudited(clinic, browser)
    assert silent == []
    assert {"/encounters/{}/note", "/encounters/{}/summary/ko", "/api/encounters/{}/note"} <= shown


def test_a_page_of_the_worklist_is_one_row(clinic: Any, browser: TestClient, transcript: Any, draft: Any) -> None:
    before = len(trail(clinic))
    assert PATIENT in browser.get("/encounters?day=2026-11-16").text
    listed = [one for one in trail(clinic)[before:] if (one.action, one.subject) == ("list", "encounter")]
    assert [one.subject_id for one in listed if one.subject_id not in {"none", "count"}] == [clinic.encounter_id]


@pytest.mark.parametrize("count", [2, 200])
def test_a_list_names_its_first_and_last_and_how_many(clinic: Any, count: int) -> None:
    ids = [f"0198a000-0000-7000-8000-{number:012}" for number in range(count)]
    with clinic.store.begin(clinic.physician.actor) as work:
        work.scope.trace_list("encounter", ids)
    assert trail(clinic)[-1].subject_id == f"{ids[0]}..{ids[-1]} {count}"
