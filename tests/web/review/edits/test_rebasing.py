"""Two at one draft: whoever comes second never undoes what the first did."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribe.domain.note import Draft
from scribe.domain.statement import Statement
from scribe.web.review.edits import (
    AcceptStatement,
    AddStatement,
    ChangeMedicine,
    ChangeStatement,
    DeleteEntry,
    DeleteMedicine,
    DeleteStatement,
    Edit,
    EditError,
    MergeStatement,
    MoveStatement,
    SettleFlag,
    SplitStatement,
    apply,
)
from scribe.web.review.edits.errors import TouchedElsewhereError
from scribe.web.review.edits.rebasing import rebased

NAMES = ("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s9", "s10")
SECTIONS = ("subjective", "objective", "assessment", "plan")
NAME, SECTION = st.sampled_from(NAMES), st.sampled_from(SECTIONS)
EDITS = st.one_of(
    st.builds(ChangeStatement, op=st.just("change"), part=st.just("note"), statement=NAME, text=st.just("다른 말.")),
    st.builds(ChangeStatement, op=st.just("change"), part=st.just("note"), statement=NAME, text=st.just("또 다른 말.")),
    st.builds(DeleteStatement, op=st.just("delete"), part=st.just("note"), statement=NAME),
    st.builds(AcceptStatement, op=st.just("accept"), part=st.just("note"), statement=NAME),
    st.builds(AddStatement, op=st.just("add"), part=st.just("note"), section=SECTION, text=st.just("새 말.")),
    st.builds(MoveStatement, op=st.just("move"), part=st.just("note"), statement=NAME, section=SECTION),
    st.builds(SplitStatement, op=st.just("split"), part=st.just("note"), statement=NAME, at=st.just(4)),
    st.builds(MergeStatement, op=st.just("merge"), part=st.just("note"), statement=NAME),
)


def by_id(draft: Draft) -> dict[str, Statement]:
    return {statement.id: statement for section in draft.note.sections for statement in section.statements}


def change(name: str, text: str, was: str | None = None) -> ChangeStatement:
    return ChangeStatement(op="change", part="note", statement=name, text=text, was=was)


def edited(draft: Draft, edit: Edit, name: str = "new-1") -> Draft:
    return apply(draft, edit, lambda: name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(theirs=EDITS, mine=EDITS)
def test_the_second_never_undoes_the_first(draft: Draft, theirs: Edit, mine: Edit) -> None:
    try:
        latest = edited(draft, theirs, "theirs-1")
        alone = edited(draft, mine, "mine-1")
    except EditError:
        return
    try:
        after = by_id(edited(latest, rebased(mine, draft, latest), "mine-1"))
    except EditError:
        return  # refused: nothing is lost, the physician is asked
    before, first, second = by_id(draft), by_id(latest), by_id(alone)
    for name in {*before, *first, *second}:
        if first.get(name) == before.get(name):
            assert after.get(name) == second.get(name), "mine came through"
        elif second.get(name) == before.get(name):
            assert after.get(name) == first.get(name), "theirs stayed"
        else:
            assert after.get(name) == first.get(name) == second.get(name), "both did the same"


def test_the_same_statement_is_not_changed_by_two(draft: Draft) -> None:
    latest = edited(draft, change("s0", "먼저."))
    with pytest.raises(TouchedElsewhereError) as conflict:
        rebased(change("s0", "나중."), draft, latest)
    assert conflict.value.theirs == "먼저."
    assert rebased(change("s0", "나중.", was="먼저."), draft, latest).text == "나중."
    gone = edited(draft, DeleteStatement(op="delete", part="note", statement="s0"))
    with pytest.raises(TouchedElsewhereError) as conflict:
        rebased(change("s0", "나중."), draft, gone)
    assert conflict.value.theirs is None


def test_flags_and_rows_are_found_where_they_stand_now(draft: Draft) -> None:
    changed = edited(draft, change("s6", "아세트아미노펜 650 mg 1일 3회 식후 30분 3일."))
    settle = SettleFlag(op="settle", flag=0)
    assert rebased(settle, draft, changed) == settle
    settled = edited(draft, settle)
    with pytest.raises(TouchedElsewhereError):
        rebased(settle, draft, settled)
    row = ChangeMedicine(op="medicine", row=0, name="다른 약")
    with pytest.raises(TouchedElsewhereError):
        rebased(row, draft, edited(draft, DeleteMedicine(op="delete_medicine", row=0)))
    with pytest.raises(TouchedElsewhereError):
        rebased(row, draft, edited(draft, ChangeMedicine(op="medicine", row=0, name="아세트아미노펜 500 mg", days=9)))


def test_an_entry_that_is_gone_cannot_be_deleted_again(draft: Draft) -> None:
    edit = DeleteEntry(op="delete_entry", entry="e3")
    assert rebased(edit, draft, edited(draft, change("s0", "먼저."))) == edit
    with pytest.raises(TouchedElsewhereError):
        rebased(edit, draft, edited(draft, edit))
