import dataclasses
from typing import get_args

import pytest

from scribe.domain import entries as e
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript
from scribe.web.review.entry_view import KINDS, entry_groups, entry_row

SOMEWHERE = (e.Evidence(utterance="u0", start=0, end=1),)


def test_every_kind_of_entry_has_a_korean_title() -> None:
    assert set(KINDS) == set(e.KINDS)


@pytest.mark.parametrize(
    ("entry", "status", "details"),
    [
        (
            e.Symptom(id="e", name="두통", status="present", onset="어제", severity="NRS 7/10", evidence=SOMEWHERE),
            "있음",
            ("어제", "NRS 7/10"),
        ),
        (
            e.History(id="e", name="당뇨병", category="family", status="present", detail="어머니", evidence=SOMEWHERE),
            "있음",
            ("가족력", "어머니"),
        ),
        (e.Vital(id="e", name="체온", value=37.8, unit="Cel", evidence=SOMEWHERE), None, ("37.8 ℃",)),
        (e.LabResult(id="e", name="요단백", value="음성", evidence=SOMEWHERE), None, ("음성",)),
        (e.Exam(id="e", name="인두", status="abnormal", finding="발적", evidence=SOMEWHERE), "이상", ("발적",)),
        (
            e.MedicationOrder(
                id="e",
                name="암로디핀",
                action="change",
                dose=e.Dose(value=10.0, unit="mg"),
                times_per_day=1.0,
                duration_days=28,
                route="oral",
                evidence=SOMEWHERE,
            ),
            "변경",
            ("10 mg", "1일 1회", "28일분", "먹는 약"),
        ),
        (e.FollowUp(id="e", name="재진", when="2주 뒤", in_days=14, evidence=SOMEWHERE), None, ("2주 뒤",)),
        (e.Referral(id="e", name="의뢰", to="심장내과", evidence=SOMEWHERE), None, ("심장내과",)),
    ],
)
def test_an_entry_reads_as_a_short_row(entry: e.Entry, status: str | None, details: tuple[str, ...]) -> None:
    row = entry_row(entry, None)
    assert (row.status, row.details) == (status, details)


def test_what_is_denied_or_ruled_out_looks_so() -> None:
    denied = e.Symptom(id="e", name="발열", status="absent", evidence=SOMEWHERE)
    ruled_out = e.Diagnosis(id="e", name="폐렴", certainty="ruled_out", evidence=SOMEWHERE)
    suspected = e.Diagnosis(id="e", name="폐렴", certainty="suspected", evidence=SOMEWHERE)
    assert [entry_row(entry, None).absent for entry in (denied, ruled_out, suspected)] == [True, True, False]


def test_no_status_of_the_domain_is_without_a_word() -> None:
    statuses = {
        status
        for literal in (e.Presence, e.SymptomStatus, e.ExamStatus, e.ProcedureStatus)
        for status in get_args(literal)
    }
    for status in statuses:
        assert entry_row(e.Symptom(id="e", name="x", status=status, evidence=SOMEWHERE), None).status


def test_groups_come_danger_first_and_keep_the_drafts_order(draft: Draft, transcript: Transcript) -> None:
    danger = e.RedFlag(id="e99", name="흉통", evidence=SOMEWHERE)
    groups = entry_groups((*draft.entries, danger), transcript)
    assert groups[0].kind == "red_flag"
    vitals = next(group for group in groups if group.kind == "vital")
    assert [row.name for row in vitals.rows] == ["체온", "수축기혈압", "이완기혈압"]
    assert sum(len(group.rows) for group in groups) == len(draft.entries) + 1


def test_a_row_quotes_its_evidence(draft: Draft, transcript: Transcript) -> None:
    allergy = next(entry for entry in draft.entries if entry.kind == "allergy")
    assert entry_row(allergy, transcript).quotes[0].text == "아스피린을 먹고 두드러기가 났어요"
    assert dataclasses.replace(entry_row(allergy, transcript), quotes=()) == entry_row(allergy, None)


def test_the_first_diagnosis_that_is_not_ruled_out_is_the_primary_one() -> None:
    ruled_out = e.Diagnosis(id="e0", name="폐렴", certainty="ruled_out", evidence=SOMEWHERE)
    held = [e.Diagnosis(id=name, name=name, certainty="confirmed", evidence=SOMEWHERE) for name in ("e1", "e2")]
    (group,) = entry_groups((ruled_out, *held), None)
    assert [row.rank for row in group.rows] == ["", "주상병", "부상병"]
    (group,) = entry_groups((held[1], ruled_out, held[0]), None)
    assert [row.rank for row in group.rows] == ["주상병", "", "부상병"]
