import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store.records import EncounterRecord, Problem, Stage
from scribe.web.worklist.view import SEEN_FOR, elapsed, is_recording, state_of

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
    "new": "대기", "recorded": "받아쓰는 중", "transcribing": "받아쓰는 중", "transcribed": "받아쓰는 중",
    "drafting": "받아쓰는 중",
    "drafted": "검토 필요", "signed": "서명됨", "delivered": "전달됨",
}  # fmt: skip
PROBLEMS = {
    "nothing_said": "문제", "recognition_failed": "문제", "drafting_failed": "문제", "delivery_rejected": "전달 보류",
    "delivery_parked": "전달 보류", "delivery_unnumbered": "번호 대기", "merged": "취소됨",
    "visit_cancelled": "취소됨", "closed": "취소됨",
}  # fmt: skip
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_has_its_state(stage: Stage) -> None:
    assert state_of(replace(RECORD, stage=stage)).label == LABELS[stage]


@pytest.mark.parametrize("problem", get_args(Problem))
def test_every_problem_says_what_it_is_and_what_to_do(problem: Problem) -> None:
    state = state_of(replace(RECORD, stage="recorded", problem=problem))
    assert (state.label, bool(state.hint)) == (PROBLEMS[problem], True)


def test_withdrawn_consent_is_shown_until_something_is_signed() -> None:
    withdrawn = replace(RECORD, stage="drafted", capture_destroyed=True)
    assert state_of(withdrawn).label == "동의 철회"
    assert state_of(replace(withdrawn, stage="signed", note_version=1)).label == "서명됨"


def test_a_held_delivery_holds_a_signed_note() -> None:
    assert state_of(replace(RECORD, stage="signed", note_version=1, delivery="parked")).label == "전달 보류"


def test_a_device_that_falls_silent_no_longer_records() -> None:
    assert is_recording(NOW - SEEN_FOR / 2, NOW)
    assert not is_recording(NOW - SEEN_FOR, NOW)
    assert not is_recording(None, NOW)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(20, "방금"), (90, "1분"), (59 * 60, "59분"), (3 * 3600, "3시간"), (49 * 3600, "2일"), (-5, "방금")],
)
def test_how_long_ago_is_told_in_one_unit(ago: int, expected: str) -> None:
    assert elapsed(NOW - timedelta(seconds=ago), NOW) == expected


def visit(clinic: Any, name: str, stage: Stage = "new", problem: Problem | None = None, **details: Any) -> str:
    """A consultation of today, in Seoul, at 11:00."""
    key = f"visit-{name}"
    number = Identifier(system="urn:x", value=details.pop("number", f"77{sum(name.encode()):06}"))
    patient = Patient(name=name, sex="female", birth_date=date(1981, 4, 2), identifier=number)
    start = details.pop("start", datetime(2026, 11, 16, 2, 0, tzinfo=UTC))
    encounter = Encounter(id=key, start=start, patient=patient, practitioner=details.pop("practitioner", None))
    with clinic.store.begin(clinic.physician.actor) as work:
        record = work.encounters.add(encounter)
        if stage != "new":
            work.encounters.reach(record.id, stage)
        if problem:
            work.encounters.stop(record.id, problem)
    return key


def names(page: str, part: str = "") -> list[str]:
    """The patients in the order of the page; ``part`` is what the list is called."""
    begin = page.index(f'data-list="{part}"') if part else 0
    return re.findall(r'data-name="([^"]+)"', page[begin:])


def test_today_is_shown_and_what_is_unfinished_of_earlier_days(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", "recorded", "nothing_said")
    visit(clinic, "어제대기", start=NOW - timedelta(days=1))
    visit(clinic, "어제초안", "drafted", start=NOW - timedelta(days=1))
    page = browser.get("/encounters").text
    assert "오늘 진료" in page
    assert "2026. 11. 16. (월)" in page
    assert names(page.split('data-list="earlier"')[0]) == ["박정호", "최유진"]
    assert names(page, "earlier") == ["어제초안"], "nobody recorded the other one"
    for text in ("남 60세", "00012345", "검토 필요", "녹음에서 알아들은 말이 없습니다"):
        assert text in page


def test_a_day_begins_at_midnight_in_seoul(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "자정환자", start=datetime(2026, 11, 15, 15, 0, tzinfo=UTC))
    visit(clinic, "전날환자", start=datetime(2026, 11, 15, 14, 59, tzinfo=UTC))
    assert names(browser.get("/encounters?day=2026-11-16").text) == ["박정호", "자정환자"]
    assert names(browser.get("/encounters?day=2026-11-15").text) == ["전날환자"]
    assert browser.get("/encounters?day=yesterday").status_code == 422


def test_what_has_to_be_done_comes_first_and_what_waits_longest(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "서명환자", "signed")
    visit(clinic, "대기환자")
    visit(clinic, "인식환자", "transcribing")
    visit(clinic, "문제환자", "recorded", "recognition_failed")
    early, late = visit(clinic, "이른초안"), visit(clinic, "늦은초안")
    for key in (early, late):
        clinic.clock.now += timedelta(minutes=2)
        with clinic.store.begin(clinic.physician.actor) as work:
            draft = replace(clinic.draft, encounter=work.encounters.get(key).encounter)
            work.drafts.add(key, draft, expected_version=0, drafted_by="drafter")
    clinic.clock.now += timedelta(minutes=9)
    page = browser.get("/encounters").text
    today = page.split('data-list="earlier"')[0]
    assert names(today) == ["박정호", "이른초안", "늦은초안", "문제환자", "인식환자", "대기환자", "서명환자"]
    assert "11분째" in today


def test_the_open_items_of_the_latest_draft_are_counted(clinic: Any, browser: TestClient, desk: Any) -> None:
    def count() -> str:
        page = browser.get("/encounters/rows?id=encounter-1").text
        found = re.search(r'class="count">.*?</span>(\d+)<', page)
        assert found
        return found[1]

    before = int(count())
    assert before == desk.edit(op="settle", flag=0).json()["open"] + 1
    assert int(count()) == before - 1


def test_a_filter_marks_the_state_and_counts(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진")
    page = browser.get("/encounters?state=waiting").text
    assert re.search(r'data-state="waiting" aria-current="true">대기 <b>1</b>', page)
    assert re.search(r'data-state="review">검토 필요 <b>1</b>', page)


def test_names_are_searched_by_a_form_and_never_by_address(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", start=NOW - timedelta(days=200))
    csrf = _csrf(browser.get("/encounters").text)
    for query, expected in (("ㅊㅇㅈ", ["최유진"]), ("00012", ["박정호"]), ("없는사람", [])):
        answer = browser.post("/encounters/search", data={"csrf": csrf, "query": query})
        assert answer.status_code == 200
        assert names(answer.text) == expected
    assert "찾는 진료가 없습니다" in answer.text
    assert browser.post("/encounters/search", data={"query": "ㅊ"}).status_code == 403
    assert "최유진" not in browser.get("/encounters?query=최유진").text


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found
    return found[1]


def test_an_empty_day_says_what_will_appear_and_what_is_missing(colleague: TestClient) -> None:
    page = colleague.get("/encounters").text
    assert "오늘 진료가 없습니다" in page
    assert "진료를 추가" in page
    assert "녹음할 PC가 아직 등록되지 않았습니다" in page


def test_a_consultation_without_draft_says_what_it_waits_for(clinic: Any, browser: TestClient) -> None:
    key = visit(clinic, "최유진", "transcribing")
    page = browser.get(f"/encounters/{key}")
    assert page.status_code == 200
    assert "받아쓰고 있습니다" in page.text
    assert "최유진" in page.text


def test_consent_stands_beside_each_consultation(clinic: Any, browser: TestClient) -> None:
    key = visit(clinic, "최유진")
    row = browser.get(f"/encounters/rows?id={key}").text
    assert "미확인" in row
    with clinic.store.begin(clinic.physician.actor) as work:
        work.consents.add(key, Consent(purpose="recording", state="refused", decided_at=NOW))
    assert "거부" in browser.get(f"/encounters/rows?id={key}").text


def test_a_device_that_records_shows_at_once(clinic: Any, browser: TestClient) -> None:
    key = visit(clinic, "최유진")
    with clinic.store.begin(clinic.physician.actor) as work:
        work.encounters.note_recording(key, under_way=True)
    clinic.clock.now += timedelta(seconds=100)
    assert "녹음 중" in browser.get(f"/encounters/rows?id={key}").text
    clinic.clock.now += SEEN_FOR
    assert "녹음 중" not in browser.get(f"/encounters/rows?id={key}").text


def test_rows_of_others_are_left_out_and_asking_for_them_is_no_use_of_the_session(
    clinic: Any, browser: TestClient, colleague: TestClient, visitor: TestClient
) -> None:
    address = "/encounters/rows?id=encounter-1&id=nobody"
    assert names(browser.get(address).text) == ["박정호"]
    assert names(colleague.get(address).text) == []
    assert visitor.get(address).status_code in {303, 401}
    clinic.clock.now += clinic.service.limits.idle * 0.9
    assert browser.get(address).status_code == 200
    clinic.clock.now += clinic.service.limits.idle * 0.2
    assert browser.get(address).status_code in {303, 401}


def test_patient_services_see_all_physicians_and_lead_to_no_draft(clinic: Any) -> None:
    password = "correct horse battery"
    create_account(
        clinic.store, clinic.hospital_id, login="wonmu", password=password, role="patient_services", name="원무"
    )
    client = clinic.client()
    client.get("/sign-in")
    client.post("/sign-in", data={"login": "wonmu", "password": password, "csrf": client.cookies["scribe_sign_in"]})
    page = client.get("/encounters").text
    assert names(page) == ["박정호"]
    assert 'href="/encounters/encounter-1/visit"' in page
    assert 'href="/encounters/encounter-1"' not in page
    assert "이서연" in page


def statements_of(clinic: Any, browser: TestClient) -> int:
    """How many SQL statements the day's list takes."""
    asked: list[str] = []
    listen = (clinic.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    event.listen(*listen)
    browser.get("/encounters?day=2026-11-16")
    event.remove(*listen)
    return len(asked)


def test_more_than_a_page_is_paged_and_its_rows_are_asked_for_together(clinic: Any, browser: TestClient) -> None:
    alone = statements_of(clinic, browser)
    with clinic.store.begin(clinic.physician.actor) as work:
        for index in range(310):
            number = Identifier(system="urn:x", value=f"{index:08}")
            patient = Patient(name=f"김환자{index}", sex="male", birth_date=date(1980, 1, 1), identifier=number)
            work.encounters.add(Encounter(id=f"e{index}", start=NOW + timedelta(seconds=index), patient=patient))
    first = browser.get("/encounters?day=2026-11-16").text
    assert "311건 · 1/2쪽" in first
    assert len(names(first)) == 300
    assert len(names(browser.get("/encounters?day=2026-11-16&page=2").text)) == 11
    assert statements_of(clinic, browser) <= alone + 2, "300 rows cost no statement each"


def test_departments_are_chosen_from_and_kept_on_other_days(clinic: Any, browser: TestClient) -> None:
    visit(clinic, "최유진", practitioner=replace(clinic.physician.practitioner, department="05"))
    page = browser.get("/encounters?department=05&state=waiting").text
    assert re.search(r'<option value="05" selected>정형외과</option>', page)
    assert 'data-department="05"' in page
    assert page.count("department=05") >= 4
    assert "state=waiting&amp;department=05" in page
    assert browser.get('/encounters?department="><script>').status_code == 422


def test_a_signed_record_leads_to_its_summary_and_visit(clinic: Any, browser: TestClient, desk: Any) -> None:
    assert "/encounters/encounter-1/visit" in browser.get("/encounters/encounter-1").text
    desk.settle_everything()
    desk.sign()
    page = browser.get("/encounters?day=2026-11-16").text
    assert "/encounters/encounter-1/summary" in page
    assert "/encounters/encounter-1/visit" in browser.get("/encounters/encounter-1/note").text
