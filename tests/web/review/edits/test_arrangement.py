"""Moving, splitting and joining statements: nothing is lost, and no mark gets better than it was."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.web.review.draft_view import open_items
from scribe.web.review.edits import (
    AcceptStatement,
    AddSection,
    AddStatement,
    Edit,
    EditError,
    MergeStatement,
    MissingPieceError,
    MoveStatement,
    SplitStatement,
    apply,
)

KNOWN = tuple(Section(code=code, title=code) for code in ("subjective", "objective", "assessment", "plan"))


def edited(draft: Draft, *edits: Edit) -> Draft:
    names = iter(f"new-{n}" for n in range(99))
    for edit in edits:
        draft = apply(draft, edit, lambda: next(names), None, KNOWN)
    return draft


def note(draft: Draft) -> dict[str, list[str]]:
    return {section.code: [s.id for s in section.statements] for section in draft.note.sections}


def statement(draft: Draft, name: str) -> Statement:
    return next(s for section in draft.note.sections for s in section.statements if s.id == name)


def move(name: str, section: str, after: str | None = None) -> MoveStatement:
    return MoveStatement(op="move", part="note", statement=name, section=section, after=after)


def merge(name: str) -> MergeStatement:
    return MergeStatement(op="merge", part="note", statement=name)


def split(name: str, at: int) -> SplitStatement:
    return SplitStatement(op="split", part="note", statement=name, at=at)


def test_a_statement_moves_within_and_between_sections_and_keeps_its_mark(draft: Draft) -> None:
    down = edited(draft, move("s0", "subjective", "s1"))
    assert note(down)["subjective"] == ["s1", "s0", "s2"]
    first = edited(draft, move("s2", "subjective"))
    assert note(first)["subjective"] == ["s2", "s0", "s1"]
    across = edited(draft, move("s2", "plan", "s6"))
    assert note(across)["plan"] == ["s6", "s2", "s9", "s10"]
    assert statement(across, "s2") == statement(draft, "s2")
    assert across.flags == draft.flags


def test_a_move_needs_a_section_of_the_draft(draft: Draft) -> None:
    with pytest.raises(MissingPieceError, match="no section elsewhere"):
        edited(draft, move("s0", "elsewhere"))


def test_a_new_statement_stands_where_it_was_asked_for_and_is_never_added_twice(draft: Draft) -> None:
    add = AddStatement(
        op="add", part="note", section="plan", text="수분 섭취 권함.", after="s6", id="own-0a1b2c3d"
    )  # fmt: skip
    once = edited(draft, add)
    assert note(once)["plan"] == ["s6", "own-0a1b2c3d", "s9", "s10"]
    again = edited(once, add.model_copy(update={"text": "물을 자주 마시도록 권함."}))
    assert note(again) == note(once)
    assert statement(again, "own-0a1b2c3d").text == "물을 자주 마시도록 권함."


def test_halves_are_the_physicians_own_and_a_lost_negation_is_asked_about(draft: Draft) -> None:
    whole = statement(draft, "s1")
    after = edited(draft, split("s1", whole.text.index("흉통")))
    assert note(after)["subjective"] == ["s0", "s1", "new-0", "s2"]
    assert [statement(after, name).text for name in ("s1", "new-0")] == ["호흡곤란,", "흉통 없음."]
    assert {statement(after, name).support for name in ("s1", "new-0")} == {"edited"}
    assert open_items(after).count == open_items(draft).count + 1


def test_a_split_needs_text_on_both_sides(draft: Draft) -> None:
    with pytest.raises(EditError):
        edited(draft, split("s1", 500))


def test_joined_statements_rest_on_what_both_rested_on(draft: Draft) -> None:
    after = edited(draft, merge("s0"))
    one, other = statement(draft, "s0"), statement(draft, "s1")
    joined = statement(after, "s0")
    assert joined.text == f"{one.text} {other.text}"
    assert joined.evidence == one.evidence + other.evidence
    assert joined.entries == one.entries + other.entries
    assert joined.support == "supported"
    assert after.entries == draft.entries


def test_joining_hides_no_unsupported_statement(draft: Draft) -> None:
    after = edited(draft, merge("s6"))
    assert statement(after, "s6").unsettled
    assert ("note", "s6") in open_items(after).statements
    kept = edited(draft, AcceptStatement(op="accept", part="note", statement="s9"), merge("s6"))
    assert not statement(kept, "s6").unsettled
    assert statement(kept, "s6").acknowledged


def test_the_last_statement_of_a_section_joins_nothing(draft: Draft) -> None:
    with pytest.raises(MissingPieceError):
        edited(draft, merge("s10"))


def test_a_section_of_the_template_is_added_in_its_place(draft: Draft) -> None:
    sections = tuple(section for section in draft.note.sections if section.code != "assessment")
    lacking = replace(draft, note=replace(draft.note, sections=sections))
    after = edited(lacking, AddSection(op="add_section", section="assessment"))
    assert list(note(after)) == ["subjective", "objective", "assessment", "plan"]
    assert edited(after, AddSection(op="add_section", section="assessment")) is after
    with pytest.raises(MissingPieceError):
        edited(draft, AddSection(op="add_section", section="elsewhere"))


NAMES = st.sampled_from(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s9", "s10", "new-0", "new-1"])
MOVES = st.builds(move, NAMES, st.sampled_from([section.code for section in KNOWN]), st.none() | NAMES)
ARRANGEMENTS = st.lists(
    MOVES | st.builds(merge, NAMES) | st.builds(split, NAMES, st.integers(1, 30)), min_size=1, max_size=8
)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@QUIET
@given(moves=st.lists(MOVES, max_size=8))
def test_moving_loses_nothing(draft: Draft, moves: list[Edit]) -> None:
    after = arranged(draft, moves)
    assert Counter(all_statements(after)) == Counter(all_statements(draft))
    assert (after.entries, after.flags) == (draft.entries, draft.flags)


@QUIET
@given(edits=ARRANGEMENTS)
def test_no_arrangement_changes_words_evidence_or_improves_a_mark(draft: Draft, edits: list[Edit]) -> None:
    after = arranged(draft, edits)
    assert letters(after) == letters(draft)
    assert {e for s in all_statements(after) for e in s.evidence} == {
        e for s in all_statements(draft) for e in s.evidence
    }
    drafted = {s.text for s in all_statements(draft) if s.support == "supported"}
    for held in all_statements(after):
        if held.support == "supported":
            rest = held.text
            for text in drafted:
                rest = rest.replace(text, "")
            assert not rest.strip(), "only drafted sentences, whole, may say that the dialogue supports them"


def arranged(draft: Draft, edits: list[Edit]) -> Draft:
    names = iter(f"new-{n}" for n in range(99))
    for edit in edits:
        try:
            draft = apply(draft, edit, lambda: next(names), None, KNOWN)
        except EditError:
            continue
    return draft


def all_statements(draft: Draft) -> list[Statement]:
    return [statement for section in draft.note.sections for statement in section.statements]


def letters(draft: Draft) -> Counter[str]:
    return Counter(c for held in all_statements(draft) for c in held.text if c.isalnum())
