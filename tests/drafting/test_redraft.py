"""A corrected transcript makes stale what rests on the changed words; rewriting touches that and nothing else."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scribe.demo.bundled import bundled_encounter, case_file, encounter_of
from scribe.domain import correcting
from scribe.domain.entries import MedicationOrder
from scribe.domain.formats import read_draft, read_transcript, transcript_sha256, write_draft
from scribe.domain.note import Draft, Flag
from scribe.domain.rewriting import StaleChoice
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.draft import draft
from scribe.drafting.redraft import (
    Redrafted,
    drop_offer,
    is_unread,
    keep_stale,
    mark_stale,
    redraft,
    stale_flags,
    statements_of,
    take_offer,
)
from scribe.drafting.verify import verify

EVERYTHING = StaleChoice(everything=True)
ENCOUNTER = encounter_of(bundled_encounter(), "encounter-1", datetime(2026, 11, 16, 1, 0, tzinfo=UTC))


@cache
def spoken() -> Transcript:
    return read_transcript(case_file().read_bytes(), "consultation.json")


@cache
def drafted() -> Draft:
    return draft(spoken(), ENCOUNTER)


def corrected(utterance: str, old: str, new: str, transcript: Transcript | None = None) -> Transcript:
    said = (transcript or spoken()).utterance(utterance)
    assert said is not None
    assert old in said.text
    return correcting.rewritten(transcript or spoken(), utterance, said.text.replace(old, new))


def rewritten(
    before: Draft, after: Transcript, choice: StaleChoice = EVERYTHING, baseline: Draft | None = None
) -> Redrafted:
    numbers = itertools.count()
    marked = mark_stale(before, spoken(), after)
    base = mark_stale(baseline or drafted(), spoken(), after)
    return redraft(marked, base, draft(after, ENCOUNTER), after, choice, lambda: f"n{next(numbers)}")


def named(text: str, of: Draft) -> Statement:
    return next(statement for statement in statements_of(of) if text in statement.text)


def texts(of: Draft) -> list[str]:
    return [statement.text for statement in statements_of(of)]


def edited(before: Draft, change: Callable[[Statement], Statement | None]) -> Draft:
    """The draft as a physician left it."""
    sections = tuple(
        replace(s, statements=tuple(new for one in s.statements if (new := change(one)) is not None))
        for s in before.note.sections
    )
    return replace(before, note=replace(before.note, sections=sections))


def test_a_corrected_dose_makes_stale_what_tells_the_dose_and_nothing_else() -> None:
    after = corrected("u22", "오백", "이백오십")
    marked = mark_stale(drafted(), spoken(), after)
    named_stale = [texts for flag in stale_flags(marked) for texts in flag.statements]
    assert named_stale == [named("아세트아미노펜 500 mg 1일", marked).id, named("아세트아미노펜 500 mg을", marked).id]
    assert {(flag.rule, flag.text) for flag in stale_flags(marked)} == {("words", "오백 → 이백오십")}
    assert texts(marked) == texts(drafted())
    assert is_unread(marked)
    assert marked.transcript_sha256 == transcript_sha256(after)
    assert read_draft(write_draft(marked), "D.json") == marked


def test_rewriting_replaces_the_dose_everywhere_it_is_told() -> None:
    result = rewritten(drafted(), corrected("u22", "오백", "이백오십"))
    assert (result.rewritten, result.removed, result.offered) == (2, 0, 0)
    order = next(e for e in result.draft.entries if isinstance(e, MedicationOrder) and e.name == "아세트아미노펜")
    assert order.dose is not None
    assert order.dose.value == 250
    assert next(row for row in result.draft.patient_summary.medicines if row.entry == order.id).morning == "250 mg"
    told = [text for text in texts(result.draft) if "아세트아미노펜" in text]
    assert all("250 mg" in text for text in told)
    assert len(told) == 2
    assert any(flag.rule == "dose_range" for flag in result.draft.flags)
    assert stale_flags(result.draft) == ()
    assert not is_unread(result.draft)


def test_what_the_dialogue_no_longer_tells_goes() -> None:
    result = rewritten(drafted(), correcting.excluded(spoken(), ["u13"], out=True))
    assert (result.rewritten, result.removed) == (0, 1)
    assert not any("아스피린" in text for text in texts(result.draft))
    assert not any(entry.name.startswith("아스피린") for entry in result.draft.entries)


def test_a_statement_that_loses_one_of_its_facts_keeps_the_others() -> None:
    result = rewritten(drafted(), corrected("u1", "기침이", "가래가"))
    told = texts(result.draft)
    assert "주호소: 인후통, 발열." in told
    assert "사흘 전부터 인후통." in told
    assert len(told) == len(texts(drafted()))


def test_another_speaker_makes_what_they_said_stale() -> None:
    marked = mark_stale(drafted(), spoken(), spoken().relabelled({"u1": "guardian"}))
    assert {flag.rule for flag in stale_flags(marked)} == {"speaker"}
    assert {s for flag in stale_flags(marked) for s in flag.statements} >= {named("사흘 전부터 기침", marked).id}


def test_new_facts_are_offered_and_not_forced() -> None:
    result = rewritten(drafted(), correcting.added(spoken(), "u1", "patient", "그리고 설사도 어제부터 했어요."))
    assert texts(result.draft) == texts(drafted())
    (offer,) = result.draft.offers
    assert [entry.name for entry in offer.entries] == ["설사"]
    taken = take_offer(result.draft, offer.id)
    assert named("설사", taken).entries == (offer.entries[0].id,)
    assert taken.offers == ()
    assert [text for text in texts(taken) if "설사" not in text] == texts(drafted())
    assert drop_offer(result.draft, offer.id).entries == drafted().entries
    with pytest.raises(KeyError):
        take_offer(taken, offer.id)


def test_an_offered_prescription_brings_its_row_and_its_questions() -> None:
    more = "아스피린도 드릴게요. 백 밀리그램을 하루 한 번 아침에 칠 일 동안 드세요."
    result = rewritten(drafted(), correcting.added(spoken(), "u24", "doctor", more))
    offer = next(o for o in result.draft.offers if any(isinstance(e, MedicationOrder) for e in o.entries))
    taken = take_offer(result.draft, offer.id)
    order = next(e for e in taken.entries if isinstance(e, MedicationOrder) and "아스피린" in e.name)
    assert order.id in {row.entry for row in taken.patient_summary.medicines}
    allergy = next(flag for flag in taken.flags if flag.rule == "allergy")
    assert order.id in allergy.entries
    assert {*allergy.entries} <= {entry.id for entry in taken.entries}


def test_what_a_physician_wrote_is_rewritten_only_by_name() -> None:
    mine = edited(
        drafted(),
        lambda s: replace(s, text="아세트아미노펜 500 mg 처방함.", support="edited") if "500 mg 1일" in s.text else s,
    )
    after = corrected("u22", "오백", "이백오십")
    swept = rewritten(mine, after).draft
    statement = named("처방함", swept)
    assert statement.support == "edited"
    assert [flag.statements for flag in stale_flags(swept)] == [(statement.id,)]
    asked = rewritten(mine, after, StaleChoice(statements=frozenset({statement.id}))).draft
    assert not any("처방함" in text for text in texts(asked))
    assert named("아세트아미노펜 250 mg 1일 3회", asked).id == statement.id


def test_what_was_struck_does_not_come_back() -> None:
    cough = next(entry.id for entry in drafted().entries if entry.name.startswith("기침"))
    sore = named("사흘 전부터 기침", drafted())
    struck = edited(
        replace(drafted(), entries=tuple(e for e in drafted().entries if e.id != cough)),
        lambda s: (
            replace(s, text="사흘 전부터 인후통.", entries=tuple(e for e in s.entries if e != cough))
            if s.id == sore.id
            else (None if cough in s.entries else s)
        ),
    )
    result = rewritten(struck, corrected("u1", "목이 아파요", "목이 많이 아파요"))
    assert not any(entry.name.startswith("기침") for entry in result.draft.entries)
    assert not any("기침" in s.text for section in result.draft.note.sections for s in section.statements)
    assert not result.draft.offers


def test_a_grid_row_that_a_physician_changed_stays_and_is_questioned() -> None:
    summary = drafted().patient_summary
    rows = (replace(summary.medicines[0], evening=None), *summary.medicines[1:])
    mine = replace(drafted(), patient_summary=replace(summary, medicines=rows))
    result = rewritten(mine, corrected("u22", "오백", "이백오십")).draft
    assert result.patient_summary.medicines[0] == rows[0]
    assert any(flag.rule == "grid_entry" and flag.is_open for flag in result.flags)


def test_keeping_is_decided_one_by_one_and_the_mark_tells_what_the_words_say() -> None:
    after = corrected("u22", "오백", "이백오십")
    marked = mark_stale(drafted(), spoken(), after)
    line = named("아세트아미노펜 500 mg 1일", marked)
    kept = keep_stale(marked, after, StaleChoice(statements=frozenset({line.id})))
    now = named("아세트아미노펜 500 mg 1일", kept)
    assert (now.support, now.acknowledged, now.text) == ("none", True, line.text)
    assert [flag.statements for flag in stale_flags(kept)] == [(named("500 mg을", kept).id,)]
    decided = [flag.decision for flag in kept.flags if flag.is_stale]
    assert sorted(decision or "" for decision in decided) == ["", "kept"]


def test_a_kept_statement_is_questioned_once_its_entry_is_rewritten() -> None:
    after = corrected("u22", "오백", "이백오십")
    marked = mark_stale(drafted(), spoken(), after)
    line = named("아세트아미노펜 500 mg 1일", marked)
    kept = keep_stale(marked, after, StaleChoice(statements=frozenset({line.id})))
    result = redraft(kept, kept, draft(after, ENCOUNTER), after, EVERYTHING, lambda: "n")
    asked = [flag for flag in result.draft.flags if flag.rule == "statement_entry"]
    assert [flag.statements for flag in asked] == [(line.id,)]


def test_a_denial_that_slips_in_is_noticed_though_the_words_stand() -> None:
    after = corrected("u19", "폐 소리는 깨끗해요", "폐 소리는 안 깨끗해요")
    marked = mark_stale(drafted(), spoken(), after)
    assert named("폐 소리", marked).id in {name for flag in stale_flags(marked) for name in flag.statements}


def test_correcting_again_keeps_how_the_words_first_were() -> None:
    once = corrected("u22", "오백", "이백오십")
    twice = corrected("u22", "이백오십", "삼백", once)
    marked = mark_stale(mark_stale(drafted(), spoken(), once), once, twice)
    assert {flag.text for flag in stale_flags(marked)} == {"오백 → 이백오십"}
    assert len(stale_flags(marked)) == 2
    assert [flag for flag in marked.flags if flag.kind == "stale" and not flag.is_stale] == [
        Flag(kind="stale", rule="unread")
    ]


def test_a_transcript_that_did_not_change_changes_nothing() -> None:
    assert mark_stale(drafted(), spoken(), spoken()) is drafted()


WORDS = st.sampled_from(["아니", "안", "오백", "두 번", "왼쪽", "기침", "설사도", "어머니가", "네", "당뇨", "했어요"])


@st.composite
def corrections(draw: st.DrawFn) -> Transcript:
    """One or two utterances with a word replaced, added or taken away, one excluded or given to another speaker."""
    after = spoken()
    for said in draw(st.lists(st.sampled_from(after.utterances[1:]), min_size=1, max_size=2, unique=True)):
        tokens = said.text.split()
        at = draw(st.integers(0, len(tokens) - 1))
        what = draw(st.sampled_from(["replace", "insert", "drop", "exclude", "relabel"]))
        if what == "exclude":
            after = correcting.excluded(after, [said.id], out=True)
        elif what == "relabel":
            after = after.relabelled({said.id: draw(st.sampled_from(["guardian", "doctor", "patient"]))})
        else:
            new = [] if what == "drop" else [draw(WORDS)]
            tokens[at : at if what == "insert" else at + 1] = new
            after = correcting.rewritten(after, said.id, " ".join(tokens) or "네")
    return after


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(corrections(), st.integers(0, 40))
def test_untouched_statements_stay_to_the_byte_and_all_evidence_is_there(after: Transcript, own: int) -> None:
    lines = list(statements_of(drafted()))
    mine = edited(
        drafted(),
        lambda s: replace(s, text=s.text + " 확인함.", support="edited") if s.id == lines[own % len(lines)].id else s,
    )
    marked = mark_stale(mine, spoken(), after)
    stale = {name for flag in stale_flags(marked) for name in flag.statements}
    result = rewritten(mine, after)
    now = {s.id: s for s in statements_of(result.draft)}

    untouched = [s for s in statements_of(marked) if s.id not in stale]
    assert [now[s.id] for s in untouched] == untouched
    own_lines = [s for s in statements_of(marked) if s.support == "edited"]
    assert [replace(now[s.id], entries=()) for s in own_lines] == [replace(s, entries=()) for s in own_lines]
    before = {s.id: s.text for s in statements_of(mine)}
    assert all(s.text == before[s.id] for s in (*untouched, *own_lines))
    order = [s.id for s in statements_of(mine) if s.id in now]
    assert [s.id for s in statements_of(result.draft) if s.id in set(order)] == order

    said = {one.id: one.text for one in after.utterances}
    offered = [entry for offer in result.draft.offers for entry in offer.entries]
    for holder in (*statements_of(result.draft), *result.draft.entries, *offered):
        assert all(item.end <= len(said[item.utterance]) for item in holder.evidence)
    entries = {entry.id for entry in result.draft.entries}
    assert all(set(s.entries) <= entries for s in now.values())
    assert {row.entry for row in result.draft.patient_summary.medicines} <= entries

    open_stale = {name for flag in stale_flags(result.draft) for name in flag.statements}
    clean = [s for s in now.values() if s.support == "supported" and s.id not in open_stale]
    verdicts = verify(after, clean, result.draft.entries)
    assert [v.support for v in verdicts] == ["supported"] * len(clean)
    assert read_draft(write_draft(result.draft), "D.json") == result.draft
