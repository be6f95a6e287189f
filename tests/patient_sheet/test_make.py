"""From a signed note to the sheet: what matters first, nothing translated, nothing added."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scribe.domain.encounter import Encounter, Patient, Practitioner
from scribe.domain.entries import Diagnosis, Dose, Entry, FollowUp, MedicationOrder
from scribe.domain.note import NoteContent, Signature, SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary
from scribe.patient_sheet.document import UnreadableSheetError, read_sheet, sheet_sha256, write_sheet
from scribe.patient_sheet.make import Institution, make_sheet, meal_of, role_of
from scribe.patient_sheet.reading import measure
from scribe.patient_sheet.sensitive import sensitive
from scribe.patient_sheet.sheet import Language, Sheet

VISIT = datetime(2026, 11, 16, 1, tzinfo=UTC)
ENTRIES: tuple[Entry, ...] = (
    Diagnosis(id="e0", name="고혈압", certainty="confirmed", evidence=()),
    MedicationOrder(
        id="e1", name="아세트아미노펜", action="start", dose=Dose(value=500, unit="mg"), frequency="1일 3회 식후 30분",
        times_per_day=3, duration_days=3, evidence=(),
    ),
    FollowUp(id="e2", name="재진", when="1개월 뒤", in_days=30, evidence=()),
)  # fmt: skip


def section(code: str, *statements: Statement, title: str = "") -> Section:
    return Section(code=code, title=title or code, statements=statements)


SECTIONS = (
    section("today", Statement(id="p0", text="오늘 진단은 고혈압(혈압이 높은 병)이에요.", entries=("e0",))),
    section("findings", Statement(id="p1", text="오늘 혈압은 158/96이에요.")),
    section("next", Statement(id="p2", text="1개월 뒤에 다시 오세요.", entries=("e2",))),
    section("warning", Statement(id="p3", text="숨이 차면 바로 오세요.")),
)
ROWS = (
    Medicine(
        entry="e1", name="아세트아미노펜", morning="500 mg", noon="500 mg", evening="500 mg",
        relation_to_meal="식후 30분", days=3,
    ),
)  # fmt: skip


def note(
    sections: tuple[Section, ...] = SECTIONS, rows: tuple[Medicine, ...] = ROWS, *, version: int = 1
) -> SignedNote:
    patient = Patient(name="정순자", sex="female", birth_date=date(1944, 12, 25))
    return SignedNote(
        note_id="n", version=version, replaces=version - 1 or None,
        encounter=Encounter(id="x", start=VISIT, patient=patient),
        content=NoteContent(
            sections=(), entries=ENTRIES,
            patient_summary=PatientSummary(language="ko", sections=sections, medicines=rows),
        ),
        author=Practitioner(name="이서연"), signed_at=VISIT, reason=None,
        signature=Signature(algorithm="Ed25519", key_id="", value=""),
    )  # fmt: skip


def made(signed: SignedNote | None = None, language: Language = "ko", withheld: Collection[str] = ()) -> Sheet:
    return make_sheet(signed or note(), language, withheld, Institution(name="하나내과의원", phone="02-123-4567"))


def lines(sheet: Sheet) -> list[str]:
    return [line.text for part in sheet.parts for line in part.lines]


def test_what_matters_first_is_read_first_and_the_values_last() -> None:
    assert [part.code for part in made().parts] == ["today", "medicines", "warning", "next", "findings"]


def test_the_grid_has_a_part_of_its_own_where_no_sentence_tells_of_medicines() -> None:
    sheet = made()
    assert [(part.code, part.lines) for part in sheet.parts if part.role == "medicines"] == [("medicines", ())]
    assert not any(part.role == "medicines" for part in made(note(rows=())).parts)


def test_the_next_visit_has_its_day_unless_the_sentence_was_rewritten() -> None:
    (line,) = [line for part in made().parts for line in part.lines if line.id == "p2"]
    assert line.when == datetime(2026, 12, 16, 1, tzinfo=UTC)
    own = Statement(id="p2", text="두 달 뒤에 오세요.", entries=("e2",), support="edited")
    (line,) = made(note((section("next", own),))).parts[-1].lines
    assert line.when is None


def test_warnings_have_one_title_everywhere() -> None:
    (part,) = [part for part in made().parts if part.role == "warning"]
    assert part.title == "이럴 때는 바로 병원에 오세요"


def test_what_is_kept_off_is_not_on_the_sheet() -> None:
    sheet = made(withheld={"p0", "section:findings", "medicine:e1"})
    assert lines(sheet) == ["숨이 차면 바로 오세요.", "1개월 뒤에 다시 오세요."]
    assert sheet.medicines == ()


def test_english_is_composed_from_the_entries_and_the_rest_is_marked() -> None:
    sheet = made(language="en")
    told = {line.id: line for part in sheet.parts for line in part.lines}
    assert told["p0"].text == "Today's diagnosis is hypertension."
    assert (told["p3"].text, told["p3"].language, told["p3"].original) == ("숨이 차면 바로 오세요.", "ko", True)
    assert (sheet.medicines[0].name, sheet.medicines[0].language) == ("acetaminophen", "en")
    changed = (replace(ROWS[0], morning="반 알"),)
    assert made(note(rows=changed), "en").medicines[0].language == "ko"


@pytest.mark.parametrize(
    ("words", "meal"),
    [
        ("식후 30분", "after"), ("식전", "before"), ("공복", "before"), ("식사 직후", "after"), ("식간", "between"),
        ("식사와 함께", "with"), ("30 minutes after meals", "after"), ("아침", None), (None, None),
    ],
)  # fmt: skip
def test_the_picture_of_a_meal_says_what_the_words_say(words: str | None, meal: str | None) -> None:
    assert meal_of(words) == meal


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("today", "found"), ("medicines", "medicines"), ("warning", "warning"), ("return_precautions", "warning"),
        ("advice", "do"), ("next", "next"), ("follow_up", "next"), ("anything", "found"),
    ],
)  # fmt: skip
def test_a_section_is_known_by_its_code(code: str, role: str) -> None:
    assert role_of(code) == role


def test_the_same_sheet_has_the_same_bytes_and_reads_back() -> None:
    sheet = made()
    assert read_sheet(write_sheet(sheet)) == sheet
    assert sheet_sha256(sheet) == sheet_sha256(made()) != sheet_sha256(made(withheld={"p0"}))


@pytest.mark.parametrize("document", [b"", b"{}", b'{"format": "scribe-patient-sheet/2", "sheet": {}}'])
def test_bytes_that_are_no_sheet_are_refused(document: bytes) -> None:
    with pytest.raises(UnreadableSheetError, match="approve the summary again"):
        read_sheet(document)


def test_korean_is_measured_with_its_longest_sentence_and_hard_words() -> None:
    easy = measure(made())
    assert easy.is_easy
    assert easy.difficult == ()
    hard = " ".join(["환자는", *["연하곤란과"] * 14, "호소합니다."])
    told = measure(made(note((section("today", Statement(id="p0", text=hard)),))))
    assert (told.longest, told.longest_words, told.is_long) == (hard, 16, True)
    assert [word.term for word in told.difficult] == ["연하곤란"]
    assert told.difficult[0].plain


def test_english_is_measured_by_flesch_and_kincaid() -> None:
    own = replace(note(), content=replace(note().content, patient_summary=english("The cat sat on the mat.")))
    assert measure(made(own, "en")).grade == 1.0
    hard = "Hypertension necessitates individualized pharmacological intervention."
    own = replace(note(), content=replace(note().content, patient_summary=english(hard)))
    assert (measure(made(own, "en")).grade or 0) > 12
    assert measure(made(note((), ()))).grade is None


def english(text: str) -> PatientSummary:
    return PatientSummary(language="en", sections=(section("today", Statement(id="p0", text=text)),))


def test_sensitive_matters_are_known_by_word_and_by_code() -> None:
    from scribe.domain.entries import KCD8_SYSTEM, Code

    coded = replace(ENTRIES[0], name="기타", code=Code(system=KCD8_SYSTEM, code="F32.9"))
    statements = (
        Statement(id="a", text="마음이 힘드셨어요.", entries=("e0",)),
        Statement(id="b", text="임신 12주예요."),
        Statement(id="c", text="물을 자주 드세요."),
    )
    assert dict(sensitive(statements, [coded])) == {"a": "정신건강", "b": "임신·유산"}
