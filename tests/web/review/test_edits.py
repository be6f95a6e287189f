from dataclasses import replace

import pytest

from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Statement
from scribe.web.review.draft_view import Part, open_items, sections_of
from scribe.web.review.edits import (
    AcceptStatement,
    AddStatement,
    ChangeMedicine,
    ChangeStatement,
    DeleteEntry,
    DeleteMedicine,
    DeleteStatement,
    Edit,
    EmptyStatementError,
    MissingPieceError,
    SettleFlag,
    apply,
)


def edited(draft: Draft, edit: Edit, drafted: Draft | None = None) -> Draft:
    return apply(draft, edit, lambda: "new-1", drafted or draft)


def statement(draft: Draft, name: str, part: Part = "note") -> Statement:
    return next(s for section in sections_of(draft, part) for s in section.statements if s.id == name)


def change(name: str, text: str, part: Part = "note") -> ChangeStatement:
    return ChangeStatement(op="change", part=part, statement=name, text=text)


def raised(before: Draft, after: Draft) -> tuple[Flag, ...]:
    return tuple(flag for flag in after.flags if flag not in before.flags and flag.is_open)


def test_a_changed_statement_is_the_physicians_own_and_keeps_its_evidence(draft: Draft) -> None:
    after = statement(edited(draft, change("s0", "  사흘 전부터  기침과 인후통이 기침 심함. ")), "s0")
    before = statement(draft, "s0")
    assert after.text == "사흘 전부터 기침과 인후통이 기침 심함."
    assert (after.support, after.evidence, after.entries) == ("edited", before.evidence, before.entries)


def test_typing_the_same_text_changes_nothing(draft: Draft) -> None:
    assert edited(draft, change("s0", statement(draft, "s0").text)) is draft


def test_typing_the_drafted_text_back_restores_its_mark(draft: Draft) -> None:
    moved = edited(draft, change("s6", "아세트아미노펜 650 mg 1일 3회 식후 30분 3일."), draft)
    back = edited(moved, change("s6", statement(draft, "s6").text), draft)
    assert statement(back, "s6") == statement(draft, "s6")
    assert back.flags == draft.flags


def test_a_statement_cannot_be_emptied(draft: Draft) -> None:
    with pytest.raises(EmptyStatementError):
        edited(draft, change("s0", "   "))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s6", "아세트아미노펜 650 mg 1일 3회 식후 30분 3일."),  # another dose
        ("s1", "호흡곤란, 흉통 있음."),  # another polarity
        ("s6", "이부프로펜 500 mg 1일 3회 식후 30분 3일."),  # another drug
        ("s10", "2개월 뒤 재진."),  # another time
    ],
)
def test_an_edit_that_moves_the_meaning_has_to_be_settled(draft: Draft, name: str, text: str) -> None:
    after = edited(draft, change(name, text))
    (flag,) = raised(draft, after)
    assert (flag.kind, flag.entries) == ("conflict", statement(draft, name).entries)
    assert open_items(after).count == open_items(draft).count + 1


def test_an_edit_of_wording_alone_raises_nothing(draft: Draft) -> None:
    assert raised(draft, edited(draft, change("s2", "아스피린 복용 후 두드러기 발생."))) == ()


def test_further_typing_does_not_pile_up_conflicts(draft: Draft) -> None:
    once = edited(draft, change("s6", "아세트아미노펜 650 mg 1일 3회 식후 30분 3일."), draft)
    twice = edited(once, change("s6", "아세트아미노펜 325 mg 1일 3회 식후 30분 3일."), draft)
    assert len(raised(draft, twice)) == 1


def test_a_settled_conflict_stays_settled_while_only_wording_changes(draft: Draft) -> None:
    moved = edited(draft, change("s6", "아세트아미노펜 650 mg 1일 3회 식후 30분 3일."), draft)
    settled = edited(moved, SettleFlag(op="settle", flag=len(moved.flags) - 1), draft)
    polished = edited(settled, change("s6", "아세트아미노펜 650 mg 1일 3회, 식후 30분, 3일 처방."), draft)
    assert raised(draft, polished) == ()


def test_accepting_settles_an_unsupported_statement(draft: Draft) -> None:
    after = edited(draft, AcceptStatement(op="accept", part="note", statement="s9"))
    kept = statement(after, "s9")
    assert (kept.text, kept.support, kept.acknowledged) == (statement(draft, "s9").text, "none", True)
    assert ("note", "s9") in open_items(draft).statements
    assert ("note", "s9") not in open_items(after).statements
    assert all(flag.kind != "unsupported" for flag in after.flags)


def test_a_supported_statement_needs_no_acceptance(draft: Draft) -> None:
    assert edited(draft, AcceptStatement(op="accept", part="note", statement="s0")) is draft


def test_rewriting_an_accepted_statement_makes_it_the_physicians_own(draft: Draft) -> None:
    accepted = edited(draft, AcceptStatement(op="accept", part="note", statement="s9"))
    mine = statement(edited(accepted, change("s9", "금연을 권함."), draft), "s9")
    assert (mine.support, mine.acknowledged) == ("edited", None)


def test_an_added_statement_comes_last_and_needs_no_evidence(draft: Draft) -> None:
    after = edited(draft, AddStatement(op="add", part="note", section="plan", text="수분 섭취 권함."))
    plan = next(section for section in after.note.sections if section.code == "plan")
    assert plan.statements[-1] == Statement(id="new-1", text="수분 섭취 권함.", support="edited")


def test_an_added_statement_needs_a_section_of_the_draft(draft: Draft) -> None:
    with pytest.raises(MissingPieceError, match="no section elsewhere"):
        edited(draft, AddStatement(op="add", part="note", section="elsewhere", text="x"))


def test_deleting_a_statement_takes_its_entries_and_medicines_along(draft: Draft) -> None:
    after = edited(draft, DeleteStatement(op="delete", part="note", statement="s6"))
    assert "e8" not in {entry.id for entry in after.entries}
    assert after.patient_summary.medicines == ()
    (flag,) = raised(draft, after)
    assert flag.statements == ("p1",), "the patient would still be told to take the medicine"
    assert "e8" not in statement(after, "p1", "summary").entries


def test_an_entry_that_another_statement_still_says_stays(draft: Draft) -> None:
    again = replace(statement(draft, "s6"), id="s6b")
    plan = draft.note.sections[3]
    both = replace(plan, statements=(*plan.statements, again))
    twice = replace(draft, note=replace(draft.note, sections=(*draft.note.sections[:3], both)))
    after = edited(twice, DeleteStatement(op="delete", part="note", statement="s6"))
    assert "e8" in {entry.id for entry in after.entries}


def test_deleting_a_sentence_of_the_summary_leaves_the_entries(draft: Draft) -> None:
    after = edited(draft, DeleteStatement(op="delete", part="summary", statement="p1"))
    assert after.entries == draft.entries


def test_deleting_what_a_conflict_was_about_settles_it(draft: Draft) -> None:
    after = edited(draft, DeleteEntry(op="delete_entry", entry="e3"))
    assert all(flag.kind != "conflict" for flag in after.flags)
    assert "e3" not in {entry.id for entry in after.entries}


def test_settling_needs_a_conflict_at_that_place(draft: Draft) -> None:
    settled = edited(draft, SettleFlag(op="settle", flag=0))
    assert (open_items(settled).flags, settled.flags[0].decision) == ((), "kept"), "the decision stays on record"
    for place in (0, 1, 2, 3):  # settled already, missing, unsupported, and none at all
        with pytest.raises(MissingPieceError):
            edited(settled, SettleFlag(op="settle", flag=place))


def medicine(**changed: object) -> ChangeMedicine:
    row: dict[str, object] = {
        "op": "medicine", "row": 0, "name": "아세트아미노펜 500 mg", "morning": "1정", "noon": "1정", "evening": "1정",
        "relation_to_meal": "식후 30분", "days": 3,
    }  # fmt: skip
    return ChangeMedicine.model_validate({**row, **changed})


def test_the_medicine_grid_is_editable(draft: Draft) -> None:
    after = edited(draft, medicine(relation_to_meal="식사 직후", bedtime=" "))
    (row,) = after.patient_summary.medicines
    assert (row.relation_to_meal, row.bedtime, row.entry) == ("식사 직후", None, "e8")


@pytest.mark.parametrize("changed", [{"days": 5}, {"noon": ""}, {"name": "이부프로펜"}])
def test_a_grid_that_contradicts_the_order_has_to_be_settled(draft: Draft, changed: dict[str, object]) -> None:
    assert [flag.entries for flag in raised(draft, edited(draft, medicine(**changed)))] == [("e8",)]


def test_a_grid_that_agrees_with_the_order_raises_nothing(draft: Draft) -> None:
    assert raised(draft, edited(draft, medicine(relation_to_meal="식사 직후"))) == ()


def test_a_medicine_can_be_taken_out(draft: Draft) -> None:
    assert edited(draft, DeleteMedicine(op="delete_medicine", row=0)).patient_summary.medicines == ()
    with pytest.raises(MissingPieceError):
        edited(draft, DeleteMedicine(op="delete_medicine", row=1))


def test_text_is_kept_in_nfc(draft: Draft) -> None:
    after = edited(draft, change("s9", "금연"))
    assert statement(after, "s9").text == "금연"


def test_a_slot_that_gives_another_dose_has_to_be_settled(draft: Draft) -> None:
    assert len(raised(draft, edited(draft, medicine(evening="650 mg")))) == 1
    assert raised(draft, edited(draft, medicine(evening="500 mg"))) == ()
