from dataclasses import replace

from scribe.domain.note import Draft, Flag
from scribe.domain.transcript import Transcript
from scribe.web.review.draft_view import flag_views, open_items, section_views


def test_each_statement_shows_its_mark_and_quotes(draft: Draft, transcript: Transcript) -> None:
    sections = section_views(draft, transcript, "note")
    shown = {s.id: s for section in sections for s in section.statements}
    assert [shown[name].mark for name in ("s0", "s4", "s9")] == ["●", "◐", "○"]
    assert [quote.text for quote in shown["s1"].quotes] == ["숨이 차거나 가슴이 아프지는", "그런 건 없어요"]
    assert [quote.letter for quote in shown["s1"].quotes] == ["의", "환"]


def test_one_letter_titles_are_explained(draft: Draft, transcript: Transcript) -> None:
    assert [section.what for section in section_views(draft, transcript, "note")] == [
        "주관적 호소", "객관적 소견", "평가", "계획",
    ]  # fmt: skip
    assert {section.what for section in section_views(draft, transcript, "summary")} == {""}


def test_open_are_unsupported_statements_and_conflicts(draft: Draft) -> None:
    items = open_items(draft)
    assert (items.statements, items.flags, items.count) == ((("note", "s9"),), (0,), 2)


def test_the_verifiers_reason_stands_beside_the_statement(draft: Draft, transcript: Transcript) -> None:
    reasoned = replace(draft, flags=(Flag(kind="unsupported", text="대화에 없는 내용입니다.", statements=("s9",)),))
    shown = {s.id: s.reason for section in section_views(reasoned, transcript, "note") for s in section.statements}
    assert (shown["s9"], shown["s0"]) == ("대화에 없는 내용입니다.", "")
    assert shown["s4"], "a partly supported statement says that something lacks"


def test_danger_comes_first_and_unsupported_is_left_to_the_marks(draft: Draft, transcript: Transcript) -> None:
    flagged = replace(draft, flags=(*draft.flags, Flag(kind="red_flag", entries=("e0",))))
    views = flag_views(flagged, transcript)
    assert [view.kind for view in views] == ["red_flag", "conflict", "missing"]
    assert (views[0].text, views[0].index, views[0].open) == ("기침", 3, True)
    assert [row.name for row in views[1].about] == ["체온"]


def test_an_utterance_named_by_id_is_shown_by_its_time(draft: Draft, transcript: Transcript) -> None:
    flagged = replace(draft, flags=(Flag(kind="missing", text="미분류 발화 u22: 확인하세요. u999"),))
    (view,) = flag_views(flagged, transcript)
    assert view.text == "미분류 발화 1:47: 확인하세요. u999"
    assert [quote.text for quote in view.quotes] == [transcript.utterances[22].text]
