"""Spoken findings come out in the nominal style of a chart, and lose nothing but particles and endings."""

import re
from datetime import UTC, datetime

import pytest

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Evidence, History
from scribe.drafting.charting import charted
from scribe.drafting.compose import compose


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("폐 소리는 깨끗해요", "폐 소리 깨끗함"),
        ("목이 빨갛게 부었네요.", "목 빨갛게 부음"),
        ("심음은 규칙적이고 잡음 없고", "심음 규칙적이고 잡음 없음"),
        ("다리 부종은 없고요", "다리 부종 없음"),
        ("배는 부드러워요", "배 부드러움"),
        ("정상이에요", "정상"),
        ("하루에 한 갑 피우세요", "하루에 한 갑 피움"),
    ],
)
def test_the_last_predicate_becomes_nominal(spoken: str, written: str) -> None:
    assert charted(spoken) == written


@pytest.mark.parametrize("written", ["압통 없음", "양쪽 5/5", "하루 10개비", "35도에서 양성", "없음"])
def test_what_is_nominal_already_stays_as_it_is(written: str) -> None:
    assert charted(written) == written


@pytest.mark.parametrize(
    "spoken", ["왼쪽 안 부었고 오른쪽 38.5도예요", "5 mg 두 알 못 먹었어요", "V4R에서 ST가 안 올라갔네요"]
)
def test_numbers_negation_and_sides_are_kept(spoken: str) -> None:
    kept = re.findall(r"\d+(?:\.\d+)?|왼쪽|오른쪽|안 |못 ", spoken)
    assert all(word in charted(spoken) for word in kept)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("코, 편도 안 커지 이었고, 삼출물도 없네요.", "코, 편도 안 커지 이었고, 삼출물도 없음"),
        ("목젖도 보 여요 발적했어요", "목젖도 보 여요 발적함"),
        ("그렇게 심하진 않으실 거예요", "그렇게 심하진 않으실 거예요"),
        ("숨소리가 거칠어졌네요", "숨소리 거칠어짐"),
    ],
)
def test_misheard_words_before_the_last_predicate_stay_as_they_were_heard(heard: str, written: str) -> None:
    assert charted(heard) == written


def test_a_habit_is_not_named_twice() -> None:
    entry = History(
        id="e0",
        name="음주(술)",
        category="social",
        status="present",
        detail="술은 일주일에 한 번 마셔요",
        evidence=(Evidence(utterance="u0", start=0, end=15),),
    )
    note = compose((entry,), Encounter(id="x", start=datetime(2026, 9, 14, tzinfo=UTC)))
    texts = [statement.text for section in note.sections for statement in section.statements]
    assert len(texts) == 1
    assert "일주일에 한 번" in texts[0]
    assert texts[0].count("음주") == 1
    assert texts[0].count("술") == 1
