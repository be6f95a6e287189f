from datetime import timedelta
from typing import Any

import pytest

from scribe.domain.statement import Statement
from scribe.signing import load_document, verify
from scribe.store.records import DeliveryState


@pytest.fixture
def settled(desk: Any) -> Any:
    desk.settle_everything()
    return desk


def test_the_signing_page_shows_all_that_is_signed(settled: Any, clinic: Any) -> None:
    page = settled.client.get("/encounters/encounter-1/sign").text
    summary = clinic.draft.patient_summary
    statements: list[Statement] = [
        statement for section in (*clinic.draft.note.sections, *summary.sections) for statement in section.statements
    ]
    assert all(statement.text in page for statement in statements)
    assert all(medicine.name in page for medicine in summary.medicines)
    assert all(entry.name in page for entry in clinic.draft.entries)


def test_signing_keeps_a_verifiable_note_and_sends_it_once(settled: Any, clinic: Any) -> None:
    answer = settled.sign()
    assert (answer.status_code, answer.headers["location"]) == (303, "/encounters/encounter-1/note")
    with clinic.store.begin(clinic.physician.actor) as work:
        kept = work.notes.latest("encounter-1")
        key = work.signing_keys.public(kept.note.signature.key_id)
        deliveries = work.outbox.list("encounter-1")
    verify(load_document(kept.document, "the note"), key)
    assert kept.note.author.name == "이서연"
    assert [(row.note_id, row.version) for row in deliveries] == clinic.enqueued == [(kept.note.note_id, 1)]


def test_open_items_block_the_signature(desk: Any, clinic: Any) -> None:
    page = desk.client.get("/encounters/encounter-1/sign").text
    assert "아직 확인하지 않은 항목이 2건" in page
    assert desk.sign().status_code == 409
    assert clinic.enqueued == []


def test_what_changed_after_it_was_shown_is_not_signed(settled: Any, clinic: Any) -> None:
    shown = settled.signing_form()["content_sha256"]
    settled.edit(op="change", part="summary", statement="p0", text="급성 인두염입니다.")
    answer = settled.sign(content_sha256=shown)
    assert answer.status_code == 409
    assert "내용이 바뀌었습니다" in answer.text
    assert "급성 인두염입니다." in answer.text, "the new content is there to be read"
    assert clinic.enqueued == []


def test_the_wrong_password_signs_nothing(settled: Any, clinic: Any) -> None:
    answer = settled.sign(password="somebody else's")
    assert answer.status_code == 403
    assert "비밀번호가 맞지 않습니다" in answer.text
    assert clinic.enqueued == []


def test_a_signed_consultation_can_neither_be_edited_nor_signed_again(settled: Any, clinic: Any) -> None:
    form = settled.signing_form()
    csrf = form["csrf"]
    settled.sign()
    again = settled.client.post("/encounters/encounter-1/sign", data={**form, "password": "correct horse battery"})
    assert again.headers["location"] == "/encounters/encounter-1/note"
    late = settled.client.post(
        "/encounters/encounter-1/edits",
        json={"version": settled.version, "edit": {"op": "delete_medicine", "row": 0}},
        headers={"x-csrf-token": csrf},
    )
    assert late.status_code == 409
    assert len(clinic.enqueued) == 1
    assert settled.client.get("/encounters/encounter-1").headers["location"] == "/encounters/encounter-1/note"


@pytest.mark.parametrize(
    ("state", "shown"), [("accepted", "전달됨"), ("rejected", "보류 · 거부됨"), ("parked", "보류")]
)
def test_the_signed_page_follows_the_delivery(settled: Any, clinic: Any, state: DeliveryState, shown: str) -> None:
    settled.sign()
    page = settled.client.get("/encounters/encounter-1/note").text
    assert "전달 대기" in page
    assert "refresh.js" in page
    with clinic.store.begin(clinic.physician.actor.service(clinic.hospital_id)) as work:
        (row,) = work.outbox.claim("hospital", "worker", most=9, lease=timedelta(minutes=1))
        work.outbox.settle(row.id, "worker", state)
    page = settled.client.get("/encounters/encounter-1/note").text
    assert shown in page
    assert "refresh.js" not in page


def test_the_versions_are_listed_and_one_that_is_not_there_is_404(settled: Any) -> None:
    settled.sign()
    page = settled.client.get("/encounters/encounter-1/note?version=1")
    assert "제1판" in page.text
    assert settled.client.get("/encounters/encounter-1/note?version=2").status_code == 404


def test_the_signed_note_survives_withdrawal_of_the_audio(settled: Any, clinic: Any) -> None:
    settled.sign()
    clinic.clock.now += timedelta(minutes=1)
    assert settled.client.get("/encounters/encounter-1/note").status_code == 200
