"""The panel of entries and the questions above it, as the physician reads them."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.domain import entries as e
from scribe.domain.entries import KINDS, Dose, MedicationOrder
from scribe.domain.note import Draft, Flag
from scribe.domain.transcript import Transcript
from scribe.drafting.restate import OUT_OF_STEP, STATEMENT_ENTRY
from scribe.web.review.entry_forms import ORDER, SPECS, entry_forms, total_of
from scribe.web.review.flag_view import flag_cards
from tests.web.conftest import csrf_of


def order(**fields: Any) -> MedicationOrder:
    given: dict[str, Any] = {"id": "o", "name": "약", "evidence": (), "action": "start", **fields}
    return MedicationOrder(**given)


@pytest.mark.parametrize(
    ("fields", "total"),
    [
        ({"dose": Dose(value=1, unit="정"), "times_per_day": 3.0, "duration_days": 5}, "15정"),
        ({"dose": Dose(value=0.5, unit="정"), "times_per_day": 2.0, "duration_days": 7}, "7정"),
        ({"dose": Dose(value=500, unit="mg"), "times_per_day": 3.0, "duration_days": 3}, "9회분"),
        ({"dose": Dose(value=5, unit="mL"), "times_per_day": 3.0, "duration_days": 3}, "45mL"),
        ({"dose": Dose(value=1, unit="정"), "times_per_day": 0.5, "duration_days": 14}, "7정"),
        ({"dose": Dose(value=1, unit="정"), "duration_days": 5}, ""),
        ({"action": "stop", "times_per_day": 3.0, "duration_days": 3}, ""),
    ],
)
def test_an_order_is_totalled(fields: dict[str, Any], total: str) -> None:
    assert total_of(order(**fields)) == total


def test_every_kind_can_be_written_and_every_field_is_of_the_domain() -> None:
    assert set(ORDER) == set(KINDS) == set(SPECS)
    types = {kind.__dataclass_fields__["kind"].default: kind for kind in e.Entry.__args__}
    made_of = {"dose_value": "dose", "dose_unit": "dose", "date": "in_days", "as_needed": "frequency"}
    for kind, specs in SPECS.items():
        assert {made_of.get(spec.name, spec.name) for spec in specs} <= types[kind].__dataclass_fields__.keys()


def test_values_are_as_typed_and_a_changed_entry_shows_what_was_drafted(draft: Draft, transcript: Transcript) -> None:
    mine = tuple(
        replace(entry, value=38.7, author="physician", evidence=())
        if isinstance(entry, e.Vital) and entry.id == "e3"
        else entry
        for entry in draft.entries
        if entry.id != "e0"
    )
    forms = entry_forms(replace(draft, entries=mine), draft, transcript)
    vitals = next(group for group in forms.groups if group.kind == "vital")
    row = next(row for row in vitals.rows if row.id == "e3")
    assert [field.value for field in row.fields] == ["체온", "38.7", "Cel"]
    assert (row.is_own, row.said) == (True, "체온 · 36.8 ℃")
    assert row.said_quotes[0].letter == "의"
    assert [gone.words for gone in forms.gone] == ["기침 · 있음 · 사흘 전부터"]


def test_follow_up_has_the_date_it_falls_on(draft: Draft, transcript: Transcript) -> None:
    forms = entry_forms(draft, None, transcript)
    (row,) = next(group for group in forms.groups if group.kind == "follow_up").rows
    assert row.fields[0].value == "2026-12-16"


def test_a_question_shows_sentence_and_entry_with_a_way_to_take_either(draft: Draft, transcript: Transcript) -> None:
    plan = draft.note.sections[3]
    statements = tuple(
        replace(s, text="한 달 뒤 재진, 혈압 기록 지참.") if s.id == "s10" else s for s in plan.statements
    )
    sections = (*draft.note.sections[:3], replace(plan, statements=statements))
    asked = Flag(kind="conflict", rule=STATEMENT_ENTRY, text=OUT_OF_STEP, entries=("e9",), statements=("s10",))
    moved = replace(draft, note=replace(draft.note, sections=sections), flags=(asked,))
    (card,) = flag_cards(moved, transcript, None)
    assert [(side.label, side.value) for side in card.sides] == [
        ("문장", "한 달 뒤 재진, 혈압 기록 지참."),
        ("항목", "재진 · 한 달 뒤"),
    ]
    follow = card.sides[1].choice
    assert follow is not None
    assert (follow.op, follow.statement) == ("statement_from_entries", "s10")
    assert card.sides[1].quotes[0].text.startswith("한 달 뒤에 다시 오세요")


def test_what_was_decided_stays_readable_and_asks_no_more(draft: Draft, transcript: Transcript) -> None:
    decided = replace(draft, flags=(replace(draft.flags[0], decision="kept"), *draft.flags[1:]))
    card = flag_cards(decided, transcript, None)[-1]
    assert (card.flag.open, card.decision, card.sides) == (False, "그대로 두기로 함", ())


def test_an_edit_over_the_page_changes_entry_note_and_summary(desk: Any, clinic: Any) -> None:
    answer = desk.edit(op="change_entry", entry="e9", fields={"in_days": 14})
    assert answer.status_code == 200
    assert "2주 뒤" in answer.json()["html"]["entries"]
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.drafts.latest("encounter-1")
    visit = next(entry for entry in kept.draft.entries if entry.id == "e9")
    assert (visit.in_days, visit.when, visit.author) == (14, "2주 뒤", "physician")


def test_a_field_that_does_not_fit_is_refused_and_nothing_is_kept(desk: Any) -> None:
    assert desk.edit(op="change_entry", entry="e3", fields={"value": "뜨겁다"}).status_code == 422
    assert desk.edit(op="add_entry", kind="vital", fields={"name": "체온"}).status_code == 422
    assert desk.edit(op="add_entry", kind="secret", fields={}).status_code == 422
    assert 'data-version="1"' in desk.page()


def test_terms_are_searched_by_who_is_signed_in_and_by_our_pages_alone(
    browser: TestClient, visitor: TestClient, desk: Any
) -> None:
    body = {"kind": "diagnosis", "query": "ㄱㅅㅇㄷㅇ"}
    assert visitor.post("/api/terminology/search", json=body).status_code == 401
    assert browser.post("/api/terminology/search", json=body).status_code == 403
    proof = {"x-csrf-token": csrf_of(desk.page())}
    found = browser.post("/api/terminology/search", json=body, headers=proof)
    assert found.status_code == 200
    assert "J02.9" in [one["code"] for one in found.json()["results"]]
    assert browser.post("/api/terminology/search", json={**body, "kind": "x"}, headers=proof).status_code == 422
    assert browser.post("/api/terminology/search", json={**body, "query": "가" * 101}, headers=proof).status_code == 422
