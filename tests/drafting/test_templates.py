"""Templates: ours by occasion, the hospital's beside ours, and what is wrong with one in a sentence."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scribe.domain.encounter import Encounter, Patient, Setting
from scribe.domain.entries import Entry, Evidence, LabResult, MedicationOrder, Symptom
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.compose import compose
from scribe.drafting.draft import draft
from scribe.drafting.errors import UnknownTemplateError, WrongTemplateError
from scribe.drafting.occasion import template_for
from scribe.drafting.template import load_template, require_template, template_names

VISIT = Encounter(id="enc", start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC))
HERE = (Evidence(utterance="u1", start=0, end=5),)
OURS = ("emergency", "follow_up", "initial", "paediatric", "soap", "telephone", "ward_round")
PLAN = '[[sections]]\ncode = "plan"\ntitle = "처방"\nblocks = [{ facts = "medication_order" }]\n'


def said(*lines: str) -> Transcript:
    utterances = tuple(
        Utterance(id=f"u{i}", speaker="doctor" if i % 2 == 0 else "patient", start=float(i), end=i + 1.0, text=line)
        for i, line in enumerate(lines)
    )
    return Transcript(language="ko", utterances=utterances)


def test_all_occasions_have_a_template() -> None:
    assert template_names() == OURS


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("emergency", "emergency"), ("inpatient_round", "ward_round"), ("telephone", "telephone")],
)
def test_the_setting_decides_first(setting: Setting, expected: str) -> None:
    child = Patient(name="아이", sex="male", birth_date=date(2024, 1, 1))
    assert template_for(replace(VISIT, setting=setting, patient=child)) == expected


def test_children_have_their_own_until_fifteen() -> None:
    young = Patient(name="아이", sex="male", birth_date=date(2012, 1, 1))
    grown = Patient(name="학생", sex="male", birth_date=date(2011, 1, 1))
    assert template_for(replace(VISIT, patient=young)) == "paediatric"
    assert template_for(replace(VISIT, patient=grown)) == "soap"


def test_the_dialogue_tells_a_return_from_a_first_visit() -> None:
    result: list[Entry] = [LabResult(id="e0", name="당화혈색소", value=7.8, evidence=HERE)]
    again = said("한 달 만이시죠? 그동안 어떠셨어요?", "괜찮았어요.")
    assert template_for(VISIT, result, None, again) == "follow_up"
    assert template_for(VISIT, [], None, again) == "soap"
    assert template_for(VISIT, [], "고혈압 추적 진료") == "follow_up"
    assert template_for(VISIT, [], None, said("저희 병원은 처음이시죠?", "네.")) == "initial"


def test_auto_is_chosen_from_the_dialogue() -> None:
    made = draft(said("처음 오셨네요. 어디가 불편하세요?", "어제부터 기침이 나요."), VISIT, template="auto")
    assert made.note.template == "initial"
    assert [section.code for section in made.note.sections][:2] == ["chief_complaint", "present_illness"]


def test_the_hospitals_own_stands_before_ours_and_takes_over_what_it_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "soap.toml").write_text(
        'extends = "soap"\n[wording.action]\nstart = "신규"\nstop = "중지"\n', encoding="utf-8"
    )
    own = load_template("soap", tmp_path)
    assert own.word("action", "start") == "신규"
    assert [section.code for section in own.sections] == ["subjective", "objective", "assessment", "plan"]
    order = MedicationOrder(id="e0", name="암로디핀", action="start", evidence=HERE)
    note = compose([order], VISIT, own)
    assert [statement.text for statement in note.sections[3].statements] == ["암로디핀 (신규)"]
    (tmp_path / "cardiology.toml").write_text(PLAN, encoding="utf-8")
    assert template_names(tmp_path) == tuple(sorted((*OURS, "cardiology")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sections = [", "the file"),
        ("", "sections"),
        ('colour = "red"\n' + PLAN, "colour"),
        (PLAN.replace('title = "처방"\n', ""), r"sections\[0\]\.title"),
        (PLAN.replace('title = "처방"', "title = 3"), r"sections\[0\]\.title"),
        (PLAN.replace("medication_order", "pills"), r"blocks\[0\]\.facts"),
        (PLAN.replace("}]", ', layout = "table" }]'), r"blocks\[0\]\.layout"),
        (PLAN.replace("}]", ', text = "{facts} {dose}" }]'), "no other braces"),
        (PLAN.replace("}]", ', where = { colour = ["red"] } }]'), "where.colour is no field"),
        (PLAN.replace("}]", ', where = { action = ["begin"] } }]'), "where.action must be of"),
        (PLAN.replace("}]", ", limit = 0 }]"), r"blocks\[0\]\.limit"),
        ('extends = "nowhere"\n' + PLAN, "nowhere"),
    ],
)
def test_a_broken_template_is_told_in_one_sentence(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    with pytest.raises((WrongTemplateError, UnknownTemplateError), match=expected) as told:
        load_template("ours", tmp_path)
    assert len(str(told.value).splitlines()) == 1


def test_a_template_that_extends_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a"\n', encoding="utf-8")
    with pytest.raises((WrongTemplateError, UnknownTemplateError)):
        load_template("a", tmp_path)


def test_what_cannot_be_used_is_refused_before_the_first_visit(tmp_path: Path) -> None:
    require_template("auto")
    require_template("ward_round", tmp_path)
    with pytest.raises(UnknownTemplateError, match="auto, emergency"):
        require_template("sop")
    with pytest.raises(UnknownTemplateError):
        require_template("../soap", tmp_path)
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WrongTemplateError, match="UTF-8"):
        require_template("soap", tmp_path)
    with pytest.raises(WrongTemplateError, match="no folder"):
        require_template("soap", tmp_path / "nowhere")


@pytest.mark.parametrize("name", OURS)
def test_no_danger_sign_becomes_content_of_a_note(name: str) -> None:
    assert not any("red_flag" in block.facts for section in load_template(name).sections for block in section.blocks)


def test_a_label_is_not_said_twice() -> None:
    from scribe.domain.entries import History

    denied = History(id="e0", name="과거력", category="medical", status="absent", evidence=HERE)
    cough = Symptom(id="e1", name="기침", status="present", evidence=HERE)
    note = compose([denied, cough], VISIT)
    assert [statement.text for statement in note.sections[0].statements] == ["기침.", "과거력 없음."]
