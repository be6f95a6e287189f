"""Two states of a record, word by word, and what is told of the difference."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.entries import MedicationOrder
from scribe.domain.note import Draft, NoteContent
from scribe.domain.statement import Section, Statement
from scribe.signing import content_of
from scribe.web.review.comparison import compare
from scribe.web.review.word_diff import word_diff

KOREAN = st.text(alphabet="가나다라 0123.mg,없음있음 혈압", max_size=40)


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in word_diff(before, after)]


def test_a_word_that_was_put_in_stands_out_by_itself() -> None:
    before, after = "아스피린 복용 후 두드러기.", "아스피린 복용 후 전신 두드러기."
    assert told(before, after) == [("same", "아스피린 복용 후 "), ("ins", "전신 "), ("same", "두드러기.")]


def test_a_dose_stands_out_from_its_unit() -> None:
    assert ("del", "500") in told("아세트아미노펜 500 mg 1일 3회", "아세트아미노펜 650 mg 1일 3회")
    assert ("ins", "650") in told("아세트아미노펜 500 mg 1일 3회", "아세트아미노펜 650 mg 1일 3회")


@given(KOREAN, KOREAN)
def test_the_pieces_make_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == after


def content(*texts: tuple[str, str], code: str = "plan") -> NoteContent:
    from scribe.domain.summary import PatientSummary

    statements = tuple(Statement(id=name, text=text, support="supported") for name, text in texts)
    return NoteContent(
        sections=(Section(code=code, title="P", statements=statements),),
        entries=(),
        patient_summary=PatientSummary(language="ko", sections=()),
    )


@pytest.mark.parametrize(
    ("before", "after", "states"),
    [
        ((("a", "기침."),), (("a", "기침."),), ["same"]),
        ((("a", "기침."),), (("a", "기침 없음."),), ["changed"]),
        ((("a", "기침."), ("b", "발열.")), (("b", "발열."),), ["removed", "same"]),
        ((("a", "기침."),), (("a", "기침."), ("b", "발열.")), ["same", "added"]),
        ((("a", "기침 3일."),), (("z", "기침 5일."),), ["changed"]),
    ],
)
def test_each_sentence_is_kept_changed_added_or_removed(
    before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...], states: list[str]
) -> None:
    found = compare(content(*before), content(*after))
    assert [line.state for line in found.note[0].lines] == states


def test_a_sentence_that_changed_places_is_moved_and_not_written_anew() -> None:
    found = compare(
        content(("a", "기침."), ("b", "발열."), ("c", "두통.")), content(("b", "발열."), ("c", "두통."), ("a", "기침."))
    )
    assert [line.state for line in found.note[0].lines] == ["same", "same", "moved"]
    assert found.counts["moved"] == 1


def test_a_changed_prescription_is_told_in_entries_and_grid(draft: Draft) -> None:
    before = content_of(draft)
    order = next(entry for entry in before.entries if isinstance(entry, MedicationOrder))
    medicine = before.patient_summary.medicines[0]
    after = replace(
        before,
        entries=tuple(replace(order, duration_days=5) if entry is order else entry for entry in before.entries),
        patient_summary=replace(before.patient_summary, medicines=(replace(medicine, days=5),)),
    )
    found = compare(before, after)
    assert found.counts["changed"] == 2
    assert [
        (piece.kind, piece.text) for label, cell in found.medicines[0].cells if label == "며칠" for piece in cell
    ] == [
        ("del", "3일"),
        ("ins", "5일"),
    ]
    (changed,) = [line for block in found.entries for line in block.lines if line.state == "changed"]
    assert ("ins", "5") in [(piece.kind, piece.text) for piece in changed.pieces]


def test_the_same_content_differs_in_nothing(draft: Draft) -> None:
    assert not compare(content_of(draft), content_of(draft)).different
