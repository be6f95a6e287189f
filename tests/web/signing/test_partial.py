"""Where the hospital wants statements confirmed that the dialogue supports only in part."""

import re
from dataclasses import replace
from typing import Any

import pytest

from scribe.domain.settling import Settling, open_count
from scribe.domain.statement import Section, Statement
from scribe.web.access import SESSION_COOKIE


@pytest.fixture
def strict(clinic: Any, desk: Any) -> Any:
    """The physician's desk in a hospital with that rule; of the draft, s4 is supported in part and s9 by nothing."""
    store = replace(clinic.store, settling=Settling(partial=True))
    service = replace(clinic.service, store=store)
    client = replace(clinic, service=service).client()
    client.cookies.set(SESSION_COOKIE, desk.client.cookies[SESSION_COOKIE])
    return replace(desk, client=client)


@pytest.mark.parametrize(
    ("support", "acknowledged", "always", "strictly"),
    [("none", None, 1, 1), ("partial", None, 0, 1), ("partial", True, 0, 0), ("edited", None, 0, 0)],
)
def test_the_rule_says_which_statements_wait(
    draft: Any, support: Any, acknowledged: Any, always: int, strictly: int
) -> None:
    one = Statement(id="s0", text="기침.", support=support, acknowledged=acknowledged)
    note = replace(draft.note, sections=(Section(code="plan", title="P", statements=(one,)),))
    alone = replace(draft, note=note, patient_summary=replace(draft.patient_summary, sections=()), flags=())
    assert (open_count(alone), open_count(alone, Settling(partial=True))) == (always, strictly)


def test_it_counts_everywhere_and_is_settled_one_by_one(strict: Any, clinic: Any) -> None:
    strict.edit(op="settle", flag=0)
    page = strict.page()
    assert "남은 확인 <b>2</b>건" in page
    assert re.search(r'id="note-s4"[^>]* data-open', page)
    assert strict.client.get("/encounters?day=2026-11-16").text.count("남은 확인 </span>2<") == 1
    form = strict.client.get("/encounters/encounter-1/sign").text
    assert re.findall(r'name="acknowledged" value="([^"]+)" required', form) == ["s4", "s9"]
    assert "근거가 없거나 일부뿐인 문장 2건" in form
    assert strict.sign(acknowledged="s9").status_code == 409
    assert strict.edit(op="accept", part="note", statement="s4").json()["open"] == 1
    assert strict.sign(acknowledged="s9").status_code == 303
    assert "근거 일부 · 의사가 확인하고 유지" in strict.client.get("/encounters/encounter-1/note").text
