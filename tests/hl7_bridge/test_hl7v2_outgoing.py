"""A signed note as MDM and ORU: what stands where, what stays the same, what is corrected and taken back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hl7_bridge.errors import UnidentifiedError
from hl7_bridge.hl7v2.outgoing import NOT_WANTED, TEXT_ONLY, charset_of, messages_of, retraction_of
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.hl7v2.syntax import parse
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import Site
from scribe.domain.entries import LOINC_SYSTEM, Code, Evidence, LabResult, Vital
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary

DESTINATION = Hl7Destination(
    host="his", port=2575, receiving_application="EMR", receiving_facility="한빛^1.2.3^ISO", patient_authority="HIS"
)
EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
RETRACTION = Retraction(at=datetime(2026, 9, 15, tzinfo=UTC), reason="다른 환자의 기록")


def sent(note, destination=DESTINATION, earlier=()):
    """The messages by role, as a receiver reads them."""
    made = messages_of(note, Site(), destination, earlier)
    return {item.role: parse(item.message.encode(charset_of(destination))) for item in made.messages}


def lines(message, field=5):
    return [part.text(field) for part in message.all("OBX")]


def test_the_note_is_a_document_of_its_sections(make_note):
    note = make_note()
    document = sent(note)["note-document"]
    header, txa = document.header, document.require("TXA")
    assert [part.name for part in document.segments[:5]] == ["MSH", "EVN", "PID", "PV1", "TXA"]
    assert (header.text(9), header.text(9, 2), header.text(9, 3)) == ("MDM", "T02", "MDM_T02")
    assert (header.text(3), header.text(5), header.text(6, 2), header.text(11)) == ("SCRIBE", "EMR", "1.2.3", "P")
    assert header.text(18) == "UNICODE UTF-8"
    assert len(header.text(10)) == 20
    assert txa.text(12) == f"{note.note_id}.v1.note-document"
    assert (txa.text(12, 3), txa.text(12, 4)) == ("1.2.410.100110.10.99999999", "ISO")
    assert (txa.text(2), txa.text(13), txa.text(17), txa.text(19)) == ("CN", "", "LA", "AV")
    assert (txa.text(5), txa.text(5, 2), txa.text(22, 15)) == ("12345", "이의사", "20260914104000+0900")
    assert [part.text(3) for part in document.all("OBX")] == ["61150-9", "61149-1", "51848-0", "18776-5"]
    assert lines(document)[0] == "3일 전부터 기침."


def test_patient_and_visit_are_as_the_hospital_knows_them(make_note):
    document = sent(make_note())["observations"]
    pid, pv1 = document.require("PID"), document.require("PV1")
    assert (pid.text(3, 4), pid.text(3, 5), pid.text(5), pid.text(7), pid.text(8)) == (
        "HIS",
        "MR",
        "김가람",
        "19810402",
        "F",
    )
    assert (pv1.text(2), pv1.text(7), pv1.text(7, 13), pv1.text(10)) == ("O", "12345", "MD", "01")
    assert (pv1.text(19)[0], pv1.text(19, 4, 2), pv1.text(44)) == ("V", "1.2.410.100110.10.99999999.2", "")


def test_what_the_hospital_does_not_know_is_never_made_up(make_note):
    note = make_note()
    encounter = note.encounter
    for unknown in (
        replace(encounter, patient=None),
        replace(encounter, patient=replace(encounter.patient, identifier=None)),
        replace(encounter, identifier=None),
    ):
        with pytest.raises(UnidentifiedError):
            messages_of(replace(note, encounter=unknown), Site(), DESTINATION)
    without = replace(note, encounter=replace(encounter, practitioner=None))
    assert sent(without)["note-document"].require("PV1").raw(7) == ""


def test_the_same_version_is_the_same_bytes_and_another_is_not(make_note, amend):
    note = make_note()
    first, again = (messages_of(note, Site(), DESTINATION).messages for _ in range(2))
    assert first == again
    ids = {item.control_id for item in first}
    later = {item.control_id for item in messages_of(amend(note, "오타"), Site(), DESTINATION, (note,)).messages}
    assert len(ids) == 3
    assert not ids & later


def test_an_amendment_takes_the_place_of_the_version_before(make_note, amend):
    note = make_note()
    document = sent(amend(note, "용량 정정"), earlier=(note,))["note-document"]
    txa = document.require("TXA")
    assert (document.header.text(9, 2), document.header.text(9, 3)) == ("T10", "MDM_T02")
    assert txa.text(12) == f"{note.note_id}.v2.note-document"
    assert (txa.text(13), txa.text(21)) == (f"{note.note_id}.v1.note-document", "용량 정정")
    original = replace(DESTINATION, amendment="original")
    document = sent(amend(note, "용량 정정"), original, (note,))["note-document"]
    assert (document.header.text(9, 2), document.require("TXA").text(13)) == ("T02", f"{note.note_id}.v1.note-document")


def test_a_patient_summary_that_is_gone_is_cancelled_and_a_new_one_replaces_nothing(make_note, amend):
    empty = PatientSummary(language="ko", sections=())
    with_summary, without = make_note(), make_note(summary=empty)
    assert "patient-summary-document" not in sent(without)
    gone = amend(replace(with_summary, content=without.content), "안내문 삭제")
    cancelled = sent(gone, earlier=(with_summary,))["patient-summary-document.v1.retraction"]
    assert (cancelled.header.text(9, 2), cancelled.header.text(9, 3)) == ("T11", "MDM_T01")
    assert (cancelled.require("TXA").text(19), list(cancelled.all("OBX"))) == ("CA", [])
    added = amend(replace(without, content=with_summary.content), "안내문 추가")
    document = sent(added, earlier=(without,))["patient-summary-document"]
    assert (document.header.text(9, 2), document.require("TXA").text(13)) == ("T02", "")


def test_the_patient_summary_is_a_document_with_its_medicines(make_note):
    document = sent(make_note())["patient-summary-document"]
    (text,) = lines(document)
    assert document.require("TXA").text(2) == "PI"
    assert "감기로 보입니다." in text.split("\n")
    assert "아침 1정" in text


def test_text_line_by_line_for_receivers_without_formatted_text(make_note):
    document = sent(make_note(), replace(DESTINATION, text="TX"))["patient-summary-document"]
    assert {part.text(2) for part in document.all("OBX")} == {"TX"}
    assert "감기로 보입니다." in lines(document)
    assert [part.text(1) for part in document.all("OBX")] == [str(n + 1) for n in range(len(lines(document)))]


def test_values_are_reported_with_loinc_and_ucum(make_note):
    results = (
        LabResult(id="L1", name="AST", evidence=EVIDENCE, value=38.0, unit="U/L", interpretation="정상"),
        LabResult(
            id="L2",
            name="당화혈색소",
            evidence=EVIDENCE,
            value=7.25,
            unit="%",
            code=Code(system=LOINC_SYSTEM, code="4548-4", display="Hemoglobin A1c"),
        ),
        LabResult(id="L3", name="인플루엔자 항원", evidence=EVIDENCE, value="음성"),
        LabResult(
            id="L4",
            name="CRP",
            evidence=EVIDENCE,
            value="0.3 미만",
            unit="mg/dL",
            interpretation="낮음",
            code=Code(system=LOINC_SYSTEM, code="1988-5", display="CRP"),
        ),
        LabResult(id="L5", name="지난 공복혈당", evidence=EVIDENCE, value=130.0, unit="mg/dL"),
    )
    note = make_note()
    note = replace(note, content=replace(note.content, entries=(*note.content.entries, *results)))
    report = sent(note)["observations"]
    found = [
        (p.text(3), p.text(3, 5), p.text(2), p.text(5), p.text(6), p.text(8), p.text(11)) for p in report.all("OBX")
    ]
    assert found == [
        ("8480-6", "혈압", "NM", "118", "mm[Hg]", "", "F"),
        ("8462-4", "혈압", "NM", "76", "mm[Hg]", "", "F"),
        ("8310-5", "체온", "NM", "37.8", "Cel", "", "F"),
        ("4548-4", "당화혈색소", "NM", "7.25", "%", "", "F"),
        ("1988-5", "CRP", "SN", "<", "mg/dL", "L", "F"),
        ("", "", "NM", "38", "U/L", "", "F"),
        ("", "", "ST", "음성", "", "", "F"),
    ]
    assert [part.text(5, 2) for part in report.all("OBX")][4] == "0.3"
    reasons = {item.entry: item.reason for item in messages_of(note, Site(), DESTINATION).left_out}
    assert "지난 검사" in reasons["L5"]
    assert not {"L1", "L2", "L3", "L4"} & set(reasons)
    assert [part.text(4) for part in report.all("OBR")] == ["85353-1", "30954-2"]
    assert [part.text(3) for part in report.all("OBR")] == [f"{note.note_id}.vitals", f"{note.note_id}.results"]
    assert [part.text(14) != "" for part in report.all("OBX")] == [True] * 3 + [False] * 4
    assert "검사 시각은 알 수 없음" in report.require("NTE").text(3)
    assert [part.text(3, 2) for part in report.all("OBX")][5] == "AST"


def test_what_the_physician_rewrote_is_not_reported_as_it_was_drafted(make_note):
    result = LabResult(id="L1", name="AST", evidence=EVIDENCE, value=38.0, unit="U/L")
    rewritten = Statement(id="s9", text="AST 정상.", entries=("L1",), support="edited")
    note = make_note(entries=(result,), sections=(Section(code="objective", title="O", statements=(rewritten,)),))
    assert "observations" not in sent(note)


def test_what_a_machine_drafted_is_labelled_and_nothing_else(make_note):
    def labels(note, destination=DESTINATION) -> list[str]:
        return [part.text(17) for message in sent(note, destination).values() for part in message.all("OBX")]

    drafted, written = make_note(), make_note(drafter=None)
    assert set(labels(drafted)) == {"AIAST"}
    assert set(labels(written)) == set(labels(drafted, replace(DESTINATION, ai_label=False))) == {""}
    edited = Section(code="plan", title="P", statements=(Statement(id="s0", text="경과 관찰", support="edited"),))
    mixed = make_note(sections=(drafted.content.sections[0], edited), entries=())
    assert [part.text(17) for part in sent(mixed)["note-document"].all("OBX")] == ["AIAST", ""]


def test_units_by_the_names_of_the_site(make_note):
    local = replace(DESTINATION, units=(("mm[Hg]", "mmHg"), ("Cel", "℃")))
    report = sent(make_note(), local)["observations"]
    assert [(part.text(6), part.text(6, 3)) for part in report.all("OBX")] == [("mmHg", "L")] * 2 + [("℃", "L")]


def test_an_amended_report_corrects_and_takes_back(make_note, amend):
    note = make_note()
    pressure = [entry for entry in note.content.entries if entry.id not in {"e4", "e5"}]
    changed = [replace(entry, value=120.0) if isinstance(entry, Vital) else entry for entry in pressure]
    amended = amend(replace(note, content=replace(note.content, entries=tuple(changed))), "혈압 정정")
    report = sent(amended, earlier=(note,))["observations"]
    found = [(part.text(3), part.text(5), part.text(11)) for part in report.all("OBX")]
    assert found == [("8480-6", "120", "C"), ("8462-4", "76", "D"), ("8310-5", "37.8", "D")]
    assert report.require("OBR").text(3) == f"{note.note_id}.vitals"
    assert report.require("OBR").text(25) == "C"


def test_a_note_without_values_sends_no_report(make_note):
    assert "observations" not in sent(make_note(entries=()))


def test_a_retraction_names_every_version(make_note, amend):
    note = make_note()
    amended = amend(note, "오타")
    made = retraction_of(amended, Site(), DESTINATION, (note,), RETRACTION)
    by_role = {item.role: item for item in made.messages}
    assert [item.event for item in made.messages] == ["MDM^T11"] * 4 + ["ORU^R01"]
    first = by_role["note-document.v1.retraction"].message
    assert (first.require("TXA").text(12), first.require("TXA").text(19)) == (f"{note.note_id}.v1.note-document", "CA")
    assert first.require("TXA").text(21) == "다른 환자의 기록"
    assert first.header.text(7) == "20260915090000+0900"
    wrong = by_role["observations.retraction"].message
    assert {part.text(11) for part in wrong.all("OBX")} == {"W"}
    by_status = retraction_of(note, Site(), replace(DESTINATION, retraction="status"), (), RETRACTION)
    assert by_status.messages[0].event == "MDM^T03"


def test_what_goes_as_text_only_is_listed(make_note):
    note = make_note()
    strange = Vital(id="e20", name="허리둘레", evidence=EVIDENCE, value=80, unit="cm")
    note = replace(note, content=replace(note.content, entries=(*note.content.entries, strange)))
    reasons = {item.entry: item.reason for item in messages_of(note, Site(), DESTINATION).left_out}
    assert reasons["e2"] == TEXT_ONLY
    assert "본문" in reasons["e20"]
    assert not {"e3", "e4", "e5"} & set(reasons)
    quiet = messages_of(note, Site(), replace(DESTINATION, observations=False))
    assert {item.role for item in quiet.messages} == {"note-document", "patient-summary-document"}
    assert {item.entry: item.reason for item in quiet.left_out}["e3"] == NOT_WANTED


def test_identifiers_can_be_short(make_note):
    note = make_note()
    key = sent(note, replace(DESTINATION, document_number="short"))["note-document"].require("TXA").text(12)
    assert len(key) == 20
    assert key == sent(note, replace(DESTINATION, document_number="short"))["note-document"].require("TXA").text(12)


def test_a_long_korean_note_with_every_kind_of_character_survives(make_note):
    text = "\n".join(f"{n}. 뷁 힣 龍 “3일 전부터” 기침·가래, SpO₂ 97 % — BP 120/80 | ^ ~ & \\ 끝" for n in range(800))
    assert len(text.encode("cp949", "ignore")) > 30_000
    sections = (Section(code="subjective", title="S", statements=(Statement(id="s0", text=text),)),)
    note = make_note(sections=sections)
    assert lines(sent(note)["note-document"]) == [text]
    korean = replace(DESTINATION, charset="KS X 1001")
    assert lines(sent(note, korean)["note-document"]) == [text.replace("—", "-")]
    assert "\n".join(lines(sent(note, replace(korean, text="TX"))["note-document"])) == text.replace("—", "-")


@pytest.mark.parametrize(
    ("mode", "asked"), [("original", ("", "")), ("enhanced", ("AL", "AL")), ("accept", ("AL", "NE"))]
)
def test_the_header_asks_for_the_answers_the_site_wants(make_note, mode, asked):
    header = sent(make_note(), replace(DESTINATION, acknowledgement=mode, version="2.6"))["note-document"].header
    assert (header.text(15), header.text(16), header.text(12)) == (*asked, "2.6")
