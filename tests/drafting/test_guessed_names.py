"""A name that was only guessed never goes out unmarked: from the recogniser's words to the draft's flags."""

from dataclasses import replace

import pytest

from scribe.domain.entries import Entry
from scribe.domain.formats import read_draft, write_draft
from scribe.domain.note import Draft
from scribe.drafting.draft import draft
from tests.drafting.speech import talk, visit


def recognised(*lines: str) -> Draft:
    said = talk(*lines)
    heard = replace(said, utterances=tuple(replace(one, confidence=0.8) for one in said.utterances))
    return read_draft(write_draft(draft(heard, visit())), "draft.json")


def named(found: Draft, name: str) -> Entry:
    (entry,) = [entry for entry in found.entries if entry.name.split("(")[0] == name]
    return entry


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        ("d 노바스끄 오 밀리 하루 한 번 삼십 일 치 드릴게요.", "노바스크", "노바스끄"),
        ("d 메트폴민 오백 밀리 하루 두 번 드세요.", "메트포르민", "메트폴민"),
        ("d 감상선 기능 저하증이에요.", "갑상선 기능 저하증", "감상선 기능 저하증"),
    ],
)
def test_a_guess_is_a_question_to_the_physician(line: str, name: str, said: str) -> None:
    found = recognised(line)
    entry = named(found, name)
    sure = named(recognised(line.replace(said, name)), name)
    assert entry.confidence is not None
    assert sure.confidence is not None
    assert entry.confidence < sure.confidence
    texts = [flag.text for flag in found.flags if flag.entries == (entry.id,)]
    assert [text for text in texts if text.startswith("확인 필요") and f"‘{said}’ → {name}" in text]


def test_what_was_heard_as_it_is_raises_no_question() -> None:
    found = recognised("d 노바스크 오 밀리 하루 한 번 삼십 일 치 드릴게요.")
    entry = named(found, "노바스크")
    assert not [flag for flag in found.flags if "→" in flag.text and entry.id in flag.entries]


def test_a_guessed_dose_is_asked_about_too() -> None:
    found = recognised("d 아세트아미노펜 오백 밀리리터 하루 세 번 삼 일 치 드릴게요.")
    entry = named(found, "아세트아미노펜")
    assert [flag.text for flag in found.flags if entry.id in flag.entries and flag.text.startswith("확인 필요")]
