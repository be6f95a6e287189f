"""Corrupted statements: what the rules make, and how much of it the verifier catches."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from evaluation.corruptions import CLASSES, Told
from evaluation.gold import Case, case_files, read_case
from evaluation.mutations import MutationFigures, SourceFigures, measure, mutants
from scribe.domain.encounter import Encounter
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.draft import draft

FOLDER = (Path(__file__).resolve().parents[2] / "../shared/cases").resolve()
SAID = (
    "기침이 나고 열이 났어요. 왼쪽 무릎이 아파요. 두통은 없어요. 혈압 백삼십에 팔십이에요. "
    "아세트아미노펜 오백 밀리 하루 세 번 사흘 드릴게요. 아버지가 당뇨세요. 폐렴이 의심돼요."
)


def corrupted(kind: str, text: str) -> list[str]:
    return sorted(set(CLASSES[kind](text, Told(SAID, text))) - {text})


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("dose", "아세트아미노펜 500 mg 1일 3회.", "아세트아미노펜 1000 mg 1일 3회."),
        ("measurement", "혈압 130/80 mmHg.", "혈압 150/80 mmHg."),
        ("measurement", "당화혈색소 7.8%.", "당화혈색소 8.8%."),
        ("unit", "아세트아미노펜 500 mg.", "아세트아미노펜 500 g."),
        ("frequency", "아세트아미노펜 500 mg 1일 3회.", "아세트아미노펜 500 mg 1일 2회."),
        ("length of time", "아세트아미노펜 3일분.", "아세트아미노펜 6일분."),
        ("time", "어제부터 기침.", "그저께부터 기침."),
        ("polarity", "두통 없음.", "두통 있음."),
        ("polarity", "기침, 발열.", "기침 없음, 발열."),
        ("polarity", "Murphy sign (-).", "Murphy sign (+)."),
        ("side", "왼쪽 무릎 통증.", "오른쪽 무릎 통증."),
        ("person", "가족력: 아버지 당뇨병.", "과거력: 당뇨병."),
        ("action", "암로디핀 5 mg 유지.", "암로디핀 5 mg 중단."),
        ("certainty", "폐렴 의심.", "폐렴."),
        ("rejected as real", "항생제는 쓰지 않음.", "항생제 처방."),
        ("hypothetical as real", "호흡곤란 시 응급실.", "호흡곤란 있음."),
    ],
)
def test_each_class_changes_one_thing(kind: str, text: str, expected: str) -> None:
    assert expected in corrupted(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("frequency", "기침."),
        ("dose", "혈압 130/80 mmHg."),
        ("side", "기침."),
        ("action", "기침 시작."),
        ("person", "기침."),
    ],
)
def test_a_class_that_does_not_apply_makes_nothing(kind: str, text: str) -> None:
    assert corrupted(kind, text) == []


def test_what_is_invented_was_not_said() -> None:
    text = "기침, 두통, 아세트아미노펜 500 mg 1일 3회."
    for kind in ("drug", "invented symptom", "invented drug"):
        new = {word.strip(",.") for one in corrupted(kind, text) for word in one.split()} - {"1일", "2회"}
        assert new - {word.strip(",.") for word in text.split()}
        assert not any(word in SAID for word in new - {word.strip(",.") for word in text.split()})


def test_the_seed_decides_the_mutants() -> None:
    statements = [Statement(id="s0", text="아세트아미노펜 500 mg 1일 3회 3일, 이부프로펜 400 mg 1일 2회 5일.")]
    made = [[m.statement.text for m in mutants(statements, Told(SAID), seed=seed)] for seed in (0, 0, 1)]
    assert made[0] == made[1] != made[2]
    kinds = [m.kind for m in mutants(statements, Told(SAID))]
    assert max(kinds.count(kind) for kind in kinds) == 2


def _case(note: str) -> Case:
    utterance = Utterance(id="u0", speaker="patient", start=0, end=1, text=SAID)
    return Case(
        id="x",
        transcript=Transcript(language="ko", utterances=(utterance,)),
        encounter=Encounter(id="x", start=datetime(2026, 9, 14, tzinfo=UTC)),
        chief_complaint="",
        entries=(),
        traps=(),
        claims=(),
        note=(note,),
    )


def test_figures_count_alarms_and_catches_by_source() -> None:
    case = _case("기침, 발열. 두통 없음. 객혈 있음.")
    figures = measure([(case, draft(case.transcript, case.encounter))])
    gold = next(one for one in figures.sources if one.source == "gold")
    assert (gold.judged, gold.alarms) == (3, ("객혈 있음.",))
    assert gold.false_alarm_rate == pytest.approx(1 / 3)
    assert gold.made > 0
    assert figures.seconds_per_note is not None
    sources = figures.as_json()["sources"]
    assert isinstance(sources, dict)
    assert set(sources) == {"draft", "draft_text", "gold"}


@lru_cache
def _dev() -> MutationFigures:
    cases = [read_case(file.read_bytes(), file.name) for file in case_files(FOLDER)]
    return measure((case, draft(case.transcript, case.encounter)) for case in cases)


def _source(name: str) -> SourceFigures:
    return next(one for one in _dev().sources if one.source == name)


needs_dev_cases = pytest.mark.skipif(
    not list(FOLDER.glob("*.json")), reason="the dev cases (../shared/cases) are not beside the repository"
)
LIMITS = {"draft": (0.95, 0.05), "draft_text": (0.90, 0.06), "gold": (0.88, 0.05)}


@needs_dev_cases
@pytest.mark.parametrize("source", LIMITS)
def test_the_dev_cases_are_guarded(source: str, record_property) -> None:  # type: ignore[no-untyped-def]
    recall, alarms = LIMITS[source]
    one = _source(source)
    record_property("recall", one.recall)
    record_property("false_alarm_rate", one.false_alarm_rate)
    assert one.recall is not None
    assert one.recall >= recall, [text for each in one.classes for text in each.missed]
    assert one.false_alarm_rate is not None
    assert one.false_alarm_rate <= alarms, one.alarms
