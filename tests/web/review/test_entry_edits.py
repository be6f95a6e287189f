"""Entries changed over the page: validated by the domain, in step with the prose, every question settled on record."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from scribe.domain.entries import Code, Diagnosis, FollowUp, MedicationOrder, Vital
from scribe.domain.note import Draft, Flag
from scribe.drafting.restate import GRID_ENTRY, STATEMENT_ENTRY, wording
from scribe.drafting.restate.meaning import meaning_moved
from scribe.web.review.draft_view import PARTS, open_items, sections_of
from scribe.web.review.edits import Edit, EntryFieldError, MissingPieceError, NothingReadError, apply
from tests.drafting.test_restate import NAMES, consultation

EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)


class Sheet:
    """A draft under the physician's hands."""

    def __init__(self, name: str = "asthma-child") -> None:
        self.first, self.transcript = consultation(name)
        self.draft = self.first
        self.numbers = count()

    def do(self, op: str, **fields: object) -> "Sheet":
        edit = EDIT.validate_python({"op": op, **fields})
        self.draft = apply(
            self.draft, edit, lambda: f"new-{next(self.numbers)}", self.first, transcript=self.transcript
        )
        return self

    def entry(self, name: str) -> Any:
        return next(entry for entry in self.draft.entries if entry.name.startswith(name))

    def change(self, name: str, /, **fields: object) -> "Sheet":
        return self.do("change_entry", entry=self.entry(name).id, fields=fields)

    def told(self, entry: str, part: str = "note") -> list[str]:
        return [s.text for s in self.statements(part) if entry in s.entries]

    def statements(self, part: str) -> Iterator[Any]:
        return (s for section in sections_of(self.draft, part) for s in section.statements)  # type: ignore[arg-type]

    def open_flags(self, rule: str) -> list[Flag]:
        return [flag for flag in self.draft.flags if flag.rule == rule and flag.is_open]


@pytest.fixture
def sheet() -> Sheet:
    return Sheet()


def test_a_typed_value_is_a_number_and_the_physicians_own(sheet: Sheet) -> None:
    weight = sheet.change("체중", value=" 25.5 ").entry("체중")
    assert (weight.value, weight.author, weight.evidence, weight.confidence) == (25.5, "physician", (), None)
    assert sheet.told(weight.id) == ["체중 25.5 kg."]


def test_evidence_stays_where_it_supports_what_was_written(sheet: Sheet) -> None:
    code = {"system": "urn:test", "code": "J45.9"}
    asthma = sheet.change("천식", code=code).entry("천식")
    assert asthma.author == "physician"
    assert asthma.evidence == next(e for e in sheet.first.entries if e.id == asthma.id).evidence


def test_typing_the_drafted_value_back_restores_what_was_drafted(sheet: Sheet) -> None:
    sheet.change("체중", value="25.5").change("체중", value="23")
    assert sheet.draft.entries == sheet.first.entries
    assert [s.text for s in sheet.statements("note")] == [
        s.text for section in sheet.first.note.sections for s in section.statements
    ]


def test_the_same_value_again_changes_nothing(sheet: Sheet) -> None:
    assert sheet.change("체중", value="23").draft is sheet.first


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("체중", {"value": "무겁다"}, "value"),
        ("체중", {"unit": ""}, "unit"),
        ("체중", {"height": "3"}, "height"),
        ("체중", {"id": "e0"}, "id"),
        ("체중", {"evidence": "u0"}, "evidence"),
        ("천식", {"certainty": "perhaps"}, "certainty"),
        ("천식", {"name": "  "}, "name"),
        ("싱귤레어", {"duration_days": "2.5"}, "duration_days"),
    ],
)
def test_a_field_that_does_not_fit_is_named(sheet: Sheet, name: str, fields: dict[str, str], field: str) -> None:
    with pytest.raises(EntryFieldError, match=f'"{field}"'):
        sheet.change(name, **fields)


def test_nothing_but_fields_is_taken() -> None:
    with pytest.raises(ValidationError):
        EDIT.validate_python({"op": "change_entry", "entry": "e0", "fields": {"code": {"system": "x", "words": "y"}}})


def test_another_medicine_loses_the_code_of_the_old_one(sheet: Sheet) -> None:
    sheet.change("싱귤레어", name="몬테루카스트")
    order = sheet.entry("몬테루카스트")
    assert order.ingredient.code == "R03DC03"
    sheet.change("몬테루카스트", name="처음보는약")
    assert (sheet.entry("처음보는약").ingredient, sheet.entry("처음보는약").code) == (None, None)


def test_times_and_words_of_a_regimen_move_together(sheet: Sheet) -> None:
    assert sheet.change("싱귤레어", times_per_day="2").entry("싱귤레어").frequency.startswith("1일 2회")
    assert sheet.change("싱귤레어", frequency="1일 3회 식후 30분").entry("싱귤레어").times_per_day == 3
    needed = sheet.change("싱귤레어", as_needed=True, frequency="1일 3회 식후 30분").entry("싱귤레어")
    assert needed.frequency == "1일 3회 식후 30분 필요시"
    (row,) = [row for row in sheet.draft.patient_summary.medicines if row.entry == needed.id]
    assert (row.morning, row.noon, row.evening) == (None, None, None), "as needed is no time of the day"
    again = sheet.change("싱귤레어", as_needed=False, frequency=needed.frequency).entry("싱귤레어")
    assert again.frequency == "1일 3회 식후 30분"


def test_a_day_of_follow_up_is_told_in_weeks_where_it_is_weeks(sheet: Sheet) -> None:
    visit = next(entry for entry in sheet.draft.entries if isinstance(entry, FollowUp))
    sheet.do("change_entry", entry=visit.id, fields={"in_days": 21})
    assert sheet.told(visit.id) == ["3주 뒤 재진."]
    sheet.do("change_entry", entry=visit.id, fields={"in_days": 10})
    assert sheet.told(visit.id, "summary") == ["10일 뒤에 다시 오세요."]


def test_an_order_written_by_hand_reaches_note_summary_and_grid(sheet: Sheet) -> None:
    fields = {
        "name": "타이레놀",
        "dose": {"value": 160, "unit": "mg"},
        "frequency": "1일 3회 식후 30분",
        "duration_days": "3",
    }
    sheet.do("add_entry", kind="medication_order", fields=fields)
    order = sheet.entry("타이레놀")
    assert isinstance(order, MedicationOrder)
    assert (order.author, order.times_per_day, order.action) == ("physician", 3, "start")
    assert order.ingredient is not None
    assert sheet.told(order.id) == ["타이레놀 160 mg 1일 3회 식후 30분 3일분 (시작)"]
    (row,) = [row for row in sheet.draft.patient_summary.medicines if row.entry == order.id]
    assert (row.morning, row.days, row.relation_to_meal) == ("160 mg", 3, "식후 30분")


def test_the_same_ingredient_twice_is_asked_about_at_once(sheet: Sheet) -> None:
    sheet.do("add_entry", kind="medication_order", fields={"name": "타이레놀", "dose": {"value": 160, "unit": "mg"}})
    sheet.do("add_entry", kind="medication_order", fields={"name": "세토펜", "dose": {"value": 160, "unit": "mg"}})
    (flag,) = sheet.open_flags("duplicate_ingredient")
    sheet.do("delete_entry", entry=sheet.entry("세토펜").id)
    assert flag not in sheet.draft.flags


def test_a_deleted_entry_comes_back_where_it_was(sheet: Sheet) -> None:
    asthma = next(entry for entry in sheet.draft.entries if isinstance(entry, Diagnosis))
    sheet.do("delete_entry", entry=asthma.id)
    assert sheet.told(asthma.id) == []
    sheet.do("restore_entry", entry=asthma.id)
    assert [e.id for e in sheet.draft.entries] == [e.id for e in sheet.first.entries]
    assert sheet.told(asthma.id) == ["천식 (J45.9)."]


def test_the_first_diagnosis_is_the_primary_one(sheet: Sheet) -> None:
    one, other = (entry for entry in sheet.draft.entries if isinstance(entry, Diagnosis))
    sheet.do("move_entry", entry=other.id, before=one.id)
    assert [e.id for e in sheet.draft.entries if isinstance(e, Diagnosis)] == [other.id, one.id]
    sheet.do("move_entry", entry=other.id)
    assert [e.id for e in sheet.draft.entries if isinstance(e, Diagnosis)] == [one.id, other.id]
    with pytest.raises(MissingPieceError):
        sheet.do("move_entry", entry=one.id, before=sheet.entry("체중").id)


def reworded(sheet: Sheet, name: str, text: str) -> tuple[Any, Any]:
    entry = sheet.entry(name)
    statement = next(s for s in sheet.statements("note") if entry.id in s.entries)
    sheet.do("change", part="note", statement=statement.id, text=text)
    return entry, statement


def test_the_entry_follows_the_sentence_and_the_summary_the_entry(sheet: Sheet) -> None:
    weight, statement = reworded(sheet, "체중", "체중 24.5 kg.")
    assert sheet.open_flags(STATEMENT_ENTRY)
    sheet.do("entry_from_statement", entry=weight.id, part="note", statement=statement.id)
    assert sheet.entry("체중").value == 24.5
    assert sheet.told(weight.id, "summary") == ["체중은 24.5 kg이에요."]
    assert sheet.open_flags(STATEMENT_ENTRY) == []
    assert [f.decision for f in sheet.draft.flags if f.rule == STATEMENT_ENTRY] == ["statement"]


def test_the_sentence_follows_the_entry(sheet: Sheet) -> None:
    weight, statement = reworded(sheet, "체중", "체중 24.5 kg.")
    sheet.do("statement_from_entries", part="note", statement=statement.id)
    assert sheet.told(weight.id) == ["체중 23 kg."]
    assert [f.decision for f in sheet.draft.flags if f.rule == STATEMENT_ENTRY] == ["entry"]


def test_both_may_stay_as_they_are_on_record(sheet: Sheet) -> None:
    reworded(sheet, "체중", "체중 24.5 kg.")
    (place,) = [i for i, flag in enumerate(sheet.draft.flags) if flag.rule == STATEMENT_ENTRY]
    sheet.do("settle", flag=place)
    assert sheet.draft.flags[place].decision == "kept"
    assert place not in open_items(sheet.draft).flags


def test_what_cannot_be_read_back_is_refused(sheet: Sheet) -> None:
    weight, statement = reworded(sheet, "체중", "몸이 많이 불었다고 함.")
    with pytest.raises(NothingReadError):
        sheet.do("entry_from_statement", entry=weight.id, part="note", statement=statement.id)


def test_typing_the_drafted_sentence_over_a_changed_entry_is_asked_about(sheet: Sheet) -> None:
    weight = sheet.change("체중", value="25.5").entry("체중")
    reworded(sheet, "체중", "체중 23 kg.")
    assert [flag.entries for flag in sheet.open_flags(STATEMENT_ENTRY)] == [(weight.id,)]


def test_row_and_order_are_matched_either_way(sheet: Sheet) -> None:
    order = sheet.entry("싱귤레어")
    place = next(i for i, row in enumerate(sheet.draft.patient_summary.medicines) if row.entry == order.id)
    row = {"row": place, "name": order.name, "morning": "5 mg", "evening": "5 mg", "days": 10}
    sheet.do("medicine", **row)
    assert sheet.open_flags(GRID_ENTRY)
    kept = sheet.draft
    sheet.do("order_from_grid", entry=order.id)
    now = sheet.entry("싱귤레어")
    assert (now.times_per_day, now.duration_days, sheet.open_flags(GRID_ENTRY)) == (2, 10, [])
    assert "10일분" in sheet.told(order.id)[0]
    sheet.draft = kept
    sheet.do("grid_from_order", entry=order.id)
    assert sheet.open_flags(GRID_ENTRY) == []
    assert sheet.draft.patient_summary.medicines[place] == sheet.first.patient_summary.medicines[place]


def test_writing_the_value_answers_the_question_about_it(sheet: Sheet) -> None:
    weight = sheet.entry("체중")
    asked = Flag(kind="conflict", rule="contradiction", text="체중이 두 번 다릅니다.", entries=(weight.id,))
    sheet.draft = replace(sheet.draft, flags=(asked,))
    sheet.do("change_entry", entry=weight.id, fields={"value": "24"}, flag=0)
    assert sheet.draft.flags[0].decision == "changed"


def test_one_of_two_values_is_kept(sheet: Sheet) -> None:
    weight = sheet.entry("체중")
    twin = replace(weight, id="twin", value=32.0)
    asked = Flag(kind="conflict", rule="contradiction", text="체중이 두 번 다릅니다.", entries=(weight.id, "twin"))
    sheet.draft = replace(sheet.draft, entries=(*sheet.draft.entries, twin), flags=(asked,))
    sheet.do("keep_entry", entry="twin", flag=0)
    assert [e.value for e in sheet.draft.entries if isinstance(e, Vital) and e.name == "체중"] == [32.0]
    with pytest.raises(MissingPieceError):
        sheet.do("keep_entry", entry=sheet.entry("천식").id, flag=0)


def test_a_code_chosen_from_the_search_is_kept_whole(sheet: Sheet) -> None:
    code = {"system": "urn:kcd", "code": "J45.0", "display": "알레르기성 천식"}
    assert sheet.change("천식", code=code).entry("천식").code == Code(**code)


# -- whatever is done, in whatever order -------------------------------------------------------------------------------

OPS = st.lists(
    st.tuples(
        st.sampled_from(["value", "days", "delete", "restore", "reword", "take", "follow", "settle", "add"]),
        st.integers(0, 40),
        st.integers(1, 250),
    ),
    min_size=1,
    max_size=6,
)


def _done(sheet: Sheet, what: str, place: int, number: int) -> None:
    entries = sheet.draft.entries
    kind = {"value": Vital, "days": MedicationOrder}.get(what)
    fitting = [entry for entry in entries if kind is None or isinstance(entry, kind)]
    entry = fitting[place % len(fitting)] if fitting else None
    flags = [(i, f) for i, f in enumerate(sheet.draft.flags) if f.is_open and f.rule == STATEMENT_ENTRY]
    linked = [s for s in sheet.statements("note") if len(s.entries) == 1]
    if what == "value" and entry:
        sheet.do("change_entry", entry=entry.id, fields={"value": str(number)})
    elif what == "days" and entry:
        sheet.do("change_entry", entry=entry.id, fields={"duration_days": str(number)})
    elif what == "delete" and entry:
        sheet.do("delete_entry", entry=entry.id)
    elif what == "restore":
        sheet.do("restore_entry", entry=sheet.first.entries[place % len(sheet.first.entries)].id)
    elif what == "add":
        sheet.do("add_entry", kind="vital", fields={"name": "체온", "value": str(number), "unit": "Cel"})
    elif what == "reword" and linked:
        one = linked[place % len(linked)]
        sheet.do("change", part="note", statement=one.id, text=f"{one.text.rstrip('.')} {number}.")
    elif flags:
        index, flag = flags[place % len(flags)]
        _settled(sheet, what, index, flag)


def _settled(sheet: Sheet, what: str, index: int, flag: Flag) -> None:
    part = next(p for p in PARTS if any(s.id in flag.statements for s in sheet.statements(p)))
    try:
        if what == "take":
            sheet.do("entry_from_statement", entry=flag.entries[0], part=part, statement=flag.statements[0])
        elif what == "follow":
            sheet.do("statement_from_entries", part=part, statement=flag.statements[0])
        else:
            sheet.do("settle", flag=index)
    except (NothingReadError, MissingPieceError):
        return


@given(st.sampled_from(NAMES), OPS)
@settings(max_examples=40)
def test_after_any_edits_sentence_and_entry_agree_or_a_question_names_both(
    name: str, ops: list[tuple[str, int, int]]
) -> None:
    sheet = Sheet(name)
    for what, place, number in ops:
        _done(sheet, what, place, number)
    draft: Draft = sheet.draft
    entries = {entry.id: entry for entry in draft.entries}
    asked = {(e, s) for f in draft.flags if f.rule == STATEMENT_ENTRY for e in f.entries for s in f.statements}
    now = wording(draft, draft.entries, confirmed=frozenset(entries), templates=None)
    for part in PARTS:
        for statement in sheet.statements(part):
            assert entries.keys() >= set(statement.entries)
            own = [entries[e] for e in statement.entries if entries[e].author is not None]
            told = now.of(part, statement.entries)
            if not own or told is None or all((e.id, statement.id) in asked for e in own):
                continue
            assert not meaning_moved(told.text, statement.text, tuple(own)), (told.text, statement.text)
