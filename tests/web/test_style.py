"""The pages of style and quality: rules that a physician sees, edits and deletes, and numbers without patients."""

import re
from datetime import timedelta
from typing import Any

import pytest

from scribe.domain.style import DefaultTemplate, EditShares, SectionOrder, Share, SignedShares, Wording
from scribe.web.quality_view import quality
from scribe.web.style_view import moved
from tests.web.conftest import NOW


def post(desk: Any, address: str, **fields: object) -> Any:
    csrf = re.search(r'name="csrf" value="([^"]+)"', desk.client.get("/style").text)
    assert csrf
    return desk.client.post(address, data={"csrf": csrf[1], **fields})


def rules(clinic: Any) -> Any:
    with clinic.store.begin(clinic.physician.actor) as work:
        return work.style_rules.list()


def test_a_rule_is_written_changed_paused_and_deleted(desk: Any, clinic: Any) -> None:
    assert post(desk, "/style/wordings", before="빨갛게 부음", after="발적").status_code == 303
    [rule] = rules(clinic)
    assert "직접 정함" in desk.client.get("/style").text
    assert post(desk, f"/style/wordings/{rule.id}", before="빨갛게 부음", after="충혈").status_code == 303
    assert rules(clinic)[0].habit == Wording(before="빨갛게 부음", after="충혈")
    post(desk, f"/style/rules/{rule.id}/pause")
    assert rules(clinic)[0].state == "paused"
    post(desk, f"/style/rules/{rule.id}/resume")
    assert rules(clinic)[0].active
    post(desk, f"/style/rules/{rule.id}/delete")
    assert rules(clinic)[0].state == "dismissed"
    assert "충혈" not in desk.client.get("/style").text
    assert post(desk, f"/style/rules/{rule.id}/explode").status_code == 404


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("기침 없음", "기침", "뜻이 달라지는"),
        ("3일", "사흘", "숫자가 든 표현"),
        ("기침", "", "모두 적으세요"),
        ("기침", "기침", "두 표현이 같습니다"),
    ],
)
def test_a_rule_that_could_change_a_fact_is_refused_with_a_reason(
    desk: Any, clinic: Any, before: str, after: str, said: str
) -> None:
    answer = post(desk, "/style/wordings", before=before, after=after)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{before}"' in answer.text, "what was typed is still there"
    assert rules(clinic) == ()


def test_sections_are_moved_and_a_template_is_chosen(desk: Any, clinic: Any) -> None:
    assert post(desk, "/style/orders/soap", code="plan", step=-1).status_code == 303
    [order] = rules(clinic)
    assert order.habit == SectionOrder(template="soap", sections=("subjective", "objective", "plan", "assessment"))
    post(desk, "/style/orders/soap", code="plan", step=-1)
    assert rules(clinic)[0].habit.sections == ("subjective", "plan", "objective", "assessment")
    assert post(desk, "/style/orders/soap", code="nowhere", step=1).status_code == 404
    assert post(desk, "/style/orders/foreign", code="plan", step=1).status_code == 404
    post(desk, "/style/templates/outpatient", template="follow_up")
    assert rules(clinic)[1].habit == DefaultTemplate(setting="outpatient", template="follow_up")
    post(desk, "/style/templates/outpatient", template="")
    assert rules(clinic)[1].state == "dismissed"
    assert post(desk, "/style/templates/outpatient", template="foreign").status_code == 404


def test_a_foreign_form_changes_nothing(desk: Any, clinic: Any) -> None:
    assert desk.client.post("/style/wordings", data={"before": "가", "after": "나"}).status_code == 403
    assert rules(clinic) == ()


def test_a_signature_is_learnt_from(desk: Any, clinic: Any) -> None:
    desk.settle_everything()
    desk.edit(op="add", part="note", section="plan", text="새로 쓴 문장.")
    assert desk.sign().status_code == 303
    with clinic.store.begin(clinic.physician.actor) as work:
        [shares] = work.edit_shares.since(NOW - timedelta(days=1))
        [seen] = work.style_observations.latest(most=3)
    assert shares.shares.note.added == 1
    assert shares.shares.note.drafted == sum(len(section.statements) for section in clinic.draft.note.sections)
    assert seen.template == "soap"
    page = desk.client.get("/quality").text
    assert "진료 기록 문장 유지율" in page
    assert clinic.draft.encounter.patient.name not in page


def test_without_a_signature_the_page_says_so(desk: Any) -> None:
    assert "서명한 기록이 없습니다" in desk.client.get("/quality?days=30").text
    assert desk.client.get("/quality?days=12345").status_code == 200


def row(day: int, **note: int) -> SignedShares:
    shares = EditShares(note=Share(**note), summary=Share(kept=1), entries=Share())
    return SignedShares(
        account_id="kim", template="soap", setting="outpatient", language="ko", signed_at=NOW + timedelta(days=day),
        review_seconds=60 * day, shares=shares,
    )  # fmt: skip


def test_the_numbers_add_up_and_the_plot_stands_in_its_frame() -> None:
    shown = quality([row(0, kept=8, edited=1, deleted=1, added=2), row(9, kept=4), row(10, kept=0, edited=4)], {})
    note, _, entries = shown.parts
    assert [piece.count for piece in note.pieces] == [12, 5, 1, 2]
    assert sum(piece.percent for piece in note.pieces) == pytest.approx(100, abs=0.2)
    assert note.kept == pytest.approx(66.7)
    assert entries.kept is None
    assert shown.minutes == 9.0
    assert shown.people == ()
    assert shown.trend is not None
    assert [point.percent for point in shown.trend.points] == [80.0, 50.0]
    assert all(0 <= point.x <= 640 and 0 <= point.y <= 180 for point in shown.trend.points)


def test_a_single_week_is_no_trend_and_people_are_named_to_the_hospitals_it() -> None:
    shown = quality([row(0, kept=1)], {"kim": "김민준"})
    assert shown.trend is None
    assert [bar.label for bar in shown.people] == ["김민준"]


def test_moving_stops_at_the_ends() -> None:
    assert moved("abc", "a", -1) == ("a", "b", "c")
    assert moved("abc", "a", 1) == ("b", "a", "c")
    assert moved("abc", "c", 1) == ("a", "b", "c")
