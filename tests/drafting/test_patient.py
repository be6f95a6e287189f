"""What the patient takes home."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scribe.domain.encounter import Encounter, Patient
from scribe.domain.entries import (
    Advice,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    FollowUp,
    History,
    LabResult,
    MedicationOrder,
    ReturnPrecaution,
    Symptom,
    Vital,
)
from scribe.domain.entries import TestOrder as Test
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.grid import medicine
from scribe.drafting.lay import lay_terms
from scribe.drafting.particles import with_particle
from scribe.drafting.patient import summarise
from scribe.drafting.requests import request
from tests.drafting.gold import every_case, load, traps

ENCOUNTER = Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC))
CHILD = replace(ENCOUNTER, patient=Patient(name="아이", sex="male", birth_date=date(2024, 11, 5)))
HERE = (Evidence(utterance="u1", start=0, end=5),)


def order(**fields: object) -> MedicationOrder:
    known: dict[str, object] = {
        "id": "e0",
        "name": "아세트아미노펜",
        "action": "start",
        "route": "oral",
        "evidence": HERE,
    }
    return MedicationOrder(**{**known, **fields})  # type: ignore[arg-type]


def texts(entries: list[Entry], section: str, encounter: Encounter = ENCOUNTER) -> list[str]:
    summary = summarise(entries, encounter)
    return [statement.text for found in summary.sections if found.code == section for statement in found.statements]


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("약", "을", "약을"),
        ("검사", "을", "검사를"),
        ("40 mg", "을", "40 mg을"),
        ("5 mL", "은", "5 mL는"),
        ("CT", "을", "CT를"),
        ("PHQ-9", "은", "PHQ-9는"),
        ("104/62", "이에", "104/62예"),
        ("118/76", "이에", "118/76이에"),
        ("1,350", "이에", "1,350이에"),
        ("2.9", "이에", "2.9예"),
        ("1000 mg", "으로", "1000 mg으로"),
        ("4알", "으로", "4알로"),
        ("7.8%", "이에", "7.8%예"),
        ("급성 장염(장에 생긴 염증)", "이에", "급성 장염(장에 생긴 염증)이에"),
        ("CBC(피검사)", "을", "CBC(피검사)를"),
    ],
)
def test_particles_follow_the_last_sound(word: str, particle: str, expected: str) -> None:
    assert with_particle(word, particle) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ("천천히 일어나기", "천천히 일어나세요."),
        ("무거운 것 들지 않기", "무거운 것 들지 마세요."),
        ("물 많이 들기", "물 많이 드세요."),
        ("졸리면 운전 금지", "졸리면 운전은 하지 마세요."),
        ("정오 이후 커피 금지", "정오 이후 커피는 피하세요."),
        ("타이레놀 중복 복용 금지", "타이레놀은 함께 드시지 마세요."),
        ("로페라미드 복용 금지", "로페라미드는 드시지 마세요."),
        ("갑각류 회피", "갑각류를 피하세요."),
        ("세파 계열 평생 회피", "세파 계열은 평생 피하세요."),
        ("움직이지 말 것", "움직이지 마세요."),
        ("긁지 않기, 찬 수건 대기", "긁지 마세요. 찬 수건 대세요."),
        ("알레르기 카드", "꼭 기억하세요: 알레르기 카드."),
        ("생백신은 안 됨", "생백신은 안 돼요."),
        ("수유해도 됨", "수유해도 돼요."),
        ("며칠은 쉬어야 돼", "며칠은 쉬어야 해요."),
        ("오늘은 금식입니다", "오늘은 금식이에요."),
        ("손톱은 짧게", "손톱은 짧게 하세요."),
        ("하루 삼십 분 걷기", "하루 삼십 분 걸으세요."),
        ("설명 듣기", "설명 들으세요."),
        ("바늘로 따지도 말기", "바늘로 따지도 마세요."),
    ],
)
def test_advice_becomes_a_request(advice: str, expected: str) -> None:
    assert request(advice) == expected


def test_the_grid_fills_what_the_order_says_and_nothing_else() -> None:
    three = medicine(
        order(dose=Dose(value=1, unit="정"), frequency="1일 3회 식후 30분", times_per_day=3, duration_days=3)
    )
    assert three is not None
    assert (three.morning, three.noon, three.evening, three.bedtime) == ("1정", "1정", "1정", None)
    assert (three.relation_to_meal, three.days) == ("식후 30분", 3)
    twice = medicine(order(dose=Dose(value=60, unit="mg"), frequency="1일 2회", times_per_day=2))
    assert twice is not None
    assert {twice.morning, twice.noon, twice.evening, twice.bedtime} == {None}
    both = medicine(order(dose=Dose(value=500, unit="mg"), frequency="1일 2회 아침저녁", times_per_day=2))
    assert both is not None
    assert (both.morning, both.noon, both.evening) == ("500 mg", None, "500 mg")
    night = medicine(order(frequency="1일 1회 자기 30분 전", times_per_day=1))
    assert night is not None
    assert (night.morning, night.bedtime) == (None, "1회분")
    needed = medicine(order(dose=Dose(value=8, unit="mg"), frequency="필요시 아침"))
    assert needed is not None
    assert needed.morning is None


def test_what_is_stopped_or_given_once_is_in_no_grid() -> None:
    assert medicine(order(action="stop")) is None
    assert medicine(order(route="intravenous", frequency="1회")) is None
    assert medicine(order(frequency="1회 (부하용량)")) is None


def test_orders_in_plain_words() -> None:
    started = order(dose=Dose(value=650, unit="mg"), frequency="1일 3회 식후 30분", times_per_day=3, duration_days=3)
    kept = replace(
        started, id="e1", name="암로디핀", action="continue", frequency="1일 1회 아침 식후", duration_days=28
    )
    raised = replace(
        started, id="e2", name="글루코파지", action="change", dose=Dose(value=1000, unit="mg"), duration_days=90
    )
    stopped = replace(started, id="e3", name="이부프로펜", action="stop")
    between = replace(started, id="e4", name="스멕타", dose=Dose(value=1, unit="포"), frequency="1일 3회 식간")
    assert texts([started, kept, raised, stopped, between], "medicines") == [
        "아세트아미노펜 650 mg을 하루 3번 식후 30분에 3일 동안 드세요.",
        "암로디핀 650 mg은 지금처럼 하루 1번 아침 식후에 28일 동안 드세요.",
        "글루코파지 1000 mg으로 바꿔서 하루 3번 식후 30분에 90일 동안 드세요.",
        "이부프로펜은 이제 드시지 마세요.",
        "스멕타 1포를 하루 3번 식사와 식사 사이에 3일 동안 드세요.",
    ]
    assert texts([started], "medicines", CHILD) == ["아세트아미노펜 650 mg을 하루 3번 식후 30분에 3일 동안 먹이세요."]


def test_denied_ruled_out_and_relatives_diseases_are_never_told() -> None:
    entries: list[Entry] = [
        Symptom(id="e0", name="기침", status="present", evidence=HERE),
        Symptom(id="e1", name="흉통", status="absent", evidence=HERE),
        Symptom(id="e2", name="구토", status="resolved", evidence=HERE),
        Diagnosis(id="e3", name="폐렴", certainty="ruled_out", evidence=HERE),
        Diagnosis(id="e4", name="천식", certainty="suspected", evidence=HERE),
        History(id="e5", name="위암", category="family", status="present", detail="아버지", evidence=HERE),
    ]
    summary = summarise(entries, ENCOUNTER)
    whole = "\n".join(statement.text for section in summary.sections for statement in section.statements)
    assert "기침 증상으로 오셨어요." in whole
    assert re.search(r"천식\([^)]+\)이 의심돼요\.", whole)
    assert not re.search("흉통|가슴|구토|토하|폐렴|위암|아버지", whole)


def test_results_visits_and_warnings_in_plain_words() -> None:
    entries: list[Entry] = [
        Vital(id="e0", name="수축기혈압", value=158, unit="mm[Hg]", evidence=HERE),
        Vital(id="e1", name="이완기혈압", value=96, unit="mm[Hg]", evidence=HERE),
        LabResult(id="e2", name="당화혈색소", value=7.8, unit="%", evidence=HERE),
        Test(id="e3", name="심전도", evidence=HERE),
        Advice(id="e4", name="저염식", evidence=HERE),
        FollowUp(id="e5", name="재진", when="4주 뒤", in_days=28, evidence=HERE),
        FollowUp(id="e6", name="열이 지속되면 재진", when="3일 뒤에도 열이 안 떨어지면", in_days=3, evidence=HERE),
        ReturnPrecaution(id="e7", name="호흡곤란 시 즉시 내원", evidence=HERE),
        ReturnPrecaution(id="e8", name="38도 넘는 발열 또는 오한 시 응급실", evidence=HERE),
        ReturnPrecaution(id="e9", name="흉통 시 119, 응급실", evidence=HERE),
        ReturnPrecaution(id="e10", name="어지럼, 실신감 시 119", evidence=HERE),
    ]
    assert texts(entries, "findings")[0] == "오늘 혈압은 158/96이에요."
    assert re.fullmatch(r"당화혈색소\([^)]+\)는 7.8%예요\.", texts(entries, "findings")[1])
    following = texts(entries, "next")
    assert re.fullmatch(r"심전도\([^)]+\)를 해요\.", following[0])
    assert following[1:] == ["4주 뒤에 다시 오세요.", "3일 뒤에도 열이 안 떨어지면 다시 오세요."]
    assert texts(entries, "warning") == [
        "숨이 차면 바로 오세요.",
        "38도 넘는 열이 나거나 몸이 떨리고 추우면 바로 응급실로 가세요.",
        "가슴이 아프면 바로 119를 부르거나 응급실로 가세요.",
        "어지럽거나 쓰러질 것 같으면 바로 119를 부르세요.",
    ]


@every_case
def test_summaries_of_cases_are_short_plain_and_keep_every_number(path) -> None:  # type: ignore[no-untyped-def]
    _, encounter, entries, _ = load(path)
    summary = summarise(entries, encounter)
    statements = [statement for section in summary.sections for statement in section.statements]
    assert all(statement.entries and statement.evidence for statement in statements)
    whole = "\n".join(statement.text for statement in statements)
    assert [trap for trap in traps(path) if trap in whole] == []
    assert summary.readability is not None
    assert summary.readability.mean_sentence_eojeol <= 8
    assert summary.readability.longest_sentence_eojeol <= 15
    for entry in entries:
        if isinstance(entry, MedicationOrder) and entry.dose is not None and entry.action != "stop":
            told = [statement.text for statement in statements if entry.id in statement.entries]
            assert any(f"{entry.dose.value:g}" in text and entry.name in text for text in told)


def test_sections_stand_in_the_order_that_patients_read() -> None:
    entries: list[Entry] = [
        Symptom(id="e0", name="기침", status="present", evidence=HERE),
        Vital(id="e1", name="체온", value=37.8, unit="Cel", evidence=HERE),
        Diagnosis(id="e2", name="폐렴", certainty="confirmed", evidence=HERE),
        order(id="e3", times_per_day=3, frequency="1일 3회"),
        Test(id="e4", name="심전도", evidence=HERE),
        ReturnPrecaution(id="e5", name="호흡곤란 시 즉시 내원", evidence=HERE),
        Advice(id="e6", name="저염식", evidence=HERE),
    ]
    summary = summarise(entries, ENCOUNTER)
    assert [section.title for section in summary.sections] == [
        "오늘 진료 한눈에",
        "왜 오셨나요",
        "확인한 것",
        "약 드시는 방법",
        "집에서 하실 일",
        "검사와 다음 방문",
        "이럴 때는 바로 연락하세요",
    ]
    assert summary.notice is not None
    assert "AI" in summary.notice
    assert "의사" in summary.notice


def test_what_the_physician_must_confirm_is_not_told_as_certain() -> None:
    doubtful = order(dose=Dose(value=500, unit="mg"), frequency="1일 3회", times_per_day=3, duration_days=3)
    summary = summarise([doubtful], ENCOUNTER, unconfirmed=frozenset({"e0"}))
    (section,) = summary.sections
    (statement,) = section.statements
    assert statement.text == "아세트아미노펜은 아직 확인이 필요해요. 의사에게 확인한 뒤에 쓰세요."
    (row,) = summary.medicines
    assert (row.morning, row.noon, row.evening, row.days) == (None, None, None, None)
    assert row.to_confirm == "의사 확인 전이에요"


def test_the_grid_names_what_the_order_leaves_open() -> None:
    twice = medicine(order(dose=Dose(value=60, unit="mg"), frequency="1일 2회", times_per_day=2))
    unknown = medicine(order())
    complete = medicine(order(dose=Dose(value=60, unit="mg"), frequency="1일 3회 식후", times_per_day=3))
    needed = medicine(order(dose=Dose(value=60, unit="mg"), frequency="필요시"))
    assert twice is not None
    assert unknown is not None
    assert complete is not None
    assert needed is not None
    assert twice.to_confirm == "하루 2번, 먹는 시간 확인 필요"
    assert unknown.to_confirm == "먹는 양, 먹는 횟수 확인 필요"
    assert (complete.to_confirm, needed.to_confirm) == (None, None)


def test_a_drip_is_no_medicine_to_take_home() -> None:
    assert medicine(order(name="옥살리플라틴", route=None)) is None


def test_the_last_condition_of_a_warning_is_kept() -> None:
    warning = ReturnPrecaution(id="e0", name="숨 쉴 때 가슴이 쑥 들어가면 119", evidence=HERE)
    assert texts([warning], "warning") == ["숨 쉴 때 가슴이 쑥 들어가면 바로 119를 부르세요."]


def test_the_lexicons_sentence_adds_no_number_that_nobody_said() -> None:
    exercise = Advice(id="e0", name="규칙적인 운동", evidence=HERE)
    salt = Advice(id="e1", name="저염식", evidence=HERE)
    first, second = texts([exercise, salt], "advice")
    assert "30" not in first
    assert second == "음식을 싱겁게 드세요."


def test_nothing_is_said_twice() -> None:
    stopped = order(action="stop", name="타이레놀")
    advice = Advice(id="e1", name="타이레놀은 이제 드시지 않기", evidence=HERE)
    summary = summarise([stopped, advice], ENCOUNTER)
    (statement,) = [statement for section in summary.sections for statement in section.statements]
    assert statement.text == "타이레놀은 이제 드시지 마세요."
    assert statement.entries == ("e0", "e1")


def test_medicines_of_the_grid_are_orders_of_the_draft() -> None:
    entries: list[Entry] = [order(times_per_day=3, frequency="1일 3회")]
    assert [row.entry for row in summarise(entries, ENCOUNTER).medicines] == ["e0"]


def test_other_languages_are_refused() -> None:
    with pytest.raises(UnknownLanguageError, match="fr"):
        summarise([], ENCOUNTER, "fr")


def test_lay_terms_stand_once_and_in_nfc() -> None:
    assert len(lay_terms()) > 1200
    assert all(words.plain or words.note for words in lay_terms().values())
