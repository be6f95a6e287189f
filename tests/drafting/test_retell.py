"""A signed summary in the other language: composed anew from the signed entries, or left in its own words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scribe.demo.bundled import bundled_encounter, case_file, encounter_of
from scribe.domain.formats import read_transcript
from scribe.domain.note import Draft
from scribe.domain.summary import PatientSummary
from scribe.drafting.draft import draft
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.retell import Retold, retell


@pytest.fixture(scope="module")
def drafted() -> Draft:
    transcript = read_transcript(case_file().read_bytes(), "consultation.json")
    return draft(transcript, encounter_of(bundled_encounter(), "visit", datetime(2026, 11, 16, 1, tzinfo=UTC)))


def told(drafted: Draft, language: str, summary: PatientSummary | None = None) -> Retold:
    return retell(summary or drafted.patient_summary, drafted.entries, drafted.encounter, language)


def texts(summary: PatientSummary) -> list[str]:
    return [statement.text for section in summary.sections for statement in section.statements]


def test_every_sentence_that_was_composed_is_told_in_english(drafted: Draft) -> None:
    english = told(drafted, "en")
    assert english.untold == frozenset()
    assert "Take acetaminophen 500 mg 3 times a day, 30 minutes after meals for 3 days." in texts(english.summary)
    assert english.summary.sections[0].title == "Today at a glance"
    assert english.summary.medicines[0].relation_to_meal == "30 minutes after meals"
    assert [s.id for x in english.summary.sections for s in x.statements] == [
        s.id for x in drafted.patient_summary.sections for s in x.statements
    ]


def test_told_back_it_is_what_was_signed(drafted: Draft) -> None:
    back = told(drafted, "ko", told(drafted, "en").summary)
    assert back.untold == frozenset()
    assert texts(back.summary) == texts(drafted.patient_summary)
    assert back.summary.medicines == drafted.patient_summary.medicines


def test_what_the_physician_wrote_stays_in_their_words_and_is_named(drafted: Draft) -> None:
    first, *rest = drafted.patient_summary.sections
    own = replace(first.statements[0], text="목이 부은 것은 며칠이면 가라앉아요.", support="edited")
    signed = replace(drafted.patient_summary, sections=(replace(first, statements=(own,)), *rest))
    english = told(drafted, "en", signed)
    assert english.untold == {own.id}
    assert texts(english.summary)[0] == own.text
    assert english.original == "ko"


def test_a_row_that_was_changed_by_hand_stays_as_it_was_signed(drafted: Draft) -> None:
    first, *rest = drafted.patient_summary.medicines
    changed = replace(first, morning="반 알")
    signed = replace(drafted.patient_summary, medicines=(changed, *rest))
    english = told(drafted, "en", signed)
    assert english.untold == {first.entry}
    assert english.summary.medicines[0] == changed


def test_the_same_language_is_the_summary_itself(drafted: Draft) -> None:
    assert told(drafted, "ko").summary is drafted.patient_summary


def test_there_is_no_third_language(drafted: Draft) -> None:
    with pytest.raises(UnknownLanguageError, match="fr"):
        told(drafted, "fr")
