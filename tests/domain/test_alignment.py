"""Evidence keeps pointing at its words while the transcript around them is corrected."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.alignment import Alignment, Moved, text_map
from scribe.domain.entries import Evidence
from scribe.domain.transcript import Correction, Speaker, Transcript, Utterance


def said(*lines: str | tuple[str, str], speaker: Speaker = "patient") -> Transcript:
    """Each line an utterance u0, u1, …, or with the id that it is given."""
    named = [(f"u{index}", line) if isinstance(line, str) else line for index, line in enumerate(lines)]
    return Transcript(
        language="ko",
        utterances=tuple(
            Utterance(id=name, speaker=speaker, start=float(index), end=index + 1.0, text=text)
            for index, (name, text) in enumerate(named)
        ),
    )


def moved(before: Transcript, after: Transcript, quote: str, utterance: str = "u0") -> Moved:
    source = before.utterance(utterance)
    assert source is not None
    start = source.text.index(quote)
    return Alignment(before, after).moved(Evidence(utterance=utterance, start=start, end=start + len(quote)))


def words(after: Transcript, result: Moved) -> list[tuple[str, str]]:
    texts = {one.id: one.text for one in after.utterances}
    return [(item.utterance, texts[item.utterance][item.start : item.end]) for item in result.evidence]


@pytest.mark.parametrize(
    ("old", "new", "quote", "stands", "shift"),
    [
        ("기침이 나고 목이 아파요", "기침이 좀 나고 목이 아파요", "목이 아파요", "목이 아파요", None),
        ("오백 밀리 드세요", "이백오십 밀리 드세요", "오백 밀리", "이백오십 밀리", "words"),
        ("아스피린를 먹고 나서요", "아스피린을 먹고 나서요", "아스피린", "아스피린", None),
        ("목이 아파요", "목이 안 아파요", "아파요", "아파요", "words"),
        ("목이 안 아파요", "목이 아파요", "아파요", "아파요", "words"),
        ("목이 안 아파요", "목이 아파요", "목이 안 아파요", "목이 아파요", "words"),
        ("혈압은 백사십에 구십입니다", "혈압은 백사십에 구십이에요", "백사십에 구십", "백사십에 구십", None),
        ("네 기침이 나요", "네 기치미 나요", "기침이", "기치미", "words"),
    ],
)
def test_one_correction(old: str, new: str, quote: str, stands: str, shift: str | None) -> None:
    after = said(new)
    result = moved(said(old), after, quote)
    assert (words(after, result), result.shift) == ([("u0", stands)], shift)


@pytest.mark.parametrize(
    ("old", "new", "quote", "change"),
    [
        ("오백 밀리 드세요", "이백오십 밀리 드세요", "오백 밀리", "오백 → 이백오십"),
        ("목이 아파요", "목이 안 아파요", "아파요", "아파요 → 안 아파요"),
        ("목이 안 아파요", "목이 아파요", "목이 안 아파요", "안 아파요 → 아파요"),
        ("목이 아파요", "목이 아파요 안", "아파요", " → 안".strip()),
    ],
)
def test_a_change_is_told_in_few_words(old: str, new: str, quote: str, change: str) -> None:
    assert moved(said(old), said(new), quote).change.strip() == change


def test_words_that_are_gone_leave_nothing() -> None:
    result = moved(said("기침이 나요", "네"), said("", "네"), "기침이")
    assert (result.evidence, result.shift) == ((), "words")


def test_an_utterance_that_is_split_takes_its_evidence_along() -> None:
    before, after = (
        said("어디가 아프세요 목이 아파요", "네"),
        said("어디가 아프세요", ("u2", "목이 아파요"), ("u1", "네")),
    )
    result = moved(before, after, "목이 아파요")
    assert (words(after, result), result.shift) == ([("u2", "목이 아파요")], None)
    across = moved(before, after, "아프세요 목이")
    assert (words(after, across), across.shift) == ([("u0", "아프세요"), ("u2", "목이")], None)


def test_words_that_another_speaker_said_are_not_the_same() -> None:
    before, after = said("어디가 아프세요 목이 아파요"), said("어디가 아프세요", ("u2", "목이 아파요"))
    after = replace(after, utterances=(after.utterances[0], replace(after.utterances[1], speaker="guardian")))
    assert moved(before, after, "목이 아파요").shift == "speaker"
    assert moved(before, after, "어디가").shift is None


def test_utterances_that_are_merged_keep_their_evidence() -> None:
    before, after = said("목이", "아파요", "네"), said("목이 아파요", ("u2", "네"))
    assert words(after, moved(before, after, "아파요", "u1")) == [("u0", "아파요")]
    assert moved(before, after, "아파요", "u1").shift is None
    assert moved(before, after, "네", "u2").shift is None


def test_an_added_utterance_disturbs_no_neighbour() -> None:
    before, after = said("목이 아파요", "네"), said("목이 아파요", ("u9", "안"), ("u1", "네"))
    assert moved(before, after, "아파요").shift is None
    assert moved(before, after, "네", "u1").shift is None


def test_what_is_excluded_is_no_ground_any_more() -> None:
    before = said("목이 아파요")
    after = replace(before, utterances=(replace(before.utterances[0], excluded=True),))
    assert moved(before, after, "목이").shift == "excluded"
    assert moved(after, before, "목이").shift == "excluded"


def test_a_term_that_is_read_otherwise_changes_what_rests_on_it() -> None:
    term = Correction(start=0, end=4, written="노바스크", score=0.9)
    before = said("노바스끄 드세요")
    proposed = replace(before, utterances=(replace(before.utterances[0], corrections=(term,)),))
    confirmed, undone = (proposed.decided("u0", 0, state) for state in ("confirmed", "undone"))
    assert moved(proposed, confirmed, "노바스끄").shift is None
    assert moved(proposed, undone, "노바스끄").shift == "reading"
    assert moved(proposed, undone, "드세요").shift is None


TEXT = st.text(alphabet="가나다 라마", min_size=1, max_size=14).filter(str.strip)


@given(st.lists(TEXT, min_size=1, max_size=4), st.data())
def test_what_counts_as_unchanged_reads_the_same_and_everything_points_into_the_text(
    lines: list[str], data: st.DataObject
) -> None:
    before = said(*lines)
    after = said(*(data.draw(st.one_of(st.just(line), TEXT)) for line in lines))
    which = data.draw(st.sampled_from(before.utterances))
    start = data.draw(st.integers(0, len(which.text) - 1))
    item = Evidence(utterance=which.id, start=start, end=data.draw(st.integers(start + 1, len(which.text))))
    result = Alignment(before, after).moved(item)
    texts = {one.id: one.text for one in after.utterances}
    assert all(item.end <= len(texts[item.utterance]) for item in result.evidence)
    if result.shift is None:
        quoted = which.text[item.start : item.end].split()
        assert [word for _, piece in words(after, result) for word in piece.split()] == quoted


@given(TEXT, TEXT)
def test_matched_characters_are_equal_and_in_order(old: str, new: str) -> None:
    found = [(at, place) for at, place in enumerate(text_map(old, new).places) if place is not None]
    assert all(old[at] == new[place] for at, place in found)
    assert [place for _, place in found] == sorted({place for _, place in found})


def test_what_has_not_changed_is_not_touched() -> None:
    before, after = said("가", "나", "다"), said("가", "마", "다")
    assert Alignment(before, after).touched == {"u1"}
    assert Alignment(before, before).touched == frozenset()
