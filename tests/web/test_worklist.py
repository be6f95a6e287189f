from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store.records import EncounterRecord, Problem, Stage
from scribe.web.worklist_view import state_of

RECORD = EncounterRecord(
    id="e",
    owner_id="o",
    patient_id=None,
    encounter=Encounter(id="e", start=datetime(2026, 11, 16, tzinfo=UTC)),
    stage="new",
    problem=None,
    language="ko",
    template="soap",
    created_at=datetime(2026, 11, 16, tzinfo=UTC),
    capture_destroyed=False,
    transcript_version=None,
    draft_version=None,
    note_id=None,
    note_version=None,
    delivery=None,
)
LABELS = {
    "new": "대기", "recorded": "인식 중", "transcribing": "인식 중", "transcribed": "인식 중", "drafting": "인식 중",
    "drafted": "검토 필요", "signed": "서명됨", "delivered": "전달됨",
}  # fmt: skip


@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_has_its_state(stage: Stage) -> None:
    assert state_of(replace(RECORD, stage=stage)).label == LABELS[stage]


@pytest.mark.parametrize("problem", get_args(Problem))
def test_every_problem_holds_the_work_and_says_why(problem: Problem) -> None:
    state = state_of(replace(RECORD, stage="recorded", problem=problem))
    assert (state.label, bool(state.hint)) == ("보류", True)


def test_withdrawn_consent_holds_what_is_not_signed() -> None:
    withdrawn = replace(RECORD, stage="drafted", capture_destroyed=True)
    assert state_of(withdrawn).label == "보류"
    assert state_of(replace(withdrawn, stage="signed", note_version=1)).label == "서명됨"


def visit(clinic: Any, name: str, stage: Stage, problem: Problem | None = None) -> None:
    number = Identifier(system="urn:x", value=f"000{len(name)}-{stage}")
    patient = Patient(name=name, sex="female", birth_date=date(1981, 4, 2), identifier=number)
    start = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
    with clinic.store.begin(clinic.physician.actor) as work:
        record = work.encounters.add(Encounter(id=f"visit-{stage}", start=start, patient=patient))
        if stage != "new":
            work.encounters.reach(record.id, stage)
        if problem:
            work.encounters.stop(record.id, problem)


def test_the_list_shows_who_when_and_what_to_do(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", "recorded", "nothing_said")
    page = browser.get("/encounters").text
    for text in (
        "박정호",
        "남 60세",
        "00012345",
        "오전 9:30",
        "검토 필요",
        "최유진",
        "녹음에서 알아들은 말이 없습니다",
    ):
        assert text in page


def test_the_list_can_be_narrowed_to_a_state(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", "new")
    waiting = browser.get("/encounters?state=waiting").text
    assert "최유진" in waiting
    assert "박정호" not in waiting
    assert "이 상태의 진료가 없습니다." in browser.get("/encounters?state=delivered").text


def test_the_list_refreshes_itself_only_while_something_is_recognised(clinic: Any, browser: TestClient) -> None:
    assert "refresh.js" not in browser.get("/encounters").text
    visit(clinic, "최유진", "transcribing")
    assert "refresh.js" in browser.get("/encounters").text


def test_an_empty_list_says_what_will_appear(colleague: TestClient) -> None:
    assert "아직 진료가 없습니다" in colleague.get("/encounters").text


def test_a_consultation_without_draft_says_what_it_waits_for(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", "transcribing")
    page = browser.get("/encounters/visit-transcribing")
    assert page.status_code == 200
    assert "인식하고 있습니다" in page.text
    assert "최유진" in page.text
