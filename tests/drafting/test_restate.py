"""A draft whose entries change: sentences, summary and grid say what the entries say, or a question names both."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.domain.carry_over import carry_over
from scribe.domain.entries import Diagnosis, Entry, Evidence, FollowUp, MedicationOrder, Symptom, Vital
from scribe.domain.formats import read_encounter, read_transcript
from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.draft import draft as drafted_from
from scribe.drafting.restate import STATEMENT_ENTRY, Basis, Part, carried, is_worded, reordered, with_entries, wording
from scribe.drafting.restate.following import PARTS, sections_of
from scribe.drafting.restate.reading_back import read_back
from scribe.drafting.verify import verify

E = TypeVar("E", bound=Entry)
DIALOGUES = Path(__file__).resolve().parents[2] / "evaluation/dialogues"
NAMES = ("asthma-child", "af-clinic", "gout-attack")


@cache
def consultation(name: str) -> tuple[Draft, Transcript]:
    data = (DIALOGUES / f"{name}.json").read_bytes()
    encounter, transcript = read_encounter(data, name), read_transcript(data, name)
    assert encounter is not None
    return drafted_from(transcript, encounter), transcript


@pytest.fixture(scope="module")
def draft() -> Draft:
    return consultation("asthma-child")[0]


@pytest.fixture(scope="module")
def basis() -> Basis:
    return basis_of("asthma-child")


def basis_of(name: str) -> Basis:
    numbers = count()
    return Basis(new_id=lambda: f"new-{next(numbers)}", transcript=consultation(name)[1])


def changed(draft: Draft, basis: Basis, entry: Entry, **fields: object) -> Draft:
    new = replace(entry, **fields, author="physician", evidence=(), confidence=None)  # type: ignore[arg-type]
    entries = tuple(new if one.id == entry.id else one for one in draft.entries)
    return with_entries(draft, entries, basis, frozenset({entry.id}))


def first(draft: Draft, kind: type[E], name: str = "") -> E:
    return next(entry for entry in draft.entries if isinstance(entry, kind) and name in entry.name)


def statements(draft: Draft, part: Part) -> Iterator[Statement]:
    return (statement for section in sections_of(draft, part) for statement in section.statements)


def stating(draft: Draft, part: Part, entry: str) -> list[str]:
    return [statement.text for statement in statements(draft, part) if entry in statement.entries]


def edited(draft: Draft, old: str, new: str) -> Draft:
    """The draft after a physician wrote ``new`` over the sentence ``old``."""
    sections = tuple(
        replace(
            section,
            statements=tuple(
                replace(s, text=new, support="edited") if s.text == old else s for s in section.statements
            ),
        )
        for section in draft.note.sections
    )
    return replace(draft, note=replace(draft.note, sections=sections))


@pytest.mark.parametrize("name", NAMES)
def test_nearly_every_sentence_of_a_draft_is_what_its_entries_read_as(name: str) -> None:
    draft, _ = consultation(name)
    now = wording(draft, draft.entries, confirmed=frozenset(), templates=None)
    told = [(part, statement) for part in PARTS for statement in statements(draft, part)]
    own = [s.text for part, s in told if not any(is_worded(s, t) for sec in now.sections(part) for t in sec.statements)]
    assert len(own) <= len(told) // 40, own


def test_a_changed_value_is_told_in_note_and_summary_at_once(draft: Draft, basis: Basis) -> None:
    weight = first(draft, Vital, "체중")
    after = changed(draft, basis, weight, value=25.5)
    assert stating(after, "note", weight.id) == ["체중 25.5 kg."]
    assert stating(after, "summary", weight.id) == ["체중은 25.5 kg이에요."]
    told = [s for part in PARTS for s in statements(after, part) if weight.id in s.entries]
    assert {s.support for s in told} == {"edited"}, "nobody said it: it is the physician's"
    assert all(s.evidence == () for s in told)


def test_the_rest_of_the_draft_stays_as_it_is(draft: Draft, basis: Basis) -> None:
    weight = first(draft, Vital, "체중")
    after = changed(draft, basis, weight, value=25.5)
    for part in PARTS:
        rest = [s for s in statements(draft, part) if weight.id not in s.entries]
        assert [s for s in statements(after, part) if weight.id not in s.entries] == rest


def test_a_changed_order_changes_the_grid_the_patient_gets(draft: Draft, basis: Basis) -> None:
    order = first(draft, MedicationOrder, "싱귤레어")
    after = changed(draft, basis, order, frequency="1일 2회 아침저녁", times_per_day=2.0, duration_days=7)
    (row,) = [row for row in after.patient_summary.medicines if row.entry == order.id]
    assert (row.morning, row.noon, row.evening, row.bedtime, row.days) == ("5 mg", None, "5 mg", None, 7)
    assert "7일분" in stating(after, "note", order.id)[0]


def test_a_denied_symptom_leaves_the_complaint_and_the_list(draft: Draft, basis: Basis) -> None:
    cough = first(draft, Symptom, "기침")
    after = changed(draft, basis, cough, status="absent", duration=None, duration_iso=None)
    texts = stating(after, "note", cough.id)
    assert all("기침" in text and "없음" in text for text in texts), texts
    assert not any("기침" in text for text in stating(after, "summary", cough.id))


def test_a_sentence_of_the_physicians_own_is_asked_about_and_not_overwritten(draft: Draft, basis: Basis) -> None:
    weight = first(draft, Vital, "체중")
    mine = edited(draft, "체중 23 kg.", "체중 24 kg.")
    after = changed(mine, basis, weight, value=25.5)
    assert stating(after, "note", weight.id) == ["체중 24 kg."]
    (flag,) = [flag for flag in after.flags if flag.rule == STATEMENT_ENTRY]
    assert (flag.entries, flag.is_open) == ((weight.id,), True)
    again = changed(after, basis, first(after, Vital, "체중"), value=24.0)
    assert not any(flag.rule == STATEMENT_ENTRY and flag.is_open for flag in again.flags)


def test_a_sentence_that_was_struck_is_not_written_again(draft: Draft, basis: Basis) -> None:
    weight = first(draft, Vital, "체중")
    sections = tuple(
        replace(section, statements=tuple(s for s in section.statements if weight.id not in s.entries))
        for section in draft.patient_summary.sections
    )
    struck = replace(draft, patient_summary=replace(draft.patient_summary, sections=sections))
    assert stating(changed(struck, basis, weight, value=25.5), "summary", weight.id) == []


def test_a_deleted_entry_leaves_no_sentence_and_no_row(draft: Draft, basis: Basis) -> None:
    order = first(draft, MedicationOrder, "싱귤레어")
    after = with_entries(draft, tuple(entry for entry in draft.entries if entry.id != order.id), basis)
    texts = [s.text for part in PARTS for s in statements(after, part)]
    assert not any("싱귤레어" in text for text in texts)
    assert all(row.entry != order.id for row in after.patient_summary.medicines)
    back = with_entries(after, draft.entries, basis)
    assert stating(back, "note", order.id) == stating(draft, "note", order.id)


def test_an_entry_written_by_hand_is_told_where_its_kind_is_told(draft: Draft, basis: Basis) -> None:
    made = Diagnosis(id="mine", name="급성 중이염", certainty="suspected", evidence=(), author="physician")
    after = with_entries(draft, (*draft.entries, made), basis, frozenset({"mine"}))
    assert stating(after, "note", "mine") == ["급성 중이염 의심."]
    assert len(stating(after, "summary", "mine")) == 1


def test_the_order_of_diagnoses_is_the_order_of_their_sentences(draft: Draft, basis: Basis) -> None:
    one, other = (entry for entry in draft.entries if isinstance(entry, Diagnosis))
    rest = [entry for entry in draft.entries if not isinstance(entry, Diagnosis)]
    after = reordered(draft, (*rest, other, one), basis)
    told = [s.entries for s in statements(after, "note") if set(s.entries) & {one.id, other.id}]
    assert told == [(other.id,), (one.id,)]


def test_an_implausible_value_is_asked_about_and_saved(draft: Draft, basis: Basis) -> None:
    temperature = first(draft, Vital, "체온")
    after = changed(draft, basis, temperature, value=87.0)
    (flag,) = [flag for flag in after.flags if flag.rule == "implausible"]
    assert flag.is_open
    assert "87 ℃" in str(flag.text)
    assert "30–43 ℃" in str(flag.text)
    mended = changed(after, basis, first(after, Vital, "체온"), value=37.0)
    assert not any(flag.rule == "implausible" for flag in mended.flags)


@pytest.mark.parametrize(
    ("kind", "name", "new", "field", "value"),
    [
        (Vital, "체중", ("23", "24.5"), "value", 24.5),
        (MedicationOrder, "싱귤레어", ("15일분", "30일분"), "duration_days", 30),
        (MedicationOrder, "싱귤레어", ("5 mg", "4 mg"), "dose", None),
        (FollowUp, "", ("2주", "3주"), "in_days", 21),
    ],
)
def test_a_reworded_sentence_is_read_back_into_its_entry(
    draft: Draft, kind: type[Entry], name: str, new: tuple[str, str], field: str, value: object
) -> None:
    entry = first(draft, kind, name)
    (text,) = stating(draft, "note", entry.id)
    read = read_back(entry, text, text.replace(*new), draft.encounter)
    assert read is not None
    got = getattr(read, field)
    assert (got.value if field == "dose" else got) == (4 if field == "dose" else value)
    assert read.id == entry.id


def test_a_denial_is_read_back(draft: Draft) -> None:
    cough = first(draft, Symptom, "가래")
    (text,) = stating(draft, "note", cough.id)
    read = read_back(cough, "가래 없음.", "가래 있음.", draft.encounter)
    assert isinstance(read, Symptom)
    assert (read.status, "가래" in text) == ("present", True)


def test_wording_alone_reads_back_as_nothing(draft: Draft) -> None:
    weight = first(draft, Vital, "체중")
    assert read_back(weight, "체중 23 kg.", "체중은 23 kg임.", draft.encounter) is None


def test_what_was_written_into_entries_is_carried_to_a_new_draft(draft: Draft, basis: Basis) -> None:
    weight = first(draft, Vital, "체중")
    made = Diagnosis(id="mine", name="급성 중이염", certainty="suspected", evidence=(), author="physician")
    mine = with_entries(changed(draft, basis, weight, value=25.5), (*draft.entries, made), basis)
    mine = changed(mine, basis, first(mine, Vital, "체중"), value=25.5)
    moved = {entry.id: f"x{entry.id}" for entry in draft.entries}
    fresh = _renamed(draft, moved)
    after = carry_over(draft, mine, carried(draft, mine, fresh, basis))
    assert first(after, Vital, "체중").value == 25.5
    assert stating(after, "note", moved[weight.id]) == ["체중 25.5 kg."]
    assert stating(after, "summary", moved[weight.id]) == ["체중은 25.5 kg이에요."]
    texts = [s.text for part in PARTS for s in statements(after, part)]
    assert texts.count("급성 중이염 의심.") == 1
    assert texts.count("체중 25.5 kg.") == 1
    assert sum(entry.name == "급성 중이염" for entry in after.entries) == 1


def test_a_draft_nobody_touched_is_carried_as_it_is(draft: Draft, basis: Basis) -> None:
    assert carried(draft, draft, draft, basis) is draft


def _renamed(draft: Draft, names: dict[str, str]) -> Draft:
    """The draft with other ids of its entries, as another drafting may give them."""

    def renamed(sections: tuple[Section, ...]) -> tuple[Section, ...]:
        return tuple(
            replace(
                section,
                statements=tuple(replace(s, entries=tuple(names[e] for e in s.entries)) for s in section.statements),
            )
            for section in sections
        )

    summary = draft.patient_summary
    rows = tuple(replace(row, entry=names[row.entry]) for row in summary.medicines)
    return replace(
        draft,
        entries=tuple(replace(entry, id=names[entry.id]) for entry in draft.entries),
        note=replace(draft.note, sections=renamed(draft.note.sections)),
        patient_summary=replace(summary, sections=renamed(summary.sections), medicines=rows),
        flags=tuple(replace(flag, entries=tuple(names[e] for e in flag.entries)) for flag in draft.flags),
    )


# -- whatever is done to the entries ----------------------------------------------------------------------------------


def steps() -> st.SearchStrategy[list[tuple[str, int, int]]]:
    what = st.sampled_from(["value", "days", "status", "delete", "edit", "certainty", "restore"])
    return st.lists(st.tuples(what, st.integers(0, 60), st.integers(1, 300)), min_size=1, max_size=5)


def stepped(draft: Draft, basis: Basis, base: Draft, step: tuple[str, int, int]) -> Draft:
    what, place, number = step
    if what == "edit":
        told = list(statements(draft, "note"))
        old = told[place % len(told)] if told else None
        return draft if old is None else edited(draft, old.text, f"{old.text.rstrip('.')} {number}.")
    if what == "restore":
        return with_entries(draft, base.entries, basis)
    kinds = {"value": Vital, "days": MedicationOrder, "status": Symptom, "certainty": Diagnosis}
    fitting: list[Entry] = [one for one in draft.entries if isinstance(one, kinds.get(what, object))]
    if not fitting:
        return draft
    entry: Entry = fitting[place % len(fitting)]
    if what == "delete":
        return with_entries(draft, tuple(one for one in draft.entries if one.id != entry.id), basis)
    fields: dict[str, object] = {
        "value": {"value": float(number)},
        "days": {"duration_days": number},
        "status": {"status": ("present", "absent", "resolved")[number % 3]},
        "certainty": {"certainty": ("confirmed", "suspected", "ruled_out")[number % 3]},
    }[what]  # type: ignore[assignment]
    return changed(draft, basis, entry, **fields)


def in_step(draft: Draft, part: Part, statement: Statement) -> bool:
    """Whether the verifier, given what the entries read as in the place of the dialogue, supports the statement."""
    now = wording(draft, draft.entries, confirmed=frozenset(e.id for e in draft.entries), templates=None)
    mine = set(statement.entries)
    told = [t.text for section in now.sections(part) for t in section.statements if mine & set(t.entries)]
    if any("".join(statement.text.split()) == "".join(text.split()) for text in told):
        return True
    text = " ".join(told) or "-"
    said = Transcript(language="ko", utterances=(Utterance(id="u0", speaker="doctor", start=0.0, end=1.0, text=text),))
    evidence = (Evidence(utterance="u0", start=0, end=len(text)),)
    (verdict,) = verify(said, (replace(statement, support="none", evidence=evidence),), draft.entries)
    return verdict.support != "none"


@given(st.sampled_from(NAMES), steps())
@settings(max_examples=40)
def test_after_any_changes_a_sentence_agrees_with_its_entries_or_a_question_names_both(
    name: str, done: list[tuple[str, int, int]]
) -> None:
    base, _ = consultation(name)
    basis = basis_of(name)
    draft = base
    touched: set[str] = set()
    for step in done:
        earlier = draft
        draft = stepped(draft, basis, base, step)
        touched |= {entry.id for entry in draft.entries if entry not in earlier.entries}
        texts = {s.id: s.text for s in statements(earlier, "note")}
        if step[0] == "edit":  # rewording is judged where it is done, before an entry moves
            touched -= {e for s in statements(draft, "note") if texts.get(s.id) != s.text for e in s.entries}
    alive = {entry.id for entry in draft.entries}
    asked = {(entry, s) for flag in draft.flags if flag.is_open for entry in flag.entries for s in flag.statements}
    for part in PARTS:
        for statement in statements(draft, part):
            assert alive.issuperset(statement.entries), "no sentence rests on an entry that is gone"
            for entry in touched & set(statement.entries):
                assert (entry, statement.id) in asked or in_step(draft, part, statement), (entry, statement.text)
