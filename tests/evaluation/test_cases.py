import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.cases import measure, total
from evaluation.cli import app
from evaluation.errors import BrokenCasesError, NoCasesError
from evaluation.figures import figures
from evaluation.gold import GoldEntry, read_case
from evaluation.machine import Machine
from evaluation.matching import bigram_share, folded, match
from evaluation.page import page as report_page
from evaluation.report import report_json
from evaluation.runner import run, spread
from scribe.domain.entries import Code, Diagnosis, Dose, History, MedicationOrder, Symptom, Vital
from scribe.domain.formats import FormatError
from tests.evaluation.consultations import COUGH, FEVER, case_of, document, drafting, said

MACHINE = Machine("test", "3.11", 2, 0.1)


def test_names_are_folded_before_they_are_compared() -> None:
    assert folded("요추 MRI (조영제 없이)") == folded("요추MRI조영제없이")
    assert bigram_share("물 자주 드시기", "물 자주 마시기") == pytest.approx(2 * 3 / 10)


def test_entries_match_by_name_alias_containment_or_shared_words() -> None:
    gold = [
        GoldEntry(kind="advice", name="수분 섭취", aliases=("물 자주",), turns=(1,)),
        GoldEntry(kind="advice", name="마스크 착용하기", turns=(0,)),
    ]
    by_alias = Symptom(id="e0", name="물 자주 드시기", status="present", evidence=said())
    assert match([by_alias], gold) == ()  # another kind
    from scribe.domain.entries import Advice

    drafted = [
        Advice(id="e0", name="물 자주 드시기", evidence=said()),
        Advice(id="e1", name="마스크를 착용하기", evidence=said("u0")),
        Advice(id="e2", name="마스크를 착용하기", evidence=said("u1")),
    ]
    pairs = match(drafted, gold)
    assert [(pair.drafted.id, pair.gold.name) for pair in pairs] == [("e0", "수분 섭취"), ("e1", "마스크 착용하기")]


def test_matching_is_one_to_one_and_as_large_as_can_be() -> None:
    gold = [
        GoldEntry(kind="vital", name="수축기혈압", aliases=("혈압",), turns=(0,), value=158),
        GoldEntry(kind="vital", name="수축기혈압", aliases=("혈압",), turns=(1,), value=152),
    ]
    drafted = [
        Vital(id="e0", name="수축기혈압", value=152, unit="mm[Hg]", evidence=said("u1")),
        Vital(id="e1", name="수축기혈압", value=158, unit="mm[Hg]", evidence=said("u0")),
        Vital(id="e2", name="수축기혈압", value=158, unit="mm[Hg]", evidence=said("u0")),
    ]
    pairs = match(drafted, gold)
    assert len(pairs) == 2
    assert all(getattr(pair.drafted, "value", None) == pair.gold.value for pair in pairs)


def test_precision_recall_and_evidence() -> None:
    result = measure(
        case_of([COUGH, FEVER]),
        drafting(
            Symptom(id="e0", name="기침", status="present", evidence=said("u1")),
            Symptom(id="e1", name="두통", status="present", evidence=said("u1")),
        ),
    )
    micro = result.micro
    assert (micro.precision, micro.recall, micro.f1) == (0.5, 0.5, 0.5)
    assert (result.evidence.precision, result.evidence.recall) == (1.0, 1.0)
    assert [gold.name for gold in result.missed] == ["발열"]
    assert [entry.name for entry in result.extra] == ["두통"]


def test_a_flipped_polarity_is_critical_matched_or_not() -> None:
    flipped = measure(case_of([FEVER]), drafting(Symptom(id="e0", name="발열", status="present", evidence=said())))
    assert [error.kind for error in flipped.critical] == ["polarity"]
    assert flipped.fields["status"].value == 0
    both = measure(
        case_of([FEVER]),
        drafting(
            Symptom(id="e0", name="발열", status="absent", evidence=said()),
            Symptom(id="e1", name="발열", status="present", evidence=said()),
        ),
    )
    assert [error.entry for error in both.critical] == ["e1"]


def test_a_wrong_number_is_critical_and_a_missing_one_only_wrong() -> None:
    gold = {
        "kind": "medication_order", "name": "텔미사르탄", "turns": [0], "action": "start",
        "dose": {"value": 40, "unit": "mg"}, "times_per_day": 1, "duration_days": 28,
    }  # fmt: skip
    wrong = MedicationOrder(
        id="e0", name="텔미사르탄", action="start", dose=Dose(value=80, unit="mg"), evidence=said("u0")
    )
    result = measure(case_of([gold]), drafting(wrong))
    assert [error.kind for error in result.critical] == ["number"]
    assert {name: share.value for name, share in result.fields.items() if share.of} == {
        "dose": 0, "times_per_day": 0, "days": 0, "action": 1,
    }  # fmt: skip


def test_equal_amounts_in_other_units_are_right() -> None:
    gold = {
        "kind": "medication_order",
        "name": "포스포마이신",
        "turns": [0],
        "action": "start",
        "dose": {"value": 3, "unit": "g"},
    }
    drafted = MedicationOrder(
        id="e0", name="포스포마이신", action="start", dose=Dose(value=3000, unit="mg"), evidence=said()
    )
    assert measure(case_of([gold]), drafting(drafted)).fields["dose"].value == 1


def test_a_relatives_disease_as_the_patients_is_critical() -> None:
    gold = {
        "kind": "history",
        "name": "당뇨병",
        "turns": [1],
        "category": "family",
        "status": "present",
        "detail": "어머니",
    }
    own = History(id="e0", name="당뇨병", category="medical", status="present", evidence=said())
    assert [error.kind for error in measure(case_of([gold]), drafting(own)).critical] == ["attribution"]
    kin = History(id="e0", name="당뇨병", category="family", status="present", detail="어머니", evidence=said())
    assert measure(case_of([gold]), drafting(kin)).critical == ()


def test_an_ordered_drug_that_was_rejected_is_critical() -> None:
    traps: list[object] = [{"claim": "항생제 처방", "why": "필요 없다고 함"}]
    ordered = MedicationOrder(id="e0", name="항생제", action="start", evidence=said())
    assert [error.kind for error in measure(case_of([COUGH], traps), drafting(ordered)).critical] == ["rejected"]


def test_codes_are_compared_to_three_characters() -> None:
    gold = {"kind": "diagnosis", "name": "고혈압", "turns": [0], "code": "I10.9", "certainty": "confirmed"}
    code = Code(system="kcd", code="I10")
    drafted = Diagnosis(id="e0", name="고혈압", code=code, certainty="suspected", evidence=said("u0"))
    result = measure(case_of([gold]), drafting(drafted))
    assert (result.fields["code3"].value, result.fields["certainty"].value) == (1, 0)


def test_forbidden_strings_and_unsupported_statements_are_counted() -> None:
    result = measure(case_of([COUGH], ["독감 확진"]), drafting(text="독감 확진임.", support="none"))
    assert (result.traps, result.unsupported) == (("독감 확진",), ("s0",))
    totals = figures(total([result]))
    assert (totals["must_not_contain"], totals["statements_without_support"]) == (1, 1)
    assert totals["readability"] == {"mean_sentence_eojeol": 6.5, "difficult_terms": 0, "grade": 5.0}


def test_the_report_holds_every_figure_and_escapes_what_was_said() -> None:
    case = case_of([COUGH])
    result = measure(case, drafting(Symptom(id="e0", name="<i>기침", status="present", evidence=said())))
    page = report_page([result], MACHINE, ["x.json: the file is not JSON."])
    assert "&lt;i&gt;기침" in page
    assert "<i>기침" not in page
    assert "x.json" in page
    assert "http" not in page.replace("<meta http-equiv", "").replace("http://www.w3.org/", "")
    written = report_json([result], MACHINE, [])
    assert written["format"] == "scribe-eval-cases/1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"entries": [{**COUGH, "kind": "wish"}]}, "gold.entries[0].kind"),
        ({"entries": [{**COUGH, "turns": [9]}]}, "gold.entries[0].turns"),
        ({"entries": [{"kind": "symptom", "turns": [0]}]}, "entries.0.name"),
    ],
)
def test_a_wrong_gold_is_refused_by_field(change: dict[str, object], field: str) -> None:
    written = document([COUGH])
    written["gold"] = {**written["gold"], **change}  # type: ignore[dict-item]
    with pytest.raises(FormatError) as refused:
        read_case(json.dumps(written).encode(), "case.json")
    assert field in str(refused.value)


def test_a_broken_file_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document([COUGH])), encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    told: list[str] = []
    done = run(tmp_path, drafting(), clock=lambda: 0.0, seen=told.append)
    assert len(done.results) == 1
    assert done.broken == tuple(told)
    assert "b.json" in told[0]


@pytest.mark.parametrize(("most", "names"), [(0, ""), (1, "a"), (2, "ac"), (3, "abd"), (5, "abcde"), (9, "abcde")])
def test_cases_to_corrupt_are_spread_over_all(most: int, names: str) -> None:
    results = [measure(case_of([COUGH], name=name), drafting()) for name in "abcde"]
    assert "".join(result.case.id for result in spread(results, most)) == names


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCasesError, match="holds no consultation case"):
        run(tmp_path, drafting(), seen=print)


def test_the_command_writes_drafts_and_reports(tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "a.json").write_text(json.dumps(document([COUGH])), encoding="utf-8")
    output = tmp_path / "out"
    result = CliRunner().invoke(app, ["cases", str(cases), "-o", str(output), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["overall"]["micro"]["gold"] == 1
    assert (output / "drafts" / "case.json").is_file()
    assert json.loads((output / "report.json").read_text(encoding="utf-8"))["cases"][0]["id"] == "case"
    assert "<!doctype html>" in (output / "report.html").read_text(encoding="utf-8")
    (cases / "b.json").write_text("[]", encoding="utf-8")
    broken = CliRunner().invoke(app, ["cases", str(cases), "-o", str(output)])
    assert isinstance(broken.exception, BrokenCasesError)
    assert "1 of 2 case files" in str(broken.exception)


def test_the_clock_of_the_encounter_iscase_of(tmp_path: Path) -> None:
    assert case_of([COUGH]).encounter.start == datetime.fromisoformat("2026-09-14T10:20:00+09:00")


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden"])
def test_a_case_whose_id_is_no_file_name_is_refused(name: str) -> None:
    case = json.loads(
        (Path(__file__).resolve().parents[2] / "scribe" / "demo" / "consultation.json").read_text(encoding="utf-8")
    ) | {"id": name}
    with pytest.raises(FormatError, match=r"c\.json: id is wrong"):
        read_case(json.dumps(case).encode(), "c.json")
