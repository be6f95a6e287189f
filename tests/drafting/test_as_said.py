"""An entry's name carries the words that its term stands for, where they differ."""

from scribe.drafting.draft import draft
from scribe.drafting.extract.as_said import as_said
from tests.drafting.speech import reading, talk, visit


def _names(*lines: str) -> list[str]:
    found = reading(*lines)
    return [entry.name for entry in as_said(found.entries, found.said)]


def test_the_words_stand_beside_the_term() -> None:
    assert _names("p 입이 바짝바짝 말라요.") == ["입마름(입이 바짝바짝 말라요)"]


def test_words_that_are_the_term_are_not_said_twice() -> None:
    assert _names("p 기침이 나요.") == ["기침"]


def test_note_and_summary_keep_to_the_term() -> None:
    made = draft(talk("p 입이 바짝바짝 말라요."), visit())
    assert [entry.name for entry in made.entries] == ["입마름(입이 바짝바짝 말라요)"]
    texts = [
        s.text for part in (made.note, made.patient_summary) for section in part.sections for s in section.statements
    ]
    assert not any("(입이" in text for text in texts)
