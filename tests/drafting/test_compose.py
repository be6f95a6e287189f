"""The note as a physician would read it."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scribe.domain.encounter import Encounter
from scribe.domain.entries import (
    KCD8_SYSTEM,
    Advice,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    Exam,
    FollowUp,
    History,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    RedFlag,
    Referral,
    ReturnPrecaution,
    Symptom,
    TestOrder,
    Vital,
)
from scribe.drafting.compose import compose, merge_evidence
from scribe.drafting.errors import UnknownTemplateError, WrongTemplateError
from scribe.drafting.template import load_template, parse_template, template_names
from tests.drafting.gold import every_case, load, traps

ENCOUNTER = Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC))


def at(utterance: str, start: int = 0, end: int = 5) -> tuple[Evidence, ...]:
    return (Evidence(utterance=utterance, start=start, end=end),)


def texts(entries: list[Entry], section: str, template: str = "soap", complaint: str | None = None) -> list[str]:
    note = compose(entries, ENCOUNTER, template, complaint)
    return [statement.text for found in note.sections if found.code == section for statement in found.statements]


def test_symptoms_of_one_onset_stand_together_and_denials_too() -> None:
    entries: list[Entry] = [
        Symptom(id="e0", name="인후통", status="present", onset="그저께부터", evidence=at("u1")),
        Symptom(id="e1", name="기침", status="present", onset="어제부터", evidence=at("u1")),
        Symptom(id="e2", name="발열", status="present", onset="어제부터", evidence=at("u1")),
        Symptom(id="e3", name="오한", status="absent", evidence=at("u3")),
        Symptom(id="e4", name="호흡곤란", status="absent", evidence=at("u5")),
    ]
    assert texts(entries, "subjective") == ["그저께부터 인후통.", "어제부터 기침, 발열.", "오한, 호흡곤란 없음."]


def test_details_follow_in_brackets_and_nothing_is_said_twice() -> None:
    symptom = Symptom(
        id="e0", name="요통", status="present", onset="열흘 전", duration="10일", severity="NRS 4/10", evidence=at("u1")
    )
    lateral = Symptom(id="e1", name="귀 통증", status="present", location="오른쪽 귀", evidence=at("u1"))
    over = Symptom(id="e2", name="구토", status="resolved", severity="3회", evidence=at("u1"))
    denied = Symptom(id="e3", name="빈뇨", status="absent", course="야간뇨 1회", evidence=at("u1"))
    assert texts([symptom, lateral, over, denied], "subjective") == [
        "열흘 전 요통(NRS 4/10).",
        "오른쪽 귀 통증.",
        "구토 호전됨(3회).",
        "빈뇨 없음(야간뇨 1회).",
    ]


def test_blood_pressures_are_pairs_in_their_order() -> None:
    def pressure(number: int, prefix: str, systolic: float, diastolic: float) -> list[Entry]:
        return [
            Vital(id=f"e{number}", name=f"{prefix}수축기혈압", value=systolic, unit="mm[Hg]", evidence=at("u1")),
            Vital(
                id=f"e{number + 1}", name=f"{prefix}이완기혈압", value=diastolic, unit="mm[Hg]", evidence=at("u1", 5, 9)
            ),
        ]

    entries = [
        *pressure(0, "", 158, 96),
        *pressure(2, "", 152, 88),
        *pressure(4, "기립 ", 138, 82),
        Vital(id="e6", name="체온", value=37.8, unit="Cel", evidence=at("u2")),
        Vital(id="e7", name="맥박", value=74, unit="/min", evidence=at("u2")),
    ]
    note = compose(entries, ENCOUNTER)
    statements = next(section for section in note.sections if section.code == "objective").statements
    assert [statement.text for statement in statements] == [
        "혈압 158/96 mmHg.",
        "혈압 152/88 mmHg.",
        "혈압(기립) 138/82 mmHg.",
        "체온 37.8 ℃.",
        "맥박 74회/분.",
    ]
    assert statements[0].entries == ("e0", "e1")
    assert statements[0].evidence == (Evidence(utterance="u1", start=0, end=9),)


def test_a_systolic_reading_alone_keeps_its_name() -> None:
    entries: list[Entry] = [Vital(id="e0", name="수축기혈압", value=158, unit="mm[Hg]", evidence=at("u1"))]
    assert texts(entries, "objective") == ["수축기혈압 158 mmHg."]


def test_prescriptions_stand_one_a_line_with_what_is_done() -> None:
    order = MedicationOrder(
        id="e0",
        name="텔미사르탄",
        action="start",
        dose=Dose(value=40, unit="mg"),
        frequency="1일 1회 아침 식후",
        times_per_day=1,
        duration_days=28,
        route="oral",
        evidence=at("u1"),
    )
    stopped = MedicationOrder(id="e1", name="이부프로펜", action="stop", evidence=at("u2"))
    injected = MedicationOrder(
        id="e2",
        name="페니라민",
        action="start",
        dose=Dose(value=4, unit="mg"),
        route="intramuscular",
        evidence=at("u3"),
    )
    sachet = replace(order, id="e3", name="스멕타", dose=Dose(value=1, unit="포"), frequency=None, times_per_day=3)
    assert texts([order, stopped, injected, sachet], "plan") == [
        "텔미사르탄 40 mg 1일 1회 아침 식후 28일분 (시작)",
        "이부프로펜 (중단)",
        "페니라민 4 mg 근육주사 (시작)",
        "스멕타 1포 1일 3회 28일분 (시작)",
    ]


def test_family_history_names_the_relative() -> None:
    entries: list[Entry] = [
        History(
            id="e0",
            name="심근경색 가족력",
            category="family",
            status="present",
            detail="아버지, 55세에 사망",
            evidence=at("u1"),
        ),
        History(
            id="e1", name="당뇨병 가족력", category="family", status="present", detail="어머니: 투석", evidence=at("u1")
        ),
        History(id="e2", name="갑상선 수질암 가족력", category="family", status="absent", evidence=at("u2")),
    ]
    assert texts(entries, "subjective") == [
        "가족력: 아버지 심근경색(55세에 사망).",
        "가족력: 어머니 당뇨병(투석).",
        "가족력: 갑상선 수질암 없음.",
    ]


def test_certainty_and_codes_of_diagnoses() -> None:
    code = Code(system=KCD8_SYSTEM, code="J06.9")
    entries: list[Entry] = [
        Diagnosis(id="e0", name="급성 상기도감염", certainty="confirmed", code=code, evidence=at("u1")),
        Diagnosis(id="e1", name="폐렴", certainty="suspected", evidence=at("u1")),
        Diagnosis(id="e2", name="인플루엔자", certainty="ruled_out", code=code, evidence=at("u1")),
    ]
    assert texts(entries, "assessment") == ["급성 상기도감염 (J06.9).", "폐렴 의심.", "인플루엔자 배제."]


def test_allergies_smoking_findings_and_results() -> None:
    entries: list[Entry] = [
        Allergy(id="e0", name="페니실린", status="present", reaction="두드러기", evidence=at("u1")),
        Allergy(id="e1", name="약물 알레르기", status="absent", evidence=at("u1")),
        History(id="e2", name="흡연", category="social", status="absent", detail="5년 전 금연", evidence=at("u1")),
        MedicationStatement(
            id="e3", name="노바스크", dose="5 mg", frequency="1일 1회 아침", adherence="양호", evidence=at("u1")
        ),
        Exam(id="e4", name="인두", status="abnormal", finding="인두 발적", evidence=at("u2")),
        Exam(id="e5", name="폐 청진", status="normal", finding="호흡음 깨끗함", evidence=at("u2")),
        Exam(id="e6", name="하지 부종", status="normal", finding="부종 없음", evidence=at("u2")),
        LabResult(id="e7", name="혈소판", value=98000, interpretation="낮음", evidence=at("u2")),
        LabResult(id="e8", name="간 수치", value="정상", interpretation="정상", evidence=at("u2")),
    ]
    assert texts(entries, "subjective") == [
        "복용약: 노바스크 5 mg 1일 1회 아침(복약 양호).",
        "페니실린 알레르기(두드러기).",
        "약물 알레르기 없음.",
        "사회력: 현재 비흡연(5년 전 금연).",
    ]
    assert texts(entries, "objective") == [
        "인두 발적.",
        "폐 청진: 호흡음 깨끗함.",
        "하지 부종 없음.",
        "혈소판 98,000(낮음).",
        "간 수치 정상.",
    ]


def test_plans_group_what_belongs_together() -> None:
    entries: list[Entry] = [
        TestOrder(id="e0", name="CBC", evidence=at("u1")),
        TestOrder(id="e1", name="CRP", evidence=at("u1")),
        Referral(id="e2", name="안저 검사 의뢰", to="안과", evidence=at("u2")),
        Advice(id="e3", name="우유, 커피 피하기", evidence=at("u3")),
        Advice(id="e4", name="손 씻기", evidence=at("u3")),
        Advice(id="e5", name="휴식", evidence=at("u4")),
        FollowUp(id="e6", name="재진", when="4주 뒤", in_days=28, evidence=at("u5")),
        ReturnPrecaution(id="e7", name="편측 위약 시 119", evidence=at("u6")),
        ReturnPrecaution(id="e8", name="흉통 시 119", evidence=at("u6")),
        ReturnPrecaution(id="e9", name="숨이 차면 즉시 내원", evidence=at("u7")),
    ]
    assert texts(entries, "plan") == [
        "검사: CBC, CRP.",
        "안저 검사 의뢰(안과).",
        "교육: 우유·커피 피하기, 손 씻기.",
        "교육: 휴식.",
        "4주 뒤 재진.",
        "편측 위약, 흉통 시 119.",
        "숨이 차면 즉시 내원.",
    ]


def test_the_chief_complaint_is_stated_where_entries_hold_it() -> None:
    cough = Symptom(id="e0", name="기침", status="present", evidence=at("u1"))
    assert texts([cough], "subjective", complaint="기침, 발열")[0] == "주호소: 기침, 발열."
    assert texts([replace(cough, name="요통")], "subjective", complaint="기침, 발열") == ["요통."]


def test_what_goes_on_rests_on_how_the_patient_takes_it() -> None:
    taken = MedicationStatement(id="e0", name="리피토", dose="10 mg", evidence=at("u2"))
    kept = MedicationOrder(id="e1", name="리피토", action="continue", dose=Dose(value=10, unit="mg"), evidence=at("u8"))
    note = compose([taken, kept], ENCOUNTER)
    (order,) = note.sections[3].statements
    assert order.entries == ("e1",)
    assert [item.utterance for item in order.evidence] == ["u8", "u2"]
    started = compose([taken, replace(kept, action="start")], ENCOUNTER).sections[3].statements[0]
    assert [item.utterance for item in started.evidence] == ["u8"]


def test_the_same_fact_heard_twice_is_said_once() -> None:
    advice = Advice(id="e0", name="휴식", evidence=at("u1"))
    assert texts([advice, replace(advice, id="e1", evidence=at("u9"))], "plan") == ["교육: 휴식."]


def test_evidence_is_merged_by_utterance() -> None:
    one = Symptom(id="e0", name="기침", status="present", evidence=(*at("u2", 3, 9), *at("u1", 0, 4)))
    two = Symptom(id="e1", name="가래", status="present", evidence=at("u2", 5, 12))
    assert merge_evidence([one, two]) == (*at("u2", 3, 12), *at("u1", 0, 4))


@every_case
def test_notes_of_cases_rest_on_entries_and_set_off_no_trap(path) -> None:  # type: ignore[no-untyped-def]
    _, encounter, entries, complaint = load(path)
    note = compose(entries, encounter, chief_complaint=complaint)
    statements = [statement for section in note.sections for statement in section.statements]
    assert [section.title for section in note.sections] == ["S", "O", "A", "P"]
    cited = {entry for statement in statements for entry in statement.entries}
    assert cited == {entry.id for entry in entries if not isinstance(entry, RedFlag)}
    assert all(statement.evidence for statement in statements)
    assert len({statement.id for statement in statements}) == len(statements)
    whole = "\n".join(statement.text for statement in statements)
    assert not re.search(r"[{}]|None|\(\)|  ", whole)
    assert [trap for trap in traps(path) if trap in whole] == []


@pytest.mark.parametrize("name", template_names())
def test_every_template_tells_every_entry(name: str) -> None:
    entries: list[Entry] = [
        Symptom(id="e0", name="기침", status="present", evidence=at("u1")),
        History(id="e1", name="고혈압", category="medical", status="present", evidence=at("u1")),
        History(id="e2", name="흡연", category="social", status="present", evidence=at("u1")),
        MedicationOrder(id="e3", name="암로디핀", action="start", evidence=at("u1")),
        FollowUp(id="e4", name="재진", when="4주 뒤", evidence=at("u1")),
    ]
    note = compose(entries, ENCOUNTER, name)
    told = {entry for section in note.sections for statement in section.statements for entry in statement.entries}
    assert told == {"e0", "e1", "e2", "e3", "e4"}
    assert note.template == name


def test_the_emergency_template_is_chosen_by_the_setting() -> None:
    flag: list[Entry] = [RedFlag(id="e0", name="식은땀을 동반한 흉통", evidence=at("u1"))]
    assert compose(flag, replace(ENCOUNTER, setting="emergency"), "auto").template == "emergency"
    assert compose(flag, ENCOUNTER, "auto").template == "soap"
    assert texts(flag, "subjective", "emergency") == []  # a danger sign is asked about, and is no content of the note


def test_a_hospital_may_bring_its_own_template(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "short.toml").write_text(
        'extends = "soap"\n[[sections]]\ncode = "plan"\ntitle = "처방"\n'
        'blocks = [{ facts = "medication_order", text = "▸ {facts}" }]\n',
        encoding="utf-8",
    )
    order = MedicationOrder(id="e0", name="암로디핀", action="stop", evidence=at("u1"))
    note = compose([order], ENCOUNTER, load_template("short", tmp_path))
    assert [s.text for s in note.sections[0].statements] == ["▸ 암로디핀 (중단)"]


def test_wrong_templates_are_refused_by_field() -> None:
    with pytest.raises(UnknownTemplateError, match="soap"):
        load_template("sop")
    with pytest.raises(WrongTemplateError, match=r"sections\[0\]\.blocks\[0\]\.facts"):
        parse_template('[[sections]]\ncode = "a"\ntitle = "b"\nblocks = [{ facts = "symptoms" }]', "x")
    with pytest.raises(WrongTemplateError, match="must hold"):
        parse_template('[[sections]]\ncode = "a"\ntitle = "b"\nblocks = [{ facts = "symptom", text = "없음" }]', "x")
    with pytest.raises(WrongTemplateError, match="colour"):
        parse_template('[[sections]]\ncode = "a"\ntitle = "b"\nblocks = [{ facts = "symptom", colour = 1 }]', "x")
