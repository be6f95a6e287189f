"""Writing anew in the background: what the page shows meanwhile, and what comes of it."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from scribe.drafting.draft import draft as write_draft
from scribe.store.errors import StaleVersionError
from scribe.web.access import SESSION_COOKIE
from scribe.web.transcript.rewriting import Rewriter
from tests.web.transcript.test_edits import decide, dose, drafts, post, texts

MINE = "아스피린 알레르기(두드러기)."


class Later:
    """The desk of a service whose jobs are done when the test says so."""

    def __init__(self, clinic: Any, desk: Any) -> None:
        self.asked: list[str] = []
        self.clinic = clinic
        service = replace(clinic.service, rewriting=lambda work, name: self.asked.append(name), patience=0.0)
        client = replace(clinic, service=service).client()
        client.cookies.set(SESSION_COOKIE, desk.client.cookies[SESSION_COOKIE])
        self.desk = replace(desk, client=client)
        self.drafter = partial(write_draft, templates=None)

    def do(self, name: str, drafter: Any = None) -> None:
        Rewriter(self.clinic.store, drafter or self.drafter)(self.clinic.hospital_id, name)

    def state(self, name: str) -> Any:
        return self.desk.client.get(f"/encounters/{self.desk.encounter_id}/rewritings/{name}")


@pytest.fixture
def later(clinic: Any, desk: Any) -> Later:
    return Later(clinic, desk)


def test_the_page_says_that_it_is_under_way_and_a_second_press_changes_nothing(later: Later, clinic: Any) -> None:
    desk = later.desk
    post(desk, **dose(clinic))
    before = drafts(clinic)[0].version
    answer = decide(desk, "rewrite", everything=True).json()
    assert answer["rewriting"]["state"] == "waiting"
    assert "다시 쓰고 있습니다" in answer["html"]["stale-bar"]
    assert "rewrite-stale" not in answer["html"]["stale-bar"] + answer["html"]["note"]
    assert decide(desk, "rewrite", everything=True).json()["rewriting"] == answer["rewriting"]
    assert set(later.asked) == {answer["rewriting"]["id"]}
    assert "다시 쓰고 있습니다" in desk.page()
    assert drafts(clinic)[0].version == before

    later.do(later.asked[0])
    found = later.state(later.asked[0]).json()
    latest = drafts(clinic)[0]
    assert (found["state"], found["rewritten"], found["before"], found["after"]) == ("done", 2, before, latest.version)
    assert any("250 mg" in text for text in texts(latest.draft))
    assert "다시 쓰고 있습니다" not in desk.page()

    later.do(later.asked[0])
    assert drafts(clinic)[0].version == latest.version, "done once"


def test_what_is_edited_meanwhile_is_not_overwritten(later: Later, clinic: Any) -> None:
    desk = later.desk
    post(desk, **dose(clinic))
    desk.version = drafts(clinic)[0].version
    name = decide(desk, "rewrite", everything=True).json()["rewriting"]["id"]
    stale = "아세트아미노펜 250밀리그램 하루 세 번, 내가 고침."

    def slowly(*args: Any, **options: Any) -> Any:
        assert desk.edit(op="change", part="note", statement="s2", text=MINE).status_code == 200
        assert desk.edit(op="change", part="note", statement="s6", text=stale).status_code == 200
        return later.drafter(*args, **options)

    later.do(name, slowly)
    assert later.state(name).json()["state"] == "done"
    now = texts(drafts(clinic)[0].draft)
    assert MINE in now
    assert stale in now


def test_a_transcript_that_was_corrected_again_is_read_again(later: Later, clinic: Any) -> None:
    desk = later.desk
    post(desk, **dose(clinic))
    name = decide(desk, "rewrite", everything=True).json()["rewriting"]["id"]

    def slowly(*args: Any, **options: Any) -> Any:
        post(desk, version=2, op="text", utterance="u22", text=clinic.transcript.utterances[22].text)
        return later.drafter(*args, **options)

    with pytest.raises(StaleVersionError):
        later.do(name, slowly)
    assert later.state(name).json()["state"] == "waiting"
    later.do(name)
    assert later.state(name).json()["state"] == "done"
    assert not any("250 mg" in text for text in texts(drafts(clinic)[0].draft))


def test_what_could_not_be_done_is_told_and_can_be_asked_again(later: Later, clinic: Any, colleague: Any) -> None:
    desk = later.desk
    post(desk, **dose(clinic))
    name = decide(desk, "rewrite_whole").json()["rewriting"]["id"]
    with clinic.store.begin(clinic.physician.actor) as work:
        work.rewritings.fail(name)
    assert later.state(name).json()["state"] == "failed"
    later.do(name)
    assert "다시 쓰고 있습니다" not in desk.page()
    assert decide(desk, "rewrite_whole").json()["rewriting"]["id"] != name
    assert colleague.get(f"/encounters/{desk.encounter_id}/rewritings/{name}").status_code == 404
