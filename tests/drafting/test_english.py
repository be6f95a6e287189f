"""Note and patient summary in English: the same statements, the same numbers, nothing translated by guess."""

import re
from datetime import UTC, datetime

import pytest

from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.entries import (
    Advice,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    FollowUp,
    History,
    MedicationOrder,
    ReturnPrecaution,
    Symptom,
    Vital,
)
from scribe.domain.formats import read_draft, write_draft
from scribe.domain.statement import Section, Statement
from scribe.drafting.compose import compose
from scribe.drafting.draft import draft
from scribe.drafting.english_names import english, known_english
from scribe.drafting.english_phrases import duration, frequency, onset, reading, relative
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.lexicon import DiagnosisRow, MedicineRow, ProcedureRow, SymptomRow, rows
from scribe.drafting.lexicon import TestRow as Tests
from scribe.drafting.patient import summarise
from tests.drafting.gold import every_case, load

VISIT = Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC))
HERE = (Evidence(utterance="u1", start=0, end=5),)
_COUNTED = {"once a day": "1 times a day", "twice a day": "2 times a day", "once a week": "1 times a week"}


def statements(sections: tuple[Section, ...]) -> list[Statement]:
    return [statement for section in sections for statement in section.statements]


def numbers(text: str, names: list[str]) -> list[str]:
    """The numbers told, without those that are part of a name ("24시간 심전도") and the day in "1일 3회"."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE) if name else text
    for words, digits in _COUNTED.items():
        text = text.replace(words, digits)
    text = re.sub(r"\bonce\b", "1", text)
    text = re.sub(r"1일 (?=\d+(?:[.–-]\d+)?회)", "", text)
    return sorted(re.findall(r"(?<![A-Za-z\d.])\d+(?:[.,]\d+)*(?![A-Za-z\d])", text))


@every_case
def test_both_renderings_tell_the_same_numbers_of_the_same_entries(path) -> None:  # type: ignore[no-untyped-def]
    transcript, encounter, _, _ = load(path)
    korean = draft(transcript, encounter)
    other = draft(transcript, encounter, rendering="en")
    names = [name for entry in korean.entries for name in (entry.name, english(entry.name))]
    for mine, theirs in ((korean.note, other.note), (korean.patient_summary, other.patient_summary)):
        pairs = list(zip(statements(mine.sections), statements(theirs.sections), strict=True))
        assert pairs
        for one, two in pairs:
            assert (one.id, one.entries, one.evidence, one.support) == (two.id, two.entries, two.evidence, two.support)
            assert two.text
    assert other.patient_summary.language == "en"
    assert [row.entry for row in other.patient_summary.medicines] == [
        row.entry for row in korean.patient_summary.medicines
    ]
    for one, two in zip(statements(korean.note.sections), statements(other.note.sections), strict=True):
        kinds = {entry.kind for entry in korean.entries if entry.id in one.entries}
        if kinds <= {"vital", "lab_result", "medication_order", "medication_statement", "test_order"}:
            assert numbers(one.text, names) == numbers(two.text, names), (one.text, two.text)
    assert read_draft(write_draft(other), "d.json") == other


def test_what_has_no_english_name_stays_quoted_and_is_said_to_be_korean() -> None:
    assert known_english("무슨무슨 느낌") is None
    assert english("무슨무슨 느낌") == "“무슨무슨 느낌” (Korean as said)"
    assert english("인후통") == "sore throat"
    assert english("왼쪽 무릎 통증") == "left knee pain"
    assert english("노바스크") == "amlodipine (“노바스크”)"
    assert english("일반혈액검사(CBC)") == "complete blood count (CBC)"
    assert english("CT") == "CT"


@pytest.mark.parametrize("table", [SymptomRow, DiagnosisRow, MedicineRow, Tests, ProcedureRow])
def test_the_lexicons_have_english_names(table) -> None:  # type: ignore[no-untyped-def]
    terms = [row.term for row in rows(table)]
    named = [term for term in terms if known_english(term)]
    assert len(named) / len(terms) >= 0.93


@pytest.mark.parametrize(
    ("korean", "expected"),
    [
        ("1일 3회 식후 30분", "3 times a day, 30 minutes after meals"),
        ("1일 1회 아침 식후", "once a day, after breakfast"),
        ("1일 2회 아침저녁", "twice a day, in the morning and evening"),
        ("1일 1회 자기 30분 전", "once a day, 30 minutes before bedtime"),
        ("필요시", "as needed"),
        ("6시간마다", "every 6 hours"),
        ("주 1–2회 아침", "1–2 times a week, in the morning"),
        ("1회", "once"),
        ("1일 2회 뭐라뭐라", "twice a day, “뭐라뭐라” (Korean as said)"),
    ],
)
def test_frequencies(korean: str, expected: str) -> None:
    assert frequency(korean) == expected


def test_times_findings_and_relatives() -> None:
    assert onset("그저께부터") == "since the day before yesterday"
    assert onset("3일 전부터") == "since 3 days ago"
    assert onset("어제 밤부터") == "since last night"
    assert onset("추석 쇠고부터") == "“추석 쇠고부터” (Korean as said)"
    assert duration("3개월") == "3 months"
    assert duration("1일") == "1 day"
    assert reading("38 Cel") == "38 ℃"
    assert reading("부종 없음") == "no swelling"
    assert relative("보호자의 이모") == "the guardian's maternal aunt"


def test_a_note_in_english() -> None:
    entries: list[Entry] = [
        Symptom(id="e0", name="기침", status="present", onset="어제부터", evidence=HERE),
        Symptom(id="e1", name="발열", status="absent", evidence=HERE),
        History(id="e2", name="심근경색", category="family", status="present", detail="아버지, 55세에", evidence=HERE),
        Vital(id="e3", name="수축기혈압", value=140, unit="mm[Hg]", evidence=HERE),
        Vital(id="e4", name="이완기혈압", value=90, unit="mm[Hg]", evidence=HERE),
        Diagnosis(id="e5", name="폐렴", certainty="suspected", evidence=HERE),
        MedicationOrder(
            id="e6",
            name="아목시실린",
            action="start",
            dose=Dose(value=500, unit="mg"),
            frequency="1일 3회 식후",
            times_per_day=3,
            duration_days=7,
            evidence=HERE,
        ),
        FollowUp(id="e7", name="재진", when="1주 뒤", in_days=7, evidence=HERE),
        ReturnPrecaution(id="e8", name="숨이 차면 응급실", evidence=HERE),
        Advice(id="e9", name="국물 식혀 먹기", evidence=HERE),
    ]
    note = compose(entries, VISIT, language="en")
    told = [statement.text for statement in statements(note.sections)]
    assert told[:2] == ["Cough (since yesterday).", "No fever."]
    assert "Blood pressure 140/90 mmHg." in told
    assert "Suspected pneumonia." in told
    assert "Amoxicillin 500 mg 3 times a day, after meals for 7 days (start)" in told
    assert "Follow-up: return in 1 week." in told
    assert "Advice: “국물 식혀 먹기” (Korean as said)." in told
    (warning,) = [text for text in told if text.startswith("Return precautions")]
    assert "shortness of breath: go to the emergency department" in warning
    assert "“숨이 차면 응급실” (Korean as said)" in warning


def test_a_denied_sign_is_not_turned_into_its_opposite() -> None:
    warning = ReturnPrecaution(id="e0", name="혈당이 안 높아도 토하면 응급실", evidence=HERE)
    (statement,) = statements(compose([warning], VISIT, language="en").sections)
    assert "hyperglycemia" not in statement.text
    assert "혈당이 안 높아도" in statement.text


def test_a_summary_in_english_names_who_checks_it() -> None:
    cough = Symptom(id="e0", name="기침", status="present", evidence=HERE)
    physician = Encounter(id="enc", start=VISIT.start, practitioner=Practitioner(name="김의사"))
    summary = summarise([cough], physician, "en")
    assert [section.title for section in summary.sections] == ["Why you came"]
    assert summary.notice is not None
    assert "AI" in summary.notice
    assert "김의사" in summary.notice
    assert summary.readability is None


def test_other_renderings_are_refused() -> None:
    transcript, encounter, _, _ = load(next(iter(every_case.args[1])))
    with pytest.raises(UnknownLanguageError, match="fr"):
        draft(transcript, encounter, rendering="fr")
