"""Habits of writing: what is observed, what is learnt from it, and that no rule changes a fact."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.demo.bundled import bundled_encounter, case_file, encounter_of
from scribe.domain.formats import read_transcript
from scribe.domain.note import Draft, NoteContent
from scribe.domain.statement import Statement
from scribe.domain.style import DefaultTemplate, Observation, SectionOrder, Share, StyleRule, Wording
from scribe.domain.transcript import Transcript
from scribe.drafting.draft import draft
from scribe.drafting.verify import verify
from scribe.signing import content_of
from scribe.style import checked_wording, edit_shares, learn, observe, preferred_template, restyle
from scribe.style.rules import EmptyRuleError, FactInRuleError, NumberInRuleError, SameWordsError, StyleRuleError


@cache
def consultation() -> tuple[Transcript, Draft]:
    transcript = read_transcript(case_file().read_bytes(), "consultation.json")
    return transcript, draft(
        transcript, encounter_of(bundled_encounter(), "enc-1", datetime(2026, 11, 16, 1, tzinfo=UTC))
    )


def edited(made: Draft, statement_id: str, text: str) -> NoteContent:
    content = content_of(made)
    sections = tuple(
        replace(
            section,
            statements=tuple(
                replace(s, text=text, support="edited") if s.id == statement_id else s for s in section.statements
            ),
        )
        for section in content.sections
    )
    return replace(content, sections=sections)


def statements(made: Draft) -> list[Statement]:
    return [statement for section in made.note.sections for statement in section.statements]


def rule(habit: Wording | SectionOrder | DefaultTemplate, name: str = "r1") -> StyleRule:
    return StyleRule(id=name, habit=habit, state="active", origin="learnt")


def seen(*replaced: Wording, drafted: tuple[str, ...] = (), template: str = "soap") -> Observation:
    return Observation(
        template=template, setting="outpatient", replaced=replaced, drafted=drafted, order=("S",), drafted_order=("S",)
    )


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("", "기침", EmptyRuleError),
        ("기침", " 기침. ", SameWordsError),
        ("3일 전", "사흘 전", NumberInRuleError),
        ("발열 없음", "발열", FactInRuleError),
        ("우측 무릎", "무릎", FactInRuleError),
        ("의심", "확진", FactInRuleError),
        ("복용 유지", "복용", FactInRuleError),
        ("denies fever", "fever", FactInRuleError),
        ("가" * 41, "나", EmptyRuleError),
    ],
)
def test_an_exchange_that_could_change_a_fact_is_no_rule(before: str, after: str, error: type[StyleRuleError]) -> None:
    with pytest.raises(error):
        checked_wording(before, after)


def test_another_word_for_the_same_is_a_rule() -> None:
    assert checked_wording(" 소견  없음.", "특이소견 없음") == Wording(before="소견 없음", after="특이소견 없음")


@pytest.mark.parametrize(
    ("before", "after"),
    [("기침", "두통"), ("급성 인두염", "급성 기관지염"), ("노바스크", "타이레놀"), ("어머니", "아버지"),
     ("아침", "저녁"), ("흉통", "복통"), ("고혈압", "저혈압"),
     ("아스피린", "페니실린"), ("자주", "가끔"), ("없음", "있음")],
)  # fmt: skip
def test_an_edit_that_changes_a_fact_is_not_observed(before: str, after: str) -> None:
    transcript, made = consultation()
    chosen = next(s for s in statements(made) if before in s.text)
    kept = observe(made, edited(made, chosen.id, chosen.text.replace(before, after)), transcript)
    assert kept.replaced == ()
    assert chosen.text in kept.drafted


@pytest.mark.parametrize(
    ("before", "after"),
    [("빨갛게 부음", "발적"), ("콧물", "비루"), ("심전도", "ECG"), ("재진", "재방문"), ("교육", "설명")],
)
def test_another_name_is_observed_and_learnt_from_three_consultations(before: str, after: str) -> None:
    transcript, made = consultation()
    chosen = next(s for s in statements(made) if before in s.text)
    found = observe(made, edited(made, chosen.id, chosen.text.replace(before, after)), transcript)
    wording = Wording(before=before, after=after)
    assert found.replaced == (wording,)
    assert learn([found, found]) == ()
    assert learn([found] * 3) == ((wording, 3),)
    assert learn([found] * 3, known=[wording]) == ()
    assert learn([found] * 3, known=[Wording(before=after, after=before)]) == ()
    styled = restyle(made, transcript, [rule(wording)])
    assert styled.applied["r1"] >= 1
    assert after in next(s.text for s in statements(styled.draft) if s.id == chosen.id)


def test_what_was_left_alone_as_often_is_no_habit() -> None:
    wording = Wording(before="호소함", after="호소")
    changed, left = seen(wording, drafted=("두통 호소함.",)), seen(drafted=("기침 호소함.",))
    assert learn([changed] * 3 + [left]) == ((wording, 3),)
    assert learn([changed] * 3 + [left] * 3) == ()


def test_the_order_of_sections_and_the_template_of_a_setting_are_learnt() -> None:
    moved = replace(seen(), order=("A", "S"), drafted_order=("S", "A"))
    assert learn([moved] * 3) == ((SectionOrder(template="soap", sections=("A", "S")), 3),)
    ward = seen(template="ward_round")
    assert learn([ward] * 5) == ((DefaultTemplate(setting="outpatient", template="ward_round"), 5),)
    assert learn([ward] * 4) == ()
    assert preferred_template([rule(DefaultTemplate(setting="outpatient", template="ward_round"))], "outpatient")
    assert preferred_template([], "outpatient") is None


def test_a_rule_is_used_on_whole_words_only() -> None:
    transcript, made = consultation()
    text = next(s for s in statements(made) if s.support == "supported")
    word = text.text.rstrip(".").split()[-1]
    inside = rule(Wording(before=word[1:], after="것"))
    assert len(word) > 1
    assert restyle(made, transcript, [inside]).draft.note == made.note


def test_order_is_followed_and_nothing_is_lost() -> None:
    transcript, made = consultation()
    codes = tuple(section.code for section in made.note.sections)
    styled = restyle(made, transcript, [rule(SectionOrder(template=made.note.template, sections=(codes[-1],)))])
    assert [section.code for section in styled.draft.note.sections] == [codes[-1], *codes[:-1]]
    assert styled.applied == {"r1": 1}
    other = restyle(made, transcript, [rule(SectionOrder(template="ward_round", sections=(codes[-1],)))])
    assert other.draft == made


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_rule_changes_what_a_draft_rests_on(data: st.DataObject) -> None:
    """Whatever words are exchanged: entries, evidence, support and flags stay, and the verifier still agrees."""
    transcript, made = consultation()
    words = sorted({word.strip(".,()") for s in statements(made) for word in s.text.split()} - {""})
    pair = st.tuples(st.sampled_from(words), st.sampled_from([*words, "호소", "소견임", "경과 관찰", "URI"]))
    rules = []
    for number, (before, after) in enumerate(data.draw(st.lists(pair, min_size=1, max_size=4))):
        try:
            rules.append(rule(checked_wording(before, after), f"r{number}"))
        except StyleRuleError:
            continue
    styled = restyle(made, transcript, rules).draft
    assert replace(styled, note=made.note) == made
    before_by_id = {s.id: s for s in statements(made)}
    for now in statements(styled):
        assert replace(now, text="") == replace(before_by_id[now.id], text="")
        if now.text != before_by_id[now.id].text:
            [verdict] = verify(transcript, [now], made.entries, encounter=made.encounter)
            assert verdict.support == now.support


def test_shares_count_every_piece_once() -> None:
    _, made = consultation()
    first, second, *_ = statements(made)
    content = edited(made, first.id, "다른 말.")
    sections = tuple(
        replace(section, statements=tuple(s for s in section.statements if s.id != second.id))
        for section in content.sections
    )
    own = Statement(id="own", text="의사의 말.", support="edited")
    sections = (replace(sections[0], statements=(*sections[0].statements, own)), *sections[1:])
    found = edit_shares(made, replace(content, sections=sections, entries=content.entries[1:]))
    total = len(statements(made))
    assert found.note == Share(kept=total - 2, edited=1, deleted=1, added=1)
    assert found.entries == Share(kept=len(made.entries) - 1, deleted=1)
    assert (found.summary.edited, found.summary.deleted, found.summary.added) == (0, 0, 0)
    assert found.note.drafted == total
    assert (found.note + found.note).kept == 2 * (total - 2)
