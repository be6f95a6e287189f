import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.labels import explained
from evaluation.taxonomy import CLASSES, Fault, count
from scribe.domain.entries import (
    Advice,
    Allergy,
    Diagnosis,
    Dose,
    Entry,
    History,
    MedicationOrder,
    RedFlag,
    Symptom,
    Vital,
)
from tests.evaluation.consultations import COUGH, FEVER, result_of, said

ORDER: dict[str, object] = {
    "kind": "medication_order", "name": "텔미사르탄", "turns": [0], "action": "start",
    "dose": {"value": 40, "unit": "mg"}, "times_per_day": 1, "duration_days": 28,
}  # fmt: skip


def faults(gold: list[dict[str, object]], *entries: Entry, traps: list[object] | None = None) -> list[tuple[str, str]]:
    return [(fault.fault, fault.severity) for fault in result_of(gold, *entries, traps=traps).faults]


@pytest.mark.parametrize(
    ("gold", "severity"),
    [
        (ORDER, "major"),
        ({"kind": "allergy", "name": "페니실린", "turns": [1], "status": "present"}, "major"),
        ({"kind": "allergy", "name": "약물 알레르기", "turns": [1], "status": "absent"}, "minor"),
        ({"kind": "diagnosis", "name": "폐렴", "turns": [0], "certainty": "suspected"}, "major"),
        ({"kind": "diagnosis", "name": "폐렴", "turns": [0], "certainty": "ruled_out"}, "minor"),
        ({"kind": "red_flag", "name": "객혈", "turns": [1]}, "major"),
        (COUGH, "minor"),
        ({"kind": "advice", "name": "금연", "turns": [0]}, "minor"),
    ],
)
def test_what_is_left_out_is_an_omission(gold: dict[str, object], severity: str) -> None:
    assert faults([gold]) == [("omission", severity)]


def test_what_stands_under_another_kind_is_left_out_in_a_minor_way() -> None:
    found = result_of(
        [{"kind": "diagnosis", "name": "기침", "turns": [0], "certainty": "confirmed"}],
        Symptom(id="e0", name="기침", status="present", evidence=said()),
    ).faults
    assert [(fault.fault, fault.severity, fault.detail) for fault in found] == [
        ("omission", "minor", "drafted as symptom"),
        ("fabrication", "minor", "gold has it as diagnosis"),
    ]


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        (MedicationOrder(id="e1", name="아목시실린", action="start", evidence=said()), "major"),
        (Allergy(id="e1", name="새우", status="present", evidence=said()), "major"),
        (Vital(id="e1", name="맥박", value=80, unit="/min", evidence=said()), "major"),
        (RedFlag(id="e1", name="의식 저하", evidence=said()), "major"),
        (Advice(id="e1", name="금연", evidence=said()), "minor"),
        (Symptom(id="e1", name="두통", status="present", evidence=said()), "minor"),
    ],
)
def test_what_gold_does_not_have_is_a_fabrication(entry: Entry, severity: str) -> None:
    cough = Symptom(id="e0", name="기침", status="present", evidence=said())
    assert faults([COUGH], cough, entry) == [("fabrication", severity)]


def test_a_fact_drafted_once_more_is_minor_but_not_with_another_number() -> None:
    gold: dict[str, object] = {"kind": "vital", "name": "맥박", "turns": [0], "value": 72, "unit": "/min"}
    first = Vital(id="e0", name="맥박", value=72, unit="/min", evidence=said("u0"))
    again = Vital(id="e1", name="맥박", value=72, unit="/min", evidence=said())
    other = Vital(id="e1", name="맥박", value=27, unit="/min", evidence=said())
    assert faults([gold], first, again) == [("fabrication", "minor")]
    assert faults([gold], first, other) == [("number", "major")]


def test_opposites_are_major_and_neighbours_minor_negations() -> None:
    present = Symptom(id="e0", name="발열", status="present", evidence=said())
    resolved = Symptom(id="e0", name="기침", status="resolved", evidence=said())
    assert faults([FEVER], present) == [("negation", "major")]
    assert faults([COUGH], resolved) == [("negation", "minor")]
    suspected: dict[str, object] = {"kind": "diagnosis", "name": "폐렴", "turns": [0], "certainty": "suspected"}
    confirmed = Diagnosis(id="e0", name="폐렴", certainty="confirmed", evidence=said())
    assert faults([suspected], confirmed) == [("negation", "minor")]


def test_another_persons_fact_is_a_major_attribution_both_ways() -> None:
    mothers: dict[str, object] = {
        "kind": "history", "name": "당뇨병", "turns": [1], "category": "family", "status": "present",
    }  # fmt: skip
    own = History(id="e0", name="당뇨병", category="medical", status="present", evidence=said())
    kin = History(id="e0", name="당뇨병", category="family", status="present", evidence=said())
    assert faults([mothers], own) == [("attribution", "major")]
    assert faults([{**mothers, "category": "medical"}], kin) == [("attribution", "major")]
    assert faults([mothers], kin) == []


def test_amounts_that_differ_are_numbers_and_amounts_left_out_omissions() -> None:
    twice = MedicationOrder(
        id="e0",
        name="텔미사르탄",
        action="start",
        dose=Dose(value=40, unit="mg"),
        times_per_day=2,
        duration_days=28,
        evidence=said("u0"),
    )
    bare = MedicationOrder(id="e0", name="텔미사르탄", action="start", evidence=said("u0"))
    tablets = MedicationOrder(
        id="e0",
        name="텔미사르탄",
        action="start",
        dose=Dose(value=1, unit="정"),
        times_per_day=1,
        duration_days=28,
        evidence=said("u0"),
    )
    assert faults([ORDER], twice) == [("number", "major")]
    assert faults([ORDER], bare) == [("omission", "major"), ("omission", "minor"), ("omission", "minor")]
    assert faults([ORDER], tablets) == [("number", "minor")]


def test_an_order_of_what_was_rejected_is_a_major_fabrication() -> None:
    traps: list[object] = [{"claim": "항생제 처방", "why": "필요 없다고 함"}]
    cough = Symptom(id="e0", name="기침", status="present", evidence=said())
    ordered = MedicationOrder(id="e1", name="항생제", action="start", evidence=said())
    assert faults([COUGH], cough, ordered, traps=traps) == [("fabrication", "major")]


_STATES = st.sampled_from(["present", "absent", "resolved"])


@given(gold=_STATES, drafted=_STATES, name=st.sampled_from(["기침", "두통"]))
def test_every_critical_error_is_a_major_one(gold: str, drafted: str, name: str) -> None:
    entry = Symptom(id="e0", name=name, status=drafted, evidence=said())  # type: ignore[arg-type]
    result = result_of([{**COUGH, "status": gold}], entry)
    major = {fault.entry for fault in result.faults if fault.severity == "major"}
    assert {error.entry for error in result.critical} <= major


def test_a_draft_that_agrees_has_no_errors() -> None:
    assert faults([COUGH], Symptom(id="e0", name="기침", status="present", evidence=said())) == []


@pytest.mark.parametrize(
    ("fault", "words", "korean"),
    [
        (Fault(fault="omission", severity="minor", kind="symptom", name="x"), "not drafted", "초안에 없음"),
        (
            Fault(fault="omission", severity="minor", kind="symptom", name="x", elsewhere="diagnosis"),
            "drafted as diagnosis",
            "초안에는 ‘진단’ 항목에 있음",
        ),
        (Fault(fault="fabrication", severity="minor", kind="symptom", name="x"), "not in gold", "정답에 없음"),
        (
            Fault(fault="fabrication", severity="minor", kind="symptom", name="x", is_repeated=True),
            "drafted once more",
            "두 번 적음",
        ),
        (
            Fault(fault="fabrication", severity="major", kind="medication_order", name="x", is_rejected=True),
            "was rejected or only mentioned",
            "쓰지 않기로 했거나 언급만 함",
        ),
        (
            Fault(
                fault="negation",
                severity="major",
                kind="symptom",
                name="x",
                field="status",
                drafted="present",
                gold="absent",
            ),
            "status present, gold absent",
            "상태: 초안 있음 · 정답 없음",
        ),
        (
            Fault(fault="omission", severity="major", kind="medication_order", name="x", field="dose", gold="40 mg"),
            "dose left out, gold 40 mg",
            "용량: 초안 빠짐 · 정답 40 mg",
        ),
    ],
)
def test_every_error_says_what_is_wrong(fault: Fault, words: str, korean: str) -> None:
    assert (fault.detail, explained(fault)) == (words, korean)


def test_counts_name_every_class() -> None:
    fault = Fault(fault="number", severity="major", kind="vital", name="맥박")
    counts = count([fault, fault])
    assert tuple(counts) == CLASSES
    assert (counts["number"].major, counts["number"].all, counts["omission"].all) == (2, 2, 0)
