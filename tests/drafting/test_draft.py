"""From transcript to a draft that is ready for review."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Diagnosis, Evidence, MedicationOrder, RedFlag, Symptom
from scribe.domain.formats import read_draft, transcript_sha256, write_draft
from scribe.domain.note import Draft, Flag
from scribe.domain.transcript import Recognizer, Speaker, Transcript, Utterance
from scribe.drafting.draft import draft
from scribe.drafting.errors import EmptyTranscriptError, UnknownTemplateError
from scribe.drafting.extract import Conflict, Reading, Retracted, Unread
from tests.drafting.gold import every_case, load, traps

ENCOUNTER = Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC))
LINES: tuple[tuple[Speaker, str], ...] = (
    ("doctor", "어디가 불편하세요?"),
    ("patient", "그저께부터 기침이 나고요, 가슴이 쥐어짜듯 아파요."),
    ("doctor", "급성 기관지염이에요. 암로디핀 십 밀리, 아니 오 밀리 하루 한 번 드세요."),
)


def said(lines: tuple[tuple[Speaker, str], ...] = LINES) -> Transcript:
    return Transcript(
        language="ko",
        recognizer=Recognizer(engine="faster-whisper", model="whisper-base"),
        utterances=tuple(
            Utterance(id=f"u{index}", speaker=speaker, start=float(index), end=index + 1.0, text=text)
            for index, (speaker, text) in enumerate(lines)
        ),
    )


def words(utterance: int, part: str) -> Evidence:
    start = LINES[utterance][1].index(part)
    return Evidence(utterance=f"u{utterance}", start=start, end=start + len(part))


COUGH = Symptom(
    id="e0", name="기침", status="present", onset="그저께부터", evidence=(words(1, "그저께부터 기침이 나고요"),)
)


def drafted(reading: Reading) -> Draft:
    return draft(said(), ENCOUNTER, reader=lambda *_: reading)


def flags(made: Draft, kind: str) -> list[Flag]:
    return [flag for flag in made.flags if flag.kind == kind]


def test_silence_makes_no_draft() -> None:
    with pytest.raises(EmptyTranscriptError, match="no speech"):
        draft(said((("unknown", "  "),)), ENCOUNTER)
    with pytest.raises(EmptyTranscriptError):
        draft(said(()), ENCOUNTER)


def test_what_a_person_excluded_is_not_drafted_from() -> None:
    spoken = said((*LINES, ("doctor", "그런데 저희 어머니가 대상포진이셨어요. 대상포진 예방접종 하세요.")))
    aside = replace(spoken, utterances=(*spoken.utterances[:3], replace(spoken.utterances[3], excluded=True)))
    assert "대상포진" in write_draft(draft(spoken, ENCOUNTER)).decode()
    left = draft(aside, ENCOUNTER)
    assert "대상포진" not in write_draft(left).decode()
    assert left.transcript_sha256 == transcript_sha256(aside)
    with pytest.raises(EmptyTranscriptError):
        draft(replace(aside, utterances=aside.utterances[3:]), ENCOUNTER)


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(UnknownTemplateError):
        draft(said(), ENCOUNTER, template="sop")


def test_the_draft_says_what_made_it_and_from_what() -> None:
    made = draft(said(), ENCOUNTER)
    assert (made.drafter.name, made.drafter.version) == ("evidence", version("clinical-scribe"))
    assert (made.drafter.recognizer, made.drafter.language_model) == ("whisper-base", None)
    assert made.transcript_sha256 == transcript_sha256(said())
    assert made == draft(said(), ENCOUNTER)
    assert read_draft(write_draft(made), "d.json") == made


def test_nothing_unsupported_slips_in_unmarked() -> None:
    invented = replace(COUGH, id="e1", name="각혈", onset=None, severity="3회")
    made = drafted(Reading(entries=(COUGH, invented)))
    supports = {statement.text: statement.support for statement in made.note.sections[0].statements}
    assert supports == {"그저께부터 기침.": "supported", "각혈(3회).": "none"}
    marked = {statement for flag in flags(made, "unsupported") for statement in flag.statements}
    open_statements = {
        statement.id
        for part in (made.note, made.patient_summary)
        for section in part.sections
        for statement in section.statements
        if statement.support != "supported"
    }
    assert marked == open_statements
    assert "3회" in (flags(made, "unsupported")[0].text or "")


def test_only_the_fact_in_doubt_is_marked_and_not_its_company() -> None:
    line = "열은 없고 기침이 나요."
    transcript = said((("doctor", "열은 없으세요?"), ("patient", line)))
    here = Evidence(utterance="u1", start=0, end=5)
    there = Evidence(utterance="u1", start=6, end=len(line))
    denied = Symptom(id="e0", name="발열", status="absent", evidence=(here,))
    turned = Symptom(id="e1", name="기침", status="absent", evidence=(there,))
    made = draft(transcript, ENCOUNTER, reader=lambda *_: Reading(entries=(denied, turned)))
    assert [(one.text, one.support) for one in made.note.sections[0].statements] == [
        ("발열 없음.", "supported"),
        ("기침 없음.", "none"),
    ]


def test_danger_signs_contradictions_and_corrections_are_flagged() -> None:
    danger = RedFlag(id="e1", name="쥐어짜는 흉통", evidence=(words(1, "가슴이 쥐어짜듯 아파요"),))
    order = MedicationOrder(
        id="e2", name="암로디핀", action="start", evidence=(words(2, "암로디핀 십 밀리, 아니 오 밀리"),)
    )
    made = drafted(
        Reading(
            entries=(COUGH, danger, order),
            conflicts=(Conflict("기침", words(1, "기침이 나고요"), words(1, "아파요")),),
            retracted=(Retracted("십 밀리", words(2, "십 밀리"), words(2, "오 밀리")),),
        )
    )
    asked = "확인 필요: 위험 신호 – 쥐어짜는 흉통. 평가와 조치를 확인하셨습니까?"
    assert flags(made, "red_flag") == [Flag(kind="red_flag", rule="red_flag", text=asked, entries=("e1",))]
    contradiction, correction = flags(made, "conflict")
    assert contradiction.entries == ("e0",)
    assert contradiction.text is not None
    assert "‘기침이 나고요’ / ‘아파요’" in contradiction.text
    assert correction.text == "확인 필요: ‘십 밀리’를 ‘오 밀리’로 고쳐 말했습니다. 나중 말이 맞습니까?"
    assert correction.entries == ("e2",)


def test_what_is_missing_is_asked_for() -> None:
    order = MedicationOrder(id="e1", name="암로디핀", action="start", route="oral", evidence=(words(2, "암로디핀"),))
    kept = replace(order, id="e2", name="리피토", action="continue")
    disease = Diagnosis(
        id="e3", name="급성 기관지염", certainty="confirmed", evidence=(words(2, "급성 기관지염이에요"),)
    )
    made = drafted(Reading(entries=(order, kept, disease), unread=(Unread("u1", "symptom"),)))
    assert [(flag.text, flag.entries) for flag in flags(made, "missing")] == [
        ("확인 필요: 암로디핀의 용량·복용 횟수·처방 일수가 대화에 없습니다. 얼마입니까?", ("e1",)),
        ("확인 필요: 급성 기관지염의 진단 코드를 찾지 못했습니다. 어떤 코드입니까?", ("e3",)),
        ("미분류 발화 u1: 증상이 나오지만 정리하지 못한 말입니다.", ()),
    ]


@every_case
def test_cases_are_drafted_without_traps_and_with_every_statement_judged(path) -> None:  # type: ignore[no-untyped-def]
    transcript, encounter, _, _ = load(path)
    made = draft(transcript, encounter)
    statements = [
        statement
        for part in (made.note, made.patient_summary)
        for section in part.sections
        for statement in section.statements
    ]
    assert statements
    assert all(statement.evidence and statement.entries for statement in statements)
    supported = sum(statement.support == "supported" for statement in statements)
    assert supported / len(statements) >= 0.8
    whole = json.dumps([statement.text for statement in statements], ensure_ascii=False)
    assert [trap for trap in traps(path) if trap in whole] == []
    assert read_draft(write_draft(made), "d.json") == made
