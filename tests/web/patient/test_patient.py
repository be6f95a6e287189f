"""What a patient opens: a question, the approved sheet, and kind pages where it does not open."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.store.links import MOST_FAILURES
from tests.web.handouts import BORN, Handouts, sign_it


@pytest.fixture
def handouts(clinic: Any, browser: TestClient) -> Handouts:
    """A signed consultation, its sheet not approved yet."""
    sign_it(clinic)
    return Handouts(browser)


@pytest.fixture
def link(handouts: Handouts) -> str:
    assert handouts.approve().status_code == 303
    return handouts.share()


def opened(visitor: TestClient, link: str, answer: str = BORN) -> Any:
    return visitor.post(link, data={"answer": answer}, follow_redirects=True)


def actions(clinic: Any) -> list[str]:
    with clinic.store.begin(clinic.physician.actor) as work:
        trail = work.trail.of_encounter("encounter-1")
    return [row.action for row in trail if row.subject == "patient_link" and row.role == "service"]


def test_the_address_tells_nothing_before_the_birth_date_is_given(link: str, visitor: TestClient) -> None:
    page = visitor.get(link)
    assert page.status_code == 200
    assert "환자분의 생년월일" in page.text
    assert "보호자도 환자분의 생년월일" in page.text
    for secret in ("박정호", "인두염", "아세트아미노펜", "이서연"):
        assert secret not in page.text


@pytest.mark.parametrize("answer", ["19660512", "660512", "1966-05-12", "1966. 5. 12.", "1966년 5월 12일"])
def test_the_birth_date_opens_it_however_it_is_written(link: str, visitor: TestClient, answer: str) -> None:
    page = opened(visitor, link, answer)
    assert page.status_code == 200
    for text in (
        "박정호",
        "목감기(급성 인두염)입니다.",
        "아세트아미노펜",
        "식후 30분",
        "이럴 때는 바로 병원에 오세요",
        "119",
    ):
        assert text in page.text
    assert "AI가" in page.text
    assert "이서연 의사가 확인하고 서명했습니다" in page.text
    assert "2026년 12월 16일(수)쯤" in page.text


def test_the_sheet_is_kept_nowhere_and_sends_no_referrer(link: str, visitor: TestClient) -> None:
    for answer in (visitor.get(link), opened(visitor, link)):
        assert "<script" not in answer.text
        assert '<html lang="ko">' in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_the_pass_is_for_this_address_alone_and_for_a_while(link: str, visitor: TestClient, clinic: Any) -> None:
    given = visitor.post(link, data={"answer": BORN}).headers["set-cookie"]
    assert f"Path={link};" in given
    assert "HttpOnly" in given
    assert "Max-Age=1200" in given
    assert "박정호" in visitor.get(link).text
    clinic.clock.now += timedelta(minutes=21)
    assert "박정호" not in visitor.get(link).text


@pytest.mark.parametrize("forged", ["", "x", "99999999999.00", "99999999999", "1.a"])
def test_a_made_up_pass_opens_nothing(link: str, visitor: TestClient, forged: str) -> None:
    visitor.cookies.set("scribe_sheet", forged)
    assert "박정호" not in visitor.get(link).text


def test_a_pass_of_one_address_does_not_open_another(handouts: Handouts, link: str, visitor: TestClient) -> None:
    given = visitor.post(link, data={"answer": BORN}).cookies["scribe_sheet"]
    other = handouts.share()
    visitor.cookies.clear()
    visitor.cookies.set("scribe_sheet", given)
    assert "박정호" not in visitor.get(other).text


def test_wrong_answers_are_counted_and_the_last_one_closes_it(
    handouts: Handouts, link: str, visitor: TestClient, clinic: Any
) -> None:
    told = [visitor.post(link, data={"answer": "19700101"}) for _ in range(MOST_FAILURES)]
    assert [answer.status_code for answer in told] == [403] * (MOST_FAILURES - 1) + [410]
    assert "앞으로 4번 더" in told[0].text
    assert "한 번 더 틀리면" in told[-2].text
    assert "병원에 새 주소를 요청하세요" in told[-1].text
    assert opened(visitor, link).status_code == 410, "the right answer comes too late"
    assert actions(clinic).count("refused") == MOST_FAILURES + 1
    page = handouts.page()
    assert "잠김" in page
    assert "새 주소를 만들어 주세요" in page


def test_what_is_no_date_is_no_attempt(link: str, visitor: TestClient, clinic: Any) -> None:
    for _ in range(MOST_FAILURES + 1):
        assert visitor.post(link, data={"answer": "박정호"}).status_code == 422
    assert opened(visitor, link).status_code == 200
    assert "refused" not in actions(clinic)


def test_the_right_answer_lets_the_next_mistakes_count_anew(link: str, visitor: TestClient) -> None:
    for _ in range(2):
        for _ in range(MOST_FAILURES - 1):
            assert visitor.post(link, data={"answer": "19700101"}).status_code == 403
        assert opened(visitor, link).status_code == 200


def test_every_opening_is_audited_and_listed(handouts: Handouts, link: str, visitor: TestClient, clinic: Any) -> None:
    opened(visitor, link)
    visitor.get(link)
    assert actions(clinic).count("read") == 3, "the right answer, the page after it, and the page again"
    assert "1번 열림" in handouts.page()


def test_the_address_is_unguessable_and_the_store_does_not_know_it(link: str, clinic: Any) -> None:
    token = link.removeprefix("/p/")
    assert len(token) >= 32
    database = b"".join(path.read_bytes() for path in clinic.service.settings.data_dir.glob("scribe.db*"))
    assert b"patient_link" in database
    assert token.encode() not in database


def test_the_log_knows_the_route_and_not_the_address(
    link: str, visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        opened(visitor, link)
    assert "/p/{token}" in caplog.text
    assert link.removeprefix("/p/") not in "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("scribe")
    )


@pytest.mark.parametrize(("days", "still", "gone"), [("3", 2, 4), ("7", 6, 8), ("30", 29, 31)])
def test_an_address_opens_until_it_expires(
    handouts: Handouts, visitor: TestClient, clinic: Any, days: str, still: int, gone: int
) -> None:
    handouts.approve()
    link = handouts.share(days=days)
    start = clinic.clock.now
    clinic.clock.now = start + timedelta(days=still)
    assert opened(visitor, link).status_code == 200
    clinic.clock.now = start + timedelta(days=gone)
    answer = visitor.get(link)
    assert answer.status_code == 410
    assert "볼 수 있는 기간이 지났습니다" in answer.text
    assert "박정호" not in answer.text


def test_an_address_that_was_switched_off_says_what_to_do(handouts: Handouts, link: str, visitor: TestClient) -> None:
    opened(visitor, link)
    made = re.search(r"/links/([^/]+)/revoke", handouts.page())
    assert made is not None
    assert handouts.post(f"ko/links/{made[1]}/revoke").status_code == 303
    answer = visitor.get(link)
    assert answer.status_code == 410
    assert "닫힌 주소입니다" in answer.text
    assert "새 주소를 요청하세요" in answer.text
    assert visitor.post(link, data={"answer": BORN}).status_code == 410


def test_an_address_that_never_was_says_so(visitor: TestClient) -> None:
    answer = visitor.get("/p/no-such-token")
    assert answer.status_code == 404
    assert "안내문을 찾지 못했습니다" in answer.text


def test_a_code_opens_it_where_no_birth_date_is_known(
    handouts: Handouts, visitor: TestClient, clinic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handouts.approve()
    with clinic.store.begin(clinic.physician.actor) as work:
        (approval,) = work.summaries.standing("encounter-1")
        monkeypatch.setattr("scribe.web.patient.links.secrets.randbelow", lambda most: 482_913)
        unnamed = work.encounters.get("encounter-1")
        monkeypatch.setattr(type(work.encounters), "get", lambda self, _: _without_patient(unnamed))
        from scribe.web.patient.links import give_link

        link = give_link(work, approval, clinic.clock.now + timedelta(days=1))
    assert link.code == "482913"
    assert "확인 번호" in visitor.get(link.path).text
    assert opened(visitor, link.path, "482914").status_code == 403
    assert "목감기" in opened(visitor, link.path, "482 913").text


def _without_patient(record: Any) -> Any:
    from dataclasses import replace

    return replace(record, encounter=replace(record.encounter, patient=None))


def test_the_note_and_the_number_are_not_on_the_sheet(link: str, visitor: TestClient) -> None:
    page = opened(visitor, link).text
    assert "인두 발적" not in page
    assert "00012345" not in page, "the registration number is not the patient's to leave lying about"


def test_another_language_is_offered_where_it_is_approved_too(
    handouts: Handouts, link: str, visitor: TestClient
) -> None:
    assert "English" not in opened(visitor, link).text
    assert visitor.get(f"{link}/en").status_code == 410
    handouts.approve("en")
    assert f'href="{link}/en"' in visitor.get(link).text
    english = visitor.get(f"{link}/en").text
    assert '<html lang="en">' in english
    assert "Your visit summary" in english


def test_an_english_address_asks_and_refuses_in_english(handouts: Handouts, visitor: TestClient) -> None:
    handouts.approve("en")
    link = handouts.share("en")
    page = visitor.get(link).text
    assert '<html lang="en">' in page
    assert "The patient&#39;s date of birth" in page
    assert "you can try 4 more times" in visitor.post(link, data={"answer": "19700101"}).text
    assert "Your visit summary" in opened(visitor, link).text


def test_nobody_frames_the_patients_page(link: str, visitor: TestClient) -> None:
    assert "frame-ancestors 'none'" in opened(visitor, link).headers["content-security-policy"]
